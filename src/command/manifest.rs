//! `check -f FILE`: manifests that somebody means to apply.

use std::{io::Read, path::Path};

use serde_json::Value;

use super::{check::read_snapshot, open};
use crate::{
    check::{Acceptance, Report, manifest_findings},
    cli::CheckArgs,
    cluster::{Cluster, Connection},
    exit::Exit,
    failure::Failure,
    output::{Format, Kind, Printer, finding},
    snapshot::Resource,
};

/// The most that is read of a manifest, bytes: the API server takes no larger objects either.
const LARGEST: u64 = 3 << 20;

/// Judges every Milvus of the files against the live one of the same name, where a cluster can be asked, or against the
/// one that was kept in a file.
pub(super) async fn check(args: &CheckArgs, connection: &Connection, printer: &Printer) -> Result<Exit, Failure> {
    let mut report = Report { findings: vec![] };
    let kept = args.snapshot.as_deref().map(read_snapshot).transpose()?.map(|snapshot| snapshot.milvus);
    let cluster = match &kept {
        Some(_) => None,
        None => Some(open(connection, "check").await),
    };
    for path in &args.filename {
        for manifest in documents(path)? {
            let live = match &cluster {
                Some(Ok(cluster)) => live(cluster, &manifest).await,
                Some(Err(_)) => None,
                None => kept.clone().filter(|kept| is_of(&manifest, kept)),
            };
            report.findings.extend(manifest_findings(&manifest, live.as_ref()));
        }
    }
    for finding in &mut report.findings {
        finding.accept(&Acceptance::codes(&args.accept));
    }
    match args.output {
        Some(format @ (Format::Json | Format::Yaml)) => printer.document(Kind::CheckReport, &report, format)?,
        _ => printer.show(&finding::findings(&report, None, printer.detail())),
    }
    if let Some(Err(failure)) = cluster {
        printer.warning(format!("not compared with what runs: {failure}"));
    }
    Ok(if report.is_blocked() { Exit::Blocked } else { Exit::Success })
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
fn documents(path: &Path) -> Result<Vec<Value>, Failure> {
    serde_saphyr::from_multiple(&read(path)?).map_err(|error| {
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
