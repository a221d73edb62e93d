//! The grammar: `name.name[0].name=value,…`. The literal one knows no escapes and no commas.

use super::{MAX_INDEX, MAX_LEVEL, SetKind, typed};
use crate::helm::{
    error::Error,
    json,
    quote::{quote, quote_letters},
    value::{Map, Value},
};

/// Why reading stopped.
pub(super) enum Stop {
    /// The text has ended; Helm takes this for success wherever it happens.
    End,
    /// Something cannot be meant.
    Fault(Error),
}

impl Stop {
    pub(super) fn fault(text: impl Into<String>) -> Self {
        Self::Fault(Error::new(text))
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

pub(super) type Progress<T> = Result<T, Stop>;

/// What stands behind a flag, and how far it was read.
pub(super) struct Parser<'a> {
    text: &'a str,
    kind: SetKind<'a>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, kind: SetKind<'a>) -> Self {
        Self { text, kind }
    }

    /// Reads one name and its value into `map`.
    pub(super) fn key(&mut self, map: &Map, level: usize) -> Progress<()> {
        let stops = if self.is_literal() { "=[." } else { "=[,." };
        let (key, stop) = self.until(stops);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => Err(Stop::fault(format!("key {} has no value", quote(&key)))),
            Some('[') => {
                let index = self.index()?;
                let mut list = match map.get(&key) {
                    None => vec![],
                    Some(Value::List(list)) => list.to_vec(),
                    Some(other) => return Err(not_a(&other, "[]interface {}")),
                };
                let done = self.item(&mut list, index, level, 1);
                put(map, &key, Value::list(list));
                done
            }
            Some('=') => self.value(|value| put(map, &key, value)),
            Some('.') => self.inner(map, &key, level + 1),
            Some(_) => {
                put(map, &key, Value::text(""));
                Err(Stop::fault(format!("key {} has no value (cannot end with ,)", quote(&key))))
            }
        }
    }

    fn inner(&mut self, map: &Map, key: &str, level: usize) -> Progress<()> {
        if level > MAX_LEVEL {
            let text = "value name nested level is greater than maximum supported nested level of";
            return Err(Stop::fault(format!("{text} {MAX_LEVEL}")));
        }
        let inner = match map.get(key) {
            None => Map::new(),
            Some(Value::Map(inner)) => inner,
            Some(other) => return Err(not_a(&other, "map[string]interface {}")),
        };
        let done = self.key(&inner, level);
        if !inner.is_empty() {
            put(map, key, Value::Map(inner));
        } else if done.is_ok() {
            return Err(Stop::fault(format!("key map {} has no value", quote(key))));
        }
        done
    }

    /// Reads what follows an index into the list.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, level: usize, depth: usize) -> Progress<()> {
        if index < 0 {
            return Err(Stop::fault(format!("negative {index} index not allowed")));
        }
        let (rest, stop) = self.until("[.=");
        if !rest.is_empty() {
            let letters = quote_letters(&rest);
            return Err(Stop::fault(format!("unexpected data at end of array index: {letters}")));
        }
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        match stop {
            None => Err(Stop::End),
            Some('=') => self.item_value(list, index),
            Some('[') => {
                if depth >= MAX_LEVEL {
                    return Err(Stop::fault(format!("lists are nested deeper than {MAX_LEVEL}")));
                }
                let next = self.index()?;
                let mut inner = match list.get(place) {
                    None | Some(Value::Nil) => vec![],
                    Some(Value::List(inner)) => inner.to_vec(),
                    Some(other) => return Err(not_a(other, "[]interface {}")),
                };
                self.item(&mut inner, next, level, depth + 1)?;
                put_item(list, index, Value::list(inner))
            }
            Some(_) => {
                let inner = match list.get_mut(place) {
                    None => Map::new(),
                    Some(Value::Map(inner)) => inner.clone(),
                    Some(other) => {
                        let inner = Map::new();
                        *other = Value::Map(inner.clone());
                        inner
                    }
                };
                self.key(&inner, level)?;
                put_item(list, index, Value::Map(inner))
            }
        }
    }

    /// Reads the value of an item. A text that ends behind `=` gives an empty text, but in JSON null.
    fn item_value(&mut self, list: &mut Vec<Value>, index: i64) -> Progress<()> {
        let mut put = Ok(());
        let done = self.value(|value| put = put_item(list, index, value));
        match done {
            Err(Stop::End) => put,
            done => put.and(done),
        }
    }

    /// Reads a value and hands it over, which may happen before an error.
    fn value(&mut self, give: impl FnOnce(Value)) -> Progress<()> {
        match self.kind {
            SetKind::Json => self.json(give),
            SetKind::Literal => {
                give(Value::text(self.text));
                self.text = "";
                Ok(())
            }
            _ if self.text.is_empty() => {
                give(Value::text(""));
                Err(Stop::End)
            }
            _ if self.text.starts_with('{') => {
                self.text = &self.text[1..];
                give(self.list()?);
                Ok(())
            }
            _ => {
                let (text, _) = self.until(",");
                let value = self.scalar(&text);
                give(value.as_ref().map_or(Value::Nil, Clone::clone));
                value.map(|_| ()).map_err(Stop::Fault)
            }
        }
    }

    fn scalar(&self, text: &str) -> crate::helm::error::Result<Value> {
        match self.kind {
            SetKind::Typed => Ok(typed::value(text)),
            SetKind::File(read) => read(text).map(Value::from),
            _ => Ok(Value::text(text)),
        }
    }

    /// The rest of `{a,b}`, and a comma behind it.
    fn list(&mut self) -> Progress<Value> {
        let mut items = vec![];
        loop {
            let (text, stop) = self.until(",}");
            if stop.is_none() {
                return Err(Stop::fault("list must terminate with '}'"));
            }
            items.push(self.scalar(&text)?);
            if stop == Some('}') {
                self.text = self.text.strip_prefix(',').unwrap_or(self.text);
                return Ok(Value::list(items));
            }
        }
    }

    fn json(&mut self, give: impl FnOnce(Value)) -> Progress<()> {
        if self.is_nothing() {
            give(Value::Nil);
            return Ok(());
        }
        let (value, length) = json::read_prefix(self.text)?;
        give(value);
        self.text = self.text.get(length..).unwrap_or_default();
        self.is_nothing();
        Ok(())
    }

    /// Skips spaces, then the end of a value; whether that was all there was.
    fn is_nothing(&mut self) -> bool {
        self.text = self.text.trim_start();
        match self.text.strip_prefix(',') {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => self.text.is_empty(),
        }
    }

    fn index(&mut self) -> Progress<i64> {
        let (text, stop) = self.until("]");
        if stop.is_none() {
            return Err(Stop::End);
        }
        let fault = |what| Stop::fault(format!("error parsing index: strconv.Atoi: parsing {}: {what}", quote(&text)));
        let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(fault("invalid syntax"));
        }
        text.parse().map_err(|_| fault("value out of range"))
    }

    /// The text up to one of `stops`, which is taken too; `None` where the text ends first. A backslash keeps its
    /// neighbour from stopping.
    fn until(&mut self, stops: &str) -> (String, Option<char>) {
        let mut found = String::new();
        let mut letters = self.text.chars();
        while let Some(letter) = letters.next() {
            if stops.contains(letter) {
                self.text = letters.as_str();
                return (found, Some(letter));
            }
            if letter == '\\' && !self.is_literal() {
                found.extend(letters.next());
            } else {
                found.push(letter);
            }
        }
        self.text = "";
        (found, None)
    }

    fn is_literal(&self) -> bool {
        matches!(self.kind, SetKind::Literal)
    }
}

/// Sets a key, but never an empty one.
fn put(map: &Map, key: &str, value: Value) {
    if !key.is_empty() {
        map.set(key, value);
    }
}

fn put_item(list: &mut Vec<Value>, index: i64, value: Value) -> Progress<()> {
    if index > MAX_INDEX {
        let text = format!("index of {index} is greater than maximum supported index of {MAX_INDEX}");
        return Err(Stop::fault(text));
    }
    let place = usize::try_from(index).unwrap_or_default();
    if list.len() <= place {
        list.resize(place + 1, Value::Nil);
    }
    list[place] = value;
    Ok(())
}

/// That something is there already, and of another type.
fn not_a(found: &Value, wanted: &str) -> Stop {
    let found = if matches!(found, Value::Nil) { "nil" } else { found.type_name() };
    let text = format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}");
    Stop::fault(text)
}
