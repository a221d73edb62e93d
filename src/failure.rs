//! What went wrong, what to do next, and the exit code.

use std::fmt;

use crate::exit::Exit;

/// What went wrong, what to do next, and what the process tells its caller.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    error: anyhow::Error,
    hints: Vec<String>,
}

impl Failure {
    /// A failure that ends with `exit`.
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into(), hints: vec![] }
    }

    /// Failed before anything was changed.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, anyhow::Error::msg(message.to_string()))
    }

    /// The user asked for something that cannot be meant.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, anyhow::Error::msg(message.to_string()))
    }

    /// Adds a line on what to do next; lines come in the order in which they are added.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what was being attempted.
    #[must_use]
    pub fn context(self, attempt: impl fmt::Display + Send + Sync + 'static) -> Self {
        Self { error: self.error.context(attempt), ..self }
    }

    /// What the process tells its caller.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Lines on what to do next.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl fmt::Display for Failure {
    /// The whole chain on one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#}", self.error)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failed, error)
    }
}
