//! Go values as templates see them.
//!
//! Kinds that Go tells apart stay apart: `eq 1.0 1` is an error in a template, so a number that was read from values
//! (always a float64) and one written in a template (an int) must not become the same. Maps and lists are references,
//! as in Go: `set` through one name is seen through another.

mod equal;
mod fall;
mod list;
mod map;
mod object;

use std::{cell::RefCell, rc::Rc};

pub use list::{List, ListKind};
pub use map::{Map, MapKind};
pub use object::{Encoded, Object};

/// A value.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `nil`, or no value at all.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// `int`: a whole number written in a template, or given by a function that counts.
    Int(i64),
    /// `int64`: the result of `int64` and of integer arithmetic.
    Int64(i64),
    /// `float64`: every number of values, and of YAML and JSON.
    Float(f64),
    /// `string`. Go's strings may hold any bytes; those of charts and values are checked to be UTF-8 when they are read.
    Text(Rc<str>),
    /// `[]byte`.
    Bytes(Rc<[u8]>),
    /// A slice.
    List(List),
    /// A map with string keys; Helm has no others.
    Map(Map),
    /// A struct, or anything with methods: `.Chart`, `.Files`, `.Capabilities`, a time.
    Object(Rc<dyn Object>),
}

impl Value {
    /// Text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(List::new(items))
    }

    /// A `[]string`.
    pub fn strings(items: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::List(List::of_kind(ListKind::Strings, items.into_iter().map(Self::text).collect()))
    }

    /// Whether `if` takes it for true: not nil, false, zero or empty (Go's `template.IsTrue`).
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(number) | Self::Int64(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.is_true(),
        }
    }

    /// The number that a value of a named type is, such as a month; else the value itself.
    #[must_use]
    pub fn underlying(&self) -> Self {
        match self {
            Self::Object(object) => match (object.whole(), object.kind_name()) {
                (Some(number), "int64") => Self::Int64(number),
                (Some(number), _) => Self::Int(number),
                (None, _) => self.clone(),
            },
            other => other.clone(),
        }
    }

    /// As `typeOf` and Go's error texts name its type.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::Bytes(_) => "[]uint8",
            Self::List(list) => match list.kind {
                ListKind::Any => "[]interface {}",
                ListKind::Strings => "[]string",
                ListKind::Ints => "[]int",
                ListKind::Lists => "[][]interface {}",
            },
            Self::Map(map) => match map.kind {
                MapKind::Any => "map[string]interface {}",
                MapKind::Strings => "map[string]string",
                MapKind::Values => "common.Values",
            },
            Self::Object(object) => object.type_name(),
        }
    }

    /// As `kindOf` names its kind.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Nil => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::Bytes(_) | Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Object(object) => object.kind_name(),
        }
    }

    /// A copy that shares nothing; objects have no fields that can be set, so they stay.
    #[must_use]
    pub fn deep_copy(&self) -> Self {
        match self {
            Self::List(list) => {
                let items = list.items.borrow().iter().map(Self::deep_copy).collect();
                Self::List(List { kind: list.kind, is_nil: list.is_nil, items: Rc::new(RefCell::new(items)) })
            }
            Self::Map(map) => {
                let fields = map.fields.borrow();
                let fields = fields.iter().map(|(key, value)| (Rc::clone(key), value.deep_copy())).collect();
                Self::Map(Map::of_kind(map.kind, fields))
            }
            other => other.clone(),
        }
    }

    /// The text, where it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The map, where it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, where it is one.
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

#[cfg(test)]
mod tests {
    use super::{Map, MapKind, Value};

    #[test]
    fn what_is_set_through_one_name_is_seen_through_another() {
        let map = Map::new();
        let (alias, copy) = (Value::Map(map.clone()), Value::Map(map.clone()).deep_copy());
        map.set("a", 1.0);
        assert_eq!(alias.as_map().map(Map::len), Some(1));
        assert_eq!(copy.as_map().map(Map::len), Some(0));
        let values = map.seen_as(MapKind::Values);
        assert!(values.is_same(&map));
        assert_eq!(Value::Map(values).type_name(), "common.Values");
    }

    #[test]
    fn numbers_of_other_types_are_not_deeply_equal() {
        assert!(Value::Int(1).is_deeply_equal(&Value::Int(1)));
        assert!(!Value::Int(1).is_deeply_equal(&Value::Float(1.0)));
        assert!(!Value::list(vec![]).is_deeply_equal(&Value::strings(Vec::<String>::new())));
    }

    #[test]
    fn what_is_nested_deeper_than_the_stack_can_be_dropped() {
        let mut value = Value::Nil;
        for _ in 0..500_000 {
            value = Value::list(vec![[("a".into(), value)].into_iter().collect::<Map>().into()]);
        }
        let shared = value.clone();
        drop(value);
        assert!(shared.is_true());
    }

    #[test]
    fn zero_and_empty_are_false() {
        for value in [Value::Nil, Value::Int(0), Value::Float(0.0), Value::text(""), Map::new().into()] {
            assert!(!value.is_true(), "{value:?}");
        }
        assert!(Value::list(vec![Value::Nil]).is_true());
    }
}
