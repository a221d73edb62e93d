//! The metadata of objects, as the client's own type.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{FieldsV1, ManagedFieldsEntry, ObjectMeta, OwnerReference, Time};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::json;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Bare<M> {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
    creation_timestamp: Option<Timestamp>,
    deletion_timestamp: Option<Timestamp>,
    deletion_grace_period_seconds: Option<i64>,
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
    owner_references: Option<Vec<Owner>>,
    managed_fields: Option<M>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Manager {
    #[serde(rename = "manager")]
    name: Option<String>,
    operation: Option<String>,
    #[serde(rename = "fieldsV1")]
    fields: Option<Fields>,
}

/// Of the fields that somebody wrote, those on the way to an image.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "f:spec")]
    spec: Option<SpecFields>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SpecFields {
    /// Of a Milvus.
    #[serde(rename = "f:components")]
    components: Option<Image>,
    /// Of a Deployment.
    #[serde(rename = "f:template")]
    template: Option<TemplateFields>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TemplateFields {
    #[serde(rename = "f:spec")]
    spec: Option<PodFields>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PodFields {
    #[serde(rename = "f:containers")]
    containers: Option<BTreeMap<String, Image>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Image {
    #[serde(rename = "f:image")]
    image: Option<IgnoredAny>,
}

impl<M> Bare<M> {
    fn split(self) -> (ObjectMeta, Option<M>) {
        let owners = self.owner_references.map(|owners| {
            let owner = |Owner { kind, name }| OwnerReference { kind, name, ..OwnerReference::default() };
            owners.into_iter().map(owner).collect()
        });
        let metadata = ObjectMeta {
            name: self.name,
            namespace: self.namespace,
            uid: self.uid,
            resource_version: self.resource_version,
            generation: self.generation,
            creation_timestamp: self.creation_timestamp.map(Time),
            deletion_timestamp: self.deletion_timestamp.map(Time),
            deletion_grace_period_seconds: self.deletion_grace_period_seconds,
            labels: self.labels,
            annotations: self.annotations,
            owner_references: owners,
            ..ObjectMeta::default()
        };
        (metadata, self.managed_fields)
    }
}

/// Metadata without who wrote what.
pub(super) fn alone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectMeta, D::Error> {
    Ok(Bare::<IgnoredAny>::deserialize(deserializer)?.split().0)
}

/// Metadata with who wrote, and whether the image was among it.
pub(super) fn with_managers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectMeta, D::Error> {
    let (metadata, managers) = Bare::<Vec<Manager>>::deserialize(deserializer)?.split();
    let entry = |manager: Manager| ManagedFieldsEntry {
        manager: manager.name,
        operation: manager.operation,
        fields_v1: manager.fields.and_then(Fields::short),
        ..ManagedFieldsEntry::default()
    };
    let managed_fields = managers.map(|managers| managers.into_iter().map(entry).collect());
    Ok(ObjectMeta { managed_fields, ..metadata })
}

impl Fields {
    /// The path to an image, where one is among them, as the API server writes it.
    fn short(self) -> Option<FieldsV1> {
        let spec = self.spec?;
        if spec.components.is_some_and(|components| components.image.is_some()) {
            return Some(FieldsV1(json!({"f:spec": {"f:components": {"f:image": {}}}})));
        }
        let containers = spec.template?.spec?.containers?;
        let owns_image = containers.values().any(|container| container.image.is_some());
        let path = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"": {"f:image": {}}}}}}});
        owns_image.then_some(FieldsV1(path))
    }
}
