//! Slices: shared, as in Go.

use std::{cell::RefCell, cmp::Ordering, rc::Rc};

use super::Value;

/// What a Go slice holds, as its type tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// `[]interface {}`.
    Any,
    /// `[]string`: what `splitList`, `keys` and `sortAlpha` give.
    Strings,
    /// `[]int`: what `until` gives.
    Ints,
    /// `[][]interface {}`: what `chunk` gives.
    Lists,
}

/// A slice, shared.
#[derive(Clone, Debug)]
pub struct List {
    pub(super) kind: ListKind,
    pub(super) is_nil: bool,
    pub(super) items: Rc<RefCell<Vec<Value>>>,
}

impl List {
    /// A new `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::of_kind(ListKind::Any, items)
    }

    /// A new slice of this kind.
    pub fn of_kind(kind: ListKind, items: Vec<Value>) -> Self {
        Self { kind, is_nil: false, items: Rc::new(RefCell::new(items)) }
    }

    /// A nil slice, as `rest` of an empty list gives: like an empty one, but `null` in JSON and YAML.
    pub fn nil(kind: ListKind) -> Self {
        Self { kind, is_nil: true, items: Rc::default() }
    }

    /// Whether it is a nil slice, which is not deeply equal to an empty one and `null` in JSON and YAML.
    pub fn is_nil(&self) -> bool {
        self.is_nil
    }

    /// What it holds, as its type tells.
    pub fn kind(&self) -> ListKind {
        self.kind
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.borrow().is_empty()
    }

    /// The item at `index`.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.items.borrow().get(index).cloned()
    }

    /// The items; inner maps and lists are still shared.
    pub fn to_vec(&self) -> Vec<Value> {
        self.items.borrow().clone()
    }

    /// Puts the items in another order, for everyone who shares the list: `sortAlpha` sorts a `[]string` in place.
    pub fn reorder(&self, compare: impl FnMut(&Value, &Value) -> Ordering) {
        let mut items = self.to_vec();
        items.sort_by(compare);
        *self.items.borrow_mut() = items;
    }
}
