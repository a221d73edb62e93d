//! `index`, `slice` and `len`.

use super::super::{byte, slot::Slot};
use crate::helm::{
    error::{Error, Result},
    raw,
    value::{List, Value},
};

/// `index`: an item of a list, map or string, and an item of that, and so on.
pub(super) fn index(slots: &[Slot]) -> Result<Slot> {
    let Some((item, indexes)) = slots.split_first() else { return Err(Error::new("index of untyped nil")) };
    if matches!(item.value, Value::Nil) {
        return Err(Error::new("index of untyped nil"));
    }
    let mut item = item.clone();
    for index in indexes {
        item = item_at(&item.value, &index.value)?;
    }
    Ok(item)
}

fn item_at(item: &Value, index: &Value) -> Result<Slot> {
    let past_end = |what: &str| Error::new(format!("reflect: {what} index out of range"));
    match item {
        Value::Nil => Err(Error::new("index of nil pointer")),
        Value::List(list) => {
            let item = list.get(position(index, list.len())?).ok_or_else(|| past_end("slice"))?;
            Ok(Slot::of_list(list.kind(), item))
        }
        Value::Text(text) => byte_at(&raw::bytes(text), index, &past_end("string")),
        Value::Bytes(bytes) => byte_at(bytes, index, &past_end("slice")),
        Value::Map(map) => {
            let key = key(index)?;
            Ok(map.get(key).map_or_else(|| Slot::missing(map.kind()), |value| Slot::of_map(map.kind(), value)))
        }
        Value::Object(object) => match (object.kind_name(), object.entries()) {
            ("map", Some(entries)) => {
                let key = key(index)?;
                let found = entries.into_iter().find(|(name, _)| name.as_text() == Some(key));
                Ok(Slot::concrete(found.map_or(Value::Bytes([].into()), |(_, value)| value)))
            }
            ("slice", Some(entries)) => {
                let place = position(index, entries.len())?;
                let found = entries.into_iter().nth(place).ok_or_else(|| past_end("slice"))?;
                Ok(Slot::concrete(found.1))
            }
            _ => Err(cannot_index(item)),
        },
        Value::Bool(_) | Value::Int(_) | Value::Int64(_) | Value::Float(_) => Err(cannot_index(item)),
    }
}

fn cannot_index(item: &Value) -> Error {
    Error::new(format!("can't index item of type {}", item.type_name()))
}

fn byte_at(bytes: &[u8], index: &Value, past_end: &Error) -> Result<Slot> {
    let byte = bytes.get(position(index, bytes.len())?).ok_or_else(|| past_end.clone())?;
    Ok(Slot::concrete(byte::value(*byte)))
}

fn key(index: &Value) -> Result<&str> {
    match index {
        Value::Text(key) => Ok(key),
        Value::Nil => Err(Error::new("value is nil; should be of type string")),
        _ => Err(Error::new(format!("value has type {}; should be string", index.type_name()))),
    }
}

/// A position from 0 to `largest`, which itself is one past the end.
fn position(index: &Value, largest: usize) -> Result<usize> {
    match &index.underlying() {
        Value::Int(number) | Value::Int64(number) => {
            let position = usize::try_from(*number).ok().filter(|position| *position <= largest);
            position.ok_or_else(|| Error::new(format!("index out of range: {number}")))
        }
        Value::Nil => Err(Error::new("cannot index slice/array with nil")),
        _ => Err(Error::new(format!("cannot index slice/array with type {}", index.type_name()))),
    }
}

/// Go's `slice`; in Helm sprig's hides it.
pub(super) fn slice(slots: &[Slot]) -> Result<Slot> {
    let Some((item, indexes)) = slots.split_first() else { return Err(Error::new("slice of untyped nil")) };
    let length = match &item.value {
        Value::Nil => return Err(Error::new("slice of untyped nil")),
        _ if indexes.len() > 3 => return Err(Error::new(format!("too many slice indexes: {}", indexes.len()))),
        Value::Text(_) if indexes.len() == 3 => return Err(Error::new("cannot 3-index slice a string")),
        Value::Text(text) => raw::bytes(text).len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        other => return Err(Error::new(format!("can't slice item of type {}", other.type_name()))),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(&index.value, length)?;
    }
    let [start, end, capacity] = bounds;
    for (lower, upper) in [(start, end), (end, capacity)] {
        if lower > upper {
            return Err(Error::new(format!("invalid slice index: {lower} > {upper}")));
        }
    }
    Ok(Slot::concrete(match &item.value {
        Value::Text(text) => {
            let bytes = raw::bytes(text);
            Value::Text(raw::text(bytes.get(start..end).unwrap_or_default()))
        }
        Value::Bytes(bytes) => Value::Bytes(bytes[start..end].into()),
        Value::List(list) => List::of_kind(list.kind(), list.to_vec()[start..end].to_vec()).into(),
        other => other.clone(),
    }))
}

/// `len`, in bytes for strings.
pub(super) fn length(slots: &[Slot]) -> Result<Slot> {
    let slot = slots.first().cloned().unwrap_or_default();
    let length = match &slot.value {
        Value::Nil if slot.is_interface => return Err(Error::new("len of nil pointer")),
        Value::Nil => return Err(Error::new("reflect: call of reflect.Value.Type on zero Value")),
        Value::Text(text) => raw::bytes(text).len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Object(object) => match object.entries() {
            Some(entries) if matches!(object.kind_name(), "map" | "slice") => entries.len(),
            _ => return Err(no_length(&slot.value)),
        },
        Value::Bool(_) | Value::Int(_) | Value::Int64(_) | Value::Float(_) => return Err(no_length(&slot.value)),
    };
    Ok(Slot::concrete(Value::Int(i64::try_from(length).unwrap_or(i64::MAX))))
}

fn no_length(value: &Value) -> Error {
    Error::new(format!("len of type {}", value.type_name()))
}
