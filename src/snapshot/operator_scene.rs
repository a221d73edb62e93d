use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Operator, Part, Release, Resource};
use crate::milvus::{Image, MilvusVersion};

/// The custom resource definitions that an operator brings.
pub const DEFINITIONS: [&str; 3] = ["milvusclusters.milvus.io", "milvuses.milvus.io", "milvusupgrades.milvus.io"];

/// How deep fields of a definition are told apart: `spec/components/queryNode/replicas`. What lies deeper is mostly
/// Kubernetes' own, and a new field there alone does not tell two operators apart.
const DEPTH: usize = 4;

/// An operator as something that is itself looked after: its Deployment, the definitions, and what it watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorScene {
    /// Its Deployment.
    pub deployment: OperatorDeployment,
    /// Its own pods.
    pub pods: Part<Vec<OperatorPod>>,
    /// The definitions that the cluster has, of those in [`DEFINITIONS`].
    pub definitions: Part<Vec<Schema>>,
    /// The definitions that the newest revision of its release brings; none where they are managed elsewhere.
    pub declared: Vec<Schema>,
    /// Milvus resources of the cluster.
    pub milvuses: Part<Vec<Watched>>,
    /// Pods of all of them.
    pub milvus_pods: Part<Vec<WatchedPod>>,
}

/// The Deployment of an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorDeployment {
    /// What instances see of it.
    pub operator: Operator,
    /// `metadata.uid`.
    pub uid: String,
    /// `app.kubernetes.io/instance`: the release that it was rendered for, whether or not Helm knows that release.
    pub instance: Option<String>,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// Why it is not rolled out; `None` where every pod is new and available and none is left over.
    pub awaits: Option<String>,
    /// Whether it gave up, so that waiting does not help.
    pub gave_up: bool,
    /// When its last roll was done.
    pub rolled_out: Option<Timestamp>,
}

/// A pod of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorPod {
    /// `metadata.name`.
    pub name: String,
    /// The image of its first container.
    pub image: String,
    /// What keeps it from running, in the kubelet's words.
    pub trouble: Option<String>,
}

/// What a custom resource definition knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// `metadata.name`.
    pub name: String,
    /// Whether the API server serves it.
    pub established: bool,
    /// Its fields, four levels deep, with their version before them: `v1beta1:spec/components/image`.
    pub fields: BTreeSet<String>,
}

/// A Milvus resource, as far as an upgrade of its operator goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watched {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.components.image`.
    pub image: Option<String>,
    /// `status.currentImage`.
    pub current_image: Option<String>,
    /// Its version, from the spec.
    pub version: Option<MilvusVersion>,
    /// `metadata.generation`.
    pub generation: i64,
    /// `status.observedGeneration`.
    pub observed_generation: i64,
    /// Whether the operator has work with it.
    pub rest: Rest,
    /// `spec.components.updateToolImage`.
    pub update_tool_image: bool,
    /// Whether its etcd is one that the operator installed.
    pub owns_etcd: bool,
}

/// Whether an operator has work with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rest {
    /// None: it calls it healthy and wholly updated, or has stopped it.
    AtRest,
    /// Something is not as it is to be.
    Moving,
    /// It was told to leave it alone.
    LeftAlone,
}

/// A pod of a Milvus that an operator watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchedPod {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`: another one is another pod, whatever its name.
    pub uid: String,
    /// The Milvus that it is of.
    pub instance: String,
    /// The component that it runs.
    pub component: String,
    /// Images of its containers and init containers.
    pub images: Vec<String>,
    /// How often containers of it were started again.
    pub restarts: i64,
    /// Why that was the last time.
    pub exit: Option<String>,
    /// Whether it is on its way out, or has ended.
    pub ends: bool,
}

impl Watched {
    /// `milvus/prod in vec`.
    pub fn place(&self) -> String {
        format!("milvus/{} in {}", self.name, self.namespace)
    }

    /// Whether a pod is of it.
    pub fn has(&self, pod: &WatchedPod) -> bool {
        (&self.namespace, &self.name) == (&pod.namespace, &pod.instance)
    }
}

impl Schema {
    /// What a definition, from the cluster or from a manifest, knows.
    pub fn of(definition: &Value) -> Self {
        let conditions = definition["status"]["conditions"].as_array();
        let is_established = |condition: &Value| condition["type"] == "Established" && condition["status"] == "True";
        let mut fields = BTreeSet::new();
        for version in definition["spec"]["versions"].as_array().into_iter().flatten() {
            let name = version["name"].as_str().unwrap_or_default();
            collect(&version["schema"]["openAPIV3Schema"], &format!("{name}:"), DEPTH, &mut fields);
        }
        Self {
            name: definition["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
            established: conditions.is_some_and(|conditions| conditions.iter().any(is_established)),
            fields,
        }
    }

    /// Fields of `other` that it does not have.
    pub fn lacks<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        other.fields.difference(&self.fields).map(String::as_str).collect()
    }
}

fn collect(schema: &Value, path: &str, depth: usize, fields: &mut BTreeSet<String>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{name}");
        if depth > 1 {
            collect(field, &format!("{path}/"), depth - 1, fields);
        }
        fields.insert(path);
    }
}

impl OperatorScene {
    /// The operator, as instances see it.
    pub fn operator(&self) -> &Operator {
        &self.deployment.operator
    }

    /// The instances that it looks after; a reason where they cannot be seen.
    pub fn watched(&self) -> Result<Vec<&Watched>, &str> {
        let all = self.milvuses.as_result()?;
        Ok(all.iter().filter(|milvus| self.operator().watches(&milvus.namespace)).collect())
    }

    /// Whether it does anything for instances: not told to stop, and not without pods for good.
    pub fn acts(&self) -> bool {
        let is_scaled_away = self.operator().ready < 1 && self.deployment.awaits.is_none();
        !self.operator().is_stopped() && !is_scaled_away
    }

    /// What the definitions of the cluster lack of those that the release brings, a sentence each; nothing where they
    /// cannot be seen.
    pub fn lacking(&self) -> Vec<String> {
        let Some(definitions) = self.definitions.known() else { return vec![] };
        let lacks = |declared: &Schema| {
            let name = &declared.name;
            let Some(live) = definitions.iter().find(|live| live.name == *name) else {
                return Some(format!("the definition {name} is not there"));
            };
            match live.lacks(declared).as_slice() {
                [] => None,
                [one] => Some(format!("the definition {name} lacks {one}")),
                [one, rest @ ..] => Some(format!("the definition {name} lacks {one} and {} more fields", rest.len())),
            }
        };
        self.declared.iter().filter_map(lacks).collect()
    }

    /// Whether its release, as far as there is one, brings the definitions.
    pub fn brings_definitions(&self) -> bool {
        !self.declared.is_empty()
    }

    /// The operator in the words of a resource: what its release asks for, and what runs.
    pub fn as_resource(&self, release: Option<&Release>) -> Resource {
        let OperatorDeployment { operator, uid, instance, labels, annotations, .. } = &self.deployment;
        let name = instance.as_ref().filter(|_| release.is_some()).unwrap_or(&operator.name);
        let asked = release.and_then(operator_image).map_or_else(|| operator.image.clone(), |image| image.to_string());
        Resource {
            is_release: true,
            is_operator: true,
            namespace: operator.namespace.clone(),
            name: name.clone(),
            uid: uid.clone(),
            resource_version: String::new(),
            generation: 0,
            created: release.and_then(|release| release.updated),
            deleted: None,
            labels: labels.clone(),
            // That it is Helm's is no news.
            annotations: annotations
                .iter()
                .filter(|(key, _)| !key.starts_with("meta.helm.sh/"))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            owners: vec![],
            managers: vec![],
            spec: json!({"components": {"image": asked}}),
            status: json!({"currentImage": operator.image}),
        }
    }
}

/// The image that the values of a release of the operator's chart ask for.
pub fn operator_image(release: &Release) -> Option<Image> {
    let (repository, tag) = (release.text("image.repository")?, release.text("image.tag")?);
    format!("{repository}:{tag}").parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Schema, operator_image};
    use crate::snapshot::sample;

    #[test]
    fn a_definition_is_told_by_its_fields_and_versions() {
        let deep = json!({"properties": {"c": {"properties": {"d": {"properties": {"e": {}}}}}}});
        let definition = |name: &str, status: &str| {
            json!({
                "metadata": {"name": "milvuses.milvus.io"},
                "spec": {"versions": [{"name": "v1beta1", "schema": {"openAPIV3Schema": {
                    "properties": {"spec": {"properties": {name: deep}}},
                }}}]},
                "status": {"conditions": [{"type": "Established", "status": status}]},
            })
        };
        let (old, new) = (Schema::of(&definition("a", "False")), Schema::of(&definition("b", "True")));
        assert!(!old.established && new.established);
        let fields: Vec<&str> = new.fields.iter().map(String::as_str).collect();
        assert_eq!(fields, ["v1beta1:spec", "v1beta1:spec/b", "v1beta1:spec/b/c", "v1beta1:spec/b/c/d"]);
        assert_eq!(old.lacks(&new), ["v1beta1:spec/b", "v1beta1:spec/b/c", "v1beta1:spec/b/c/d"]);
        assert_eq!(Schema::of(&json!(null)).fields.len(), 0);
    }

    #[test]
    fn the_release_says_what_is_asked_for_and_the_deployment_what_runs() {
        let mut snapshot = sample::operator_release("1.3.0");
        let release = snapshot.release.clone().expect("a release");
        assert_eq!(operator_image(&release).map(|image| image.to_string()).as_deref(), Some(sample::OLD_OPERATOR));
        let scene = snapshot.operator_scene.as_mut().expect("a scene");
        scene.deployment.operator.image = "r.local/operator:v1.2.8".to_owned();
        let resource = scene.as_resource(Some(&release));
        assert_eq!(resource.reference(), "operator/milvus-operator");
        assert_eq!(resource.image().map(|image| image.to_string()).as_deref(), Some(sample::OLD_OPERATOR));
        assert_eq!(resource.current_version().map(|version| version.to_string()).as_deref(), Some("1.2.8"));
        let bare = scene.as_resource(None);
        assert_eq!(bare.image(), bare.current_image());
    }

    #[test]
    fn only_what_is_in_its_namespaces_is_watched() {
        let mut snapshot = sample::operator_release("1.3.0");
        let scene = snapshot.operator_scene.as_mut().expect("a scene");
        assert_eq!(scene.watched().map(|all| all.len()), Ok(1));
        scene.deployment.operator.watch_namespaces = Some(vec!["web".to_owned()]);
        assert_eq!(scene.watched().map(|all| all.len()), Ok(0));
    }
}
