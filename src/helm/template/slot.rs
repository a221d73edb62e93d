//! A value on its way through a pipeline, with what Go's reflection knows of it besides.

use crate::helm::value::{ListKind, MapKind, Value};

/// A value, and whether Go would hold it as `interface {}`.
///
/// It makes a difference where the value is nil: `.Values.missing.x` is an error, as `.Values.missing` is an interface with
/// nothing in it; `(.Values.missing).x` is nil, as a pipeline takes the interface away.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// The value.
    pub(super) value: Value,
    /// Whether it is held as `interface {}`, as the items of most maps and lists are.
    pub(super) is_interface: bool,
}

impl Slot {
    /// A value of its own type.
    pub(super) fn concrete(value: Value) -> Self {
        Self { value, is_interface: false }
    }

    /// What a map or list of `interface {}` holds.
    pub(super) fn interface(value: Value) -> Self {
        Self { value, is_interface: true }
    }

    /// What a map of this kind holds.
    pub(super) fn of_map(kind: MapKind, value: Value) -> Self {
        Self { value, is_interface: kind != MapKind::Strings }
    }

    /// What a list of this kind holds.
    pub(super) fn of_list(kind: ListKind, value: Value) -> Self {
        Self { value, is_interface: kind == ListKind::Any }
    }

    /// What a map of this kind gives for a key that it does not have (`missingkey=zero`).
    pub(super) fn missing(kind: MapKind) -> Self {
        match kind {
            MapKind::Strings => Self::concrete(Value::text("")),
            MapKind::Any | MapKind::Values => Self::interface(Value::Nil),
        }
    }

    /// The type, as Go's error texts name it.
    pub(super) fn type_name(&self) -> &str {
        if self.is_interface { "interface {}" } else { self.value.type_name() }
    }
}
