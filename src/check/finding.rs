use std::fmt;

use serde::{Deserialize, Serialize};

use super::catalogue::{self, Entry};

/// A code of the catalogue, such as `MV0201`. It never changes its meaning and is never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(u16);

impl Code {
    /// The code with this number; the catalogue has an entry for every one that the rules use (a test sees to it).
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// What the catalogue says about it, if it knows it.
    pub fn entry(self) -> Option<&'static Entry> {
        catalogue::find(self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("MV{:04}", self.0))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::str::FromStr for Code {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.to_ascii_uppercase();
        let digits = upper.strip_prefix("MV").filter(|digits| digits.len() == 4);
        digits
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| format!("`{}` is not a code such as MV0701", text.escape_debug()))
    }
}

impl TryFrom<String> for Code {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.to_string()
    }
}

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; asks for nothing.
    Info,
    /// Goes on, once it has been read.
    Warning,
    /// Stops, unless this one code is accepted.
    Question,
    /// Stops; no flag lets it pass.
    Problem,
}

/// What a rule found: where, what was seen there, and what mends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// One line: what is wrong, with the facts of this instance.
    pub summary: String,
    /// The object it is about (`deployment/milvus-operator in milvus-operator`).
    pub object: String,
    /// Path and value that were seen, a line each.
    pub evidence: Vec<String>,
    /// What mends it: a command, or a sentence.
    pub fix: String,
}

impl Problem {
    /// A problem of `object`; evidence and fix are added by the calls below.
    pub(super) fn new(object: impl Into<String>, summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), object: object.into(), evidence: Vec::new(), fix: String::new() }
    }

    /// The same with more evidence.
    pub(super) fn seen(mut self, evidence: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.evidence.extend(evidence.into_iter().map(Into::into));
        self
    }

    /// The same with what mends it.
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }
}

/// The answer of one rule. What could not be looked at is never fine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Looked at, and fine.
    Fine,
    /// Looked at, and not fine.
    Problem(Problem),
    /// It has nothing to say about this instance and target.
    NotApplicable,
    /// It could not look, and this is why.
    Unknown(String),
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Answer {
    /// The problem, or fine where there is none.
    pub(super) fn of(problem: Option<Problem>) -> Self {
        problem.map_or(Self::Fine, Self::Problem)
    }
}

/// A rule's answer, with its code: one line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The code of the catalogue.
    pub code: Code,
    /// The catalogue's title.
    pub title: String,
    /// What came of it.
    pub result: Outcome,
    /// Where to read more.
    pub link: String,
}

/// What came of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Outcome {
    /// Fine.
    Passed,
    /// Found something.
    Found {
        /// How much it weighs.
        severity: Severity,
        /// Whether the user accepted this code on the command line.
        accepted: bool,
        /// What was found.
        #[serde(flatten)]
        problem: Problem,
    },
    /// Nothing to say.
    NotApplicable,
    /// Could not look.
    Unknown {
        /// Why.
        reason: String,
    },
}

impl Finding {
    /// The finding about `code`, with what the catalogue says of it.
    pub(super) fn new(code: Code, answer: Answer, accepted: bool) -> Self {
        let entry = code.entry();
        let severity = entry.map_or(Severity::Problem, |entry| entry.severity);
        let result = match answer {
            Answer::Fine => Outcome::Passed,
            Answer::Problem(problem) => Outcome::Found { severity, accepted, problem },
            Answer::NotApplicable => Outcome::NotApplicable,
            Answer::Unknown(reason) => Outcome::Unknown { reason },
        };
        let (title, link) = entry.map(|entry| (entry.title.clone(), entry.link.clone())).unwrap_or_default();
        Self { code, title, result, link }
    }

    /// Marks it as accepted where its code is among these.
    pub fn accept(&mut self, codes: &[Code]) {
        if let Outcome::Found { accepted, .. } = &mut self.result {
            *accepted |= codes.contains(&self.code);
        }
    }

    /// Whether something was found that the user let pass.
    pub fn is_accepted(&self) -> bool {
        matches!(&self.result, Outcome::Found { accepted: true, .. })
    }

    /// Whether it forbids to go on.
    pub fn blocks(&self) -> bool {
        match &self.result {
            Outcome::Found { severity: Severity::Problem, .. } => true,
            Outcome::Found { severity: Severity::Question, accepted, .. } => !accepted,
            _ => false,
        }
    }

    /// What was found, with its weight, if anything was.
    pub fn found(&self) -> Option<(Severity, &Problem)> {
        match &self.result {
            Outcome::Found { severity, problem, .. } => Some((*severity, problem)),
            _ => None,
        }
    }
}
