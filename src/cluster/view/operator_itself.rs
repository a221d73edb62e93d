use kube::api::DynamicObject;
use serde_json::Value;

use super::operator;
use crate::{
    cluster::bare,
    helm::readiness::Readiness,
    snapshot::{Condition, OperatorDeployment, OperatorPod, Resource, Rest, Schema, Watched, WatchedPod},
};

/// What a container says while all is well.
const PASSING: [&str; 2] = ["ContainerCreating", "PodInitializing"];

/// A Deployment of the operator as something that is rolled itself.
pub(in crate::cluster) fn operator_deployment(object: DynamicObject) -> Option<OperatorDeployment> {
    let mut whole = serde_json::to_value(object).ok()?;
    // The items of a list do not say what they are.
    (whole["apiVersion"], whole["kind"]) = ("apps/v1".into(), "Deployment".into());
    let readiness = Readiness::of(&whole, false);
    let object: bare::Deployment = serde_json::from_value(whole).ok()?;
    let (awaits, gave_up) = match readiness {
        Readiness::Ready => (None, false),
        Readiness::Waiting(why) => (Some(why), false),
        Readiness::Failed(why) => (Some(why), true),
    };
    let conditions = object.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let rolled_out = conditions
        .filter(|it| it.kind == "Progressing" && it.reason.as_deref() == Some("NewReplicaSetAvailable"))
        .find_map(|it| it.last_update_time);
    let labels = object.metadata.labels.clone().unwrap_or_default();
    Some(OperatorDeployment {
        uid: object.metadata.uid.clone().unwrap_or_default(),
        instance: labels.get("app.kubernetes.io/instance").cloned(),
        labels,
        annotations: object.metadata.annotations.clone().unwrap_or_default(),
        awaits,
        gave_up,
        rolled_out,
        operator: operator(object)?,
    })
}

/// A pod of the operator.
pub(in crate::cluster) fn operator_pod(object: bare::Pod) -> OperatorPod {
    let status = object.status.unwrap_or_default();
    let waiting = status.container_statuses.iter().flatten().find_map(|container| {
        let waiting = container.state.as_ref()?.waiting.as_ref()?;
        let reason = waiting.reason.as_deref().filter(|reason| !PASSING.contains(reason))?;
        Some(waiting.message.as_ref().map_or_else(|| reason.to_owned(), |message| format!("{reason}: {message}")))
    });
    let unschedulable = status.conditions.iter().flatten().find(|it| it.kind == "PodScheduled" && it.status == "False");
    let unschedulable = unschedulable.and_then(|condition| condition.message.clone());
    let containers = object.spec.map(|spec| spec.containers).unwrap_or_default();
    OperatorPod {
        name: object.metadata.name.unwrap_or_default(),
        image: containers.into_iter().next().and_then(|container| container.image).unwrap_or_default(),
        trouble: waiting.or(unschedulable),
    }
}

/// A definition.
pub(in crate::cluster) fn schema(object: DynamicObject) -> Option<Schema> {
    serde_json::to_value(object).ok().map(|object| Schema::of(&object))
}

/// A Milvus, as far as an upgrade of its operator goes.
pub(in crate::cluster) fn watched(milvus: Resource) -> Watched {
    let text = |image: Option<crate::milvus::Image>| image.map(|image| image.to_string());
    let is_updated = milvus.condition("MilvusUpdated").as_ref().is_some_and(Condition::is_true);
    let is_observed = milvus.observed_generation() >= milvus.generation;
    let flag = |pointer: &str| milvus.spec.pointer(pointer).and_then(Value::as_bool);
    let is_at_rest = milvus.health() == "Stopped" || milvus.health() == "Healthy" && is_updated && is_observed;
    let is_left = milvus.annotations.get("milvus.io/pause-reconcile").is_some_and(|value| value == "true");
    Watched {
        image: text(milvus.image()),
        current_image: text(milvus.current_image()),
        version: milvus.current_version(),
        generation: milvus.generation,
        observed_generation: milvus.observed_generation(),
        rest: match (is_left, is_at_rest) {
            (true, _) => Rest::LeftAlone,
            (false, true) => Rest::AtRest,
            (false, false) => Rest::Moving,
        },
        update_tool_image: flag("/components/updateToolImage") == Some(true),
        owns_etcd: flag("/dependencies/etcd/external") != Some(true),
        namespace: milvus.namespace,
        name: milvus.name,
    }
}

/// A pod of a Milvus; `None` where it says of none.
pub(in crate::cluster) fn watched_pod(object: bare::Pod) -> Option<WatchedPod> {
    let mut labels = object.metadata.labels.unwrap_or_default();
    let spec = object.spec.unwrap_or_default();
    let status = object.status.unwrap_or_default();
    let images = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let phase = status.phase.unwrap_or_default();
    let containers =
        || status.container_statuses.iter().flatten().chain(status.init_container_statuses.iter().flatten());
    let exit = containers().find_map(|container| {
        let ended = container.last_state.as_ref()?.terminated.as_ref()?;
        let reason = ended.reason.clone().unwrap_or_default();
        Some(format!("{} ended with {}, {reason}", container.name, ended.exit_code))
    });
    Some(WatchedPod {
        instance: labels.remove("app.kubernetes.io/instance")?,
        component: labels.remove("app.kubernetes.io/component").unwrap_or_default(),
        namespace: object.metadata.namespace.unwrap_or_default(),
        name: object.metadata.name.unwrap_or_default(),
        uid: object.metadata.uid.unwrap_or_default(),
        images: images.filter_map(|container| container.image.clone()).collect(),
        restarts: containers().map(|container| i64::from(container.restart_count)).sum(),
        exit,
        ends: object.metadata.deletion_timestamp.is_some() || matches!(phase.as_str(), "Succeeded" | "Failed"),
    })
}
