use super::{try_write, write, write_pretty};
use crate::helm::{
    golden, json, raw,
    value::{List, ListKind, Map, Value},
};

#[test]
fn values_are_written_as_helm_writes_them() {
    for row in golden::rows("write") {
        let value = json::read(&row.input).unwrap();
        let written = try_write(&value).map_err(|error| error.text().to_owned());
        assert_eq!(written.is_ok(), row.answer.is_ok(), "{:?}", row.input);
        if written.is_ok() {
            assert_eq!(written, row.answer, "{:?}", row.input);
        }
    }
    for row in golden::rows("pretty") {
        let value = json::read(&row.input).unwrap();
        assert_eq!(Ok(write_pretty(&value)), row.answer, "{:?}", row.input);
    }
}

#[test]
fn what_cannot_be_written_gives_nothing() {
    let own = Map::new();
    own.set("a", Value::Map(own.clone()));
    for value in [Value::Float(f64::NAN), Value::text("\u{7f}"), Value::Map(own.clone())] {
        assert_eq!(write(&value), "");
    }
    own.remove("a");
    let error = try_write(&Value::Float(f64::INFINITY)).unwrap_err();
    assert_eq!(error.text(), "error marshaling into JSON: json: unsupported value: +Inf");
}

#[test]
fn types_that_only_templates_have_are_written_too() {
    let bytes = Value::Bytes([104, 105].into());
    assert_eq!((write(&bytes).as_str(), write_pretty(&bytes).as_str()), ("aGk=", "- 104\n- 105"));
    let nothing = Value::List(List::nil(ListKind::Any));
    assert_eq!((write(&nothing).as_str(), write_pretty(&nothing).as_str()), ("null", "[]"));
    let odd = Value::Text(raw::text(&[b'a', 0xFF]));
    assert_eq!((write(&odd).as_str(), write_pretty(&odd).as_str()), ("a\u{fffd}", "!!binary Yf8="));
    assert_eq!((write(&Value::Int(1_000_000)), write_pretty(&Value::Float(1e6))), ("1000000".into(), "1e+06".into()));
}
