//! What an instance stands on, and whether it stands.

use super::status::Dependency;
use crate::{
    helm::readiness::is_judged,
    snapshot::{ReleaseObject, Snapshot, Subject, Unready},
};

/// A dependency of a Milvus resource: its name, the condition that tells of it, and what its `StatefulSet`s run.
const OF_RESOURCE: [(&str, &str, &[&str]); 3] = [
    ("etcd", "EtcdReady", &["etcd"]),
    ("storage", "StorageReady", &["minio"]),
    ("message queue", "MsgStreamReady", &["kafka", "pulsar", "zookeeper"]),
];

/// The kinds of a release's objects that run something.
const RUNNING: [&str; 3] = ["StatefulSet", "Deployment", "DaemonSet"];

/// All of them; `unready` is what was found not ready.
pub(super) fn of(snapshot: &Snapshot, unready: &[Unready]) -> Vec<Dependency> {
    match snapshot.subject() {
        Subject::Resource => of_resource(snapshot, unready),
        Subject::Release => of_release(snapshot, unready),
        Subject::Operator => vec![],
    }
}

fn of_resource(snapshot: &Snapshot, unready: &[Unready]) -> Vec<Dependency> {
    let sets = snapshot.surroundings.sets.known().map_or(&[][..], Vec::as_slice);
    let row = |(name, kind, runs): (&str, &str, &[&str])| {
        let condition = snapshot.milvus.condition(kind);
        let ready = condition.as_ref().map(crate::snapshot::Condition::is_true);
        let reason = match &condition {
            None => Some(format!("the operator has not said {kind} yet")),
            Some(condition) if condition.is_true() => None,
            Some(condition) => Some(format!("{kind}={} {}: {}", condition.status, condition.reason, condition.message)),
        };
        let own = sets.iter().filter(|set| runs.iter().any(|part| set.part.starts_with(part)));
        let parts = own.map(|set| object(format!("statefulset/{}", set.name), unready)).collect();
        Dependency { name: name.to_owned(), ready, reason, parts }
    };
    OF_RESOURCE.into_iter().map(row).collect()
}

/// Everything of a release that runs, but for the components.
fn of_release(snapshot: &Snapshot, unready: &[Unready]) -> Vec<Dependency> {
    let release = snapshot.release.as_ref();
    let objects = release.and_then(|release| release.objects.known()).map_or(&[][..], Vec::as_slice);
    let deployments = snapshot.workload.deployments();
    let is_component =
        |it: &ReleaseObject| it.kind == "Deployment" && deployments.iter().any(|deployment| deployment.name == it.name);
    let runs = |it: &&ReleaseObject| RUNNING.contains(&it.kind.as_str()) && is_judged(&it.api_version, &it.kind);
    let others = objects.iter().filter(runs).filter(|it| !is_component(it));
    let unlooked = release.and_then(|release| release.unready.as_result().err());
    others
        .map(|it| match unlooked {
            Some(why) => Dependency { name: it.reference(), ready: None, reason: Some(why.to_owned()), parts: vec![] },
            None => object(it.reference(), unready),
        })
        .collect()
}

fn object(name: String, unready: &[Unready]) -> Dependency {
    let found = unready.iter().find(|unready| unready.object == name);
    Dependency { ready: Some(found.is_none()), reason: found.map(|it| it.reason.clone()), name, parts: vec![] }
}
