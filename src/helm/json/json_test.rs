use proptest::prelude::*;

use super::{read, read_list, read_map, read_prefix, write, write_pretty, write_raw};
use crate::helm::{
    error::Result,
    golden, raw,
    value::{Map, Value},
};

fn shown(value: Result<Value>) -> Result<String, String> {
    value.and_then(|value| write(&value)).map_err(|error| error.text().to_owned())
}

#[test]
fn texts_are_read_as_in_go() {
    for row in golden::rows("fromjson") {
        assert_eq!(shown(read_map(&row.input).map(Value::Map)), row.answer, "{:?}", row.input);
    }
    for row in golden::rows("fromjsonarray") {
        assert_eq!(shown(read_list(&row.input).map(Value::List)), row.answer, "{:?}", row.input);
    }
    for row in golden::rows("fromjsonany") {
        assert_eq!(shown(read(&row.input)), row.answer, "{:?}", row.input);
    }
}

#[test]
fn values_are_written_as_in_go() {
    for row in golden::rows("json") {
        assert_eq!(shown(read(&row.input)), row.answer, "{:?}", row.input);
    }
    for row in golden::rows("prettyjson") {
        assert_eq!(write_pretty(&read(&row.input).unwrap()).map_err(|error| error.to_string()), row.answer);
    }
    assert_eq!(write_raw(&Value::text("<&>\u{2028}")).unwrap(), "\"<&>\\u2028\"");
    assert_eq!(write(&Value::Text(raw::text(&[0xFF]))).unwrap(), "\"\\ufffd\"");
    assert_eq!(write(&Value::Bytes([104, 105].into())).unwrap(), "\"aGk=\"");
}

#[test]
fn a_map_that_holds_itself_is_refused() {
    let own = Map::new();
    own.set("a", Value::Map(own.clone()));
    let error = write(&Value::Map(own.clone())).unwrap_err();
    assert_eq!(error.text(), "json: unsupported value: encountered a cycle via map[string]interface {}");
    own.remove("a");
}

#[test]
fn a_value_is_read_from_the_front() {
    let (value, length) = read_prefix(" [1] ,x").unwrap();
    assert_eq!((write(&value).unwrap().as_str(), length), ("[1]", 4));
    assert_eq!(read_prefix("[1").unwrap_err().text(), "unexpected EOF");
    assert!(read(&"[".repeat(100_000)).unwrap_err().text().ends_with("exceeded max depth"));
}

proptest! {
    #[test]
    fn any_text_gives_a_value_or_an_error(text in "[\\[\\]{}:,\"\\\\ua-f0-9.eE+-]{0,30}|.*") {
        if let Ok(value) = read(&text) {
            let written = write(&value).unwrap();
            prop_assert!(read(&written).unwrap().is_deeply_equal(&value));
        }
    }
}
