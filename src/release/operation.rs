use std::{fmt, time::Duration};

use jiff::Timestamp;

use super::{Applied, Apply, Stop, Storage, prepare::Prepared};
use crate::{
    cluster::Kinds,
    helm::{
        manifest::Event,
        record::{Record, Status},
    },
};

/// What a release is taken through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// To a new revision of a chart.
    Upgrade,
    /// Back to an old revision.
    Rollback,
}

impl Course {
    /// The events before and after it.
    pub(super) fn hooks(self) -> (Event, Event) {
        match self {
            Self::Upgrade => (Event::PreUpgrade, Event::PostUpgrade),
            Self::Rollback => (Event::PreRollback, Event::PostRollback),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "Upgrade",
            Self::Rollback => "Rollback",
        }
    }
}

/// How an operation ended that did not reach its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// Somebody else holds the release; nothing was changed.
    Held(String),
    /// Nothing was changed.
    Before(String),
    /// Something was changed; the record says `failed`, and why.
    Failed(String),
    /// Something was changed, and the record could not be written: it still says `pending-…`.
    Locked {
        /// What went wrong first.
        reason: String,
        /// Why the record could not be written.
        record: String,
    },
}

/// One operation on a release.
pub(super) struct Operation<'a> {
    pub(super) storage: &'a Storage<'a>,
    pub(super) kinds: &'a Kinds,
    pub(super) apply: Apply<'a>,
    /// Where the release is.
    pub(super) namespace: String,
    /// How long one hook may take.
    pub(super) hook_timeout: Duration,
    pub(super) stop: &'a Stop,
}

impl Operation<'_> {
    /// Writes the record, runs the hooks before, goes to the new objects, runs the hooks after, and writes what became of
    /// it. The record is pending for no longer than that: whether pods become ready is waited for afterwards.
    pub(super) async fn run(mut self, prepared: &mut Prepared) -> Result<Applied, Undone> {
        self.apply.since = self.take(prepared).await?;
        match self.change(prepared).await {
            Ok(applied) => self.conclude(prepared).await.map(|()| applied),
            Err(fault) => Err(self.fail(prepared, fault).await),
        }
    }

    /// Creates the record, which is the lock, after making room for it. Says when the server took it.
    async fn take(&self, prepared: &Prepared) -> Result<Option<Timestamp>, Undone> {
        let next = &prepared.next;
        self.stop.check().map_err(Undone::Before)?;
        for version in &prepared.to_prune {
            // One that is gone already was pruned by somebody else.
            let pruned = self.storage.delete(&next.name, *version).await;
            pruned.map_err(|refusal| {
                Undone::Before(format!("cannot delete revision {version}, which is too many: {refusal}"))
            })?;
        }
        self.storage.create(next).await.map_err(|refusal| {
            let reason = format!("cannot write revision {}", next.version);
            if refusal.is_existing() {
                Undone::Held(format!("somebody else began revision {} of release `{}`", next.version, next.name))
            } else if refusal.may_pass() {
                Undone::Locked { reason, record: format!("{refusal}, and it may have been written all the same") }
            } else {
                Undone::Before(format!("{reason}: {refusal}"))
            }
        })
    }

    async fn change(&self, prepared: &mut Prepared) -> Result<Applied, Fault> {
        let (before, after) = prepared.course.hooks();
        let Prepared { next, old, new, course, .. } = prepared;
        let hooks = |reason: Reason, event: Event, at: Phase| match course {
            Course::Upgrade => {
                Fault { reason: Reason { words: format!("{event} hooks failed: {}", reason.words), ..reason }, at }
            }
            Course::Rollback => Fault { reason, at },
        };
        self.run_hooks(next, before).await.map_err(|reason| hooks(reason, before, Phase::Before))?;
        let applied = self.apply.update(old, new, self.stop).await;
        let applied = applied.map_err(|reason| Fault { reason: reason.into(), at: Phase::Objects })?;
        self.run_hooks(next, after).await.map_err(|reason| hooks(reason, after, Phase::After))?;
        Ok(applied)
    }

    /// The revisions that were deployed become superseded, then the new one deployed: a reader in between finds none that
    /// is not there.
    async fn conclude(&self, prepared: &mut Prepared) -> Result<(), Undone> {
        for record in &mut prepared.deployed {
            record.supersede();
            // Two that are deployed are a blemish that Helm lives with: it takes the last.
            self.note(record).await;
        }
        let description = match prepared.course {
            Course::Upgrade => "Upgrade complete".to_owned(),
            Course::Rollback => prepared.next.info.description.clone(),
        };
        prepared.next.become_status(Status::Deployed, description);
        let written = self.storage.update(&prepared.next).await;
        written.map_err(|refusal| Undone::Locked {
            reason: "all objects are written".to_owned(),
            record: refusal.to_string(),
        })
    }

    async fn fail(&self, prepared: &mut Prepared, Fault { reason, at }: Fault) -> Undone {
        let next = &mut prepared.next;
        let description = format!("{} {:?} failed: {}", prepared.course.word(), next.name, reason.words);
        next.become_status(Status::Failed, description);
        match (prepared.course, at) {
            (_, Phase::Before) | (Course::Upgrade, Phase::After) => {}
            // Its objects are no longer what is there.
            (Course::Rollback, _) => {
                if let Some(last) = &mut prepared.last {
                    last.supersede();
                    self.note(last).await;
                }
            }
            // Helm writes it again as it is.
            (Course::Upgrade, Phase::Objects) => {
                for record in &prepared.deployed {
                    self.note(record).await;
                }
            }
        }
        let reason = reason.to_string();
        match self.storage.update(&prepared.next).await {
            Ok(()) => Undone::Failed(reason),
            Err(refusal) => Undone::Locked { reason, record: refusal.to_string() },
        }
    }

    /// Writes a record whose loss does no harm.
    pub(super) async fn note(&self, record: &Record) {
        let _ = self.storage.update(record).await;
    }
}

/// Where an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// In the hooks before, when all objects are as they were.
    Before,
    /// Among the objects.
    Objects,
    /// In the hooks after, when all objects are written.
    After,
}

/// Why and where an operation failed.
struct Fault {
    reason: Reason,
    at: Phase,
}

/// Why an operation failed.
#[derive(Clone, Debug)]
pub(super) struct Reason {
    /// In Helm's words, for the record.
    pub(super) words: String,
    /// What Helm keeps to itself.
    pub(super) detail: Option<String>,
}

impl From<String> for Reason {
    fn from(words: String) -> Self {
        Self { words, detail: None }
    }
}

impl fmt::Display for Reason {
    /// On one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.words.split_whitespace().collect();
        formatter.write_str(&words.join(" "))?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(formatter, " ({detail})"))
    }
}
