use serde::{Deserialize, Serialize};

use super::Plan;
use crate::rollout::{LogEvidence, Roll};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "ending")]
pub enum Ending {
    /// Everything is as the plan wants it.
    Done,
    /// It was so before.
    NothingToDo,
    /// The user said no; nothing was written.
    Declined,
    /// The time ran out while waiting; the roll goes on.
    TimedOut {
        /// Seconds that were allowed.
        after_seconds: u64,
    },
    /// The user stopped watching; the roll goes on.
    Interrupted,
    /// It failed, and what ran before runs again.
    RolledBack {
        /// One line.
        reason: String,
        /// Evidence, a line each.
        details: Vec<String>,
    },
    /// It cannot go on, and why; something was written.
    Stopped {
        /// One line.
        reason: String,
        /// Evidence, a line each.
        details: Vec<String>,
    },
}

impl Ending {
    /// Whether it gave up, or its time ran out.
    pub fn has_failed(&self) -> bool {
        matches!(self, Self::Stopped { .. } | Self::TimedOut { .. })
    }
}

/// What became of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunResult {
    /// What was to be done.
    pub plan: Plan,
    /// How it ended.
    #[serde(flatten)]
    pub ending: Ending,
    /// Seconds from the first write or look to the end.
    pub elapsed_seconds: u64,
    /// Requests that changed something.
    pub writes: u64,
    /// Whether a write was sent of which nobody could tell whether it was made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_open: bool,
    /// Whether it stands still half-way over a migration, and is taken back by itself.
    #[serde(skip)]
    pub is_lost: bool,
    /// The roll as last seen.
    pub roll: Option<Roll>,
    /// What else changed in the spec meanwhile, by the operator's own hand: `path: old -> new`.
    pub edits: Vec<String>,
    /// What was proved besides, or could not be, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<String>,
    /// What logs say of why it did not come to its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogEvidence>,
    /// Commands to type next.
    pub next: Vec<Next>,
}

impl RunResult {
    /// Whether it gave up, or its time ran out, after something was written.
    pub fn can_be_taken_back(&self) -> bool {
        self.writes > 0 && self.ending.has_failed()
    }

    /// The result where nothing had to be run, or nothing may.
    pub fn without_run(plan: Plan, ending: Ending) -> Self {
        Self {
            plan,
            ending,
            elapsed_seconds: 0,
            writes: 0,
            is_open: false,
            is_lost: false,
            roll: None,
            edits: vec![],
            proof: vec![],
            logs: vec![],
            next: vec![],
        }
    }
}

/// A command to type next, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    /// What for: `Go on watching`.
    pub purpose: String,
    /// What to type.
    pub command: String,
}
