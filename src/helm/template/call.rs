//! Compiles pipelines: commands, calls and their arguments, each checked in the order in which Go checks it.

use std::rc::Rc;

use super::{
    argument::{constant, ideal},
    ast::{Command, Operand, Pipeline, Place, Term},
    compile::{Compiler, UNKNOWN},
    context,
    program::Step,
    registry::Callee,
};
use crate::helm::function::Kind;

impl Compiler<'_> {
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline) {
        for (stage, command) in pipeline.commands.iter().enumerate() {
            self.command(command, stage > 0, pipeline.place);
            self.emit(Step::Unwrap);
        }
        for variable in &pipeline.variables {
            let variable = Rc::clone(variable);
            self.emit(if pipeline.assigns { Step::Assign(variable) } else { Step::Declare(variable) });
        }
    }

    fn command(&mut self, command: &Command, is_piped: bool, pipeline: Place) {
        let Some((first, arguments)) = command.operands.split_first() else { return };
        let has_arguments = is_piped || !arguments.is_empty();
        let place = first.place;
        match &first.term {
            Term::Function(callee) => self.call(*callee, place, command.place, arguments, is_piped),
            Term::Field(names) => {
                self.emit_at(place, Step::Dot);
                self.fields(names, place, arguments, is_piped);
            }
            Term::Chain(inner, names) => {
                self.chain_start(inner, place);
                self.fields(names, place, arguments, is_piped);
            }
            Term::Variable(name, names) => {
                self.emit_at(place, Step::Variable(Rc::clone(name)));
                match names.as_slice() {
                    [] if has_arguments => self.refuse_arguments(first),
                    [] => {}
                    names => self.fields(names, place, arguments, is_piped),
                }
            }
            Term::Pipeline(inner) => {
                if has_arguments {
                    if !is_piped {
                        self.emit_at(pipeline, Step::Point);
                    }
                    self.refuse_arguments(first);
                }
                self.pipeline(inner);
            }
            Term::Dot | Term::Nil | Term::Bool(_) | Term::Number(_) | Term::Text(_) => {
                self.emit_at(place, Step::Point);
                if has_arguments {
                    self.refuse_arguments(first);
                }
                self.literal(first);
            }
        }
    }

    fn literal(&mut self, operand: &Operand) {
        let step = match &operand.term {
            Term::Dot => Step::Dot,
            Term::Nil => Step::Fail("nil is not a command".to_owned()),
            term => ideal(term, self.text(operand.place)).map_or_else(Step::Fail, Step::Constant),
        };
        self.emit(step);
    }

    fn refuse_arguments(&mut self, operand: &Operand) {
        let shown = context::text(self.source, operand.place);
        self.emit(Step::Fail(format!("can't give argument to non-function {shown}")));
    }

    fn text(&self, place: Place) -> &str {
        &self.source[place.start..place.end]
    }

    /// What fields stand behind: a function without arguments, or a pipeline.
    fn chain_start(&mut self, inner: &Operand, place: Place) {
        self.emit_at(place, Step::Point);
        match &inner.term {
            Term::Function(callee) => self.call(*callee, inner.place, inner.place, &[], false),
            Term::Pipeline(pipeline) => self.pipeline(pipeline),
            _ => {}
        }
    }

    /// Fields of the value on top; the last may be a method with arguments.
    fn fields(&mut self, names: &[Rc<str>], place: Place, arguments: &[Operand], is_piped: bool) {
        let Some((last, before)) = names.split_last() else { return };
        let count = arguments.len();
        if count == 0 && !is_piped {
            self.emit(Step::Fields(names.into()));
            return;
        }
        self.emit(Step::Fields(before.into()));
        self.emit(Step::Method(Rc::clone(last), count + usize::from(is_piped)));
        for argument in arguments {
            self.argument(argument, Kind::Any);
        }
        self.emit(Step::CallMethod { name: Rc::clone(last), count, is_piped, place });
    }

    /// A call of `callee`, which stands at `name`; error texts show it as `whole`.
    fn call(&mut self, callee: Callee, name: Place, whole: Place, arguments: &[Operand], is_piped: bool) {
        let (parameters, rest) = callee.parameters();
        let count = arguments.len() + usize::from(is_piped);
        let (wanted, shown) = (parameters.len(), callee.name());
        let wrong = match rest {
            Some(_) if count < wanted => Some(format!("at least {wanted} got {}", arguments.len())),
            None if count != wanted => Some(format!("{wanted} got {count}")),
            _ => None,
        };
        if let Some(wrong) = wrong {
            self.emit_at(name, Step::Fail(format!("wrong number of args for {shown}: want {wrong}")));
            return;
        }
        if let Callee::Builtin(builtin) = callee
            && matches!(builtin.name, "and" | "or")
        {
            self.short_circuit(builtin.name == "or", arguments, is_piped);
            return;
        }
        let kind = |index: usize| parameters.get(index).copied().or(rest).unwrap_or(Kind::Any);
        if arguments.is_empty() {
            self.emit_at(name, Step::Point);
        }
        // Go tells `call` how its first argument is written, for the error text.
        let is_call = matches!(callee, Callee::Builtin(builtin) if builtin.name == "call");
        let more = usize::from(is_call && !arguments.is_empty());
        if let (true, Some(first)) = (is_call, arguments.first()) {
            let written = context::text(self.source, first.place);
            self.emit(Step::Constant(written.into()));
        }
        for (index, argument) in arguments.iter().enumerate() {
            self.argument(argument, kind(index));
        }
        if is_piped {
            if !arguments.is_empty() {
                self.emit(Step::Raise(arguments.len() + more));
            }
            self.check(kind(arguments.len()));
        }
        self.emit(Step::call(callee, count + more, whole));
    }

    /// `and` and `or` evaluate no more arguments than they need.
    fn short_circuit(&mut self, truth: bool, arguments: &[Operand], is_piped: bool) {
        let mut jumps = vec![];
        for (index, argument) in arguments.iter().enumerate() {
            self.argument(argument, Kind::Any);
            if is_piped || index + 1 < arguments.len() {
                jumps.push(self.emit(Step::ShortCircuit { truth, is_piped, target: UNKNOWN }));
            }
        }
        for jump in jumps {
            self.land(jump);
        }
    }

    fn check(&mut self, kind: Kind) {
        if kind != Kind::Any {
            self.emit(Step::Check(kind));
        }
    }

    /// An argument for a parameter of `kind`.
    fn argument(&mut self, operand: &Operand, kind: Kind) {
        let place = operand.place;
        match &operand.term {
            Term::Dot => self.emit_at(place, Step::Dot),
            Term::Nil | Term::Bool(_) | Term::Number(_) | Term::Text(_) => {
                let value = constant(&operand.term, kind, self.text(place));
                self.emit_at(place, value.map_or_else(Step::Fail, Step::Constant));
                return;
            }
            Term::Field(names) => {
                self.emit_at(place, Step::Dot);
                self.fields(names, place, &[], false);
            }
            Term::Variable(name, names) => {
                self.emit_at(place, Step::Variable(Rc::clone(name)));
                self.fields(names, place, &[], false);
            }
            Term::Pipeline(pipeline) => {
                self.emit_at(place, Step::Point);
                self.pipeline(pipeline);
            }
            Term::Function(callee) => self.call(*callee, place, place, &[], false),
            Term::Chain(inner, names) => {
                self.chain_start(inner, place);
                self.fields(names, place, &[], false);
            }
        }
        self.check(kind);
    }
}
