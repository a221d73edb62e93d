use serde::{Deserialize, Serialize};

use crate::{
    knowledge::Knowledge,
    rollout::{Migrating, Roll},
};

/// Where a run is: enough to draw the live tree, or to say what changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Seconds since the run began.
    pub elapsed_seconds: u64,
    /// Seconds that the plan thought it would take.
    pub estimate_seconds: u64,
    /// The step under way, counted from one.
    pub step: usize,
    /// How many there are.
    pub steps: usize,
    /// The title of the step under way.
    pub title: String,
    /// The roll of that step; `None` while something is written.
    pub roll: Option<Roll>,
    /// The migration of that step, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<Migrating>,
    /// Watches that broke and are being taken up again, and why.
    pub trouble: Vec<String>,
}

impl Progress {
    /// The same, with the meaning of every line that is known.
    #[must_use]
    pub fn explained(mut self, knowledge: &Knowledge) -> Self {
        self.roll = self.roll.map(|roll| roll.explained(knowledge));
        self
    }
}
