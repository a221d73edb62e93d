//! The real chart of the Milvus operator, as its Go module holds it, rendered by all three.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Failed, Trial};

use crate::{
    case::{difference, documents},
    program::{Programs, Renderer},
    testbed,
};

/// One test for each file of values in `operator/`.
pub(crate) fn trials(programs: &'static Programs) -> Result<Vec<Trial>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/helm/operator");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let trial = |path: PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(format!("operator::{name}"), move || {
            compare(programs, &path).map_err(|error| Failed::from(format!("{error:#}")))
        })
    };
    Ok(paths.into_iter().map(trial).collect())
}

fn compare(programs: &Programs, values: &Path) -> Result<()> {
    let chart = testbed::operator_chart()?;
    let (chart, values) = (chart.to_str().context("the chart's path is text")?, values.to_str().context("a path")?);
    let folder = tempfile::tempdir()?;
    let text = |renderer| -> Result<String> {
        let answer = programs.render(renderer, folder.path(), chart, &["--values", values, "--include-crds"])?;
        ensure!(answer.is_success, "{renderer:?} refuses it: {}", answer.stderr.trim());
        Ok(String::from_utf8(answer.stdout)?)
    };
    let (ours, helm4, helm3) = (text(Renderer::Ours)?, text(Renderer::Helm4)?, text(Renderer::Helm3)?);
    ensure!(ours == helm4, "it differs from Helm 4:\n{}", difference(&helm4, &ours));
    let (ours, helm3) = (sorted(&ours), sorted(&helm3));
    ensure!(ours == helm3, "it differs from Helm 3:\n{}", difference(&helm3, &ours));
    Ok(())
}

/// The documents in an order that does not depend on their kinds: Helm 3 has no place of its own for webhooks' settings.
fn sorted(text: &str) -> String {
    let text = documents(text);
    let mut documents: Vec<&str> = text.split("\n---\n").collect();
    documents.sort_unstable();
    documents.join("\n---\n")
}
