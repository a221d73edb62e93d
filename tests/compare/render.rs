//! How fast a chart is rendered, and with how much memory, against `helm template`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, ensure};

use super::{
    chart,
    measure::{Contestant, Stadium},
    memory, release,
    table::{Row, Table},
    testbed::{self, report},
    time,
};

pub(crate) const ROUNDS: usize = 31;

/// The release of the milvus chart that is rendered where the releases are at hand.
const RELEASE: &str = "milvus-5.0.19";

/// What is measured without a cluster, as a table of its own.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn compare() -> Result<ExitCode> {
    let program = testbed::program::build()?;
    let [helm, _] = testbed::helms()?;
    let rows = rows(&program, &helm)?;
    println!("\nMedians of {ROUNDS} renders, run in turn with those of helm template:\n\n{}", Table(rows));
    Ok(ExitCode::SUCCESS)
}

/// Both charts, the made-up one and the released one, each with time and memory.
pub(crate) fn rows(program: &Path, helm: &Path) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir().context("cannot create a folder for charts")?;
    let course = Course { home: folder.path(), program, helm };
    let made = folder.path().join(chart::NAME);
    lay_out(&chart::files()?, &made)?;
    course.require_same(&made)?;
    let mut rows = course.rows(&made, "a made-up chart")?;
    match testbed::setting(release::VARIABLE).map(PathBuf::from) {
        Some(git) => {
            let milvus = release::unpack(&git, RELEASE, folder.path())?;
            rows.extend(course.rows(&milvus, RELEASE)?);
        }
        None => report(&format!("{} is not set: {RELEASE} is not rendered", release::VARIABLE)),
    }
    Ok(rows)
}

/// Writes files below `folder`.
pub(crate) fn lay_out(files: &[chart::File], folder: &Path) -> Result<()> {
    for (path, data) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().context("a path has a folder")?)?;
        fs::write(path, data)?;
    }
    Ok(())
}

/// Who renders, and as whom.
struct Course<'a> {
    home: &'a Path,
    program: &'a Path,
    helm: &'a Path,
}

impl Course<'_> {
    fn rows(&self, chart: &Path, shown: &str) -> Result<Vec<Row>> {
        report(&format!("measuring the render of {shown}, and helm template of the same"));
        let path = chart.display().to_string();
        let contestants = [
            Contestant { program: self.program, arguments: &["render", &path, "--name", "rel"] },
            Contestant { program: self.helm, arguments: &["template", "rel", &path] },
        ];
        let kubeconfig = self.home.join("kubeconfig");
        let runs = Stadium { home: self.home, kubeconfig: &kubeconfig }.race(&contestants, ROUNDS)?;
        let [ours, theirs] = &runs[..] else { return Ok(Vec::new()) };
        Ok(vec![
            Row::ratio(&format!("render of {shown} : helm template"), time(ours), time(theirs), 0.3),
            Row::ratio("peak memory of the same two", memory(ours), memory(theirs), 0.4),
        ])
    }

    /// A fast render of something else would be worth nothing.
    fn require_same(&self, chart: &Path) -> Result<()> {
        let text = |command: &mut Command| -> Result<Vec<u8>> {
            let output = command.arg(chart).env_clear().env("HOME", self.home).output()?;
            ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
            Ok(output.stdout)
        };
        let ours = text(Command::new(self.program).args(["render", "--name", "rel"]))?;
        let theirs = text(Command::new(self.helm).args(["template", "rel"]))?;
        ensure!(ours == theirs, "the made-up chart is rendered otherwise than by helm template");
        Ok(())
    }
}
