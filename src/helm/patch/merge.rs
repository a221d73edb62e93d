//! JSON merge patches (RFC 7386), as Helm makes them for kinds whose types it does not know.

use serde_json::{Map, Value};

use crate::helm::error::{Error, Result};

/// The patch that makes `modified` of `original`; `{}` where they are the same.
///
/// As `jsonpatch.CreateMergePatch` makes it: fields that are gone become null, lists are replaced. A null in `modified` where
/// `original` has something else stands in the patch too, and takes the field away. `null` stands for an object that is not
/// there.
pub fn two_way(original: &Value, modified: &Value) -> Result<Value> {
    let map = |value: &Value| match value {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map.clone()),
        _ => Err(Error::new("cannot make a merge patch of what is not an object")),
    };
    let mut patch = Value::Object(difference(&map(original)?, &map(modified)?));
    patch.sort_all_objects();
    Ok(patch)
}

fn difference(original: &Map<String, Value>, modified: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, new) in modified {
        match (original.get(key), new) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let inner = difference(old, new);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (old, new) if old != Some(new) => {
                patch.insert(key.clone(), new.clone());
            }
            _ => {}
        }
    }
    let gone = original.keys().filter(|key| !modified.contains_key(*key));
    patch.extend(gone.map(|key| (key.clone(), Value::Null)));
    patch
}

/// What becomes of a value by a patch.
pub fn apply(target: &Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut result = target.as_object().cloned().unwrap_or_default();
    for (key, change) in changes {
        if change.is_null() {
            result.shift_remove(key);
        } else {
            let old = result.get(key).unwrap_or(&Value::Null);
            let new = apply(old, change);
            result.insert(key.clone(), new);
        }
    }
    Value::Object(result)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{apply, two_way};
    use crate::helm::patch::golden::{assert_all, rows};

    #[test]
    fn merge_patches_are_those_of_helm() {
        let mut differences = vec![];
        for row in rows("merge") {
            let found = two_way(&row[0], &row[1]).unwrap_or_else(|_| json!("error"));
            if found != row[2] {
                differences.push(format!("{} {}: {found}, not {}", row[0], row[1], row[2]));
            }
        }
        assert_all(&differences);
    }

    #[test]
    fn merge_patches_are_applied_as_by_servers() {
        let mut differences = vec![];
        for row in rows("mergeapply") {
            let found = apply(&row[0], &row[1]);
            if found != row[2] {
                differences.push(format!("{} {}: {found}, not {}", row[0], row[1], row[2]));
            }
        }
        assert_all(&differences);
    }
}
