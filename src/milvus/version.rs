use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Line;

/// A Milvus version as image tags write it: `v2.5.22`, `2.6.11-gpu`, `2.6.0-rc1`, `2.6.0-20250101-abcdef`.
///
/// All three numbers must be there. `2.6-latest`, `latest`, `master-…` and digests name no version:
/// the operator takes them for older than 2.6 and builds the wrong components, so they are never guessed at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MilvusVersion {
    major: u64,
    minor: u64,
    patch: u64,
    suffix: String,
}

/// The text names no Milvus version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidVersion(String);

impl fmt::Display for InvalidVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not a Milvus version such as 2.6.22", self.0)
    }
}

impl std::error::Error for InvalidVersion {}

impl MilvusVersion {
    /// The version without suffix.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self { major, minor, patch, suffix: String::new() }
    }

    /// Major and minor.
    pub fn line(&self) -> Line {
        Line::new(self.major, self.minor)
    }

    /// What follows the three numbers, without its hyphen: `gpu`, `rc1`, `20250101-abcdef`; empty for a plain release.
    pub fn suffix(&self) -> &str {
        &self.suffix
    }

    /// Whether it came before the release of the same numbers (`rc1`, `beta`, `alpha`).
    pub fn is_before_release(&self) -> bool {
        ["rc", "beta", "alpha", "dev"].iter().any(|word| self.suffix.starts_with(word))
    }

    /// The flavour that a new image must share with the old one (`gpu`, `gpu-arm64`, `arm64`), if any.
    pub fn variant(&self) -> Option<&str> {
        ["gpu", "arm64", "amd64"].iter().find_map(|word| self.suffix.find(word)).map(|start| &self.suffix[start..])
    }

    /// The same numbers with another variant, or none.
    #[must_use]
    pub fn with_variant(&self, variant: Option<&str>) -> Self {
        Self { suffix: variant.unwrap_or_default().to_owned(), ..self.clone() }
    }

    /// The version without its suffix, for comparing with "at least 2.5.16".
    pub fn numbers(&self) -> (u64, u64, u64) {
        (self.major, self.minor, self.patch)
    }

    /// Whether this is `floor` or newer, suffixes aside.
    pub fn at_least(&self, major: u64, minor: u64, patch: u64) -> bool {
        self.numbers() >= (major, minor, patch)
    }
}

impl FromStr for MilvusVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidVersion(text.to_owned());
        let bare = text.strip_prefix('v').unwrap_or(text);
        let (numbers, suffix) = bare.split_once('-').unwrap_or((bare, ""));
        let mut parts = numbers.split('.').map(number);
        let (Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid());
        };
        let plain = |character: char| character.is_ascii_alphanumeric() || "-._".contains(character);
        if (suffix.is_empty() && bare.ends_with('-')) || !suffix.chars().all(plain) {
            return Err(invalid());
        }
        Ok(Self { major, minor, patch, suffix: suffix.to_owned() })
    }
}

/// A decimal number without sign or leading zeros.
pub(super) fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    (digits && canonical).then(|| text.parse().ok()).flatten()
}

impl Ord for MilvusVersion {
    /// By numbers; a release candidate before its release; other suffixes only to tell equal from unequal.
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |version: &Self| (version.numbers(), !version.is_before_release());
        rank(self).cmp(&rank(other)).then_with(|| self.suffix.cmp(&other.suffix))
    }
}

impl PartialOrd for MilvusVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for MilvusVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { major, minor, patch, suffix } = self;
        let hyphen = if suffix.is_empty() { "" } else { "-" };
        formatter.pad(&format!("{major}.{minor}.{patch}{hyphen}{suffix}"))
    }
}

impl TryFrom<String> for MilvusVersion {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<MilvusVersion> for String {
    fn from(version: MilvusVersion) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::MilvusVersion;

    fn version(text: &str) -> MilvusVersion {
        text.parse().expect("a version")
    }

    #[test]
    fn tags_of_released_images_are_read() {
        for (text, numbers, suffix, variant) in [
            ("v2.5.22", (2, 5, 22), "", None),
            ("2.6.11-gpu", (2, 6, 11), "gpu", Some("gpu")),
            ("v2.6.19-gpu-arm64", (2, 6, 19), "gpu-arm64", Some("gpu-arm64")),
            ("2.6.0-rc1", (2, 6, 0), "rc1", None),
            ("2.6.0-20250101-abcdef", (2, 6, 0), "20250101-abcdef", None),
            ("v2.4.13-hotfix", (2, 4, 13), "hotfix", None),
            ("2.6.0-20250101-abcdef-gpu", (2, 6, 0), "20250101-abcdef-gpu", Some("gpu")),
        ] {
            let read = version(text);
            assert_eq!((read.numbers(), read.suffix(), read.variant()), (numbers, suffix, variant), "{text}");
        }
    }

    #[test]
    fn what_names_no_version_is_not_guessed() {
        for text in [
            "",
            "v",
            "latest",
            "2.6",
            "2.6-latest",
            "master-20250101-abc",
            "2.6.x",
            "2.06.1",
            "2.6.1-",
            "2.6.1-a b",
            "2.6.1\u{1b}[31m",
        ] {
            assert!(text.parse::<MilvusVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_release_candidate_comes_before_its_release() {
        assert!(version("2.6.0-rc1") < version("2.6.0"));
        assert!(version("2.6.0") < version("2.6.1-rc1"));
        assert!(version("2.4.13") < version("2.4.13-hotfix"));
    }

    proptest! {
        #[test]
        fn writing_and_reading_is_the_identity(a in 0u64..100, b in 0u64..100, c in 0u64..100, suffix in "([a-z][a-z0-9]{0,6})?") {
            let hyphen = if suffix.is_empty() { "" } else { "-" };
            let text = format!("{a}.{b}.{c}{hyphen}{suffix}");
            prop_assert_eq!(version(&text).to_string(), text);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = text.parse::<MilvusVersion>();
        }
    }
}
