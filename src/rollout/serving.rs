//! Whether Milvus serves as it did before, from two looks at it.
//!
//! A query that is answered is the only proof. Health and load state are not: a 2.3.5 that took over the data of a 2.2.16
//! was healthy and called its collection loaded for half a minute in which every query failed.

use serde::{Deserialize, Serialize};

use crate::{
    knowledge::Knowledge,
    snapshot::{Collection, Golden, Load, Part, Reply, Serving},
};

/// What two looks say together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Verdict {
    /// Every collection that is loaded answers, and nothing is less than it was.
    Serving {
        /// How many collections there are.
        collections: usize,
        /// How many of them are loaded, and answered.
        answered: usize,
        /// Whether there was an earlier look to compare with.
        compared: bool,
        /// What could not be looked at, or was so before too, a line each.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
    },
    /// Something does not answer, or is less than it was, and may come.
    NotYet {
        /// How many collections there should be.
        collections: usize,
        /// What, the worst first.
        reasons: Vec<Reason>,
    },
    /// Something is gone that does not come back by waiting.
    Lost {
        /// How many collections there should be.
        collections: usize,
        /// What, the worst first.
        reasons: Vec<Reason>,
    },
    /// There was no way to ask.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Everything is gone, and every minute may make it worse.
    Disaster,
    /// A collection is gone.
    Loss,
    /// A collection does not answer.
    Outage,
    /// Something is less than it was, and it answers all the same.
    Shrunk,
}

/// Why it does not serve as it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// How bad it is.
    pub severity: Severity,
    /// The collection; empty where it is about all of them.
    pub collection: String,
    /// What is wrong, with the server's own words.
    pub text: String,
    /// What is known of those words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
}

/// What is known of the words of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// The code, which `explain` takes.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// What mends it.
    pub cure: String,
    /// Where to read more.
    pub link: String,
}

impl Reason {
    fn new(severity: Severity, collection: String, text: impl Into<String>) -> Self {
        Self { severity, collection, text: text.into(), known: None }
    }
}

impl Verdict {
    /// Whether waiting can change it.
    pub fn may_come(&self) -> bool {
        matches!(self, Self::NotYet { .. })
    }

    /// Why it does not serve; none where it does, or nobody knows.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::NotYet { reasons, .. } | Self::Lost { reasons, .. } => reasons,
            Self::Serving { .. } | Self::Unknown { .. } => &[],
        }
    }

    /// Whether everything is gone.
    pub fn is_disaster(&self) -> bool {
        self.reasons().iter().any(|reason| reason.severity == Severity::Disaster)
    }

    /// The same, with what is known of the words of the server.
    #[must_use]
    pub fn explained(mut self, knowledge: &Knowledge) -> Self {
        if let Self::NotYet { reasons, .. } | Self::Lost { reasons, .. } = &mut self {
            for reason in reasons {
                reason.known = knowledge.meaning_of(&reason.text).map(|row| Known {
                    code: row.code.clone(),
                    title: row.title.clone(),
                    cure: row.cure.clone(),
                    link: row.link.clone(),
                });
            }
        }
        self
    }
}

/// What `now` says, held against `before`, the look before the first write. What a second user sees counts as much.
pub fn judge(before: &Part<Serving>, now: &Part<Serving>) -> Verdict {
    let second = |look: &Part<Serving>| look.known().and_then(|serving| serving.second.clone());
    let verdict = judged_alone(before, now);
    match second(now) {
        None => verdict,
        Some(now) => {
            let unasked = || Part::Unknown("it was not asked before".to_owned());
            let before = second(before).map_or_else(unasked, |before| before.seen);
            verdict.joined(&judged_alone(&before, &now.seen), &now.secret)
        }
    }
}

fn judged_alone(before: &Part<Serving>, now: &Part<Serving>) -> Verdict {
    match (before.known(), now) {
        (None, Part::Unknown(reason)) => Verdict::Unknown { reason: reason.clone() },
        (Some(before), Part::Unknown(reason)) => Verdict::NotYet {
            collections: before.collections.len(),
            reasons: vec![Reason::new(
                Severity::Outage,
                String::new(),
                format!("it answered before, and cannot be asked now: {reason}"),
            )],
        },
        (before, Part::Known(now)) => judged(before, now),
    }
}

fn judged(before: Option<&Serving>, now: &Serving) -> Verdict {
    let former = before.map_or(&[][..], |before| before.collections.as_slice());
    if now.collections.is_empty() && !former.is_empty() {
        let all = former.len();
        let text =
            if all == 1 { "the only collection is gone".into() } else { format!("all {all} collections are gone") };
        return Verdict::Lost { collections: all, reasons: vec![Reason::new(Severity::Disaster, String::new(), text)] };
    }
    let (mut reasons, mut notes) = (vec![], vec![]);
    let gone = former.iter().filter(|collection| now.collection(&collection.name).is_none());
    reasons.extend(gone.map(|collection| Reason::new(Severity::Loss, collection.name.to_string(), "it is gone")));
    for collection in &now.collections {
        let former = before.and_then(|before| before.collection(&collection.name));
        compare(former, collection, &mut reasons, &mut notes);
    }
    for answer in &now.golden {
        let former = before.and_then(|before| before.golden.iter().find(|former| former.query == answer.query));
        compare_golden(former, answer, &mut reasons, &mut notes);
    }
    reasons.sort_by_key(|reason| reason.severity);
    let collections = now.collections.len().max(former.len());
    let is_lost = reasons.iter().any(|reason| reason.severity <= Severity::Loss);
    match (reasons.is_empty(), is_lost) {
        (true, _) => {
            notes.extend(now.databases.as_result().err().map(|reason| format!("databases: {reason}")));
            let answered = |collection: &&Collection| matches!(collection.query, Reply::Answered { .. });
            let answered = now.collections.iter().filter(answered).count();
            Verdict::Serving { collections, answered, compared: before.is_some(), notes }
        }
        (false, true) => Verdict::Lost { collections, reasons },
        (false, false) => Verdict::NotYet { collections, reasons },
    }
}

fn compare(before: Option<&Collection>, now: &Collection, reasons: &mut Vec<Reason>, notes: &mut Vec<String>) {
    let name = &now.name;
    let mut because = |severity: Severity, text: String| reasons.push(Reason::new(severity, name.to_string(), text));
    let was_loaded = before.is_some_and(Collection::is_loaded);
    let had_failed = before.is_some_and(|before| matches!(before.query, Reply::Failed { .. }));
    match (&now.load, &now.query) {
        // What did not answer before is none of the run's doing, and still worth a word.
        (_, Reply::Failed { words }) if had_failed => {
            notes.push(format!("{name} did not answer before either: {words}"));
        }
        (_, Reply::Failed { words }) => {
            because(Severity::Outage, format!("a query is not answered; the server says \"{words}\""));
        }
        (Part::Known(Load::Loading { progress }), _) if was_loaded || before.is_none() => {
            let far = progress.map_or(String::new(), |progress| format!(" ({progress} %)"));
            let past = if was_loaded { "it was loaded before, and is loading" } else { "it is loading" };
            because(Severity::Outage, format!("{past}{far}"));
        }
        (Part::Known(Load::NotLoaded), _) if was_loaded => {
            because(Severity::Outage, "it was loaded before, and is not now".to_owned());
        }
        (Part::Unknown(reason), _) => because(Severity::Outage, format!("its load state cannot be seen: {reason}")),
        (Part::Known(_), _) => {}
    }
    let Some(before) = before else { return };
    // The two measures, counted and estimated, are not held against each other.
    if let (Some(old), Some(new), true) = (before.rows.known(), now.rows.known(), was_loaded == now.is_loaded())
        && new < old
    {
        let caveat = "which deletions by an application look like too";
        because(Severity::Shrunk, format!("it had {old} rows and has {new}, {caveat}"));
    }
    if let (Some(old), Some(new)) = (before.indexes.known(), now.indexes.known()) {
        let gone: Vec<&str> = old.iter().filter(|index| !new.contains(index)).map(String::as_str).collect();
        if !gone.is_empty() {
            because(Severity::Shrunk, format!("its index is gone: {}", gone.join(", ")));
        }
    }
}

fn compare_golden(before: Option<&Golden>, now: &Golden, reasons: &mut Vec<Reason>, notes: &mut Vec<String>) {
    let Golden { query, expected, least, found, .. } = now;
    let before = before.map(|before| &before.found);
    let mut because = |severity, text: String| reasons.push(Reason::new(severity, String::new(), text));
    match (found, before) {
        (Part::Known(found), _) if found >= least => {}
        (Part::Known(found), Some(Part::Known(former))) if found >= former => {
            notes.push(format!("{query} found {former} of {expected} expected rows before too"));
        }
        (Part::Known(found), _) => {
            let enough = if least == expected { String::new() } else { format!(", and {least} would be enough") };
            because(Severity::Shrunk, format!("{query} finds {found} of {expected} expected rows{enough}"));
        }
        (Part::Unknown(words), Some(Part::Unknown(_))) => {
            notes.push(format!("{query} was not answered before either: {words}"));
        }
        (Part::Unknown(words), _) => {
            because(Severity::Outage, format!("{query} is not answered; the server says \"{words}\""));
        }
    }
}
