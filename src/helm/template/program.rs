//! A text made ready to be executed: a row of instructions, without a tree to walk and to copy.

use std::{ops::Range, rc::Rc};

use super::{ast::Place, builtin::Builtin, registry::Callee};
use crate::helm::{
    function::{Function, Kind},
    value::Value,
};

/// A text and the instructions for all its definitions.
pub(super) struct Program {
    /// The name of the text, for error texts.
    pub(super) name: Rc<str>,
    /// The text.
    pub(super) source: Rc<str>,
    /// What is to be done.
    pub(super) instructions: Vec<Instruction>,
}

/// A definition in a program.
#[derive(Clone)]
pub(super) struct Template {
    /// Its name.
    pub(super) name: Rc<str>,
    /// Where it is.
    pub(super) program: Rc<Program>,
    /// Its first instruction.
    pub(super) entry: usize,
    /// Whether there is nothing in it but space.
    pub(super) is_empty: bool,
}

/// One step. It works on a stack of values.
pub(super) struct Instruction {
    /// What error texts point at from here on; `None` leaves it as it is.
    pub(super) place: Option<Place>,
    /// What is done.
    pub(super) step: Step,
}

/// What is done. "Takes" means from the top of the stack, "gives" onto it.
pub(super) enum Step {
    /// Nothing; only the place is new.
    Point,
    /// Fails with these words.
    Fail(String),
    /// Writes a piece of the text.
    Text(Range<usize>),
    /// Takes a value and writes it.
    Print,
    /// Takes a value and forgets it.
    Drop,

    /// Gives a constant.
    Constant(Value),
    /// Gives the dot.
    Dot,
    /// Gives a variable.
    Variable(Rc<str>),
    /// Takes a value and gives its field, and the field of that, and so on.
    Fields(Box<[Rc<str>]>),
    /// Takes the interface away from the value on top, as Go does after each command of a pipeline.
    Unwrap,
    /// Checks the value on top against a parameter.
    Check(Kind),
    /// Declares a variable with the value on top.
    Declare(Rc<str>),
    /// Sets a variable to the value on top.
    Assign(Rc<str>),
    /// Puts the value below so many others onto the top: the last argument, which the pipeline gives.
    Raise(usize),
    /// Looks whether the value on top may have a method of this name called with so many arguments.
    Method(Rc<str>, usize),
    /// Takes arguments and an object below them, and gives what its method gives. Where a pipeline gave the last
    /// argument, that is below the object.
    CallMethod { name: Rc<str>, count: usize, is_piped: bool, place: Place },
    /// Takes arguments and gives what the function gives.
    Call(&'static Function, usize, Place),
    /// The same of one of Go's own.
    CallBuiltin(&'static Builtin, usize, Place),
    /// Takes a name and data and gives what the template writes.
    Include(Place),
    /// Takes a text and data and gives what the text writes.
    Tpl(Place),
    /// Goes on at `target` where the truth of the value on top is this; else takes it. In between stands the value that
    /// the pipeline gave, if `is_piped`; it goes where this jumps.
    ShortCircuit { truth: bool, is_piped: bool, target: usize },

    /// Goes on elsewhere.
    Jump(usize),
    /// Takes a value; goes on elsewhere where it is not true.
    Unless(usize),
    /// Takes a value; makes it the dot where it is true, else goes on elsewhere.
    With(usize),
    /// Gives the dot back that was before `With`.
    EndWith,
    /// Begins a scope of variables.
    Scope,
    /// Ends so many scopes.
    EndScopes(usize),
    /// Takes what is gone over; goes on elsewhere where it is empty.
    Range { variables: Box<[Rc<str>]>, assigns: bool, otherwise: usize },
    /// Goes to the next item, or elsewhere where there is none.
    Next(usize),
    /// Ends the innermost loop.
    EndRange,
    /// Looks whether there is a template of this name.
    Find(Rc<str>),
    /// Takes the dot for a template and calls it.
    Template(Rc<str>),
    /// Returns to the caller.
    Return,
}

impl Step {
    /// The call of a function with `count` arguments.
    pub(super) fn call(callee: Callee, count: usize, place: Place) -> Self {
        match callee {
            Callee::Builtin(builtin) => Self::CallBuiltin(builtin, count, place),
            Callee::Function(function) => Self::Call(function, count, place),
            Callee::Include => Self::Include(place),
            Callee::Tpl => Self::Tpl(place),
        }
    }
}
