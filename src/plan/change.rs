use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// Which leaves differ between two specs, as `path: old -> new`; for telling what the operator wrote by itself.
pub fn edits(before: &Value, after: &Value) -> Vec<String> {
    let mut found = vec![];
    collect("spec", before, after, &mut found);
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
    fn every_leaf_that_differs_is_named_once() {
        let before = json!({"components": {"image": "a", "indexNode": {"replicas": 1}}});
        let after = json!({"components": {"image": "b", "paused": false}});
        assert_eq!(
            edits(&before, &after),
            [
                "spec.components.image: \"a\" -> \"b\"",
                "spec.components.indexNode: removed (was {\"replicas\":1})",
                "spec.components.paused: false",
            ]
        );
    }
}
