//! What a run writes down: enough to go on with it, or to take it back, from another machine.
//!
//! One Secret holds one run. A run that was stopped and gone on with is one run with several sessions. The values in it
//! that are secret, such as the spec before, stay in the Secret: nothing of them is in a name, a label or an annotation,
//! and nothing of them is printed.
//!
//! | module | what it holds |
//! |---|---|
//! | `before` | the instance as it was before the first write |
//! | `document` | the journal as text, packed where it is large |
//! | `entry` | what became of one step |
//! | `former` | where the way back of a run leads |
//! | `head` | what the metadata of a Secret tells of the run in it |
//! | `history` | the runs of an instance, joined with the revisions of its release |
//! | `lease` | who works on an instance now |
//! | `object` | the Secret |
//! | `outcome` | how a run ended |
//! | `subject` | which instance it is about, and the names made of that |

mod before;
mod document;
mod entry;
mod former;
mod head;
mod history;
mod lease;
mod object;
mod outcome;
mod subject;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use before::Before;
pub use document::{Packed, SECRET_LIMIT};
pub use entry::{Change, Entry, Progress, Write};
pub use former::Former;
pub use head::{Head, KEPT, to_prune};
pub use history::{Deed, Revision, Row, history};
pub use lease::{Holder, Lease, Standing};
pub use outcome::Outcome;
pub use subject::{Operation, Subject, Way};

use crate::{
    check::{Code, Finding, Target},
    plan::{Plan, Step},
    rollout::{Asked, Drain, Interruption, Verdict},
    snapshot::{Part, Serving},
};

/// The record of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Journal {
    /// Tells it from other runs of the instance, and sorts by time: `20261121-093605-482`.
    pub id: String,
    /// What the run does.
    pub operation: Operation,
    /// The instance.
    pub subject: Subject,
    /// The version that ran before, where it is known.
    pub from: Option<String>,
    /// The version that is gone to.
    pub to: String,
    /// The backup that the user named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    /// Findings that would have stopped the run, and why the user went on.
    #[serde(default)]
    pub accepted: Vec<Accepted>,
    /// Who worked on it, from where and when; the last one is the present or latest.
    pub sessions: Vec<Session>,
    /// What became of every step, in the order in which they come.
    pub steps: Vec<Entry>,
    /// What was written, in order.
    #[serde(default)]
    pub writes: Vec<Write>,
    /// The instance as it was before the first write; secret values are in it.
    pub before: Before,
    /// What Milvus answered before the first write, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving: Option<Part<Serving>>,
    /// What it answered in the end, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Verdict>,
    /// What clients felt of it, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interruption: Option<Interruption>,
    /// What Milvus was asked to hold still meanwhile, so that whoever goes on lets it go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Drain>,
    /// Values that the user gives to a chart besides; secret values may be in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Value>,
    /// The end of the whole way, where this run is one of several on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Target>,
    /// The plan as it was confirmed.
    pub plan: Plan,
}

/// One process that worked on a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The user, as the API server or else the system knows them.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The version of this program.
    pub program: String,
    /// When it began.
    pub begun: Timestamp,
    /// When it ended; `None` while it works, and where it died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

impl Session {
    /// One that begins now.
    pub fn begin(user: impl Into<String>, host: impl Into<String>, now: Timestamp) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self { user: user.into(), host: host.into(), program, begun: now, ended: None, outcome: None }
    }
}

/// A finding that the user let pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// Its code.
    pub code: Code,
    /// What it said.
    pub summary: String,
    /// Why the user went on, where they said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Accepted {
    /// The finding as it was let pass; `None` where nothing was found.
    pub fn of(finding: &Finding, reason: Option<&str>) -> Option<Self> {
        let (_, problem) = finding.found().filter(|_| finding.is_accepted())?;
        Some(Self { code: finding.code, summary: problem.summary.clone(), reason: reason.map(str::to_owned) })
    }
}

impl Journal {
    /// An id for a run that begins now.
    pub fn id(now: Timestamp) -> String {
        now.strftime("%Y%m%d-%H%M%S-%3f").to_string()
    }

    /// A run of `plan` that begins.
    pub fn begin(operation: Operation, plan: &Plan, before: Before, session: Session) -> Self {
        let version = plan.from.as_ref().and_then(crate::milvus::Image::version);
        let from = plan.target.stated_from.clone().or(version);
        Self {
            id: Self::id(session.begun),
            operation,
            subject: Subject::of(plan),
            from: from.map(|version| version.to_string()),
            to: plan.target.version.to_string(),
            backup: plan.target.backup.clone(),
            accepted: vec![],
            sessions: vec![session],
            steps: plan.steps.iter().map(Entry::of).collect(),
            writes: vec![],
            before,
            serving: None,
            served: None,
            interruption: None,
            drain: None,
            given: None,
            wanted: None,
            plan: plan.clone(),
        }
    }

    /// Goes on with it: `plan` is what is left to do, made from the instance as it is now. What was done stays done.
    pub fn resume(&mut self, plan: &Plan, session: Session) {
        let is_left = |entry: &Entry| plan.steps.iter().any(|step| step.id == entry.id);
        self.steps.retain(|entry| entry.is_done() || is_left(entry));
        for step in &plan.steps {
            match self.steps.iter_mut().find(|entry| entry.id == step.id) {
                Some(entry) => entry.title.clone_from(&step.title),
                None => self.steps.push(Entry::of(step)),
            }
        }
        self.sessions.push(session);
    }

    /// Another plan takes the place of the one that nothing was written for yet.
    pub fn replace(&mut self, plan: &Plan, before: Before) {
        self.steps = plan.steps.iter().map(Entry::of).collect();
        self.before = before;
        self.plan = plan.clone();
    }

    /// What was asked for: the end of this run, or of the whole way that it is a part of.
    pub fn goal(&self) -> &Target {
        self.wanted.as_ref().unwrap_or(&self.plan.target)
    }

    /// Whether `plan` goes on with this run: the same instance on the same way.
    pub fn is_continued_by(&self, plan: &Plan) -> bool {
        let goal = |target: &Target| {
            (target.direction, target.image.clone(), target.version.clone(), target.chart.clone(), target.revision)
        };
        !self.is_done() && self.subject == Subject::of(plan) && goal(&self.plan.target) == goal(&plan.target)
    }

    /// Whether it came to its end. One that was stopped, or died, can be gone on with.
    pub fn is_done(&self) -> bool {
        self.outcome().is_some_and(Outcome::is_final)
    }

    /// How it ended; `None` while somebody works on it, and where they died.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.sessions.last()?.outcome.as_ref()
    }

    /// When it began.
    pub fn begun(&self) -> Option<Timestamp> {
        self.sessions.first().map(|session| session.begun)
    }

    /// When its last session ended.
    pub fn ended(&self) -> Option<Timestamp> {
        self.sessions.last()?.ended
    }

    /// What Milvus answered in the end, where it was asked.
    pub fn asked(&self) -> Option<Asked> {
        let by = Some(format!("{} to {}", self.operation, self.to));
        self.served.clone().zip(self.ended()).map(|(found, at)| Asked { at, by, found })
    }

    /// A step begins.
    pub fn step_begins(&mut self, step: &Step, now: Timestamp) {
        if let Some(entry) = self.entry(step) {
            entry.begin(now);
        }
    }

    /// The end of a step is reached; whether that is new.
    pub fn step_ends(&mut self, step: &Step, now: Timestamp) -> bool {
        let Some(entry) = self.entry(step).filter(|entry| !entry.is_done()) else { return false };
        entry.end(now);
        true
    }

    /// Something was written for a step.
    pub fn wrote(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Everything was found to be done, which the last session did not come to write down.
    pub fn finish(&mut self, now: Timestamp) {
        self.steps.iter_mut().filter(|entry| !entry.is_done()).for_each(|entry| entry.end(now));
        self.end(Outcome::Done, now);
    }

    /// The present session ends.
    pub fn end(&mut self, outcome: Outcome, now: Timestamp) {
        if let Some(session) = self.sessions.last_mut() {
            session.ended = Some(now);
            session.outcome = Some(outcome);
        }
    }

    fn entry(&mut self, step: &Step) -> Option<&mut Entry> {
        self.steps.iter_mut().find(|entry| entry.id == step.id)
    }
}

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests {
    use super::{Outcome, Progress, Session, sample};

    #[test]
    fn an_id_sorts_by_time() {
        let ids = ["2026-11-21T09:36:05.482Z", "2026-11-21T09:36:06Z", "2026-12-01T00:00:00Z"]
            .map(|time| super::Journal::id(time.parse().unwrap()));
        assert_eq!(ids[0], "20261121-093605-482");
        assert!(ids.is_sorted());
    }

    #[test]
    fn who_goes_on_keeps_what_was_done() {
        let (mut journal, now) = (sample::journal(), sample::moment());
        let plan = journal.plan.clone();
        journal.step_begins(&plan.steps[0], now);
        journal.step_ends(&plan.steps[0], now);
        journal.end(Outcome::Interrupted, now);
        assert!(journal.is_continued_by(&plan));
        let mut left = plan.clone();
        left.steps.remove(0);
        journal.resume(&left, Session::begin("bob", "laptop", now));
        assert_eq!(journal.steps.len(), plan.steps.len());
        assert_eq!((journal.steps[0].progress, journal.steps[1].progress), (Progress::Done, Progress::Pending));
        assert_eq!(journal.outcome(), None, "somebody works on it again");
        journal.end(Outcome::Done, now);
        assert!(journal.is_done() && !journal.is_continued_by(&plan));
    }

    #[test]
    fn a_run_on_a_longer_way_knows_its_end() {
        let mut journal = sample::journal();
        assert_eq!(journal.goal(), &journal.plan.target);
        let mut end = journal.plan.target.clone();
        end.version = "3.0.0".parse().unwrap();
        journal.wanted = Some(end.clone());
        let text = serde_json::to_string(&journal).unwrap();
        assert_eq!(serde_json::from_str::<super::Journal>(&text).unwrap().goal(), &end);
        assert!(journal.is_continued_by(&journal.plan), "each run of it is one of its own");
    }

    #[test]
    fn another_target_is_another_run() {
        let journal = sample::journal();
        let mut other = journal.plan.clone();
        other.target.image = "milvusdb/milvus:v2.6.7".parse().unwrap();
        assert!(!journal.is_continued_by(&other));
        let mut again = journal.plan.clone();
        again.fingerprint.uid = "another".into();
        assert!(!journal.is_continued_by(&again), "an instance of the same name that was made anew");
    }
}
