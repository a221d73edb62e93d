//! What functions take out of their arguments. The executor has checked them; nothing panics if it has not.

use crate::helm::{
    error::{Error, Result},
    value::{Map, Value},
};

/// What Go says where a function looks into nil.
pub(super) const NIL_POINTER: &str = "runtime error: invalid memory address or nil pointer dereference";

/// The text at `place`.
pub(super) fn text(arguments: &[Value], place: usize) -> Result<&str> {
    match arguments.get(place) {
        Some(Value::Text(text)) => Ok(text),
        other => Err(wrong("string", other)),
    }
}

/// The whole number at `place`, be it an `int` or an `int64`.
pub(super) fn whole(arguments: &[Value], place: usize) -> Result<i64> {
    match arguments.get(place) {
        Some(Value::Int(number) | Value::Int64(number)) => Ok(*number),
        other => Err(wrong("int", other)),
    }
}

/// The items of the list at `place`; none where nil was given.
pub(super) fn items(arguments: &[Value], place: usize) -> Result<Vec<Value>> {
    match arguments.get(place) {
        Some(Value::List(list)) => Ok(list.to_vec()),
        Some(Value::Nil) => Ok(vec![]),
        other => Err(wrong("[]interface {}", other)),
    }
}

/// Any argument.
pub(super) fn any(arguments: &[Value], place: usize) -> Result<&Value> {
    arguments.get(place).ok_or_else(|| wrong("interface {}", None))
}

/// An `int`.
pub(super) fn int(arguments: &[Value], place: usize) -> Result<i64> {
    match any(arguments, place)? {
        Value::Int(number) => Ok(*number),
        other => Err(wrong("int", Some(other))),
    }
}

/// A `bool`.
pub(super) fn bool(arguments: &[Value], place: usize) -> Result<bool> {
    match any(arguments, place)? {
        Value::Bool(value) => Ok(*value),
        other => Err(wrong("bool", Some(other))),
    }
}

/// A map; `None` where the template says `nil`, which Go takes for a nil map.
pub(super) fn map(arguments: &[Value], place: usize) -> Result<Option<&Map>> {
    match any(arguments, place)? {
        Value::Map(map) => Ok(Some(map)),
        Value::Nil => Ok(None),
        other => Err(wrong("map[string]interface {}", Some(other))),
    }
}

/// The arguments from `place` on.
pub(super) fn rest(arguments: &[Value], place: usize) -> &[Value] {
    arguments.get(place..).unwrap_or_default()
}

/// The maps among the arguments from `place` on; nil maps are empty.
pub(super) fn maps(arguments: &[Value], place: usize) -> impl Iterator<Item = &Map> {
    rest(arguments, place).iter().filter_map(Value::as_map)
}

/// The texts among the arguments from `place` on.
pub(super) fn texts(arguments: &[Value], place: usize) -> impl Iterator<Item = &str> {
    rest(arguments, place).iter().filter_map(Value::as_text)
}

/// That `value` is not of the type `wanted`, in Go's words.
pub(super) fn wrong(wanted: &str, value: Option<&Value>) -> Error {
    match value {
        None => Error::new(format!("an argument is missing; expected {wanted}")),
        Some(Value::Nil) => Error::new(format!("invalid value; expected {wanted}")),
        Some(value) => Error::new(format!("wrong type for value; expected {wanted}; got {}", value.type_name())),
    }
}
