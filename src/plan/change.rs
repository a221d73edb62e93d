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
    /// What it was; nothing where it comes, or where that was not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What it becomes; nothing where it goes, or where that was not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// Why, where that is not plain.
    pub why: String,
}

impl Change {
    /// A change in three words.
    pub fn new(what: impl Into<String>, how: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), how: how.into(), old: None, new: None, why: why.into() }
    }

    /// What was compared, before and after.
    pub fn between(what: impl Into<String>, old: Option<String>, new: Option<String>, why: impl Into<String>) -> Self {
        let how = match (&old, &new) {
            (Some(old), Some(new)) if old == new => new.clone(),
            (Some(old), Some(new)) => format!("{old} -> {new}"),
            (None, Some(new)) => format!("new, {new}"),
            (_, None) => "removed".to_owned(),
        };
        Self { what: what.into(), how, old, new, why: why.into() }
    }

    /// The same, said in other words.
    #[must_use]
    pub fn said(self, how: impl Into<String>) -> Self {
        Self { how: how.into(), ..self }
    }

    /// Whether it was compared, and is the same afterwards.
    pub fn is_same(&self) -> bool {
        self.old.is_some() && self.old == self.new
    }
}

/// A field that is another one in two trees.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FieldChange {
    /// The keys that lead to it.
    pub(super) path: Vec<String>,
    /// What it was; null where it was not there.
    pub(super) old: Value,
    /// What it is; null where it is no longer there.
    pub(super) new: Value,
}

/// The fields that differ; of an object that comes or goes, itself.
pub(super) fn differences(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut found = vec![];
    collect(&mut vec![], old, new, &mut found);
    found
}

/// Which leaves of the spec somebody else changed during a run, the operator mostly, as `path: old -> new`: those that
/// differ from the spec before with the plan's own patches applied.
pub fn edits<'a>(before: &Value, patches: impl IntoIterator<Item = &'a Value>, after: &Value) -> Vec<String> {
    let mut expected = before.clone();
    patches.into_iter().for_each(|patch| merge(&mut expected, &patch["spec"]));
    let told = differences(&expected, after).into_iter().map(|FieldChange { path, old, new }| {
        let path = std::iter::once("spec".to_owned()).chain(path).collect::<Vec<_>>().join(".");
        match (old, new) {
            (old, Value::Null) => format!("{path}: removed (was {old})"),
            (Value::Null, new) => format!("{path}: {new}"),
            (old, new) => format!("{path}: {old} -> {new}"),
        }
    });
    told.collect()
}

fn collect(path: &mut Vec<String>, before: &Value, after: &Value, found: &mut Vec<FieldChange>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let side = |fields: &serde_json::Map<String, Value>| fields.get(key).cloned().unwrap_or(Value::Null);
                path.push(key.clone());
                collect(path, &side(old), &side(new), found);
                path.pop();
            }
        }
        _ if before == after => {}
        (old, new) => found.push(FieldChange { path: path.clone(), old: old.clone(), new: new.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Change, edits};

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

    #[test]
    fn what_was_compared_says_how_by_itself() {
        let how = |old: Option<&str>, new: Option<&str>| {
            Change::between("mode", old.map(str::to_owned), new.map(str::to_owned), "").how
        };
        assert_eq!(how(Some("a"), Some("b")), "a -> b");
        assert_eq!(how(Some("a"), Some("a")), "a");
        assert_eq!(how(None, Some("b")), "new, b");
        assert_eq!(how(Some("a"), None), "removed");
    }

    #[test]
    fn documents_of_before_are_still_read() {
        let old: Change = serde_json::from_value(json!({"what": "a", "how": "b", "why": "c"})).unwrap();
        assert_eq!(old, Change::new("a", "b", "c"));
        assert!(!old.is_same());
    }
}
