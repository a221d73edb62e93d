//! `check -f FILE` where the file is what a chart made: what applying its objects would do to a release, or make of none.

use super::{
    judged::{Judged, target_of},
    look::Look,
    manifest,
    observe::observe,
    target::Subject,
    values_file::Place,
};
use crate::{
    check::{Direction, ValuesFile, values_report},
    cli::{CheckArgs, HelmArgs, TargetReference},
    cluster::{Cluster, Selection},
    failure::Failure,
    helm::{
        record::Driver,
        resource::{self, Resource},
    },
    knowledge::Knowledge,
    plan::{Difference, Rendered, values_changes},
    release::{Storage, look_at_objects},
};

/// The annotation of what runs at an event, and is no part of what stays.
const HOOK: &str = "helm.sh/hook";

/// The release that is meant among those that the files hold; nothing where they hold none.
pub(super) fn chosen(found: Vec<Rendered>, typed: &[TargetReference]) -> Result<Option<Rendered>, Failure> {
    let names: Vec<String> = found.iter().map(|it| format!("release/{}", it.name)).collect();
    let hint = format!("there are {}", names.join(", "));
    match typed {
        [] if found.len() > 1 => {
            Err(Failure::usage(format!("the files hold {} releases", found.len())).hint(format!("name one: {hint}")))
        }
        [] => Ok(found.into_iter().next()),
        [TargetReference::Release(wanted) | TargetReference::Name(wanted)] => {
            let is_there = found.is_empty() || found.iter().any(|it| it.name == *wanted);
            let failure = || Failure::failed(format!("the files hold nothing of release `{wanted}`")).hint(hint);
            is_there.then(|| found.into_iter().find(|it| it.name == *wanted)).ok_or_else(failure)
        }
        _ if found.is_empty() => Ok(None),
        _ => Err(Failure::usage("what a chart made is held against one release").hint(hint)),
    }
}

/// Where the objects go: into the release of their name, where it is there.
///
/// # Errors
///
/// Where nobody can tell that.
pub(super) async fn place(rendered: &Rendered, cluster: &Cluster, knowledge: &Knowledge) -> Result<Place, Failure> {
    let namespace = rendered.namespace.as_deref().unwrap_or(cluster.namespace());
    let cluster = cluster.at(namespace);
    let selection = Selection { namespace: Some(namespace.to_owned()), labels: String::new() };
    let subject = Subject::release(&rendered.name);
    let reference = format!("release/{}", rendered.name);
    let is_there = cluster.instances(&selection, knowledge).await?.iter().any(|found| found.reference == reference);
    Ok(if is_there { Place::Live(cluster, subject) } else { Place::Nowhere })
}

/// Judges what the objects would do.
pub(super) async fn judge(
    args: &CheckArgs,
    mut rendered: Rendered,
    place: Place,
    knowledge: &Knowledge,
) -> Result<Judged, Failure> {
    let mut difference = None;
    let snapshot = match place {
        Place::Live(cluster, subject) => {
            Box::pin(look_at_objects(&cluster, &mut rendered.release, cluster.namespace())).await;
            difference = of_objects(&cluster, &subject, &args.helm, &rendered.objects).await?;
            Some(observe(&cluster, &subject, &args.helm, knowledge, Direction::Forward).await?)
        }
        Place::Kept(snapshot) => Some(*snapshot),
        Place::Nowhere => None,
    };
    let before = snapshot.as_ref().and_then(|snapshot| snapshot.release.as_ref());
    let release = rendered.over(before);
    let target = target_of(args, snapshot.as_ref(), &release, knowledge)?;
    let names: Vec<String> = args.filename.iter().map(|path| manifest::name(path)).collect();
    let file = ValuesFile { name: &names.join(", "), given: None, after: &release, misfits: &[], forgotten: &[] };
    let report = values_report(&file, snapshot.as_ref(), target.as_ref(), knowledge);
    let changes = values_changes(before, &release, &[], knowledge);
    let look = snapshot.map(|snapshot| Look::of_file(snapshot, target.clone(), report.clone()));
    Ok(Judged { look, target, report, changes, difference })
}

/// What becomes of the objects of the newest revision; nothing where Helm has none.
async fn of_objects(
    cluster: &Cluster,
    subject: &Subject,
    helm: &HelmArgs,
    objects: &[Resource],
) -> Result<Option<Difference>, Failure> {
    let driver = Driver::read(&helm.helm_driver).map_err(Failure::usage)?;
    let storage = Storage::new(cluster, driver, cluster.namespace());
    if storage.heads(&subject.name).await?.is_empty() {
        return Ok(None);
    }
    let record = storage.base(&subject.name).await?;
    let old = resource::read(&record.manifest).map_err(Failure::failed)?;
    let stays = |object: &&Resource| object.object["metadata"]["annotations"][HOOK].is_null();
    let new: Vec<_> = objects.iter().filter(stays).cloned().collect();
    Ok(Some(Difference::of(&old, &new, &[], cluster.namespace())))
}
