//! Patches: what Helm sends to bring an object on a server from one release to the next.
//!
//! | module | what it holds |
//! |---|---|
//! | [`managed_field`] | the move of field ownership from client-side to server-side apply |
//! | [`merge`] | JSON merge patches, for kinds of others |
//! | [`schema`] | which kinds are built in, and how their lists are merged |
//! | [`strategic`] | strategic merge patches, for built-in kinds |

mod go_sort;
#[cfg(test)]
mod golden;
pub mod managed_field;
pub mod merge;
mod number;
pub mod schema;
pub mod strategic;

use serde_json::Value;

use super::error::{Error, Result};
use schema::{Schema, schema_of};

/// A patch as Helm's client-side apply sends it.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// `application/strategic-merge-patch+json`
    Strategic(Value),
    /// `application/merge-patch+json`
    Merge(Value),
}

impl Patch {
    /// What Helm sends to bring a live object from one manifest to the next, or `None` where it sends nothing.
    ///
    /// Built-in kinds take a strategic merge patch of all three. Kinds of others take a JSON merge patch of the two manifests
    /// alone: what somebody has changed on the server in the meantime stays (Helm 4.3.1 `pkg/kube/client.go`, `createPatch`).
    ///
    /// `original` is the object in the last release or, where that has none, the live one; the kind is that of `target`.
    /// Objects are as [`schema_of`] takes them for built in by their kind alone: Helm also takes a JSON merge patch for an
    /// object whose fields have the wrong types, which a server refuses in either form.
    pub fn between(original: &Value, target: &Value, live: &Value) -> Result<Option<Self>> {
        let [original, target, live] = [original, target, live].map(|object| number::rewritten(object.clone()));
        let patch = match schema_of_object(&target)? {
            Some(schema) => Self::Strategic(strategic::three_way(&original, &target, &live, schema)?),
            None => Self::Merge(merge::two_way(&original, &target)?),
        };
        Ok(Some(patch).filter(|patch| !patch.is_empty()))
    }

    /// The body of the request.
    pub fn body(&self) -> &Value {
        match self {
            Self::Strategic(body) | Self::Merge(body) => body,
        }
    }

    /// The `Content-Type` of the request.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Strategic(_) => "application/strategic-merge-patch+json",
            Self::Merge(_) => "application/merge-patch+json",
        }
    }

    /// What a server would make of a live object by this patch, without defaults and admission.
    pub fn apply(&self, live: &Value) -> Result<Value> {
        match self {
            Self::Merge(body) => Ok(merge::apply(live, body)),
            Self::Strategic(body) => {
                let schema = schema_of_object(live)?;
                let schema = schema.ok_or_else(|| Error::new("this kind has no strategic merge patch"))?;
                strategic::apply(live, body, schema)
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.body().as_object().is_some_and(serde_json::Map::is_empty)
    }
}

fn schema_of_object(object: &Value) -> Result<Option<Schema>> {
    let (Some(version), Some(kind)) = (object["apiVersion"].as_str(), object["kind"].as_str()) else {
        return Err(Error::new("cannot patch an object without `apiVersion` and `kind`"));
    };
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    Ok(schema_of(group, version, kind))
}
