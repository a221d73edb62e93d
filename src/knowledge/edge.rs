use serde::Deserialize;

use super::Knowledge;
use crate::milvus::{Line, MilvusVersion};

/// What is known of a step from one line into another by another image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeRow {
    /// The line that is left.
    pub from: Line,
    /// The line that is entered.
    pub into: Line,
    /// What is known.
    pub standing: EdgeStanding,
    /// Why, where it is not documented.
    pub reason: Option<String>,
    /// Where this is written.
    pub source: String,
}

/// What is known of a step between lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeStanding {
    /// Its makers describe it.
    Documented,
    /// Nothing forbids it, and nobody says that it was tried.
    Untried,
    /// It is known to break.
    Denied,
}

/// A step between two versions, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edge<'a> {
    /// Another image does it.
    Image {
        /// Why it is not wholly safe, where it is not.
        doubts: Vec<Doubt<'a>>,
    },
    /// The metadata is rewritten while Milvus stands still.
    Migration {
        /// What has to be done.
        what: &'a str,
    },
    /// It cannot be taken.
    Denied {
        /// Why.
        reason: String,
    },
}

/// What speaks against a step that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt<'a> {
    /// Nobody says that it was tried.
    Untried(String),
    /// The line should be left from a later release.
    LeavesEarly(&'a MilvusVersion),
    /// The makers tried it from a later release.
    BelowValidated(&'a MilvusVersion),
    /// People got into trouble on it.
    Trouble(&'a str),
}

impl Knowledge {
    /// What is known of the step from `from` to `to`.
    pub fn edge(&self, from: &MilvusVersion, to: &MilvusVersion) -> Edge<'_> {
        match self.denial(from, to) {
            Some(reason) => Edge::Denied { reason },
            None => match self.migration(from, to) {
                Some(migration) => Edge::Migration { what: &migration.what },
                None => Edge::Image { doubts: self.doubts(from, to) },
            },
        }
    }

    /// Why the step cannot be taken, if it cannot.
    fn denial(&self, from: &MilvusVersion, to: &MilvusVersion) -> Option<String> {
        if to < from {
            return Some(format!("{to} is older than {from}"));
        }
        let incompatible = |version: &MilvusVersion| self.release(version).filter(|release| release.is_incompatible());
        if let Some(release) = [from, to].into_iter().find_map(incompatible) {
            let reason = release.reason.as_deref().unwrap_or("nothing leads to it or from it");
            return Some(format!("{}: {reason}", release.version));
        }
        if let Some(migration) = self.migration(from, to)
            && (from.line(), to.line()) != (migration.from, migration.into)
        {
            return Some(format!("the migration of metadata leads from {} to {} only", migration.from, migration.into));
        }
        if let Some(barrier) = self.barrier(from, to) {
            let least = barrier.minimum_source.as_ref().map(ToString::to_string).unwrap_or_default();
            return Some(format!("{} takes over from {least} or newer", barrier.line));
        }
        let row = self.edge_row(from.line(), to.line()).filter(|row| row.standing == EdgeStanding::Denied)?;
        Some(row.reason.clone().unwrap_or_else(|| format!("{} does not take over from {}", row.into, row.from)))
    }

    fn edge_row(&self, from: Line, into: Line) -> Option<&EdgeRow> {
        self.tables.edge.iter().find(|row| row.from == from && row.into == into)
    }

    fn doubts(&self, from: &MilvusVersion, to: &MilvusVersion) -> Vec<Doubt<'_>> {
        if from.line() == to.line() {
            return vec![];
        }
        let entered: Vec<_> = self.entered(from, to).collect();
        let row = self.edge_row(from.line(), to.line());
        let untried = match row {
            Some(row) if row.standing == EdgeStanding::Untried => row.reason.clone(),
            None if self.line_rules(to.line()).is_none() => Some(format!("nothing is known of {}", to.line())),
            None if entered.len() > 1 => Some(format!("nobody says that {} was jumped over", entered[0].line)),
            Some(_) | None => None,
        };
        let leaves = self.line_rules(from.line()).and_then(|rules| rules.leave_from.as_ref());
        let leaves = leaves.filter(|leaves| from.numbers() < leaves.numbers());
        let validated = entered.iter().find_map(|rules| rules.validated_source.as_ref());
        let validated = validated.filter(|validated| from.numbers() < validated.numbers());
        untried
            .map(Doubt::Untried)
            .into_iter()
            .chain(leaves.map(Doubt::LeavesEarly))
            .chain(validated.map(Doubt::BelowValidated))
            .chain(self.troubles(from, to).map(|trouble| Doubt::Trouble(&trouble.reason)))
            .collect()
    }
}
