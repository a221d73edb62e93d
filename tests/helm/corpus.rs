//! The milvus chart as it was released, rendered by us and by Helm 4.
//!
//! Every release from 3.0.0 on is rendered with every file of `values/`, and compared template by template. A template
//! that Helm itself renders differently a second time holds something random: it is named and not compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::{Result, ensure};
use libtest_mimic::{Failed, Trial};

use crate::{
    case::difference,
    program::{Answer, Programs, Renderer},
    release::{self, CHART, VARIABLE},
    testbed,
};

/// What was compared so far, over all releases.
#[derive(Debug, Default)]
struct Count {
    renders: usize,
    refused: usize,
    equal: usize,
    random: BTreeSet<String>,
}

static COUNT: Mutex<Count> = Mutex::new(Count { renders: 0, refused: 0, equal: 0, random: BTreeSet::new() });

/// One test for each release, where there are any.
pub(crate) fn trials(programs: &'static Programs) -> Result<Vec<Trial>> {
    let Some(git) = testbed::setting(VARIABLE).map(PathBuf::from) else {
        testbed::report(&format!(
            "{VARIABLE} is not set to a git directory of the milvus chart's repository: \
             the releases of the chart are not compared"
        ));
        return Ok(vec![]);
    };
    let tags = release::output(&git, &["tag", "--list", "milvus-*"])?;
    let tags: Vec<String> =
        String::from_utf8(tags)?.lines().filter(|tag| is_compared(tag)).map(ToOwned::to_owned).collect();
    ensure!(!tags.is_empty(), "`{}` has no tags of releases", git.display());
    let trial = |tag: String| {
        let git = git.clone();
        let name = format!("corpus::{tag}");
        Trial::test(name, move || compare(programs, &git, &tag).map_err(|error| Failed::from(format!("{error:#}"))))
    };
    Ok(tags.into_iter().map(trial).collect())
}

/// Says what was compared, once all is done.
pub(crate) fn conclude() {
    let count = COUNT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if count.renders > 0 {
        testbed::report(&format!(
            "milvus chart: {} renders ({} refused by both), {} templates equal, {} random",
            count.renders,
            count.refused,
            count.equal,
            count.random.len()
        ));
        for name in &count.random {
            testbed::report(&format!("  random: {name}"));
        }
    }
}

/// Releases from 3.0.0 on.
fn is_compared(tag: &str) -> bool {
    let major = tag.strip_prefix("milvus-").and_then(|version| version.split('.').next());
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 3)
}

fn compare(programs: &Programs, git: &Path, tag: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    release::unpack(git, tag, folder.path())?;
    let values = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/helm/values");
    let mut sets: Vec<PathBuf> =
        fs::read_dir(values)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    sets.sort();
    let mut faults = vec![];
    for set in &sets {
        let render = |renderer| {
            let values = set.display().to_string();
            programs.render(renderer, folder.path(), CHART, &["--values", values.as_str()])
        };
        let name = set.file_stem().unwrap_or_default().to_string_lossy();
        let (ours, theirs) = (render(Renderer::Ours)?, render(Renderer::Helm4)?);
        if let Err(fault) = judge(&name, &ours, &theirs, || render(Renderer::Helm4)) {
            faults.push(format!("{name}: {fault:#}"));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// Compares two renders of one release and set of values.
fn judge(name: &str, ours: &Answer, theirs: &Answer, again: impl FnOnce() -> Result<Answer>) -> Result<()> {
    let mut count = COUNT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    count.renders += 1;
    if !theirs.is_success {
        ensure!(!ours.is_success, "helm refuses it: {}", theirs.stderr);
        count.refused += 1;
        return Ok(());
    }
    ensure!(ours.is_success, "it is refused: {}", ours.stderr);
    let (found, expected) = (templates(&ours.stdout), templates(&theirs.stdout));
    if ours.stdout == theirs.stdout {
        count.equal += expected.len();
        return Ok(());
    }
    let again = templates(&again()?.stdout);
    let mut faults = vec![];
    for (path, text) in &expected {
        match found.get(path) {
            Some(ours) if ours == text => count.equal += 1,
            Some(_) if again.get(path) != Some(text) => {
                count.random.insert(format!("{path} ({name})"));
            }
            Some(ours) => faults.push(format!("{path}: {}", difference(text, ours))),
            None => faults.push(format!("{path}: it is not there")),
        }
    }
    faults.extend(found.keys().filter(|path| !expected.contains_key(*path)).map(|path| format!("{path}: too much")));
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    let order = |text: &[u8]| sources(text);
    ensure!(order(&ours.stdout) == order(&theirs.stdout), "the order of the documents differs");
    Ok(())
}

/// The documents of each template, by its path.
pub(crate) fn templates(output: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(output).into_owned();
    let mut templates: BTreeMap<String, String> = BTreeMap::new();
    for document in text.split("---\n# Source: ").filter(|document| !document.trim().is_empty()) {
        let (path, text) = document.split_once('\n').unwrap_or((document, ""));
        templates.entry(path.to_owned()).or_default().push_str(text);
    }
    templates
}

fn sources(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    text.lines().filter(|line| line.starts_with("# Source: ")).map(ToOwned::to_owned).collect()
}
