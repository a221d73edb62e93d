//! What went wrong in a chart, its values or its templates, on one line that a chart author or user can act on.

use std::fmt;

/// A fault in what was given: a chart, values, a template. Nothing in this engine panics on it.
///
/// The text is lower-case, without a full stop, and holds the whole chain as Helm prints it.
#[derive(Clone, Debug)]
pub struct Error {
    text: String,
    /// How many bytes at the end of the text are the causes, the innermost first.
    causes: Vec<usize>,
}

impl Error {
    /// A fault in these words.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), causes: vec![] }
    }

    /// The same with what was being attempted before it, after the manner of Go: `attempt: text`. What it was so far is
    /// its cause, as with Go's `%w`.
    #[must_use]
    pub fn during(mut self, attempt: impl fmt::Display) -> Self {
        self.causes.push(self.text.len());
        self.at(attempt)
    }

    /// The same with where it happened before it: `place: text`. This adds no cause.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        Self { text: format!("{place}: {}", self.text), causes: self.causes }
    }

    /// The text, then that of its cause, and so on inwards: what Go's `errors.Unwrap` gives step by step.
    pub fn chain(&self) -> impl Iterator<Item = &str> {
        let causes = self.causes.iter().rev().map(|length| &self.text[self.text.len() - length..]);
        std::iter::once(self.text()).chain(causes)
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

/// Two faults are the same where they say the same.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Error {}

/// What the engine's functions give back.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn a_chain_goes_inwards_and_places_are_no_causes() {
        let error = Error::new("no port").at("line 3").during("calling `port`").during("rendering").at("file");
        let chain: Vec<_> = error.chain().collect();
        let whole = "file: rendering: calling `port`: line 3: no port";
        assert_eq!(chain, [whole, "calling `port`: line 3: no port", "line 3: no port"]);
    }
}
