//! Go values as templates see them.
//!
//! Kinds that Go tells apart stay apart: `eq 1.0 1` is an error in a template, so a number that was read from values
//! (always a float64) and one written in a template (an int) must not become the same. Maps and lists are references,
//! as in Go: `set` through one name is seen through another.

mod equal;
mod fall;

use std::{any::Any, cell::RefCell, cmp::Ordering, collections::BTreeMap, fmt, rc::Rc};

use super::{error::Result, function::Kind};

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
    kind: ListKind,
    is_nil: bool,
    items: Rc<RefCell<Vec<Value>>>,
}

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
    kind: MapKind,
    is_nil: bool,
    fields: Rc<RefCell<BTreeMap<Rc<str>, Value>>>,
}

/// What Go's JSON makes of an [`Object`].
#[derive(Clone, Debug)]
pub enum Encoded {
    /// Another value: a time becomes text.
    Plain(Value),
    /// A struct: its fields as they are named in JSON, in the order of their declaration, without those left out.
    Struct(Vec<(Rc<str>, Value)>),
}

/// A struct, or anything else with fields and methods.
pub trait Object: fmt::Debug {
    /// As `typeOf` prints it: `*common.Capabilities`.
    fn type_name(&self) -> &str;

    /// As `kindOf` prints it: `struct`, `ptr`, `map`, `slice`.
    fn kind_name(&self) -> &'static str;

    /// A field, or a key of a map type with methods; `None` where there is none.
    fn field(&self, name: &str) -> Option<Value>;

    /// What a method takes, where there is one whose arguments are to be counted and checked as Go does before the call.
    fn parameters(&self, _method: &str) -> Option<&'static [Kind]> {
        None
    }

    /// Calls a method; `None` where there is none.
    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value>>;

    /// As `%v` prints it.
    fn print(&self) -> String;

    /// As a pipeline that ends in it writes it: what a pointer points to, and what knows to print itself does so.
    fn written(&self) -> String {
        self.print()
    }

    /// Whether `if` takes it for true: structs always, maps and slices where they are not empty.
    fn is_true(&self) -> bool {
        true
    }

    /// What `range` goes over, keys and values; `None` where it cannot be gone over.
    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        None
    }

    /// What `encoding/json` makes of it, which is what `toYaml` prints too; `None` where it refuses it. Of what can be
    /// gone over, its entries.
    fn json(&self) -> Option<Encoded> {
        let entries = self.entries()?.into_iter();
        let fields = entries.map(|(key, value)| Some((key.as_text()?.into(), value))).collect::<Option<_>>()?;
        Some(Encoded::Struct(fields))
    }

    /// The number that it is, where its type is one of whole numbers with a name of its own: a month, a span of time.
    fn whole(&self) -> Option<i64> {
        None
    }

    /// For functions that know what it is.
    fn as_any(&self) -> &dyn Any;
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
                let fields = map.entries().into_iter().map(|(key, value)| (key, value.deep_copy())).collect();
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
