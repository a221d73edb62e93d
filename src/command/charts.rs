//! The charts that a plan leads over.

use std::collections::BTreeMap;

use semver::Version;

use crate::{
    cli::UpgradeArgs,
    failure::Failure,
    helm::chart::Chart,
    output::Printer,
    plan::{Action, Plan},
    release::source::{self, Request},
    snapshot::Snapshot,
};

/// Where the chart is published (milvus.md §3.1).
const REPOSITORY: &str = "https://zilliztech.github.io/milvus-helm";

/// Loads every chart that is still to be gone to, before anything is written: files that were named, whose versions
/// tell which step they are for, else the repository that was named, else the chart's own.
pub(super) async fn load(
    args: &UpgradeArgs,
    plan: &Plan,
    snapshot: &Snapshot,
    printer: &Printer,
) -> Result<BTreeMap<Version, Chart>, Failure> {
    let mut charts = BTreeMap::new();
    let wanted = plan.steps.iter().filter(|step| !step.is_written(snapshot)).filter_map(|step| match &step.action {
        Action::Chart { version, .. } => Some(version),
        Action::Patch { .. } | Action::Revert { .. } | Action::Roll { .. } => None,
    });
    let wanted: Vec<&Version> = wanted.collect();
    for named in &args.chart {
        // A repository or registry holds many versions, so it is asked for each.
        let is_file = std::path::Path::new(named).exists();
        let versions: Vec<Option<&Version>> =
            if is_file { vec![None] } else { wanted.iter().copied().map(Some).collect() };
        for version in versions {
            let (version, chart) = one(args, Some(named), version, printer).await?;
            charts.insert(version, chart);
        }
    }
    for version in wanted {
        if charts.contains_key(version) {
            continue;
        }
        if !args.chart.is_empty() {
            let found: Vec<String> = charts.keys().map(ToString::to_string).collect();
            let problem = format!("the chart milvus {version} is needed, and --chart names {}", found.join(", "));
            return Err(Failure::usage(problem)
                .hint(format!("name it too:  --chart milvus-{version}.tgz"))
                .hint("or choose another with --chart-version"));
        }
        let (found, chart) = one(args, None, Some(version), printer).await?;
        charts.insert(found, chart);
    }
    Ok(charts)
}

async fn one(
    args: &UpgradeArgs,
    named: Option<&str>,
    version: Option<&Version>,
    printer: &Printer,
) -> Result<(Version, Chart), Failure> {
    let request = args.source.request();
    let repository = request.repository.clone().or_else(|| named.is_none().then(|| REPOSITORY.to_owned()));
    let request = Request {
        chart: Some(named.unwrap_or("milvus").to_owned()),
        version: version.map(ToString::to_string),
        repository,
        ..request
    };
    let loaded = source::load(&request).await?;
    for note in &loaded.notes {
        printer.warning(note);
    }
    let text = &loaded.chart.metadata.version;
    let version = text.parse().map_err(|error| {
        Failure::failed(format!("the chart of {} has the version `{text}`: {error}", loaded.origin))
    })?;
    Ok((version, loaded.chart))
}
