//! A way that people go themselves: its steps, and how far each is.

use serde::Serialize;

/// A way that people go themselves, step by step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Procedure {
    /// The namespace of the instance.
    pub namespace: String,
    /// `milvus/NAME` or `release/NAME`.
    pub reference: String,
    /// Whether whoever asked says that everything is flushed.
    pub flushed: bool,
    /// The page that describes it.
    pub link: String,
    /// What is left to do and what is behind, in order; none where nothing is left.
    pub steps: Vec<Instruction>,
    /// What to say aloud about the way.
    pub notes: Vec<String>,
    /// The command that shows the commands behind the flush.
    pub next: String,
}

/// A step that somebody else takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Instruction {
    /// What it is called for programs.
    pub id: String,
    /// What it is, in one line.
    pub title: String,
    /// How far it is.
    pub standing: Standing,
    /// What was seen of it.
    pub seen: Vec<String>,
    /// What to know before it is done.
    pub advice: Vec<String>,
    /// What to type; none where nothing has to be, and where it is withheld.
    pub commands: Vec<String>,
    /// Whether its commands are not told before the flush is confirmed.
    pub withheld: bool,
    /// Where it is on the way.
    #[serde(skip)]
    pub(super) place: Place,
}

/// Where a step is on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is confirmed together with the flush.
    Before,
    /// What was not flushed is lost with it, or with what it belongs to.
    Behind,
    /// It loses nothing.
    After,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The cluster shows that it is done.
    Done,
    /// Nothing shows it, but whoever asked says so.
    Said,
    /// Nothing shows whether it is done.
    Unknown,
    /// All before it is done, and this is not.
    Next,
    /// Something before it is not done.
    Later,
}

impl Standing {
    /// In one word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Said => "said",
            Self::Unknown => "unknown",
            Self::Next => "next",
            Self::Later => "later",
        }
    }
}

impl Procedure {
    /// Whether nothing is left to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether commands are kept back until the flush is confirmed.
    pub fn is_withheld(&self) -> bool {
        self.steps.iter().any(|step| step.withheld)
    }

    /// The place of the first step with which is lost what was not flushed.
    pub fn point_of_no_return(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.place == Place::Behind)
    }
}

impl Instruction {
    pub(super) fn new(id: &str, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            standing: Standing::Later,
            seen: vec![],
            advice: vec![],
            commands: vec![],
            withheld: false,
            place: Place::Behind,
        }
    }

    /// The same, where what shows in the cluster says that it is done.
    pub(super) fn done_if(self, is_done: bool) -> Self {
        if is_done { Self { standing: Standing::Done, ..self } } else { self }
    }

    /// The same, where nothing shows whether it is done.
    pub(super) fn unknown(mut self, reason: impl Into<String>) -> Self {
        self.seen.push(reason.into());
        Self { standing: Standing::Unknown, ..self }
    }

    pub(super) fn seen(mut self, seen: impl IntoIterator<Item = String>) -> Self {
        self.seen.extend(seen);
        self
    }

    pub(super) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    pub(super) fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }
}

/// The steps with their standing, each by those before it; without commands that are not to be told yet.
pub(super) fn arranged(steps: Vec<Instruction>, flushed: bool) -> Vec<Instruction> {
    let mut is_free = true;
    let arrange = |mut step: Instruction| {
        step.standing = match step.standing {
            Standing::Done => Standing::Done,
            Standing::Unknown if flushed && step.place == Place::Before => Standing::Said,
            Standing::Unknown => Standing::Unknown,
            _ if is_free => Standing::Next,
            _ => Standing::Later,
        };
        is_free &= matches!(step.standing, Standing::Done | Standing::Said);
        let is_behind = step.place == Place::Behind && step.standing != Standing::Done;
        if is_behind && !flushed && !step.commands.is_empty() {
            step.withheld = true;
            step.commands.clear();
        }
        step
    };
    steps.into_iter().map(arrange).collect()
}
