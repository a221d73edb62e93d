//! Specs and states of what runs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Deserializer};

use super::{PersistentVolumeClaim, metadata};

/// Quantities as the API server writes them.
pub(super) type Amounts = BTreeMap<String, String>;

/// Declares structs of which every field may be missing.
macro_rules! fields {
    ($($(#[$note:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),* $(,)? })*) => {
        $(
            $(#[$note])*
            #[derive(Clone, Debug, Default, Deserialize)]
            #[serde(rename_all = "camelCase", default)]
            pub(in crate::cluster) struct $name {
                $($(#[$attribute])* pub(in crate::cluster) $field: $type,)*
            }
        )*
    };
}

pub(super) use fields;

fields! {
    PodSpec {
        #[serde(deserialize_with = "or_default")]
        containers: Vec<Container>,
        init_containers: Option<Vec<Container>>,
        volumes: Option<Vec<Volume>>,
        image_pull_secrets: Option<Vec<Reference>>,
        node_name: Option<String>,
        service_account_name: Option<String>,
        node_selector: Option<BTreeMap<String, String>>,
    }
    Container {
        name: String,
        image: Option<String>,
        command: Option<Vec<String>>,
        args: Option<Vec<String>>,
        resources: Option<Resources>,
    }
    Resources {
        requests: Option<Amounts>,
        limits: Option<Amounts>,
    }
    Volume {
        persistent_volume_claim: Option<ClaimVolume>,
    }
    ClaimVolume {
        claim_name: String,
    }
    /// An object that another one names.
    Reference {
        kind: Option<String>,
        #[serde(deserialize_with = "or_default")]
        name: String,
    }
    PodStatus {
        phase: Option<String>,
        message: Option<String>,
        conditions: Option<Vec<Condition>>,
        container_statuses: Option<Vec<ContainerStatus>>,
        init_container_statuses: Option<Vec<ContainerStatus>>,
    }
    Condition {
        #[serde(rename = "type")]
        kind: String,
        status: String,
        reason: Option<String>,
        message: Option<String>,
        last_transition_time: Option<Timestamp>,
        last_update_time: Option<Timestamp>,
    }
    ContainerStatus {
        name: String,
        restart_count: i32,
        state: Option<ContainerState>,
        last_state: Option<ContainerState>,
    }
    ContainerState {
        waiting: Option<Waiting>,
        terminated: Option<Terminated>,
    }
    Waiting {
        reason: Option<String>,
        message: Option<String>,
    }
    Terminated {
        exit_code: i32,
        reason: Option<String>,
        message: Option<String>,
    }
    Template {
        #[serde(deserialize_with = "metadata::alone")]
        metadata: ObjectMeta,
        spec: Option<PodSpec>,
    }
    DeploymentSpec {
        replicas: Option<i32>,
        paused: Option<bool>,
        strategy: Option<Strategy>,
        template: Template,
    }
    Strategy {
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    DeploymentStatus {
        observed_generation: Option<i64>,
        replicas: Option<i32>,
        updated_replicas: Option<i32>,
        ready_replicas: Option<i32>,
        available_replicas: Option<i32>,
        conditions: Option<Vec<Condition>>,
    }
    ReplicaSetSpec {
        template: Option<Template>,
    }
    StatefulSetSpec {
        replicas: Option<i32>,
        template: Template,
        volume_claim_templates: Option<Vec<PersistentVolumeClaim>>,
    }
    StatefulSetStatus {
        ready_replicas: Option<i32>,
    }
    JobSpec {
        suspend: Option<bool>,
    }
    JobStatus {
        conditions: Option<Vec<Condition>>,
    }
    ClaimSpec {
        access_modes: Option<Vec<String>>,
        resources: Option<Resources>,
        storage_class_name: Option<String>,
        volume_name: Option<String>,
    }
    VolumeSpec {
        persistent_volume_reclaim_policy: Option<String>,
    }
    ClaimStatus {
        phase: Option<String>,
    }
    NodeSpec {
        unschedulable: Option<bool>,
        taints: Option<Vec<Taint>>,
    }
    Taint {
        #[serde(deserialize_with = "or_default")]
        effect: String,
    }
    NodeStatus {
        allocatable: Option<Amounts>,
        images: Option<Vec<NodeImage>>,
    }
    /// An image that a node has, under each of its names.
    NodeImage {
        names: Option<Vec<String>>,
    }
}

/// An empty list that Go writes as null is one.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
