//! What go-yaml makes of a document, before it becomes JSON: keys of any scalar type, integers apart from floats.

use std::{cmp::Ordering, collections::BTreeMap, rc::Rc};

use crate::helm::{
    error::{Error, Result},
    number::{go_float, go_float32},
    quote::quote,
    value::{Map, Value},
};

/// A value as go-yaml holds it.
#[derive(Clone, Debug)]
pub(super) enum Plain {
    Nil,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(Rc<str>),
    List(Vec<Self>),
    Map(BTreeMap<Key, Self>),
}

/// A scalar as a key; keys of different types are different keys until they become text.
#[derive(Clone, Debug)]
pub(super) enum Key {
    Nil,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(Rc<str>),
}

/// How numbers are given on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As they come out of JSON: all float64.
    Floats,
    /// As go-yaml has them: integers stay integers where they fit.
    Kept,
}

impl Plain {
    /// As `sigs.k8s.io/yaml` hands it on through JSON: keys become text.
    pub(super) fn into_value(self, numbers: Numbers) -> Result<Value> {
        Ok(match self {
            Self::Nil => Value::Nil,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(number) if numbers == Numbers::Kept => Value::Int(number),
            Self::Int(number) => Value::Float(float(number)),
            Self::Uint(number) => Value::Float(float_unsigned(number)),
            Self::Float(number) => Value::Float(number),
            Self::Text(text) => Value::Text(text),
            Self::List(items) => {
                Value::list(items.into_iter().map(|item| item.into_value(numbers)).collect::<Result<_>>()?)
            }
            Self::Map(fields) => {
                let text = |(key, value): (Key, Self)| Ok((key.into_text(&value)?, value.into_value(numbers)?));
                Value::Map(fields.into_iter().map(text).collect::<Result<Map>>()?)
            }
        })
    }

    /// As `%#v` prints it.
    pub(super) fn go_syntax(&self) -> String {
        match self {
            Self::Nil => "interface {}(nil)".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Uint(number) => format!("{number:#x}"),
            Self::Float(number) => go_float(*number),
            Self::Text(text) => quote(text),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::go_syntax).collect();
                format!("[]interface {{}}{{{}}}", items.join(", "))
            }
            Self::Map(fields) => {
                let field = |(key, value): (&Key, &Self)| format!("{}:{}", key.go_syntax(), value.go_syntax());
                let fields: Vec<_> = fields.iter().map(field).collect();
                format!("map[interface {{}}]interface {{}}{{{}}}", fields.join(", "))
            }
        }
    }
}

/// Go writes the integer into JSON and reads a float64 from it, which rounds as the cast does.
#[expect(clippy::cast_precision_loss, reason = "Helm's numbers are float64")]
fn float(number: i64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "Helm's numbers are float64")]
fn float_unsigned(number: u64) -> f64 {
    number as f64
}

impl Key {
    /// The scalar as a key; `None` for a list or a map.
    pub(super) fn of(value: &Plain) -> Option<Self> {
        Some(match value {
            Plain::Nil => Self::Nil,
            Plain::Bool(value) => Self::Bool(*value),
            Plain::Int(number) => Self::Int(*number),
            Plain::Uint(number) => Self::Uint(*number),
            Plain::Float(number) => Self::Float(*number),
            Plain::Text(text) => Self::Text(Rc::clone(text)),
            Plain::List(_) | Plain::Map(_) => return None,
        })
    }

    fn into_text(self, value: &Plain) -> Result<Rc<str>> {
        let refused = |kind: &str, key: &str| {
            let value = if matches!(value, Plain::Nil) { "<nil>".to_owned() } else { value.go_syntax() };
            Err(Error::new(format!("unsupported map key of type: {kind}, key: {key}, value: {value}")))
        };
        Ok(match self {
            Self::Text(text) => text,
            Self::Bool(value) => value.to_string().into(),
            Self::Int(number) => number.to_string().into(),
            Self::Float(number) => match go_float32(number).as_str() {
                "+Inf" => ".inf".into(),
                "-Inf" => "-.inf".into(),
                "NaN" => ".nan".into(),
                text => text.into(),
            },
            Self::Uint(number) => return refused("uint64", &format!("{number:#x}")),
            Self::Nil => return refused("%!s(<nil>)", "<nil>"),
        })
    }

    fn go_syntax(&self) -> String {
        match self {
            Self::Nil => Plain::Nil.go_syntax(),
            Self::Bool(value) => value.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Uint(number) => format!("{number:#x}"),
            Self::Float(number) => go_float(*number),
            Self::Text(text) => quote(text),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Nil => 0,
            Self::Text(_) => 1,
            Self::Uint(_) => 2,
            Self::Int(_) => 3,
            Self::Float(_) => 4,
            Self::Bool(_) => 5,
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Int(one), Self::Int(other)) => one.cmp(other),
            (Self::Uint(one), Self::Uint(other)) => one.cmp(other),
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Float(one), Self::Float(other)) => one.total_cmp(other),
            (one, other) => one.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}
