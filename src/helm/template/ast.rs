//! What a template says, as the parser understands it: Go's nodes, with the places that error texts need.

use std::rc::Rc;

use super::{literal::Number, registry::Callee};

/// Where something stands in the text, in bytes.
///
/// Go reports a place of its own choice for some nodes: for `.a.b` that of `.b`. So it is apart from where the text starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The place that is reported.
    pub(super) reported: usize,
    /// Where the text starts.
    pub(super) start: usize,
    /// Where the text ends.
    pub(super) end: usize,
    /// Whether it is a call of a template, which error texts show with its delimiters.
    pub(super) is_template: bool,
}

/// A named piece of a text: the text itself, or a `define` or `block` in it.
#[derive(Debug)]
pub(super) struct Definition {
    /// Its name.
    pub(super) name: Rc<str>,
    /// What it says.
    pub(super) body: Vec<Statement>,
}

/// Text or an action.
#[derive(Debug)]
pub(super) enum Statement {
    /// Text, from and to these bytes.
    Text(usize, usize),
    /// `{{ pipeline }}`.
    Action(Pipeline),
    /// `if`, each `else if`, and `else`.
    If(Branches),
    /// `with`, each `else with`, and `else`.
    With(Branches),
    /// `range`.
    Range {
        /// What it goes over.
        pipeline: Pipeline,
        /// What is done with each.
        body: Vec<Self>,
        /// What is done where there is none.
        otherwise: Vec<Self>,
    },
    /// `template`, and the call that `block` makes.
    Template {
        /// Where it stands.
        place: Place,
        /// Which template.
        name: Rc<str>,
        /// What it is given.
        pipeline: Option<Pipeline>,
    },
    /// `break`.
    Break,
    /// `continue`.
    Continue,
}

/// Conditions and what is done where each is the first that holds.
#[derive(Debug)]
pub(super) struct Branches {
    /// The conditions in order, at least one.
    pub(super) arms: Vec<(Pipeline, Vec<Statement>)>,
    /// What is done where none holds.
    pub(super) otherwise: Vec<Statement>,
}

/// Commands, each giving its result to the next as its last argument.
#[derive(Debug)]
pub(super) struct Pipeline {
    /// Where it stands.
    pub(super) place: Place,
    /// The variables that are declared or set, with their `$`.
    pub(super) variables: Vec<Rc<str>>,
    /// Whether they are set (`=`) and not declared (`:=`).
    pub(super) assigns: bool,
    /// The commands, at least one.
    pub(super) commands: Vec<Command>,
}

/// An operand and its arguments.
#[derive(Debug)]
pub(super) struct Command {
    /// Where it stands.
    pub(super) place: Place,
    /// The operands, at least one.
    pub(super) operands: Vec<Operand>,
}

/// A term, perhaps with fields behind it.
#[derive(Debug)]
pub(super) struct Operand {
    /// Where it stands.
    pub(super) place: Place,
    /// What it is.
    pub(super) term: Term,
}

/// What an operand is.
#[derive(Debug)]
pub(super) enum Term {
    /// `.`.
    Dot,
    /// `nil`.
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// A number or a character.
    Number(Number),
    /// A string.
    Text(Rc<str>),
    /// `.a.b`.
    Field(Vec<Rc<str>>),
    /// `$x.a.b`, with its `$`.
    Variable(Rc<str>, Vec<Rc<str>>),
    /// A function.
    Function(Callee),
    /// A function or a pipeline with fields behind it.
    Chain(Box<Operand>, Vec<Rc<str>>),
    /// A pipeline in parentheses.
    Pipeline(Box<Pipeline>),
}

/// Whether there is nothing in it but space (Go's `IsEmptyTree`): such a definition does not replace another.
pub(super) fn is_empty(body: &[Statement], source: &str) -> bool {
    body.iter().all(|statement| match statement {
        Statement::Text(start, end) => source[*start..*end].trim().is_empty(),
        _ => false,
    })
}
