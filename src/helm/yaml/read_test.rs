use proptest::prelude::*;

use super::{read, read_list, read_map, read_with_integers, write, write_pretty};
use crate::helm::{error::Result, golden, json, value::Value};

fn shown(value: Result<Value>) -> Result<String, String> {
    value.and_then(|value| json::write(&value)).map_err(|error| error.text().to_owned())
}

#[test]
fn documents_are_read_and_written_as_helm_does() {
    let vectors = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/yaml.json"));
    let rows: Vec<serde_json::Value> = serde_json::from_str(vectors).unwrap();
    assert_eq!(rows.len(), 36);
    for row in &rows {
        let map = read_map(row["input"].as_str().unwrap()).map(Value::Map);
        if let Some(error) = row["error"].as_str() {
            assert_eq!(map.unwrap_err().text(), error, "{row}");
            continue;
        }
        let map = map.unwrap();
        assert!(map.is_deeply_equal(&json::read(&row["json"].to_string()).unwrap()), "{row}");
        // The vector of no document was made with nothing to write; an empty map is written as such.
        let wanted = if row["name"] == "empty" { "{}" } else { row["yaml"].as_str().unwrap() };
        assert_eq!(write(&map), wanted, "{row}");
    }
}

#[test]
fn every_kind_of_scalar_and_structure_is_read_as_go_yaml_does() {
    for row in golden::rows("read") {
        assert_eq!(shown(read(&row.input)), row.answer, "{:?}", row.input);
    }
    for row in golden::rows("readmap") {
        assert_eq!(shown(read_map(&row.input).map(Value::Map)), row.answer, "{:?}", row.input);
    }
    for row in golden::rows("readarray") {
        assert_eq!(shown(read_list(&row.input).map(Value::list)), row.answer, "{:?}", row.input);
    }
}

#[test]
fn whole_numbers_can_be_kept() {
    let read = |text| read_with_integers(text).unwrap();
    assert!(read("10000000").is_deeply_equal(&Value::Int(10_000_000)));
    assert!(read("0x10").is_deeply_equal(&Value::Int(16)));
    assert!(read("1.0").is_deeply_equal(&Value::Float(1.0)));
}

#[test]
fn depth_and_aliases_have_limits() {
    for deep in ["[".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000), "{a: ".repeat(100_000)] {
        assert!(read(&deep).unwrap_err().text().contains("exceeded max depth of 200"));
    }
    let aliased = (0..500).map(|n| format!("- &a{} [*a{n}]\n", n + 1)).collect::<Vec<_>>().concat();
    let padding = "- x\n".repeat(5_000);
    assert!(read(&format!("{padding}- &a0 x\n{aliased}")).unwrap_err().text().contains("exceeded max depth of 200"));
    let line = |n: usize| format!("- &a{} [{}]\n", n + 1, vec![format!("*a{n}"); 10].join(","));
    let bomb = format!("- &a0 x\n{}", (0..12).map(line).collect::<Vec<_>>().concat());
    let error = read(&bomb).unwrap_err();
    assert_eq!(error.text(), "error converting YAML to JSON: yaml: document contains excessive aliasing");
}

#[test]
fn text_that_begins_with_a_tab_is_read_back_from_version_2_only() {
    let value = Value::list(vec![Value::text("\t\n")]);
    assert_eq!(write(&value), "- \"\\t\\n\"");
    assert!(read(&write(&value)).unwrap().is_deeply_equal(&value));
    assert_eq!(write_pretty(&value), "- |\n  \t");
    let error = read(&write_pretty(&value)).unwrap_err();
    assert!(error.text().ends_with("line 2: found a tab character where an indentation space is expected"), "{error}");
}

proptest! {
    #[test]
    fn any_text_gives_a_value_or_an_error(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn any_signs_give_a_value_or_an_error(signs in prop::collection::vec(prop::sample::select(SIGNS), 0..40)) {
        let _ = read(&signs.concat());
    }

    #[test]
    fn what_was_written_is_read_back(value in any_value()) {
        let text = write(&value) + "\n";
        let back = read(&text).unwrap();
        prop_assert!(back.is_deeply_equal(&value), "{text}");
        prop_assert_eq!(write(&back) + "\n", text);
        let pretty = write_pretty(&value) + "\n";
        prop_assert!(read(&pretty).unwrap().is_deeply_equal(&value), "{pretty}");
    }
}

const SIGNS: &[&str] = &[
    "a",
    "1",
    "-",
    "- ",
    ": ",
    ":",
    "?",
    "? ",
    "|",
    ">",
    "+",
    "2",
    "\n",
    "\n",
    " ",
    "  ",
    "\t",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&x ",
    "*x",
    "!!int ",
    "!",
    "'",
    "\"",
    "#",
    "---",
    "...",
    "%YAML 1.1\n",
    "%TAG ! x\n",
    "<<: ",
    "é",
    "\\",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "a: 1\n",
];

/// Values of text that survives the way through JSON and YAML: no control characters, no merge key; no tabs, which
/// version 3 writes where version 2 does not read them.
fn any_value() -> impl Strategy<Value = Value> {
    let text = "[a-z0-9 :#'\"\\\\\né{}\\[\\],&*!|>%@`~?.=-]{0,40}";
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number))),
        (-1e300..1e300_f64).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let fields = prop::collection::btree_map("[a-zA-Z0-9 _.:#-]{0,8}", inner.clone(), 0..5);
        let fields =
            fields.prop_map(|fields| Value::Map(fields.into_iter().map(|(key, value)| (key.into(), value)).collect()));
        prop_oneof![prop::collection::vec(inner, 0..5).prop_map(Value::list), fields]
    })
}
