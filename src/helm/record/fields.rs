//! Takes JSON objects apart, field by field; what nobody took is kept.

use std::fmt::Display;

use serde_json::{Map, Value as Json};

use super::Time;
use crate::helm::error::{Error, Result};

/// The fields of a JSON object.
pub type Object = Map<String, Json>;

/// The fields that are left of an object. Null is nothing, as in Go.
pub(super) struct Fields {
    object: Object,
    path: String,
}

impl Fields {
    /// The fields of what stands at `path`, for errors.
    pub(super) fn of(value: Json, path: impl Into<String>) -> Result<Self> {
        let path = path.into();
        match value {
            Json::Object(object) => Ok(Self { object, path }),
            Json::Null => Ok(Self { object: Object::new(), path }),
            other => Err(wrong(&path, "an object", &other)),
        }
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        // Keeps the order of what is left.
        self.object.shift_remove(name).filter(|value| !value.is_null())
    }

    fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Text; empty where there is none.
    pub(super) fn text(&mut self, name: &str) -> Result<String> {
        match self.take(name) {
            None => Ok(String::new()),
            Some(Json::String(text)) => Ok(text),
            Some(other) => Err(wrong(self.path(name), "text", &other)),
        }
    }

    /// A whole number; 0 where there is none.
    pub(super) fn number(&mut self, name: &str) -> Result<i64> {
        match self.take(name) {
            None => Ok(0),
            Some(other) => other.as_i64().ok_or_else(|| wrong(self.path(name), "a whole number", &other)),
        }
    }

    /// A time.
    pub(super) fn time(&mut self, name: &str) -> Result<Option<Time>> {
        let text = self.text(name)?;
        Time::read(&text).map_err(|error| error.during(format!("`{}`", self.path(name))))
    }

    /// An object; empty where there is none.
    pub(super) fn object(&mut self, name: &str) -> Result<Object> {
        match self.take(name) {
            None => Ok(Object::new()),
            Some(Json::Object(object)) => Ok(object),
            Some(other) => Err(wrong(self.path(name), "an object", &other)),
        }
    }

    /// An object, to be taken apart too.
    pub(super) fn inner(&mut self, name: &str) -> Result<Self> {
        let path = self.path(name);
        Ok(Self { object: self.object(name)?, path })
    }

    /// The items of a list, each with its path; none where there is no list.
    pub(super) fn items(&mut self, name: &str) -> Result<Vec<(String, Json)>> {
        let path = self.path(name);
        match self.take(name) {
            None => Ok(vec![]),
            Some(Json::Array(items)) => {
                Ok(items.into_iter().enumerate().map(|(place, item)| (format!("{path}[{place}]"), item)).collect())
            }
            Some(other) => Err(wrong(path, "a list", &other)),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>> {
        let text = |(path, item)| match item {
            Json::String(text) => Ok(text),
            Json::Null => Ok(String::new()),
            other => Err(wrong(path, "text", &other)),
        };
        self.items(name)?.into_iter().map(text).collect()
    }

    /// Whether there is such a field, null or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// What was not taken.
    pub(super) fn rest(self) -> Object {
        self.object
    }
}

fn wrong(path: impl Display, wanted: &str, found: &Json) -> Error {
    let found = match found {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    };
    Error::new(format!("`{path}` is {found}, not {wanted}"))
}

/// Builds objects as Go writes structs: in the order of the calls, without what is empty.
#[derive(Default)]
pub(super) struct Built(pub(super) Object);

impl Built {
    /// Sets a field whatever it is.
    pub(super) fn always(&mut self, name: &str, value: impl Into<Json>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Sets a field unless it is empty (`omitempty`).
    pub(super) fn unless_empty(&mut self, name: &str, value: impl Into<Json>) {
        let value = value.into();
        let is_empty = match &value {
            Json::Null => true,
            Json::Bool(value) => !value,
            Json::Number(number) => number.as_f64() == Some(0.0),
            Json::String(text) => text.is_empty(),
            Json::Array(items) => items.is_empty(),
            Json::Object(fields) => fields.is_empty(),
        };
        if !is_empty {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// Adds what another version of Helm wrote, where it does not say something else.
    pub(super) fn and(mut self, rest: &Object) -> Json {
        for (name, value) in rest {
            if !self.0.contains_key(name) {
                self.0.insert(name.clone(), value.clone());
            }
        }
        Json::Object(self.0)
    }
}
