use serde::{Deserialize, Serialize};

use crate::plan::Ending;

/// How a session of a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ending")]
pub enum Outcome {
    /// Everything is as the plan wants it.
    Done,
    /// Everything was rolled out, and did not serve as before.
    NotServing {
        /// One line.
        reason: String,
    },
    /// The time ran out while waiting; the roll went on.
    TimedOut,
    /// A signal ended it; the roll went on.
    Interrupted,
    /// It failed, and what ran before runs again.
    RolledBack {
        /// One line.
        reason: String,
    },
    /// It could not go on, after something was written.
    Stopped {
        /// One line.
        reason: String,
    },
    /// It ended before anything was written.
    Failed {
        /// One line.
        reason: String,
    },
}

impl Outcome {
    /// What the end of a run is called in the journal.
    pub fn of(ending: &Ending) -> Self {
        match ending {
            Ending::Done | Ending::NothingToDo => Self::Done,
            Ending::NotServing => Self::NotServing { reason: "it does not serve as it did".to_owned() },
            Ending::TimedOut { .. } => Self::TimedOut,
            Ending::Interrupted => Self::Interrupted,
            Ending::Stopped { reason, .. } => Self::Stopped { reason: reason.clone() },
            Ending::RolledBack { reason, .. } => Self::RolledBack { reason: reason.clone() },
            Ending::Declined => Self::Failed { reason: "declined".to_owned() },
        }
    }

    /// A word for it: in labels and tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotServing { .. } => "not-serving",
            Self::TimedOut => "timed-out",
            Self::Interrupted => "interrupted",
            Self::RolledBack { .. } => "rolled-back",
            Self::Stopped { .. } => "stopped",
            Self::Failed { .. } => "failed",
        }
    }

    /// Whether nothing is left to go on with.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Done | Self::RolledBack { .. })
    }

    /// Why, where there is a reason to tell.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Stopped { reason }
            | Self::RolledBack { reason }
            | Self::NotServing { reason }
            | Self::Failed { reason } => Some(reason),
            Self::Done | Self::TimedOut | Self::Interrupted => None,
        }
    }
}
