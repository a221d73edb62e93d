//! The runs of an instance, joined with the revisions of its release.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Accepted, Entry, Journal, Operation};
use crate::rollout::Interruption;

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// When it began.
    pub begun: Option<Timestamp>,
    /// When it ended, where it has.
    pub ended: Option<Timestamp>,
    /// Who began it; `None` where nobody wrote that down.
    pub user: Option<String>,
    /// From which machine.
    pub host: Option<String>,
    /// Who else worked on it, as `user@host`.
    pub others: Vec<String>,
    /// The version before.
    pub from: Option<String>,
    /// The version gone to.
    pub to: Option<String>,
    /// How it ended: `done`, `interrupted`, …; `running`; `died` where nobody works on it and no end was written.
    pub state: String,
    /// Why, where there is a reason to tell.
    pub reason: Option<String>,
    /// The backup that was named.
    pub backup: Option<String>,
    /// Findings that were accepted, and why.
    pub accepted: Vec<Accepted>,
    /// What was done.
    #[serde(flatten)]
    pub deed: Deed,
    /// What clients felt of it, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interruption: Option<Interruption>,
    /// Revisions of the release that it made.
    pub revisions: Vec<Revision>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "deed")]
pub enum Deed {
    /// A run of this program.
    Run {
        /// Its id.
        id: String,
        /// What it did.
        operation: Operation,
        /// Its steps.
        steps: Vec<Entry>,
    },
    /// Somebody else's revision of the release.
    Revision,
}

/// A revision of a release, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// Its number.
    pub revision: i64,
    /// Helm's word for what became of it.
    pub status: String,
    /// When its record was made.
    pub made: Option<Timestamp>,
}

/// The runs and revisions, the oldest first. `live` is the name of the Secret of the run that somebody works on.
pub fn history(journals: &[Journal], revisions: &[Revision], live: Option<&str>) -> Vec<Row> {
    let mut rows: Vec<Row> = journals.iter().map(|journal| run(journal, revisions, live)).collect();
    let is_known = |revision: &Revision| {
        rows.iter().any(|row| row.revisions.iter().any(|known| known.revision == revision.revision))
    };
    let others: Vec<Row> = revisions.iter().filter(|revision| !is_known(revision)).map(foreign).collect();
    rows.extend(others);
    rows.sort_by_key(|row| (row.begun, row.revisions.first().map(|revision| revision.revision)));
    rows
}

fn run(journal: &Journal, revisions: &[Revision], live: Option<&str>) -> Row {
    let first = journal.sessions.first();
    let name = |session: &super::Session| format!("{}@{}", session.user, session.host);
    let mut others: Vec<String> = journal.sessions.iter().skip(1).map(name).collect();
    others.retain(|other| Some(other) != first.map(name).as_ref());
    others.dedup();
    let made = |revision: &&Revision| journal.writes.iter().any(|write| write.made() == Some(revision.revision));
    let outcome = journal.outcome();
    let state = match outcome {
        Some(outcome) => outcome.word(),
        None if live == Some(&journal.key()) => "running",
        None => "died",
    };
    Row {
        begun: journal.begun(),
        ended: journal.ended(),
        user: first.map(|session| session.user.clone()),
        host: first.map(|session| session.host.clone()),
        others,
        from: journal.from.clone(),
        to: Some(journal.to.clone()),
        state: state.to_owned(),
        reason: outcome.and_then(super::Outcome::reason).map(str::to_owned),
        backup: journal.backup.clone(),
        accepted: journal.accepted.clone(),
        deed: Deed::Run { id: journal.id.clone(), operation: journal.operation, steps: journal.steps.clone() },
        interruption: journal.interruption.clone(),
        revisions: revisions.iter().filter(made).cloned().collect(),
    }
}

fn foreign(revision: &Revision) -> Row {
    Row {
        begun: revision.made,
        ended: None,
        user: None,
        host: None,
        others: vec![],
        from: None,
        to: None,
        state: revision.status.clone(),
        reason: None,
        backup: None,
        accepted: vec![],
        deed: Deed::Revision,
        interruption: None,
        revisions: vec![revision.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::{Deed, Revision, history};
    use crate::journal::{Outcome, Session, Write, sample};

    #[test]
    fn a_run_owns_the_revisions_that_it_made_and_others_stand_alone() {
        let (mut journal, now) = (sample::journal(), sample::moment());
        journal.wrote(Write::revision(&journal.plan.steps[0].clone(), 3, now));
        let revision = |number: i64| Revision {
            revision: number,
            status: "superseded".into(),
            made: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        };
        let rows = history(&[journal.clone()], &[revision(2), revision(3)], None);
        assert_eq!(rows.len(), 2);
        assert_eq!((&rows[0].deed, rows[0].revisions[0].revision), (&Deed::Revision, 2));
        assert_eq!((rows[1].state.as_str(), rows[1].revisions[0].revision), ("died", 3));
        assert_eq!(history(&[journal.clone()], &[], Some(&journal.key()))[0].state, "running");
        journal.end(Outcome::Interrupted, now);
        journal.sessions.push(Session::begin("bob", "laptop", now));
        journal.end(Outcome::Done, now);
        let row = &history(&[journal], &[], None)[0];
        assert_eq!((row.user.as_deref(), row.others.join(",").as_str()), (Some("ana"), "bob@laptop"));
        assert_eq!(row.state, "done");
    }

    #[test]
    fn nothing_secret_is_in_a_history() {
        let rows = history(&[sample::journal()], &[], None);
        assert!(!serde_json::to_string(&rows).unwrap().contains(sample::PASSWORD));
    }
}
