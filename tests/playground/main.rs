//! A cluster to play on: starts Kubernetes with the Milvus operator on this machine, creates a Milvus
//! 2.5.22, and upgrades it with this project's program while its progress shows.
//!
//! `cargo run --example playground`, and with `-- --keep` the cluster stays up afterwards.

#[path = "../testbed/mod.rs"]
mod testbed;

use std::process::ExitCode;

use anyhow::Result;

use testbed::{Testbed, report};

const NAMESPACE: &str = "default";
const INSTANCE: &str = "my-release";
const FROM: &str = "2.5.22";
const TO: &str = "2.6.22";

fn main() -> ExitCode {
    if let Some(code) = testbed::own_part() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let keep = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--keep"] => true,
        _ => {
            report("the playground knows only `--keep`, which leaves the cluster up");
            return ExitCode::from(2);
        }
    };
    play(keep).unwrap_or_else(|error| {
        report(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

fn play(keep: bool) -> Result<ExitCode> {
    testbed::end_on_signals()?;
    let program = testbed::program::build()?;
    let testbed = Testbed::start(&program)?;
    let namespace = testbed.existing_namespace(NAMESPACE);
    report(&format!("creating the Milvus {INSTANCE} {FROM}; the operator takes about half a minute"));
    namespace.milvus(INSTANCE).cluster().version(FROM).create_and_wait_until_healthy();

    let upgrade = ["upgrade", INSTANCE, "--to", TO, "--accept", "MV0701", "--yes"];
    say(&format!("\n$ kubectl milvus {}\n", upgrade.join(" ")));
    let code = testbed.command(&upgrade).run_on_the_terminal();

    let folders =
        [program.parent().map(std::path::Path::to_path_buf), testbed.tool("kubectl").parent().map(Into::into)];
    let path: Vec<String> = folders.iter().flatten().map(|folder| folder.display().to_string()).collect();
    if keep {
        let kubeconfig = testbed.kubeconfig();
        let supervisor = testbed.keep()?;
        say(&format!(
            "\nThe cluster stays up. To use it:\n\n  export KUBECONFIG={}\n  export PATH={}:$PATH\n",
            kubeconfig.display(),
            path.join(":"),
        ));
        say(TRY_NEXT);
        say(&format!("To end it, with all its processes and files:\n\n  kill {supervisor}"));
    } else {
        say("\nThe cluster is being ended. To keep one and look around in it:\n");
        say("  cargo run --example playground -- --keep\n\nand there:\n");
        say(TRY_NEXT);
        testbed.stop();
    }
    Ok(ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

const TRY_NEXT: &str = concat!(
    "  kubectl milvus get -A                       what runs where\n",
    "  kubectl milvus check my-release             what an upgrade would find\n",
    "  kubectl get milvus,deployments,pods         what the operator has made\n",
);

#[expect(clippy::print_stdout, reason = "the playground talks to the person who runs it")]
fn say(text: &str) {
    println!("{text}");
}
