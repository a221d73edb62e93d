//! YAML as Helm reads and writes it: `sigs.k8s.io/yaml`, which is go-yaml v2 on both sides of Go's JSON.
//!
//! Reading scans by libyaml's rules, as go-yaml does, and takes scalars for what go-yaml takes them for: `yes` and `0644`
//! are a boolean and 420, as keys too; `<<` merges; of two equal keys the last one counts. Only the first document is
//! read. One thing differs from Helm: nesting has a lower limit, [`MAX_DEPTH`].

mod decode;
mod emitter;
mod order;
mod parser;
mod plain;
mod resolve;
mod scalar;
mod scan_property;
mod scan_scalar;
mod scanner;
mod source;
mod through_json;
mod timestamp;
mod tree;
mod write;

#[cfg(test)]
mod read_test;
#[cfg(test)]
mod write_test;

use super::{
    error::{Error, Result},
    json,
    number::go_float,
    value::{Map, Value},
};
use plain::Numbers;
pub use write::{try_write, write, write_pretty};

/// What stands before the names of YAML's own tags.
const LONG_TAG: &str = "tag:yaml.org,2002:";

/// The version of go-yaml that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// v2: `toYaml`.
    Second,
    /// v3: `toYamlPretty`.
    Third,
}

/// How deep lists and maps may be nested, in text that is read and in values that are written. Go allows 10000; charts
/// stay below 50, and each level costs room on the stack here.
pub const MAX_DEPTH: usize = 200;

/// Reads the first document of `text`; nil where there is none. All numbers are float64, as they come out of JSON.
///
/// # Errors
///
/// In Helm's words: `error converting YAML to JSON: yaml: line 2: …`.
pub fn read(text: &str) -> Result<Value> {
    read_numbers(text, Numbers::Floats)
}

/// As [`read`], but whole numbers of `i64` are [`Value::Int`]: `sigs.k8s.io/yaml` prints them as they stand where a
/// field of a struct wants text, such as `appVersion: 10000000` of a chart.
pub fn read_with_integers(text: &str) -> Result<Value> {
    read_numbers(text, Numbers::Kept)
}

/// Reads the first document of `text` as a map; empty where there is none.
///
/// # Errors
///
/// Those of [`read`], and where the document is no map.
pub fn read_map(text: &str) -> Result<Map> {
    match read(text)? {
        Value::Map(map) => Ok(map),
        Value::Nil => Ok(Map::new()),
        other => Err(mismatch(&other, "map[string]interface {}")),
    }
}

/// Reads the first document of `text` as a list; empty where there is none.
///
/// # Errors
///
/// Those of [`read`], and where the document is no list.
pub fn read_list(text: &str) -> Result<Vec<Value>> {
    match read(text)? {
        Value::List(list) => Ok(list.to_vec()),
        Value::Nil => Ok(vec![]),
        other => Err(mismatch(&other, "[]interface {}")),
    }
}

/// That a document is not of the type that Go was to fill, in Helm's words.
pub fn mismatch(found: &Value, wanted: &str) -> Error {
    json::mismatch(found, wanted).during("error unmarshaling JSON: while decoding JSON")
}

fn read_numbers(text: &str, numbers: Numbers) -> Result<Value> {
    let value = || {
        let Some((tree, root)) = parser::parse(text)? else { return Ok(Value::Nil) };
        let value = decode::decode(&tree, root)?.into_value(numbers)?;
        all_finite(&value)?;
        Ok(value)
    };
    value().map_err(|error: Error| error.during("error converting YAML to JSON"))
}

/// JSON has no infinities.
fn all_finite(value: &Value) -> Result<()> {
    match value {
        Value::Float(number) if !number.is_finite() => {
            Err(Error::new(format!("json: unsupported value: {}", go_float(*number))))
        }
        Value::List(list) => list.to_vec().iter().try_for_each(all_finite),
        Value::Map(map) => map.entries().iter().try_for_each(|(_, value)| all_finite(value)),
        _ => Ok(()),
    }
}
