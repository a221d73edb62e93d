//! What a run leaves behind while it goes on: its journal, its Lease, and Events.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use crate::{
    cluster::{Announcement, Cluster, Hold, Refusal, Untaken, Written},
    exit::Exit,
    failure::Failure,
    journal::{Before, Head, Journal, Lease, Outcome, Subject, Way, Write, to_prune},
    plan::{Plan, Step},
    rollout::{Drain, Interruption, Verdict},
    snapshot::{Resource, shell_word},
};

/// Seconds without a sign of life after which a run counts as given up.
pub const LEASE_LENGTH: Duration = Duration::from_secs(30);

/// How long writing a change down may keep the run waiting; what is missing then comes with the next change.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a run is recorded.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Tells this process from others of the same user.
    pub identity: String,
    /// How long its Lease lasts without a sign of life.
    pub length: Duration,
    /// Whether a journal is kept.
    pub journal: Keeping,
    /// Whether a Lease keeps others out.
    pub lease: Keeping,
    /// The runs that are there.
    pub heads: Vec<Head>,
}

/// Whether a part of the record is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// Without it nothing begins.
    Needed,
    /// The user has accepted to go on without, where it cannot be.
    Wanted,
    /// The user has accepted to go on without, and has no right to it.
    Not,
}

/// The record of a run under way.
pub struct Logbook {
    cluster: Cluster,
    journal: Journal,
    recording: Recording,
    written: Option<Written>,
    hold: Option<Hold>,
    /// Why the last change could not be written down, where it could not.
    trouble: Option<Refusal>,
}

impl Logbook {
    /// Takes the Lease and writes the journal down: before anything else of the run is written.
    ///
    /// `resumed` is what was read of a run that is gone on with.
    pub async fn open(
        cluster: &Cluster,
        journal: Journal,
        resumed: Option<Written>,
        mut recording: Recording,
    ) -> Result<Self, Failure> {
        let session = journal.sessions.last();
        let (user, host) = session.map_or(("", ""), |session| (session.user.as_str(), session.host.as_str()));
        let subject = &journal.subject;
        let holder = subject.holder(&recording.identity, (user, host), journal.operation, &journal.to, &journal.id);
        let mut hold = None;
        if recording.lease != Keeping::Not {
            match cluster.take_lease(subject, &holder, recording.length).await {
                Ok(taken) => hold = Some(taken),
                Err(Untaken::Refused(refusal)) if recording.lease == Keeping::Wanted && !refusal.may_pass() => {
                    recording.lease = Keeping::Not;
                }
                Err(untaken) => return Err(not_taken(subject, untaken)),
            }
        }
        let mut book = Self { cluster: cluster.clone(), journal, recording, written: resumed, hold, trouble: None };
        match book.write_down().await {
            Err(refusal) if book.recording.journal == Keeping::Wanted && !refusal.may_pass() => {
                book.recording.journal = Keeping::Not;
            }
            Err(refusal) => {
                book.release().await;
                let failure = Failure::from(refusal).context("cannot write the run down; nothing was changed");
                return Err(failure.hint("without a record:  --accept MV1101"));
            }
            Ok(()) => {}
        }
        Ok(book)
    }

    /// Takes away the runs that are too many, and tells everybody that this one began. Nothing depends on either.
    pub async fn tell_begin(&mut self, milvus: &Resource) {
        let surplus = to_prune(&self.recording.heads, &self.journal.key());
        let pruned = async {
            if self.keeps_journal() {
                // What could not be taken away, the next run takes away.
                let _ = self.cluster.delete_journals(&self.journal.subject.namespace, &surplus).await;
            }
        };
        let note = format!("{} began, by {}", self.title(), self.who());
        tokio::join!(pruned, self.announce(milvus, "Began", note, false));
    }

    /// The journal as it is now.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Whether the journal is kept at all.
    pub(super) fn keeps_journal(&self) -> bool {
        self.recording.journal != Keeping::Not
    }

    /// What clients felt of it; written down with the end.
    pub fn measured(&mut self, interruption: Interruption) {
        self.journal.interruption = Some(interruption);
    }

    /// What Milvus answered in the end; written down with the end.
    pub fn served(&mut self, verdict: Verdict) {
        self.journal.served = Some(verdict);
    }

    /// What Milvus is asked to hold still meanwhile, and what became of that: written down at once.
    pub async fn drains(&mut self, drain: &Drain) {
        self.journal.drain = Some(drain.clone());
        self.note().await;
    }

    /// Another plan takes the place of the one that nothing was written for yet.
    pub async fn replace(&mut self, plan: &Plan, before: Before) -> Result<(), Failure> {
        self.journal.replace(plan, before);
        self.write_down().await.map_err(|refusal| Failure::from(refusal).context("cannot write the run down"))
    }

    /// A step begins; written down with the next change.
    pub(super) fn begins(&mut self, step: &Step) {
        self.journal.step_begins(step, Timestamp::now());
    }

    /// The end of a step is reached, and written down where the write did not do so.
    pub(super) async fn ends(&mut self, step: &Step) {
        if self.journal.step_ends(step, Timestamp::now()) {
            self.note().await;
        }
    }

    /// The end of a step was found to be reached; written down with the next change.
    pub(super) fn passes(&mut self, step: &Step) {
        self.journal.step_ends(step, Timestamp::now());
    }

    /// Something was written, and that is written down; where a step ends with it, in one go.
    pub(super) async fn wrote(&mut self, step: &Step, write: Write, ends: bool) {
        self.journal.wrote(write);
        if ends {
            self.journal.step_ends(step, Timestamp::now());
        }
        self.note().await;
    }

    /// Whether nobody has taken over.
    pub(super) async fn check(&self) -> Result<(), String> {
        match &self.hold {
            Some(hold) => hold.check().await,
            None => Ok(()),
        }
    }

    /// Waits until somebody has taken over, and says who.
    pub(super) async fn lost(&self) -> String {
        match &self.hold {
            Some(hold) => hold.lost().await,
            None => std::future::pending().await,
        }
    }

    /// Writes down how it ended, lets the Lease go and tells everybody. Says what could not be written down.
    pub async fn close(mut self, milvus: &Resource, outcome: Outcome) -> Option<String> {
        let is_warning = !matches!(outcome, Outcome::Done | Outcome::Interrupted);
        let took = self.journal.begun().map_or(0, |begun| Timestamp::now().duration_since(begun).as_secs());
        let reason = outcome.reason().map_or_else(String::new, |reason| format!(": {reason}"));
        let note = format!("{} ended after {took} s, {}{reason}", self.title(), outcome.word());
        self.journal.end(outcome, Timestamp::now());
        self.note().await;
        // Nothing depends on it.
        let _ = timeout(PATIENCE, self.announce(milvus, "Ended", note, is_warning)).await;
        let key = self.journal.key();
        let trouble =
            self.trouble.take().map(|refusal| format!("the end of the run is not in secret/{key}: {refusal}"));
        let kept = self.release().await;
        trouble.or(kept)
    }

    async fn release(&mut self) -> Option<String> {
        let hold = self.hold.take()?;
        let refusal = timeout(PATIENCE, hold.let_go()).await.unwrap_or_else(|_| Err(unanswered())).err()?;
        let seconds = self.recording.length.as_secs();
        Some(format!("lease/{} was not let go, and ends in {seconds} s: {refusal}", self.journal.subject.lease()))
    }

    /// Writes the journal down; a failure is kept, and tried again with the next change.
    async fn note(&mut self) {
        let written = timeout(PATIENCE, self.write_down()).await;
        self.trouble = written.unwrap_or_else(|_| Err(unanswered())).err();
    }

    async fn write_down(&mut self) -> Result<(), Refusal> {
        if !self.keeps_journal() {
            return Ok(());
        }
        let written = match &self.written {
            Some(last) => self.cluster.write_journal(&self.journal, last).await,
            None => self.cluster.create_journal(&self.journal).await,
        };
        self.written = Some(written?);
        Ok(())
    }

    async fn announce(&self, milvus: &Resource, end: &str, note: String, is_warning: bool) {
        // A release is no object that an Event could be about.
        if self.journal.subject.way == Way::Release {
            return;
        }
        let word = self.journal.operation.word();
        let action = word[..1].to_ascii_uppercase() + &word[1..];
        let host = self.journal.sessions.last().map(|session| session.host.clone()).unwrap_or_default();
        let reason = format!("{action}{end}");
        self.cluster.announce(milvus, &Announcement { reason, action, note, is_warning, host }).await;
    }

    /// `upgrade from 2.5.22 to 2.6.6`.
    fn title(&self) -> String {
        let Journal { operation, from, to, .. } = &self.journal;
        from.as_ref().map_or_else(|| format!("{operation} to {to}"), |from| format!("{operation} from {from} to {to}"))
    }

    fn who(&self) -> String {
        self.journal.sessions.last().map(|session| format!("{}@{}", session.user, session.host)).unwrap_or_default()
    }
}

fn unanswered() -> Refusal {
    Refusal { code: 0, ..Refusal::local(format!("no answer within {} s", PATIENCE.as_secs())) }
}

fn not_taken(subject: &Subject, untaken: Untaken) -> Failure {
    match untaken {
        Untaken::Held(lease) => occupied(subject, &lease, Timestamp::now()),
        Untaken::Refused(refusal) => Failure::from(refusal)
            .context(format!("cannot take lease/{} in namespace `{}`", subject.lease(), subject.namespace))
            .hint("without keeping others out:  --accept MV1102"),
    }
}

/// Somebody works on the instance: who, where, since when, and how to follow.
pub fn occupied(subject: &Subject, lease: &Lease, now: Timestamp) -> Failure {
    let Subject { namespace, .. } = subject;
    let (reference, namespace) = (subject.reference(), shell_word(namespace));
    let holder = &lease.holder;
    let since = lease.acquired.map_or_else(String::new, |acquired| {
        let age = now.duration_since(acquired).as_secs().max(0);
        format!(" since {} ({age} s ago)", acquired.strftime("%Y-%m-%dT%H:%M:%SZ"))
    });
    let problem = format!("{} works on {reference}{since}: {} to {}", holder.who(), holder.operation, holder.to);
    let silence = lease.silence(now).as_secs().max(0);
    Failure::new(Exit::Blocked, anyhow::anyhow!(problem))
        .hint(format!("follow it:  kubectl milvus status {reference} -n {namespace} --watch"))
        .hint(format!("its findings:  kubectl milvus check {reference} -n {namespace} --to {}", holder.to))
        .hint(format!(
            "its last sign of life was {silence} s ago; after {} s without one it counts as given up, and the same command \
             goes on",
            lease.seconds
        ))
}
