//! Rules about replicas, autoscalers and room.

use jiff::SignedDuration;

use super::{Answer, Ground, Problem, evidence};
use crate::{
    knowledge::Quirk,
    milvus::Component,
    snapshot::{Autoscaler, Deployment, Node, Pod, Quantities, shell_word},
};

/// `spec.components.<x>.replicas` that leaves a component to an autoscaler.
const AUTOSCALED: i64 = -1;
/// A pod that has been going for longer than query nodes take at most stays for another reason.
const LONGEST_STOP: SignedDuration = SignedDuration::from_mins(30);

fn autoscaled(ground: &Ground<'_>) -> Vec<Component> {
    Component::ALL.into_iter().filter(|component| ground.milvus().replicas(*component) == Some(AUTOSCALED)).collect()
}

/// MV0501: an autoscaler sizes a component, and the operator is one that stalls with that.
pub(super) fn autoscaler_stalls(ground: &Ground<'_>) -> Answer {
    let components = autoscaled(ground);
    if components.is_empty() {
        return Answer::NotApplicable;
    }
    let (_, version) = match ground.operator_version() {
        Ok(known) => known,
        Err(answer) => return answer,
    };
    let Some(quirk) = ground.knowledge.quirk(Quirk::StallsWithAutoscaler, &version) else { return Answer::Fine };
    let milvus = ground.milvus();
    let fix = match &quirk.below {
        Some(below) => format!("kubectl milvus upgrade operator --to {below}"),
        None => "take the autoscaler away for the roll".to_owned(),
    };
    let seen = components.iter().map(|it| evidence::spec(milvus, &format!("/components/{}/replicas", it.spec_key())));
    Problem::new(
        evidence::milvus(milvus),
        format!("an autoscaler sizes {}, with operator {version}: {}", evidence::list(&components), quirk.reason),
    )
    .seen(seen)
    .fix(fix)
    .into()
}

/// MV0502: an autoscaler sizes a Deployment whose replicas the operator sets too.
pub(super) fn autoscaler_fights(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let autoscalers = match ground.snapshot.workload.autoscalers.as_result() {
        Ok(autoscalers) if autoscalers.is_empty() => return Answer::Fine,
        Ok(autoscalers) => autoscalers,
        Err(reason) => {
            let namespace = shell_word(&milvus.namespace);
            return Answer::Unknown(format!("{reason}; look with kubectl -n {namespace} get hpa"));
        }
    };
    let deployments = match ground.snapshot.workload.deployments.as_result() {
        Ok(deployments) => deployments,
        Err(reason) => return Answer::Unknown(format!("{reason}; nobody knows what the autoscalers size")),
    };
    let left_alone = autoscaled(ground);
    let fights = |autoscaler: &&Autoscaler| {
        let sized = deployments.iter().find(|deployment| deployment.name == autoscaler.deployment);
        sized.is_some_and(|deployment| !left_alone.contains(&deployment.component))
    };
    let fighting: Vec<&Autoscaler> = autoscalers.iter().filter(fights).collect();
    let Some(first) = fighting.first() else { return Answer::Fine };
    let seen = fighting.iter().map(|autoscaler| {
        format!(
            "hpa/{}: deployment/{}, {} to {}",
            autoscaler.name, autoscaler.deployment, autoscaler.min, autoscaler.max
        )
    });
    Problem::new(
        format!("hpa/{} in {}", first.name, milvus.namespace),
        "an autoscaler and the operator set the replicas of the same Deployment",
    )
    .seen(seen)
    .fix("set the component's replicas to -1, or remove the autoscaler")
    .into()
}

/// MV0503: an estimate from what the pods of this instance ask for; pods of others are not counted. One node with room
/// is therefore no comfort where there are more.
pub(super) fn no_room(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() || ground.is_resumed() || stops_first(ground) {
        return Answer::NotApplicable;
    }
    let seen =
        |reason: &str| Answer::Unknown(format!("{reason}; without it there is no telling whether a new pod has room"));
    let (nodes, pods, deployments) = match (
        ground.snapshot.workload.nodes.as_result(),
        ground.snapshot.workload.pods.as_result(),
        ground.snapshot.workload.deployments.as_result(),
    ) {
        (Ok(nodes), Ok(pods), Ok(deployments)) => (nodes, pods, deployments),
        (Err(reason), _, _) | (_, Err(reason), _) | (_, _, Err(reason)) => return seen(reason),
    };
    if nodes.is_empty() {
        return seen("no node was seen");
    }
    let tight = deployments.iter().filter(|deployment| !deployment.is_idle()).find_map(|deployment| {
        let usable: Vec<&Node> = nodes.iter().filter(|node| admits(node, deployment)).collect();
        let roomy = usable.iter().filter(|node| left_of(node, pods).has_room_for(deployment.requests)).count();
        (roomy < usable.len().min(2) || usable.is_empty()).then_some((deployment, usable, roomy))
    });
    let Some((deployment, usable, roomy)) = tight else { return Answer::Fine };
    let emptiest = usable.iter().max_by_key(|node| left_of(node, pods).memory);
    let left = emptiest.map(|node| format!("node/{}: at most {} left", node.name, words(left_of(node, pods))));
    Problem::new(
        format!("deployment/{} in {}", deployment.name, ground.milvus().namespace),
        format!(
            "{} needs room for one more pod ({}); by estimate {roomy} of {} nodes has it",
            deployment.component,
            words(deployment.requests),
            nodes.len()
        ),
    )
    .seen(left)
    .fix("add a node, or make room, before the roll")
    .into()
}

/// Whether old pods go before new ones come, so that no more room is needed.
fn stops_first(ground: &Ground<'_>) -> bool {
    let built_in = ground.milvus().message_queue().is_some_and(|queue| queue.is_built_in());
    let all_stop = ground.target.is_some_and(super::Target::is_migration);
    all_stop || built_in || ground.milvus().rolling_update() == Some(false)
}

fn admits(node: &Node, deployment: &Deployment) -> bool {
    let mut selector = deployment.node_selector.iter();
    !node.closed && selector.all(|(key, value)| node.labels.get(key) == Some(value))
}

fn left_of(node: &Node, pods: &[Pod]) -> Quantities {
    let here = |pod: &&Pod| pod.node.as_ref() == Some(&node.name) && !pod.is_over();
    pods.iter().filter(here).fold(node.allocatable, |left, pod| left.less(pod.requests))
}

fn words(quantities: Quantities) -> String {
    const MEBI: i64 = 1 << 20;
    let Quantities { cpu_milli, memory } = quantities;
    let cpu = if cpu_milli % 1000 == 0 { format!("{} CPU", cpu_milli / 1000) } else { format!("{cpu_milli}m CPU") };
    let mebi = memory / MEBI;
    let memory = if mebi % 1024 == 0 { format!("{}Gi", mebi / 1024) } else { format!("{mebi}Mi") };
    format!("{cpu}, {memory}")
}

/// MV0504: a pod has been terminating for longer than stopping takes.
pub(super) fn pod_stays(ground: &Ground<'_>) -> Answer {
    let pods = match ground.snapshot.workload.pods.as_result() {
        Ok(pods) => pods,
        Err(reason) => return Answer::Unknown(format!("{reason}; nobody knows whether a pod hangs")),
    };
    // `deletionTimestamp` is when the pod must be gone: the grace period after it was asked to go.
    let since = |pod: &Pod| {
        let grace = SignedDuration::from_secs(pod.grace_seconds.unwrap_or_default());
        pod.deleted.and_then(|end| end.checked_sub(grace).ok())
    };
    let hangs = |pod: &&Pod| {
        since(pod).is_some_and(|since| ground.snapshot.workload.taken.duration_since(since) > LONGEST_STOP)
    };
    let hanging: Vec<&Pod> = pods.iter().filter(hangs).collect();
    let Some(first) = hanging.first() else { return Answer::Fine };
    let namespace = &ground.milvus().namespace;
    let seen = hanging.iter().filter_map(|pod| Some(format!("pod/{}: terminating since {}", pod.name, since(pod)?)));
    Problem::new(
        format!("pod/{} in {namespace}", first.name),
        format!("a pod of {} does not go away, and the operator waits for it", first.component),
    )
    .seen(seen)
    .fix(format!("kubectl -n {} describe pod {}", shell_word(namespace), shell_word(&first.name)))
    .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::trial::{Verdict, trial};
    use crate::snapshot::{
        Autoscaler, Part, Quantities, Snapshot,
        sample::{self, healthy_cluster, standalone},
    };

    fn autoscaler(deployment: &str) -> Autoscaler {
        Autoscaler { name: "search".into(), deployment: deployment.into(), min: 2, max: 8 }
    }

    #[test]
    fn an_autoscaler_is_named_where_it_hurts() {
        let mut snapshot = healthy_cluster();
        assert_eq!(trial(&snapshot, None, 501).verdict(), Verdict::Absent);
        sample::set(&mut snapshot.milvus.spec, "/components/queryNode/replicas", json!(-1));
        assert_eq!(trial(&snapshot, None, 501).verdict(), Verdict::Fine);
        let mut old = sample::operator();
        old.version = Some(semver::Version::new(1, 3, 4));
        snapshot.operators = Part::Known(vec![old]);
        assert_eq!(trial(&snapshot, None, 501).problem().evidence, ["spec.components.queryNode.replicas: -1"]);
        snapshot.operators = Part::Unknown("no right".into());
        assert_eq!(trial(&snapshot, None, 501).verdict(), Verdict::Unknown);
    }

    #[test]
    fn two_that_size_the_same_are_found() {
        let mut snapshot = healthy_cluster();
        snapshot.workload.autoscalers = Part::Known(vec![autoscaler("prod-milvus-querynode-0")]);
        assert_eq!(trial(&snapshot, None, 502).problem().object, "hpa/search in vec");
        sample::set(&mut snapshot.milvus.spec, "/components/queryNode/replicas", json!(-1));
        assert_eq!(trial(&snapshot, None, 502).verdict(), Verdict::Fine);
        snapshot.workload.autoscalers = Part::Known(vec![autoscaler("web")]);
        assert_eq!(trial(&snapshot, None, 502).verdict(), Verdict::Fine);
        snapshot.workload.autoscalers = Part::Unknown("no right".into());
        assert_eq!(trial(&snapshot, None, 502).verdict(), Verdict::Unknown);
    }

    fn with_nodes(memory_gibi: &[i64]) -> Snapshot {
        let mut snapshot = healthy_cluster();
        if let Part::Known(nodes) = &mut snapshot.workload.nodes {
            for (node, gibi) in nodes.iter_mut().zip(memory_gibi) {
                node.allocatable = Quantities { cpu_milli: 16_000, memory: gibi << 30 };
            }
        }
        snapshot
    }

    #[test]
    fn room_is_estimated_from_requests() {
        for (nodes, verdict) in [
            ([64, 64, 64], Verdict::Fine),
            ([64, 64, 8], Verdict::Fine),
            ([64, 8, 8], Verdict::Fires),
            ([24, 24, 8], Verdict::Fires),
        ] {
            assert_eq!(trial(&with_nodes(&nodes), Some("2.6.6"), 503).verdict(), verdict, "{nodes:?}");
        }
        let problem = trial(&with_nodes(&[24, 24, 12]), Some("2.6.6"), 503).problem();
        assert_eq!(
            problem.summary,
            "querynode needs room for one more pod (4 CPU, 16Gi); by estimate 0 of 3 nodes has it"
        );
        assert_eq!(problem.object, "deployment/prod-milvus-querynode-0 in vec");
    }

    #[test]
    fn closed_nodes_and_other_labels_do_not_count() {
        let mut snapshot = healthy_cluster();
        let Part::Known(nodes) = &mut snapshot.workload.nodes else { panic!("the sample has nodes") };
        nodes[0].closed = true;
        assert_eq!(trial(&snapshot, Some("2.6.6"), 503).verdict(), Verdict::Fine);
        let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("the sample has deployments") };
        deployments[0].node_selector.insert("disk".into(), "fast".into());
        assert_eq!(trial(&snapshot, Some("2.6.6"), 503).verdict(), Verdict::Fires);
    }

    #[test]
    fn room_is_no_question_where_old_pods_go_first_or_nothing_is_wanted() {
        assert_eq!(trial(&with_nodes(&[1, 1, 1]), None, 503).verdict(), Verdict::Absent);
        assert_eq!(trial(&standalone(), Some("2.6.6"), 503).verdict(), Verdict::Absent);
        let mut snapshot = healthy_cluster();
        snapshot.workload.nodes = Part::Unknown("no right to list nodes".into());
        assert_eq!(trial(&snapshot, Some("2.6.6"), 503).verdict(), Verdict::Unknown);
        snapshot.workload.nodes = Part::Known(vec![]);
        assert_eq!(trial(&snapshot, Some("2.6.6"), 503).verdict(), Verdict::Unknown);
    }

    #[test]
    fn a_pod_that_hangs_is_told_from_one_that_stops() {
        // The operator grants thirty days, so the time by which a pod must be gone says little by itself.
        const THIRTY_DAYS: i64 = 30 * 24 * 3600;
        for (minutes, verdict) in [(5, Verdict::Fine), (29, Verdict::Fine), (31, Verdict::Fires), (600, Verdict::Fires)]
        {
            let mut snapshot = healthy_cluster();
            let taken = snapshot.workload.taken;
            let Part::Known(pods) = &mut snapshot.workload.pods else { panic!("the sample has pods") };
            pods[0].grace_seconds = Some(THIRTY_DAYS);
            pods[0].deleted = Some(taken + jiff::SignedDuration::from_secs(THIRTY_DAYS - minutes * 60));
            assert_eq!(trial(&snapshot, None, 504).verdict(), verdict, "{minutes} minutes");
        }
        let mut snapshot = healthy_cluster();
        snapshot.workload.pods = Part::Unknown("no right to list pods".into());
        assert_eq!(trial(&snapshot, None, 504).verdict(), Verdict::Unknown);
    }
}
