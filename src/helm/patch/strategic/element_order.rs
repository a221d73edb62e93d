//! Merging of lists for which a patch tells the order of the items.

use serde_json::{Map, Value};

use super::{
    DIRECTIVE, ELEMENT_ORDER, list,
    merge::{Aim, items_without_directives, lists},
    order::{self, Identity},
};
use crate::helm::{
    error::{Error, Result},
    patch::schema::{Schema, Way},
};

/// Merges the lists whose order a patch tells, and takes them out of the patch.
pub(super) fn ordered_lists(
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
