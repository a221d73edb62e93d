//! Putting a patch into an object, or into another patch.

use serde_json::{Map, Value};

use super::{
    DELETE_FROM_LIST, DIRECTIVE, ELEMENT_ORDER, RETAIN_KEYS,
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

/// Merges the lists whose order a patch tells, and takes them out of the patch.
fn ordered_lists(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: Schema,
    aim: Aim,
) -> Result<()> {
    let keys: Vec<_> = patch.keys().filter(|key| key.starts_with(ELEMENT_ORDER)).cloned().collect();
    for key in keys {
        let order = patch.shift_remove(&key).unwrap_or_default();
        let bad = |what: &str| Error::new(format!("`{key}` in a patch {what}"));
        if aim == Aim::Patch {
            if original.get(&key).is_some_and(|other| *other != order) {
                return Err(bad("has two different values"));
            }
            original.insert(key.clone(), order.clone());
        }
        let order = order.as_array().ok_or_else(|| bad("is not a list"))?;
        let name = key[ELEMENT_ORDER.len()..].strip_prefix('/').ok_or_else(|| bad("names no list"))?;
        let merged = ordered_list(original.get(name), patch.get(name), order, name, schema, aim);
        if let Some(merged) = merged.map_err(|error| error.at(format!("`{key}`")))? {
            original.insert(name.to_owned(), Value::Array(merged));
            patch.shift_remove(name);
        }
    }
    Ok(())
}

fn ordered_list(
    original: Option<&Value>,
    patch: Option<&Value>,
    order: &[Value],
    name: &str,
    schema: Schema,
    aim: Aim,
) -> Result<Option<Vec<Value>>> {
    let list = |value: &Value| match value {
        Value::Array(items) => Ok(items.clone()),
        other => Err(Error::new(format!("expected a list, found a {}", list::type_name(other)))),
    };
    let (live, new) = (original.map(list).transpose()?, patch.map(list).transpose()?);
    let (schema, strategy) = schema.items(name)?;
    check_order(new.as_deref().unwrap_or_default(), order, strategy.key)?;
    let (mut server_order, new_items) = (live.clone().unwrap_or_default(), new.clone().unwrap_or_default());
    let items = list::items(&[&server_order, &new_items]);
    let merged = match (live, new) {
        (None, None) => return Ok(None),
        (Some(live), None) => live,
        (None, Some(new)) => items_without_directives(new),
        (Some(live), Some(new)) => {
            let merged = lists(live, new, schema, strategy, aim)?;
            if strategy.way == Way::Merge && !strategy.key.is_empty() {
                server_order = left_behind(server_order, &new_items, strategy.key)?;
            }
            merged
        }
    };
    let (patched, server_only) = order::parted(merged, order, strategy.key)?;
    let identity = Identity { items: items?, key: strategy.key };
    order::interleaved(patched, server_only, order, &server_order, identity).map(Some)
}

/// Whether the items of a patch stand in the order that the patch tells.
fn check_order(items: &[Value], order: &[Value], key: &str) -> Result<()> {
    if items.is_empty() || order.is_empty() {
        return Ok(());
    }
    let kept = items.iter().filter(|item| key.is_empty() || !order::is_deletion(item));
    let (mut kept, mut places) = (kept.peekable(), order.iter().peekable());
    while let (Some(item), Some(place)) = (kept.peek(), places.peek()) {
        if item.get(DIRECTIVE).is_some() {
            kept.next();
            continue;
        }
        let found = if key.is_empty() {
            list::same(item, place)?
        } else {
            list::same(list::key_of(item, key)?, list::key_of(place, key)?)?
        };
        if found {
            kept.next();
        }
        places.next();
    }
    if kept.peek().is_some() {
        return Err(Error::new("the items of the patch do not stand in the order that it tells"));
    }
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
fn lists(old: Vec<Value>, new: Vec<Value>, schema: Schema, strategy: Strategy, aim: Aim) -> Result<Vec<Value>> {
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

/// What a list of maps looks like to who still holds it after it was merged in place.
///
/// apimachinery takes the order of the server from there. Items behind a deleted one have moved up, and new items stand in
/// the places that became free, so that the server's own items go before them.
fn left_behind(mut items: Vec<Value>, new: &[Value], key: &str) -> Result<Vec<Value>> {
    let (length, mut used) = (items.len(), items.len());
    let directives = |item: &&Value| item.get(DIRECTIVE).is_some();
    for item in new.iter().filter(directives).filter(|item| order::is_deletion(item)) {
        while let Some(place) = list::position(&items[..used], key, list::key_of(item, key)?)? {
            let last = items[used - 1].clone();
            items.insert(used, last);
            items.remove(place);
            used -= 1;
        }
    }
    if new.iter().filter(directives).any(|item| !order::is_deletion(item)) {
        return Ok(items);
    }
    for item in new.iter().filter(|item| !directives(item)) {
        if list::position(&items[..used], key, list::key_of(item, key)?)?.is_none() {
            items.insert(used, item.clone());
            used += 1;
            if used <= length {
                items.remove(used);
            }
        }
    }
    items.truncate(length);
    Ok(items)
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

fn items_without_directives(items: Vec<Value>) -> Vec<Value> {
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
