//! Takes the pictures of the documentation from a real run: `cargo run --example picture -- FOLDER`.
//!
//! A Kubernetes with the real operator is started on this machine, a Milvus 2.5.22 created, and its upgrade run on
//! terminals of two widths, with colour and without.

#[path = "../testbed/mod.rs"]
mod testbed;

mod svg;

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

use testbed::run::Invocation;
use testbed::terminal::Terminal;
use testbed::{Testbed, report};

const LIMIT: Duration = Duration::from_mins(3);
const CHECK: &[&str] = &["check", "prod", "--to", "2.6"];
const UPGRADE: &[&str] = &["upgrade", "prod", "--to", "2.6", "--backup", "nightly-1120"];

fn main() -> ExitCode {
    if let Some(code) = testbed::own_part() {
        return code;
    }
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        report("name the folder that the pictures go to");
        return ExitCode::from(2);
    };
    match take(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A terminal, and the names of the pictures that are taken of it.
struct Studio<'a> {
    folder: &'a Path,
    suffix: &'a str,
    rows: NonZeroU16,
    columns: NonZeroU16,
    colour: bool,
}

fn take(folder: &Path) -> Result<()> {
    testbed::end_on_signals()?;
    std::fs::create_dir_all(folder)?;
    let testbed = Testbed::start(&testbed::program::build()?)?;
    for (suffix, columns, colour) in [("", 100, true), ("-60", 60, true), ("-120", 120, true), ("-plain", 100, false)] {
        let size = |number| NonZeroU16::new(number).context("a terminal of no size");
        Studio { folder, suffix, rows: size(45)?, columns: size(columns)?, colour }.take(&testbed)?;
    }
    testbed.stop();
    Ok(())
}

impl Studio<'_> {
    fn take(&self, testbed: &Testbed) -> Result<()> {
        let name = format!("vec{}", self.suffix);
        let vec = testbed.namespace(&name);
        let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
        let mut check = self.start(vec.command(CHECK));
        check.wait(LIMIT);
        self.keep("check", CHECK, &check.screen())?;

        let mut upgrade = self.start(vec.command(UPGRADE));
        upgrade.wait_for("Type prod to begin", LIMIT);
        upgrade.type_in("prod\r");
        let states = ["   done", "   rolling   ", "waits for"];
        let rolling =
            upgrade.wait_until(LIMIT, "a roll half-way", |text| states.iter().all(|state| text.contains(state)));
        self.keep("upgrade", UPGRADE, &rolling)?;
        upgrade.wait(LIMIT);
        self.keep("done", UPGRADE, &upgrade.screen())?;
        prod.delete();
        Ok(())
    }

    fn start(&self, invocation: Invocation<'_>) -> Terminal {
        let invocation = if self.colour { invocation } else { invocation.env("NO_COLOR", "1") };
        invocation.on_a_terminal(self.rows, self.columns)
    }

    fn keep(&self, name: &str, arguments: &[&str], screen: &vt100::Screen) -> Result<()> {
        let path = self.folder.join(format!("{name}{}.svg", self.suffix));
        let typed = format!("kubectl milvus {}", arguments.join(" "));
        std::fs::write(&path, svg::picture(&typed, screen)).with_context(|| format!("cannot write {}", path.display()))
    }
}
