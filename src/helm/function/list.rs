//! Lists. None of these changes a list in place: they give new ones, whose inner maps are still shared.

use std::collections::HashMap;

use super::{
    Function, Host,
    Kind::{Any, Int},
    argument, cast, limit, print,
};
use crate::helm::{
    error::{Error, Result},
    value::{List, ListKind, Value},
};

/// The family. The `must…` ones say the same as those whose panics Go catches.
pub const FUNCTIONS: &[Function] = &[
    Function::new("list", &[], |_, arguments| Ok(Value::list(arguments.to_vec()))).with_rest(Any),
    Function::new("tuple", &[], |_, arguments| Ok(Value::list(arguments.to_vec()))).with_rest(Any),
    Function::new("first", &[Any], first),
    Function::new("mustFirst", &[Any], first),
    Function::new("last", &[Any], last),
    Function::new("mustLast", &[Any], last),
    Function::new("rest", &[Any], rest),
    Function::new("mustRest", &[Any], rest),
    Function::new("initial", &[Any], initial),
    Function::new("mustInitial", &[Any], initial),
    Function::new("append", &[Any, Any], push),
    Function::new("push", &[Any, Any], push),
    Function::new("mustAppend", &[Any, Any], push),
    Function::new("mustPush", &[Any, Any], push),
    Function::new("prepend", &[Any, Any], prepend),
    Function::new("mustPrepend", &[Any, Any], prepend),
    Function::new("concat", &[], concat).with_rest(Any),
    Function::new("reverse", &[Any], reverse),
    Function::new("mustReverse", &[Any], reverse),
    Function::new("compact", &[Any], compact),
    Function::new("mustCompact", &[Any], compact),
    Function::new("uniq", &[Any], unique),
    Function::new("mustUniq", &[Any], unique),
    Function::new("without", &[Any], without).with_rest(Any),
    Function::new("mustWithout", &[Any], without).with_rest(Any),
    Function::new("has", &[Any, Any], has),
    Function::new("mustHas", &[Any, Any], has),
    Function::new("slice", &[Any], slice).with_rest(Any),
    Function::new("mustSlice", &[Any], slice).with_rest(Any),
    Function::new("chunk", &[Int, Any], chunk),
    Function::new("mustChunk", &[Int, Any], chunk),
];

/// What a list, or anything that Go counts as a slice, holds; `None` of anything else.
pub(super) fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(list) => Some(list.to_vec()),
        Value::Bytes(bytes) => Some(bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect()),
        Value::Object(object) if object.kind_name() == "slice" => {
            Some(object.entries()?.into_iter().map(|(_, item)| item).collect())
        }
        _ => None,
    }
}

/// The items of the argument at `place`, or Go's error, in which `cannot` stands before the kind it has.
fn items_of(arguments: &[Value], place: usize, cannot: &str) -> Result<Vec<Value>> {
    let value = argument::any(arguments, place)?;
    items(value).ok_or_else(|| match value {
        Value::Nil => Error::new(argument::NIL_POINTER),
        other => Error::new(format!("{cannot} {}", other.kind_name())),
    })
}

fn first(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    Ok(items_of(arguments, 0, "Cannot find first on type")?.into_iter().next().unwrap_or_default())
}

fn last(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    Ok(items_of(arguments, 0, "Cannot find last on type")?.pop().unwrap_or_default())
}

fn rest(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut items = items_of(arguments, 0, "Cannot find rest on type")?;
    if items.is_empty() {
        return Ok(List::nil(ListKind::Any).into());
    }
    Ok(Value::list(items.split_off(1)))
}

fn initial(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut items = items_of(arguments, 0, "Cannot find initial on type")?;
    Ok(items.pop().map_or_else(|| List::nil(ListKind::Any), |_| List::new(items)).into())
}

fn push(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut items = items_of(arguments, 0, "Cannot push on type")?;
    items.push(argument::any(arguments, 1)?.clone());
    Ok(Value::list(items))
}

fn prepend(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut items = items_of(arguments, 0, "Cannot prepend on type")?;
    items.insert(0, argument::any(arguments, 1)?.clone());
    Ok(Value::list(items))
}

fn concat(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut all = vec![];
    for (place, list) in arguments.iter().enumerate() {
        if items(list).is_none() && !matches!(list, Value::Nil) {
            return Err(Error::new(format!("Cannot concat type {} as list", list.kind_name())));
        }
        all.append(&mut items_of(arguments, place, "")?);
        limit::items(all.len())?;
    }
    Ok(if all.is_empty() { List::nil(ListKind::Any).into() } else { Value::list(all) })
}

fn reverse(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut items = items_of(arguments, 0, "Cannot find reverse on type")?;
    items.reverse();
    Ok(Value::list(items))
}

fn compact(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut items = items_of(arguments, 0, "Cannot compact on type")?;
    items.retain(Value::is_true);
    Ok(Value::list(items))
}

fn unique(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut items = items_of(arguments, 0, "Cannot find uniq on type")?;
    // Equal values print alike, so that only values that do have to be compared.
    let mut seen: HashMap<String, Vec<Value>> = HashMap::new();
    items.retain(|item| {
        // Of numbers that are equal only 0 and -0 do not.
        let text = if matches!(item, Value::Float(0.0)) { Ok("0".to_owned()) } else { print::plain(item) };
        let alike = seen.entry(text.unwrap_or_default()).or_default();
        let is_new = !alike.iter().any(|other| item.is_deeply_equal(other));
        if is_new {
            alike.push(item.clone());
        }
        is_new
    });
    Ok(Value::list(items))
}

fn without(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut items = items_of(arguments, 0, "Cannot find without on type")?;
    items.retain(|item| !argument::rest(arguments, 1).iter().any(|omitted| item.is_deeply_equal(omitted)));
    Ok(Value::list(items))
}

fn has(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    if matches!(arguments, [_, Value::Nil]) {
        return Ok(false.into());
    }
    let needle = argument::any(arguments, 0)?;
    let items = items_of(arguments, 1, "Cannot find has on type")?;
    Ok(items.iter().any(|item| item.is_deeply_equal(needle)).into())
}

/// Part of a list, of the type that the list has. Nothing of an empty one.
fn slice(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let items = items_of(arguments, 0, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let bound = |place: usize| arguments.get(place).map(|bound| usize::try_from(cast::int(bound)));
    let start = bound(1).unwrap_or(Ok(0));
    let end = bound(2).unwrap_or(Ok(items.len()));
    let part = start.ok().zip(end.ok()).and_then(|(start, end)| items.get(start..end));
    let part = part.ok_or_else(|| Error::new("reflect.Value.Slice: slice index out of bounds"))?;
    Ok(match argument::any(arguments, 0)? {
        Value::List(list) => List::of_kind(list.kind(), part.to_vec()).into(),
        _ => Value::list(part.to_vec()),
    })
}

/// Lists of `size` items each. Go counts the lists by floats, and what comes of sizes below 1 is its answer.
#[expect(clippy::cast_precision_loss, reason = "Go counts by floats")]
fn chunk(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let size = argument::int(arguments, 0)?;
    let items = items_of(arguments, 1, "Cannot chunk type")?;
    let count = ((items.len() as f64 - 1.0) / size as f64).floor() + 1.0;
    if count == 0.0 {
        return Ok(List::of_kind(ListKind::Lists, vec![]).into());
    }
    let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
        return Err(Error::new("runtime error: makeslice: len out of range"));
    };
    let lists = items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect();
    Ok(List::of_kind(ListKind::Lists, lists).into())
}
