//! Times of records.

use std::fmt;

use jiff::Timestamp;

use crate::helm::error::{Error, Result};

/// A time of a record. One that was read is written as it was, with its zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    text: String,
    at: Timestamp,
}

impl Time {
    /// Reads a time as Go writes it (RFC 3339); `None` for Go's zero, which stands for none.
    pub(super) fn read(text: &str) -> Result<Option<Self>> {
        if text.is_empty() || text.starts_with("0001-01-01T00:00:00") {
            return Ok(None);
        }
        let at = text.parse().map_err(|_| Error::new(format!("{text:?} is no time as RFC 3339 has it")))?;
        Ok(Some(Self { text: text.to_owned(), at }))
    }

    /// The moment.
    pub fn timestamp(&self) -> Timestamp {
        self.at
    }

    /// As records have it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self { text: at.to_string(), at }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}
