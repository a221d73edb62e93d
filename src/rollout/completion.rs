use serde::{Deserialize, Serialize};

use super::object;
use crate::{
    milvus::{Component, Image},
    snapshot::{Part, Resource, Scene, Workload},
};

/// What a roll has to reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Goal {
    /// The image of every component.
    pub image: Image,
    /// Components that must be there.
    pub arriving: Vec<Component>,
    /// Components that must be gone, Deployments and pods.
    pub leaving: Vec<Component>,
}

/// Something that is not yet as the goal wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "what")]
pub enum Missing {
    /// The operator has not looked at the newest spec.
    Observation {
        /// `metadata.generation`.
        generation: i64,
        /// `status.observedGeneration`.
        observed: i64,
    },
    /// A condition of the resource is not `True`.
    Condition {
        /// Its type.
        kind: String,
        /// The operator's words.
        message: String,
    },
    /// `status.currentImage` is another one.
    CurrentImage {
        /// What it says.
        image: String,
    },
    /// A component that has to be there is not.
    Arrival {
        /// Which.
        component: Component,
    },
    /// Deployments or pods of a component that has to go are still there.
    Departure {
        /// Which.
        component: Component,
    },
    /// The operator's own look at a component is older than what is there now, so its conditions are too.
    Look {
        /// Which.
        component: Component,
    },
    /// A Deployment has another image, or not all of its pods are new and available.
    Deployment {
        /// Which.
        component: Component,
        /// Its name.
        name: String,
    },
    /// A pod still runs another image, or is on its way out.
    Pod {
        /// Of which component.
        component: Component,
        /// Its name.
        name: String,
    },
    /// Something about the operator itself.
    Awaited {
        /// In words.
        fact: String,
    },
    /// Another object of the release is not ready.
    Object {
        /// Which: `statefulset/my-etcd`.
        object: String,
        /// Why.
        reason: String,
    },
    /// A part that has to be looked at cannot be seen.
    Sight {
        /// Why.
        reason: String,
    },
}

impl Goal {
    /// What is still missing, in the order in which it usually comes; nothing means rolled out.
    ///
    /// All of milvus.md rule 35: generation, `MilvusUpdated`, `MilvusReady`, `currentImage`, every pod's image, no
    /// leftover component. A condition alone is stale for seconds after the spec changed.
    pub fn missing(&self, scene: Scene<'_>) -> Vec<Missing> {
        let mut missing = scene.milvus.map_or(vec![], |milvus| self.missing_in_resource(milvus));
        match &scene.workload.deployments {
            Part::Known(_) => missing.extend(self.missing_in_deployments(scene)),
            Part::Unknown(reason) => missing.push(Missing::Sight { reason: reason.clone() }),
        }
        match &scene.workload.pods {
            Part::Known(_) => missing.extend(self.missing_in_pods(scene.workload)),
            Part::Unknown(reason) => missing.push(Missing::Sight { reason: reason.clone() }),
        }
        missing.extend(object::missing(scene));
        missing
    }

    fn missing_in_resource(&self, milvus: &Resource) -> Vec<Missing> {
        let mut missing = vec![];
        let (generation, observed) = (milvus.generation, milvus.observed_generation());
        if observed < generation {
            missing.push(Missing::Observation { generation, observed });
        }
        for kind in ["MilvusUpdated", "MilvusReady"] {
            let condition = milvus.condition(kind);
            if !condition.as_ref().is_some_and(crate::snapshot::Condition::is_true) {
                let message = condition.map(|condition| condition.message).unwrap_or_default();
                missing.push(Missing::Condition { kind: kind.to_owned(), message });
            }
        }
        // Operators before 1.3.0 do not have the field; then the pods have to prove it.
        if let Some(image) = milvus.current_image().filter(|image| *image != self.image) {
            missing.push(Missing::CurrentImage { image: image.to_string() });
        }
        missing
    }

    fn missing_in_deployments(&self, scene: Scene<'_>) -> Vec<Missing> {
        let deployments = scene.workload.deployments();
        let lives = |component: &Component| deployments.iter().any(|deployment| deployment.component == *component);
        let arrivals = self.arriving.iter().filter(|component| !lives(component));
        // One that is stopped is gone: the operator does not take every Deployment away.
        let runs = |component: &Component| {
            deployments.iter().any(|deployment| deployment.component == *component && !deployment.is_idle())
        };
        let departures = self.leaving.iter().filter(|component| runs(component));
        let unfinished = deployments.iter().filter(|deployment| {
            let stays = !self.leaving.contains(&deployment.component);
            stays && !deployment.is_idle() && !(deployment.image == self.image.to_string() && deployment.is_complete())
        });
        arrivals
            .map(|component| Missing::Arrival { component: *component })
            .chain(unfinished.map(|deployment| Missing::Deployment {
                component: deployment.component,
                name: deployment.name.clone(),
            }))
            .chain(departures.map(|component| Missing::Departure { component: *component }))
            .chain(self.stale_looks(scene))
            .collect()
    }

    /// Components that the operator has not seen done. It judges by what it looked at last, so right after a quick roll
    /// its conditions may still be those of before (milvus.md §1.7). Operators that keep no such status are believed.
    fn stale_looks<'a>(&'a self, scene: Scene<'a>) -> impl Iterator<Item = Missing> + 'a {
        let deployments = scene.workload.deployments().iter();
        let running = deployments.filter(|found| !self.leaving.contains(&found.component) && !found.is_idle());
        let stale = running.filter(move |deployment| {
            let looked = scene.milvus.and_then(|milvus| milvus.deploy_status(deployment.component));
            looked
                .is_some_and(|looked| looked.image != self.image.to_string() || !looked.is_complete(deployment.wanted))
        });
        stale.map(|deployment| Missing::Look { component: deployment.component })
    }

    fn missing_in_pods(&self, workload: &Workload) -> Vec<Missing> {
        let old = workload.pods().iter().filter(|pod| {
            let leaves = self.leaving.contains(&pod.component);
            !pod.is_over() && (leaves || pod.is_terminating() || pod.image != self.image.to_string())
        });
        old.map(|pod| Missing::Pod { component: pod.component, name: pod.name.clone() }).collect()
    }
}
