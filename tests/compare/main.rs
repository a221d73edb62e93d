//! How fast kubectl-milvus is, measured side by side with kubectl and helm on a cluster of the testbed.
//!
//! `cargo run --release --example compare`; with `-- render` only how fast charts are rendered, for which no cluster is
//! started, with `-- release` only how fast a release is upgraded, and with `-- many` how fast a thousand instances are
//! checked, which takes long and is not among the rest; with `-- serving` only how fast Milvus is asked whether it serves, for
//! which no cluster is started either. A bound that is missed is said, and is no failure:
//! what a machine does at the same time decides too much.

mod chart;
#[path = "../../src/serving/fake.rs"]
#[expect(dead_code, reason = "its bad manners are for tests")]
mod fake;
mod judge;
mod many;
mod measure;
#[path = "../helm/release.rs"]
mod release;
mod render;
mod serving;
mod table;
#[path = "../testbed/mod.rs"]
mod testbed;
mod upgrade;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use judge::{Judge, Verdict};
use measure::{Contestant, Run, Stadium};
use table::{Bytes, Row, Table, median};
use testbed::milvus::Milvus;
use testbed::{Testbed, report};

const START_ROUNDS: usize = 41;
const CHECK_ROUNDS: usize = 31;
/// A namespace for each roll.
const ROLLS: [&str; 5] = ["compare-1", "compare-2", "compare-3", "compare-4", "compare-5"];

/// By how much two watches of one server may differ.
const RACE: Duration = Duration::from_millis(100);

const FROM: &str = "2.5.22";
const TO: &str = "2.6.22";
const INSTANCE: &str = "my-release";

fn main() -> ExitCode {
    let own = measure::own_part().or_else(serving::own_part).or_else(|| testbed::own_part().map(Ok));
    let outcome = own.unwrap_or_else(|| {
        if cfg!(debug_assertions) {
            report("a debug build tells nothing about speed: cargo run --release --example compare");
            return Ok(ExitCode::from(2));
        }
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => compare(),
            ["render"] => render::compare(),
            ["release"] => upgrade::compare(),
            ["many"] => many::compare(),
            ["serving"] => serving::compare(),
            _ => {
                report("compare knows `render` and `serving`, which need no cluster, `release` and `many`");
                Ok(ExitCode::from(2))
            }
        }
    });
    outcome.unwrap_or_else(|error| {
        report(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn compare() -> Result<ExitCode> {
    testbed::end_on_signals()?;
    let program = testbed::program::build()?;
    let testbed = Testbed::start(&program)?;
    let mut rows = starts(&testbed, &program)?;
    rows.extend(render::rows(&program, &testbed.tool("helm4"))?);
    rows.extend(upgrade::rows(&testbed, &program)?);
    report(&format!("creating {} Milvus clusters {FROM}; this takes about a minute", ROLLS.len()));
    let instances = create(&testbed);
    rows.extend(checks(&testbed, &program)?);
    rows.push(exits(&instances));
    let size = Bytes(program.metadata().context("the program is gone")?.len());
    rows.push(Row::bound("size of the program", size, Bytes(15_000_000)));
    testbed.stop();
    println!(
        "\nMedians of {START_ROUNDS} starts, {} renders, {} upgrades of a release and {CHECK_ROUNDS} checks, run in turn with theirs, and of {} \
         rolls {FROM} -> {TO}:\n\n{}",
        render::ROUNDS,
        upgrade::ROUNDS,
        ROLLS.len(),
        Table(rows)
    );
    Ok(ExitCode::SUCCESS)
}

/// How long each takes to say its version.
fn starts(testbed: &Testbed, program: &Path) -> Result<Vec<Row>> {
    report("measuring the start of kubectl-milvus, kubectl and helm");
    let (kubectl, helm) = (testbed.tool("kubectl"), testbed.tool("helm4"));
    let contestants = [
        Contestant { program, arguments: &["--version"] },
        Contestant { program: &kubectl, arguments: &["version", "--client"] },
        Contestant { program: &helm, arguments: &["version"] },
    ];
    let runs = race(testbed, &contestants, START_ROUNDS)?;
    let [ours, kubectl, helm] = &runs[..] else { return Ok(Vec::new()) };
    Ok(vec![
        Row::ratio("--version : kubectl version --client", time(ours), time(kubectl), 0.1),
        Row::ratio("--version : helm version", time(ours), time(helm), 0.1),
    ])
}

/// How long `check` takes, how much memory, and how many requests.
fn checks(testbed: &Testbed, program: &Path) -> Result<Vec<Row>> {
    report("measuring check of one instance, and kubectl get of the same");
    let kubectl = testbed.tool("kubectl");
    let check = ["check", INSTANCE, "-n", ROLLS[0]];
    let get = ["get", "milvus", INSTANCE, "-o", "yaml", "-n", ROLLS[0]];
    let contestants = [Contestant { program, arguments: &check }, Contestant { program: &kubectl, arguments: &get }];
    let runs = race(testbed, &contestants, CHECK_ROUNDS)?;
    let [ours, theirs] = &runs[..] else { return Ok(Vec::new()) };

    let proxy = testbed.proxy();
    let checked = testbed.command(&check).kubeconfig(proxy.kubeconfig()).run();
    let requests = proxy.seen().len();
    report(&format!("check ended with {:?} after {requests} requests", checked.code));
    Ok(vec![
        Row::ratio("time of check NAME : kubectl get milvus NAME -o yaml", time(ours), time(theirs), 1.0),
        Row::ratio("peak memory of the same two", memory(ours), memory(theirs), 0.6),
        Row::bound("requests of check NAME", requests, 15),
    ])
}

/// An instance in each of the namespaces, all healthy.
fn create(testbed: &Testbed) -> Vec<Milvus<'_>> {
    let draft = |name| testbed.namespace(name).milvus(INSTANCE).cluster().version(FROM);
    let instances: Vec<Milvus> = ROLLS.into_iter().map(|name| draft(name).create()).collect();
    for instance in &instances {
        instance.hasten();
    }
    for instance in &instances {
        instance.wait_until_healthy();
    }
    instances
}

/// How long after the end of a roll `upgrade` ends.
fn exits(instances: &[Milvus]) -> Row {
    const WHAT: &str = "from the completed roll to the end of upgrade";
    let wanted = Duration::from_millis(300);
    let times: Result<Vec<Duration>> = instances.iter().map(roll).collect();
    match times.map(median) {
        Ok(Some(after)) => Row::bound(WHAT, after, wanted),
        Ok(None) => Row::failed(WHAT, wanted),
        Err(error) => {
            report(&format!("a roll failed: {error:#}"));
            Row::failed(WHAT, wanted)
        }
    }
}

/// Rolls one instance; returns how long after its completion the program ended.
fn roll(instance: &Milvus) -> Result<Duration> {
    let image = format!("milvusdb/milvus:v{TO}");
    let judge = Judge::new(instance, &image, "streamingnode", "indexnode")?;
    let upgrade = ["upgrade", INSTANCE, "--to", TO, "--accept", "MV0701", "--yes"];
    let output = instance.namespace.command(&upgrade).run();
    let end = Instant::now();
    if output.code != Some(0) {
        bail!("upgrade ended with {:?}: {}", output.code, output.stderr);
    }
    let took = output.time;
    let (after, how) = match judge.verdict(end, Duration::from_secs(3))? {
        Verdict::After(after) => (after, format!("{after:.1?} after it was complete")),
        Verdict::Reopened(after) => {
            (after, format!("{after:.1?} after it was complete; then the operator wrote once more"))
        }
        Verdict::Before(before) if before > RACE => bail!("upgrade ended {before:.1?} before it was complete"),
        Verdict::Before(before) => (Duration::ZERO, format!("{before:.1?} before the judge saw it complete")),
    };
    report(&format!("a roll took {took:.1?}; upgrade ended {how}"));
    Ok(after)
}

fn race(testbed: &Testbed, contestants: &[Contestant], rounds: usize) -> Result<Vec<Vec<Run>>> {
    let home = tempfile::tempdir().context("cannot create a home")?;
    Stadium { home: home.path(), kubeconfig: &testbed.kubeconfig() }.race(contestants, rounds)
}

fn time(runs: &[Run]) -> Duration {
    median(runs.iter().map(|run| run.time).collect()).unwrap_or_default()
}

fn memory(runs: &[Run]) -> Bytes {
    Bytes(median(runs.iter().map(|run| run.memory).collect()).unwrap_or_default())
}
