//! Calls of templates with Helm's own answers, and the little world in which they are tried here.

use proptest::{
    collection,
    prelude::{Just, ProptestConfig, Strategy, any, proptest},
    prop_oneof,
};
use serde_json::Value as Json;

use super::{FAMILIES, Function, Host, Kind, flow, print};
use crate::helm::{
    error::{Error, Result},
    value::Value,
};

/// A host without a cluster, whose randomness is a row of numbers.
#[derive(Default)]
pub(super) struct World {
    drawn: u64,
}

impl Host for World {
    fn include(&mut self, name: &str, data: Value) -> Result<String> {
        Ok(format!("include {name} {}", print::plain(&data)?))
    }

    fn tpl(&mut self, template: &str, data: Value) -> Result<String> {
        Ok(format!("tpl {template} {}", print::plain(&data)?))
    }

    fn lookup(&mut self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value> {
        Ok(format!("{api_version} {kind} {namespace} {name}").into())
    }

    fn now(&self) -> i128 {
        0
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.drawn = self.drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = self.drawn.to_be_bytes()[0];
        }
    }
}

/// The function of this name.
pub(super) fn function(name: &str) -> Option<&'static Function> {
    FAMILIES.into_iter().flatten().find(|function| function.name == name)
}

/// What the function of this name says to these arguments, unchecked.
pub(super) fn call(world: &mut World, name: &str, arguments: &[Value]) -> Result<Value> {
    let function = function(name).ok_or_else(|| Error::new(format!("no function {name}")))?;
    (function.body)(world, arguments)
}

/// Why there is no answer.
#[derive(Debug)]
enum Refusal {
    /// The executor would not call the function with such arguments.
    Unfit,
    /// The function itself says no.
    Said(Error),
}

/// A call in a template's words: literals, parentheses, pipes, methods behind parentheses.
struct Reader<'a> {
    rest: &'a str,
    world: World,
}

impl<'a> Reader<'a> {
    fn answer(call: &'a str) -> Result<Value, Refusal> {
        let mut reader = Self { rest: call, world: World::default() };
        let answer = reader.pipeline();
        assert!(answer.is_err() || reader.rest.trim().is_empty(), "{call}: `{}` was not read", reader.rest);
        answer
    }

    fn next_is(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn pipeline(&mut self) -> Result<Value, Refusal> {
        let mut value = self.command(None)?;
        while self.next_is('|') {
            value = self.command(Some(value))?;
        }
        Ok(value)
    }

    fn command(&mut self, last: Option<Value>) -> Result<Value, Refusal> {
        let head = self.word();
        let mut operands = vec![];
        let object = match literal(head) {
            None if head.is_empty() => Some(self.operand()?),
            literal => literal,
        };
        let method = if self.rest.starts_with('.') && object.is_some() { self.word() } else { "" };
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with([')', '|']) {
                break;
            }
            operands.push(self.operand()?);
        }
        operands.extend(last);
        match object {
            Some(Value::Object(object)) if !method.is_empty() => {
                let parameters = object.parameters(&method[1..]).ok_or(Refusal::Unfit)?;
                let fits = parameters.len() == operands.len()
                    && parameters.iter().zip(&operands).all(|(parameter, operand)| match parameter {
                        Kind::Text => operand.as_text().is_some(),
                        Kind::Other(name) => *name == operand.type_name(),
                        _ => false,
                    });
                let answer = object.call(&method[1..], &operands).filter(|_| fits).ok_or(Refusal::Unfit)?;
                answer.map_err(Refusal::Said)
            }
            Some(value) if operands.is_empty() && method.is_empty() => Ok(value),
            Some(_) => Err(Refusal::Unfit),
            None => self.called(head, operands),
        }
    }

    fn called(&mut self, name: &str, mut arguments: Vec<Value>) -> Result<Value, Refusal> {
        let function = function(name).unwrap_or_else(|| panic!("there is no {name}"));
        let fixed = function.parameters.len();
        if arguments.len() < fixed || arguments.len() > fixed && function.rest.is_none() {
            return Err(Refusal::Unfit);
        }
        let kinds =
            function.parameters.iter().copied().chain(std::iter::repeat_with(|| function.rest.unwrap_or(Kind::Any)));
        for (kind, argument) in kinds.zip(&mut arguments) {
            if let (Kind::Float, Value::Int(number)) = (kind, &argument) {
                *argument = f64::from(i32::try_from(*number).unwrap()).into();
            }
            let fits = matches!(
                (kind, &argument),
                (Kind::Any, _)
                    | (Kind::Bool, Value::Bool(_))
                    | (Kind::Int, Value::Int(_))
                    | (Kind::Float, Value::Float(_))
                    | (Kind::Text, Value::Text(_))
                    | (Kind::Map, Value::Nil)
            ) || kind == Kind::Map && argument.type_name() == "map[string]interface {}";
            if !fits {
                return Err(Refusal::Unfit);
            }
        }
        (function.body)(&mut self.world, &arguments).map_err(Refusal::Said)
    }

    fn operand(&mut self) -> Result<Value, Refusal> {
        if self.next_is('(') {
            let value = self.pipeline()?;
            assert!(self.next_is(')'), "a parenthesis stays open before `{}`", self.rest);
            return Ok(value);
        }
        if self.rest.starts_with('"') {
            return Ok(self.text());
        }
        let name = self.word();
        if !name.is_empty() {
            return literal(name).map_or_else(|| self.called(name, vec![]), Ok);
        }
        let end = self.rest.find([' ', ')', '|']).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        let int = number.parse().map(Value::Int);
        Ok(int.unwrap_or_else(|_| Value::Float(number.parse().unwrap_or_else(|_| panic!("`{number}` is no number")))))
    }

    /// A name, or a method with its dot.
    fn word(&mut self) -> &'a str {
        if !self.rest.starts_with('.') {
            self.rest = self.rest.trim_start();
        }
        let is_word = self.rest.starts_with(|first: char| first == '.' || first.is_alphabetic());
        let end = self.rest.find([' ', ')', '|']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(if is_word { end } else { 0 });
        self.rest = rest;
        word
    }

    fn text(&mut self) -> Value {
        let mut bytes = vec![];
        let mut characters = self.rest[1..].char_indices();
        while let Some((place, character)) = characters.next() {
            if character == '"' {
                self.rest = &self.rest[place + 2..];
                break;
            }
            let mut put = |character: char| bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            if character != '\\' {
                put(character);
                continue;
            }
            let escape = characters.next().map(|(_, escape)| escape);
            let mut code = |digits: usize| {
                let digits: String = characters.by_ref().take(digits).map(|(_, digit)| digit).collect();
                u32::from_str_radix(&digits, 16).unwrap()
            };
            match escape.unwrap() {
                'n' => put('\n'),
                't' => put('\t'),
                'r' => put('\r'),
                'x' => bytes.push(u8::try_from(code(2)).unwrap()),
                'u' => put(char::from_u32(code(4)).unwrap()),
                other => put(other),
            }
        }
        Value::Text(crate::helm::raw::text(&bytes))
    }
}

fn literal(word: &str) -> Option<Value> {
    match word {
        "nil" => Some(Value::Nil),
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        _ => None,
    }
}

/// A value with all types in it, as the answers are written.
fn dump(value: &Value) -> String {
    let kind = value.type_name();
    match value {
        Value::Nil => "nil".to_owned(),
        Value::Text(text) => print::quoted(text),
        Value::Bool(value) => value.to_string(),
        Value::List(list) if list.is_nil() => format!("{kind}(nil)"),
        Value::List(list) => format!("{kind}[{}]", list.to_vec().iter().map(dump).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let entry = |(key, value): &(std::rc::Rc<str>, Value)| format!("{}: {}", print::quoted(key), dump(value));
            format!("{kind}{{{}}}", map.entries().iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => format!("{kind}({})", print::plain(other).unwrap()),
    }
}

/// The answer as Helm's is written; `-` where the executor would not even call.
fn outcome(call: &str) -> String {
    match Reader::answer(call) {
        Ok(value) => dump(&value),
        Err(Refusal::Unfit) => "-".to_owned(),
        Err(Refusal::Said(error)) => format!("error: {}", flow::own_words(error.text()).unwrap_or(error.text())),
    }
}

#[test]
fn every_function_answers_as_helm_does() {
    let rows = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/function.json"));
    let rows: Vec<[String; 2]> = serde_json::from_str::<Vec<Json>>(rows)
        .unwrap()
        .into_iter()
        .map(|row| [0, 1].map(|place| row[place].as_str().unwrap().to_owned()))
        .collect();
    let wrong = rows.iter().filter_map(|[call, answer]| {
        let ours = outcome(call);
        (ours != *answer).then(|| format!("{call}\n  helm: {answer}\n  here: {ours}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {} calls:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn every_function_has_answers_of_helm() {
    let rows = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/function.json"));
    let asked = |name: &str| rows.contains(&format!("[\"{name} ")) || rows.contains(&format!("[\"{name}\""));
    // Their answers are random, or the host's.
    let own = ["randAlphaNum", "randAlpha", "randNumeric", "randAscii", "shuffle", "include", "tpl", "lookup"];
    let missing: Vec<_> = FAMILIES
        .into_iter()
        .flatten()
        .map(|function| function.name)
        .filter(|name| !own.contains(name) && !asked(name))
        .collect();
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
                fields.collect::<crate::helm::value::Map>().into()
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
            let map = crate::helm::value::Map::new();
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
