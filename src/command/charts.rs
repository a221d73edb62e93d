//! The charts that a plan leads over.

use std::collections::BTreeMap;

use semver::Version;
use serde::Serialize;

use crate::{
    check::CHART_REPOSITORY,
    cli::{ChartArgs, SourceArgs},
    failure::Failure,
    helm::chart::Chart,
    knowledge::{ChartRelease, Knowledge},
    milvus::{Line as MilvusLine, MilvusVersion},
    output::{Printer, charts},
    plan::{Action, Plan},
    release::source::{self as chart_source, Available, Request},
    snapshot::Snapshot,
};

/// A chart, and where it is published.
struct Publication {
    name: &'static str,
    repository: &'static str,
}

/// The chart of Milvus (milvus.md §3.1).
const MILVUS: Publication = Publication { name: "milvus", repository: CHART_REPOSITORY };

/// The chart of the operator (milvus.md §1.10).
const OPERATOR: Publication =
    Publication { name: "milvus-operator", repository: "https://zilliztech.github.io/milvus-operator/" };

/// Loads every chart that is still to be gone to, before anything is written: files that were named, whose versions
/// tell which step they are for, else the repository that was named, else the chart's own.
pub(super) async fn load(
    args: &ChartArgs,
    plan: &Plan,
    snapshot: &Snapshot,
    printer: &Printer,
) -> Result<BTreeMap<Version, Chart>, Failure> {
    let publication = if plan.is_operator { &OPERATOR } else { &MILVUS };
    let mut charts = BTreeMap::new();
    let wanted = plan.steps.iter().filter(|step| !step.is_written(snapshot)).filter_map(|step| match &step.action {
        Action::Chart { version, .. } => Some(version),
        _ => None,
    });
    let wanted: Vec<&Version> = wanted.collect();
    for named in &args.chart {
        // A repository or registry holds many versions, so it is asked for each.
        let is_file = std::path::Path::new(named).exists();
        let versions: Vec<Option<&Version>> =
            if is_file { vec![None] } else { wanted.iter().copied().map(Some).collect() };
        for version in versions {
            let (version, chart) =
                one(&args.source, publication, Some(named), version.map(ToString::to_string), printer).await?;
            charts.insert(version, chart);
        }
    }
    for version in wanted {
        if charts.contains_key(version) {
            continue;
        }
        if !args.chart.is_empty() {
            let found: Vec<String> = charts.keys().map(ToString::to_string).collect();
            let name = publication.name;
            let problem = format!("the chart {name} {version} is needed, and --chart names {}", found.join(", "));
            return Err(Failure::usage(problem)
                .hint(format!("name it too:  --chart {name}-{version}.tgz"))
                .hint("or choose another with --chart-version"));
        }
        let (found, chart) = one(&args.source, publication, None, Some(version.to_string()), printer).await?;
        charts.insert(found, chart);
    }
    Ok(charts)
}

/// The version of the operator's chart in the one file that was named, if one was.
pub(super) async fn sole_file(args: &ChartArgs, printer: &Printer) -> Result<Option<Version>, Failure> {
    match args.chart.as_slice() {
        [named] if std::path::Path::new(named).exists() => {
            Ok(Some(one(&args.source, &OPERATOR, Some(named), None, printer).await?.0))
        }
        _ => Ok(None),
    }
}

/// The chart of Milvus that was named, or of this version; a file is of the version it is of.
pub(super) async fn milvus(
    source: &SourceArgs,
    named: Option<&str>,
    version: Option<String>,
    printer: &Printer,
) -> Result<Chart, Failure> {
    let is_file = named.is_some_and(|named| std::path::Path::new(named).exists());
    Ok(one(source, &MILVUS, named, version.filter(|_| !is_file), printer).await?.1)
}

async fn one(
    source: &SourceArgs,
    publication: &Publication,
    named: Option<&str>,
    version: Option<String>,
    printer: &Printer,
) -> Result<(Version, Chart), Failure> {
    let request = source.request();
    let repository = request.repository.clone().or_else(|| named.is_none().then(|| publication.repository.to_owned()));
    let request = Request { chart: Some(named.unwrap_or(publication.name).to_owned()), version, repository, ..request };
    let loaded = chart_source::load(&request).await?;
    for note in &loaded.notes {
        printer.warning(note);
    }
    let name = loaded.chart.name();
    if name != publication.name {
        let problem = format!("{} is the chart `{name}`, and `{}` is needed", loaded.origin, publication.name);
        return Err(Failure::usage(problem));
    }
    let text = &loaded.chart.metadata.version;
    let version = text.parse().map_err(|error| {
        Failure::failed(format!("the chart of {} has the version `{text}`: {error}", loaded.origin))
    })?;
    Ok((version, loaded.chart))
}

/// How many versions are told.
const TOLD: usize = 5;

/// Which charts there are for a line of Milvus.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Charts {
    /// The line.
    pub(super) line: String,
    /// Where they are known from.
    pub(super) origin: String,
    /// The newest first: version, and the Milvus that it brings; empty where nobody knows.
    pub(super) versions: Vec<charts::Version>,
}

/// The newest charts that were made for a line: by the repository that was named, else by the tables.
pub(super) async fn available(
    source: &SourceArgs,
    line: MilvusLine,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Charts, Failure> {
    let request = source.request();
    let (origin, mut versions) = if request.repository.is_some() {
        let listing = chart_source::versions(&Request { chart: Some("milvus".to_owned()), ..request }).await?;
        for note in &listing.notes {
            printer.warning(note);
        }
        let version = |it: Available| charts::Version {
            chart_version: it.version,
            app_version: it.app_version.unwrap_or_default(),
        };
        let versions = listing.versions.into_iter().map(version);
        (listing.origin, versions.collect())
    } else {
        let of = |chart: &ChartRelease| charts::Version {
            chart_version: chart.version.to_string(),
            app_version: chart.milvus.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        ("the tables of this program".to_owned(), knowledge.charts().iter().rev().map(of).collect::<Vec<_>>())
    };
    let newest = knowledge.chart_for(line).map(|chart| chart.version.to_string());
    versions.retain(|version| {
        let app: Option<MilvusVersion> = version.app_version.trim_start_matches('v').parse().ok();
        app.is_some_and(|app| app.line() == line) || newest.as_ref() == Some(&version.chart_version)
    });
    versions.truncate(TOLD);
    Ok(Charts { line: line.to_string(), origin, versions })
}
