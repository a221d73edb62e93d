//! Calls of templates with Helm's own answers, asked of the executor, and any arguments asked of the bodies.

use std::rc::Rc;

use proptest::{
    collection,
    prelude::{Just, ProptestConfig, Strategy, any, proptest},
    prop_oneof,
};

use super::{FAMILIES, Function, Kind, fixture::World, print};
use crate::helm::{
    error::Result,
    quote::quote,
    template::engine::{self, Engine},
    value::{Map, Value},
};

/// The calls with their answers: the value with all types in it, `error: …` where the function says no, `-` where Go would
/// not even call it with such arguments.
const ROWS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/function.json"));

/// What the engine asks the world for; these calls ask for nothing.
struct Nowhere;

impl engine::World for Nowhere {
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

/// What the function of this name says to these arguments, unchecked.
pub(super) fn call(world: &mut World, name: &str, arguments: &[Value]) -> Result<Value> {
    let function = FAMILIES.into_iter().flatten().find(|function| function.name == name);
    (function.unwrap_or_else(|| panic!("there is no {name}")).body)(world, arguments)
}

/// Shows a value with all types in it.
const DUMP: &[Function] =
    &[Function::new("dump", &[Kind::Any], |_, arguments| Ok(arguments.first().map(dump).unwrap_or_default().into()))];

fn dump(value: &Value) -> String {
    let kind = value.type_name();
    match value {
        Value::Nil => "nil".to_owned(),
        Value::Text(text) => quote(text),
        Value::Bool(value) => value.to_string(),
        Value::List(list) if list.is_nil() => format!("{kind}(nil)"),
        Value::List(list) => format!("{kind}[{}]", list.to_vec().iter().map(dump).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let entry = |(key, value): &(Rc<str>, Value)| format!("{}: {}", quote(key), dump(value));
            format!("{kind}{{{}}}", map.entries().iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => format!("{kind}({})", print::plain(other).unwrap()),
    }
}

/// The answer as Helm's is written.
fn outcome(call: &str) -> String {
    let families: Vec<_> = super::all().into_iter().chain([DUMP]).collect();
    let mut engine = Engine::new(&families);
    let name = "t/templates/a.yaml";
    let rendered = engine
        .parse(name, format!("{{{{ dump ({call}) }}}}"))
        .and_then(|()| engine.render(name, Map::new().into(), &mut Nowhere));
    rendered.unwrap_or_else(|error| {
        let text = error.text();
        let own = text.strip_prefix("execution error at ").and_then(|text| text.split_once("): "));
        let called = || text.rfind("error calling ").and_then(|start| text[start..].split_once(": "));
        own.or_else(called).map_or_else(|| "-".to_owned(), |(_, said)| format!("error: {said}"))
    })
}

#[test]
fn every_function_answers_as_helm_does() {
    let rows: Vec<[String; 2]> = serde_json::from_str(ROWS).unwrap();
    let wrong = rows.iter().filter_map(|[call, answer]| {
        let ours = outcome(call);
        (ours != *answer).then(|| format!("{call}\n  helm: {answer}\n  here: {ours}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {} calls:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn every_function_of_these_families_has_answers_of_helm() {
    let asked = |name: &str| ROWS.contains(&format!("[\"{name} ")) || ROWS.contains(&format!("[\"{name}\""));
    let random = ["randAlphaNum", "randAlpha", "randNumeric", "randAscii", "shuffle"];
    let names = FAMILIES.into_iter().chain([super::date::span::FUNCTIONS]).flatten().map(|function| function.name);
    let missing: Vec<_> = names.filter(|name| !random.contains(name) && !asked(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A value of any kind, with bounds and oddities more often than chance has them.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        prop_oneof![-9_i64..9, any::<i64>()].prop_map(Value::Int),
        prop_oneof![-9_i64..9, any::<i64>()].prop_map(Value::Int64),
        prop_oneof![-9.0..9.0, any::<f64>()].prop_map(Value::Float),
        prop_oneof!["\\PC{0,12}", "[-+.0-9a-fx_]{0,8}", "[a-c:/@?#%=\\[\\]]{0,16}", "[(|)a*?\\\\{}1,]{0,12}"]
            .prop_map(Value::from),
        collection::vec(any::<u8>(), 0..8).prop_map(|bytes| Value::Text(crate::helm::raw::text(&bytes))),
        collection::vec(any::<u8>(), 0..4).prop_map(|bytes| Value::Bytes(bytes.into())),
        Just(()).prop_map(|()| call(&mut World::default(), "semver", &["1.2.3-a".into()]).unwrap()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::list),
            collection::btree_map("[a-c]", inner, 0..3).prop_map(|fields| {
                let fields = fields.into_iter().map(|(key, value)| (key.into(), value));
                fields.collect::<Map>().into()
            }),
        ]
    })
}

/// The value where it fits, else one that does, so that bodies are reached.
fn fit(kind: Kind, value: Value) -> Value {
    match (kind, value) {
        (Kind::Any, value)
        | (Kind::Int, value @ Value::Int(_))
        | (Kind::Text, value @ Value::Text(_))
        | (Kind::Map, value @ (Value::Map(_) | Value::Nil)) => value,
        (Kind::Bool, value) => value.is_true().into(),
        (Kind::Int, value) => Value::Int(super::cast::int(&value)),
        (Kind::Float, value) => super::cast::float(&value).into(),
        (Kind::Map, value) => {
            let map = Map::new();
            map.set("a", value);
            map.into()
        }
        (_, value) => print::string(&value).unwrap().into(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_arguments_give_an_answer_or_an_error(
        place in any::<proptest::sample::Index>(),
        arguments in collection::vec(value(), 0..6),
        must_fit in proptest::bool::weighted(0.9),
    ) {
        let functions: Vec<_> = FAMILIES.into_iter().flatten().collect();
        let function = place.get(&functions);
        let mut arguments = arguments;
        if must_fit {
            if function.rest.is_none() {
                arguments.resize(function.parameters.len(), Value::Nil);
            }
            while arguments.len() < function.parameters.len() {
                arguments.push(Value::Nil);
            }
            let kinds = function.parameters.iter().copied();
            let kinds = kinds.chain(std::iter::repeat_with(|| function.rest.unwrap_or(Kind::Any)));
            arguments = kinds.zip(arguments).map(|(kind, argument)| fit(kind, argument)).collect();
        }
        let _ = (function.body)(&mut World::default(), &arguments);
    }
}
