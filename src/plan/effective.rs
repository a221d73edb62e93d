//! A resource as the operator reads it, before and after a plan: with the operator's defaults, and with what it writes
//! by itself.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Action, Plan, Step,
    change::{FieldChange, differences},
    draft::Draft,
    merge::merge,
};
use crate::{
    check::Ground,
    knowledge::Quirk,
    milvus::{Component, MilvusVersion, Mode},
    snapshot::Resource,
};

/// What becomes of the fields of a resource.
pub(super) struct Effective {
    /// As it is now, with the operator's defaults.
    pub(super) before: Resource,
    /// As it is once the plan is carried out and the operator has done its part.
    pub(super) after: Resource,
    /// What is in it now and does not say nothing.
    live: Value,
    /// The same with what the plan writes, and nothing else.
    written: Value,
    /// What the operator changes by itself.
    by_operator: Vec<FieldChange>,
}

/// A field that the operator changes by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorField {
    /// The keys that lead to it, from `spec` on.
    pub path: Vec<String>,
    /// What it becomes; nothing where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// The text of a resource before and after, and who writes what of it. Secrets in it are masked as in every snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewritten {
    /// The whole resource as it is now.
    pub before: Value,
    /// The same with what the plan writes, and with what the operator then writes.
    pub after: Value,
    /// What of it the operator writes by itself.
    pub by_operator: Vec<OperatorField>,
}

impl Plan {
    /// What becomes of the Milvus resource; nothing where the plan is about a release or the operator itself.
    pub fn rewritten(&self, ground: &Ground<'_>) -> Option<Rewritten> {
        if self.is_release || self.is_operator {
            return None;
        }
        let draft = Draft::new(ground, &self.target);
        Some(draft.effective(&self.steps).rewritten())
    }
}

impl Draft<'_> {
    /// The resource before and after these steps.
    pub(super) fn effective(&self, steps: &[Step]) -> Effective {
        let milvus = &self.snapshot.milvus;
        let with = |spec: Value| Resource { spec, status: Value::Null, ..milvus.clone() };
        let live = without_nulls(&milvus.spec);
        let mut before = live.clone();
        self.add_defaults(&mut before, self.from.as_ref().unwrap_or(&self.target.version));
        let (mut written, mut expected) = (live.clone(), before.clone());
        for step in steps {
            if let Action::Patch { patch } = &step.action {
                merge(&mut written, &patch["spec"]);
                merge(&mut expected, &patch["spec"]);
            }
        }
        let mut after = expected.clone();
        self.reshape(&mut after);
        self.add_defaults(&mut after, &self.target.version);
        let by_operator = differences(&expected, &after);
        Effective { before: with(before), after: with(after), live, written, by_operator }
    }

    /// What the operator writes where the resource says nothing (operator 1.3.7,
    /// `apis/milvus.io/v1beta1/milvus_webhook.go`, `Default`).
    fn add_defaults(&self, spec: &mut Value, version: &MilvusVersion) {
        let mode = self.mode();
        let fields = self.snapshot.definition.known().map(|definition| definition.component_fields.as_slice());
        let knows = |field: &str| fields.is_none_or(|fields| fields.iter().any(|known| known == field));
        let mut set = |place: &[&str], value: Value| {
            let pointer = format!("/{}", place.join("/"));
            if spec.pointer(&pointer).is_none_or(|said| said == "") {
                let patch = place.iter().rev().fold(value, |inner, key| json!({*key: inner}));
                merge(spec, &patch);
            }
        };
        set(&["mode"], mode.to_string().into());
        if knows("imageUpdateMode") {
            set(&["components", "imageUpdateMode"], "rollingUpgrade".into());
        }
        if let Some(row) = self.knowledge.default_queue(mode, version) {
            set(&["dependencies", "msgStreamType"], row.queue.to_string().into());
        }
        set(&["dependencies", "storage", "type"], "MinIO".into());
        if mode == Mode::Cluster && fields.is_some() && knows("streamingMode") {
            if self.knowledge.topology(version).streams() {
                spec["components"]["streamingMode"] = true.into();
            } else {
                set(&["components", "streamingMode"], false.into());
            }
        }
    }

    /// Sections of components that the operator adds to a cluster and takes from it (operator 1.3.7,
    /// `apis/milvus.io/v1beta1/milvus_webhook.go`, `DefaultComponents`; `pkg/controllers/deployments.go`, `cleanup…`).
    fn reshape(&self, spec: &mut Value) {
        if self.mode() != Mode::Cluster {
            return;
        }
        let topology = self.knowledge.topology(&self.target.version);
        let always = [Component::Proxy, Component::DataNode, Component::QueryNode, Component::IndexNode];
        let wanted = always.into_iter().chain(topology.with.iter().copied());
        for component in wanted.filter(|component| !topology.without.contains(component)) {
            let section = &mut spec["components"][component.spec_key()];
            if section.is_null() {
                *section = json!({});
            }
            if section["replicas"].is_null() {
                section["replicas"] = 1.into();
            }
        }
        let has_mixcoord = !spec["components"][Component::MixCoord.spec_key()].is_null();
        let operator = self.snapshot.operator().and_then(|operator| operator.version.as_ref());
        let joins =
            operator.is_some_and(|version| self.knowledge.quirk(Quirk::ConvertsCoordinators, version).is_some());
        let coordinators = Component::SEPARATE_COORDINATORS.into_iter().filter(|_| has_mixcoord && joins);
        let Some(sections) = spec["components"].as_object_mut() else { return };
        for component in topology.without.iter().copied().chain(coordinators) {
            sections.shift_remove(component.spec_key());
        }
        sections.retain(|_, section| !section.is_null());
    }
}

impl Effective {
    fn rewritten(&self) -> Rewritten {
        let Self { before, live, written, by_operator, .. } = self;
        let mut after = written.clone();
        for FieldChange { path, new, .. } in by_operator {
            let patch = path.iter().rev().fold(new.clone(), |inner, key| json!({key.as_str(): inner}));
            merge(&mut after, &patch);
        }
        let fields = by_operator.iter().map(|FieldChange { path, new, .. }| OperatorField {
            path: std::iter::once("spec".to_owned()).chain(path.iter().cloned()).collect(),
            new: (!new.is_null()).then(|| new.clone()),
        });
        Rewritten { before: manifest(before, live), after: manifest(before, &after), by_operator: fields.collect() }
    }
}

/// A resource with this spec, as people write it: without what the API server and the operator keep in it for themselves.
pub(super) fn manifest(milvus: &Resource, spec: &Value) -> Value {
    // The operator's own notes, but for the two that people write.
    let is_own = |key: &str| {
        key.starts_with("milvus.io/") && !["milvus.io/pause-reconcile", "milvus.io/maintaining"].contains(&key)
            || key.starts_with("kubectl-milvus.io/")
    };
    let mut metadata = json!({"name": milvus.name, "namespace": milvus.namespace});
    for (name, map) in [("labels", &milvus.labels), ("annotations", &milvus.annotations)] {
        let kept: serde_json::Map<String, Value> = map
            .iter()
            .filter(|(key, _)| !is_own(key))
            .map(|(key, value)| (key.clone(), value.as_str().into()))
            .collect();
        if !kept.is_empty() {
            metadata[name] = Value::Object(kept);
        }
    }
    json!({"apiVersion": "milvus.io/v1beta1", "kind": "Milvus", "metadata": metadata, "spec": spec})
}

/// Without fields that say nothing: null is the same as no field to the operator.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let said = fields.iter().filter(|(_, field)| !field.is_null());
            said.map(|(key, field)| (key.clone(), without_nulls(field))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
#[path = "effective_test.rs"]
mod tests;
