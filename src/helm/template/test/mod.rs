//! Tests of the whole way from text to text, with Helm's own answers.

mod limit;
mod vector;

use std::rc::Rc;

use super::engine::{Engine, World};
use crate::helm::{
    error::{Error, Result},
    function::{Function, Kind},
    value::{Map, MapKind, Value},
};

/// A world in which nothing is and no time passes.
struct Nowhere;

impl World for Nowhere {
    fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> Result<Value> {
        Ok(Map::new().into())
    }

    fn now(&self) -> i128 {
        0
    }

    fn random(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// As many of sprig's functions as the cases here need, each only as far as they need it.
const FUNCTIONS: &[Function] = &[
    Function {
        name: "list",
        parameters: &[],
        rest: Some(Kind::Any),
        body: |_, arguments| Ok(Value::list(arguments.to_vec())),
    },
    Function {
        name: "dict",
        parameters: &[],
        rest: Some(Kind::Any),
        body: |_, arguments| {
            let key = |key: &Value| super::format::printf("%v", std::slice::from_ref(key)).unwrap_or_default();
            let pair = |pair: &[Value]| (key(&pair[0]).into(), pair.get(1).cloned().unwrap_or(Value::text("")));
            Ok(arguments.chunks(2).map(pair).collect::<Map>().into())
        },
    },
    Function {
        name: "set",
        parameters: &[Kind::Map, Kind::Text, Kind::Any],
        rest: None,
        body: |_, arguments| {
            let (Value::Map(map), Value::Text(key)) = (&arguments[0], &arguments[1]) else { unreachable!() };
            map.set(Rc::clone(key), arguments[2].clone());
            Ok(arguments[0].clone())
        },
    },
    Function {
        name: "upper",
        parameters: &[Kind::Text],
        rest: None,
        body: |_, arguments| Ok(arguments[0].as_text().unwrap_or_default().to_uppercase().into()),
    },
    Function {
        name: "int",
        parameters: &[Kind::Any],
        rest: None,
        body: |_, arguments| Ok(Value::Int(whole(&arguments[0]))),
    },
    Function {
        name: "int64",
        parameters: &[Kind::Any],
        rest: None,
        body: |_, arguments| Ok(Value::Int64(whole(&arguments[0]))),
    },
    Function {
        name: "float64",
        parameters: &[Kind::Any],
        rest: None,
        #[expect(clippy::cast_precision_loss, reason = "the cases are small")]
        body: |_, arguments| match &arguments[0] {
            Value::Float(number) => Ok(Value::Float(*number)),
            other => Ok(Value::Float(whole(other) as f64)),
        },
    },
    Function {
        name: "default",
        parameters: &[Kind::Any],
        rest: Some(Kind::Any),
        body: |_, arguments| Ok(arguments.get(1).filter(|value| value.is_true()).unwrap_or(&arguments[0]).clone()),
    },
    Function {
        name: "repeat",
        parameters: &[Kind::Int, Kind::Text],
        rest: None,
        body: |_, arguments| {
            Ok(arguments[1]
                .as_text()
                .unwrap_or_default()
                .repeat(usize::try_from(whole(&arguments[0])).unwrap_or(0))
                .into())
        },
    },
    Function {
        name: "splitList",
        parameters: &[Kind::Text, Kind::Text],
        rest: None,
        body: |_, arguments| {
            let (mark, text) = (arguments[0].as_text().unwrap_or_default(), arguments[1].as_text().unwrap_or_default());
            Ok(Value::strings(text.split(mark)))
        },
    },
    Function {
        name: "slice",
        parameters: &[Kind::Any],
        rest: Some(Kind::Any),
        body: |_, arguments| {
            if let Value::List(list) = &arguments[0] {
                let start = usize::try_from(arguments.get(1).map_or(0, whole)).unwrap_or(0);
                return Ok(Value::list(list.to_vec().split_off(start)));
            }
            let name = arguments[0].kind_name();
            Err(Error::new(format!("list should be type of slice or array but {name}")))
        },
    },
];

#[expect(clippy::cast_possible_truncation, reason = "the cases are small")]
fn whole(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Float(number) => *number as i64,
        Value::Bool(value) => i64::from(*value),
        Value::Text(text) => text.parse().unwrap_or(0),
        _ => 0,
    }
}

/// What values read from YAML are: every number is a float64.
fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap()),
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Array(items) => Value::list(items.iter().map(from_json).collect()),
        serde_json::Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.as_str().into(), from_json(value))).collect::<Map>().into()
        }
    }
}

/// Renders `template` as Helm renders a file of the chart `t`, with these helpers beside it.
fn render(helpers: &str, template: &str, values: &Value) -> Result<String> {
    let mut engine = Engine::new(&[FUNCTIONS]);
    engine.parse_all([("t/templates/_helpers.tpl", helpers), ("t/templates/case.yaml", template)])?;
    let release: Map = [("Name".into(), Value::text("rel"))].into_iter().collect();
    let values = values.as_map().map(|map| map.seen_as(MapKind::Values)).unwrap_or_default();
    let data: Map = [("Values".into(), values.into()), ("Release".into(), release.into())].into_iter().collect();
    engine.render("t/templates/case.yaml", data.seen_as(MapKind::Values).into(), &mut Nowhere)
}
