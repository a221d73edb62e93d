//! Version constraints as Masterminds semver v3 has them: `kubeVersion`, ranges of dependencies, `semverCompare`.
//!
//! A constraint is groups joined by `||`, one of which must match; a group is comparisons joined by spaces or commas, all
//! of which must match. A prerelease matches a group only if one of its comparisons has a prerelease too, which is why
//! charts write `>=1.14.0-0`.

mod comparison;
mod version;

pub use version::Version;

use comparison::Comparison;

use super::{
    error::{Error, Result},
    function::print,
};

/// No constraint is longer, in bytes.
const LONGEST: usize = 512;

/// No constraint has more groups.
const MOST_GROUPS: usize = 32;

/// What a version must be like.
#[derive(Clone, Debug)]
pub struct Constraint {
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    comparisons: Vec<Comparison>,
}

/// Whether `version` matches `constraint` (sprig's `semverCompare`), or what is wrong with either.
pub fn matches(constraint: &str, version: &str) -> Result<bool> {
    let constraint = Constraint::new(constraint)?;
    Ok(constraint.admits(&Version::new(version)?))
}

impl Constraint {
    /// Reads a constraint (`NewConstraint`).
    pub fn new(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Error::new(format!("constraint string is too long (max {LONGEST} bytes)")));
        }
        let text = comparison::without_ranges(text);
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > MOST_GROUPS {
            return Err(Error::new(format!("too many constraint groups (max {MOST_GROUPS})")));
        }
        Ok(Self { groups: groups.into_iter().map(Group::new).collect::<Result<_>>()? })
    }

    /// Whether `version` matches (`Check`).
    pub fn admits(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| group.admits(version))
    }
}

impl Group {
    fn new(text: &str) -> Result<Self> {
        let comparisons = comparison::all(text)
            .ok_or_else(|| Error::new(format!("improper constraint: {}", print::quoted(text))))?
            .into_iter()
            .map(Comparison::new)
            .collect::<Result<_>>()?;
        Ok(Self { comparisons })
    }

    fn admits(&self, version: &Version) -> bool {
        let prereleases = self.comparisons.iter().any(Comparison::has_prerelease);
        (prereleases || version.prerelease().is_empty())
            && self.comparisons.iter().all(|comparison| comparison.admits(version))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};
    use serde_json::Value;

    use super::{Constraint, Version, matches};

    #[test]
    fn every_pair_matches_as_helm_says() {
        let rows = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/semver.json"));
        let rows: Vec<Value> = serde_json::from_str(rows).unwrap();
        assert_eq!(rows.len(), 1_100);
        let wrong: Vec<_> = rows
            .iter()
            .filter(|row| {
                let ours = matches(row["constraint"].as_str().unwrap(), row["version"].as_str().unwrap());
                ours.ok() != row["matches"].as_bool()
            })
            .collect();
        assert!(wrong.is_empty(), "{} of 1,100: {:?}", wrong.len(), &wrong[..wrong.len().min(10)]);
    }

    #[test]
    fn what_is_wrong_is_said_as_helm_says_it() {
        let message = |constraint: &str, version: &str| matches(constraint, version).unwrap_err().to_string();
        assert_eq!(message("abc", "1.2.3"), r#"improper constraint: "abc""#);
        assert_eq!(message("", "1.2.3"), r#"improper constraint: """#);
        assert_eq!(message(">1", "abc"), "invalid semantic version");
        assert_eq!(message(&">1 ".repeat(200), "1"), "constraint string is too long (max 512 bytes)");
        assert_eq!(message(&"1||".repeat(32), "1"), "too many constraint groups (max 32)");
        assert_eq!(message("1", &"1".repeat(300)), "version string is too long (max 256 bytes)");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_text_is_a_constraint_or_an_error(
            constraint in "[ ,|v0-9xX*.<>=!~^+a-c-]{0,40}|\\PC{0,40}",
            version in "v?[0-9.]{0,10}[-+.a-c0-9]{0,10}|\\PC{0,20}",
        ) {
            let _ = matches(&constraint, &version);
            let _ = Version::strict(&version);
        }

        #[test]
        fn a_version_matches_itself(major in 0_u64..50, minor in 0_u64..50, patch in 0_u64..50) {
            let text = format!("{major}.{minor}.{patch}");
            let version = Version::new(&text).unwrap();
            for mark in ["", "=", ">=", "<=", "~", "^"] {
                assert!(Constraint::new(&format!("{mark}{text}")).unwrap().admits(&version), "{mark}{text}");
            }
            assert!(!Constraint::new(&format!("!={text}")).unwrap().admits(&version));
        }
    }
}
