//! What lists are made of, and what tells their items apart.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::{Map, Value};

use crate::helm::{
    error::{Error, Result},
    number::go_float,
};

/// What the items of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Items {
    Maps,
    Scalars,
}

/// What the items of all these lists are. They must be alike, and no lists, and there must be some.
pub(super) fn items(lists: &[&[Value]]) -> Result<Items> {
    let mut items = lists.iter().copied().flatten();
    let Some(first) = items.next() else { return Err(Error::new("cannot merge lists without items")) };
    let kind = match first {
        Value::Array(_) => return Err(Error::new("cannot merge lists of lists")),
        Value::Null => return Err(Error::new("cannot merge a list with a null in it")),
        Value::Object(_) => Items::Maps,
        _ => Items::Scalars,
    };
    if items.any(|item| !alike(first, item)) {
        return Err(Error::new(format!("cannot merge lists whose items are not all of one type: {}", told(lists))));
    }
    Ok(kind)
}

fn told(lists: &[&[Value]]) -> String {
    let names = |list: &&[Value]| list.iter().map(type_name).collect::<Vec<_>>().join(", ");
    lists.iter().map(|list| format!("[{}]", names(list))).collect::<Vec<_>>().join(" and ")
}

/// What kind of value it is; never the value itself, which may be a secret.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "whole number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}

/// Whether both are of one type, as Go decodes them.
fn alike(left: &Value, right: &Value) -> bool {
    type_name(left) == type_name(right)
}

/// Whether both are the same scalar; lists and maps cannot be compared with their like.
pub(super) fn same(left: &Value, right: &Value) -> Result<bool> {
    match (left, right) {
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => {
            Err(Error::new(format!("cannot tell items of a list apart by a {}", type_name(left))))
        }
        _ => Ok(left == right),
    }
}

/// Whether a scalar is among others.
pub(super) fn contains(list: &[Value], wanted: &Value) -> Result<bool> {
    match list.iter().chain([wanted]).find(|value| value.is_array() || value.is_object()) {
        Some(value) => Err(Error::new(format!("cannot look for a {} in a list of scalars", type_name(value)))),
        None => Ok(list.contains(wanted)),
    }
}

/// An item that must be a map.
pub(super) fn map(item: &Value) -> Result<&Map<String, Value>> {
    item.as_object().ok_or_else(|| Error::new(format!("expected a map in a list, found a {}", type_name(item))))
}

/// The value of an item's merge key.
pub(super) fn key_of<'a>(item: &'a Value, key: &str) -> Result<&'a Value> {
    map(item)?.get(key).ok_or_else(|| {
        let known = map(item).map(|map| map.keys().map(String::as_str).collect::<Vec<_>>().join(", "));
        Error::new(format!("an item with the fields {} has no merge key `{key}`", known.unwrap_or_default()))
    })
}

/// Where the first item with this value of the merge key stands.
pub(super) fn position(list: &[Value], key: &str, wanted: &Value) -> Result<Option<usize>> {
    for (place, item) in list.iter().enumerate() {
        if let Some(value) = map(item)?.get(key)
            && same(value, wanted)?
        {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// A value as Go's `%v` prints it, by which items are sorted.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    let joined = |texts: Vec<String>| texts.join(" ");
    match value {
        Value::Null => "<nil>".into(),
        Value::Bool(truth) => truth.to_string().into(),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => go_float(float).into(),
            None => number.to_string().into(),
        },
        Value::String(text) => text.into(),
        Value::Array(items) => {
            format!("[{}]", joined(items.iter().map(|item| text(item).into_owned()).collect())).into()
        }
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| key.as_str());
            format!("map[{}]", joined(pairs.iter().map(|(key, item)| format!("{key}:{}", text(item))).collect())).into()
        }
    }
}

/// How two values stand to each other when items are sorted.
pub(super) fn compared(left: &Value, right: &Value) -> Ordering {
    text(left).cmp(&text(right))
}

/// The list without repetitions. The last item takes the place of each one that goes, as in apimachinery.
pub(super) fn without_repetitions(mut list: Vec<Value>) -> Result<Vec<Value>> {
    let mut first = 0;
    while first < list.len() {
        let mut other = first + 1;
        while other < list.len() {
            if same(&list[first], &list[other])? {
                list.swap_remove(other);
            } else {
                other += 1;
            }
        }
        first += 1;
    }
    Ok(list)
}
