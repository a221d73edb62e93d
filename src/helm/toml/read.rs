//! Reading. The words of errors are those of Rust's parser behind Go's `toml: line 2: `.

use toml::{Table, Value as Toml, value::Datetime};

use crate::helm::{
    error::{Error, Result},
    function::date,
    value::{Map, Value},
};

/// Reads a TOML document: whole numbers are int64, others float64.
///
/// A list of tables is a `[]interface {}` here, however it is written; Go has a `[]map[string]interface {}` for `[[name]]`.
/// Dates and times are `time.Time`; those without an offset are in zones of the library's own, named for what they are.
///
/// # Errors
///
/// `toml: line 2: …`, with what is wrong there.
pub fn read(text: &str) -> Result<Map> {
    let table: Table = toml::from_str(text).map_err(|error| told(text, &error))?;
    Ok(map(table))
}

fn told(text: &str, error: &toml::de::Error) -> Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Error::new(format!("toml: line {line}: {}", error.message().trim().replace('\n', ", ")))
}

fn map(table: Table) -> Map {
    table.into_iter().map(|(key, value)| (key.into(), self::value(value))).collect()
}

fn value(value: Toml) -> Value {
    match value {
        Toml::String(text) => text.into(),
        Toml::Integer(number) => Value::Int64(number),
        Toml::Float(number) => number.into(),
        Toml::Boolean(value) => value.into(),
        Toml::Datetime(time) => moment(time),
        Toml::Array(items) => Value::list(items.into_iter().map(self::value).collect()),
        Toml::Table(table) => map(table).into(),
    }
}

/// A date, a time or both, completed to RFC 3339.
fn moment(time: Datetime) -> Value {
    let (text, zone) = match (time.date, time.time, time.offset) {
        (Some(date), None, _) => (format!("{date}T00:00:00Z"), Some("date-local")),
        (None, Some(time), _) => (format!("0000-01-01T{time}Z"), Some("time-local")),
        (_, _, None) => (format!("{time}Z"), Some("datetime-local")),
        _ => (time.to_string(), None),
    };
    date::of_internet(&text, zone).unwrap_or_else(|_| text.into())
}
