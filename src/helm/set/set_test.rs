use proptest::prelude::*;

use super::{SetKind, parse_into};
use crate::helm::{
    error::{Error, Result},
    golden, json,
    value::{Map, Value},
    yaml,
};

/// What is set before the flags of the vectors.
const BASE: &str = "l: [1, {b: 2}, [3]]\nm: {k: v}\nn: null\n";

#[expect(clippy::unnecessary_wraps, reason = "other readers of files fail")]
fn named(name: &str) -> Result<String> {
    Ok(format!("<{name}>"))
}

#[test]
fn flags_set_what_helm_sets() {
    let kinds = [
        ("set", SetKind::Typed),
        ("setstring", SetKind::Text),
        ("setjson", SetKind::Json),
        ("setfile", SetKind::File(&named)),
        ("setliteral", SetKind::Literal),
    ];
    for (operation, kind) in kinds {
        for row in golden::rows(operation) {
            let map = yaml::read_map(BASE).unwrap();
            let error = parse_into(&map, &row.input, kind).err().map(|error| error.text().to_owned());
            assert_eq!(error, row.answer.err(), "{operation} {:?}", row.input);
            assert_eq!(json::write(&Value::Map(map)).unwrap(), row.left, "{operation} {:?}", row.input);
        }
    }
}

#[test]
fn whole_numbers_are_int64() {
    let map = Map::new();
    parse_into(&map, "a=1,b=1.5,c=01", SetKind::Typed).unwrap();
    let values = [Value::Int64(1), Value::text("1.5"), Value::text("01")];
    for (key, value) in ["a", "b", "c"].into_iter().zip(values) {
        assert!(map.get(key).is_some_and(|found| found.is_deeply_equal(&value)), "{key}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_of() {
    let map = Map::new();
    let missing = |name: &str| Err(Error::new(format!("no file `{name}`")));
    assert_eq!(parse_into(&map, "a=b", SetKind::File(&missing)).unwrap_err().text(), "no file `b`");
}

#[test]
fn lists_are_not_nested_without_limit() {
    let text = format!("a{}=1", "[0]".repeat(10_000));
    assert!(parse_into(&Map::new(), &text, SetKind::Typed).is_err());
}

proptest! {
    #[test]
    fn any_text_sets_something_or_is_an_error(text in "[a-c.=,{}\\[\\]0-9\\\\\" -]{0,30}|.*") {
        for kind in [SetKind::Typed, SetKind::Text, SetKind::Json, SetKind::File(&named), SetKind::Literal] {
            let _ = parse_into(&Map::new(), &text, kind);
        }
    }
}
