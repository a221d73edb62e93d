//! The templates of a chart and its subcharts, and their rendering, as Helm's engine does it.

use std::{cmp::Ordering, fmt, rc::Rc};

use super::{
    compile::compile, failure, format::NO_VALUE, frame::Call, machine::Machine, namespace::Namespace, parse::parse,
    registry::Registry,
};
use crate::helm::{
    error::{Error, Result},
    function::{Function, Kind},
    value::Value,
};

/// What templates ask of the world.
pub trait World {
    /// What the cluster holds (`lookup`): an object, a list where `name` is empty, an empty map where there is none.
    fn lookup(&mut self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value>;

    /// The time, in nanoseconds since 1970 UTC.
    fn now(&self) -> i128;

    /// Fills `bytes` with randomness.
    fn random(&mut self, bytes: &mut [u8]);
}

/// Templates with one namespace for all charts. They are parsed once and can be rendered any number of times.
pub struct Engine {
    registry: Registry,
    space: Rc<Namespace>,
}

impl Engine {
    /// An engine without templates, which can call these functions besides Go's and Helm's own.
    pub fn new(functions: &[&'static [Function]]) -> Self {
        Self { registry: Registry::new(functions), space: Rc::default() }
    }

    /// Parses a file. Its definitions replace those of files that were parsed before, so the order matters: see
    /// [`parse_all`](Self::parse_all).
    pub fn parse(&mut self, name: &str, text: impl Into<Rc<str>>) -> Result<()> {
        let text = text.into();
        let definitions = parse(name, &text, &self.registry).map_err(|error| failure::of_parsing(name, &error))?;
        let space = Rc::make_mut(&mut self.space);
        for template in compile(name, &text, &definitions) {
            space.add(template);
        }
        Ok(())
    }

    /// Parses files in Helm's order: the deepest paths first, and those of one depth from the last name to the first. So
    /// what a chart defines replaces what its subcharts define.
    pub fn parse_all<'f, T: Into<Rc<str>>>(&mut self, files: impl IntoIterator<Item = (&'f str, T)>) -> Result<()> {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_by(|(one, _), (other, _)| parse_order(one, other));
        files.into_iter().try_for_each(|(name, text)| self.parse(name, text))
    }

    /// Renders a file that was parsed, with `data` as its dot. `<no value>` is taken away, as Helm does.
    pub fn render(&self, name: &str, data: Value, world: &mut dyn World) -> Result<String> {
        let template = self.space.find(name).cloned();
        let template = template.ok_or_else(|| Error::new(format!("there is no template `{name}`")))?;
        let mut machine = Machine::new(&self.registry, world);
        let space = Rc::clone(&self.space);
        let written =
            machine.render(template, space, data, Call::Host).map_err(|error| failure::of_execution(&error))?;
        Ok(if written.contains(NO_VALUE) { written.replace(NO_VALUE, "") } else { written })
    }
}

/// How Helm orders files for parsing.
pub fn parse_order(one: &str, other: &str) -> Ordering {
    let depth = |name: &str| name.bytes().filter(|byte| *byte == b'/').count();
    depth(other).cmp(&depth(one)).then_with(|| other.cmp(one))
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// Helm's own functions that belong to the engine, besides `include` and `tpl`.
pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "fail", parameters: &[Kind::Text], rest: None, body: |_, arguments| Err(said(arguments)) },
    Function {
        name: "lookup",
        parameters: &[Kind::Text, Kind::Text, Kind::Text, Kind::Text],
        rest: None,
        body: |host, arguments| match arguments {
            [Value::Text(api_version), Value::Text(kind), Value::Text(namespace), Value::Text(name)] => {
                host.lookup(api_version, kind, namespace, name)
            }
            _ => Err(Error::new("lookup takes four strings")),
        },
    },
    Function {
        name: "required",
        parameters: &[Kind::Text, Kind::Any],
        rest: None,
        body: |_, arguments| match arguments.get(1) {
            None | Some(Value::Nil) => Err(said(arguments)),
            Some(Value::Text(text)) if text.is_empty() => Err(said(arguments)),
            Some(value) => Ok(value.clone()),
        },
    },
];

fn said(arguments: &[Value]) -> Error {
    failure::said(arguments.first().and_then(Value::as_text).unwrap_or_default())
}
