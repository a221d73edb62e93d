//! Between the values of templates and `serde_json`, which holds objects of a cluster and release records.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Number, Value as Json};

use crate::helm::{
    raw,
    value::{Encoded, Map, Value},
};

/// A value as JSON. Whole numbers are integers, as in JSON that Go writes; what JSON cannot hold is null.
#[expect(clippy::cast_possible_truncation, reason = "whole numbers below 2^63 fit")]
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(number) | Value::Int64(number) => Json::Number((*number).into()),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9_223_372_036_854_775_808.0 => {
            Json::Number((*number as i64).into())
        }
        Value::Float(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(to_text(text)),
        Value::Bytes(bytes) => Json::String(STANDARD.encode(bytes)),
        Value::List(list) if list.is_nil() => Json::Null,
        Value::List(list) => Json::Array(list.to_vec().iter().map(to_json).collect()),
        Value::Map(map) => Json::Object(to_object(map)),
        Value::Object(object) => match object.json() {
            Some(Encoded::Plain(plain)) => to_json(&plain),
            Some(Encoded::Struct(fields)) => {
                Json::Object(fields.iter().map(|(name, value)| (to_text(name), to_json(value))).collect())
            }
            None => Json::Null,
        },
    }
}

/// A map as a JSON object, its keys in byte order.
pub fn to_object(map: &Map) -> serde_json::Map<String, Json> {
    map.entries().iter().map(|(name, value)| (to_text(name), to_json(value))).collect()
}

/// Text as Go's JSON has it: a byte that is not UTF-8 becomes a mark of its own.
pub fn to_text(text: &str) -> String {
    text.chars().map(|character| raw::byte(character).map_or(character, |_| char::REPLACEMENT_CHARACTER)).collect()
}

/// JSON as a value. All numbers are float64, as Go reads them.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::list(items.iter().map(from_json).collect()),
        Json::Object(fields) => from_object(fields).into(),
    }
}

/// An object of a cluster as templates see it by `lookup`: whole numbers are int64 there, as the client of Kubernetes
/// reads them, while those of values are float64.
pub fn from_live(json: &Json) -> Value {
    match json {
        Json::Number(number) => number.as_i64().map_or_else(|| from_json(json), Value::Int64),
        Json::Array(items) => Value::list(items.iter().map(from_live).collect()),
        Json::Object(fields) => {
            let map: Map = fields.iter().map(|(name, value)| (name.as_str().into(), from_live(value))).collect();
            map.into()
        }
        other => from_json(other),
    }
}

/// A JSON object as a map.
pub fn from_object(fields: &serde_json::Map<String, Json>) -> Map {
    fields.iter().map(|(name, value)| (name.as_str().into(), from_json(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{from_json, from_live, to_json};
    use crate::helm::{raw, value::Value, yaml};

    #[test]
    fn whole_numbers_are_integers_and_come_back_as_floats() {
        let value = yaml::read("{a: 1.0, b: 2.5, c: 1e3, d: [null, 'x', true], e: {}}").unwrap();
        let json = json!({"a": 1, "b": 2.5, "c": 1000, "d": [null, "x", true], "e": {}});
        assert_eq!(to_json(&value), json);
        assert!(from_json(&json).is_deeply_equal(&value));
        assert_eq!(to_json(&Value::Int64(i64::MAX)), json!(i64::MAX));
    }

    #[test]
    fn whole_numbers_of_a_cluster_stay_whole() {
        let live = from_live(&json!({"a": [1, 2.5]}));
        let Value::Map(map) = &live else { panic!("{live:?}") };
        let Some(Value::List(list)) = map.get("a") else { panic!("{live:?}") };
        assert!(matches!(list.to_vec()[..], [Value::Int64(1), Value::Float(_)]));
    }

    #[test]
    fn bytes_that_are_no_text_are_marked_one_by_one() {
        assert_eq!(to_json(&Value::Text(raw::text(b"a\xff\xfeb"))), json!("a\u{fffd}\u{fffd}b"));
        assert_eq!(to_json(&Value::Bytes(b"ab".as_slice().into())), json!("YWI="));
    }
}
