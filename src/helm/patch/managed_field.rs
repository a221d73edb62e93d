//! The move of field ownership from client-side to server-side apply.
//!
//! Client-side apply leaves its fields to a manager of operation `Update`, server-side apply to one of `Apply`. Without a
//! move, fields that a chart drops would stay on the server for the sake of the former. As `csaupgrade` of client-go 0.37
//! does it, which Helm 4 calls with its own manager for both before it applies (`pkg/kube/client.go`,
//! `upgradeClientSideFieldManager`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::helm::error::{Error, Result};

/// The JSON patch (RFC 6902) that gives the fields which `former` managers own by updates to `manager`, owning them by
/// apply; `None` where nothing is to be moved.
///
/// The patch names the object's `resourceVersion`, so that the server answers with a conflict (409) where the object has
/// changed since it was read: read it again and ask again.
pub fn migrate(object: &Value, former: &[&str], manager: &str) -> Result<Option<Value>> {
    let before: Vec<Entry> = match &object["metadata"]["managedFields"] {
        Value::Null => return Ok(None),
        Value::Array(entries) => entries.iter().map(Entry::read).collect::<Result<_>>()?,
        _ => return Err(Error::new("`metadata.managedFields` is not a list")),
    };
    let mut after = before.clone();
    for name in former {
        after = moved(after, name, manager)?;
    }
    if after == before {
        return Ok(None);
    }
    let entries: Vec<Value> = after.into_iter().map(Entry::written).collect();
    let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    Ok(Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": entries},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ])))
}

/// One manager's fields.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    /// The entry as it was, but for its fields.
    rest: Map<String, Value>,
    fields: Fields,
}

impl Entry {
    fn read(entry: &Value) -> Result<Self> {
        let mut rest = entry.as_object().cloned().ok_or_else(|| Error::new("a manager of fields is not a map"))?;
        let fields = rest.shift_remove("fieldsV1").unwrap_or_default();
        let told =
            |error: Error| error.at(format!("fields of the manager `{}`", entry["manager"].as_str().unwrap_or("")));
        let fields = read(&fields).map_err(told)?.0;
        Ok(Self { rest, fields })
    }

    fn written(mut self) -> Value {
        self.rest.insert("fieldsV1".to_owned(), written(self.fields, false));
        Value::Object(self.rest)
    }

    fn text(&self, key: &str) -> &str {
        self.rest.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it is this manager's for the object itself, not for its status or scale.
    fn is(&self, manager: &str, operation: &str) -> bool {
        self.text("manager") == manager && self.text("operation") == operation && self.text("subresource").is_empty()
    }
}

/// The entries after one manager's updates have become another's applies.
fn moved(mut entries: Vec<Entry>, former: &str, manager: &str) -> Result<Vec<Entry>> {
    let place = |entries: &[Entry], name: &str, operation| entries.iter().position(|entry| entry.is(name, operation));
    let target = match (place(&entries, manager, "Apply"), place(&entries, former, "Update")) {
        (Some(target), _) => target,
        (None, Some(target)) => {
            // The list has the newest first, so this is the one of the last update.
            entries[target].rest.insert("manager".to_owned(), json!(manager));
            entries[target].rest.insert("operation".to_owned(), json!("Apply"));
            target
        }
        (None, None) => return Ok(entries),
    };
    let version = entries[target].text("apiVersion").to_owned();
    let source = entries.iter().find(|entry| entry.is(former, "Update") && entry.text("apiVersion") == version);
    // Fields that were set in another version of the object are given up.
    if let Some(fields) = source.map(|source| source.fields.clone()) {
        unite(&mut entries[target].fields, fields);
    }
    entries.retain(|entry| !entry.is(former, "Update"));
    Ok(entries)
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
