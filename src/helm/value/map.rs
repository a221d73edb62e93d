//! Maps: shared, as in Go.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use super::Value;

/// What a Go map is, as its type tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// `map[string]interface {}`.
    Any,
    /// `map[string]string`: what `split` gives, and labels and annotations of `.Chart`.
    Strings,
    /// Helm's own named map: `.Values`.
    Values,
}

/// A map, shared. Its keys are in byte order, in which Go's templates go over a map.
#[derive(Clone, Debug)]
pub struct Map {
    pub(super) kind: MapKind,
    pub(super) is_nil: bool,
    pub(super) fields: Rc<RefCell<BTreeMap<Rc<str>, Value>>>,
}

impl Map {
    /// A new, empty `map[string]interface {}`.
    pub fn new() -> Self {
        Self::of_kind(MapKind::Any, BTreeMap::new())
    }

    /// A new map of this kind.
    pub fn of_kind(kind: MapKind, fields: BTreeMap<Rc<str>, Value>) -> Self {
        Self { kind, is_nil: false, fields: Rc::new(RefCell::new(fields)) }
    }

    /// A nil map, as a chart without annotations has it: like an empty one, but `null` in JSON and YAML.
    pub fn nil(kind: MapKind) -> Self {
        Self { kind, is_nil: true, fields: Rc::default() }
    }

    /// Whether it is a nil map, which is not deeply equal to an empty one and `null` in JSON and YAML.
    pub fn is_nil(&self) -> bool {
        self.is_nil
    }

    /// What it is, as its type tells.
    pub fn kind(&self) -> MapKind {
        self.kind
    }

    /// The same map, seen as another kind; both share their fields.
    #[must_use]
    pub fn seen_as(&self, kind: MapKind) -> Self {
        Self { kind, is_nil: self.is_nil, fields: Rc::clone(&self.fields) }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.fields.borrow().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fields.borrow().is_empty()
    }

    /// The value of `key`; `None` where the key is not there, which is not the same as nil.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.fields.borrow().get(key).cloned()
    }

    /// Sets `key`, for everyone who shares the map.
    pub fn set(&self, key: impl Into<Rc<str>>, value: impl Into<Value>) {
        self.fields.borrow_mut().insert(key.into(), value.into());
    }

    /// Removes `key`, for everyone who shares the map.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.fields.borrow_mut().remove(key)
    }

    /// The keys, in byte order.
    pub fn keys(&self) -> Vec<Rc<str>> {
        self.fields.borrow().keys().cloned().collect()
    }

    /// Keys and values, in byte order of the keys; inner maps and lists are still shared.
    pub fn entries(&self) -> Vec<(Rc<str>, Value)> {
        self.fields.borrow().iter().map(|(key, value)| (Rc::clone(key), value.clone())).collect()
    }

    /// Whether both are the same map, not just equal ones.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.fields, &other.fields)
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl FromIterator<(Rc<str>, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Value)>>(fields: I) -> Self {
        Self::of_kind(MapKind::Any, fields.into_iter().collect())
    }
}
