use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{apply, three_way};
use crate::helm::{
    error::Result,
    patch::{
        golden::{assert_all, rows},
        number,
        schema::{Schema, Way, schema_of},
    },
};

fn schema(kind: &Value) -> Schema {
    let (version, kind) = kind.as_str().and_then(|text| text.split_once(' ')).unwrap();
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    schema_of(group, version, kind).unwrap()
}

/// How an answer differs from the expected one, if it does.
fn differs(name: &Value, expected: &Value, found: &Result<Value>) -> Option<String> {
    let same = match found {
        Ok(found) => *found == number::rewritten(expected.clone()),
        Err(_) => expected == "error",
    };
    let told = || found.as_ref().map_or_else(|error| format!("the error {error}"), Value::to_string);
    (!same).then(|| format!("{name}\n  expected {expected}\n  found    {}", told()))
}

#[test]
fn three_way_patches_are_those_of_apimachinery() {
    let mut differences = vec![];
    let rows = rows("three");
    assert!(rows.len() >= 300);
    for row in rows {
        let [name, kind, original, modified, current, patch, rest @ ..] = &row[..] else { panic!("a short row") };
        let schema = schema(kind);
        let found = three_way(original, modified, current, schema);
        differences.extend(differs(name, patch, &found));
        if let (Ok(patch), [result]) = (found, rest) {
            differences.extend(differs(name, result, &apply(current, &patch, schema)));
        }
    }
    assert_all(&differences);
}

#[test]
fn patches_are_applied_as_by_apimachinery() {
    let differs = |row: &Vec<Value>| differs(&row[0], &row[4], &apply(&row[2], &row[3], schema(&row[1])));
    assert_all(&rows("apply").iter().filter_map(differs).collect::<Vec<_>>());
}

#[test]
fn an_error_says_where_it_is_and_shows_no_value() {
    let secret = schema_of("", "v1", "ServiceAccount").unwrap();
    let (before, after) = (json!({"secrets": [{"kind": "hush"}]}), json!({"secrets": [{"name": "a"}]}));
    let error = three_way(&before, &after, &after, secret).unwrap_err();
    assert_eq!(error.text(), "`secrets`: an item with the fields kind has no merge key `name`");
    let error = three_way(&after, &json!({"secrets": ["hush"]}), &after, secret).unwrap_err();
    let expected = "`secrets`: cannot merge lists whose items are not all of one type: [map] and [string]";
    assert_eq!(error.text(), expected);
}

/// Whether one object has all that another has: fields of maps, and items of merged lists; other lists are the same.
fn has(object: &Value, wanted: &Value, schema: Schema, way: (Way, &str)) -> bool {
    match (object, wanted) {
        (Value::Object(object), Value::Object(wanted)) => wanted.iter().all(|(field, wanted)| {
            let Some(object) = object.get(field) else { return false };
            let (below, strategy) = if wanted.is_array() { schema.items(field) } else { schema.map(field) }
                .map_or((schema, None), |(below, strategy)| (below, Some(strategy)));
            has(object, wanted, below, strategy.map_or((Way::Usual, ""), |strategy| (strategy.way, strategy.key)))
        }),
        (Value::Array(items), Value::Array(wanted)) if way.0 == Way::Merge => {
            let place = |wanted: &Value| {
                let same = |item: &Value| if way.1.is_empty() { item == wanted } else { item[way.1] == wanted[way.1] };
                items.iter().position(same)
            };
            let places: Vec<_> = wanted.iter().map(place).collect();
            let all = |(wanted, place): (&Value, &Option<usize>)| {
                place.is_some_and(|place| has(&items[place], wanted, schema, (Way::Usual, "")))
            };
            // Scalars keep the order of the server where that is the sorted one of those wanted.
            (way.1.is_empty() || places.is_sorted()) && wanted.iter().zip(&places).all(all)
        }
        _ => object == wanted,
    }
}

fn chosen<T: Clone + std::fmt::Debug + 'static>(list: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    let most = list.len();
    proptest::sample::subsequence(list, 0..=most).prop_shuffle()
}

fn named(key: &'static str, names: Vec<Value>, rest: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let most = names.len();
    (chosen(names), proptest::collection::vec(rest, most))
        .prop_map(move |(names, rests)| {
            let item = |(name, rest): (Value, Value)| {
                let mut item = rest.as_object().cloned().unwrap_or_default();
                item.insert(key.to_owned(), name);
                Value::Object(item)
            };
            names.into_iter().zip(rests).map(item).collect()
        })
        .boxed()
}

fn fields(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let optional =
        fields.into_iter().map(|(name, value)| proptest::option::of(value.prop_map(move |value| (name, value))));
    optional
        .collect::<Vec<_>>()
        .prop_map(|fields| {
            let fields = fields.into_iter().flatten().map(|(name, value)| (name.to_owned(), value));
            Value::Object(fields.collect::<Map<_, _>>())
        })
        .boxed()
}

fn one(values: Vec<Value>) -> BoxedStrategy<Value> {
    proptest::sample::select(values).boxed()
}

/// A deployment with some of everything: maps, merged and replaced lists, retained keys.
fn deployment() -> BoxedStrategy<Value> {
    let text = || one(vec![json!("x"), json!("y")]);
    let container = fields(vec![
        ("image", text()),
        ("args", one(vec![json!(["a"]), json!(["b", "a"]), json!([])])),
        ("env", named("name", vec![json!("A"), json!("B"), json!("C")], fields(vec![("value", text())]))),
        ("ports", named("containerPort", vec![json!(9), json!(80)], fields(vec![("name", text())]))),
        ("resources", fields(vec![("limits", fields(vec![("cpu", text()), ("memory", text())]))])),
    ]);
    let source = one(vec![
        json!({"emptyDir": {}}),
        json!({"emptyDir": {"medium": "Memory"}}),
        json!({"secret": {"secretName": "s"}}),
    ]);
    let pod = fields(vec![
        ("containers", named("name", vec![json!("a"), json!("b"), json!("c")], container)),
        ("volumes", named("name", vec![json!("v"), json!("w")], source)),
        ("nodeSelector", fields(vec![("m", text()), ("n", text())])),
        ("tolerations", one(vec![json!([{"key": "a"}]), json!([{"key": "b"}, {"key": "a"}])])),
    ]);
    let strategy =
        one(vec![json!({"type": "Recreate"}), json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})]);
    let finalizers = chosen(vec![json!("f"), json!("g"), json!("h")]).prop_map(Value::Array).boxed();
    fields(vec![
        ("metadata", fields(vec![("finalizers", finalizers), ("labels", fields(vec![("l", text()), ("m", text())]))])),
        ("spec", fields(vec![("strategy", strategy), ("template", fields(vec![("spec", pod)])), ("replicas", text())])),
    ])
}

/// What a server makes of an object by a patch: it drops the directives that apimachinery leaves in what is new.
fn served(object: &Value, patch: &Value, schema: Schema) -> Value {
    without_directives(apply(object, patch, schema).unwrap())
}

fn without_directives(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(key, _)| !key.starts_with('$'));
            kept.map(|(key, value)| (key, without_directives(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_directives).collect(),
        scalar => scalar,
    }
}

proptest! {
    #[test]
    fn the_patched_object_has_all_that_was_wanted(
        original in deployment(), modified in deployment(), current in deployment()
    ) {
        let schema = schema_of("apps", "v1", "Deployment").unwrap();
        let patch = three_way(&original, &modified, &current, schema).unwrap();
        let result = served(&current, &patch, schema);
        prop_assert!(has(&result, &modified, schema, (Way::Usual, "")), "{patch} gives {result}");
    }

    #[test]
    fn a_second_patch_changes_nothing(original in deployment(), modified in deployment(), current in deployment()) {
        let schema = schema_of("apps", "v1", "Deployment").unwrap();
        let first = three_way(&original, &modified, &current, schema).unwrap();
        let result = served(&current, &first, schema);
        let second = three_way(&modified, &modified, &result, schema).unwrap();
        prop_assert_eq!(&served(&result, &second, schema), &result, "{}", second);
    }

    #[test]
    fn what_is_as_wanted_needs_no_patch(original in deployment()) {
        let schema = schema_of("apps", "v1", "Deployment").unwrap();
        let mut original = original;
        // Scalars that are not sorted always count as moved.
        if let Some(Value::Array(list)) = original.pointer_mut("/metadata/finalizers") {
            list.sort_by_key(Value::to_string);
        }
        prop_assert_eq!(three_way(&original, &original, &original, schema).unwrap(), json!({}));
    }
}
