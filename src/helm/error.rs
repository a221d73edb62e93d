//! What went wrong in a chart, its values or its templates, on one line that a chart author or user can act on.

use std::fmt;

/// A fault in what was given: a chart, values, a template. Nothing in this engine panics on it.
///
/// The text is lower-case, without a full stop, and holds the whole chain as Helm prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    text: String,
}

impl Error {
    /// A fault in these words.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The same with what was being attempted before it, after the manner of Go: `attempt: text`.
    #[must_use]
    pub fn during(self, attempt: impl fmt::Display) -> Self {
        Self { text: format!("{attempt}: {}", self.text) }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

impl std::error::Error for Error {}

/// What the engine's functions give back.
pub type Result<T, E = Error> = std::result::Result<T, E>;
