//! What functions take out of their arguments. The executor has checked them; nothing panics if it has not.

use crate::helm::{
    error::{Error, Result},
    value::Value,
};

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

/// That `value` is not of the type `wanted`, in Go's words.
pub(super) fn wrong(wanted: &str, value: Option<&Value>) -> Error {
    match value {
        None => Error::new(format!("an argument is missing; expected {wanted}")),
        Some(Value::Nil) => Error::new(format!("invalid value; expected {wanted}")),
        Some(value) => Error::new(format!("wrong type for value; expected {wanted}; got {}", value.type_name())),
    }
}
