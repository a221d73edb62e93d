//! `check -f FILE`: manifests and values that somebody means to apply.

use std::{io::Read, path::Path};

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
    release::{self, Rendered},
    snapshot::{Resource, Snapshot, Subject},
};

/// The most that is read of a manifest, bytes: the API server takes no larger objects either.
const LARGEST: u64 = 3 << 20;

/// What the files are held against.
enum Against {
    /// What was kept in a file.
    Kept(Box<Snapshot>),
    /// What runs.
    Live(Cluster),
    /// Nothing, and why.
    Nothing(Failure),
}

/// Judges every Milvus of the files against the live one of the same name, where a cluster can be asked, or against the
/// one that was kept in a file; and values against the release that they are for.
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
    let (mut findings, mut of_values, mut objects) = (vec![], vec![], vec![]);
    for path in &args.filename {
        let text = read(path)?;
        let documents = documents(path, &text)?;
        for manifest in &documents {
            findings.extend(manifest_findings(manifest, against.live(manifest).await.as_ref()));
        }
        if documents.iter().any(is_values) {
            of_values.push((path.display().to_string(), text));
        }
        // What is no object of Kubernetes was judged above.
        objects.extend(documents.into_iter().filter_map(|document| resource::of_list(document).ok()).flatten());
    }
    let mut judged = Judged::default();
    let made = rendered::chosen(release::rendered(&objects, against.namespace()), &args.targets)?;
    let given = Given::read(&of_values)?;
    if let Some(made) = made {
        if given.is_some() {
            return Err(Failure::usage("the files hold values and what a chart made of values")
                .hint("the one or the other is judged"));
        }
        let place = against.place_of(&made).await;
        judged = rendered::judge(args, &names(args), made, place, knowledge).await?;
    } else if given.is_none() && matches!(args.targets.as_slice(), [TargetReference::Release(_)]) {
        return Err(Failure::failed(format!("there are no values in {}", names(args))));
    } else if let Some(given) = given {
        let place = match against.place(args, knowledge).await {
            Ok(place) => place,
            // Whoever names a release wants to know of that one.
            Err(failure) if !args.targets.is_empty() || failure.exit() == Exit::Usage => return Err(failure),
            Err(failure) => {
                against = Against::Nothing(failure);
                Place::Nowhere
            }
        };
        judged = values_file::judge(args, &given, place, knowledge, printer).await?;
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

    /// Where what a chart made goes: into the release of its name.
    async fn place_of(&self, made: &Rendered) -> Place {
        match self {
            Self::Kept(kept) if kept.subject() == Subject::Release && kept.milvus.name == made.name => {
                Place::Kept(kept.clone())
            }
            Self::Live(cluster) => rendered::place(made, cluster).await,
            Self::Kept(_) | Self::Nothing(_) => Place::Nowhere,
        }
    }

    /// Where values go.
    async fn place(&self, args: &CheckArgs, knowledge: &Knowledge) -> Result<Place, Failure> {
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

/// The files, for people.
fn names(args: &CheckArgs) -> String {
    let names: Vec<String> = args.filename.iter().map(|path| format!("`{}`", path.display())).collect();
    names.join(", ")
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
