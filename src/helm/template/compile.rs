//! Turns statements into instructions, so that executing neither walks a tree nor uses the stack of the machine.

use std::rc::Rc;

use super::{
    ast::{self, Branches, Definition, Pipeline, Place, Statement},
    program::{Instruction, Program, Step, Template},
};

/// Makes the definitions of the text `name` ready to be executed.
pub(super) fn compile(name: &str, source: &Rc<str>, definitions: &[Definition]) -> Vec<Template> {
    let mut compiler = Compiler { source, instructions: vec![], loops: vec![] };
    let mut entries = vec![];
    for definition in definitions {
        entries.push(compiler.here());
        compiler.statements(&definition.body);
        compiler.emit(Step::Return);
    }
    let program =
        Rc::new(Program { name: name.into(), source: Rc::clone(source), instructions: compiler.instructions });
    let templates = definitions.iter().zip(entries).map(|(definition, entry)| Template {
        name: Rc::clone(&definition.name),
        program: Rc::clone(&program),
        entry,
        is_empty: ast::is_empty(&definition.body, source),
    });
    templates.collect()
}

pub(super) struct Compiler<'s> {
    pub(super) source: &'s str,
    instructions: Vec<Instruction>,
    loops: Vec<Loop>,
}

/// A loop whose body is being compiled.
struct Loop {
    next: usize,
    /// The jumps that leave it.
    breaks: Vec<usize>,
}

/// A jump whose target is not known yet.
pub(super) const UNKNOWN: usize = usize::MAX;

impl Compiler<'_> {
    /// The place of the instruction that comes next.
    pub(super) fn here(&self) -> usize {
        self.instructions.len()
    }

    /// Adds an instruction and gives its place.
    pub(super) fn emit(&mut self, step: Step) -> usize {
        self.instructions.push(Instruction { place: None, step });
        self.here() - 1
    }

    /// Adds an instruction at which error texts point from there on.
    pub(super) fn emit_at(&mut self, place: Place, step: Step) {
        self.instructions.push(Instruction { place: Some(place), step });
    }

    /// Lets the jump at `place` lead to what comes next.
    pub(super) fn land(&mut self, place: usize) {
        let here = self.here();
        match &mut self.instructions[place].step {
            Step::Jump(target)
            | Step::Unless(target)
            | Step::With(target)
            | Step::Next(target)
            | Step::Range { otherwise: target, .. }
            | Step::ShortCircuit { target, .. } => *target = here,
            _ => {}
        }
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Text(start, end) => {
                self.emit(Step::Text(*start..*end));
            }
            Statement::Action(pipeline) => {
                self.pipeline(pipeline);
                self.emit(if pipeline.variables.is_empty() { Step::Print } else { Step::Drop });
            }
            Statement::If(branches) => self.branches(branches, false),
            Statement::With(branches) => self.branches(branches, true),
            Statement::Range { pipeline, body, otherwise } => self.range(pipeline, body, otherwise),
            Statement::Template { place, name, pipeline } => {
                self.emit_at(*place, Step::Find(Rc::clone(name)));
                match pipeline {
                    Some(pipeline) => self.pipeline(pipeline),
                    None => {
                        self.emit(Step::Constant(crate::helm::value::Value::Nil));
                    }
                }
                self.emit(Step::Template(Rc::clone(name)));
            }
            Statement::Break => {
                let jump = self.emit(Step::Jump(UNKNOWN));
                if let Some(inner) = self.loops.last_mut() {
                    inner.breaks.push(jump);
                }
            }
            Statement::Continue => {
                let next = self.loops.last().map_or(UNKNOWN, |inner| inner.next);
                self.emit(Step::Jump(next));
            }
        }
    }

    /// The variables of a condition are known in the arms behind it too, so each arm is a scope inside that of the one
    /// before.
    fn branches(&mut self, branches: &Branches, sets_dot: bool) {
        let mut ends = vec![];
        let count = branches.arms.len();
        for (index, (pipeline, body)) in branches.arms.iter().enumerate() {
            self.emit(Step::Scope);
            self.pipeline(pipeline);
            let test = self.emit(if sets_dot { Step::With(UNKNOWN) } else { Step::Unless(UNKNOWN) });
            self.statements(body);
            if sets_dot {
                self.emit(Step::EndWith);
            }
            self.emit(Step::EndScopes(index + 1));
            ends.push(self.emit(Step::Jump(UNKNOWN)));
            self.land(test);
        }
        self.statements(&branches.otherwise);
        self.emit(Step::EndScopes(count));
        for end in ends {
            self.land(end);
        }
    }

    fn range(&mut self, pipeline: &Pipeline, body: &[Statement], otherwise: &[Statement]) {
        self.emit(Step::Scope);
        self.pipeline(pipeline);
        let variables = pipeline.variables.as_slice().into();
        let range = self.emit(Step::Range { variables, assigns: pipeline.assigns, otherwise: UNKNOWN });
        let next = self.emit(Step::Next(UNKNOWN));
        self.loops.push(Loop { next, breaks: vec![] });
        self.statements(body);
        self.emit(Step::Jump(next));
        self.land(next);
        let breaks = self.loops.pop().map(|inner| inner.breaks).unwrap_or_default();
        for jump in breaks {
            self.land(jump);
        }
        self.emit(Step::EndRange);
        let end = self.emit(Step::Jump(UNKNOWN));
        self.land(range);
        self.statements(otherwise);
        self.land(end);
        self.emit(Step::EndScopes(1));
    }
}
