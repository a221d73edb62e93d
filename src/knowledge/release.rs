use jiff::civil::Date;
use serde::Deserialize;

use super::Knowledge;
use crate::milvus::{Line, MilvusVersion, VersionRequest};

/// A Milvus release.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its version.
    pub version: MilvusVersion,
    /// The day it came out, where its notes say so.
    pub date: Option<Date>,
    /// What is wrong with it, if anything is.
    pub standing: Option<Standing>,
    /// Why, in words, where there is a standing.
    pub reason: Option<String>,
    /// Where this is written.
    pub source: String,
}

/// Why a release is not one to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Withdrawn by its makers.
    Deprecated,
    /// Nothing leads from it or to it.
    Incompatible,
    /// Came before a release.
    Preview,
}

impl Release {
    /// Whether nothing leads from it or to it.
    pub fn is_incompatible(&self) -> bool {
        self.standing == Some(Standing::Incompatible)
    }
}

impl Knowledge {
    /// All releases, oldest first.
    pub fn releases(&self) -> &[Release] {
        &self.tables.release
    }

    /// The release of this version, variants (`-gpu`) aside.
    pub fn release(&self, version: &MilvusVersion) -> Option<&Release> {
        let plain = match version.variant() {
            Some(_) => version.with_variant(None),
            None => version.clone(),
        };
        self.releases().iter().find(|release| release.version == plain)
    }

    /// The newest release of `line` that is one to go to.
    pub fn newest_of(&self, line: Line) -> Option<&Release> {
        let good = |release: &&Release| release.version.line() == line && release.standing.is_none();
        self.releases().iter().rfind(good)
    }

    /// The newest release of the line of `version`, unless it is not newer.
    pub fn newest_patch(&self, version: &MilvusVersion) -> Option<&Release> {
        self.newest_of(version.line()).filter(|newest| newest.version.numbers() > version.numbers())
    }

    /// The version that a user asked for, with a line made its newest release.
    pub fn resolve(&self, request: &VersionRequest) -> Result<MilvusVersion, String> {
        match request {
            VersionRequest::Exact(version) => Ok(version.clone()),
            VersionRequest::NewestOf(line) => {
                let newest = self.newest_of(*line).map(|release| release.version.clone());
                newest.ok_or_else(|| {
                    let known: Vec<String> = self.lines().iter().map(ToString::to_string).collect();
                    format!("no release of the line {line} is known ({}); name the version in full", known.join(", "))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Standing;
    use crate::{knowledge::Knowledge, milvus::MilvusVersion};

    fn version(text: &str) -> MilvusVersion {
        text.parse().expect("a version")
    }

    #[test]
    fn the_newest_of_a_line_is_no_preview_and_not_withdrawn() {
        let knowledge = Knowledge::builtin();
        for (line, newest) in
            [("2.2", "2.2.16"), ("2.4", "2.4.24"), ("2.5", "2.5.27"), ("2.6", "2.6.22"), ("3.0", "3.0.0")]
        {
            let found = knowledge.newest_of(line.parse().expect("a line")).expect("a release");
            assert_eq!((found.version.to_string().as_str(), found.standing), (newest, None), "{line}");
        }
        assert_eq!(knowledge.newest_patch(&version("2.6.22")), None);
        assert_eq!(knowledge.newest_patch(&version("2.6.1-gpu")).map(|it| &it.version), Some(&version("2.6.22")));
    }

    #[test]
    fn a_variant_is_the_same_release_and_a_candidate_another() {
        let knowledge = Knowledge::builtin();
        assert_eq!(knowledge.release(&version("2.6.11-gpu-arm64")).map(|it| &it.version), Some(&version("2.6.11")));
        assert_eq!(knowledge.release(&version("2.6.0-rc1")).and_then(|it| it.standing), Some(Standing::Incompatible));
        assert_eq!(knowledge.release(&version("2.6.0")).and_then(|it| it.standing), None);
        assert_eq!(knowledge.release(&version("2.6.99")), None);
    }

    #[test]
    fn a_line_asks_for_its_newest_release_and_an_unknown_line_is_an_error() {
        let knowledge = Knowledge::builtin();
        let ask = |text: &str| knowledge.resolve(&text.parse().expect("a request"));
        assert_eq!(ask("2.6"), Ok(version("2.6.22")));
        assert_eq!(ask("2.6.6"), Ok(version("2.6.6")));
        assert!(ask("2.9").expect_err("unknown").contains("2.6, 3.0"));
    }
}
