use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Autoscaler, Deployment, Event, Node, Operator, Part, Pod, Resource, Unready};

/// What runs of an instance, and where, whoever put it there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// When it was looked at.
    pub taken: Timestamp,
    /// Deployments of the instance, Milvus components only.
    pub deployments: Part<Vec<Deployment>>,
    /// Pods of the instance, Milvus components only.
    pub pods: Part<Vec<Pod>>,
    /// Warnings about objects of the namespace.
    pub events: Part<Vec<Event>>,
    /// Autoscalers of the namespace.
    pub autoscalers: Part<Vec<Autoscaler>>,
    /// Nodes of the cluster, with what is asked of them.
    pub nodes: Part<Vec<Node>>,
}

impl Workload {
    /// The Deployments, or none where they could not be seen.
    pub fn deployments(&self) -> &[Deployment] {
        self.deployments.known().map_or(&[], Vec::as_slice)
    }

    /// The pods, or none where they could not be seen.
    pub fn pods(&self) -> &[Pod] {
        self.pods.known().map_or(&[], Vec::as_slice)
    }
}

/// What a roll shows in: what runs, and who moves it.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What runs.
    pub workload: &'a Workload,
    /// The resource whose operator moves it; `None` where Deployments move by themselves, as those of a Helm release.
    pub milvus: Option<&'a Resource>,
    /// That operator.
    pub operator: Option<&'a Operator>,
    /// Objects of a Helm release that do not yet do what they are for.
    pub unready: &'a [Unready],
}
