//! Merging maps by the rules of mergo, which sprig's `merge` functions call.
//!
//! Without overwriting, what the target has stays unless it is empty: 0, "", false and nil are filled. With overwriting,
//! what comes wins, even where it is empty. Maps on both sides are merged in place, so that whoever shares the inner map
//! sees it; a map that the target lacks is taken over and from then on shared with its source.

use super::limit;
use crate::helm::{
    error::{Error, Result},
    value::{Map, MapKind, Value},
};

/// Who wins where both maps have a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Winner {
    /// The target, unless its value is empty.
    Target,
    /// The source.
    Source,
}

/// Why maps cannot be merged.
#[derive(Debug)]
pub(super) enum Fault {
    /// mergo gives an error, which `merge` swallows and `mustMerge` tells.
    Types,
    /// Go panics, or a limit is met: an error in any case.
    Panic(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Panic(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Types => Self::new("src and dst must be of same type"),
            Fault::Panic(error) => error,
        }
    }
}

/// One merge, with what it has looked at so far.
struct Merge {
    winner: Winner,
    looked_at: usize,
}

/// Merges `source` into `target`.
pub(super) fn merge(target: &Map, source: &Map, winner: Winner) -> Result<(), Fault> {
    Merge { winner, looked_at: 0 }.maps(target, source, 0)
}

impl Merge {
    fn maps(&mut self, target: &Map, source: &Map, depth: usize) -> Result<(), Fault> {
        limit::depth(depth)?;
        for (key, value) in source.entries() {
            self.looked_at += 1;
            limit::items(self.looked_at)?;
            if matches!(value, Value::Nil) {
                if self.winner == Winner::Source {
                    put(target, source, &key, value)?;
                }
                continue;
            }
            let own = target.get(&key);
            self.inside(own.as_ref(), &value, depth)?;
            // Only now: an inner map of the target that was empty has been filled.
            let is_filled = own.as_ref().is_some_and(Value::is_true);
            let are_maps = matches!((&own, &value), (Some(Value::Map(_)), Value::Map(_)));
            let keeps = are_maps || self.winner == Winner::Target;
            if !(is_filled && keeps) {
                put(target, source, &key, value)?;
            }
        }
        Ok(())
    }

    /// Merges what lies below a key that both have.
    fn inside(&mut self, own: Option<&Value>, value: &Value, depth: usize) -> Result<(), Fault> {
        match (own, value) {
            (Some(Value::Map(own)), Value::Map(value)) => self.maps(own, value, depth + 1),
            (Some(Value::Object(own)), Value::Map(_)) if own.kind_name() == "ptr" && self.winner == Winner::Target => {
                Err(Fault::Types)
            }
            _ => Ok(()),
        }
    }
}

fn put(target: &Map, source: &Map, key: &str, value: Value) -> Result<(), Fault> {
    if target.kind() == MapKind::Strings && source.kind() != MapKind::Strings {
        let text = "reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string";
        return Err(Error::new(text).into());
    }
    target.set(key, value);
    Ok(())
}
