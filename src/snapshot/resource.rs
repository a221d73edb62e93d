use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Condition, FieldManager, Owner};
use crate::milvus::{Component, Image, ImageUpdateMode, MessageQueue, MilvusVersion, Mode};

/// A `Milvus` of `milvus.io/v1beta1`: its metadata in short, spec and status as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Whether it is a Helm release, described in the words of a resource: see [`Release`](super::Release).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_release: bool,
    /// Whether it is the operator itself, described so: see [`OperatorScene`](super::OperatorScene).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_operator: bool,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub resource_version: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`.
    pub deleted: Option<Timestamp>,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// `metadata.ownerReferences`.
    pub owners: Vec<Owner>,
    /// `metadata.managedFields`, in short.
    pub managers: Vec<FieldManager>,
    /// `spec`, with secrets masked.
    pub spec: Value,
    /// `status`.
    pub status: Value,
}

impl Resource {
    /// `kind/name`, as users type it.
    pub fn reference(&self) -> String {
        let kind = match (self.is_operator, self.is_release) {
            (true, _) => "operator",
            (false, true) => "release",
            (false, false) => "milvus",
        };
        format!("{kind}/{}", self.name)
    }

    fn spec_text(&self, pointer: &str) -> Option<&str> {
        self.spec.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    fn status_text(&self, pointer: &str) -> Option<&str> {
        self.status.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    /// `spec.mode`.
    pub fn mode(&self) -> Mode {
        Mode::of_spec(self.spec_text("/mode"))
    }

    /// `spec.dependencies.msgStreamType`; `None` where the operator chooses.
    pub fn message_queue(&self) -> Option<MessageQueue> {
        self.spec_text("/dependencies/msgStreamType").map(MessageQueue::of_word)
    }

    /// `spec.components.image`, where it is an image reference.
    pub fn image(&self) -> Option<Image> {
        self.spec_text("/components/image")?.parse().ok()
    }

    /// `spec.components.version`, where it names a version.
    pub fn stated_version(&self) -> Option<MilvusVersion> {
        self.spec_text("/components/version")?.parse().ok()
    }

    /// The version that the spec asks for: the stated one, else the one of the image's tag.
    pub fn wanted_version(&self) -> Option<MilvusVersion> {
        self.stated_version().or_else(|| self.image()?.version())
    }

    /// `status.currentImage`, from operator 1.3.0 on: the last image that was wholly rolled out.
    pub fn current_image(&self) -> Option<Image> {
        self.status_text("/currentImage")?.parse().ok()
    }

    /// The version last wholly rolled out; the wanted one where the operator does not say.
    pub fn current_version(&self) -> Option<MilvusVersion> {
        match self.current_image() {
            Some(image) if Some(&image) == self.image().as_ref() => self.wanted_version(),
            Some(image) => {
                let stated = self.status_text("/currentVersion").and_then(|text| text.parse().ok());
                stated.or_else(|| image.version())
            }
            None => self.wanted_version(),
        }
    }

    /// `spec.components.imageUpdateMode`, with the operator's default.
    pub fn update_mode(&self) -> ImageUpdateMode {
        ImageUpdateMode::of_spec(self.spec_text("/components/imageUpdateMode"))
    }

    /// `spec.components.enableRollingUpdate`, where it is set.
    pub fn rolling_update(&self) -> Option<bool> {
        self.spec.pointer("/components/enableRollingUpdate")?.as_bool()
    }

    /// The section of `component` below `spec.components`, where it has one.
    pub fn component(&self, component: Component) -> Option<&Value> {
        self.spec.get("components")?.get(component.spec_key()).filter(|section| !section.is_null())
    }

    /// The replicas that the spec asks for; the operator's default is one, minus one leaves them to an autoscaler.
    pub fn replicas(&self, component: Component) -> Option<i64> {
        let section = self.component(component)?;
        Some(section.get("replicas").and_then(Value::as_i64).unwrap_or(1))
    }

    /// Which of the four separate coordinators the spec has.
    pub fn separate_coordinators(&self) -> Vec<Component> {
        let present = |component: &Component| self.component(*component).is_some();
        Component::SEPARATE_COORDINATORS.into_iter().filter(present).collect()
    }

    /// `status.status`: `Pending`, `Healthy`, `Unhealthy`, `Deleting`, `Stopped`, or empty before the first look.
    pub fn health(&self) -> &str {
        self.status_text("/status").unwrap_or_default()
    }

    /// `status.observedGeneration`; zero before the first look.
    pub fn observed_generation(&self) -> i64 {
        self.status.get("observedGeneration").and_then(Value::as_i64).unwrap_or_default()
    }

    /// What the operator saw of a component when it last looked; `None` for operators that do not tell, and for
    /// components in deployment groups.
    pub fn deploy_status(&self, component: Component) -> Option<DeployStatus> {
        let entry = self.status.get("componentsDeployStatus")?.get(component.label())?;
        serde_json::from_value(entry.clone()).ok()
    }

    /// The condition of this type, such as `MilvusUpdated`.
    pub fn condition(&self, kind: &str) -> Option<Condition> {
        let conditions = self.status.get("conditions")?.as_array()?;
        let found = conditions.iter().find(|condition| condition["type"] == kind)?;
        serde_json::from_value(found.clone()).ok()
    }

    /// The same with every value masked that may be a secret: user configuration keys that name one, and environment
    /// variables; without the copy that kubectl keeps of all of it.
    #[must_use]
    pub fn masked(mut self) -> Self {
        mask(&mut self.spec);
        self.annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        self
    }
}

/// An entry of `status.componentsDeployStatus`: a Deployment as the operator saw it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DeployStatus {
    /// The generation that it had.
    #[serde(default)]
    pub generation: i64,
    /// The image that it had.
    #[serde(default)]
    pub image: String,
    #[serde(default)]
    status: ReplicaStatus,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ReplicaStatus {
    observed_generation: i64,
    updated_replicas: i64,
    available_replicas: i64,
}

impl DeployStatus {
    /// Whether all of so many pods were new and available.
    pub fn is_complete(&self, wanted: i64) -> bool {
        let ReplicaStatus { observed_generation, updated_replicas, available_replicas } = self.status;
        observed_generation >= self.generation && updated_replicas == wanted && available_replicas == wanted
    }
}

/// What stands in the place of a secret.
pub const MASK: &str = "(masked)";

/// Masks every value that may be a secret.
pub fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                if names_a_secret(key) && (field.is_string() || field.is_number()) {
                    *field = MASK.into();
                } else if key == "env" {
                    mask_environment(field);
                } else {
                    mask(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

/// Masks the `value` of every entry; references to Secrets stay, they hold names only.
fn mask_environment(entries: &mut Value) {
    for entry in entries.as_array_mut().into_iter().flatten() {
        if let Some(value) = entry.get_mut("value") {
            *value = MASK.into();
        }
    }
}

/// Whether a key of configuration names something secret. `secretRef` and the like name Secrets, not their content.
pub fn names_a_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let refers = key.ends_with("ref") || key.ends_with("secret") && key != "secret" || key.ends_with("secretname");
    let words = [
        "password",
        "passwd",
        "token",
        "secretaccesskey",
        "accesskeyid",
        "accesskey",
        "secretkey",
        "apikey",
        "credential",
        "privatekey",
        "jaas",
        "connectionstring",
    ];
    let secret = words.iter().any(|word| key.contains(word)) || key == "secret";
    secret && !refers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use std::collections::BTreeMap;

    use super::{Resource, mask};
    use crate::milvus::{Component, MilvusVersion};

    fn resource(spec: serde_json::Value, status: serde_json::Value) -> Resource {
        Resource {
            is_release: false,
            is_operator: false,
            namespace: "vec".into(),
            name: "prod".into(),
            uid: "1".into(),
            resource_version: "1".into(),
            generation: 1,
            created: None,
            deleted: None,
            labels: BTreeMap::default(),
            annotations: BTreeMap::default(),
            owners: vec![],
            managers: vec![],
            spec,
            status,
        }
    }

    #[test]
    fn passwords_are_masked_and_names_of_secrets_stay() {
        let mut spec = json!({
            "config": {"common": {"security": {"defaultRootPassword": "hunter2"}}, "minio": {"accessKeyID": "AKIA", "secretAccessKey": "x"}},
            "components": {"env": [{"name": "A", "value": "b"}], "tokenizer": {"size": 3}},
            "dependencies": {"storage": {"secretRef": "s3-secret"}},
        });
        mask(&mut spec);
        let text = spec.to_string();
        for secret in ["hunter2", "AKIA", "\"x\"", "\"b\""] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("s3-secret"));
    }

    #[test]
    fn the_copy_that_kubectl_keeps_is_left_out() {
        let mut milvus = resource(json!({}), json!({}));
        let kept = ["kubectl.kubernetes.io/last-applied-configuration", "team"];
        milvus.annotations = kept.map(|key| (key.to_owned(), "hunter2".to_owned())).into();
        assert_eq!(milvus.masked().annotations.into_keys().collect::<Vec<_>>(), ["team"]);
    }

    #[test]
    fn the_running_version_is_the_one_rolled_out_not_the_one_asked_for() {
        let spec = json!({"components": {"image": "milvusdb/milvus:v2.6.6"}});
        let rolling = resource(spec.clone(), json!({"currentImage": "milvusdb/milvus:v2.5.22"}));
        assert_eq!(rolling.current_version(), Some(MilvusVersion::new(2, 5, 22)));
        assert_eq!(rolling.wanted_version(), Some(MilvusVersion::new(2, 6, 6)));
        assert_eq!(resource(spec, json!({})).current_version(), Some(MilvusVersion::new(2, 6, 6)));
    }

    #[test]
    fn a_section_without_replicas_means_one() {
        let milvus = resource(json!({"components": {"mixCoord": {}, "rootCoord": null}}), json!({}));
        assert_eq!(milvus.replicas(Component::MixCoord), Some(1));
        assert_eq!(milvus.replicas(Component::RootCoord), None);
        assert!(milvus.separate_coordinators().is_empty());
    }
}
