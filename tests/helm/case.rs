//! Charts of our own, each in one file of `chart/`: a sentence, what to run, and the chart's files.
//!
//! ```text
//! What is shown.
//! $ --set a=1            rendered: all three give the same
//! ! --set a=x            refused by all three
//! x --set a=y            refused by Helm 4 and by us
//! 4 --api-versions x     rendered, but Helm 3 says something else, for the reason in the sentence
//! -- Chart.yaml --
//! …
//! -- charts/sub.tgz:Chart.yaml --
//! a file of an archive; `charts/sub.tgz:charts/inner.tgz:Chart.yaml` is one of an archive in it
//! ```

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use libtest_mimic::{Failed, Trial};

use crate::program::{Programs, Renderer};

/// What is expected of the Helms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expectation {
    Rendered,
    RenderedByHelm4,
    Refused,
    RefusedByHelm4,
}

struct Case {
    runs: Vec<(Expectation, Vec<String>)>,
    files: Vec<(String, String)>,
}

/// One test for each file.
pub(crate) fn trials(programs: &'static Programs) -> Result<Vec<Trial>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/helm/chart");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let trial = |path: PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(format!("chart::{name}"), move || {
            compare(programs, &path).map_err(|error| Failed::from(format!("{error:#}")))
        })
    };
    Ok(paths.into_iter().map(trial).collect())
}

fn compare(programs: &Programs, path: &Path) -> Result<()> {
    let text = fs::read_to_string(path)?;
    let case = read(&text).with_context(|| format!("cannot read `{}`", path.display()))?;
    let folder = tempfile::tempdir()?;
    lay_out(&case.files, folder.path())?;
    for (expectation, arguments) in &case.runs {
        let render = |renderer| programs.render(renderer, folder.path(), "c", arguments);
        let (ours, helm4, helm3) = (render(Renderer::Ours)?, render(Renderer::Helm4)?, render(Renderer::Helm3)?);
        let shown = arguments.join(" ");
        if matches!(expectation, Expectation::Refused | Expectation::RefusedByHelm4) {
            ensure!(!helm4.is_success, "Helm 4 does not refuse `{shown}`:\n{}", text_of(&helm4.stdout));
            ensure!(!ours.is_success, "`{shown}` is not refused:\n{}", text_of(&ours.stdout));
            let is_refused = !helm3.is_success || *expectation == Expectation::RefusedByHelm4;
            ensure!(is_refused, "Helm 3 does not refuse `{shown}`:\n{}", text_of(&helm3.stdout));
            continue;
        }
        ensure!(helm4.is_success, "Helm 4 refuses `{shown}`: {}", helm4.stderr);
        ensure!(ours.is_success, "`{shown}` is refused: {}", ours.stderr);
        ensure!(
            ours.stdout == helm4.stdout,
            "`{shown}` differs from Helm 4:\n{}",
            difference(&text_of(&helm4.stdout), &text_of(&ours.stdout))
        );
        if *expectation == Expectation::Rendered {
            ensure!(helm3.is_success, "Helm 3 refuses `{shown}`: {}", helm3.stderr);
            let (ours, theirs) = (documents(&text_of(&ours.stdout)), documents(&text_of(&helm3.stdout)));
            ensure!(ours == theirs, "`{shown}` differs from Helm 3:\n{}", difference(&theirs, &ours));
        }
    }
    Ok(())
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Without the empty lines at the ends of documents, which Helm 3 writes otherwise.
pub(crate) fn documents(text: &str) -> String {
    text.split("\n---\n").map(str::trim).collect::<Vec<_>>().join("\n---\n")
}

/// The first lines that differ.
pub(crate) fn difference(theirs: &str, ours: &str) -> String {
    let (mut theirs_left, mut ours_left) = (theirs.lines(), ours.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (theirs_left.next(), ours_left.next()) {
            (Some(theirs), Some(ours)) if theirs == ours => {}
            (None, None) => return "only line ends differ".to_owned(),
            (theirs, ours) => return format!("line {number}\n  helm: {theirs:?}\n  ours: {ours:?}"),
        }
    }
}

fn read(text: &str) -> Result<Case> {
    let mut case = Case { runs: vec![], files: vec![] };
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("-- ").and_then(|line| line.strip_suffix(" --")) {
            case.files.push((path.to_owned(), String::new()));
        } else if let Some((_, file)) = case.files.last_mut() {
            file.push_str(line);
            file.push('\n');
        } else if let Some((mark, arguments)) = line.split_at_checked(1) {
            let expectation = match mark {
                "$" => Expectation::Rendered,
                "4" => Expectation::RenderedByHelm4,
                "!" => Expectation::Refused,
                "x" => Expectation::RefusedByHelm4,
                _ => continue,
            };
            case.runs.push((expectation, arguments.split_whitespace().map(ToOwned::to_owned).collect()));
        }
    }
    if case.runs.is_empty() || case.files.is_empty() {
        bail!("it says nothing to run, or has no files");
    }
    Ok(case)
}

/// Writes the files below `c`, archives packed; paths that begin with `../` lie beside the chart.
fn lay_out(files: &[(String, String)], folder: &Path) -> Result<()> {
    let mut archives: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (path, text) in files {
        if let Some((archive, inner)) = path.split_once(':') {
            archives.entry(archive).or_default().push((inner, text));
            continue;
        }
        let path = path.strip_prefix("../").map_or_else(|| folder.join("c").join(path), |path| folder.join(path));
        fs::create_dir_all(path.parent().context("a path has a folder")?)?;
        fs::write(path, text)?;
    }
    for (archive, files) in archives {
        let path = folder.join("c").join(archive);
        fs::create_dir_all(path.parent().context("a path has a folder")?)?;
        fs::write(path, packed(&files)?)?;
    }
    Ok(())
}

/// An archive of these files; those whose path names an archive again lie in that one.
fn packed(files: &[(&str, &str)]) -> Result<Vec<u8>> {
    let mut archives: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    let mut builder = tar::Builder::new(GzEncoder::new(vec![], Compression::fast()));
    let mut append = |path: &str, data: &[u8]| -> Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        Ok(builder.append_data(&mut header, format!("top/{path}"), data)?)
    };
    for (path, text) in files {
        match path.split_once(':') {
            Some((archive, inner)) => archives.entry(archive).or_default().push((inner, text)),
            None => append(path, text.as_bytes())?,
        }
    }
    for (path, files) in archives {
        append(path, &packed(&files)?)?;
    }
    Ok(builder.into_inner()?.finish()?)
}
