//! What would be done, in which order, what traffic feels it, and how each step is undone.

mod change;
mod difference;
mod draft;
mod effect;
mod effective;
mod estimate;
mod etcd;
mod file;
mod fingerprint;
mod follow;
mod handover;
mod image;
mod join;
mod merge;
mod migrate;
mod operator;
mod outcome;
mod patch;
mod phase;
mod place;
mod progress;
mod pulsar;
mod refusal;
mod release;
#[cfg(test)]
mod release_test;
mod rendered;
mod revert;
mod rewrite;
mod rewriting;
mod route;
mod row;
mod step;
mod swap;
mod text;
mod upgrade;
mod values;

use serde::{Deserialize, Serialize};

pub use change::{Change, edits};
pub use difference::{Difference, ObjectChange, ObjectFate};
pub use effective::{OperatorField, Rewritten};
pub use estimate::timeout_seconds;
pub use etcd::{etcd_place, etcd_settings, metadata_files};
pub use file::{PlanFile, Reason, paths};
pub use fingerprint::Fingerprint;
pub use handover::{Handover, LeftAlone};
pub use image::{NeededImage, join_images, needed_images};
pub use join::joined_at;
pub use migrate::before_migration;
pub use outcome::{Ending, Next, RunResult};
pub use place::release_places;
pub use progress::Progress;
pub use pulsar::{Instruction, Procedure, Standing, pulsar_3};
pub use refusal::Refusal;
pub use rendered::{INSTANCE_LABELS, Rendered, claims, configuration_maps, rendered, seen, user_config};
pub use rewriting::pair;
pub use route::{Hop, Method, Route, Runner, Start};
pub use step::{Action, Gate, Setting, Step, Undo};
pub use text::{Uneditable, documents, edit};
pub use upgrade::plan_upgrade;
pub use values::{Cause, ValueChange, Values, value_changes, values_changes};

use crate::{
    check::Target,
    milvus::{Image, ImageUpdateMode, Mode},
    rollout::Order,
    snapshot::Snapshot,
};

/// Everything that would be done to one instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The namespace of the instance.
    pub namespace: String,
    /// The name of the Milvus resource, or of the Helm release.
    pub name: String,
    /// Whether Helm runs the instance.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_release: bool,
    /// Whether it is about the operator itself, which is then a release too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_operator: bool,
    /// How its parts are laid out; none for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
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
    /// The command that makes this plan again, and so goes on with it.
    pub command: String,
    /// The command that goes back; how far that is possible is judged then.
    pub way_back: Option<String>,
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

    /// `milvus/NAME`, `release/NAME` or `operator/NAME`.
    pub fn reference(&self) -> String {
        let kind = match (self.is_operator, self.is_release) {
            (true, _) => "operator",
            (false, true) => "release",
            (false, false) => "milvus",
        };
        format!("{kind}/{}", self.name)
    }

    /// The index of the first step after which there is no way back by image.
    pub fn point_of_no_return(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.undo.needs_backup())
    }

    /// Whether anything is still to be written before the last roll, so that this is more than watching it.
    pub fn begins(&self, snapshot: &Snapshot) -> bool {
        if self.is_release {
            return self.steps.iter().any(|step| !step.is_written(snapshot));
        }
        let last_roll = self.steps.iter().rposition(|step| matches!(step.action, Action::Roll { .. }));
        let before = &self.steps[..last_roll.unwrap_or(self.steps.len())];
        let writes = |action: &Action| matches!(action, Action::Patch { .. }) || action.is_of_migration();
        before.iter().any(|step| writes(&step.action) && !step.is_written(snapshot))
    }

    /// Seconds the whole is thought to take.
    pub fn estimate_seconds(&self) -> u64 {
        self.steps.iter().map(|step| step.estimate_seconds).sum()
    }
}
