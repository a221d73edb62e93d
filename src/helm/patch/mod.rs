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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Patch;

    fn object(version: &str, kind: &str, spec: &Value) -> Value {
        json!({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": spec})
    }

    fn between(version: &str, kind: &str, specs: [Value; 3]) -> Option<Patch> {
        let [original, target, live] = specs.map(|spec| object(version, kind, &spec));
        Patch::between(&original, &target, &live).unwrap()
    }

    #[test]
    fn what_was_changed_on_the_server_is_put_back_for_built_in_kinds_only() {
        let specs = || [json!({"a": 1, "b": 1}), json!({"a": 1, "b": 2}), json!({"a": 9, "b": 1})];
        let expected = Patch::Strategic(json!({"spec": {"a": 1, "b": 2}}));
        assert_eq!(between("apps/v1", "Deployment", specs()), Some(expected));
        let expected = Patch::Merge(json!({"spec": {"b": 2}}));
        assert_eq!(between("milvus.io/v1beta1", "Milvus", specs()), Some(expected));
    }

    #[test]
    fn definitions_of_custom_kinds_are_patched_by_their_version() {
        let specs = || [json!({"names": {"kind": "A"}}), json!({"names": {"kind": "B"}}), json!({})];
        let kind = "CustomResourceDefinition";
        assert!(matches!(between("apiextensions.k8s.io/v1", kind, specs()), Some(Patch::Strategic(_))));
        assert!(matches!(between("apiextensions.k8s.io/v1beta1", kind, specs()), Some(Patch::Merge(_))));
    }

    #[test]
    fn nothing_to_change_is_no_patch() {
        let specs = || [json!({"replicas": 1.0}), json!({"replicas": 1}), json!({"replicas": 1, "paused": true})];
        assert_eq!(between("apps/v1", "Deployment", specs()), None);
        assert_eq!(between("milvus.io/v1beta1", "Milvus", specs()), None);
        let budget = json!({"selector": {"matchLabels": {"a": "b"}}});
        let always = between("policy/v1", "PodDisruptionBudget", [budget.clone(), budget.clone(), budget]);
        assert!(always.is_some(), "the selector of a budget is sent with every release");
    }

    #[test]
    fn a_patch_knows_its_media_type_and_can_be_applied() {
        let live = object("v1", "Service", &json!({"ports": [{"port": 1}, {"port": 2}]}));
        let target = object("v1", "Service", &json!({"ports": [{"port": 2, "name": "two"}]}));
        let patch = Patch::between(&live, &target, &live).unwrap().unwrap();
        assert_eq!(patch.content_type(), "application/strategic-merge-patch+json");
        assert_eq!(patch.apply(&live).unwrap(), target);
        assert_eq!(patch.body()["spec"]["$setElementOrder/ports"], json!([{"port": 2}]));
        let patch = Patch::Merge(json!({"spec": null}));
        assert_eq!(patch.content_type(), "application/merge-patch+json");
        assert_eq!(patch.apply(&live).unwrap().get("spec"), None);
    }

    #[test]
    fn an_object_without_a_kind_is_refused() {
        let error = Patch::between(&json!({}), &json!({"kind": "Pod"}), &json!({})).unwrap_err();
        assert_eq!(error.text(), "cannot patch an object without `apiVersion` and `kind`");
    }
}
