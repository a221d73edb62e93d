use serde::{Deserialize, Serialize};

use super::Plan;
use crate::{
    rollout::{Drain, Interruption, LogEvidence, Roll, Verdict},
    snapshot::shell_word,
};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "ending")]
pub enum Ending {
    /// Everything is as the plan wants it.
    Done,
    /// Everything is rolled out, and it does not serve as it did before.
    NotServing,
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
    /// Whether somebody else carried it out, and it was only watched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_followed: bool,
    /// Whether it stands still half-way over a migration, and is taken back by itself.
    #[serde(skip)]
    pub is_lost: bool,
    /// The roll as last seen.
    pub roll: Option<Roll>,
    /// What else changed in the spec meanwhile, by the operator's own hand: `path: old -> new`.
    pub edits: Vec<String>,
    /// Whether it serves, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving: Option<Verdict>,
    /// What clients felt of it, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interruption: Option<Interruption>,
    /// What Milvus held still meanwhile, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Drain>,
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
    /// Whether it gave up, its time ran out, or it does not serve, after something was written. Where everything is gone an
    /// older version would clear it away just so: then Milvus has to stop first, which is for people to do.
    pub fn can_be_taken_back(&self) -> bool {
        let is_disaster = self.serving.as_ref().is_some_and(Verdict::is_disaster);
        let has_failed = self.ending.has_failed() || (self.ending == Ending::NotServing && !is_disaster);
        self.writes > 0 && has_failed
    }

    /// The same, with what was seen when it was asked whether it serves.
    #[must_use]
    pub fn served(mut self, verdict: Verdict) -> Self {
        if !verdict.reasons().is_empty() {
            self.ending = Ending::NotServing;
            self.next = self.after_not_serving(verdict.is_disaster());
        }
        self.serving = Some(verdict);
        self
    }

    /// The same, where a signal came before it was seen to serve.
    #[must_use]
    pub fn not_waited_for(mut self, last: Option<Verdict>) -> Self {
        self.ending = Ending::Interrupted;
        self.next = vec![Next { purpose: "Go on".to_owned(), command: self.plan.command.clone() }];
        self.serving =
            Some(last.unwrap_or_else(|| Verdict::Unknown { reason: "nobody waited for an answer".to_owned() }));
        self
    }

    /// Where everything is gone, what is left in the bucket looks like rubbish to Milvus, which clears it away: so the
    /// first thing is that it stops.
    fn after_not_serving(&self, is_disaster: bool) -> Vec<Next> {
        let (namespace, name) = (shell_word(&self.plan.namespace), shell_word(&self.plan.name));
        let next = |purpose: &str, command: String| Next { purpose: purpose.to_owned(), command };
        let mut list = vec![];
        if is_disaster && !self.plan.is_release {
            let pause = format!("kubectl -n {namespace} annotate milvus {name} milvus.io/pause-reconcile=true");
            list.push(next("Keep the operator away", pause));
        }
        if is_disaster {
            let labels = format!("app.kubernetes.io/instance={name},app.kubernetes.io/name=milvus");
            let stop = format!("kubectl -n {namespace} scale deployment -l {labels} --replicas=0");
            list.push(next("Stop Milvus at once", stop));
        } else {
            list.push(next("Ask again", self.plan.command.clone()));
            list.extend(self.plan.way_back.clone().map(|command| next("Go back", command)));
        }
        list
    }

    /// The result where nothing had to be run, or nothing may.
    pub fn without_run(plan: Plan, ending: Ending) -> Self {
        Self {
            plan,
            ending,
            elapsed_seconds: 0,
            writes: 0,
            is_open: false,
            is_followed: false,
            is_lost: false,
            roll: None,
            edits: vec![],
            serving: None,
            interruption: None,
            drain: None,
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
