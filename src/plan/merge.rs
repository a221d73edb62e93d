use serde_json::{Map, Value};

/// Applies a JSON merge patch (RFC 7386), as the API server would.
pub(super) fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Some(object) = value.as_object_mut() else { return };
    for (key, field) in fields {
        if field.is_null() {
            object.remove(key);
        } else {
            merge(object.entry(key.clone()).or_insert(Value::Null), field);
        }
    }
}

/// Whether applying `patch` as a JSON merge patch would change nothing.
pub(super) fn contains(value: &Value, patch: &Value) -> bool {
    let mut merged = value.clone();
    merge(&mut merged, patch);
    merged == *value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{contains, merge};

    #[test]
    fn a_merge_patch_sets_adds_and_removes() {
        let mut spec = json!({"image": "a", "rootCoord": {"replicas": 1}, "mixCoord": {"replicas": 2}});
        merge(
            &mut spec,
            &json!({"image": "b", "rootCoord": null, "mixCoord": {"paused": false}, "proxy": {"x": null}}),
        );
        assert_eq!(spec, json!({"image": "b", "mixCoord": {"replicas": 2, "paused": false}, "proxy": {}}));
    }

    #[test]
    fn a_patch_is_reached_when_it_would_change_nothing() {
        let spec = json!({"components": {"image": "m:v2.6.6", "mixCoord": {"replicas": 2}}});
        assert!(contains(&spec, &json!({"components": {"image": "m:v2.6.6", "rootCoord": null}})));
        assert!(!contains(&spec, &json!({"components": {"mixCoord": null}})));
        assert!(!contains(&spec, &json!({"components": {"mixCoord": {"replicas": 1}}})));
    }
}
