//! Calls of templates: by `template`, `include` and `tpl`, and how an error comes out of them.

use std::rc::Rc;

use super::{
    ast::Place,
    compile::compile,
    format::{self, quote},
    machine::Machine,
    namespace::Namespace,
    parse::parse,
    program::Template,
    slot::Slot,
};
use crate::helm::{
    error::{Error, Result},
    function::Host,
    value::Value,
};

/// How many templates may be inside of one another. This is Go's limit.
const DEPTH: usize = 100_000;

/// How often a template may include itself. This is Helm's limit.
const INCLUDES: usize = 1000;

/// How many `tpl`s may be inside of one another. Helm has no limit and dies of its stack.
const TEXTS: usize = 1000;

/// How many functions that render by themselves may be inside of one another; these use the stack of the thread.
const HOSTED: usize = 8;

/// The name under which Helm parses the text of `tpl`.
pub(super) const TEXT_NAME: &str = "gotpl";

/// A template that is being executed.
pub(super) struct Frame {
    pub(super) template: Template,
    /// What it sees by name.
    pub(super) space: Rc<Namespace>,
    /// Who called it.
    call: Call,
    /// What there was before it.
    pub(super) heights: Heights,
    /// Where its caller goes on, and what error texts pointed at there.
    next: usize,
    place: Option<Place>,
}

/// Who called a template.
pub(super) enum Call {
    /// The engine, or a function through [`Host`].
    Host,
    /// The same by `include`; the name is counted.
    HostInclude(Rc<str>),
    /// `template`.
    Template,
    /// `include`, at this place of the caller.
    Include(Rc<str>, Place),
    /// `tpl`, at this place of the caller.
    Tpl(Rc<str>, Place),
}

/// How much there is on each stack of the machine.
#[derive(Clone, Copy)]
pub(super) struct Heights {
    pub(super) stack: usize,
    pub(super) dots: usize,
    pub(super) variables: usize,
    pub(super) scopes: usize,
    pub(super) loops: usize,
}

impl Machine<'_> {
    /// Begins a template.
    pub(super) fn enter(&mut self, template: Template, space: Rc<Namespace>, data: Slot, call: Call) -> Result<()> {
        self.count_turn()?;
        if self.frames.len() > DEPTH {
            return Err(Error::new(format!("exceeded maximum template depth ({DEPTH})")));
        }
        if !matches!(call, Call::Template) {
            self.outputs.push(String::new());
        }
        let (heights, next, place) = (self.heights(), self.next, self.place.take());
        self.next = template.entry;
        self.frames.push(Frame { template, space, call, heights, next, place });
        self.declare(Rc::clone(&self.dollar), data.clone());
        self.dots.push(data);
        Ok(())
    }

    /// Ends a template, and gives what it wrote where its caller wants a value.
    pub(super) fn leave(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        self.fall(frame.heights);
        (self.next, self.place) = (frame.next, frame.place);
        if let Some(written) = self.end_call(&frame.call) {
            self.stack.push(Slot::concrete(Value::Text(written.into())));
        }
    }

    /// What the call wrote, where it wrote for itself.
    fn end_call(&mut self, call: &Call) -> Option<String> {
        match call {
            Call::Template => return None,
            Call::Include(name, _) | Call::HostInclude(name) => {
                if let Some(count) = self.included.get_mut(name) {
                    *count -= 1;
                }
            }
            Call::Tpl(..) => self.texts -= 1,
            Call::Host => {}
        }
        let written = self.outputs.pop().unwrap_or_default();
        let is_text = matches!(call, Call::Tpl(..));
        Some(if is_text && written.contains(format::NO_VALUE) {
            written.replace(format::NO_VALUE, "")
        } else {
            written
        })
    }

    /// Leaves all templates above `floor` because of an error, which gets the chain of calls before it.
    pub(super) fn unwind(&mut self, error: Error, floor: usize) -> Error {
        let mut error = self.locate(error);
        while self.frames.len() > floor {
            let Some(frame) = self.frames.pop() else { break };
            self.fall(frame.heights);
            (self.next, self.place) = (frame.next, frame.place);
            self.end_call(&frame.call);
            match &frame.call {
                Call::Include(_, place) => {
                    self.place = Some(*place);
                    error = self.locate(error.during("error calling include"));
                }
                Call::Tpl(text, place) => {
                    self.place = Some(*place);
                    error = self.locate(text_failed(error, text).during("error calling tpl"));
                }
                Call::Template | Call::Host | Call::HostInclude(_) => {}
            }
        }
        error
    }

    pub(super) fn include_step(&mut self, place: Place) -> Result<()> {
        let arguments = self.values(2);
        let [Value::Text(name), data] = arguments.as_slice() else { return Ok(()) };
        match self.find_included(name) {
            Ok(template) => {
                let call = Call::Include(Rc::clone(name), place);
                let space = self.space();
                self.enter(template, space, Slot::concrete(data.clone()), call)
            }
            Err(error) => self.push_result("include", Err(error), place),
        }
    }

    pub(super) fn tpl_step(&mut self, place: Place) -> Result<()> {
        let arguments = self.values(2);
        let [Value::Text(text), data] = arguments.as_slice() else { return Ok(()) };
        match self.parse_text(text) {
            Ok((template, space)) => {
                let call = Call::Tpl(Rc::clone(text), place);
                self.enter(template, space, Slot::concrete(data.clone()), call)
            }
            Err(error) => self.push_result("tpl", Err(error), place),
        }
    }

    /// The template to include, counted as being included.
    fn find_included(&mut self, name: &Rc<str>) -> Result<Template> {
        let count = self.included.entry(Rc::clone(name)).or_default();
        if *count > INCLUDES {
            let error = Error::new("unable to execute template");
            return Err(error.during(format_args!("rendering template has a nested reference name: {name}")));
        }
        let quoted = || quote::double(name);
        let missing =
            || Error::new(format!("template: no template {} associated with template \"{TEXT_NAME}\"", quoted()));
        let template = self.space().find(name).cloned().ok_or_else(missing)?;
        *self.included.entry(Rc::clone(name)).or_default() += 1;
        Ok(template)
    }

    /// The text of a `tpl` as a template, and what it sees: everything around it, and its own definitions.
    fn parse_text(&mut self, text: &Rc<str>) -> Result<(Template, Rc<Namespace>)> {
        if self.texts >= TEXTS {
            return Err(Error::new(format!("tpl is called inside of tpl more than {TEXTS} deep")));
        }
        self.work.template(text)?;
        let definitions = parse(TEXT_NAME, text, self.registry)
            .map_err(|error| error.during(format_args!("cannot parse template {}", quote::double(text))))?;
        let mut templates = compile(TEXT_NAME, text, &definitions);
        let main = templates.iter().position(|template| &*template.name == TEXT_NAME);
        let main = main.map(|place| templates.swap_remove(place)).ok_or_else(|| Error::new("tpl without a text"))?;
        let mut space = Namespace::inside(&self.space());
        space.add(main.clone());
        for template in templates {
            space.add(template);
        }
        self.texts += 1;
        Ok((main, Rc::new(space)))
    }

    /// Lets a function render by itself.
    fn host(&mut self, template: Template, space: Rc<Namespace>, data: Value, call: Call) -> Result<String> {
        if self.hosted >= HOSTED {
            return Err(Error::new(format!(
                "functions that render are called inside of one another more than {HOSTED} deep"
            )));
        }
        self.hosted += 1;
        let result = self.render(template, space, data, call);
        self.hosted -= 1;
        result
    }
}

fn text_failed(error: Error, text: &str) -> Error {
    error.during(format_args!("error during tpl function execution for {}", quote::double(text)))
}

impl Host for Machine<'_> {
    fn include(&mut self, name: &str, data: Value) -> Result<String> {
        let name: Rc<str> = name.into();
        let template = self.find_included(&name)?;
        let space = self.space();
        self.host(template, space, data, Call::HostInclude(name))
    }

    fn tpl(&mut self, template: &str, data: Value) -> Result<String> {
        let (main, space) = self.parse_text(&template.into())?;
        let result = self.host(main, space, data, Call::Host);
        self.texts -= 1;
        result.map(|written| written.replace(format::NO_VALUE, "")).map_err(|error| text_failed(error, template))
    }

    fn lookup(&mut self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value> {
        self.world.lookup(api_version, kind, namespace, name)
    }

    fn now(&self) -> i128 {
        self.world.now()
    }

    fn random(&mut self, bytes: &mut [u8]) {
        self.world.random(bytes);
    }
}
