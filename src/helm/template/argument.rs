//! Which values a parameter takes: Go's assignability, and the numbers and strings of a template that fit it.

use super::{ast::Term, literal::Number, slot::Slot};
use crate::helm::{
    error::{Error, Result},
    function::Kind,
    value::{List, ListKind, MapKind, Value},
};

/// Go's type of spans of time, whose constants are whole numbers.
const SPAN: Kind = Kind::Other("time.Duration");

/// As Go names the type.
pub(super) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "interface {}",
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Int64 => "int64",
        Kind::Float => "float64",
        Kind::Text => "string",
        Kind::Bytes => "[]uint8",
        Kind::Map => "map[string]interface {}",
        Kind::List => "[]interface {}",
        Kind::Strings => "[]string",
        Kind::Other(name) => name,
    }
}

/// The value that a parameter of `kind` gets of `slot`, by the rules of Go's `validateType`.
pub(super) fn check(slot: Slot, kind: Kind) -> Result<Value> {
    if is_assignable(&slot.value, kind) {
        return Ok(slot.value);
    }
    if !matches!(slot.value, Value::Nil) {
        return Err(wrong_type(kind, slot.value.type_name()));
    }
    if slot.is_interface {
        return Err(wrong_type(kind, "interface {}"));
    }
    nil(kind).ok_or_else(|| Error::new(format!("invalid value; expected {}", type_name(kind))))
}

fn wrong_type(expected: Kind, found: &str) -> Error {
    Error::new(format!("wrong type for value; expected {}; got {found}", type_name(expected)))
}

fn is_assignable(value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Bool => matches!(value, Value::Bool(_)),
        Kind::Int => matches!(value, Value::Int(_)),
        Kind::Int64 => matches!(value, Value::Int64(_)),
        Kind::Float => matches!(value, Value::Float(_)),
        Kind::Text => matches!(value, Value::Text(_)),
        Kind::Bytes => matches!(value, Value::Bytes(_)),
        Kind::Map => value.as_map().is_some_and(|map| map.kind() != MapKind::Strings),
        Kind::List => value.as_list().is_some_and(|list| list.kind() == ListKind::Any),
        Kind::Strings => value.as_list().is_some_and(|list| list.kind() == ListKind::Strings),
        // A constant is a span of time too; those of a method's arguments come here, as the method was not known before.
        SPAN if matches!(value, Value::Int(_)) => true,
        // No value is of an unsigned kind, which only constants can be.
        Kind::Other(name) => value.type_name() == name,
    }
}

/// What nil is for a parameter of `kind`; `None` where it cannot be.
fn nil(kind: Kind) -> Option<Value> {
    match kind {
        // A nil map is not an empty one: `set` cannot put anything into it.
        Kind::Any | Kind::Map => Some(Value::Nil),
        Kind::Bytes => Some(Value::Bytes([].into())),
        Kind::List => Some(List::nil(ListKind::Any).into()),
        Kind::Strings => Some(List::nil(ListKind::Strings).into()),
        Kind::Other(name) if name.starts_with(['*', '[', 'm']) => Some(Value::Nil),
        _ => None,
    }
}

/// The value that a parameter of `kind` gets of a constant, or Go's words why it gets none.
pub(super) fn constant(term: &Term, kind: Kind, shown: &str) -> Result<Value, String> {
    let expected = |what: &str| Err(format!("expected {what}; found {shown}"));
    match (kind, term) {
        (_, Term::Nil) => nil(kind).ok_or_else(|| format!("cannot assign nil to {}", type_name(kind))),
        (Kind::Any, _) => ideal(term, shown),
        (Kind::Bool, Term::Bool(value)) => Ok(Value::Bool(*value)),
        (Kind::Bool, _) => expected("bool"),
        (Kind::Int, Term::Number(Number { int: Some(number), .. })) => Ok(Value::Int(*number)),
        (Kind::Int64 | SPAN, Term::Number(Number { int: Some(number), .. })) => Ok(Value::Int64(*number)),
        (Kind::Int | Kind::Int64 | SPAN, _) => expected("integer"),
        (Kind::Float, Term::Number(Number { float: Some(number), .. })) => Ok(Value::Float(*number)),
        (Kind::Float, _) => expected("float"),
        (Kind::Text, Term::Text(text)) => Ok(Value::Text(text.clone())),
        (Kind::Text, _) => expected("string"),
        (Kind::Other(name), _) if name.starts_with("uint") => match term {
            Term::Number(Number { unsigned: Some(number), .. }) => {
                i64::try_from(*number).map(Value::Int).map_err(|_| format!("{shown} overflows int"))
            }
            _ => expected("unsigned integer"),
        },
        _ => Err(format!("can't handle {shown} for arg of type {}", type_name(kind))),
    }
}

/// The value of a constant where nothing tells its type.
pub(super) fn ideal(term: &Term, shown: &str) -> Result<Value, String> {
    match term {
        Term::Bool(value) => Ok(Value::Bool(*value)),
        Term::Text(text) => Ok(Value::Text(text.clone())),
        Term::Number(Number { float: Some(number), looks_float: true, .. }) => Ok(Value::Float(*number)),
        Term::Number(Number { int: Some(number), .. }) => Ok(Value::Int(*number)),
        Term::Number(_) => Err(format!("{shown} overflows int")),
        _ => Err(format!("can't handle assignment of {shown} to empty interface argument")),
    }
}
