//! `check -f FILE`: manifests and values that somebody means to apply.

use std::{io::Read, path::Path};

use serde_json::Value;

use super::{
    check::read_snapshot,
    open,
    values_file::{self, Given, Place, is_values},
};
use crate::{
    check::{Acceptance, Report, manifest_findings},
    cli::CheckArgs,
    cluster::{Cluster, Connection},
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{Format, Kind, Printer, finding},
    snapshot::Resource,
};

/// The most that is read of a manifest, bytes: the API server takes no larger objects either.
const LARGEST: u64 = 3 << 20;

/// Judges every Milvus of the files against the live one of the same name, where a cluster can be asked, or against the
/// one that was kept in a file; and values against the release that they are for.
pub(super) async fn check(
    args: &CheckArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let mut findings = vec![];
    let kept = args.snapshot.as_deref().map(read_snapshot).transpose()?;
    let mut cluster = match &kept {
        Some(_) => None,
        None => Some(open(connection, "check").await),
    };
    let mut of_values = vec![];
    for path in &args.filename {
        let text = read(path)?;
        let documents = documents(path, &text)?;
        for manifest in &documents {
            let live = match &cluster {
                Some(Ok(cluster)) => live(cluster, manifest).await,
                Some(Err(_)) => None,
                None => kept.as_ref().map(|kept| kept.milvus.clone()).filter(|kept| is_of(manifest, kept)),
            };
            findings.extend(manifest_findings(manifest, live.as_ref()));
        }
        if documents.iter().any(is_values) {
            of_values.push((path.display().to_string(), text));
        }
    }
    let mut judged = None;
    if let Some(given) = Given::read(&of_values)? {
        let place = match (kept, &cluster) {
            (Some(kept), _) if kept.release.is_some() => Place::Kept(kept),
            (_, Some(Ok(found))) => match values_file::place(args, Some(found), knowledge).await {
                Ok(place) => place,
                Err(failure) if !args.targets.is_empty() || failure.exit() == Exit::Usage => return Err(failure),
                Err(failure) => {
                    cluster = Some(Err(failure));
                    Place::Nowhere
                }
            },
            _ => Place::Nowhere,
        };
        judged = Some(Box::pin(values_file::judge(args, &given, place, knowledge, printer)).await?);
    }
    let mut report = Report { findings };
    report.findings.extend(judged.iter_mut().flat_map(|judged| std::mem::take(&mut judged.report.findings)));
    for finding in &mut report.findings {
        finding.accept(&Acceptance::codes(&args.accept));
    }
    let exit = match &mut judged {
        Some(judged) => {
            judged.report = report;
            judged.show(args.output, printer)?;
            judged.exit(args.exit_code)
        }
        None => {
            match args.output {
                Some(format @ (Format::Json | Format::Yaml)) => printer.document(Kind::CheckReport, &report, format)?,
                _ => printer.show(&finding::findings(&report, None, printer.detail())),
            }
            if report.is_blocked() { Exit::Blocked } else { Exit::Success }
        }
    };
    if let Some(Err(failure)) = cluster {
        printer.warning(format!("not compared with what runs: {failure}"));
    }
    Ok(exit)
}

/// The resource that the manifest would change, if it is there and may be read.
async fn live(cluster: &Cluster, manifest: &Value) -> Option<Resource> {
    let text = |pointer| manifest.pointer(pointer).and_then(Value::as_str);
    let namespace = text("/metadata/namespace").unwrap_or(cluster.namespace());
    cluster.milvus(namespace, text("/metadata/name")?).await.ok()
}

/// Whether the manifest is of this resource; without a namespace it is of whatever namespace it is applied to.
fn is_of(manifest: &Value, milvus: &Resource) -> bool {
    let metadata = &manifest["metadata"];
    metadata["name"] == *milvus.name && metadata["namespace"].as_str().is_none_or(|it| it == milvus.namespace)
}

/// The documents of a file.
fn documents(path: &Path, text: &str) -> Result<Vec<Value>, Failure> {
    serde_saphyr::from_multiple(text).map_err(|error| {
        Failure::failed(format!("`{}` is not YAML: {error}", path.display()))
            .hint("a manifest as for `kubectl apply -f` is wanted")
    })
}

/// The text of a file that somebody means to apply; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(LARGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::failed(format!("cannot read `{}`: {error}", path.display())))?;
    Ok(text)
}
