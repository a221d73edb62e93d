use serde::Deserialize;

use super::Knowledge;

/// A tool that keeps objects as it has them written down elsewhere, so that a change by hand does not last.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// What people call it.
    pub owner: String,
    /// Keys of labels and annotations that it leaves; one that ends with a slash stands for all that start so.
    pub marks: Vec<String>,
    /// The names under which it writes fields.
    pub managers: Vec<String>,
    /// Where this is written.
    pub source: String,
}

impl Owner {
    /// Whether a label or annotation with this key is one of its marks.
    pub fn leaves(&self, key: &str) -> bool {
        self.marks.iter().any(|mark| key == mark || (mark.ends_with('/') && key.starts_with(mark.as_str())))
    }
}

impl Knowledge {
    /// The tools that may own an object.
    pub fn owners(&self) -> &[Owner] {
        &self.tables.owner
    }
}
