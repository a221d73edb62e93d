use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::merge::contains;
use crate::{
    milvus::Component,
    rollout::{Goal, Roll},
    snapshot::{Resource, Snapshot},
};

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// A short name that stays the same between runs: `set-image`, `roll-coordinators`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// What the tool does.
    pub action: Action,
    /// What must be true before the next step.
    pub gate: Gate,
    /// How it is taken back once it has run.
    pub undo: Undo,
    /// What clients feel.
    pub felt: String,
    /// Seconds it is thought to take.
    pub estimate_seconds: u64,
}

/// What the tool does in a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Action {
    /// Writes this JSON merge patch to the resource, under its resource version.
    Patch {
        /// The patch, only the fields of the plan.
        patch: Value,
    },
    /// Waits while the operator moves these components.
    Roll {
        /// Which.
        components: Vec<Component>,
    },
}

/// What must be true after a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Gate {
    /// The resource has every field of the patch.
    Written,
    /// These components are done, on the way to the goal.
    Moved {
        /// Where the whole roll goes.
        goal: Goal,
        /// Which are done here.
        components: Vec<Component>,
    },
    /// All of the goal is reached.
    Complete {
        /// Where the roll goes.
        goal: Goal,
    },
}

/// How a step is taken back once it has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// The fields are put back as they were.
    PatchBack,
    /// The old image, in the reversed order.
    ReverseRoll,
    /// A backup taken before.
    RestoreBackup,
    /// Nothing to take back.
    None,
}

impl Undo {
    /// Whether only a backup takes it back.
    pub fn needs_backup(self) -> bool {
        self == Self::RestoreBackup
    }

    /// As the plan shows it.
    pub fn word(self) -> &'static str {
        match self {
            Self::PatchBack => "patch back",
            Self::ReverseRoll => "reverse roll",
            Self::RestoreBackup => "restore",
            Self::None => "nothing to undo",
        }
    }
}

impl Gate {
    /// Where the roll of this step goes, where it is one.
    pub fn goal(&self) -> Option<&Goal> {
        match self {
            Self::Written => None,
            Self::Moved { goal, .. } | Self::Complete { goal } => Some(goal),
        }
    }
}

impl Step {
    /// Whether the resource has every field that this step writes.
    pub fn is_written(&self, milvus: &Resource) -> bool {
        match &self.action {
            Action::Patch { patch } => contains(&milvus.spec, &patch["spec"]),
            Action::Roll { .. } => false,
        }
    }

    /// Whether its end is reached already, so that it is passed over.
    pub fn is_reached(&self, snapshot: &Snapshot, roll: Option<&Roll>) -> bool {
        match (&self.gate, &self.action, roll) {
            (Gate::Written, Action::Patch { .. }, _) => self.is_written(&snapshot.milvus),
            (Gate::Moved { components, goal }, _, Some(roll)) => {
                let observed = snapshot.milvus.observed_generation() >= snapshot.milvus.generation;
                let there = |component: &Component| !goal.arriving.contains(component) || roll.has(*component);
                observed && components.iter().all(|component| roll.is_done(*component) && there(component))
            }
            (Gate::Complete { .. }, Action::Patch { .. }, Some(roll)) => {
                self.is_written(&snapshot.milvus) && roll.is_complete()
            }
            (Gate::Complete { .. }, Action::Roll { .. }, Some(roll)) => roll.is_complete(),
            _ => false,
        }
    }
}
