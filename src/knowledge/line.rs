use serde::Deserialize;

use super::Knowledge;
use crate::milvus::{Component, Image, Line, MilvusVersion};

/// What is known of a release line and of a step into it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRules {
    /// The line.
    pub line: Line,
    /// What must run, at least, before a step into it.
    pub minimum_source: Option<MilvusVersion>,
    /// The source that its makers tried.
    pub validated_source: Option<MilvusVersion>,
    /// What should run, at least, before a step out of it.
    pub leave_from: Option<MilvusVersion>,
    /// The first release of all whose components can be replaced one after the other, on the row of its line.
    pub rolls_from: Option<MilvusVersion>,
    /// Whether a step into it is proposed where nobody asked for a version.
    #[serde(default = "yes")]
    pub recommended: bool,
    /// Whether it and all later lines know no separate coordinators.
    #[serde(default)]
    pub mixcoord_only: bool,
    /// Components that are new in it.
    #[serde(default)]
    pub arrives: Vec<Component>,
    /// Components that it no longer has.
    #[serde(default)]
    pub leaves: Vec<Component>,
    /// Keys of `spec.config` that have to change before a step into it.
    #[serde(default)]
    pub needs_configuration: Vec<String>,
    /// Where this is written.
    pub source: String,
}

/// A step between lines that needs more than another image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// The only line that it starts from.
    pub from: Line,
    /// The only line that it ends in.
    pub into: Line,
    /// What has to be done.
    pub what: String,
    /// The image of the program that does it.
    pub tool: Image,
    /// Where this is written.
    pub source: String,
}

/// A setting that releases no longer know.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// Its key below `spec.config`, with dots.
    pub setting: String,
    /// The value that went away.
    pub value: String,
    /// The first release without it, for each line that once had it; later lines never had it.
    pub without: Vec<MilvusVersion>,
    /// What happens otherwise.
    pub reason: String,
    /// Where this is written.
    pub source: String,
}

/// Targets that people got into trouble with, coming from another line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// The lines it concerns when coming from there.
    pub from: Vec<Line>,
    /// The line of the targets.
    pub into: Line,
    /// The first target without the trouble.
    pub below: MilvusVersion,
    /// What happened.
    pub reason: String,
    /// Where this is written.
    pub source: String,
}

/// A hole in Milvus' defences.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advisory {
    /// Its number, such as `CVE-2026-26190`.
    pub id: String,
    /// What it lets happen.
    pub what: String,
    /// The first mended release of each line.
    pub mended: Vec<MilvusVersion>,
    /// Where this is written.
    pub source: String,
}

/// What GPU images from some release on ask of the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// The first release that asks for it.
    pub milvus: MilvusVersion,
    /// The CUDA version that the nodes' driver must be able to serve.
    pub cuda: String,
    /// Where this is written.
    pub source: String,
}

fn yes() -> bool {
    true
}

/// Whether `version` has what came with these releases, the first of each line. A line older than all of them has it
/// not, one that is newer than all has it, and one between that is not named has it not.
fn has_reached(version: &MilvusVersion, firsts: &[MilvusVersion]) -> bool {
    match firsts.iter().find(|first| first.line() == version.line()) {
        Some(first) => version.numbers() >= first.numbers(),
        None => firsts.iter().all(|first| first.line() < version.line()),
    }
}

impl Advisory {
    /// Whether `version` has the hole.
    pub fn concerns(&self, version: &MilvusVersion) -> bool {
        !has_reached(version, &self.mended)
    }
}

impl Removal {
    /// Whether `version` still knows the setting.
    pub fn is_known_to(&self, version: &MilvusVersion) -> bool {
        !has_reached(version, &self.without)
    }
}

impl Knowledge {
    /// The lines with rules, oldest first.
    pub fn lines(&self) -> Vec<Line> {
        self.tables.line.iter().map(|rules| rules.line).collect()
    }

    /// What is known of `line`.
    pub fn line_rules(&self, line: Line) -> Option<&LineRules> {
        self.tables.line.iter().find(|rules| rules.line == line)
    }

    /// The rules of every line that a step between these versions enters, oldest first.
    pub fn entered(&self, from: &MilvusVersion, to: &MilvusVersion) -> impl Iterator<Item = &LineRules> {
        let (from, to) = (from.line(), to.line());
        self.tables.line.iter().filter(move |rules| from < rules.line && rules.line <= to)
    }

    /// The migration that lies between these versions, if one does.
    pub fn migration(&self, from: &MilvusVersion, to: &MilvusVersion) -> Option<&Migration> {
        let (from, to) = (from.line(), to.line());
        self.tables.migration.iter().find(|migration| from < migration.into && migration.into <= to)
    }

    /// The newest release of the line that a migration from this release ends in, or from an older one.
    pub fn migration_target(&self, from: &MilvusVersion) -> Option<&MilvusVersion> {
        let row = self.tables.migration.iter().find(|row| from.line() <= row.into)?;
        Some(&self.newest_of(row.into)?.version)
    }

    /// Whether this release is one that a migration starts from or ends in; one that nobody knows may be.
    pub fn is_near_migration(&self, version: Option<&MilvusVersion>) -> bool {
        let Some(line) = version.map(MilvusVersion::line) else { return true };
        self.tables.migration.iter().any(|row| line == row.from || line == row.into)
    }

    /// Troubles known of a step between these versions.
    pub fn troubles(&self, from: &MilvusVersion, to: &MilvusVersion) -> impl Iterator<Item = &Trouble> {
        let (line, to) = (from.line(), to.clone());
        let concerns = move |trouble: &&Trouble| {
            trouble.from.contains(&line) && trouble.into == to.line() && to.numbers() < trouble.below.numbers()
        };
        self.tables.trouble.iter().filter(concerns)
    }

    /// Holes that `version` has.
    pub fn advisories(&self, version: &MilvusVersion) -> impl Iterator<Item = &Advisory> {
        let version = version.clone();
        self.tables.advisory.iter().filter(move |advisory| advisory.concerns(&version))
    }

    /// Settings that `to` no longer knows while `from` did.
    pub fn removals(&self, from: &MilvusVersion, to: &MilvusVersion) -> impl Iterator<Item = &Removal> {
        let (from, to) = (from.clone(), to.clone());
        self.tables.removal.iter().filter(move |removal| removal.is_known_to(&from) && !removal.is_known_to(&to))
    }

    /// What a GPU image of `version` asks of the nodes' driver, if that is known.
    pub fn driver(&self, version: &MilvusVersion) -> Option<&Driver> {
        self.tables.driver.iter().rfind(|driver| driver.milvus.numbers() <= version.numbers())
    }

    /// Whether components of `version` can be replaced one after the other.
    pub fn rolls(&self, version: &MilvusVersion) -> bool {
        let firsts = self.tables.line.iter().filter_map(|rules| rules.rolls_from.as_ref());
        firsts.min().is_some_and(|first| version.numbers() >= first.numbers())
    }

    /// Whether `version` knows no separate coordinators. True of later lines too, known or not.
    pub fn is_mixcoord_only(&self, version: &MilvusVersion) -> bool {
        self.tables.line.iter().any(|rules| rules.mixcoord_only && rules.line <= version.line())
    }

    /// Components that are new at the end of a step between these versions.
    pub fn arriving(&self, from: &MilvusVersion, to: &MilvusVersion) -> Vec<Component> {
        self.entered(from, to).flat_map(|rules| rules.arrives.iter().copied()).collect()
    }

    /// Components that are gone at the end of a step between these versions.
    pub fn leaving(&self, from: &MilvusVersion, to: &MilvusVersion) -> Vec<Component> {
        self.entered(from, to).flat_map(|rules| rules.leaves.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        knowledge::Knowledge,
        milvus::{Component, MilvusVersion},
    };

    #[test]
    fn what_began_with_a_line_holds_for_later_ones() {
        let knowledge = Knowledge::builtin();
        for (version, rolls, mixcoord_only) in [
            (MilvusVersion::new(2, 1, 4), false, false),
            (MilvusVersion::new(2, 2, 2), false, false),
            (MilvusVersion::new(2, 2, 3), true, false),
            (MilvusVersion::new(2, 5, 0), true, false),
            (MilvusVersion::new(2, 6, 0), true, true),
            (MilvusVersion::new(3, 0, 0), true, true),
            (MilvusVersion::new(4, 2, 0), true, true),
        ] {
            assert_eq!(
                (knowledge.rolls(&version), knowledge.is_mixcoord_only(&version)),
                (rolls, mixcoord_only),
                "{version}"
            );
        }
    }

    #[test]
    fn components_come_and_go_with_the_lines_that_are_entered() {
        let knowledge = Knowledge::builtin();
        let (old, new) = (MilvusVersion::new(2, 5, 22), MilvusVersion::new(2, 6, 6));
        assert_eq!(knowledge.arriving(&old, &new), [Component::StreamingNode]);
        assert_eq!(knowledge.leaving(&old, &new), [Component::IndexNode]);
        assert_eq!(knowledge.leaving(&new, &MilvusVersion::new(3, 0, 0)), []);
    }

    #[test]
    fn a_hole_is_mended_from_the_named_release_of_its_line_on() {
        let knowledge = Knowledge::builtin();
        let holes = |major, minor, patch| knowledge.advisories(&MilvusVersion::new(major, minor, patch)).count();
        assert_eq!((holes(2, 5, 20), holes(2, 5, 26), holes(2, 5, 27)), (2, 1, 0));
        assert_eq!((holes(2, 4, 23), holes(2, 4, 24), holes(2, 3, 22)), (2, 1, 2));
        assert_eq!((holes(2, 6, 9), holes(2, 6, 10), holes(3, 0, 0)), (1, 0, 0));
    }
}
