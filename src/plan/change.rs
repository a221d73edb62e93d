use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::merge::merge;

/// One effective difference, for people: what, from, to, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What changes: `image`, `streamingnode`, `message queue`.
    pub what: String,
    /// In words: `milvusdb/milvus:v2.5.22 -> v2.6.6`, `new, 1 replica`, `kafka`.
    pub how: String,
    /// Why, where that is not plain.
    pub why: String,
}

impl Change {
    /// A change in three words.
    pub fn new(what: impl Into<String>, how: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), how: how.into(), why: why.into() }
    }
}

/// Which leaves of the spec somebody else changed during a run, the operator mostly, as `path: old -> new`: those that
/// differ from the spec before with the plan's own patches applied.
pub fn edits<'a>(before: &Value, patches: impl IntoIterator<Item = &'a Value>, after: &Value) -> Vec<String> {
    let mut expected = before.clone();
    patches.into_iter().for_each(|patch| merge(&mut expected, &patch["spec"]));
    let mut found = vec![];
    collect("spec", &expected, after, &mut found);
    found
}

fn collect(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let side = |fields: &serde_json::Map<String, Value>| fields.get(key).cloned().unwrap_or(Value::Null);
                collect(&format!("{path}.{key}"), &side(old), &side(new), found);
            }
        }
        _ if before == after => {}
        (old, Value::Null) => found.push(format!("{path}: removed (was {old})")),
        (Value::Null, new) => found.push(format!("{path}: {new}")),
        (old, new) => found.push(format!("{path}: {old} -> {new}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::edits;

    #[test]
    fn what_the_plan_did_not_write_is_named() {
        let before = json!({"components": {"image": "a", "indexNode": {"replicas": 1}}});
        let patch = json!({"spec": {"components": {"image": "b"}}});
        let after = json!({"components": {"image": "b", "paused": false}});
        assert_eq!(
            edits(&before, [&patch], &after),
            ["spec.components.indexNode: removed (was {\"replicas\":1})", "spec.components.paused: false",]
        );
    }
}
