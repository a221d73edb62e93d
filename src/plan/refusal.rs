/// Why something that was asked for is not planned at all, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, in one line.
    pub problem: String,
    /// What to do instead, a line each.
    pub hints: Vec<String>,
    /// Whether it makes no sense to ask it of such an instance, rather than that something stands in the way.
    pub is_usage: bool,
}

impl Refusal {
    /// It cannot be meant for such an instance.
    pub fn usage(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), hints: vec![], is_usage: true }
    }

    /// Something stands in the way of it.
    pub fn blocked(problem: impl Into<String>) -> Self {
        Self { is_usage: false, ..Self::usage(problem) }
    }

    /// Adds a line on what to do instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
