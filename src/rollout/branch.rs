//! A component down to its pods.

use jiff::Timestamp;
use serde::Serialize;

use super::roll::tag_of;
use crate::{
    milvus::Component,
    snapshot::{Deployment, Pod, Snapshot},
};

/// A Deployment and its pods.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadStatus {
    /// Which: `deployment/prod-milvus-proxy`; empty for pods whose Deployment is gone.
    pub reference: String,
    /// The tag of its image.
    pub image: String,
    /// Ready pods.
    pub ready: i64,
    /// Pods that it asks for.
    pub wanted: i64,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its pods.
    pub pods: Vec<PodStatus>,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodStatus {
    /// Its name.
    pub name: String,
    /// The tag of its image.
    pub image: String,
    /// Whether it is ready.
    pub ready: bool,
    /// How often its containers were started again.
    pub restarts: i64,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The node that it was given.
    pub node: Option<String>,
    /// One word: `ready`, `terminating`, `ImagePullBackOff`.
    pub state: String,
}

/// The Deployments of a component that have or want pods, and those of its pods that belong to none of them.
pub(super) fn workloads(snapshot: &Snapshot, component: Component) -> Vec<WorkloadStatus> {
    let deployments = || snapshot.workload.deployments().iter().filter(move |it| it.component == component);
    let pods = || snapshot.workload.pods().iter().filter(move |pod| pod.component == component && !pod.is_over());
    let of = |owner: Option<&Deployment>| -> Vec<PodStatus> {
        let own = pods().filter(|pod| owner_of(pod, deployments()).map(|it| &it.name) == owner.map(|it| &it.name));
        own.map(PodStatus::of).collect()
    };
    let listed = deployments().map(|deployment| WorkloadStatus {
        reference: format!("deployment/{}", deployment.name),
        image: tag_of(&deployment.image),
        ready: deployment.ready,
        wanted: deployment.wanted,
        created: deployment.created,
        pods: of(Some(deployment)),
    });
    let mut workloads: Vec<WorkloadStatus> =
        listed.filter(|it| it.wanted > 0 || it.ready > 0 || !it.pods.is_empty()).collect();
    let orphans = of(None);
    if !orphans.is_empty() {
        let image = orphans[0].image.clone();
        workloads.push(WorkloadStatus {
            reference: String::new(),
            image,
            ready: 0,
            wanted: 0,
            created: None,
            pods: orphans,
        });
    }
    workloads
}

/// The Deployment whose `ReplicaSet` made the pod. Of two whose names begin alike it is the longer one.
fn owner_of<'a>(pod: &Pod, deployments: impl Iterator<Item = &'a Deployment>) -> Option<&'a Deployment> {
    let made = |it: &&Deployment| pod.name.strip_prefix(it.name.as_str()).is_some_and(|rest| rest.starts_with('-'));
    deployments.filter(made).max_by_key(|it| it.name.len())
}

impl PodStatus {
    fn of(pod: &Pod) -> Self {
        Self {
            name: pod.name.clone(),
            image: tag_of(&pod.image),
            ready: pod.ready && !pod.is_terminating(),
            restarts: pod.restarts(),
            created: pod.created,
            node: pod.node.clone(),
            state: word(pod),
        }
    }
}

/// As kubectl calls it where it has a word for it.
fn word(pod: &Pod) -> String {
    let refused = pod.conditions.iter().any(|it| it.kind == "PodScheduled" && it.status == "False");
    let waiting = pod.containers.iter().find_map(|container| container.waiting.as_deref());
    match (pod.is_terminating(), refused, pod.ready, waiting) {
        (true, ..) => "terminating".to_owned(),
        (_, true, ..) => "unschedulable".to_owned(),
        (_, _, true, _) => "ready".to_owned(),
        (_, _, _, Some(word)) => word.to_owned(),
        _ if pod.phase == "Running" => "not ready".to_owned(),
        _ => pod.phase.to_lowercase(),
    }
}
