//! What was written down of an instance before, who works on it, and what is written down of this run.

use std::time::Duration;

use jiff::Timestamp;

use super::{look::Look, target::Subject as Named};
use crate::{
    check::{Acceptance, Code},
    cluster::{Cluster, Written},
    execute::{Keeping, LEASE_LENGTH, Logbook, Recording, occupied},
    failure::Failure,
    journal::{Accepted, Before, Head, Journal, Lease, Operation, Outcome, Session, Standing, Subject, Way},
    output::Printer,
    plan::{Fingerprint, Plan},
    rollout::{Drain, Verdict},
    snapshot::{Part, Resource, Serving, Snapshot},
};

/// The codes of what a run does without, once they are accepted.
const WITHOUT_JOURNAL: Code = Code::new(1101);
const WITHOUT_LEASE: Code = Code::new(1102);

/// What is known of the runs of an instance, and the one under way.
pub(super) struct Record {
    subject: Subject,
    length: Duration,
    heads: Vec<Head>,
    /// A Lease that its holder left behind.
    left: Option<Lease>,
    last: Option<(Journal, Written)>,
    book: Option<Logbook>,
}

/// The instance as runs name it.
pub(super) fn subject_of(cluster: &Cluster, named: &Named) -> Subject {
    let way = if named.is_release { Way::Release } else { Way::Milvus };
    Subject::named(way, cluster.namespace(), &named.name)
}

impl Record {
    /// Looks at the Lease and the runs, and at the last of them where it did not come to its end.
    ///
    /// # Errors
    ///
    /// Where somebody works on the instance.
    pub(super) async fn look(
        cluster: &Cluster,
        named: &Named,
        length: Option<Duration>,
        printer: &Printer,
    ) -> Result<Self, Failure> {
        let subject = subject_of(cluster, named);
        let (lease, heads) = tokio::join!(cluster.lease(&subject), cluster.journal_heads(&subject));
        // What may not be looked at is for a rule to say; the Lease is taken later all the same.
        let now = Timestamp::now();
        let left = lease.ok().flatten();
        if let Some(lease) = left.as_ref().filter(|lease| lease.standing(now) == Standing::Live) {
            return Err(occupied(&subject, lease, now));
        }
        let heads = heads.unwrap_or_default();
        let unfinished = heads.last().filter(|head| !head.is_done());
        let last = match unfinished {
            Some(head) => cluster.journal(&subject, head).await.unwrap_or_else(|failure| {
                printer.warning(format!("{failure}; this will be a run of its own"));
                None
            }),
            None => None,
        };
        let length = length.unwrap_or(LEASE_LENGTH).max(Duration::from_secs(1));
        Ok(Self { subject, length, heads, left, last, book: None })
    }

    /// What Milvus answered before a run that `plan` goes on with; nothing where there is no such run, or it has not begun.
    pub(super) fn serving_before(&self, plan: &Plan) -> Option<Part<Serving>> {
        let journal = self.unfinished().filter(|journal| journal.is_continued_by(plan))?;
        let is_begun = !journal.writes.is_empty();
        let unasked = || is_begun.then(|| Part::Unknown("the run was begun without asking".to_owned()));
        journal.serving.clone().or_else(unasked)
    }

    /// Whether the run that `plan` goes on with has Milvus hold things still.
    pub(super) fn drains(&self, plan: &Plan) -> bool {
        self.unfinished().is_some_and(|journal| journal.is_continued_by(plan) && journal.drain.is_some())
    }

    /// What the last run left held, where it did not come to its end.
    pub(super) fn left_held(&self) -> Option<&Drain> {
        self.unfinished()?.drain.as_ref().filter(|drain| drain.holds())
    }

    /// Writes down what became of that. Where this fails, it is let go once more than it has to.
    pub(super) async fn note_drain(&mut self, cluster: &Cluster, drain: Drain) {
        if let Some((journal, written)) = &mut self.last {
            journal.drain = Some(drain);
            if let Ok(new) = cluster.write_journal(journal, written).await {
                *written = new;
            }
        }
    }

    /// The last run, where it did not come to its end.
    pub(super) fn unfinished(&self) -> Option<&Journal> {
        self.last.as_ref().map(|(journal, _)| journal)
    }

    /// The last run; a failure where there is none, or it is done.
    pub(super) fn to_resume(&self) -> Result<&Journal, Failure> {
        self.unfinished().ok_or_else(|| {
            let reference = self.subject.reference();
            let problem = match self.heads.last() {
                Some(head) => format!("nothing to go on with: the last run on {reference}, {}, is done", head.id()),
                None => format!("nothing to go on with: no run on {reference} is written down"),
            };
            Failure::failed(problem)
                .hint(format!("see what there is:  kubectl milvus history {reference} -n {}", self.subject.namespace))
        })
    }

    /// Takes the Lease and writes the run down, or goes on with the one that `plan` belongs to. After another look at the
    /// same run it takes the new plan over.
    pub(super) async fn open(
        &mut self,
        cluster: &Cluster,
        plan: &Plan,
        look: &Look,
        accepted: &[Acceptance],
        Kept { given, serving }: Kept,
    ) -> Result<Opened, Failure> {
        let snapshot = &look.snapshot;
        let is_same = |journal: &&Journal| journal.is_continued_by(plan) && journal.given == given;
        let resumed = self.unfinished().filter(is_same);
        // What died before it wrote anything to the instance begins anew, in the same Secret.
        let is_begun = |journal: &Journal| {
            let first = journal.plan.steps.first();
            !journal.writes.is_empty() || first.is_some_and(|step| step.is_written(snapshot))
        };
        let (is_resumed, is_begun) = (resumed.is_some(), resumed.is_some_and(is_begun));
        let before = async { if is_begun { Ok(None) } else { before(cluster, snapshot).await.map(Some) } };
        let user = async { if self.book.is_some() { None } else { cluster.user().await } };
        let (before, user) = tokio::join!(before, user);
        let before = before?;
        if before.as_ref().is_some_and(|before| has_moved(before, &snapshot.milvus)) {
            return Ok(Opened::Moved);
        }
        if let (Some(book), Some(before)) = (&mut self.book, before.clone()) {
            book.replace(plan, before).await?;
            return Ok(Opened::Ready);
        }
        if self.book.is_some() {
            return Ok(Opened::Ready);
        }
        if !is_resumed {
            self.settle_former(cluster, snapshot).await;
        }
        let (now, user, host) = (Timestamp::now(), user.unwrap_or_else(system_user), host());
        let identity = format!("{user}@{host}/{:x}-{:x}", now.as_nanosecond(), std::process::id());
        let session = Session::begin(user, host, now);
        let (mut journal, written) = match (before, self.last.take().filter(|_| is_resumed)) {
            (before, Some((mut journal, written))) => {
                if let Some(before) = before {
                    journal.replace(plan, before);
                }
                journal.resume(plan, session);
                (journal, Some(written))
            }
            (Some(before), None) => (Journal::begin(Operation::of(plan.target.direction), plan, before, session), None),
            (None, None) => return Err(Failure::failed("a run without a beginning")),
        };
        journal.given = given;
        journal.wanted = look.wanted.clone().filter(|_| look.goes_on());
        journal.serving = journal.serving.or(serving);
        let findings = look.report.findings.iter();
        let new: Vec<Accepted> = findings
            .filter_map(|finding| Accepted::of(finding, Acceptance::reason(accepted, finding.code)))
            .filter(|new| journal.accepted.iter().all(|known| known.code != new.code))
            .collect();
        journal.accepted.extend(new);
        // Where nobody could tell, it is tried.
        let unrecordable = snapshot.unrecordable.known().map(Vec::as_slice).unwrap_or_default();
        let keeping = |resource: &str, code: Code| match plan.target.accepted.contains(&code) {
            _ if unrecordable.iter().any(|name| name == resource) => Keeping::Not,
            true => Keeping::Wanted,
            false => Keeping::Needed,
        };
        let recording = Recording {
            identity,
            length: self.length,
            journal: keeping("secrets", WITHOUT_JOURNAL),
            lease: keeping("leases", WITHOUT_LEASE),
            heads: std::mem::take(&mut self.heads),
        };
        let mut book = Logbook::open(cluster, journal, written, recording).await?;
        book.tell_begin(&snapshot.milvus).await;
        self.book = Some(book);
        Ok(Opened::Ready)
    }

    /// Who left the Lease behind that is taken over, where somebody did.
    pub(super) fn left_by(&self) -> Option<String> {
        let left = self.left.as_ref().filter(|_| self.book.is_none())?;
        let silence = left.silence(Timestamp::now()).as_secs();
        Some(format!("{} has shown no sign of life for {silence} s; taking over", left.holder.who()))
    }

    /// Nothing is left to do: writes down what a run that died did not come to, and takes its Lease away.
    pub(super) async fn settle(&mut self, cluster: &Cluster, plan: &Plan, served: Option<&Verdict>, printer: &Printer) {
        if let Some(left) = self.left.take()
            && let Err(refusal) = cluster.clear_lease(&self.subject, &left).await
        {
            printer.warning(format!("lease/{} is left: {refusal}", self.subject.lease()));
        }
        if let Some((journal, written)) = self.last.as_mut().filter(|(journal, _)| journal.is_continued_by(plan)) {
            journal.finish(Timestamp::now());
            journal.served = served.cloned().or(journal.served.take());
            if let Err(refusal) = cluster.write_journal(journal, written).await {
                printer.warning(format!("the end of the run is not in secret/{}: {refusal}", journal.key()));
            }
        }
    }

    /// The last run died when everything was there that it wanted, and another one begins from that: writes its end down.
    /// Nothing depends on that. One that was seen not to serve did not die.
    async fn settle_former(&mut self, cluster: &Cluster, snapshot: &Snapshot) {
        let Some((mut journal, written)) = self.last.take() else { return };
        let wanted = Some(&journal.plan.target.image);
        let is_told = matches!(journal.outcome(), Some(Outcome::NotServing { .. }));
        // Where the image was to stay it tells nothing.
        if !is_told && snapshot.milvus.current_image().as_ref() == wanted && journal.plan.from.as_ref() != wanted {
            journal.finish(Timestamp::now());
            let _ = cluster.write_journal(&journal, &written).await;
        }
    }

    /// Leaves the run under way as it is, without another request. Says what keeps others out for a while.
    pub(super) fn abandon(&mut self) -> String {
        self.book = None;
        format!("lease/{}", self.subject.lease())
    }

    /// The record of the run under way.
    pub(super) fn book(&mut self) -> Option<&mut Logbook> {
        self.book.as_mut()
    }

    /// Writes the end of the run under way down.
    pub(super) async fn close(&mut self, milvus: &Resource, outcome: Outcome, printer: &Printer) {
        if let Some(book) = self.book.take()
            && let Some(trouble) = book.close(milvus, outcome).await
        {
            printer.warning(trouble);
        }
    }
}

/// What a run keeps beside its plan.
pub(super) struct Kept {
    /// Values that the user gives to a chart.
    pub(super) given: Option<serde_json::Value>,
    /// What Milvus answered before the first write.
    pub(super) serving: Option<Part<Serving>>,
}

/// Whether a run may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// It may.
    Ready,
    /// The resource is no longer the one that the plan was made for.
    Moved,
}

async fn before(cluster: &Cluster, snapshot: &Snapshot) -> Result<Before, Failure> {
    match &snapshot.release {
        Some(release) => Ok(Before::Release {
            revision: release.revision,
            chart: release.chart.clone(),
            status: release.status.clone(),
        }),
        None => cluster.before(&snapshot.milvus).await,
    }
}

fn has_moved(before: &Before, milvus: &Resource) -> bool {
    match before {
        Before::Milvus { uid, generation, .. } => *uid != milvus.uid || *generation != milvus.generation,
        Before::Release { .. } => false,
    }
}

/// The fields in which the ground of `plan` is no longer what it was, as `name: then -> now`. Once its first step is
/// written, which moves the ground by itself, it must still be the same object.
pub(super) fn moved(plan: &Plan, snapshot: &Snapshot) -> Vec<String> {
    let now = Fingerprint::of(snapshot);
    let is_begun = plan.steps.first().is_some_and(|step| step.is_written(snapshot));
    let mut fields = plan.fingerprint.moved(&now);
    // A revision that did not come to its end is the beginning of this very step, as far as can be told.
    let is_unfinished = snapshot.release.as_ref().is_some_and(|release| release.status != "deployed");
    if is_begun || is_unfinished {
        fields.retain(|(name, ..)| *name == "metadata.uid");
    }
    let name = |name: &'static str| if plan.is_release && name == "metadata.generation" { "revision" } else { name };
    fields.into_iter().map(|(field, then, now)| format!("{}: {then} -> {now}", name(field))).collect()
}

/// The name of this machine.
fn host() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

/// The user as the system knows them, for servers that do not tell.
#[expect(clippy::disallowed_methods, reason = "nobody types who they are")]
fn system_user() -> String {
    std::env::var("USER").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
