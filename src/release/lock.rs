use jiff::{SignedDuration, Timestamp};

use super::{Releases, look::OPERATOR_CHART};
use crate::{
    exit::Exit,
    failure::Failure,
    helm::{
        history::{History, Lock},
        record::{Record, Status},
    },
    journal::{Lease, Standing, Subject, Way},
};

/// What was unlocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlocked {
    /// The revision that was pending.
    pub version: i64,
    /// What it was pending for.
    pub status: Status,
    /// How long it had been so.
    pub age: SignedDuration,
}

impl Releases<'_> {
    /// Why an upgrade of a pending release is refused, and the two ways out.
    pub(super) fn refused(&self, lock: &Lock, last: &Record) -> Failure {
        let age = lock.age.map_or_else(String::new, |age| format!(" since {}", minutes(age)));
        let name = &last.name;
        let problem = format!(
            "another operation is in progress: revision {} of release `{name}` is {}{age}",
            lock.version, lock.status
        );
        let failure = Failure::new(Exit::Blocked, anyhow::anyhow!(problem));
        let reference = if last.chart.name() == OPERATOR_CHART { "operator" } else { "release" };
        let unlock = format!("kubectl milvus upgrade {reference}/{name} --unlock");
        let failure = failure.hint(if self.is_stale(lock) {
            format!("nobody seems to work on it any more: {unlock}")
        } else {
            let stale = minutes(self.stale_after());
            format!("wait until it is done; once it is {stale} old it counts as given up: {unlock}")
        });
        failure.hint(format!("or go back to the revision before: kubectl milvus release rollback {name}"))
    }

    /// Fails where somebody shows by a Lease that they work on the release: then its lock was not given up. Gives the
    /// Lease of one who has died.
    async fn refuse_while_held(&self, name: &str) -> Result<Option<Lease>, Failure> {
        let subject = Subject::named(Way::Release, &self.namespace, name);
        // Who may not look at Leases goes by the age of the lock alone.
        let lease = match self.cluster.lease(&subject).await.ok().flatten() {
            Some(lease) if lease.standing(Timestamp::now()) == Standing::Live => lease,
            left => return Ok(left),
        };
        let problem = format!("{} works on release `{name}`: its lock is not given up", lease.holder.who());
        Err(Failure::new(Exit::Blocked, anyhow::anyhow!(problem)).hint("wait until they are done, or ask them to stop"))
    }

    fn is_stale(&self, lock: &Lock) -> bool {
        lock.age.is_some_and(|age| age >= self.stale_after())
    }

    fn stale_after(&self) -> SignedDuration {
        SignedDuration::try_from(self.stale_after).unwrap_or(SignedDuration::MAX)
    }

    /// Clears the lock of an operation that was given up: its record becomes `failed`. `None` where there is no lock.
    ///
    /// # Errors
    ///
    /// Where it is too young: then somebody may be at work.
    pub async fn unlock(&self, name: &str) -> Result<Option<Unlocked>, Failure> {
        let left = self.refuse_while_held(name).await?;
        let history = History::new(self.storage.heads(name).await?);
        let Some(head) = history.last() else {
            return Err(Failure::failed(format!("no release `{name}` in namespace `{}`", self.namespace)));
        };
        let mut last = self.storage.record(name, head.version).await?;
        let now = Timestamp::now();
        let Some(lock) = Lock::of(&last, now) else { return Ok(None) };
        // Whoever held the Lease when the lock was made made it, and has died: no age has to tell that.
        let is_left = |age: &SignedDuration| {
            now.checked_sub(*age).is_ok_and(|then| left.as_ref().is_some_and(|it| it.covers(then)))
        };
        let Some(age) = lock.age.filter(|age| self.is_stale(&lock) || is_left(age)) else {
            return Err(self.refused(&lock, &last));
        };
        let description =
            format!("{} {name:?} failed: given up, and unlocked after {}", word(&lock.status), minutes(age));
        last.become_status(Status::Failed, description);
        self.storage.update(&last).await.map_err(|refusal| {
            Failure::from(refusal).context(format!("cannot clear the lock of revision {}", lock.version))
        })?;
        Ok(Some(Unlocked { version: lock.version, status: lock.status, age }))
    }
}

fn word(status: &Status) -> &'static str {
    match status {
        Status::PendingInstall => "Install",
        Status::PendingRollback => "Rollback",
        _ => "Upgrade",
    }
}

fn minutes(age: SignedDuration) -> String {
    match age.as_secs() {
        seconds @ ..120 => format!("{seconds}s"),
        seconds @ 120..7200 => format!("{}m", seconds / 60),
        seconds => format!("{}h", seconds / 3600),
    }
}
