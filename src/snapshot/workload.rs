use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Condition, FieldManager, Quantities};
use crate::milvus::Component;

/// A Deployment of a Milvus component, as far as a roll shows in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// `metadata.name`.
    pub name: String,
    /// The component it runs.
    pub component: Component,
    /// The image of the component's container; empty where the template has none.
    pub image: String,
    /// The image of the init container `config`, which the operator gives it; empty where there is none, and where nobody
    /// looked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub config_image: String,
    /// `spec.replicas`.
    pub wanted: i64,
    /// `status.replicas`: pods of every generation.
    pub running: i64,
    /// `status.updatedReplicas`: pods of the newest template.
    pub updated: i64,
    /// `status.readyReplicas`.
    pub ready: i64,
    /// `status.availableReplicas`: ready for `minReadySeconds`.
    pub available: i64,
    /// `metadata.generation`.
    pub generation: i64,
    /// `status.observedGeneration`.
    pub observed_generation: i64,
    /// `spec.paused`.
    pub paused: bool,
    /// What one pod of it asks for.
    pub requests: Quantities,
    /// The most that one pod of it may take.
    #[serde(default)]
    pub limits: Quantities,
    /// `spec.strategy.type`; empty where nobody looked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub strategy: String,
    /// Claims that its pods mount.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// The Secrets with which its images are pulled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pull_secrets: Vec<String>,
    /// `spec.template.spec.nodeSelector`.
    pub node_selector: BTreeMap<String, String>,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`, without the copy that kubectl keeps of all of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Who wrote its fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managers: Vec<FieldManager>,
    /// `status.conditions`.
    pub conditions: Vec<Condition>,
    /// When it was made.
    pub created: Option<Timestamp>,
}

impl Deployment {
    /// Whether its controller has seen the newest template and every pod is of it and available.
    pub fn is_complete(&self) -> bool {
        self.observed_generation >= self.generation
            && self.updated == self.wanted
            && self.running == self.wanted
            && self.available == self.wanted
    }

    /// Whether it is the idle twin of a component with two Deployments.
    pub fn is_idle(&self) -> bool {
        self.wanted == 0 && self.running == 0
    }
}

/// A pod of a Milvus component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// `metadata.name`.
    pub name: String,
    /// The component it runs.
    pub component: Component,
    /// The image of the component's container in the spec.
    pub image: String,
    /// `status.phase`.
    pub phase: String,
    /// Whether the condition `Ready` is true.
    pub ready: bool,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`: when it must be gone.
    pub deleted: Option<Timestamp>,
    /// `metadata.deletionGracePeriodSeconds`.
    pub grace_seconds: Option<i64>,
    /// The node it was given, if any.
    pub node: Option<String>,
    /// What it asks for.
    pub requests: Quantities,
    /// The security context constraint that OpenShift admitted it under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// `status.conditions`.
    pub conditions: Vec<Condition>,
    /// Init containers and containers, in order.
    pub containers: Vec<Container>,
}

impl Pod {
    /// Whether it is on its way out.
    pub fn is_terminating(&self) -> bool {
        self.deleted.is_some()
    }

    /// Whether it has ended for good (`Succeeded`, `Failed`) and counts for nothing.
    pub fn is_over(&self) -> bool {
        matches!(self.phase.as_str(), "Succeeded" | "Failed")
    }

    /// How often its containers were started again.
    pub fn restarts(&self) -> i64 {
        self.containers.iter().map(|container| container.restarts).sum()
    }
}

/// The state of one container of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    /// Its name.
    pub name: String,
    /// How often it was started again.
    pub restarts: i64,
    /// `state.waiting.reason`, such as `ImagePullBackOff`.
    pub waiting: Option<String>,
    /// The sentence beside the reason.
    pub message: Option<String>,
    /// The exit code of its last end.
    pub exit_code: Option<i64>,
    /// The reason of its last end, such as `OOMKilled`.
    pub exit_reason: Option<String>,
}

/// A warning event about an object of the namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The kind of the object it is about.
    pub kind: String,
    /// The name of the object it is about.
    pub name: String,
    /// One word, such as `FailedScheduling`.
    pub reason: String,
    /// The sentence.
    pub message: String,
    /// When it was last seen.
    pub last_seen: Option<Timestamp>,
}

/// A `HorizontalPodAutoscaler` whose target is a Deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Autoscaler {
    /// Its name.
    pub name: String,
    /// The Deployment that it scales.
    pub deployment: String,
    /// The fewest pods it leaves.
    pub min: i64,
    /// The most pods it asks for.
    pub max: i64,
}
