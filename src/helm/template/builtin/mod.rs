//! Go's own functions of templates, as Go 1.26 has them.

mod compare;
mod escape;
mod index;

use super::{format, slot::Slot};
use crate::helm::{
    error::{Error, Result},
    function::Kind,
    value::Value,
};

/// One of Go's own functions. Unlike others it sees whether a value is held as an interface.
pub(super) struct Builtin {
    /// Its name in templates.
    pub(super) name: &'static str,
    /// What its fixed parameters take.
    pub(super) parameters: &'static [Kind],
    /// What each further argument takes.
    pub(super) rest: Option<Kind>,
    body: fn(&[Slot]) -> Result<Slot>,
}

const fn builtin(
    name: &'static str,
    parameters: &'static [Kind],
    rest: Option<Kind>,
    body: fn(&[Slot]) -> Result<Slot>,
) -> Builtin {
    Builtin { name, parameters, rest, body }
}

const ONE: &[Kind] = &[Kind::Any];
const TWO: &[Kind] = &[Kind::Any, Kind::Any];
const MORE: Option<Kind> = Some(Kind::Any);

/// Go's own functions. `and` and `or` never come to their bodies: the compiler knows them.
pub(super) static BUILTINS: [Builtin; 19] = [
    builtin("and", ONE, MORE, |slots| Ok(first(slots))),
    builtin("call", ONE, MORE, call_value),
    builtin("eq", ONE, MORE, |slots| compare::equal(slots).map(truth)),
    builtin("ge", TWO, None, |slots| compare::less(slots).map(|less| truth(!less))),
    builtin("gt", TWO, None, |slots| compare::less_or_equal(slots).map(|less| truth(!less))),
    builtin("html", &[], MORE, |slots| Ok(text(escape::html(&escape::joined(slots)?)))),
    builtin("index", ONE, MORE, index::index),
    builtin("js", &[], MORE, |slots| Ok(text(escape::js(&escape::joined(slots)?)))),
    builtin("le", TWO, None, |slots| compare::less_or_equal(slots).map(truth)),
    builtin("len", ONE, None, index::length),
    builtin("lt", TWO, None, |slots| compare::less(slots).map(truth)),
    builtin("ne", TWO, None, |slots| compare::equal(slots).map(|equal| truth(!equal))),
    builtin("not", ONE, None, |slots| Ok(truth(!slots.iter().any(|slot| slot.value.is_true())))),
    builtin("or", ONE, MORE, |slots| Ok(first(slots))),
    builtin("print", &[], MORE, |slots| format::print(&values(slots)).map(text)),
    builtin("printf", &[Kind::Text], MORE, printf),
    builtin("println", &[], MORE, |slots| format::println(&values(slots)).map(text)),
    builtin("slice", ONE, MORE, index::slice),
    builtin("urlquery", &[], MORE, |slots| Ok(text(escape::url_query(&escape::joined(slots)?)))),
];

/// Calls a builtin. There are as many arguments as it takes, and they are of the kinds of its parameters.
pub(super) fn call(builtin: &Builtin, arguments: &[Slot]) -> Result<Slot> {
    (builtin.body)(arguments)
}

fn truth(value: bool) -> Slot {
    Slot::concrete(Value::Bool(value))
}

fn text(text: String) -> Slot {
    Slot::concrete(text.into())
}

fn values(slots: &[Slot]) -> Vec<Value> {
    slots.iter().map(|slot| slot.value.clone()).collect()
}

fn first(slots: &[Slot]) -> Slot {
    slots.first().cloned().unwrap_or_default()
}

fn printf(slots: &[Slot]) -> Result<Slot> {
    let values = values(slots);
    match values.split_first() {
        Some((Value::Text(format), arguments)) => format::printf(format, arguments).map(text),
        _ => Err(Error::new("printf without a format")),
    }
}

/// `call` calls a value that is a function. Helm gives templates none, so it only says what it was given. Before the
/// arguments it gets how the first of them is written, if that does not come from a pipeline.
fn call_value(slots: &[Slot]) -> Result<Slot> {
    let (written, value) = match slots {
        [written, value, ..] => (&written.value, &value.value),
        [value] => (&value.value, &value.value),
        [] => (&Value::Nil, &Value::Nil),
    };
    if matches!(value, Value::Nil) {
        return Err(Error::new("call of nil"));
    }
    let name = value.type_name();
    let written = written.as_text().map_or_else(|| format!("<{name} Value>"), ToOwned::to_owned);
    Err(Error::new(format!("non-function {written} of type {name}")))
}
