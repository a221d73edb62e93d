use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Blocker, Goal, Missing, Order, blocker};
use crate::{
    milvus::{Component, Image},
    snapshot::{Deployment, Scene},
};

/// Where one component of a roll is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentRoll {
    /// Which.
    pub component: Component,
    /// The tag of the image before, where a pod or Deployment still has it.
    pub old: Option<String>,
    /// The tag of the image to come.
    pub new: String,
    /// Ready pods, old and new.
    pub ready: i64,
    /// Pods that the spec asks for.
    pub wanted: i64,
    /// When its youngest pod was made.
    pub youngest: Option<Timestamp>,
    /// Restarts of its pods.
    pub restarts: i64,
    /// Where it is.
    #[serde(flatten)]
    pub state: State,
}

/// A word for where a component is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum State {
    /// All of it is new and available.
    Done,
    /// It moves.
    Rolling {
        /// Pods of the new image that are ready.
        // Not `new`, which is the version beside it.
        #[serde(rename = "newPods")]
        new: i64,
        /// Pods of another image that are left.
        #[serde(rename = "oldPods")]
        old: i64,
    },
    /// It moves after another one.
    Waits {
        /// Which.
        after: Component,
    },
    /// It is not there yet.
    Comes,
    /// It goes away, after another one where that is known.
    Leaves {
        /// Which.
        after: Option<Component>,
    },
}

/// A roll as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Roll {
    /// A line for each component, in the order in which they move.
    pub components: Vec<ComponentRoll>,
    /// What is not yet as the goal wants it; nothing means rolled out.
    pub missing: Vec<Missing>,
    /// Why that which has its turn does not move.
    pub blockers: Vec<Blocker>,
}

impl Roll {
    /// Looks at `scene` with the eyes of `goal`.
    pub fn of(scene: Scene<'_>, goal: &Goal, order: &Order) -> Self {
        if let Some(itself) = scene.itself {
            return Self::of_operator(scene, itself, goal);
        }
        let running = |deployment: &&Deployment| !deployment.is_idle() || goal.leaving.contains(&deployment.component);
        let running = scene.workload.deployments().iter().filter(running);
        let mut present: Vec<Component> = running.map(|deployment| deployment.component).collect();
        present.extend(&goal.arriving);
        present.sort_by_key(|component| (goal.leaving.contains(component), order.rank(*component)));
        present.dedup();
        let mut components: Vec<ComponentRoll> =
            present.iter().map(|component| component_roll(scene, goal, *component)).collect();
        set_waiting(&mut components, goal, order);
        let missing = goal.missing(scene);
        let blockers = blocker::find(scene, goal, &components, &missing);
        Self { components, missing, blockers }
    }

    /// Whether everything is as the goal wants it.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether `component` has a line.
    pub fn has(&self, component: Component) -> bool {
        self.components.iter().any(|line| line.component == component && line.state != State::Comes)
    }

    /// Whether `component` is done, or gone where it had to go.
    pub fn is_done(&self, component: Component) -> bool {
        let line = self.components.iter().find(|line| line.component == component);
        line.is_none_or(|line| line.state == State::Done)
    }
}

fn component_roll(scene: Scene<'_>, goal: &Goal, component: Component) -> ComponentRoll {
    let workload = scene.workload;
    let deployments = || workload.deployments().iter().filter(move |found| found.component == component);
    let active = || deployments().filter(|deployment| !deployment.is_idle());
    let pods = || workload.pods().iter().filter(move |pod| pod.component == component && !pod.is_over());
    let image = goal.image.to_string();
    let old_image =
        active().map(|found| &found.image).chain(pods().map(|pod| &pod.image)).find(|found| **found != image);
    let done = |deployment: &Deployment| deployment.image == image && deployment.is_complete();
    let old_pods = pods().filter(|pod| pod.image != image || pod.is_terminating()).count();
    let state = if goal.leaving.contains(&component) {
        State::Leaves { after: None }
    } else if deployments().next().is_none() {
        State::Comes
    } else if active().all(done) && old_pods == 0 {
        State::Done
    } else {
        let new = pods().filter(|pod| pod.image == image && pod.ready && !pod.is_terminating()).count();
        State::Rolling { new: count(new), old: count(old_pods) }
    };
    let mut ready = count(pods().filter(|pod| pod.ready && !pod.is_terminating()).count());
    if state == State::Done {
        // Its pods are another watch, which may be behind.
        ready = ready.max(active().map(|deployment| deployment.available).sum());
    }
    ComponentRoll {
        component,
        old: old_image.map(|image| tag_of(image)),
        new: tag_of(&image),
        ready,
        wanted: scene
            .milvus
            .and_then(|milvus| milvus.replicas(component))
            .filter(|replicas| *replicas >= 0)
            .unwrap_or_else(|| active().map(|deployment| deployment.wanted).sum()),
        youngest: pods().filter_map(|pod| pod.created).max(),
        restarts: pods().map(crate::snapshot::Pod::restarts).sum(),
        state,
    }
}

/// What has not begun waits for the nearest unfinished component before it; what leaves, for the last one.
fn set_waiting(components: &mut [ComponentRoll], goal: &Goal, order: &Order) {
    let unfinished: Vec<Component> = components
        .iter()
        .filter(|line| line.state != State::Done && !goal.leaving.contains(&line.component))
        .map(|line| line.component)
        .collect();
    let new = tag_of(&goal.image.to_string());
    for line in components {
        let before = unfinished.iter().rev().find(|other| order.is_before(**other, line.component)).copied();
        match (&line.state, before) {
            (State::Rolling { new: 0, .. }, Some(after)) if line.old.as_ref().is_some_and(|old| *old != new) => {
                line.state = State::Waits { after };
            }
            (State::Leaves { .. }, _) => line.state = State::Leaves { after: unfinished.last().copied() },
            _ => {}
        }
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The short name of an image for a table: its version, else tag, else the end of its digest.
pub(super) fn tag_of(image: &str) -> String {
    let Ok(parsed) = image.parse::<Image>() else { return image.to_owned() };
    let version = parsed.version().map(|version| version.to_string());
    version.or_else(|| parsed.tag().map(str::to_owned)).unwrap_or_else(|| image.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Roll, State};
    use crate::{
        knowledge::Knowledge,
        milvus::{Component, ImageUpdateMode, MilvusVersion},
        rollout::{Goal, Missing, Order},
        snapshot::{
            Part, Snapshot,
            sample::{deployment, healthy_cluster, pod, run_image, set, set_condition},
        },
    };

    const NEW: &str = "milvusdb/milvus:v2.6.6";

    fn goal() -> Goal {
        Goal {
            image: NEW.parse().expect("an image"),
            arriving: vec![Component::StreamingNode, Component::MixCoord],
            leaving: vec![Component::IndexNode],
        }
    }

    fn roll(snapshot: &Snapshot) -> Roll {
        let (from, to) = (MilvusVersion::new(2, 5, 22), MilvusVersion::new(2, 6, 6));
        let mode = Some(ImageUpdateMode::RollingUpgrade);
        Roll::of(snapshot.scene(), &goal(), &Order::of(&snapshot.milvus, mode, Some(&from), &to, Knowledge::builtin()))
    }

    fn states(roll: &Roll) -> Vec<(Component, &State)> {
        roll.components.iter().map(|line| (line.component, &line.state)).collect()
    }

    /// The image is asked for; the operator has looked, and moved nothing yet.
    fn begun() -> Snapshot {
        let mut snapshot = healthy_cluster();
        set(&mut snapshot.milvus.spec, "/components/image", json!(NEW));
        set_condition(&mut snapshot, "MilvusUpdated", "False", "MilvusUpgradingImage");
        snapshot
    }

    fn finished() -> Snapshot {
        let mut snapshot = healthy_cluster();
        let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("samples are known") };
        deployments.retain(|deployment| deployment.component != Component::IndexNode);
        deployments.push(deployment("prod", Component::StreamingNode, "", 1));
        let Part::Known(pods) = &mut snapshot.workload.pods else { panic!("samples are known") };
        pods.retain(|pod| pod.component != Component::IndexNode);
        pods.push(pod("prod", Component::StreamingNode, "", 0));
        run_image(&mut snapshot, NEW);
        snapshot
    }

    #[test]
    fn at_the_start_each_waits_for_the_one_before_it() {
        let after = |component| State::Waits { after: component };
        assert_eq!(
            states(&roll(&begun())),
            [
                (Component::StreamingNode, &State::Comes),
                (Component::MixCoord, &after(Component::StreamingNode)),
                (Component::QueryNode, &after(Component::MixCoord)),
                (Component::DataNode, &after(Component::QueryNode)),
                (Component::Proxy, &after(Component::DataNode)),
                (Component::IndexNode, &State::Leaves { after: Some(Component::Proxy) }),
            ]
        );
    }

    #[test]
    fn all_of_it_together_is_complete() {
        let roll = roll(&finished());
        assert_eq!(roll.missing, []);
        assert!(roll.components.iter().all(|line| line.state == State::Done));
    }

    #[test]
    fn any_one_thing_missing_is_not_complete() {
        let lacks = |name: &str, bend: &dyn Fn(&mut Snapshot)| {
            let mut snapshot = finished();
            bend(&mut snapshot);
            assert!(!roll(&snapshot).is_complete(), "{name}");
        };
        lacks("generation", &|snapshot| snapshot.milvus.generation += 1);
        lacks("updated", &|snapshot| set_condition(snapshot, "MilvusUpdated", "False", ""));
        lacks("ready", &|snapshot| set_condition(snapshot, "MilvusReady", "False", ""));
        lacks("current image", &|snapshot| {
            set(&mut snapshot.milvus.status, "/currentImage", json!("milvusdb/milvus:v2.5.22"));
        });
        lacks("the operator's look", &|snapshot| {
            set(&mut snapshot.milvus.status, "/componentsDeployStatus/proxy/image", json!("milvusdb/milvus:v2.5.22"));
        });
        lacks("the operator's look at ready pods", &|snapshot| {
            set(&mut snapshot.milvus.status, "/componentsDeployStatus/proxy/status/availableReplicas", json!(0));
        });
        lacks("a pod of the old image", &|snapshot| {
            let Part::Known(pods) = &mut snapshot.workload.pods else { panic!("samples are known") };
            pods[0].image = "milvusdb/milvus:v2.5.22".into();
        });
        lacks("a pod that is terminating", &|snapshot| {
            let Part::Known(pods) = &mut snapshot.workload.pods else { panic!("samples are known") };
            pods[0].deleted = Some(snapshot.workload.taken);
        });
        lacks("an index node left over", &|snapshot| {
            let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("samples are known") };
            deployments.push(deployment("prod", Component::IndexNode, "", 1));
        });
        lacks("no streaming node", &|snapshot| {
            let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("samples are known") };
            deployments.retain(|deployment| deployment.component != Component::StreamingNode);
        });
        lacks("no sight of pods", &|snapshot| snapshot.workload.pods = Part::Unknown("no right to list pods".into()));
    }

    #[test]
    fn an_idle_twin_with_an_old_image_does_not_count() {
        let roll = roll(&finished());
        assert!(!roll.missing.iter().any(|missing| matches!(missing, Missing::Deployment { .. })));
    }
}
