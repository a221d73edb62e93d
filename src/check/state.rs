//! Rules about the state that the instance is in.

use super::{Answer, Ground, Problem, evidence};
use crate::{
    milvus::{Component, Mode, count},
    snapshot::{Deployment, shell_word},
};

/// Without these the operator does not touch the components.
const DEPENDENCIES: [&str; 3] = ["EtcdReady", "StorageReady", "MsgStreamReady"];

/// A condition as it was seen.
fn condition(ground: &Ground<'_>, kind: &str) -> String {
    match ground.milvus().condition(kind) {
        None => format!("status.conditions {kind}: absent"),
        Some(seen) => {
            let words: Vec<&str> =
                [seen.reason.as_str(), &seen.message].into_iter().filter(|it| !it.is_empty()).collect();
            format!("status.conditions {kind}: {} {}", seen.status, words.join(": ")).trim_end().to_owned()
        }
    }
}

fn holds(ground: &Ground<'_>, kind: &str) -> bool {
    ground.milvus().condition(kind).is_some_and(|condition| condition.is_true())
}

fn look_at(ground: &Ground<'_>) -> String {
    ground.milvus().plugin_command("status", "")
}

/// MV0207: etcd, storage or the message queue is not ready. While Milvus is stopped the operator does not say.
pub(super) fn dependency_not_ready(ground: &Ground<'_>) -> Answer {
    if ground.is_under_way() || ground.milvus().health() == "Stopped" {
        return Answer::NotApplicable;
    }
    let missing: Vec<&str> = DEPENDENCIES.into_iter().filter(|kind| !holds(ground, kind)).collect();
    if missing.is_empty() {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("{} not true: the operator does not touch the components", missing.join(" and ")),
    )
    .seen(missing.iter().map(|kind| condition(ground, kind)))
    .fix(look_at(ground))
    .into()
}

/// MV0405: the operator does not call the instance healthy.
pub(super) fn not_healthy(ground: &Ground<'_>) -> Answer {
    if ground.is_under_way() {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    if milvus.health() == "Healthy" && holds(ground, "MilvusReady") {
        return Answer::Fine;
    }
    let summary = match milvus.health() {
        "" => "the operator has not looked at the resource yet".to_owned(),
        "Healthy" => "not every component is ready".to_owned(),
        state => format!("Milvus is {}", state.to_lowercase()),
    };
    Problem::new(evidence::milvus(milvus), summary)
        .seen([evidence::status(milvus, "/status"), condition(ground, "MilvusReady")])
        .fix(look_at(ground))
        .into()
}

/// MV0406: something still moves. A roll to the same image is the one that goes on, and so is the step before it.
pub(super) fn unfinished_roll(ground: &Ground<'_>) -> Answer {
    if ground.is_under_way() {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    let mut seen = Vec::new();
    if milvus.observed_generation() < milvus.generation {
        seen.push(format!("metadata.generation: {}", milvus.generation));
        seen.push(evidence::status(milvus, "/observedGeneration"));
    }
    if !holds(ground, "MilvusUpdated") {
        seen.push(condition(ground, "MilvusUpdated"));
    }
    let rolling = |key: &&String| key.starts_with("milvus.io/") && key.ends_with("-rolling-id");
    seen.extend(milvus.labels.keys().filter(rolling).map(|key| format!("metadata.labels.{key}")));
    let changing = |key: &&String| key.starts_with("milvus.io/changing-") && key.ends_with("-mode");
    seen.extend(milvus.annotations.keys().filter(changing).map(|key| format!("metadata.annotations.{key}")));
    if seen.is_empty() {
        return Answer::Fine;
    }
    let summary = match milvus.image() {
        Some(image) => format!("a roll is not finished; the resource asks for {image}"),
        None => "a roll is not finished".to_owned(),
    };
    Problem::new(evidence::milvus(milvus), summary).seen(seen).fix(milvus.plugin_command("status", "--watch")).into()
}

/// MV0413: the resource has a deletion timestamp.
pub(super) fn being_deleted(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    Answer::of(milvus.deleted.map(|since| {
        let (namespace, name) = (shell_word(&milvus.namespace), shell_word(&milvus.name));
        Problem::new(evidence::milvus(milvus), "the resource is being deleted")
            .seen([format!("metadata.deletionTimestamp: {since}")])
            .fix(format!("kubectl -n {namespace} wait milvus {name} --for=delete"))
    }))
}

/// MV0416: a Deployment of a separate coordinator runs on though the resource no longer has it.
pub(super) fn old_coordinator_runs(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let milvus = ground.milvus();
    let needs_mixcoord = ground.knowledge.is_mixcoord_only(&target.version);
    if ground.is_resumed() || !needs_mixcoord || milvus.mode() != Mode::Cluster {
        return Answer::NotApplicable;
    }
    let deployments = match ground.snapshot.workload.deployments.as_result() {
        Ok(deployments) => deployments,
        Err(reason) => return Answer::Unknown(format!("{reason}; nobody knows whether an old coordinator runs")),
    };
    let left_over = |deployment: &&Deployment| {
        let component = deployment.component;
        Component::SEPARATE_COORDINATORS.contains(&component)
            && milvus.component(component).is_none()
            && !deployment.is_idle()
    };
    let left: Vec<&Deployment> = deployments.iter().filter(left_over).collect();
    let Some(first) = left.first() else { return Answer::Fine };
    let names: Vec<String> = left.iter().map(|deployment| shell_word(&deployment.name)).collect();
    let running = left.iter().map(|deployment| {
        format!(
            "deployment/{}: {}; spec.components has no {}",
            deployment.name,
            count(deployment.running, "pod"),
            deployment.component
        )
    });
    Problem::new(
        format!("deployment/{} in {}", first.name, milvus.namespace),
        format!("{} still runs, and mixcoord cannot become active beside it", first.component),
    )
    .seen(running)
    .fix(format!("kubectl -n {} delete deployment {}", shell_word(&milvus.namespace), names.join(" ")))
    .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::trial::{Verdict, trial};
    use crate::{
        milvus::Component,
        snapshot::{
            Part, Snapshot,
            sample::{self, healthy_cluster},
        },
    };

    fn bent(change: impl FnOnce(&mut Snapshot)) -> Snapshot {
        let mut snapshot = healthy_cluster();
        change(&mut snapshot);
        snapshot
    }

    #[test]
    fn the_state_is_judged_with_or_without_a_target() {
        let etcd = bent(|it| sample::set_condition(it, "EtcdReady", "False", "EtcdNotReady"));
        let fresh = bent(|it| it.milvus.status = json!({}));
        let stopped = bent(|it| it.milvus.status = json!({"status": "Stopped", "observedGeneration": 3}));
        let unready = bent(|it| sample::set_condition(it, "MilvusReady", "False", "MilvusComponentNotHealthy"));
        let rolling = bent(|it| sample::set_condition(it, "MilvusUpdated", "False", "MilvusUpgradingImage"));
        let unobserved = bent(|it| it.milvus.generation = 4);
        let labelled = bent(|it| {
            it.milvus.labels.insert("milvus.io/querynode-rolling-id".into(), "2".into());
        });
        let changing = bent(|it| {
            it.milvus.annotations.insert("milvus.io/changing-proxy-mode".into(), "true".into());
        });
        let deleted = bent(|it| it.milvus.deleted = Some(it.workload.taken));
        for to in [None, Some("2.6.6")] {
            for (name, snapshot, code, verdict) in [
                ("healthy", &healthy_cluster(), 207, Verdict::Fine),
                ("healthy", &healthy_cluster(), 405, Verdict::Fine),
                ("healthy", &healthy_cluster(), 406, Verdict::Fine),
                ("healthy", &healthy_cluster(), 413, Verdict::Fine),
                ("etcd", &etcd, 207, Verdict::Fires),
                ("fresh", &fresh, 207, Verdict::Fires),
                ("fresh", &fresh, 405, Verdict::Fires),
                ("stopped", &stopped, 207, Verdict::Absent),
                ("stopped", &stopped, 405, Verdict::Fires),
                ("unready", &unready, 405, Verdict::Fires),
                ("rolling", &rolling, 406, Verdict::Fires),
                ("unobserved", &unobserved, 406, Verdict::Fires),
                ("labelled", &labelled, 406, Verdict::Fires),
                ("changing", &changing, 406, Verdict::Fires),
                ("deleted", &deleted, 413, Verdict::Fires),
            ] {
                assert_eq!(trial(snapshot, to, code).verdict(), verdict, "MV0{code} {name} {to:?}");
            }
        }
        let problem = trial(&etcd, None, 207).problem();
        assert_eq!(problem.evidence, ["status.conditions EtcdReady: False EtcdNotReady"]);
    }

    #[test]
    fn our_own_unfinished_roll_does_not_stand_in_its_own_way() {
        let resumed = bent(|it| {
            sample::set(&mut it.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.6"));
            sample::set_condition(it, "MilvusUpdated", "False", "MilvusUpgradingImage");
            sample::set_condition(it, "EtcdReady", "False", "EtcdNotReady");
        });
        for code in [207, 406] {
            assert_eq!(trial(&resumed, Some("2.6.6"), code).verdict(), Verdict::Absent, "MV0{code}");
            assert_eq!(trial(&resumed, Some("2.6.22"), code).verdict(), Verdict::Fires, "MV0{code}");
        }
    }

    #[test]
    fn the_joining_of_coordinators_does_not_stand_in_its_own_way() {
        let mut joining = sample::separate_coordinators();
        sample::set(&mut joining.milvus.spec, "/components/mixCoord", json!({"replicas": 1}));
        sample::set_condition(&mut joining, "MilvusUpdated", "False", "MilvusComponentsUpdating");
        sample::set_condition(&mut joining, "MilvusReady", "False", "MilvusComponentNotHealthy");
        for code in [405, 406] {
            assert_eq!(trial(&joining, Some("2.6.6"), code).verdict(), Verdict::Absent, "MV0{code}");
            assert_eq!(trial(&joining, Some("2.5.27"), code).verdict(), Verdict::Fires, "MV0{code}");
        }
        assert_eq!(trial(&joining, Some("2.6.6"), 701).verdict(), Verdict::Fires, "the image is not written yet");
    }

    #[test]
    fn a_coordinator_that_was_left_behind_is_found() {
        let left = bent(|it| {
            if let Part::Known(deployments) = &mut it.workload.deployments {
                deployments.push(sample::deployment("prod", Component::RootCoord, "", 1));
            }
        });
        let idle = bent(|it| {
            if let Part::Known(deployments) = &mut it.workload.deployments {
                deployments.push(sample::deployment("prod", Component::RootCoord, "", 0));
            }
        });
        let unseen = bent(|it| it.workload.deployments = Part::Unknown("no right to list deployments".into()));
        assert_eq!(
            trial(&left, Some("2.6.6"), 416).problem().fix,
            "kubectl -n vec delete deployment prod-milvus-rootcoord"
        );
        assert_eq!(trial(&left, Some("2.5.27"), 416).verdict(), Verdict::Absent);
        assert_eq!(trial(&left, None, 416).verdict(), Verdict::Absent);
        assert_eq!(trial(&idle, Some("2.6.6"), 416).verdict(), Verdict::Fine);
        assert_eq!(trial(&sample::separate_coordinators(), Some("2.6.6"), 416).verdict(), Verdict::Fine);
        assert_eq!(trial(&unseen, Some("2.6.6"), 416).verdict(), Verdict::Unknown);
    }
}
