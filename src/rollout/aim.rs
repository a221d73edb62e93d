//! Where an instance is on its way to, or is already: what its resource or its release asks for now.

use super::{Goal, Order};
use crate::{
    knowledge::Knowledge,
    milvus::{Component, Image, Mode},
    snapshot::{Snapshot, Subject},
};

/// What the instance asks for now, and the order in which it moves there; `None` where neither it nor anything that
/// runs names an image.
pub(super) fn aim(snapshot: &Snapshot, knowledge: &Knowledge) -> Option<(Goal, Order)> {
    let (milvus, image) = (&snapshot.milvus, image(snapshot)?);
    let topology = milvus.wanted_version().map(|version| knowledge.topology(&version)).unwrap_or_default();
    let order = match snapshot.subject() {
        Subject::Resource => Order::asked(milvus, knowledge).unwrap_or_default(),
        // Helm keeps no order.
        Subject::Release | Subject::Operator => Order::default(),
    };
    if milvus.mode() == Mode::Standalone {
        return Some((Goal { image, arriving: vec![Component::Standalone], leaving: vec![] }, order));
    }
    let mut leaving = topology.without;
    // With one mixcoord in its spec the operator takes the four that were apart away.
    if milvus.component(Component::MixCoord).is_some() {
        leaving.extend(Component::SEPARATE_COORDINATORS);
    }
    let mut arriving: Vec<Component> = Component::ALL.into_iter().filter(|it| is_asked(snapshot, *it)).collect();
    arriving.extend(topology.with);
    arriving.retain(|component| !leaving.contains(component));
    for list in [&mut arriving, &mut leaving] {
        list.sort_unstable();
        list.dedup();
    }
    Some((Goal { image, arriving, leaving }, order))
}

/// The image that is asked for, else the one that runs.
fn image(snapshot: &Snapshot) -> Option<Image> {
    let milvus = &snapshot.milvus;
    let running = || {
        let first = snapshot.workload.deployments().iter().find(|found| !found.is_idle())?;
        first.image.parse().ok()
    };
    milvus.image().or_else(|| milvus.current_image()).or_else(running)
}

/// Whether a cluster is to have pods of `component`.
fn is_asked(snapshot: &Snapshot, component: Component) -> bool {
    let asked = snapshot.milvus.replicas(component).is_some_and(|replicas| replicas != 0);
    asked && component != Component::Standalone
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::aim;
    use crate::{
        knowledge::Knowledge,
        milvus::Component,
        snapshot::sample::{healthy_cluster, separate_coordinators, set, standalone},
    };

    #[test]
    fn without_a_roll_the_goal_is_what_runs() {
        let (goal, _) = aim(&healthy_cluster(), Knowledge::builtin()).expect("an image");
        assert_eq!(goal.image.to_string(), "milvusdb/milvus:v2.5.22");
        let there =
            [Component::IndexNode, Component::MixCoord, Component::QueryNode, Component::DataNode, Component::Proxy];
        assert_eq!(goal.arriving, there);
        let (goal, _) = aim(&standalone(), Knowledge::builtin()).expect("an image");
        assert_eq!((goal.arriving, goal.leaving), (vec![Component::Standalone], vec![]));
    }

    #[test]
    fn on_the_way_to_2_6_a_component_comes_and_one_leaves() {
        let mut snapshot = healthy_cluster();
        set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.6"));
        let (goal, order) = aim(&snapshot, Knowledge::builtin()).expect("an image");
        assert!(goal.arriving.contains(&Component::StreamingNode), "{goal:?}");
        assert!(goal.leaving.contains(&Component::IndexNode) && !goal.arriving.contains(&Component::IndexNode));
        assert!(order.is_before(Component::StreamingNode, Component::MixCoord));
    }

    #[test]
    fn one_mixcoord_takes_over_from_four() {
        let mut snapshot = separate_coordinators();
        let (goal, _) = aim(&snapshot, Knowledge::builtin()).expect("an image");
        assert!(goal.arriving.contains(&Component::RootCoord) && !goal.leaving.contains(&Component::RootCoord));
        set(&mut snapshot.milvus.spec, "/components/mixCoord", json!({"replicas": 1}));
        let (goal, _) = aim(&snapshot, Knowledge::builtin()).expect("an image");
        assert!(goal.arriving.contains(&Component::MixCoord) && goal.leaving.contains(&Component::RootCoord));
    }

    #[test]
    fn what_is_stopped_is_not_waited_for() {
        let mut snapshot = healthy_cluster();
        set(&mut snapshot.milvus.spec, "/components/indexNode/replicas", json!(0));
        let (goal, _) = aim(&snapshot, Knowledge::builtin()).expect("an image");
        assert!(!goal.arriving.contains(&Component::IndexNode), "{goal:?}");
    }
}
