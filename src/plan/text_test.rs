use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Uneditable, documents, edit, merge, parse};

const RESOURCE: &str = "\
# the vector database of search
apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: prod   # never rename
  labels: {team: search}
spec:
  mode: cluster
  components:
    # pinned by the platform team
    image: \"milvusdb/milvus:v2.5.22\"  # see the runbook
    queryNode:
      replicas: 3

  config:
    note: |
      image: not this one
  dependencies:
    etcd:
      external: true
---
kind: ConfigMap
data:
  image: other
";

fn patch(components: &Value) -> Value {
    json!({"spec": {"components": components}})
}

fn lines_that_differ(old: &str, new: &str) -> Vec<String> {
    let diff = similar::TextDiff::from_lines(old, new);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes.map(|change| format!("{}{}", change.tag(), change.value().trim_end())).collect()
}

#[test]
fn only_the_lines_that_have_to_change_do() {
    let set = patch(&json!({"image": "milvusdb/milvus:v2.6.22", "imageUpdateMode": "rollingUpgrade"}));
    let new = edit(RESOURCE, 0, &set).expect("it is editable");
    assert_eq!(
        lines_that_differ(RESOURCE, &new),
        [
            "-    image: \"milvusdb/milvus:v2.5.22\"  # see the runbook",
            "+    image: \"milvusdb/milvus:v2.6.22\"  # see the runbook",
            "+    imageUpdateMode: rollingUpgrade",
        ]
    );
    assert!(new.contains("      replicas: 3\n    imageUpdateMode: rollingUpgrade\n\n  config:"), "{new}");
}

#[test]
fn what_is_not_there_is_added_with_what_stands_around_it() {
    let set =
        json!({"spec": {"dependencies": {"msgStreamType": "pulsar"}, "components": {"mixCoord": {"replicas": 1}}}});
    let new = edit(RESOURCE, 0, &set).expect("it is editable");
    assert_eq!(
        lines_that_differ(RESOURCE, &new),
        ["+    mixCoord:", "+      replicas: 1", "+    msgStreamType: pulsar"]
    );
    let bare = edit("spec:\n", 0, &patch(&json!({"image": "a:b"}))).expect("it is editable");
    assert_eq!(bare, "spec:\n  components:\n    image: a:b\n");
    assert_eq!(edit("a: 1", 0, &json!({"b": "yes"})).expect("it is editable"), "a: 1\nb: \"yes\"\n");
}

#[test]
fn a_second_document_is_another_one() {
    let new = edit(RESOURCE, 1, &json!({"data": {"image": "third"}})).expect("it is editable");
    assert_eq!(lines_that_differ(RESOURCE, &new), ["-  image: other", "+  image: third"]);
    assert_eq!(documents(RESOURCE).expect("YAML").len(), 2);
}

#[test]
fn what_is_not_taken_apart_is_left_whole() {
    for (text, path) in [
        ("spec: {components: {image: a}}\n", "spec.components.image"),
        ("spec:\n  components: &all\n    image: a\n", "spec.components.image"),
        ("spec:\n  components:\n    image: >\n      a\n", "spec.components.image"),
        ("spec:\n  components:\n  - image: a\n", "spec.components.image"),
        ("spec:\n  components:\n    image: a\n      b\n", "spec.components.image"),
    ] {
        let refused = edit(text, 0, &patch(&json!({"image": "b"})));
        assert_eq!(refused, Err(Uneditable::Form(path.to_owned())), "{text}");
    }
    assert!(matches!(edit("a: [", 0, &json!({"a": 1})), Err(Uneditable::Unreadable(_))));
    assert_eq!(
        edit("a: 1\n", 0, &json!({"a": null})),
        Err(Uneditable::Form(String::new())),
        "lines are never taken away"
    );
}

/// Mappings of mappings, as block text with comments and empty lines between.
fn any_text() -> impl Strategy<Value = String> {
    let scalar =
        prop_oneof!["[a-z]{1,6}", "[0-9]{1,3}", Just("\"quoted # text\"".to_owned()), Just("'x: y'".to_owned())];
    let noise = prop_oneof![Just(String::new()), Just("# a remark: here\n".to_owned()), Just("\n".to_owned())];
    let field = (noise, "[a-d]{1,2}", scalar, 0usize..3, any::<bool>());
    proptest::collection::vec(field, 1..12).prop_map(|fields| {
        let mut text = String::new();
        let (mut depth, mut known): (usize, Vec<Vec<String>>) = (0, vec![vec![]]);
        for (noise, key, scalar, up, opens) in fields {
            depth = depth.saturating_sub(up);
            known.truncate(depth + 1);
            if known[depth].contains(&key) {
                continue;
            }
            text.push_str(&noise);
            let pad = "  ".repeat(depth);
            known[depth].push(key.clone());
            if opens && depth < 3 {
                // A section is never empty.
                let _ = write!(text, "{pad}{key}: # section\n{pad}  first: {scalar}\n");
                depth += 1;
                known.push(vec!["first".to_owned()]);
            } else {
                let _ = writeln!(text, "{pad}{key}: {scalar}  # kept");
            }
        }
        text
    })
}

proptest! {
    #[test]
    fn an_edit_makes_the_document_what_the_patch_says_and_touches_no_other_line(
        text in any_text(),
        path in proptest::collection::vec("[a-d]{1,2}|first", 1..4),
        value in prop_oneof![Just(json!("v2.6.22")), Just(json!(true)), Just(json!(7)), Just(json!("no"))],
    ) {
        let before = parse(&text).expect("the text is YAML");
        let patch = path.iter().rev().fold(value, |inner, key| json!({key.as_str(): inner}));
        let Ok(new) = edit(&text, 0, &patch) else { return Ok(()) };
        let mut wanted = before;
        merge(&mut wanted, &patch);
        prop_assert_eq!(parse(&new).expect("YAML still"), wanted);
        let changed = lines_that_differ(&text, &new);
        let gone = changed.iter().filter(|line| line.starts_with('-')).count();
        prop_assert!(gone <= 1, "{:?}", changed);
        prop_assert!(changed.len() - gone <= path.len(), "{:?}", changed);
    }
}
