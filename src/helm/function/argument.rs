//! Taking arguments out of the row that a body is given. The executor has checked them; a gap is still an error, no panic.

use crate::helm::{
    error::{Error, Result},
    value::{Map, Value},
};

/// What Go says where a function looks into nil.
pub(super) const NIL_POINTER: &str = "runtime error: invalid memory address or nil pointer dereference";

fn unfit(place: usize) -> Error {
    Error::new(format!("argument {} is missing or of another type", place + 1))
}

/// Any argument.
pub(super) fn any(arguments: &[Value], place: usize) -> Result<&Value> {
    arguments.get(place).ok_or_else(|| unfit(place))
}

/// A text.
pub(super) fn text(arguments: &[Value], place: usize) -> Result<&str> {
    any(arguments, place)?.as_text().ok_or_else(|| unfit(place))
}

/// An `int`.
pub(super) fn int(arguments: &[Value], place: usize) -> Result<i64> {
    match any(arguments, place)? {
        Value::Int(number) => Ok(*number),
        _ => Err(unfit(place)),
    }
}

/// A `bool`.
pub(super) fn bool(arguments: &[Value], place: usize) -> Result<bool> {
    match any(arguments, place)? {
        Value::Bool(value) => Ok(*value),
        _ => Err(unfit(place)),
    }
}

/// A map; `None` where the template says `nil`, which Go takes for a nil map.
pub(super) fn map(arguments: &[Value], place: usize) -> Result<Option<&Map>> {
    match any(arguments, place)? {
        Value::Map(map) => Ok(Some(map)),
        Value::Nil => Ok(None),
        _ => Err(unfit(place)),
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
