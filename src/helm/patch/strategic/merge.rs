//! Putting a patch into an object, or into another patch.

use serde_json::{Map, Value};

use super::{
    DELETE_FROM_LIST, DIRECTIVE, ELEMENT_ORDER, RETAIN_KEYS,
    element_order::ordered_lists,
    list::{self, Items},
    order::{self, Identity},
};
use crate::helm::{
    error::{Error, Result},
    patch::schema::{Schema, Strategy, Way},
};

/// Into what a patch is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Into an object: directives are followed, and nulls take away.
    Object,
    /// Into another patch: directives and nulls are kept for the server.
    Patch,
}

/// What becomes of a map by a patch.
pub(super) fn maps(
    mut original: Map<String, Value>,
    mut patch: Map<String, Value>,
    schema: Schema,
    aim: Aim,
) -> Result<Map<String, Value>> {
    if let Some(directive) = patch.shift_remove(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => Ok(patch),
            Some("delete") => Ok(Map::new()),
            _ => Err(Error::new(format!("unknown `{DIRECTIVE}` in a patch; a map knows `replace` and `delete`"))),
        };
    }
    retain_keys(&mut original, &mut patch, aim)?;
    ordered_lists(&mut original, &mut patch, schema, aim)?;
    // Lists of deletions come first by their `$`.
    patch.sort_keys();
    for (key, value) in patch {
        let Some(list) = key.strip_prefix(DELETE_FROM_LIST) else {
            field(&mut original, &key, value, schema, aim).map_err(|error| error.at(format!("`{key}`")))?;
            continue;
        };
        if aim == Aim::Patch {
            original.insert(key, value);
            continue;
        }
        let Some(name) = list.strip_prefix('/') else {
            return Err(Error::new(format!(
                "`{key}` in a patch names no list; it should be `{DELETE_FROM_LIST}/NAME`"
            )));
        };
        deletions(&mut original, name, value, schema).map_err(|error| error.at(format!("`{key}`")))?;
    }
    Ok(original)
}

/// Takes away all fields that a patch does not list as meant to stay.
fn retain_keys(original: &mut Map<String, Value>, patch: &mut Map<String, Value>, aim: Aim) -> Result<()> {
    let Some(kept) = patch.shift_remove(RETAIN_KEYS) else { return Ok(()) };
    if aim == Aim::Patch {
        if original.get(RETAIN_KEYS).is_some_and(|other| *other != kept) {
            return Err(Error::new(format!("two different `{RETAIN_KEYS}` in one patch")));
        }
        original.insert(RETAIN_KEYS.to_owned(), kept);
        return Ok(());
    }
    let bad = |what: &str| Error::new(format!("`{RETAIN_KEYS}` in a patch {what}"));
    let kept = kept.as_array().ok_or_else(|| bad("is not a list"))?;
    if kept.iter().any(|key| key.is_array() || key.is_object()) {
        return Err(bad("has more than names"));
    }
    let listed = |key: &String| kept.iter().any(|name| name == key);
    let told = |key: &String| key.starts_with(DELETE_FROM_LIST) || key.starts_with(ELEMENT_ORDER);
    if let Some((key, _)) = patch.iter().find(|(key, value)| !value.is_null() && !told(key) && !listed(key)) {
        return Err(bad(&format!("lacks `{key}`, which the patch sets")));
    }
    original.retain(|key, _| listed(key));
    Ok(())
}

/// Puts a field of a patch in.
fn field(original: &mut Map<String, Value>, key: &str, value: Value, schema: Schema, aim: Aim) -> Result<()> {
    if value.is_null() {
        original.shift_remove(key);
        if aim == Aim::Patch {
            original.insert(key.to_owned(), value);
        }
        return Ok(());
    }
    let merged = match (original.get_mut(key).map(Value::take), value) {
        (Some(Value::Object(old)), Value::Object(new)) => {
            let (below, strategy) = schema.map(key)?;
            let replaced = strategy.way == Way::Replace;
            Some(Value::Object(if replaced { new } else { maps(old, new, below, aim)? }))
        }
        (Some(Value::Array(old)), Value::Array(new)) => {
            let (items, strategy) = schema.items(key)?;
            let merged = strategy.way == Way::Merge;
            Some(Value::Array(if merged { lists(old, new, items, strategy, aim)? } else { new }))
        }
        (_, new) => without_directives(if aim == Aim::Object { without_nulls(new) } else { new }),
    };
    match merged {
        Some(merged) => original.insert(key.to_owned(), merged),
        None => original.shift_remove(key),
    };
    Ok(())
}

/// Takes scalars out of a list.
fn deletions(original: &mut Map<String, Value>, name: &str, gone: Value, schema: Schema) -> Result<()> {
    if gone.is_null() {
        original.shift_remove(name);
        return Ok(());
    }
    let (Some(Value::Array(live)), Value::Array(gone)) = (original.get_mut(name), gone) else { return Ok(()) };
    let (items, strategy) = schema.items(name)?;
    let live_items = std::mem::take(live);
    *live = if live_items.is_empty() && gone.is_empty() {
        live_items
    } else if list::items(&[&live_items, &gone])? == Items::Maps {
        merged_maps(live_items, gone, items, strategy, Aim::Object)?
    } else {
        let mut left = vec![];
        for item in live_items {
            if !list::contains(&gone, &item)? {
                left.push(item);
            }
        }
        left
    };
    Ok(())
}

/// Merges two lists: of scalars into one without repetitions, of maps by their key.
pub(super) fn lists(
    old: Vec<Value>,
    new: Vec<Value>,
    schema: Schema,
    strategy: Strategy,
    aim: Aim,
) -> Result<Vec<Value>> {
    if strategy.way != Way::Merge {
        return Ok(new);
    }
    if old.is_empty() && new.is_empty() {
        return Ok(old);
    }
    if list::items(&[&old, &new])? == Items::Maps {
        return merged_maps(old, new, schema, strategy, aim);
    }
    let merged = list::without_repetitions(old.iter().chain(&new).cloned().collect())?;
    let (patched, server_only) = order::parted(merged, &new, strategy.key)?;
    order::interleaved(patched, server_only, &new, &old, Identity { items: Items::Scalars, key: strategy.key })
}

fn merged_maps(old: Vec<Value>, new: Vec<Value>, schema: Schema, strategy: Strategy, aim: Aim) -> Result<Vec<Value>> {
    let key = strategy.key;
    if key.is_empty() {
        return Err(Error::new(format!("cannot merge lists of maps without a merge key for a {}", schema.name())));
    }
    let (old, new) = follow_directives(old, new, key)?;
    let mut merged = old.clone();
    for item in &new {
        match list::position(&merged, key, list::key_of(item, key)?)? {
            Some(place) => {
                let patch = list::map(item)?.clone();
                let live = list::map(&merged[place])?.clone();
                let told = |error: Error| error.at(format!("`{}`", list::text(&item[key])));
                merged[place] = Value::Object(maps(live, patch, schema, aim).map_err(told)?);
            }
            None => merged.push(item.clone()),
        }
    }
    let (patched, server_only) = order::parted(merged, &new, key)?;
    order::interleaved(patched, server_only, &new, &old, Identity { items: Items::Maps, key })
}

/// Takes out of a list of maps what the patch of it says, and gives the rest of both.
fn follow_directives(mut old: Vec<Value>, new: Vec<Value>, key: &str) -> Result<(Vec<Value>, Vec<Value>)> {
    let mut rest = vec![];
    let mut replaced = false;
    for item in new {
        let Some(directive) = list::map(&item)?.get(DIRECTIVE) else {
            rest.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let gone = list::key_of(&item, key)?;
                while let Some(place) = list::position(&old, key, gone)? {
                    old.remove(place);
                }
            }
            Some("replace") => replaced = true,
            _ => {
                let known = "a list knows `replace` and `delete`";
                return Err(Error::new(format!("unknown `{DIRECTIVE}` in an item of a patch; {known}")));
            }
        }
    }
    Ok(if replaced { (rest, vec![]) } else { (old, rest) })
}

/// What a patch puts in anew, without the maps that are directives; `None` if it is one itself.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => {
            Some(map.into_iter().filter_map(|(key, item)| Some((key, without_directives(item)?))).collect())
        }
        Value::Array(items) => Some(Value::Array(items_without_directives(items))),
        scalar => Some(scalar),
    }
}

pub(super) fn items_without_directives(items: Vec<Value>) -> Vec<Value> {
    items.into_iter().filter_map(without_directives).collect()
}

/// The value without the fields that are null, at any depth.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            map.into_iter().filter(|(_, item)| !item.is_null()).map(|(key, item)| (key, without_nulls(item))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        scalar => scalar,
    }
}
