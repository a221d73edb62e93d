use serde::{Deserialize, Serialize};

use super::{ComponentRoll, Goal, Missing, State, object, pod};
use crate::{
    milvus::Component,
    snapshot::{Deployment, LogSource, Scene, Workload},
};

/// Why something stands still: one sentence, and what proves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Blocker {
    /// The component that has its turn; `None` where the operator as a whole stands still.
    pub component: Option<Component>,
    /// Another object that has to be ready, such as `statefulset/my-etcd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// One line, which goes after `X waits: `.
    pub reason: String,
    /// For how long, where that is known.
    pub seconds: Option<i64>,
    /// Evidence, a line each: the scheduler's or kubelet's own words.
    pub details: Vec<String>,
    /// Whether it cannot pass by itself (an image that is not there, rather than a pod that starts).
    pub stuck: bool,
    /// Whose logs may say more.
    #[serde(skip)]
    pub logs: Vec<LogSource>,
}

impl Blocker {
    fn passing(component: Component, reason: String) -> Self {
        Self { component: Some(component), reason, ..Self::default() }
    }
}

/// Finds them, the operator's own first, then each component that has its turn, in the order of the roll.
pub(super) fn find(scene: Scene<'_>, goal: &Goal, components: &[ComponentRoll], missing: &[Missing]) -> Vec<Blocker> {
    let mut blockers: Vec<Blocker> = of_operator(scene, missing).into_iter().collect();
    blockers.extend(object::blockers(scene));
    let turn = components.iter().filter(|line| matches!(line.state, State::Rolling { .. } | State::Comes));
    blockers.extend(turn.filter_map(|line| of_component(scene.workload, goal, line.component)));
    if blockers.is_empty() {
        blockers.extend(of_departure(scene.workload, components));
    }
    blockers
}

/// What makes the operator leave the whole instance alone.
fn of_operator(scene: Scene<'_>, missing: &[Missing]) -> Option<Blocker> {
    let milvus = scene.milvus?;
    let whole = |reason: &str, details: Vec<String>| {
        Some(Blocker { reason: reason.to_owned(), details, stuck: true, ..Blocker::default() })
    };
    if milvus.annotations.get("milvus.io/pause-reconcile").is_some_and(|value| value == "true") {
        let line = format!("metadata.annotations of {}: milvus.io/pause-reconcile: \"true\"", milvus.reference());
        return whole("the operator was told to leave this instance alone", vec![line]);
    }
    for kind in ["EtcdReady", "StorageReady", "MsgStreamReady"] {
        // The operator moves no component until all three are ready.
        if let Some(condition) = milvus.condition(kind).filter(|condition| !condition.is_true()) {
            let line = format!("{kind}={} {}: {}", condition.status, condition.reason, condition.message);
            return whole("the operator moves nothing while a dependency is not ready", vec![line]);
        }
    }
    let unobserved = missing.iter().find_map(|missing| match missing {
        Missing::Observation { generation, observed } => Some((generation, observed)),
        _ => None,
    });
    let (generation, observed) = unobserved?;
    let line = format!("generation {generation}, observed {observed}");
    let operator = scene.operator.map(|operator| {
        format!(
            "deployment/{} in {}: {} ready, image {}",
            operator.name, operator.namespace, operator.ready, operator.image
        )
    });
    Some(Blocker {
        reason: "the operator has not seen the change yet".to_owned(),
        details: std::iter::once(line).chain(operator).collect(),
        ..Blocker::default()
    })
}

fn of_component(workload: &Workload, goal: &Goal, component: Component) -> Option<Blocker> {
    let image = goal.image.to_string();
    let deployments = || workload.deployments().iter().filter(move |found| found.component == component);
    if let Some(paused) = deployments().find(|deployment| deployment.paused) {
        let details = vec![format!("deployment/{}: spec.paused: true", paused.name)];
        return Some(Blocker {
            component: Some(component),
            reason: "its Deployment is paused".to_owned(),
            details,
            stuck: true,
            ..Blocker::default()
        });
    }
    let pods = || workload.pods().iter().filter(move |pod| pod.component == component && !pod.is_over());
    let new = pods().filter(|pod| pod.image == image && !pod.is_terminating() && !pod.ready);
    if let Some(blocker) = new.filter_map(|new| pod::why_not_ready(workload, new)).max_by_key(|blocker| blocker.stuck) {
        return Some(blocker);
    }
    if let Some(blocker) =
        pods().filter(|pod| pod.is_terminating()).find_map(|leaving| pod::why_terminating(workload, leaving))
    {
        return Some(blocker);
    }
    of_autoscaler(workload, &image, component).or_else(|| of_replica_set(workload, deployments(), component)).or_else(
        || {
            let waits = deployments()
                .find(|deployment| deployment.image == image && deployment.available < deployment.updated)?;
            let available = format!("{} of {} new pods are available", waits.available, waits.updated);
            Some(Blocker::passing(component, format!("{available}; a pod counts once it was ready for a while")))
        },
    )
}

/// An autoscaler that keeps the old one of two Deployments alive (milvus-operator#416).
fn of_autoscaler(workload: &Workload, image: &str, component: Component) -> Option<Blocker> {
    let mut old = workload
        .deployments()
        .iter()
        .filter(|found| found.component == component && found.image != image && found.wanted > 0);
    let twins = workload.deployments().iter().filter(|found| found.component == component).count() > 1;
    let (deployment, autoscaler) = old.find_map(|deployment| {
        let scalers = workload.autoscalers.known()?;
        Some((deployment, scalers.iter().find(|scaler| scaler.deployment == deployment.name)?))
    })?;
    twins.then(|| Blocker {
        component: Some(component),
        reason: format!(
            "horizontalpodautoscaler/{} keeps the old deployment/{} alive",
            autoscaler.name, deployment.name
        ),
        details: vec![format!(
            "it asks for {} to {} pods; the operator wants to bring it to 0",
            autoscaler.min, autoscaler.max
        )],
        stuck: true,
        ..Blocker::default()
    })
}

/// A controller that could not make pods at all: quota, admission.
fn of_replica_set<'a>(
    workload: &'a Workload,
    mut deployments: impl Iterator<Item = &'a Deployment>,
    component: Component,
) -> Option<Blocker> {
    let events = workload.events.known()?;
    let event = deployments.find_map(|deployment| {
        events.iter().rev().find(|event| {
            event.kind == "ReplicaSet"
                && event.reason == "FailedCreate"
                && deployment.running < deployment.wanted
                && event.name.starts_with(&format!("{}-", deployment.name))
        })
    })?;
    Some(Blocker {
        component: Some(component),
        reason: format!("no pod can be made for replicaset/{}", event.name),
        details: vec![event.message.clone()],
        stuck: true,
        ..Blocker::default()
    })
}

/// What has to go and does not, once everything else is done.
fn of_departure(workload: &Workload, components: &[ComponentRoll]) -> Option<Blocker> {
    let leaving = components.iter().find(|line| matches!(line.state, State::Leaves { .. }))?;
    let mut pods = workload.pods().iter().filter(|pod| pod.component == leaving.component && pod.is_terminating());
    pods.find_map(|pod| pod::why_terminating(workload, pod))
}
