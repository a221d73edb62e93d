//! Several files in one engine, objects with methods, and functions that ask the engine and the world.

use std::any::Any;

use super::{FUNCTIONS, Nowhere};
use crate::helm::{
    error::{Error, Result},
    function::{Function, Kind},
    template::engine::{Engine, World},
    value::{Map, Object, Value},
};

/// Something like `.Capabilities` and `.Files`.
#[derive(Debug)]
struct Thing;

impl Object for Thing {
    fn type_name(&self) -> &'static str {
        "*test.Thing"
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn field(&self, name: &str) -> Option<Value> {
        (name == "Name").then(|| "thing".into())
    }

    fn parameters(&self, method: &str) -> Option<&'static [Kind]> {
        (method == "Has").then_some(&[Kind::Text])
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value>> {
        match (method, arguments) {
            ("Has", [Value::Text(name)]) => Some(Ok(Value::Bool(&**name == "v1"))),
            ("Version", []) => Some(Ok("1.2".into())),
            ("Fail", _) => Some(Err(Error::new("no"))),
            _ => None,
        }
    }

    fn print(&self) -> String {
        "a thing".to_owned()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Functions that go through the host.
const HOSTED: &[Function] = &[
    Function {
        name: "renderTwice",
        parameters: &[Kind::Text, Kind::Any],
        rest: None,
        body: |host, arguments| {
            let name = arguments[0].as_text().unwrap_or_default();
            let once = host.include(name, arguments[1].clone())?;
            Ok(format!("{once}{}", host.tpl("<{{ . }}{{ .missing }}>", Map::new().into())?).into())
        },
    },
    Function {
        name: "clock",
        parameters: &[],
        rest: None,
        body: |host, _| {
            let mut bytes = [1; 2];
            host.random(&mut bytes);
            Ok(format!("{} {bytes:?}", host.now()).into())
        },
    },
];

fn rendered(template: &str) -> String {
    let mut engine = Engine::new(&[FUNCTIONS, HOSTED]);
    engine
        .parse("t/templates/_h.tpl", "{{ define \"h\" }}[{{ . }}]{{ end }}{{ define \"bad\" }}{{ .x.y }}{{ end }}")
        .unwrap();
    if let Err(error) = engine.parse("case", template) {
        return error.text().to_owned();
    }
    let data: Map = [("thing".into(), Value::Object(std::rc::Rc::new(Thing)))].into_iter().collect();
    engine.render("case", data.into(), &mut Nowhere).unwrap_or_else(|error| error.text().to_owned())
}

#[test]
fn what_a_chart_defines_replaces_what_its_subcharts_define() {
    let mut engine = Engine::new(&[FUNCTIONS]);
    let files = [
        ("t/templates/b.yaml", "{{ include \"who\" . }}{{ include \"what\" . }}"),
        ("t/templates/_a.tpl", "{{ define \"who\" }}parent{{ end }}{{ define \"what\" }}  {{ end }}"),
        ("t/charts/s/templates/_a.tpl", "{{ define \"who\" }}child{{ end }}{{ define \"what\" }}-what{{ end }}"),
        ("t/templates/_z.tpl", "{{ define \"who\" }}last name{{ end }}"),
    ];
    engine.parse_all(files).unwrap();
    let text = engine.render("t/templates/b.yaml", Value::Nil, &mut Nowhere).unwrap();
    assert_eq!(text, "parent-what");
}

#[test]
fn objects_have_fields_and_methods() {
    let at = |text: &str, message: &str| format!("case:1:9\n  executing \"case\" at <{text}>:\n    {message}");
    for (template, answer) in [
        ("{{ .thing }} {{ .thing.Name }} {{ .thing.Version }}", "a thing thing 1.2".to_owned()),
        ("{{ .thing.Has \"v1\" }}{{ \"v2\" | .thing.Has }}{{ (.thing.Has \"v1\") }}", "truefalsetrue".to_owned()),
        ("{{ .thing.Has }}", at(".thing.Has", "wrong number of args for Has: want 1 got 0")),
        ("{{ .thing.Has \"a\" \"b\" }}", at(".thing.Has", "wrong number of args for Has: want 1 got 2")),
        (
            "{{ .thing.Has true }}",
            "case:1:14\n  executing \"case\" at <true>:\n    wrong type for value; expected string; got bool"
                .to_owned(),
        ),
        ("{{ .thing.Name 1 }}", at(".thing.Name", "Name has arguments but cannot be invoked as function")),
        ("{{ .thing.Nope }}", at(".thing.Nope", "can't evaluate field Nope in type interface {}")),
        ("{{ .thing.Nope 1 }}", at(".thing.Nope", "can't evaluate field Nope in type interface {}")),
        (
            "{{ .thing.Fail 1 }}",
            "template: case:1:9: executing \"case\" at <.thing.Fail>: error calling Fail: no".to_owned(),
        ),
        (
            "{{ len .thing }}",
            "template: case:1:3: executing \"case\" at <len .thing>: error calling len: len of type *test.Thing"
                .to_owned(),
        ),
        ("{{ range .thing }}{{ end }}", at(".thing", "range can't iterate over a thing")),
        ("{{ eq .thing .thing }}", "true".to_owned()),
    ] {
        assert_eq!(rendered(template), answer, "{template}");
    }
}

#[test]
fn functions_can_render_and_ask_the_world() {
    assert_eq!(rendered("{{ renderTwice \"h\" 1 }}"), "[1]<map[]>");
    assert_eq!(rendered("{{ clock }}"), "0 [0, 0]");
    assert_eq!(
        rendered("{{ define \"again\" }}{{ renderTwice \"h\" . }}{{ end }}{{ renderTwice \"again\" 2 }}"),
        "[2]<map[]><map[]>"
    );
    let text = rendered("{{ define \"a\" }}{{ renderTwice \"a\" . }}{{ end }}{{ renderTwice \"a\" 2 }}");
    assert!(text.ends_with("more than 8 deep"), "{text}");
    assert_eq!(
        rendered("{{ renderTwice \"bad\" (dict) }}"),
        "case:1:3\n  executing \"case\" at <renderTwice \"bad\" (dict)>:\n    error calling renderTwice:\n\
         t/templates/_h.tpl:1:57\n  executing \"bad\" at <.x.y>:\n    nil pointer evaluating interface {}.y"
    );
}

#[test]
fn a_lookup_is_answered_by_the_world() {
    struct Cluster;
    impl World for Cluster {
        fn lookup(&mut self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value> {
            match name {
                "" => Err(Error::new("forbidden")),
                _ => Ok([("is".into(), format!("{api_version} {kind} {namespace} {name}").into())]
                    .into_iter()
                    .collect::<Map>()
                    .into()),
            }
        }

        fn now(&self) -> i128 {
            0
        }

        fn random(&mut self, _: &mut [u8]) {}
    }
    let mut engine = Engine::new(&[]);
    engine.parse("a", "{{ (lookup \"v1\" \"Pod\" \"ns\" \"n\").is }}").unwrap();
    engine.parse("b", "{{ lookup \"v1\" \"Pod\" \"ns\" \"\" }}").unwrap();
    assert_eq!(engine.render("a", Value::Nil, &mut Cluster).unwrap(), "v1 Pod ns n");
    let error = engine.render("b", Value::Nil, &mut Cluster).unwrap_err();
    assert!(error.text().ends_with("error calling lookup: forbidden"), "{error}");
    assert_eq!(engine.render("c", Value::Nil, &mut Cluster), Err(Error::new("there is no template `c`")));
}
