//! What must be patched to get from one object to another.

use serde_json::{Map, Value, json};

use super::{
    DELETE_FROM_LIST, DIRECTIVE, ELEMENT_ORDER, RETAIN_KEYS,
    list::{self, Items},
    order::{self, Identity},
};
use crate::helm::{
    error::{Error, Result},
    patch::{
        go_sort::go_sort,
        schema::{Schema, Strategy, Way},
    },
};

/// Which part of the difference is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What is new or other.
    Changes,
    /// What is gone.
    Deletions,
}

/// The patch from one map to another. With `retain` the fields that are meant to stay are listed in it.
pub(super) fn maps(
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    schema: Schema,
    part: Part,
    retain: bool,
) -> Result<Map<String, Value>> {
    let mut patch = Map::new();
    for (key, new) in modified {
        match original.get(key) {
            Some(old) if key == DIRECTIVE => directive(old, new, &mut patch)?,
            Some(Value::Object(old)) if new.is_object() => map_field(key, old, new, schema, part, &mut patch)?,
            Some(Value::Array(old)) if new.is_array() => list_field(key, old, new, schema, part, &mut patch)?,
            old => {
                if part == Part::Changes && old != Some(new) {
                    patch.insert(key.clone(), new.clone());
                }
            }
        }
    }
    let gone = |(key, _): &(&String, &Value)| !modified.contains_key(*key);
    if part == Part::Deletions {
        patch.extend(original.iter().filter(gone).map(|(key, _)| (key.clone(), Value::Null)));
    }
    let mut kept: Vec<_> = modified.iter().filter(|(_, new)| retain && !new.is_null()).map(|(key, _)| key).collect();
    let additional = || original.iter().filter(gone).any(|(_, old)| !old.is_null());
    if !kept.is_empty() && (!patch.is_empty() || additional()) {
        kept.sort();
        patch.insert(RETAIN_KEYS.to_owned(), json!(kept));
    }
    Ok(patch)
}

/// A directive in objects themselves, which only a patch of a patch would have.
fn directive(old: &Value, new: &Value, patch: &mut Map<String, Value>) -> Result<()> {
    if !old.is_string() || !new.is_string() {
        return Err(Error::new(format!("the value of `{DIRECTIVE}` is not a string")));
    }
    if old != new {
        patch.insert(DIRECTIVE.to_owned(), new.clone());
    }
    Ok(())
}

fn map_field(
    key: &str,
    old: &Map<String, Value>,
    new: &Value,
    schema: Schema,
    part: Part,
    patch: &mut Map<String, Value>,
) -> Result<()> {
    let Some(new_map) = new.as_object() else { return Ok(()) };
    let (below, strategy) = match schema.map(key) {
        Ok(found) => found,
        Err(_) if old == new_map => return Ok(()),
        Err(error) => return Err(error),
    };
    if strategy.way == Way::Replace {
        // Not only where they differ: apimachinery always sends it.
        if part == Part::Changes {
            patch.insert(key.to_owned(), new.clone());
        }
        return Ok(());
    }
    let inner = maps(old, new_map, below, part, strategy.retain_keys).map_err(|error| error.at(format!("`{key}`")))?;
    if !inner.is_empty() {
        patch.insert(key.to_owned(), Value::Object(inner));
    }
    Ok(())
}

fn list_field(
    key: &str,
    old: &[Value],
    new: &Value,
    schema: Schema,
    part: Part,
    patch: &mut Map<String, Value>,
) -> Result<()> {
    let Some(new_list) = new.as_array() else { return Ok(()) };
    let (items, strategy) = match schema.items(key) {
        Ok(found) => found,
        Err(_) if old == new_list => return Ok(()),
        Err(error) => return Err(error),
    };
    if strategy.way != Way::Merge {
        if part == Part::Changes && old != new_list {
            patch.insert(key.to_owned(), new.clone());
        }
        return Ok(());
    }
    let difference = lists(old, new_list, items, strategy, part).map_err(|error| error.at(format!("`{key}`")))?;
    let mut put = |key: String, list: Vec<Value>| {
        if !list.is_empty() {
            patch.insert(key, Value::Array(list));
        }
    };
    put(key.to_owned(), difference.items);
    put(format!("{DELETE_FROM_LIST}/{key}"), difference.deletions);
    put(format!("{ELEMENT_ORDER}/{key}"), difference.order);
    Ok(())
}

/// The patch of a list that is merged.
#[derive(Default)]
struct Difference {
    /// The patches of items, new items, and deletions of items that are maps.
    items: Vec<Value>,
    /// Scalars to be taken out.
    deletions: Vec<Value>,
    order: Vec<Value>,
}

fn lists(old: &[Value], new: &[Value], schema: Schema, strategy: Strategy, part: Part) -> Result<Difference> {
    if old.is_empty() {
        let items = if part == Part::Changes { new.to_vec() } else { vec![] };
        return Ok(Difference { items, ..Difference::default() });
    }
    match list::items(&[old, new])? {
        Items::Maps => lists_of_maps(old, new, schema, strategy, part),
        Items::Scalars => lists_of_scalars(old, new, strategy.key, part),
    }
}

fn lists_of_maps(old: &[Value], new: &[Value], schema: Schema, strategy: Strategy, part: Part) -> Result<Difference> {
    let key = strategy.key;
    let (before, after) = (sorted(old, key)?, sorted(new, key)?);
    let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
    let (mut items, mut deletions) = (vec![], vec![]);
    loop {
        let ordering = match (before.peek(), after.peek()) {
            (None, None) => break,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(_), None) => std::cmp::Ordering::Less,
            (Some(left), Some(right)) => list::compared(list::key_of(left, key)?, list::key_of(right, key)?),
        };
        let gone = if ordering.is_le() { before.next() } else { None };
        let come = if ordering.is_ge() { after.next() } else { None };
        match (gone, come) {
            (Some(left), Some(right)) => {
                let mut patch = maps(list::map(left)?, list::map(right)?, schema, part, strategy.retain_keys)
                    .map_err(|error| error.at(format!("`{}`", list::text(&right[key]))))?;
                if !patch.is_empty() {
                    patch.insert(key.to_owned(), right[key].clone());
                    items.push(Value::Object(patch));
                }
            }
            (Some(left), None) if part == Part::Deletions => {
                deletions.push(json!({ key: list::key_of(left, key)?, DIRECTIVE: "delete" }));
            }
            (None, Some(right)) if part == Part::Changes => items.push(right.clone()),
            _ => {}
        }
    }
    let mut items = order::sorted_like(items, new, Identity { items: Items::Maps, key })?;
    items.extend(deletions);
    let moved = part == Part::Changes && !same_order(old, new, key)?;
    let order = if moved || !items.is_empty() {
        new.iter().map(|item| Ok(json!({ key: list::key_of(item, key)? }))).collect::<Result<_>>()?
    } else {
        vec![]
    };
    Ok(Difference { items, deletions: vec![], order })
}

/// The items sorted by the text of their merge keys, those with the same key as Go happens to leave them.
fn sorted<'a>(items: &'a [Value], key: &str) -> Result<Vec<&'a Value>> {
    let mut keyed = vec![];
    for item in items {
        keyed.push((list::text(list::key_of(item, key)?), item));
    }
    go_sort(&mut keyed, |(left, _), (right, _)| left.cmp(right));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

fn same_order(old: &[Value], new: &[Value], key: &str) -> Result<bool> {
    if old.len() != new.len() {
        return Ok(false);
    }
    for (left, right) in old.iter().zip(new) {
        if !list::same(list::key_of(left, key)?, list::key_of(right, key)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn lists_of_scalars(old: &[Value], new: &[Value], key: &str, part: Part) -> Result<Difference> {
    let sorted = |list: &[Value]| {
        let mut list = list.to_vec();
        list.sort_by(list::compared);
        list
    };
    let old = sorted(old);
    let (mut before, mut after) = (old.iter().peekable(), sorted(new).into_iter().peekable());
    let (mut additions, mut deletions) = (vec![], vec![]);
    loop {
        let ordering = match (before.peek(), after.peek()) {
            (None, None) => break,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(_), None) => std::cmp::Ordering::Less,
            (Some(left), Some(right)) => list::compared(left, right),
        };
        let gone = if ordering.is_le() { before.next() } else { None };
        let come = if ordering.is_ge() { after.next() } else { None };
        match (gone, come) {
            (Some(left), None) if part == Part::Deletions => deletions.push(left.clone()),
            (None, Some(right)) if part == Part::Changes => additions.push(right),
            _ => {}
        }
    }
    let deletions = list::without_repetitions(deletions)?;
    let items = order::sorted_like(additions, new, Identity { items: Items::Scalars, key })?;
    // apimachinery has sorted the old list in place by now, so that a new list that is not sorted always counts as moved.
    let wanted = if part == Part::Changes { old != new } else { !deletions.is_empty() };
    Ok(Difference { items, deletions, order: if wanted { new.to_vec() } else { vec![] } })
}
