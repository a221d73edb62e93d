use std::fmt;

use crate::helm::error::{Error, Result};

/// The version of a Kubernetes cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    full: String,
    plain: String,
    major: String,
    minor: String,
}

impl KubeVersion {
    /// `vMAJOR.MINOR.0`.
    pub fn new(major: u32, minor: u32) -> Self {
        let plain = format!("v{major}.{minor}.0");
        Self { full: plain.clone(), plain, major: major.to_string(), minor: minor.to_string() }
    }

    /// Reads what `--kube-version` takes and API servers say: two or more numbers, with anything behind them.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: String| Error::new(format!("invalid kube version '{text}': {why}"));
        let version = text.trim_start();
        let version = version.strip_prefix('v').unwrap_or(version);
        let end = version.find(|character: char| !character.is_ascii_digit() && character != '.');
        // A dot without a digit behind it belongs to what follows the numbers.
        let parts: Vec<&str> =
            version[..end.unwrap_or(version.len())].split('.').take_while(|part| !part.is_empty()).collect();
        let (major, minor) = match parts[..] {
            [] => return Err(wrong(format!("could not parse {text:?} as version"))),
            [_] => return Err(wrong(format!("illegal version string {text:?}"))),
            [major, minor, ..] => (major, minor),
        };
        if major.starts_with('0') && major != "0" {
            return Err(wrong(format!("illegal zero-prefixed version component {major:?} in {text:?}")));
        }
        let number = |part: &str| {
            let why = |_| wrong(format!("illegal non-numeric version component {part:?} in {text:?}"));
            part.parse::<u64>().map(|number| number.to_string()).map_err(why)
        };
        let plain = parts.iter().map(|part| number(part)).collect::<Result<Vec<_>>>()?.join(".");
        Ok(Self {
            full: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
            plain: format!("v{plain}"),
            major: number(major)?,
            minor: number(minor)?,
        })
    }

    /// With everything behind the numbers: `v1.33.4-gke.1245000` (`.Version` and `.GitVersion`).
    pub fn full(&self) -> &str {
        &self.full
    }

    /// The numbers alone, which a chart's `kubeVersion` is held against: `v1.33.4`.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// The first number.
    pub fn major(&self) -> &str {
        &self.major
    }

    /// The second number.
    pub fn minor(&self) -> &str {
        &self.minor
    }
}

impl fmt::Display for KubeVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.full)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::KubeVersion;

    #[test]
    fn versions_of_vendors_keep_what_is_behind_the_numbers() {
        for (text, full, plain, major, minor) in [
            ("1.30", "v1.30", "v1.30", "1", "30"),
            ("v1.33.4-gke.1245000", "v1.33.4-gke.1245000", "v1.33.4", "1", "33"),
            ("1.29.3+k3s1", "v1.29.3+k3s1", "v1.29.3", "1", "29"),
            ("1.21+", "v1.21+", "v1.21", "1", "21"),
            ("1.08.x", "v1.08.x", "v1.8", "1", "8"),
        ] {
            let version = KubeVersion::parse(text).unwrap();
            assert_eq!(
                [version.full(), version.plain(), version.major(), version.minor()],
                [full, plain, major, minor]
            );
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "x", "1", "v", "01.2", "1.99999999999999999999999"] {
            assert!(KubeVersion::parse(text).unwrap_err().text().starts_with("invalid kube version '"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in "[ v0-9.a+-]{0,12}") {
            let _ = KubeVersion::parse(&text);
        }
    }
}
