//! What would be done, in which order, what traffic feels it, and how each step is undone.

mod change;
mod draft;
mod effect;
mod estimate;
mod fingerprint;
mod merge;
mod outcome;
mod phase;
mod progress;
mod step;
mod upgrade;

use serde::{Deserialize, Serialize};
use serde_json::json;

pub use change::{Change, edits};
pub use estimate::timeout_seconds;
pub use fingerprint::Fingerprint;
pub use outcome::{Ending, Next, RunResult};
pub use progress::Progress;
pub use step::{Action, Gate, Step, Undo};
pub use upgrade::plan_upgrade;

use crate::{
    check::Target,
    milvus::{Image, ImageUpdateMode, Mode},
    rollout::Order,
};

/// Everything that would be done to one instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The namespace of the instance.
    pub namespace: String,
    /// The name of the Milvus resource.
    pub name: String,
    /// How its parts are laid out.
    pub mode: Mode,
    /// The image that runs now, where the spec names one.
    pub from: Option<Image>,
    /// What is wanted.
    pub target: Target,
    /// The ground that the plan stands on.
    pub fingerprint: Fingerprint,
    /// The effective differences, for people.
    pub changes: Vec<Change>,
    /// How the Deployments move.
    pub update_mode: ImageUpdateMode,
    /// The order in which the components move in the last roll.
    pub order: Order,
    /// What to say aloud about the way, such as that there will be downtime.
    pub notes: Vec<String>,
    /// The steps; none where nothing is left to do.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Whether nothing is left to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// `milvus/NAME`.
    pub fn reference(&self) -> String {
        format!("milvus/{}", self.name)
    }

    /// The index of the first step after which there is no way back by image.
    pub fn point_of_no_return(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.undo.needs_backup())
    }

    /// The command that makes this plan again, and so goes on with it.
    pub fn command(&self) -> String {
        let to = match self.target.image.version() {
            Some(version) if version == self.target.version => format!("--to {version}"),
            _ => format!("--image {} --to {}", self.target.image, self.target.version),
        };
        format!("kubectl milvus upgrade {} -n {} {to}", self.name, self.namespace)
    }

    /// The command that goes back by image, where every step so far allows it.
    pub fn way_back(&self) -> Option<String> {
        let from = self.from.as_ref().filter(|_| self.point_of_no_return().is_none())?;
        let patch = json!({"spec": {"components": {"image": from.to_string(), "imageUpdateMode": "rollingDowngrade"}}});
        Some(format!("kubectl -n {} patch milvus {} --type merge -p '{patch}'", self.namespace, self.name))
    }

    /// Seconds the whole is thought to take.
    pub fn estimate_seconds(&self) -> u64 {
        self.steps.iter().map(|step| step.estimate_seconds).sum()
    }
}
