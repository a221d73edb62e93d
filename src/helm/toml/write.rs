//! Writing: keys with plain values first, then tables; inner tables indented; maps in lists inline unless all are maps.

use std::fmt::Write;

use crate::helm::{
    error::{Error, Result},
    number::go_float,
    value::{Encoded, List, Object, Value},
    yaml::MAX_DEPTH,
};

/// Go's name of the type of times.
const TIME: &str = "time.Time";

/// As `toToml` prints it, with a newline at the end of a document.
///
/// # Errors
///
/// Where a list holds nil, where the whole is a list of maps or nil, and where it holds itself.
pub fn write(value: &Value) -> Result<String> {
    if matches!(value, Value::Nil) {
        return Err(Error::new("reflect: call of reflect.Value.Type on zero Value"));
    }
    let mut writer = Writer { text: String::new(), path: vec![], depth: 0 };
    writer.value(value)?;
    Ok(writer.text)
}

/// What a value is to TOML.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Plain,
    Table,
    Tables,
}

struct Writer {
    text: String,
    /// The keys from the top to where the writer is.
    path: Vec<String>,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<()> {
        match self.kind(value)? {
            Kind::Nothing => Ok(()),
            Kind::Plain => self.assignment(value),
            Kind::Tables if self.path.is_empty() => {
                Err(Error::new("toml: top-level values must be Go maps or structs"))
            }
            Kind::Tables => {
                let header = self.header();
                for table in items(value) {
                    self.new_line();
                    self.put(format_args!("{}[[{header}]]\n", self.indentation()));
                    self.table(&table)?;
                }
                Ok(())
            }
            Kind::Table => {
                if self.path.len() == 1 {
                    self.new_line();
                }
                if !self.path.is_empty() {
                    self.put(format_args!("{}[{}]\n", self.indentation(), self.header()));
                }
                self.table(value)
            }
        }
    }

    /// The keys of a table, those of inner tables last.
    fn table(&mut self, table: &Value) -> Result<()> {
        let (plain, tables) = self.parted(table)?;
        for (key, value) in plain.into_iter().chain(tables) {
            self.path.push(key);
            self.deeper(table, |writer| writer.value(&value))?;
            self.path.pop();
        }
        Ok(())
    }

    fn assignment(&mut self, value: &Value) -> Result<()> {
        let Some(key) = self.path.last() else { return self.element(value) };
        let text = format!("{}{} = ", self.indentation(), quoted_key(key));
        self.text.push_str(&text);
        self.element(value)?;
        self.new_line();
        Ok(())
    }

    /// A value on one line.
    fn element(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Nil => {}
            Value::Bool(value) => self.put(format_args!("{value}")),
            Value::Int(number) | Value::Int64(number) => self.put(format_args!("{number}")),
            Value::Float(number) => self.text.push_str(&float(*number)),
            Value::Text(text) => self.text.push_str(&quoted(text)),
            Value::Bytes(_) | Value::List(_) => {
                self.text.push('[');
                for (place, item) in items(value).iter().enumerate() {
                    self.text.push_str(if place == 0 { "" } else { ", " });
                    self.deeper(value, |writer| writer.element(item))?;
                }
                self.text.push(']');
            }
            Value::Object(object) if object.type_name() == TIME => self.text.push_str(&moment(object.as_ref())?),
            Value::Map(_) | Value::Object(_) => {
                let (plain, tables) = self.parted(value)?;
                self.text.push('{');
                self.inline(value, &plain, !tables.is_empty())?;
                self.inline(value, &tables, false)?;
                self.text.push('}');
            }
        }
        Ok(())
    }

    /// Keys on one line. Nil is left out, but not the comma before it.
    fn inline(&mut self, of: &Value, fields: &[(String, Value)], are_more: bool) -> Result<()> {
        for (place, (key, value)) in fields.iter().enumerate() {
            if is_nothing(value) {
                continue;
            }
            self.put(format_args!("{} = ", quoted_key(key)));
            self.deeper(of, |writer| writer.element(value))?;
            if are_more || place + 1 != fields.len() {
                self.text.push_str(", ");
            }
        }
        Ok(())
    }

    /// The fields that are plain, and those that are tables.
    #[expect(clippy::type_complexity, reason = "two lists of the same")]
    fn parted(&mut self, table: &Value) -> Result<(Vec<(String, Value)>, Vec<(String, Value)>)> {
        let (mut plain, mut tables) = (vec![], vec![]);
        for (key, value) in fields(table)? {
            let kind = self.kind(&value)?;
            if matches!(kind, Kind::Table | Kind::Tables) { &mut tables } else { &mut plain }.push((key, value));
        }
        Ok((plain, tables))
    }

    /// A list of nothing but tables is a list of tables; one that holds nil is refused.
    fn kind(&mut self, value: &Value) -> Result<Kind> {
        Ok(match value {
            _ if is_nothing(value) => Kind::Nothing,
            Value::Object(object) if object.type_name() == TIME => Kind::Plain,
            Value::Map(_) | Value::Object(_) => Kind::Table,
            Value::List(_) => {
                let items = items(value);
                let mut is_tables = !items.is_empty();
                for item in items {
                    match self.deeper(value, |writer| writer.kind(&item))? {
                        Kind::Nothing => return Err(Error::new("toml: cannot encode array with nil element")),
                        kind => is_tables &= kind == Kind::Table,
                    }
                }
                if is_tables { Kind::Tables } else { Kind::Plain }
            }
            _ => Kind::Plain,
        })
    }

    fn deeper<T>(&mut self, of: &Value, go_on: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Error::new(format!("toml: {} is nested deeper than {MAX_DEPTH}", of.type_name())));
        }
        self.depth += 1;
        let done = go_on(self);
        self.depth -= 1;
        done
    }

    fn header(&self) -> String {
        self.path.iter().map(|key| quoted_key(key)).collect::<Vec<_>>().join(".")
    }

    fn indentation(&self) -> String {
        "  ".repeat(self.path.len().saturating_sub(1))
    }

    fn new_line(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        self.text.write_fmt(text).expect("a string takes all that is written to it");
    }
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Nil) || value.as_list().is_some_and(List::is_nil)
}

fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::List(list) => list.to_vec(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect(),
        _ => vec![],
    }
}

fn fields(value: &Value) -> Result<Vec<(String, Value)>> {
    match value {
        Value::Map(map) => Ok(map.entries().into_iter().map(|(key, value)| (key.to_string(), value)).collect()),
        Value::Object(object) => {
            let unsupported = || Error::new(format!("unexpected type: {}", object.type_name()));
            let entries = object.entries().ok_or_else(unsupported)?.into_iter();
            entries.map(|(key, value)| Ok((key.as_text().ok_or_else(unsupported)?.to_owned(), value))).collect()
        }
        _ => Ok(vec![]),
    }
}

/// A time as RFC 3339; what was read without date, time or offset is written without them again.
fn moment(time: &dyn Object) -> Result<String> {
    let Some(Encoded::Plain(Value::Text(text))) = time.json() else {
        return Err(Error::new("toml: a year is not within 0 and 9999"));
    };
    let zone = match time.call("Location", &[]) {
        Some(Ok(Value::Object(place))) => place.print(),
        _ => String::new(),
    };
    let (date, clock) = text.split_once('T').unwrap_or((&text, ""));
    let clock = clock.trim_end_matches('Z');
    Ok(match zone.as_str() {
        "datetime-local" => format!("{date}T{clock}"),
        "date-local" => date.to_owned(),
        "time-local" => clock.to_owned(),
        _ => text.to_string(),
    })
}

/// Floats are never without a point or an exponent.
fn float(number: f64) -> String {
    let sign = if number.is_sign_negative() { "-" } else { "" };
    match go_float(number) {
        _ if number.is_nan() => format!("{sign}nan"),
        _ if number.is_infinite() => format!("{sign}inf"),
        text if text.contains(['.', 'e']) => text,
        text => text + ".0",
    }
}

fn quoted_key(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(is_bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{8}' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\u{c}' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => {
                write!(quoted, "\\u{:04x}", u32::from(character)).expect("a string takes all that is written to it");
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}
