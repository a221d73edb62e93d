use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;

use crate::{
    cluster::bare::Milvus,
    snapshot::{FieldManager, Owner, Resource},
};

/// A Milvus, with secrets masked.
pub(in crate::cluster) fn resource(object: Milvus) -> Resource {
    let Milvus { metadata, spec, status } = object;
    let owners = metadata.owner_references.unwrap_or_default();
    Resource {
        is_release: false,
        is_operator: false,
        namespace: metadata.namespace.unwrap_or_default(),
        name: metadata.name.unwrap_or_default(),
        uid: metadata.uid.unwrap_or_default(),
        resource_version: metadata.resource_version.unwrap_or_default(),
        generation: metadata.generation.unwrap_or_default(),
        created: metadata.creation_timestamp.map(|time| time.0),
        deleted: metadata.deletion_timestamp.map(|time| time.0),
        labels: metadata.labels.unwrap_or_default(),
        annotations: metadata.annotations.unwrap_or_default(),
        owners: owners.into_iter().map(|owner| Owner { kind: owner.kind, name: owner.name }).collect(),
        managers: metadata.managed_fields.unwrap_or_default().into_iter().map(manager).collect(),
        spec,
        status,
    }
    .masked()
}

fn manager(entry: ManagedFieldsEntry) -> FieldManager {
    let fields = entry.fields_v1.map(|fields| fields.0).unwrap_or_default();
    FieldManager {
        name: entry.manager.unwrap_or_default(),
        operation: entry.operation.unwrap_or_default(),
        owns_image: fields.pointer("/f:spec/f:components/f:image").is_some(),
    }
}
