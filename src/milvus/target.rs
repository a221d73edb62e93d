use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{InvalidVersion, MilvusVersion, version::number};

/// A release line: major and minor, such as 2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line {
    major: u64,
    minor: u64,
}

impl Line {
    /// The line `major.minor`.
    pub const fn new(major: u64, minor: u64) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        bare.split_once('.')
            .and_then(|(major, minor)| Some(Self { major: number(major)?, minor: number(minor)? }))
            .ok_or_else(|| format!("`{text}` is not a release line such as 2.6"))
    }
}

impl TryFrom<String> for Line {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Line> for String {
    fn from(line: Line) -> Self {
        line.to_string()
    }
}

/// What `--to` asks for: one version, or the newest known release of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionRequest {
    /// Exactly this one.
    Exact(MilvusVersion),
    /// The newest of this line that the tables know.
    NewestOf(Line),
}

impl FromStr for VersionRequest {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(line) => Ok(Self::NewestOf(line)),
            Err(_) => text.parse().map(Self::Exact),
        }
    }
}

impl fmt::Display for VersionRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(version) => version.fmt(formatter),
            Self::NewestOf(line) => line.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, VersionRequest};
    use crate::milvus::MilvusVersion;

    #[test]
    fn two_numbers_ask_for_a_line_and_three_for_a_version() {
        assert_eq!("2.6".parse(), Ok(VersionRequest::NewestOf(Line::new(2, 6))));
        assert_eq!("v2.6".parse(), Ok(VersionRequest::NewestOf(Line::new(2, 6))));
        assert_eq!("2.6.6".parse(), Ok(VersionRequest::Exact(MilvusVersion::new(2, 6, 6))));
        assert!("newest".parse::<VersionRequest>().is_err());
    }
}
