//! Executes instructions. Everything that nests (templates, loops, arguments) nests on stacks of its own on the heap, so
//! that no template can overflow the stack of the thread.

use std::{collections::HashMap, rc::Rc};

use super::{
    argument,
    ast::Place,
    builtin, context,
    engine::World,
    format,
    frame::{Call, Frame, Heights},
    iterate::Loop,
    namespace::Namespace,
    program::{Instruction, Program, Step, Template},
    registry::Registry,
    slot::Slot,
    work::Work,
};
use crate::helm::{
    error::{Error, Result},
    function::Function,
    value::Value,
};

/// How much a file may write, and how long a text may become, in bytes. Go's limit is its memory.
pub(super) const OUTPUT: usize = 32 << 20;

/// How often loops may turn and templates may be called while one file is rendered. Go has no limit.
const TURNS: usize = 10_000_000;

/// The state of the execution of one file.
pub(super) struct Machine<'e> {
    pub(super) registry: &'e Registry,
    pub(super) world: &'e mut dyn World,
    /// The templates being executed, the innermost last.
    pub(super) frames: Vec<Frame>,
    /// Values that the next steps take.
    pub(super) stack: Vec<Slot>,
    /// The dot, and what it was outside of each `with`, `range` and template.
    pub(super) dots: Vec<Slot>,
    variables: Vec<(Rc<str>, Slot)>,
    /// The name of the variable that every template has.
    pub(super) dollar: Rc<str>,
    /// How many variables there were when each scope began.
    scopes: Vec<usize>,
    pub(super) loops: Vec<Loop>,
    /// What has been written: by the file, and by each `include` and `tpl` inside of it.
    pub(super) outputs: Vec<String>,
    /// How often each template is being included now.
    pub(super) included: HashMap<Rc<str>, usize>,
    /// How many `tpl`s are inside of one another, and how many functions that render by themselves.
    pub(super) texts: usize,
    pub(super) hosted: usize,
    /// What error texts point at.
    pub(super) place: Option<Place>,
    /// The next instruction of the innermost frame.
    pub(super) next: usize,
    turns: usize,
    pub(super) work: Work,
}

impl<'e> Machine<'e> {
    /// A machine that has done nothing yet.
    pub(super) fn new(registry: &'e Registry, world: &'e mut dyn World) -> Self {
        Self {
            registry,
            world,
            frames: vec![],
            stack: vec![],
            dots: vec![],
            variables: vec![],
            dollar: "$".into(),
            scopes: vec![],
            loops: vec![],
            outputs: vec![],
            included: HashMap::new(),
            texts: 0,
            hosted: 0,
            place: None,
            next: 0,
            turns: 0,
            work: Work::default(),
        }
    }

    /// Executes a template and gives what it writes.
    pub(super) fn render(
        &mut self,
        template: Template,
        space: Rc<Namespace>,
        data: Value,
        call: Call,
    ) -> Result<String> {
        let floor = self.frames.len();
        self.enter(template, space, Slot::concrete(data), call)?;
        while self.frames.len() > floor {
            if let Err(error) = self.proceed() {
                return Err(self.unwind(error, floor));
            }
        }
        let written = self.stack.pop().unwrap_or_default();
        Ok(written.value.as_text().unwrap_or_default().to_owned())
    }

    /// Executes the innermost frame until it calls another or returns.
    fn proceed(&mut self) -> Result<()> {
        let depth = self.frames.len();
        let Some(frame) = self.frames.last() else { return Ok(()) };
        let program = Rc::clone(&frame.template.program);
        loop {
            let instruction = &program.instructions[self.next];
            self.next += 1;
            self.step(instruction, &program)?;
            // A frame that is replaced by another of the same depth would go unseen; steps never do that.
            if self.frames.len() != depth {
                return Ok(());
            }
        }
    }

    fn step(&mut self, instruction: &Instruction, program: &Program) -> Result<()> {
        if instruction.place.is_some() {
            self.place = instruction.place;
        }
        match &instruction.step {
            Step::Point => {}
            Step::Fail(words) => return Err(Error::new(words.as_str())),
            Step::Text(range) => self.write(&program.source[range.clone()])?,
            Step::Print => self.print()?,
            Step::Drop => drop(self.stack.pop()),
            Step::Constant(value) => self.stack.push(Slot::concrete(value.clone())),
            Step::Dot => self.stack.push(self.dots.last().cloned().unwrap_or_default()),
            Step::Variable(name) => self.variable(name)?,
            Step::Fields(names) => self.fields(names)?,
            Step::Unwrap => self.top().is_interface = false,
            Step::Check(kind) => {
                let slot = self.pop();
                self.stack.push(Slot::concrete(argument::check(slot, *kind)?));
            }
            Step::Declare(name) => {
                let value = self.top().clone();
                self.variables.push((Rc::clone(name), value));
            }
            Step::Assign(name) => {
                let value = self.top().clone();
                self.assign(name, value)?;
            }
            Step::Raise(count) => {
                let at = self.stack.len().saturating_sub(count + 1);
                self.stack[at..].rotate_left(1);
            }
            Step::Method(name, count) => self.method(name, *count)?,
            Step::CallMethod { name, count, is_piped, place } => self.call_method(name, *count, *is_piped, *place)?,
            Step::Call(function, count, place) => self.call(function, *count, *place)?,
            Step::CallBuiltin(builtin, count, place) => {
                let arguments = self.arguments(*count);
                self.work.call(builtin.name, arguments.iter().map(|slot| &slot.value))?;
                let result = builtin::call(builtin, &arguments);
                self.push_result(builtin.name, result, *place)?;
            }
            Step::Include(place) => self.include_step(*place)?,
            Step::Tpl(place) => self.tpl_step(*place)?,
            Step::ShortCircuit { truth, is_piped, target } => {
                let value = self.pop();
                if value.value.is_true() == *truth {
                    if *is_piped {
                        self.pop();
                    }
                    self.stack.push(value);
                    self.next = *target;
                }
            }
            Step::Jump(target) => self.next = *target,
            Step::Unless(target) => {
                if !self.pop().value.is_true() {
                    self.next = *target;
                }
            }
            Step::With(target) => {
                let value = self.pop();
                if value.value.is_true() {
                    self.dots.push(value);
                } else {
                    self.next = *target;
                }
            }
            Step::EndWith => drop(self.dots.pop()),
            Step::Scope => self.scopes.push(self.variables.len()),
            Step::EndScopes(count) => self.end_scopes(*count),
            Step::Range { variables, assigns, otherwise } => {
                let value = self.pop().value;
                self.work.value(&value)?;
                match Loop::over(value, variables, *assigns, self.heights())? {
                    Some(over) => self.loops.push(over),
                    None => self.next = *otherwise,
                }
            }
            Step::Next(exit) => self.turn(*exit)?,
            Step::EndRange => {
                if let Some(ended) = self.loops.pop() {
                    self.fall(ended.heights);
                }
            }
            Step::Find(name) => {
                if self.space().find(name).is_none() {
                    return Err(Error::new(format!("template {} not defined", format::quote::double(name))));
                }
            }
            Step::Template(name) => {
                let data = self.pop();
                let space = self.space();
                let found = space.find(name).cloned();
                let template = found.ok_or_else(|| Error::new(format!("template {name:?} not defined")))?;
                self.enter(template, space, data, Call::Template)?;
            }
            Step::Return => self.leave(),
        }
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Slot {
        self.stack.pop().unwrap_or_default()
    }

    /// The value on top. The compiler sees to it that there is one.
    fn top(&mut self) -> &mut Slot {
        if self.stack.is_empty() {
            self.stack.push(Slot::default());
        }
        let last = self.stack.len() - 1;
        &mut self.stack[last]
    }

    /// Takes so many values, in their order.
    pub(super) fn arguments(&mut self, count: usize) -> Vec<Slot> {
        self.stack.split_off(self.stack.len().saturating_sub(count))
    }

    /// The same without what reflection knows of them.
    pub(super) fn values(&mut self, count: usize) -> Vec<Value> {
        self.arguments(count).into_iter().map(|slot| slot.value).collect()
    }

    /// What is seen by name where the machine stands.
    pub(super) fn space(&self) -> Rc<Namespace> {
        self.frames.last().map(|frame| Rc::clone(&frame.space)).unwrap_or_default()
    }

    pub(super) fn write(&mut self, text: &str) -> Result<()> {
        let Some(output) = self.outputs.last_mut() else { return Ok(()) };
        if output.len() + text.len() > OUTPUT {
            return Err(Error::new(format!("a template writes more than {OUTPUT} bytes")));
        }
        output.push_str(text);
        self.work.text(text)
    }

    fn print(&mut self) -> Result<()> {
        match self.pop().value {
            Value::Text(text) => self.write(&text),
            Value::Nil => self.write(format::NO_VALUE),
            Value::Object(object) => self.write(&object.written()),
            value => self.write(&format::print(&[value])?),
        }
    }

    fn variable(&mut self, name: &Rc<str>) -> Result<()> {
        let place = self.find_variable(name)?;
        let value = self.variables[place].1.clone();
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn assign(&mut self, name: &Rc<str>, value: Slot) -> Result<()> {
        let place = self.find_variable(name)?;
        self.variables[place].1 = value;
        Ok(())
    }

    fn find_variable(&self, name: &Rc<str>) -> Result<usize> {
        let base = self.frames.last().map_or(0, |frame| frame.heights.variables);
        let own = &self.variables[base..];
        let found = own.iter().rposition(|(known, _)| Rc::ptr_eq(known, name) || known == name);
        found.map(|place| base + place).ok_or_else(|| Error::new(format!("undefined variable: {name}")))
    }

    /// Sets the variable that was declared so many before the last one.
    pub(super) fn set_top_variable(&mut self, before: usize, value: Slot) {
        let count = self.variables.len();
        if let Some(variable) = self.variables.get_mut(count.wrapping_sub(before + 1)) {
            variable.1 = value;
        }
    }

    pub(super) fn declare(&mut self, name: Rc<str>, value: Slot) {
        self.variables.push((name, value));
    }

    fn end_scopes(&mut self, count: usize) {
        let left = self.scopes.len().saturating_sub(count);
        if let Some(variables) = self.scopes.get(left) {
            self.variables.truncate(*variables);
        }
        self.scopes.truncate(left);
    }

    pub(super) fn heights(&self) -> Heights {
        Heights {
            stack: self.stack.len(),
            dots: self.dots.len(),
            variables: self.variables.len(),
            scopes: self.scopes.len(),
            loops: self.loops.len(),
        }
    }

    /// Forgets everything above these heights.
    pub(super) fn fall(&mut self, heights: Heights) {
        self.stack.truncate(heights.stack);
        self.dots.truncate(heights.dots);
        self.variables.truncate(heights.variables);
        self.scopes.truncate(heights.scopes);
        self.loops.truncate(heights.loops);
    }

    /// Counts a turn of a loop or a call of a template.
    pub(super) fn count_turn(&mut self) -> Result<()> {
        self.turns += 1;
        if self.turns > TURNS {
            return Err(Error::new(format!("loops turn and templates are called more than {TURNS} times")));
        }
        Ok(())
    }

    fn call(&mut self, function: &'static Function, count: usize, place: Place) -> Result<()> {
        let arguments = self.values(count);
        self.work.call(function.name, &arguments)?;
        let result = (function.body)(self, &arguments);
        self.push_result(function.name, result.map(Slot::concrete), place)
    }

    /// Gives what a function gave, or says which function failed.
    pub(super) fn push_result(&mut self, name: &str, result: Result<Slot>, place: Place) -> Result<()> {
        let too_long = |slot: &Slot| slot.value.as_text().is_some_and(|text| text.len() > OUTPUT);
        let result = match result {
            Ok(slot) if too_long(&slot) => Err(Error::new(format!("a text is longer than {OUTPUT} bytes"))),
            result => result,
        };
        match result {
            Ok(slot) => {
                self.work.value(&slot.value)?;
                self.stack.push(slot);
                Ok(())
            }
            Err(error) => {
                self.place = Some(place);
                Err(error.during(format_args!("error calling {name}")))
            }
        }
    }

    /// An error with the place where the machine stands.
    pub(super) fn locate(&self, error: Error) -> Error {
        match self.frames.last() {
            Some(frame) => error.at(context::locate(&frame.template, self.place)),
            None => error,
        }
    }
}
