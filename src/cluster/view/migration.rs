use kube::api::DynamicObject;
use serde_json::{Value, json};

use crate::{
    cluster::bare::{ContainerState, Pod},
    snapshot::{Migration, Standing, Task},
};

/// The label of a pod with the name of the `MilvusUpgrade` that started it.
pub(in crate::cluster) const MIGRATION_LABEL: &str = "milvus.io/upgrade";

/// A `MilvusUpgrade`.
pub(in crate::cluster) fn migration(object: DynamicObject) -> Migration {
    let DynamicObject { metadata, data, .. } = object;
    let (spec, status) = (&data["spec"], &data["status"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let message = status["conditions"].as_array().into_iter().flatten().find_map(|it| named(&it["message"]));
    Migration {
        namespace: metadata.namespace.unwrap_or_default(),
        name: metadata.name.unwrap_or_default(),
        is_deleted: metadata.deletion_timestamp.is_some(),
        milvus: text(&spec["milvus"]["name"]),
        milvus_namespace: text(&spec["milvus"]["namespace"]),
        is_turned: spec["operation"] == "rollback",
        source_version: text(&spec["sourceVersion"]),
        target_version: text(&spec["targetVersion"]),
        target_image: text(&spec["targetImage"]),
        state: text(&status["state"]),
        is_rewritten: status["metaStorageChanged"] == true,
        retries: status["retriedTimes"].as_i64().unwrap_or_default(),
        claim: named(&status["backupPVC"]),
        before: before(status),
        message: message.unwrap_or_default(),
    }
}

/// What the operator noted of the instance before it stopped it; replicas of zero are not in it.
fn before(status: &Value) -> Option<Standing> {
    let replicas = status["replicasBeforeUprade"].as_object()?;
    let sections = replicas.iter().map(|(key, count)| (key.clone(), json!({"replicas": count})));
    let mut components: serde_json::Map<String, Value> = sections.collect();
    components.insert("image".to_owned(), status["sourceImage"].clone());
    Standing::of_spec(&json!({"components": components}))
}

/// A pod of a `MilvusUpgrade`; `None` where it is none.
pub(in crate::cluster) fn task(mut object: Pod) -> Option<Task> {
    let migration = object.metadata.labels.as_mut()?.remove(MIGRATION_LABEL)?;
    Some(task_state(migration, object))
}

/// How far a pod is that `migration` has started.
pub(super) fn task_state(migration: String, object: Pod) -> Task {
    let status = object.status.unwrap_or_default();
    let mut containers = status.container_statuses.unwrap_or_default().into_iter();
    let reason = containers.find_map(|it| why(it.state?)).or_else(|| {
        let conditions = status.conditions.unwrap_or_default();
        let held = conditions.into_iter().find(|it| it.kind == "PodScheduled" && it.status == "False");
        held.and_then(|condition| condition.message)
    });
    Task {
        migration,
        name: object.metadata.name.unwrap_or_default(),
        phase: status.phase.unwrap_or_default(),
        reason: reason.or(status.message),
    }
}

/// Why a container does not run, or how it failed.
fn why(state: ContainerState) -> Option<String> {
    if let Some(waiting) = state.waiting {
        let parts = [waiting.reason, waiting.message];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        return (!parts.is_empty()).then(|| parts.join(": "));
    }
    let ended = state.terminated.filter(|ended| ended.exit_code != 0)?;
    let said = ended.message.map(|message| format!(": {message}")).unwrap_or_default();
    Some(format!("exit code {}{said}", ended.exit_code))
}
