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
