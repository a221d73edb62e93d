//! Comparison, by the rules of Go's templates: only values of one basic kind can be compared.

use std::{cmp::Ordering, rc::Rc, slice};

use super::super::{format, slot::Slot};
use crate::helm::{
    error::{Error, Result},
    raw,
    value::Value,
};

/// What Go's comparisons tell apart. All whole numbers are of one kind, floats of another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    Bool,
    Int,
    Float,
    Text,
}

fn basic(value: &Value) -> Option<Basic> {
    match value {
        Value::Bool(_) => Some(Basic::Bool),
        Value::Int(_) | Value::Int64(_) => Some(Basic::Int),
        Value::Float(_) => Some(Basic::Float),
        Value::Text(_) => Some(Basic::Text),
        Value::Object(object) if object.whole().is_some() => Some(Basic::Int),
        Value::Nil | Value::Bytes(_) | Value::List(_) | Value::Map(_) | Value::Object(_) => None,
    }
}

/// `eq`: whether the first equals any of the others.
pub(super) fn equal(slots: &[Slot]) -> Result<bool> {
    let Some((first, others)) = slots.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err(Error::new("missing argument for comparison"));
    };
    for other in others {
        if equal_pair(&first.value, &other.value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_pair(one: &Value, other: &Value) -> Result<bool> {
    match (one, other) {
        (Value::Nil, Value::Nil) => return Ok(true),
        (Value::Nil, _) | (_, Value::Nil) => return Ok(false),
        _ if basic(one) != basic(other) => return Err(incompatible(one, other)),
        _ => {}
    }
    if let Some(order) = order(one, other) {
        return Ok(order == Some(Ordering::Equal));
    }
    if one.kind_name() != other.kind_name() {
        let (shown, other_shown) =
            (format::printf("%s", slice::from_ref(one))?, format::print(slice::from_ref(other))?);
        let (name, other_name) = (one.type_name(), other.type_name());
        return Err(Error::new(format!("non-comparable types {shown}: {name}, {other_name}: {other_shown}")));
    }
    match (one, other) {
        (Value::Object(one), Value::Object(other)) if matches!(one.kind_name(), "ptr" | "struct") => {
            let is_struct = one.kind_name() == "struct" && one.type_name() == other.type_name();
            Ok(Rc::ptr_eq(one, other) || is_struct && one.print() == other.print())
        }
        _ => {
            let shown = format::printf("%s", slice::from_ref(other))?;
            Err(Error::new(format!("non-comparable type {shown}: {}", other.type_name())))
        }
    }
}

/// How values of one basic kind are to one another: nothing where they are of none, and nothing inside where one is not
/// a number.
#[expect(clippy::option_option, reason = "the two kinds of nothing mean different errors")]
fn order(one: &Value, other: &Value) -> Option<Option<Ordering>> {
    match (&one.underlying(), &other.underlying()) {
        (Value::Bool(one), Value::Bool(other)) => Some(one.partial_cmp(other)),
        (Value::Int(one) | Value::Int64(one), Value::Int(other) | Value::Int64(other)) => Some(one.partial_cmp(other)),
        (Value::Float(one), Value::Float(other)) => Some(one.partial_cmp(other)),
        (Value::Text(one), Value::Text(other)) => Some(Some(raw::bytes(one).cmp(&raw::bytes(other)))),
        _ => None,
    }
}

/// `lt`.
pub(super) fn less(slots: &[Slot]) -> Result<bool> {
    compare(slots).map(|order| order == Some(Ordering::Less))
}

/// `le`.
pub(super) fn less_or_equal(slots: &[Slot]) -> Result<bool> {
    compare(slots).map(|order| matches!(order, Some(Ordering::Less | Ordering::Equal)))
}

fn compare(slots: &[Slot]) -> Result<Option<Ordering>> {
    let invalid = || Error::new("invalid type for comparison");
    let [one, other] = slots else { return Err(invalid()) };
    let (one, other) = (&one.value, &other.value);
    let (kind, other_kind) = (basic(one).ok_or_else(invalid)?, basic(other).ok_or_else(invalid)?);
    if kind != other_kind {
        return Err(incompatible(one, other));
    }
    order(one, other).filter(|_| kind != Basic::Bool).ok_or_else(invalid)
}

fn incompatible(one: &Value, other: &Value) -> Error {
    Error::new(format!("incompatible types for comparison: {} and {}", one.type_name(), other.type_name()))
}
