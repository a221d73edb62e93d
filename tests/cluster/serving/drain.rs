//! What Milvus holds still while it is rolled, and lets go whatever becomes of the run.

use std::time::Duration;

use serde_json::{Value, json};

use super::asks_for;
use super::fake::{Fake, Management, World};
use crate::journal::only_run;
use crate::release::way::{chart, install};
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::{Output, Running};
use crate::testbed::sure;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::upgrade::{ROLL, SOON, ended_with, says};

trials![
    whatever_becomes_of_a_run_everything_goes_on_again,
    a_new_coordinator_is_asked_again_and_everything_goes_on_at_the_end,
    what_cannot_be_asked_for_is_said_and_stops_nothing,
    what_cannot_be_let_go_is_a_command_to_type,
    a_release_holds_still_too,
];

/// A coordinator that is new is asked again soon.
const SHORT: &str = "[[time]]\ntime = \"drain-beat\"\nseconds = 1\nwhat = \"short\"\nsource = \"a test\"\n";
const BOTH: [&str; 2] = ["Balance", "GarbageCollection"];

/// A Milvus whose pods answer as `fake` does.
fn prod(vec: &Namespace, fake: &Fake, version: &str) {
    vec.forward_milvus_to(fake.port);
    vec.milvus("prod").version(version).create_and_wait_until_healthy();
}

/// A run that has Milvus hold things still.
fn begin<'a>(vec: &Namespace<'a>, to: &str, arguments: &[&str]) -> Running<'a> {
    let knowledge = vec.file("short.toml", SHORT).display().to_string();
    let running = vec.command(&["upgrade", "prod", "--to", to, "--yes", "--verify=none", "--drain"]);
    running.args(&["--knowledge", &knowledge, "--lease-length", "1s"]).args(arguments).spawn()
}

fn holds(fake: &Fake, what: &[&str]) {
    sure(wait::until(SOON, "what is held still", || {
        let held: Vec<String> = fake.world().held.iter().cloned().collect();
        Ok(if held == what { Look::Done(()) } else { Look::NotYet(format!("{held:?}")) })
    }));
}

/// Runs the same until the Lease of a killed run has ended.
fn until_free(run: impl Fn() -> Output) -> Output {
    sure(wait::until(ROLL, "the end of the lease", || {
        let output = run();
        let is_held = output.code == Some(3) && output.stderr.contains("works on");
        Ok(if is_held { Look::NotYet(output.stderr) } else { Look::Done(output) })
    }))
}

fn a_new_coordinator_is_asked_again_and_everything_goes_on_at_the_end(testbed: &Testbed) {
    let vec = testbed.namespace("drain");
    let fake = Fake::start(World { management: Management::Ticketed, ..World::serving(&["docs"]) });
    prod(&vec, &fake, "2.5.22");
    let fault = vec.existing("prod").fault("querynode").on_image(":v2.5.27").never_gets_ready();
    let mut running = begin(&vec, "2.5.27", &["-o", "json"]);
    asks_for(&mut running, &vec.existing("prod"), "milvusdb/milvus:v2.5.27");
    holds(&fake, &BOTH);
    // As a coordinator that has started anew.
    fake.world().held.clear();
    holds(&fake, &BOTH[..1]);
    fault.release();
    let output = running.wait(ROLL);
    ended_with(&output, 0);
    says(
        &output.stderr,
        "until everything is rolled out, balancing of query nodes is suspended and garbage collection is paused",
    );
    assert!(fake.world().held.is_empty(), "{:?}", fake.asked());
    let result: Value = serde_json::from_str(&output.stdout).expect("a document");
    let let_go = json!([
        {"lever": "balance", "standing": "let-go"}, {"lever": "garbage-collection", "standing": "let-go"},
    ]);
    assert_eq!(result["drain"], let_go, "{}", output.stdout);
    assert_eq!(only_run(&vec)["drain"], let_go);
    let asked = fake.asked();
    let pauses = asked.iter().filter_map(|line| line.split_once("pause_seconds="));
    let seconds: Vec<u64> = pauses.map(|(_, seconds)| seconds.parse().expect("a number")).collect();
    assert!(matches!(seconds[..], [1..=7200]), "it goes on by itself where nobody comes back: {asked:?}");
    assert_eq!(
        asked.last().map(String::as_str),
        Some("GET /management/datacoord/garbage_collection/resume?ticket=a%2Bb%2F%3D%3D",)
    );

    // Who does not want it asks for nothing.
    let count = asked.len();
    ended_with(&vec.run(["rollback", "prod", "--yes", "--verify=none"]), 0);
    assert_eq!(fake.asked().len(), count);
}

fn whatever_becomes_of_a_run_everything_goes_on_again(testbed: &Testbed) {
    let vec = testbed.namespace("drain-ends");
    let fake = Fake::start(World::serving(&["docs"]));
    prod(&vec, &fake, "2.5.22");
    let prod = vec.existing("prod");
    let fault = prod.fault("querynode").on_image(":v2.5.26").never_gets_ready();

    // Its time runs out.
    let running = begin(&vec, "2.5.26", &["--timeout", "8s"]);
    holds(&fake, &BOTH);
    let output = running.wait(ROLL);
    ended_with(&output, 124);
    says(&output.stdout, "balancing of query nodes was suspended meanwhile, and goes on again");
    holds(&fake, &[]);

    // Somebody stops watching.
    let mut running = begin(&vec, "2.5.26", &[]);
    running.wait_for("querynode waits: pod", SOON);
    holds(&fake, &BOTH);
    running.interrupt();
    let output = running.wait(SOON);
    ended_with(&output, 130);
    says(&output.stdout, "garbage collection was paused meanwhile, and goes on again");
    holds(&fake, &[]);

    // It dies; whoever goes on with it lets everything go first, and wants what was wanted.
    let running = begin(&vec, "2.5.26", &[]);
    holds(&fake, &BOTH);
    running.kill();
    holds(&fake, &BOTH);
    fault.release();
    let dry = until_free(|| vec.run(["upgrade", "prod", "--resume", "--dry-run=client"]));
    ended_with(&dry, 0);
    holds(&fake, &BOTH);
    let asked = fake.asked().len();
    let output = until_free(|| vec.run(["upgrade", "prod", "--resume", "--verify=none"]));
    ended_with(&output, 0);
    says(&output.stderr, "balancing of query nodes goes on again; the last run had it suspended");
    let later = fake.asked()[asked..].to_vec();
    assert!(
        later[0].ends_with("balance/resume") && later.last().is_some_and(|line| line.ends_with("resume")),
        "{later:?}"
    );
    holds(&fake, &[]);

    // It dies, and somebody goes back instead.
    let fault = prod.fault("querynode").on_image(":v2.5.27").never_gets_ready();
    let mut running = begin(&vec, "2.5.27", &[]);
    running.wait_for("querynode waits: pod", SOON);
    holds(&fake, &BOTH);
    running.kill();
    let output = until_free(|| vec.run(["rollback", "prod", "--yes", "--verify=none"]));
    fault.release();
    ended_with(&output, 0);
    says(&output.stderr, "garbage collection goes on again; the last run had it paused");
    says(&output.stdout, "Done: milvus/prod runs 2.5.26");
    holds(&fake, &[]);
}

fn what_cannot_be_asked_for_is_said_and_stops_nothing(testbed: &Testbed) {
    let vec = testbed.namespace("no-drain");
    let fake = Fake::start(World::serving(&["docs"]));
    prod(&vec, &fake, "2.5.9");
    // A release in which it would do harm.
    let output = begin(&vec, "2.5.18", &[]).wait(ROLL);
    ended_with(&output, 0);
    says(
        &output.stdout,
        "balancing of query nodes went on meanwhile: 2.5.9 cannot be asked for it without harm; from 2.5.21 on it can",
    );
    says(&output.stdout, "garbage collection was paused meanwhile, and goes on again");
    assert!(fake.asked().iter().all(|line| !line.contains("/balance/")), "{:?}", fake.asked());

    // One that lets nobody in.
    fake.world().management = Management::Forbidden;
    let output = begin(&vec, "2.5.22", &[]).wait(ROLL);
    ended_with(&output, 0);
    says(&output.stdout, "garbage collection went on meanwhile: it lets nobody but root do that (403 Forbidden)");

    // Where everything is one process, nothing is there to hold still.
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let asked = fake.asked().len();
    let output = vec.run(["upgrade", "lone", "--to", "2.5.27", "--yes", "--verify=none", "--drain"]);
    ended_with(&output, 0);
    says(&output.stdout, "balancing of query nodes went on meanwhile: it runs in the one process that is replaced");
    assert_eq!(fake.asked().len(), asked);
}

fn what_cannot_be_let_go_is_a_command_to_type(testbed: &Testbed) {
    let vec = testbed.namespace("drain-stuck");
    let fake = Fake::start(World::serving(&["docs"]));
    prod(&vec, &fake, "2.5.22");
    let address = format!("127.0.0.1:{}", fake.port);
    let output = begin(&vec, "2.5.23", &["--address", &address]).wait(ROLL);
    ended_with(&output, 0);
    says(&output.stdout, &format!("went on meanwhile: behind {address} only the port of clients is known"));
    assert_eq!(fake.asked(), [""; 0]);

    let running = begin(&vec, "2.5.27", &[]);
    holds(&fake, &BOTH);
    fake.world().management = Management::Closed;
    let output = running.wait(ROLL + Duration::from_secs(30));
    ended_with(&output, 0);
    says(&output.stdout, "balancing of query nodes stays suspended until the coordinator starts anew: it has no such");
    let command = "kubectl -n drain-stuck exec svc/prod-milvus -- curl -fsS";
    says(&output.stdout, &format!("{command} http://127.0.0.1:9091/management/querycoord/balance/resume"));
    let services = vec.list("v1", "services");
    assert!(services.iter().any(|service| service["metadata"]["name"] == "prod-milvus"), "{services:?}");
}

fn a_release_holds_still_too(testbed: &Testbed) {
    let vec = testbed.namespace("drain-release");
    let fake = Fake::start(World::serving(&["docs"]));
    vec.forward_milvus_to(fake.port);
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15"]);
    let upgrade = ["upgrade", "release/my", "--to", "2.6.22", "--yes", "--verify=none", "--drain"];
    let output = vec.command(&upgrade).args(&["--chart", &here.path()]).run();
    ended_with(&output, 0);
    says(&output.stdout, "balancing of query nodes was suspended meanwhile, and goes on again");
    holds(&fake, &[]);

    // The chart need not name a Service as the operator does.
    fake.world().management = Management::Clinging;
    let output = vec.run(["rollback", "release/my", "--yes", "--verify=none", "--drain"]);
    ended_with(&output, 0);
    says(
        &output.stdout,
        "balancing of query nodes stays suspended until the coordinator starts anew: failed to resume",
    );
    let deployments = vec.list("apps/v1", "deployments");
    let names = deployments.iter().filter_map(|deployment| deployment["metadata"]["name"].as_str());
    let command = |name: &str| format!("kubectl -n drain-release exec deploy/{name} -- curl -fsS");
    assert!(names.into_iter().any(|name| output.stdout.contains(&command(name))), "{}", output.stdout);
    says(
        &output.stdout,
        "'http://127.0.0.1:9091/management/datacoord/garbage_collection/resume?ticket=a%2Bb%2F%3D%3D'",
    );
}
