//! One version of a chart in an index.

use std::cmp::Reverse;

use super::Versions;
use crate::helm::{
    chart::Metadata,
    constraint::Version,
    decode::{self, Decode},
    error::Result,
    value::Value,
};

/// What an index says of one version of a chart.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The fields of its `Chart.yaml`.
    pub metadata: Metadata,
    /// Where the archive is, relative to the repository or absolute; Helm takes the first.
    pub urls: Vec<String>,
    /// The archive's SHA-256 in hexadecimal, with or without `sha256:` before it; empty where it is not told.
    pub digest: String,
}

impl Entry {
    /// The chart's version.
    pub fn version(&self) -> &str {
        &self.metadata.version
    }

    /// The digest as 64 digits in lower case; `None` where there is none or it is of another kind.
    pub fn sha256(&self) -> Option<String> {
        let digits = self.digest.strip_prefix("sha256:").unwrap_or(&self.digest);
        let is_sha256 = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_sha256.then(|| digits.to_ascii_lowercase())
    }

    fn read(value: &Value) -> Result<Option<Self>> {
        if matches!(value, Value::Nil) {
            return Ok(None);
        }
        let mut entry = Self::default();
        entry.decode(value)?;
        if entry.metadata.api_version.is_empty() {
            "v1".clone_into(&mut entry.metadata.api_version);
        }
        match entry.metadata.validate() {
            // Some repositories leave aliases out, and Helm overlooks what follows from that.
            Err(error) if !error.text().starts_with("validation: more than one dependency with name or alias") => {
                Err(error)
            }
            _ => Ok(Some(entry)),
        }
    }
}

impl Decode for Entry {
    const TYPE: &str = "repo.ChartVersion";

    fn field(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "urls" => decode::texts(&mut self.urls, value, "ChartVersion.urls"),
            "digest" => decode::text(&mut self.digest, value, "ChartVersion.digest"),
            _ => self.metadata.field(name, value),
        }
    }
}

/// The sound ones of a chart's entries, the newest first; of equal ones the earlier stays before the later.
pub(super) fn all(values: &[Value]) -> Versions {
    let mut sound: Vec<(Version, Entry)> = values
        .iter()
        .filter_map(|value| {
            let entry = Entry::read(value).ok()??;
            Some((Version::new(entry.version()).ok()?, entry))
        })
        .collect();
    let skipped = values.len() - sound.len();
    sound.sort_by_cached_key(|(version, _)| Reverse(Order(version.clone())));
    Versions { entries: sound.into_iter().map(|(_, entry)| entry).collect(), skipped }
}

/// A version in the order of versions.
pub(super) struct Order(pub(super) Version);

impl Ord for Order {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.compare(&other.0)
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Order {}
