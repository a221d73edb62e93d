//! The charts that a plan leads over.

use std::collections::BTreeMap;

use semver::Version;

use super::chart;
use crate::{
    cli::UpgradeArgs,
    failure::Failure,
    helm::chart::Chart,
    plan::{Action, Plan},
    snapshot::Snapshot,
};

/// Where the chart is published (milvus.md §3.1).
const REPOSITORY: &str = "https://zilliztech.github.io/milvus-helm";

/// Loads every chart that is still to be gone to, before anything is written.
pub(super) fn load(args: &UpgradeArgs, plan: &Plan, snapshot: &Snapshot) -> Result<BTreeMap<Version, Chart>, Failure> {
    let mut given = BTreeMap::new();
    for path in &args.chart {
        let chart = chart::load(path)?;
        let version = chart.metadata.version.parse().map_err(|error| {
            Failure::failed(format!("`{}` has the version `{}`: {error}", path.display(), chart.metadata.version))
        })?;
        given.insert(version, chart);
    }
    for step in plan.steps.iter().filter(|step| !step.is_written(snapshot)) {
        let Action::Chart { version, .. } = &step.action else { continue };
        if !given.contains_key(version) {
            let found: Vec<String> = given.keys().map(ToString::to_string).collect();
            let problem = match found.as_slice() {
                [] => format!("the chart milvus {version} is needed"),
                found => format!("the chart milvus {version} is needed, and --chart names {}", found.join(", ")),
            };
            return Err(Failure::usage(problem)
                .hint(format!("fetch it:  {REPOSITORY}/  milvus-{version}.tgz, and name it with --chart FILE"))
                .hint("or choose another with --chart-version"));
        }
    }
    Ok(given)
}
