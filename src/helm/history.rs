//! The revisions of a release: which one counts, who holds its lock, which go, which come next, by Helm's own rules.

use jiff::{SignedDuration, Timestamp};

use super::{
    error::{Error, Result},
    record::{Head, Record, Status},
};

/// The revisions of one release, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    heads: Vec<Head>,
}

/// An operation that is under way, or was given up: nobody else may upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The revision that is pending.
    pub version: i64,
    /// What it is pending for.
    pub status: Status,
    /// How long it has been so; `None` where the record does not say when it was made.
    pub age: Option<SignedDuration>,
}

impl History {
    /// Takes the revisions of one release, in any order.
    pub fn new(mut heads: Vec<Head>) -> Self {
        heads.sort_by_key(|head| head.version);
        Self { heads }
    }

    /// The revisions, the oldest first.
    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// The last revision, whatever became of it.
    pub fn last(&self) -> Option<&Head> {
        self.heads.last()
    }

    /// The revision that is deployed. After an accident several are; then the last of them counts.
    pub fn deployed(&self) -> Option<&Head> {
        self.heads.iter().rev().find(|head| head.status == Status::Deployed)
    }

    /// The number of the next revision.
    pub fn next(&self) -> i64 {
        self.last().map_or(1, |last| last.version + 1)
    }

    /// The revision whose values and objects an upgrade starts from. The record of the last revision decides, not its
    /// label.
    ///
    /// # Errors
    ///
    /// In Helm's words, where the last revision is pending, and where there is none to start from.
    pub fn base(&self, last: &Record) -> Result<i64> {
        match &last.info.status {
            status if status.is_pending() => {
                Err(Error::new("another operation (install/upgrade/rollback) is in progress"))
            }
            Status::Deployed => Ok(last.version),
            status => match self.deployed() {
                Some(deployed) => Ok(deployed.version),
                None if matches!(status, Status::Failed | Status::Superseded) => Ok(last.version),
                None => Err(Error::new(format!("{:?} has no deployed releases", last.name))),
            },
        }
    }

    /// The revision that a rollback brings back: the one that is wanted, else the one before the last.
    ///
    /// # Errors
    ///
    /// Where there is no such revision (any more), with those that there are.
    pub fn rollback_target(&self, wanted: Option<i64>) -> Result<i64> {
        let Some(last) = self.last() else { return Err(Error::new("the release has no revision")) };
        let version = wanted.unwrap_or(last.version - 1);
        if self.heads.iter().any(|head| head.version == version) {
            return Ok(version);
        }
        let known: Vec<_> = self.heads.iter().map(|head| head.version.to_string()).collect();
        Err(Error::new(format!("release has no {version} version; it has {}", known.join(", "))))
    }

    /// The last revision before `version` that once was deployed wholly: what a failed upgrade goes back to.
    pub fn last_successful(&self, version: i64) -> Option<&Head> {
        let was_deployed = |head: &&Head| matches!(head.status, Status::Deployed | Status::Superseded);
        self.heads.iter().rev().filter(|head| head.version < version).find(was_deployed)
    }

    /// The revisions that Helm deletes before it writes another one, the oldest first, so that `maximum` are left with
    /// it; 0 is no limit. The one that is deployed is never among them.
    pub fn to_prune(&self, maximum: usize) -> Vec<i64> {
        let Some(room) = maximum.checked_sub(1) else { return vec![] };
        let deployed = self.deployed().map(|head| head.version);
        let versions = self.heads.iter().map(|head| head.version).filter(|version| Some(*version) != deployed);
        versions.take(self.heads.len().saturating_sub(room)).collect()
    }
}

impl Lock {
    /// The lock that the last revision is, if it is one.
    pub fn of(last: &Record, now: Timestamp) -> Option<Self> {
        let since = last.info.last_deployed.as_ref();
        last.info.status.is_pending().then(|| Self {
            version: last.version,
            status: last.info.status.clone(),
            age: since.map(|since| now.duration_since(since.timestamp())),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::{History, Lock};
    use crate::helm::record::{Head, Record, Status};

    fn history(statuses: &[(i64, &str)]) -> History {
        let head = |(version, status): &(i64, &str)| Head {
            name: "one".to_owned(),
            namespace: "n".to_owned(),
            version: *version,
            status: Status::read(status),
            written_at: None,
            created_at: None,
        };
        History::new(statuses.iter().map(head).collect())
    }

    fn record(version: i64, status: &str) -> Record {
        let info = json!({"status": status, "last_deployed": "2026-01-01T00:00:00Z"});
        Record::from_json(json!({"name": "one", "version": version, "info": info})).unwrap()
    }

    #[test]
    fn an_upgrade_starts_from_what_is_deployed() {
        for (statuses, expected) in [
            (&[(1, "superseded"), (2, "deployed")][..], Ok(2)),
            (&[(1, "deployed"), (2, "failed")], Ok(1)),
            (&[(1, "deployed"), (2, "deployed"), (3, "failed")], Ok(2)),
            (&[(1, "superseded"), (2, "failed")], Ok(2)),
            (&[(1, "superseded"), (2, "superseded")], Ok(2)),
            (&[(1, "deployed"), (2, "uninstalled")], Ok(1)),
            (&[(2, "uninstalled")], Err(r#""one" has no deployed releases"#)),
            (&[(1, "unknown")], Err(r#""one" has no deployed releases"#)),
            (
                &[(1, "deployed"), (2, "pending-upgrade")],
                Err("another operation (install/upgrade/rollback) is in progress"),
            ),
        ] {
            let (version, status) = *statuses.last().unwrap();
            let base = history(statuses).base(&record(version, status));
            assert_eq!(base.as_ref().map_err(super::Error::text).copied(), expected, "{statuses:?}");
        }
    }

    #[test]
    fn the_oldest_revisions_go_but_never_the_deployed_one() {
        let statuses = [(4, "superseded"), (2, "deployed"), (3, "failed"), (6, "failed"), (5, "superseded")];
        for (maximum, expected) in
            [(0, &[][..]), (10, &[]), (6, &[]), (5, &[3]), (4, &[3, 4]), (2, &[3, 4, 5, 6]), (1, &[3, 4, 5, 6])]
        {
            assert_eq!(history(&statuses).to_prune(maximum), expected, "{maximum}");
        }
        assert_eq!(history(&[(1, "failed"), (2, "failed")]).to_prune(1), [1, 2]);
        assert_eq!(history(&statuses).next(), 7);
        assert_eq!(history(&[]).next(), 1);
    }

    #[test]
    fn a_rollback_goes_one_back_or_to_what_is_wanted() {
        let history = history(&[(2, "superseded"), (3, "failed"), (4, "failed")]);
        assert_eq!(history.rollback_target(None).unwrap(), 3);
        assert_eq!(history.rollback_target(Some(2)).unwrap(), 2);
        let error = history.rollback_target(Some(1)).unwrap_err();
        assert_eq!(error.text(), "release has no 1 version; it has 2, 3, 4");
        assert_eq!(history.last_successful(4).map(|head| head.version), Some(2));
        assert_eq!(history.last_successful(2), None);
    }

    #[test]
    fn a_pending_revision_is_a_lock_with_an_age() {
        let now = "2026-01-01T00:10:00Z".parse().unwrap();
        let lock = Lock::of(&record(3, "pending-rollback"), now).unwrap();
        assert_eq!((lock.version, lock.age), (3, Some(SignedDuration::from_mins(10))));
        assert_eq!(Lock::of(&record(3, "failed"), now), None);
    }
}
