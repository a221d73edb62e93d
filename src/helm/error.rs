//! What went wrong in a chart, its values or its templates, on one line that a chart author or user can act on.

use std::fmt;

/// A fault in what was given: a chart, values, a template. Nothing in this engine panics on it.
///
/// The text is lower-case, without a full stop, and holds the whole chain as Helm 4 prints it: a template's on lines of
/// their own. Displayed, it is one line.
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

/// The text on one line: a space stands for each line's end and what the next is indented by.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.text.contains('\n') {
            return formatter.pad(&self.text);
        }
        let lines = self.text.lines().map(str::trim).filter(|line| !line.is_empty());
        formatter.pad(&lines.collect::<Vec<_>>().join(" "))
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

    #[test]
    fn lines_are_shown_as_one() {
        let error = Error::new("a.yaml:1:3\n  executing \"a\":\n    no port\n\nb.yaml:2:1\r\n  no\n");
        assert_eq!(error.to_string(), "a.yaml:1:3 executing \"a\": no port b.yaml:2:1 no");
        assert_eq!(Error::new("a  b").to_string(), "a  b");
    }
}
