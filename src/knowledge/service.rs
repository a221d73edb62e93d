use semver::Version;
use serde::Deserialize;

use super::Knowledge;
use crate::milvus::{Line, MilvusVersion};

/// What stands still while a roll goes on, although pods are ready.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// The line of the source.
    pub from: Line,
    /// The line of the target.
    pub into: Line,
    /// The first target that it concerns.
    pub since: MilvusVersion,
    /// What users of Milvus cannot do meanwhile.
    pub what: String,
    /// Where this is written.
    pub source: String,
}

/// A call that asks for a privilege from some release on and did without before.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privilege {
    /// The first release that is known to ask.
    pub since: MilvusVersion,
    /// Which calls, and what happens.
    pub what: String,
    /// Where this is written.
    pub source: String,
}

/// A line that milvus-backup restores into.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// The line.
    pub line: Line,
    /// Its first release that the tool works with.
    pub since: MilvusVersion,
    /// The release of the tool from which on it does.
    pub tool: Version,
    /// Where this is written.
    pub source: String,
}

impl Knowledge {
    /// What stands still on the way from one release to another.
    pub fn pauses(&self, from: &MilvusVersion, to: &MilvusVersion) -> impl Iterator<Item = &Pause> {
        let (line, to) = (from.line(), to.clone());
        let concerns =
            move |row: &&Pause| row.from == line && row.into == to.line() && row.since.numbers() <= to.numbers();
        self.tables.pause.iter().filter(concerns)
    }

    /// Calls that ask for a privilege in `to` and did not in `from`.
    pub fn privileges(&self, from: &MilvusVersion, to: &MilvusVersion) -> impl Iterator<Item = &Privilege> {
        let (from, to) = (from.numbers(), to.numbers());
        self.tables.privilege.iter().filter(move |row| from < row.since.numbers() && row.since.numbers() <= to)
    }

    /// What is known of restoring a backup into this release; `None` where the tool does not do it.
    pub fn restore(&self, version: &MilvusVersion) -> Option<&Restore> {
        let fits = |row: &&Restore| row.line == version.line() && row.since.numbers() <= version.numbers();
        self.tables.restore.iter().find(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::Knowledge;

    #[test]
    fn what_a_way_costs_depends_on_both_ends() {
        let knowledge = Knowledge::builtin();
        let version = |text: &str| text.parse().expect("a version");
        let pauses = |from, to| knowledge.pauses(&version(from), &version(to)).count();
        assert_eq!((pauses("2.5.22", "2.6.4"), pauses("2.5.22", "2.6.22"), pauses("2.6.4", "2.6.22")), (1, 2, 0));
        let privileges = |from, to| knowledge.privileges(&version(from), &version(to)).count();
        assert_eq!(
            (privileges("2.3.3", "2.3.12"), privileges("2.4.5", "2.5.27"), privileges("2.5.0", "2.6.22")),
            (1, 2, 0)
        );
        let restores = |text: &str| knowledge.restore(&version(text)).is_some();
        assert!(restores("2.5.22") && restores("3.0.1") && !restores("3.0.0") && !restores("2.4.24"));
    }
}
