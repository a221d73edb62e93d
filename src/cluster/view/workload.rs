use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};

use super::node::{limits, requests};
use crate::{
    cluster::bare,
    milvus::Component,
    snapshot::{Autoscaler, Condition, Container, Deployment, Event, FieldManager, Pod},
};

/// The component that an object of the operator or of the chart runs, by its labels.
fn component_of(metadata: &ObjectMeta) -> Option<Component> {
    let labels = metadata.labels.as_ref()?;
    let label = labels.get("app.kubernetes.io/component").or_else(|| labels.get("component"))?;
    Component::of_label(label)
}

/// A Deployment; `None` where it runs no Milvus component.
pub(in crate::cluster) fn deployment(object: bare::Deployment) -> Option<Deployment> {
    let component = component_of(&object.metadata)?;
    let spec = object.spec.unwrap_or_default();
    let status = object.status.unwrap_or_default();
    let pod = spec.template.spec.unwrap_or_default();
    let number = |count: Option<i32>| i64::from(count.unwrap_or_default());
    Some(Deployment {
        name: object.metadata.name.unwrap_or_default(),
        component,
        image: image_of(&pod.containers, component),
        config_image: config_image(pod.init_containers.as_deref().unwrap_or_default()),
        wanted: i64::from(spec.replicas.unwrap_or(1)),
        running: number(status.replicas),
        updated: number(status.updated_replicas),
        ready: number(status.ready_replicas),
        available: number(status.available_replicas),
        generation: object.metadata.generation.unwrap_or_default(),
        observed_generation: status.observed_generation.unwrap_or_default(),
        paused: spec.paused.unwrap_or_default(),
        requests: requests(&pod.containers),
        limits: limits(&pod.containers),
        strategy: spec.strategy.and_then(|strategy| strategy.kind).unwrap_or_default(),
        claims: pod.volumes.unwrap_or_default().into_iter().filter_map(claim_of).collect(),
        pull_secrets: pod.image_pull_secrets.unwrap_or_default().into_iter().map(|secret| secret.name).collect(),
        node_selector: pod.node_selector.unwrap_or_default(),
        labels: object.metadata.labels.unwrap_or_default(),
        annotations: without_copy(object.metadata.annotations.unwrap_or_default()),
        managers: object.metadata.managed_fields.unwrap_or_default().into_iter().map(manager).collect(),
        conditions: status.conditions.unwrap_or_default().into_iter().map(condition).collect(),
        created: object.metadata.creation_timestamp.map(|time| time.0),
    })
}

/// The image of the init container that the operator puts before each component.
fn config_image(containers: &[bare::Container]) -> String {
    let config = containers.iter().find(|container| container.name == "config");
    config.and_then(|container| container.image.clone()).unwrap_or_default()
}

fn claim_of(volume: bare::Volume) -> Option<String> {
    Some(volume.persistent_volume_claim?.claim_name)
}

/// Without what kubectl applied last, where passwords may be.
fn without_copy(mut annotations: BTreeMap<String, String>) -> BTreeMap<String, String> {
    annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    annotations
}

/// Who wrote fields of a Deployment.
fn manager(entry: ManagedFieldsEntry) -> FieldManager {
    let fields = entry.fields_v1.map(|fields| fields.0).unwrap_or_default();
    let containers = fields.pointer("/f:spec/f:template/f:spec/f:containers").and_then(serde_json::Value::as_object);
    let owns_image = containers.is_some_and(|all| all.values().any(|container| container.get("f:image").is_some()));
    FieldManager { name: entry.manager.unwrap_or_default(), operation: entry.operation.unwrap_or_default(), owns_image }
}

/// A pod; `None` where it runs no Milvus component.
pub(in crate::cluster) fn pod(object: bare::Pod) -> Option<Pod> {
    let component = component_of(&object.metadata)?;
    let spec = object.spec.unwrap_or_default();
    let status = object.status.unwrap_or_default();
    let conditions: Vec<Condition> = status.conditions.unwrap_or_default().into_iter().map(condition).collect();
    let containers = status
        .init_container_statuses
        .unwrap_or_default()
        .into_iter()
        .chain(status.container_statuses.unwrap_or_default());
    Some(Pod {
        name: object.metadata.name.unwrap_or_default(),
        component,
        image: image_of(&spec.containers, component),
        phase: status.phase.unwrap_or_default(),
        ready: conditions.iter().any(|condition| condition.kind == "Ready" && condition.is_true()),
        created: object.metadata.creation_timestamp.map(|time| time.0),
        deleted: object.metadata.deletion_timestamp.map(|time| time.0),
        grace_seconds: object.metadata.deletion_grace_period_seconds,
        node: spec.node_name,
        requests: requests(&spec.containers),
        constraint: object.metadata.annotations.and_then(|mut all| all.remove("openshift.io/scc")),
        conditions,
        containers: containers.map(container).collect(),
    })
}

fn condition(found: bare::Condition) -> Condition {
    Condition {
        kind: found.kind,
        status: found.status,
        reason: found.reason.unwrap_or_default(),
        message: found.message.unwrap_or_default(),
        last_transition_time: found.last_transition_time,
    }
}

/// The image of the container named after the component; the first one's where none is.
fn image_of(containers: &[bare::Container], component: Component) -> String {
    let named = containers.iter().find(|container| container.name == component.label());
    named.or_else(|| containers.first()).and_then(|container| container.image.clone()).unwrap_or_default()
}

fn container(status: bare::ContainerStatus) -> Container {
    let state = status.state.unwrap_or_default();
    let ended = status.last_state.unwrap_or_default().terminated.or(state.terminated);
    let waiting = state.waiting;
    Container {
        name: status.name,
        restarts: i64::from(status.restart_count),
        message: waiting.as_ref().and_then(|waiting| waiting.message.clone()),
        waiting: waiting.and_then(|waiting| waiting.reason),
        exit_code: ended.as_ref().map(|ended| i64::from(ended.exit_code)),
        exit_reason: ended.and_then(|ended| ended.reason),
    }
}

/// A warning.
pub(in crate::cluster) fn event(object: bare::Event) -> Event {
    let about = object.involved_object.unwrap_or_default();
    Event {
        kind: about.kind.unwrap_or_default(),
        name: about.name,
        reason: object.reason.unwrap_or_default(),
        message: object.message.unwrap_or_default(),
        last_seen: object.last_timestamp.or_else(|| object.metadata.creation_timestamp.map(|time| time.0)),
    }
}

/// An autoscaler; `None` where it scales something else than a Deployment.
pub(in crate::cluster) fn autoscaler(object: bare::HorizontalPodAutoscaler) -> Option<Autoscaler> {
    let spec = object.spec?;
    (spec.scale_target_ref.kind.as_deref() == Some("Deployment")).then(|| Autoscaler {
        name: object.metadata.name.unwrap_or_default(),
        deployment: spec.scale_target_ref.name,
        min: i64::from(spec.min_replicas.unwrap_or(1)),
        max: i64::from(spec.max_replicas),
    })
}
