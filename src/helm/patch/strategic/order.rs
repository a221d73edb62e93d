//! The order of the items of merged lists.

use serde_json::Value;

use super::{
    DIRECTIVE,
    list::{self, Items},
};
use crate::helm::error::Result;

/// What tells the items of a list apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'a> {
    pub(super) items: Items,
    pub(super) key: &'a str,
}

impl Identity<'_> {
    /// Where a list has an item, if it has it.
    fn place(self, order: &[Value], wanted: &Value) -> Result<Option<usize>> {
        let own = |item: &Value| match self.items {
            Items::Maps => item.get(self.key).cloned().unwrap_or_default(),
            Items::Scalars => item.clone(),
        };
        let wanted = own(wanted);
        for (place, item) in order.iter().enumerate() {
            if list::same(&own(item), &wanted)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Whether each item has what tells it apart.
    fn check(self, items: &[Value]) -> Result<()> {
        if self.items == Items::Maps {
            for item in items {
                list::key_of(item, self.key)?;
            }
        }
        Ok(())
    }
}

/// Whether a patch says of an item that it is to go.
pub(super) fn is_deletion(item: &Value) -> bool {
    item.get(DIRECTIVE).is_some_and(|directive| directive == "delete")
}

/// The items in the order that they have in another list; deletions last.
pub(super) fn sorted_like(items: Vec<Value>, order: &[Value], identity: Identity<'_>) -> Result<Vec<Value>> {
    identity.check(&items)?;
    identity.check(order)?;
    let maps = identity.items == Items::Maps;
    let (deletions, kept): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| maps && is_deletion(item));
    let mut placed = vec![];
    for item in kept {
        placed.push((identity.place(order, &item)?, item));
    }
    if placed.iter().all(|(place, _)| place.is_some()) {
        placed.sort_by_key(|(place, _)| *place);
    } else {
        turn(&mut placed);
    }
    Ok(placed.into_iter().map(|(_, item)| item).chain(deletions).collect())
}

/// Sorting of items of which the other list lacks some. apimachinery then calls each less than the other, so that the way
/// Go's stable sort goes decides: by insertion, which turns such items round. (Above twenty it goes in blocks; no patch
/// that is made here comes to that.)
fn turn(placed: &mut [(Option<usize>, Value)]) {
    let less = |left: Option<usize>, right: Option<usize>| left.zip(right).is_none_or(|(left, right)| left < right);
    for end in 1..placed.len() {
        let mut at = end;
        while at > 0 && less(placed[at].0, placed[at - 1].0) {
            placed.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// Two lists in one: the items of the patch in the order of the patch, those that only the server has in the order of the
/// server, and one among the other as the server had them, as far as that goes.
pub(super) fn interleaved(
    patched: Vec<Value>,
    server_only: Vec<Value>,
    patch_order: &[Value],
    server_order: &[Value],
    identity: Identity<'_>,
) -> Result<Vec<Value>> {
    let mut patched = sorted_like(patched, patch_order, identity)?.into_iter().peekable();
    let mut server_only = sorted_like(server_only, server_order, identity)?.into_iter().peekable();
    let mut merged = vec![];
    while let (Some(own), Some(other)) = (patched.peek(), server_only.peek()) {
        let before = identity.place(server_order, other)?.zip(identity.place(server_order, own)?);
        let next = if before.is_some_and(|(other, own)| other < own) { server_only.next() } else { patched.next() };
        merged.extend(next);
    }
    merged.extend(server_only);
    merged.extend(patched);
    Ok(merged)
}

/// The items that another list has too, and the rest.
pub(super) fn parted(items: Vec<Value>, by: &[Value], key: &str) -> Result<(Vec<Value>, Vec<Value>)> {
    let (mut within, mut rest) = (vec![], vec![]);
    for item in items {
        let found = if key.is_empty() {
            list::contains(by, &item)?
        } else {
            list::position(by, key, list::key_of(&item, key)?)?.is_some()
        };
        if found { within.push(item) } else { rest.push(item) }
    }
    Ok((within, rest))
}
