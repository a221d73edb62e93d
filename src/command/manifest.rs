//! `check -f FILE`: manifests and values that somebody means to apply.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    check::read_snapshot,
    judged::Judged,
    open, rendered,
    values_file::{self, Given, Place, is_values},
};
use crate::{
    check::{Acceptance, manifest_findings},
    cli::{CheckArgs, TargetReference},
    cluster::{Cluster, Connection},
    exit::Exit,
    failure::Failure,
    helm::resource,
    knowledge::Knowledge,
    output::Printer,
    plan::{self, Rendered},
    snapshot::{Resource, Snapshot, Subject},
};

/// The largest file that is read, bytes: a manifest of everything that a cluster runs is smaller.
const LARGEST: u64 = 32 << 20;

/// What the files are held against.
enum Against {
    /// What was kept in a file.
    Kept(Box<Snapshot>),
    /// What runs.
    Live(Cluster),
    /// Nothing, and why.
    Nothing(Failure),
}

/// What the files hold.
#[derive(Default)]
struct Files {
    documents: Vec<Value>,
    /// The texts of those with values, by their names.
    of_values: Vec<(String, String)>,
}

/// What of it goes into a release.
enum Applied {
    Values(Given),
    Made(Box<Rendered>),
}

/// Judges every Milvus of the files against the live one of the same name, where a cluster can be asked, or against the
/// one that was kept in a file; and values, or what a chart made of them, against the release that they are for.
pub(super) async fn check(
    args: &CheckArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let mut against = match &args.snapshot {
        Some(path) => Against::Kept(Box::new(read_snapshot(path)?)),
        None => open(connection, "check").await.map_or_else(Against::Nothing, Against::Live),
    };
    let files = Files::read(&args.filename)?;
    let mut findings = vec![];
    for manifest in &files.documents {
        findings.extend(manifest_findings(manifest, against.live(manifest).await.as_ref()));
    }
    let mut judged = Judged::default();
    if let Some(applied) = files.applied(args, against.namespace())? {
        let place = match against.place(&applied, args, knowledge).await {
            Ok(place) => place,
            // Whoever names a release wants to know of that one.
            Err(failure) if !args.targets.is_empty() || failure.exit() == Exit::Usage => return Err(failure),
            Err(failure) => {
                against = Against::Nothing(failure);
                Place::Nowhere
            }
        };
        judged = match applied {
            Applied::Values(given) => values_file::judge(args, &given, place, knowledge, printer).await?,
            Applied::Made(made) => rendered::judge(args, *made, place, knowledge).await?,
        };
    }
    judged.report.findings.splice(0..0, findings);
    for finding in &mut judged.report.findings {
        finding.accept(&Acceptance::codes(&args.accept));
    }
    judged.show(args.output, printer)?;
    if let Against::Nothing(failure) = against {
        printer.warning(format!("not compared with what runs: {failure}"));
    }
    Ok(judged.exit(args.exit_code))
}

impl Files {
    fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut files = Self::default();
        for path in paths {
            let text = read(path)?;
            let documents = documents(path, &text)?;
            if documents.iter().any(is_values) {
                files.of_values.push((name(path), text));
            }
            files.documents.extend(documents);
        }
        Ok(files)
    }

    /// Values or the objects of a chart, where there are any. `namespace` is where objects go that name none.
    fn applied(&self, args: &CheckArgs, namespace: &str) -> Result<Option<Applied>, Failure> {
        // What is no object of Kubernetes is no release either.
        let objects = self.documents.iter().filter_map(|document| resource::of_json(document.clone()).ok());
        let objects: Vec<_> = objects.flatten().collect();
        let made = rendered::chosen(plan::rendered(&objects, namespace), &args.targets)?;
        match (made, Given::read(&self.of_values)?) {
            (Some(_), Some(_)) => Err(Failure::usage("the files hold values and what a chart made of values")
                .hint("give the one or the other")),
            (Some(made), None) => Ok(Some(Applied::Made(Box::new(made)))),
            (None, Some(given)) => Ok(Some(Applied::Values(given))),
            (None, None) if matches!(args.targets.as_slice(), [TargetReference::Release(_)]) => {
                let names: Vec<String> = args.filename.iter().map(|path| format!("`{}`", name(path))).collect();
                Err(Failure::failed(format!("there are no values in {}", names.join(", "))))
            }
            (None, None) => Ok(None),
        }
    }
}

impl Against {
    /// The resource that the manifest would change, if it is there and may be read.
    async fn live(&self, manifest: &Value) -> Option<Resource> {
        let cluster = match self {
            Self::Kept(kept) => return is_of(manifest, &kept.milvus).then(|| kept.milvus.clone()),
            Self::Live(cluster) => cluster,
            Self::Nothing(_) => return None,
        };
        let text = |pointer| manifest.pointer(pointer).and_then(Value::as_str);
        let namespace = text("/metadata/namespace").unwrap_or(cluster.namespace());
        cluster.milvus(namespace, text("/metadata/name")?).await.ok()
    }

    /// Where objects go that name no namespace.
    fn namespace(&self) -> &str {
        match self {
            Self::Kept(kept) => &kept.milvus.namespace,
            Self::Live(cluster) => cluster.namespace(),
            Self::Nothing(_) => "",
        }
    }

    /// Where it goes.
    async fn place(&self, applied: &Applied, args: &CheckArgs, knowledge: &Knowledge) -> Result<Place, Failure> {
        match applied {
            Applied::Values(_) => self.place_of_values(args, knowledge).await,
            Applied::Made(made) => self.place_of_made(made, knowledge).await,
        }
    }

    /// Where what a chart made goes: into the release of its name.
    async fn place_of_made(&self, made: &Rendered, knowledge: &Knowledge) -> Result<Place, Failure> {
        match self {
            Self::Kept(kept) if kept.subject() == Subject::Release && kept.milvus.name == made.name => {
                Ok(Place::Kept(kept.clone()))
            }
            Self::Live(cluster) => rendered::place(made, cluster, knowledge).await,
            Self::Kept(_) | Self::Nothing(_) => Ok(Place::Nowhere),
        }
    }

    /// Where values go.
    async fn place_of_values(&self, args: &CheckArgs, knowledge: &Knowledge) -> Result<Place, Failure> {
        match self {
            Self::Kept(kept) if kept.subject() == Subject::Release => Ok(Place::Kept(kept.clone())),
            Self::Kept(kept) => {
                let problem = format!("the snapshot is of {}, and values are for a release", kept.milvus.reference());
                Err(Failure::usage(problem))
            }
            Self::Live(cluster) => values_file::place(args, cluster, knowledge).await,
            Self::Nothing(failure) if !args.targets.is_empty() => {
                Err(Failure::failed(format!("the release cannot be looked at: {failure}"))
                    .hint("without its name the values are judged by themselves"))
            }
            Self::Nothing(_) => Ok(Place::Nowhere),
        }
    }
}

/// A file, for people.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// Whether the manifest is of this resource; without a namespace it is of whatever namespace it is applied to.
fn is_of(manifest: &Value, milvus: &Resource) -> bool {
    let metadata = &manifest["metadata"];
    metadata["name"] == *milvus.name && metadata["namespace"].as_str().is_none_or(|it| it == milvus.namespace)
}

/// The documents of a file.
fn documents(path: &Path, text: &str) -> Result<Vec<Value>, Failure> {
    serde_saphyr::from_multiple(text).map_err(|error| {
        Failure::failed(format!("`{}` is not YAML: {error}", name(path)))
            .hint("a manifest as for `kubectl apply -f` is wanted")
    })
}

/// The text of a file that somebody means to apply; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(LARGEST + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
    };
    match read {
        Err(error) => Err(Failure::failed(format!("cannot read `{}`: {error}", name(path)))),
        // A part of it would be judged as if it were all.
        Ok(length) if length as u64 > LARGEST => {
            Err(Failure::failed(format!("`{}` is larger than {} MiB", name(path), LARGEST >> 20))
                .hint("give what is of Milvus in a file of its own"))
        }
        Ok(_) => Ok(text),
    }
}
