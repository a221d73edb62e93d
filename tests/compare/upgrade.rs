//! How fast a release is upgraded, with how much memory and how many requests, against `helm upgrade`.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, ensure};

use super::{
    chart,
    measure::Contestant,
    memory, race,
    render::lay_out,
    table::{Row, Table},
    testbed::{self, Testbed, report},
    time,
};

pub(crate) const ROUNDS: usize = 15;

/// What the made-up chart gets besides: as many objects as milvus has, changed by every revision, and no pods.
const OBJECTS: &str = include_str!("chart/release.yaml");
/// And what of it is left out.
const VALUES: &str = "nothing: &nothing {roles: {front: {enabled: false}}}\nroles: {front: {enabled: false}}\n\
                      store: *nothing\nobjects: *nothing\nbroker: *nothing\n";

const NAMES: [&str; 2] = ["release-ours", "release-theirs"];

/// Only this, as a table of its own.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn compare() -> Result<ExitCode> {
    testbed::end_on_signals()?;
    let program = testbed::program::build()?;
    let testbed = Testbed::start(&program)?;
    let rows = rows(&testbed, &program)?;
    testbed.stop();
    println!("\nMedians of {ROUNDS} upgrades, run in turn with those of helm:\n\n{}", Table(rows));
    Ok(ExitCode::SUCCESS)
}

/// A dry run by the server and a whole upgrade, each with time, memory and requests.
pub(crate) fn rows(testbed: &Testbed, program: &Path) -> Result<Vec<Row>> {
    report("measuring upgrades of a release, ours and helm's");
    let folder = tempfile::tempdir().context("cannot create a folder for the chart")?;
    let mut files = chart::files()?;
    files.push(("templates/release.yaml".to_owned(), OBJECTS.into()));
    lay_out(&files, folder.path())?;
    let values = folder.path().join("without.yaml");
    std::fs::write(&values, VALUES)?;
    let (chart, values) = (folder.path().display().to_string(), values.display().to_string());
    let helm = testbed.tool("helm4");
    for name in NAMES {
        testbed.namespace(name);
        let mut install = Command::new(&helm);
        install.args(["install", "rel", &chart, "--values", &values, "-n", name]);
        let output = install.env("KUBECONFIG", testbed.kubeconfig()).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let [ours, theirs] = NAMES;
    let mut rows = vec![];
    for (shown, flag, wall, space) in
        [("upgrade --dry-run=server", Some("--dry-run=server"), 0.25, Some(0.4)), ("upgrade", None, 0.4, None)]
    {
        let arguments = |name: &'static str| {
            ["upgrade", "rel", &chart, "--values", &values, "-n", name].into_iter().chain(flag).map(str::to_owned)
        };
        let ours: Vec<String> = std::iter::once("release".to_owned()).chain(arguments(ours)).collect();
        let theirs: Vec<String> = arguments(theirs).collect();
        let [ours, theirs] = [&ours, &theirs].map(|all| all.iter().map(String::as_str).collect::<Vec<_>>());
        let contestants = [Contestant { program, arguments: &ours }, Contestant { program: &helm, arguments: &theirs }];
        let runs = race(testbed, &contestants, ROUNDS)?;
        let [own, others] = &runs[..] else { continue };
        rows.push(Row::ratio(&format!("{shown} of a release : helm's"), time(own), time(others), wall));
        let bound = space.unwrap_or(1.0);
        rows.push(Row::ratio("peak memory of the same two", memory(own), memory(others), bound));
        let own = requests(testbed, None, &ours)?;
        let others = requests(testbed, Some("helm4"), &theirs)?;
        report(&format!("{shown}: {own:?} requests, helm's {others:?}"));
        // What a dry run asks for beyond helm's is the dry run itself.
        rows.push(Row::ratio("reads and writes of the same two", own.0, others.0, 1.0));
    }
    Ok(rows)
}

/// How many requests a run makes that are no dry run of a write, and how many that are.
fn requests(testbed: &Testbed, tool: Option<&str>, arguments: &[&str]) -> Result<(usize, usize)> {
    let proxy = testbed.proxy();
    let invocation = match tool {
        Some(tool) => testbed.command_of(tool, arguments),
        None => testbed.command(arguments),
    };
    let output = invocation.kubeconfig(proxy.kubeconfig()).run();
    ensure!(output.code == Some(0), "{}", output.stderr);
    let seen = proxy.seen();
    let tried = seen.iter().filter(|seen| seen.path.contains("dryRun=All")).count();
    Ok((seen.len() - tried, tried))
}
