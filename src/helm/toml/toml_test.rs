use proptest::prelude::*;

use super::{read, write};
use crate::helm::{golden, json, value::Value};

#[test]
fn values_are_written_as_helm_writes_them() {
    for row in golden::rows("toml") {
        let written = write(&json::read(&row.input).unwrap()).map_err(|error| error.text().to_owned());
        assert_eq!(written, row.answer, "{:?}", row.input);
    }
}

#[test]
fn documents_are_read_as_helm_reads_them() {
    for row in golden::rows("fromtoml") {
        let map = read(&row.input).map(Value::Map).map_err(|error| error.text().to_owned());
        assert_eq!(map.map(|map| json::write(&map).unwrap()), row.answer, "{:?}", row.input);
    }
}

#[test]
fn an_error_tells_its_line() {
    assert!(read("a = 1\nb = [").unwrap_err().text().starts_with("toml: line 2: "));
}

#[test]
fn whole_numbers_are_int64() {
    assert!(read("a = 1").unwrap().get("a").is_some_and(|value| value.is_deeply_equal(&Value::Int64(1))));
}

proptest! {
    #[test]
    fn any_text_gives_a_map_or_an_error(text in "[a-c=.\\[\\]{}\"'0-9T:\n, #-]{0,40}|.*") {
        if let Ok(map) = read(&text) {
            let _ = write(&Value::Map(map));
        }
    }
}
