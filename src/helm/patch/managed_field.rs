//! The move of field ownership from client-side to server-side apply.
//!
//! Client-side apply leaves its fields to a manager of operation `Update`, server-side apply to one of `Apply`. Without a
//! move, fields that a chart drops would stay on the server for the sake of the former. As `csaupgrade` of client-go 0.37
//! does it, which Helm 4 calls with its own manager for both before it applies (`pkg/kube/client.go`,
//! `upgradeClientSideFieldManager`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::helm::error::{Error, Result};

/// The JSON patch (RFC 6902) that gives the fields which `former` managers own by updates to `manager`, owning them by
/// apply; `None` where nothing is to be moved.
///
/// The patch names the object's `resourceVersion`, so that the server answers with a conflict (409) where the object has
/// changed since it was read: read it again and ask again.
pub fn migrate(object: &Value, former: &[&str], manager: &str) -> Result<Option<Value>> {
    let before = match &object["metadata"]["managedFields"] {
        Value::Null => return Ok(None),
        Value::Array(entries) => entries,
        _ => return Err(Error::new("`metadata.managedFields` is not a list")),
    };
    let mut after = before.clone();
    for name in former {
        after = moved(after, name, manager)?;
    }
    if after == *before {
        return Ok(None);
    }
    let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    Ok(Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": after},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ])))
}

/// Whether an entry is a manager's for the object itself, not for its status or scale.
fn is(entry: &Value, manager: &str, operation: &str) -> bool {
    let subresource = entry["subresource"].as_str().unwrap_or_default();
    entry["manager"] == manager && entry["operation"] == operation && subresource.is_empty()
}

/// The entries after one manager's updates have become another's applies.
fn moved(mut entries: Vec<Value>, former: &str, manager: &str) -> Result<Vec<Value>> {
    let place = |entries: &[Value], name, operation| entries.iter().position(|entry| is(entry, name, operation));
    let target = match (place(&entries, manager, "Apply"), place(&entries, former, "Update")) {
        (Some(target), _) => target,
        (None, Some(target)) => {
            // The list has the newest first, so this is the one of the last update.
            entries[target]["manager"] = json!(manager);
            entries[target]["operation"] = json!("Apply");
            target
        }
        (None, None) => return Ok(entries),
    };
    let version = entries[target]["apiVersion"].clone();
    let mut fields = fields_of(&entries[target])?;
    // Fields that were set in another version of the object are given up.
    let source = entries.iter().find(|entry| is(entry, former, "Update") && entry["apiVersion"] == version);
    if let Some(source) = source {
        unite(&mut fields, fields_of(source)?);
    }
    entries[target]["fieldsV1"] = written(fields, false);
    entries.retain(|entry| !is(entry, former, "Update"));
    Ok(entries)
}

fn fields_of(entry: &Value) -> Result<Fields> {
    let told =
        |error: Error| error.at(format!("fields of the manager `{}`", entry["manager"].as_str().unwrap_or_default()));
    read(&entry["fieldsV1"]).map(|(fields, _)| fields).map_err(told)
}

/// The fields below a field, by what leads to them: `f:name`, `k:{"name":"main"}`, `v:"text"` or `i:0`.
type Fields = BTreeMap<String, Field>;

#[derive(Clone, Debug, Default, PartialEq)]
struct Field {
    /// Whether it is owned itself, not only something below it.
    owned: bool,
    below: Fields,
}

/// Reads the fields below a field, and whether it is owned itself.
fn read(value: &Value) -> Result<(Fields, bool)> {
    let mut fields = Fields::new();
    let mut owned = false;
    let map = match value {
        Value::Null => return Ok((fields, true)),
        Value::Object(map) => map,
        _ => return Err(Error::new("owned fields are not a map")),
    };
    for (step, value) in map {
        if step == "." {
            owned = true;
        } else if let Some(step) = canonical(step)? {
            let (below, owned) = read(value)?;
            fields.insert(step, Field { owned, below });
        }
    }
    let alone = fields.is_empty();
    Ok((fields, owned || alone))
}

/// A step as everyone writes it, or `None` for one of a kind that is not known, which is dropped.
fn canonical(step: &str) -> Result<Option<String>> {
    let bad = || Error::new(format!("`{step}` does not lead to a field"));
    let (kind, rest) = step.split_at_checked(2).ok_or_else(bad)?;
    let value = || serde_json::from_str::<Value>(rest).map_err(|_| bad());
    match kind {
        "f:" => Ok(Some(step.to_owned())),
        "i:" => rest.parse::<i64>().map(|index| Some(format!("i:{index}"))).map_err(|_| bad()),
        "v:" => Ok(Some(format!("v:{}", value()?))),
        "k:" => {
            let mut key = value()?;
            key.as_object_mut().ok_or_else(bad)?.sort_keys();
            Ok(Some(format!("k:{key}")))
        }
        _ if kind.ends_with(':') => Ok(None),
        _ => Err(bad()),
    }
}

fn written(fields: Fields, owned: bool) -> Value {
    let itself = (owned && !fields.is_empty()).then(|| (".".to_owned(), json!({})));
    let below = fields.into_iter().map(|(step, field)| (step, written(field.below, field.owned)));
    Value::Object(itself.into_iter().chain(below).collect())
}

fn unite(fields: &mut Fields, others: Fields) {
    for (step, other) in others {
        let field = fields.entry(step).or_default();
        field.owned |= other.owned;
        unite(&mut field.below, other.below);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::migrate;
    use crate::helm::patch::golden::{assert_all, rows};

    #[test]
    fn managers_are_moved_as_by_client_go() {
        let mut differences = vec![];
        for row in rows("managed") {
            let former: Vec<_> = row[2].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let found = migrate(&row[1], &former, "helm");
            let found = found.map_or_else(|_| json!("error"), Option::unwrap_or_default);
            if found != row[3] {
                differences.push(format!("{}: {found}, not {}", row[0], row[3]));
            }
        }
        assert_all(&differences);
    }
}
