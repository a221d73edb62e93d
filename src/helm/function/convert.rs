//! To and from YAML, JSON and TOML: Helm's own functions, and sprig's where Helm has none.

use super::{Function, Host, Kind};
use crate::helm::{
    error::{Error, Result},
    json, toml,
    value::{List, ListKind, Map, Value},
    yaml,
};

/// The functions of this family. Those that Helm gives no error to give an empty text, or the error in place of what
/// was read; the ones with `must` fail.
pub const FUNCTIONS: &[Function] = &[
    from_any("toYaml", |_, arguments| Ok(yaml::write(&arguments[0]).into())),
    from_any("mustToYaml", |_, arguments| yaml::try_write(&arguments[0]).map(Value::from)),
    from_any("toYamlPretty", |_, arguments| Ok(yaml::write_pretty(&arguments[0]).into())),
    from_text("fromYaml", |_, arguments| Ok(map_or_error(yaml::read_map(text(arguments))))),
    from_text("fromYamlArray", |_, arguments| Ok(list_or_error(yaml::read_list(text(arguments)).map(List::new)))),
    from_any("toJson", |_, arguments| Ok(json::write(&arguments[0]).unwrap_or_default().into())),
    from_any("mustToJson", |_, arguments| json::write(&arguments[0]).map(Value::from)),
    from_any("toPrettyJson", |_, arguments| Ok(json::write_pretty(&arguments[0]).unwrap_or_default().into())),
    from_any("mustToPrettyJson", |_, arguments| json::write_pretty(&arguments[0]).map(Value::from)),
    from_any("toRawJson", |_, arguments| json::write_raw(&arguments[0]).map(Value::from)),
    from_any("mustToRawJson", |_, arguments| json::write_raw(&arguments[0]).map(Value::from)),
    from_text("fromJson", |_, arguments| Ok(map_or_error(json::read_map(text(arguments))))),
    from_text("mustFromJson", |_, arguments| json::read(text(arguments))),
    from_text("fromJsonArray", |_, arguments| Ok(list_or_error(json::read_list(text(arguments))))),
    from_any("toToml", |_, arguments| match toml::write(&arguments[0]) {
        // Go's encoder panics at nil, which no one catches before the template engine.
        Err(error) if matches!(arguments[0], Value::Nil) => Err(error),
        text => Ok(text.unwrap_or_else(|error| error.text().to_owned()).into()),
    }),
    from_any("mustToToml", |_, arguments| toml::write(&arguments[0]).map(Value::from)),
    from_text("fromToml", |_, arguments| Ok(map_or_error(toml::read(text(arguments))))),
];

type Body = fn(&mut dyn Host, &[Value]) -> Result<Value>;

const fn from_any(name: &'static str, body: Body) -> Function {
    Function { name, parameters: &[Kind::Any], rest: None, body }
}

const fn from_text(name: &'static str, body: Body) -> Function {
    Function { name, parameters: &[Kind::Text], rest: None, body }
}

fn text(arguments: &[Value]) -> &str {
    arguments[0].as_text().unwrap_or_default()
}

/// The map, or one that tells the error under `Error`.
fn map_or_error(map: Result<Map>) -> Value {
    let told = |error: Error| Map::from_iter([("Error".into(), Value::text(error.text()))]);
    Value::Map(map.unwrap_or_else(told))
}

/// The list, or one that holds the error alone.
fn list_or_error(list: Result<List>) -> Value {
    let told = |error: Error| List::of_kind(ListKind::Any, vec![Value::text(error.text())]);
    Value::List(list.unwrap_or_else(told))
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;
    use crate::helm::{
        error::Result,
        function::Host,
        json,
        value::{Map, Value},
    };

    /// These functions ask for nothing.
    struct Nowhere;

    impl Host for Nowhere {
        fn include(&mut self, _: &str, _: Value) -> Result<String> {
            Ok(String::new())
        }

        fn tpl(&mut self, _: &str, _: Value) -> Result<String> {
            Ok(String::new())
        }

        fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> Result<Value> {
            Ok(Value::Nil)
        }

        fn now(&self) -> i128 {
            0
        }

        fn random(&mut self, _: &mut [u8]) {}
    }

    fn call(name: &str, argument: Value) -> Result<Value> {
        let function = FUNCTIONS.iter().find(|function| function.name == name).unwrap();
        (function.body)(&mut Nowhere, &[argument])
    }

    /// What Helm 4.3.1 shows with `toJson` behind each.
    #[test]
    fn what_cannot_be_read_is_told_in_place_of_what_was_read() {
        let map = "into Go value of type map[string]interface {}";
        let yaml = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
        let cases = [
            ("fromYaml", "a: [", "error converting YAML to JSON: yaml: line 1: did not find expected node content"),
            ("fromYaml", "- 1", &format!("{yaml} array {map}")),
            ("fromYamlArray", "a: 1", &format!("{yaml} object into Go value of type []interface {{}}")),
            ("fromJson", "[1]", &format!("json: cannot unmarshal array {map}")),
            ("fromJson", "{", "unexpected end of JSON input"),
            ("fromJsonArray", "{}", "json: cannot unmarshal object into Go value of type []interface {}"),
        ];
        for (name, text, error) in cases {
            let found = match call(name, text.into()).unwrap() {
                Value::Map(map) => map.get("Error"),
                Value::List(list) => list.get(0),
                _ => None,
            };
            assert_eq!(found.unwrap().as_text(), Some(error), "{name} {text}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_nothing_or_an_error() {
        for name in ["toYaml", "toJson", "toPrettyJson"] {
            assert_eq!(call(name, f64::NAN.into()).unwrap().as_text(), Some(""), "{name}");
        }
        let nothing = || Value::list(vec![Value::Nil]);
        let text = call("toToml", nothing()).unwrap();
        assert_eq!(text.as_text(), Some("toml: cannot encode array with nil element"));
        let number = "json: unsupported value: NaN";
        let cases = [
            ("mustToJson", Value::Float(f64::NAN), number),
            ("mustToPrettyJson", Value::Float(f64::NAN), number),
            ("toRawJson", Value::Float(f64::NAN), number),
            ("mustToYaml", Value::Float(f64::NAN), "error marshaling into JSON: json: unsupported value: NaN"),
            ("mustToToml", nothing(), "toml: cannot encode array with nil element"),
            ("toToml", Value::Nil, "reflect: call of reflect.Value.Type on zero Value"),
            ("mustFromJson", "[".into(), "unexpected end of JSON input"),
        ];
        for (name, value, error) in cases {
            assert_eq!(call(name, value).unwrap_err().text(), error, "{name}");
        }
    }

    #[test]
    fn what_can_be_converted_is() {
        let map = || Value::Map(Map::from_iter([("a".into(), Value::list(vec![Value::text("<")]))]));
        let written = [
            ("toYaml", "a:\n- <"),
            ("toYamlPretty", "a:\n  - <"),
            ("toJson", r#"{"a":["\u003c"]}"#),
            ("toRawJson", r#"{"a":["<"]}"#),
            ("mustToPrettyJson", "{\n  \"a\": [\n    \"\\u003c\"\n  ]\n}"),
            ("toToml", "a = [\"<\"]\n"),
        ];
        for (name, text) in written {
            assert_eq!(call(name, map()).unwrap().as_text(), Some(text), "{name}");
        }
        let read =
            [("fromYaml", "a: 1"), ("fromJson", r#"{"a":1}"#), ("mustFromJson", r#"{"a":1}"#), ("fromToml", "a = 1")];
        for (name, text) in read {
            assert_eq!(json::write(&call(name, text.into()).unwrap()).unwrap(), r#"{"a":1}"#, "{name}");
        }
    }
}
