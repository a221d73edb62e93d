use std::collections::BTreeMap;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Deployment, EtcdPlace, FieldManager, Part, ReleaseObject, Resource, Unready, Workload};
use crate::milvus::{Component, Image, MessageQueue, Mode};

/// A release of the Helm chart `milvus`, from its newest record: what rules and plans look at of it. The user's other
/// values, among which are passwords, stay in the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// The newest revision.
    pub revision: i64,
    /// Helm's word for what became of it: `deployed`, `failed`, `pending-upgrade`.
    pub status: String,
    /// The version of the chart.
    pub chart: Version,
    /// When the revision was made.
    pub updated: Option<Timestamp>,
    /// The values that count for an upgrade, with dots between their parts: the user's over the chart's.
    pub settings: BTreeMap<String, Value>,
    /// Which of them the user has set.
    pub given: Vec<String>,
    /// What the user lays over the configuration of Milvus (`extraConfigFiles."user.yaml"`), with secrets masked; null where
    /// it cannot be read.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub config: Value,
    /// Revisions that were whole before it, newest first; looked at for a way back only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Self>,
    /// The queue that the chart keeps for a standalone, in an annotation of its Deployment (charts from 5.0.0 on).
    pub kept_queue: Option<String>,
    /// Where its metadata are, where its configuration says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etcd: Option<EtcdPlace>,
    /// Where it keeps its data, as [`Resource::places`] has it, where its configuration says that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// The objects that the revision says are there.
    #[serde(default)]
    pub objects: Part<Vec<ReleaseObject>>,
    /// Those among them that are not ready.
    #[serde(default)]
    pub unready: Part<Vec<Unready>>,
    /// The addresses of chart repositories that helm knows on the machine that looked; without secrets.
    #[serde(default)]
    pub repositories: Part<Vec<String>>,
}

/// The coordinators' sections among the values of the chart.
const COORDINATORS: [(Component, &str); 5] = [
    (Component::MixCoord, "mixCoordinator"),
    (Component::RootCoord, "rootCoordinator"),
    (Component::QueryCoord, "queryCoordinator"),
    (Component::IndexCoord, "indexCoordinator"),
    (Component::DataCoord, "dataCoordinator"),
];

/// The nodes' sections that can be switched off.
const NODES: [(Component, &str); 2] = [(Component::IndexNode, "indexNode"), (Component::StreamingNode, "streaming")];

/// Queues of a cluster, the one that wins first (`templates/config.tpl` of the chart); Kafka is laid over all of them.
const QUEUES: [(&str, &str); 6] = [
    ("externalKafka.enabled", "kafka"),
    ("kafka.enabled", "kafka"),
    ("externalPulsar.enabled", "pulsar"),
    ("pulsar.enabled", "pulsar"),
    ("woodpecker.enabled", "woodpecker"),
    ("pulsarv3.enabled", "pulsar"),
];

impl Release {
    /// An earlier revision, by its number.
    pub fn revision_at(&self, revision: i64) -> Option<&Self> {
        self.earlier.iter().find(|earlier| earlier.revision == revision)
    }

    /// The components of a cluster that can be switched off, with the sections among the values that have the switches.
    pub fn switched() -> impl Iterator<Item = (Component, &'static str)> {
        COORDINATORS.into_iter().chain(NODES)
    }

    /// Whether Helm has a record of it. Who renders the chart with another program leaves none.
    pub fn is_recorded(&self) -> bool {
        self.revision > 0
    }

    /// The components of a cluster that the values ask for.
    pub fn components(&self) -> Vec<Component> {
        let switched = Self::switched().filter(|(_, section)| {
            // A chart without the switch has the component where it is a node, and not where it is a coordinator.
            self.settings.get(&format!("{section}.enabled")).map_or(*section == "indexNode", |value| *value == true)
        });
        let always = [Component::QueryNode, Component::DataNode, Component::Proxy];
        let mut components: Vec<Component> = switched.map(|(component, _)| component).chain(always).collect();
        components.sort_unstable();
        components
    }

    /// Whether a switch among the values is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.settings.get(key).is_some_and(|value| *value == true)
    }

    /// The text of a value, where it has one.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.settings.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    /// Whether the user has set this value.
    pub fn is_given(&self, key: &str) -> bool {
        self.given.iter().any(|given| given == key)
    }

    /// Whether somebody works on the release, or gave up.
    pub fn is_pending(&self) -> bool {
        self.status.starts_with("pending-")
    }

    /// Whether its newest revision came to its end.
    pub fn is_whole(&self) -> bool {
        matches!(self.status.as_str(), "deployed" | "superseded")
    }

    /// How the parts are laid out: `cluster.enabled`.
    pub fn mode(&self) -> Mode {
        if self.is_on("cluster.enabled") { Mode::Cluster } else { Mode::Standalone }
    }

    /// What carries the write-ahead log, by the rules of the chart.
    pub fn message_queue(&self) -> Option<MessageQueue> {
        let word = match self.mode() {
            Mode::Cluster => QUEUES.into_iter().find(|(key, _)| self.is_on(key)).map(|(_, word)| word),
            Mode::Standalone => {
                let said = self.text("standalone.messageQueue");
                // What a standalone was made with stays, whatever the values say now.
                self.kept_queue.as_deref().or(said).or(Some("rocksmq"))
            }
        };
        word.map(MessageQueue::of_word)
    }

    /// The value that switches the queue of a cluster on; Pulsar 2 and 3 are one queue by name, and hold no data in common.
    pub fn queue_switch(&self) -> Option<&'static str> {
        let switches = QUEUES.into_iter().map(|(key, _)| key);
        switches.filter(|_| self.mode() == Mode::Cluster).find(|key| self.is_on(key))
    }

    /// The image that the values ask for.
    pub fn image(&self) -> Option<Image> {
        let repository = self.text("image.all.repository").unwrap_or("milvusdb/milvus");
        format!("{repository}:{}", self.text("image.all.tag")?).parse().ok()
    }

    /// The image that counts as what runs.
    fn current(&self, workload: &Workload) -> Option<String> {
        let running = || workload.deployments().iter().filter(|found| !found.is_idle()).map(|found| &found.image);
        if self.is_whole() {
            let first = running().next()?;
            return running().all(|other| other == first).then(|| first.clone());
        }
        let own = self.image().map(|image| image.to_string());
        if self.earlier.is_empty() {
            // What is half-way, or may be, was not wholly rolled out, and is to be done again.
            return own;
        }
        // Only a way back knows earlier revisions; for it counts the newest that has run, which may have written already.
        let version = |image: &&String| image.parse::<Image>().ok().and_then(|image| image.version());
        // One that names no version may be newer than any.
        running().chain(&own).max_by_key(|image| (version(image).is_none(), version(image))).cloned()
    }

    /// The release in the words in which an operator's instance is described, so that there is one vocabulary for both
    /// ways to run Milvus: mode, image, queue and components.
    pub fn as_resource(&self, namespace: &str, name: &str, workload: &Workload) -> Resource {
        let mut components = serde_json::Map::new();
        for deployment in workload.deployments() {
            components.insert(deployment.component.spec_key().to_owned(), json!({"replicas": deployment.wanted}));
        }
        if self.mode() == Mode::Cluster {
            for (component, section) in COORDINATORS {
                if self.is_on(&format!("{section}.enabled")) {
                    components.entry(component.spec_key()).or_insert(json!({"replicas": 1}));
                }
            }
        }
        if let Some(image) = self.image() {
            components.insert("image".to_owned(), image.to_string().into());
        }
        let mode = match self.mode() {
            Mode::Cluster => "cluster",
            Mode::Standalone => "standalone",
        };
        let mut status = json!({"status": if self.status == "deployed" { "Healthy" } else { "Unhealthy" }});
        if let Some(current) = self.current(workload) {
            status["currentImage"] = current.into();
        }
        Resource {
            is_release: true,
            is_operator: false,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: String::new(),
            resource_version: String::new(),
            generation: 0,
            created: self.updated,
            deleted: None,
            labels: all(workload, |deployment| &deployment.labels),
            annotations: all(workload, |deployment| &deployment.annotations),
            owners: vec![],
            managers: managers(workload),
            spec: json!({
                "mode": mode,
                "components": components,
                "config": self.config,
                "dependencies": {"msgStreamType": self.message_queue().map(|queue| queue.to_string())},
            }),
            status,
        }
    }
}

/// Labels or annotations of all Deployments. A release is no object of its own, and who else looks after it leaves its
/// marks there.
fn all(workload: &Workload, of: fn(&Deployment) -> &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let pairs = workload.deployments().iter().flat_map(of);
    pairs.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Who wrote fields of the Deployments, each once.
fn managers(workload: &Workload) -> Vec<FieldManager> {
    let mut managers: Vec<FieldManager> = vec![];
    for manager in workload.deployments().iter().flat_map(|deployment| &deployment.managers) {
        let known = managers.iter_mut().find(|it| (&it.name, &it.operation) == (&manager.name, &manager.operation));
        match known {
            Some(known) => known.owns_image |= manager.owns_image,
            None => managers.push(manager.clone()),
        }
    }
    managers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Part, Release};
    use crate::{
        milvus::{MessageQueue, Mode},
        snapshot::sample::healthy_cluster,
    };

    fn release(settings: &serde_json::Value) -> Release {
        Release {
            revision: 1,
            status: "deployed".to_owned(),
            chart: "4.2.58".parse().expect("a version"),
            updated: None,
            settings: serde_json::from_value(settings.clone()).expect("an object"),
            given: vec![],
            config: serde_json::Value::Null,
            earlier: vec![],
            kept_queue: None,
            etcd: None,
            places: vec![],
            objects: Part::default(),
            unready: Part::default(),
            repositories: Part::default(),
        }
    }

    #[test]
    fn the_queue_is_the_one_that_the_chart_takes() {
        for (settings, queue) in [
            (json!({"cluster.enabled": true, "pulsar.enabled": true, "pulsarv3.enabled": true}), Some("pulsar")),
            (
                json!({"cluster.enabled": true, "woodpecker.enabled": true, "pulsarv3.enabled": true}),
                Some("woodpecker"),
            ),
            (json!({"cluster.enabled": true, "kafka.enabled": true, "pulsarv3.enabled": true}), Some("kafka")),
            (json!({"cluster.enabled": true}), None),
            (json!({"cluster.enabled": false}), Some("rocksmq")),
            (json!({"standalone.messageQueue": "woodpecker"}), Some("woodpecker")),
        ] {
            assert_eq!(release(&settings).message_queue(), queue.map(MessageQueue::of_word), "{settings}");
        }
        let mut kept = release(&json!({"standalone.messageQueue": "woodpecker"}));
        kept.kept_queue = Some("rocksmq".to_owned());
        assert_eq!(kept.message_queue(), Some(MessageQueue::Rocksmq), "a standalone keeps what it was made with");
        assert_eq!(kept.mode(), Mode::Standalone);
    }

    #[test]
    fn the_image_is_the_tag_in_the_repository_of_the_values() {
        let image = |settings| release(&settings).image().map(|image| image.to_string());
        assert_eq!(image(json!({"image.all.tag": "v2.5.16"})).as_deref(), Some("milvusdb/milvus:v2.5.16"));
        let own = json!({"image.all.tag": "v2.5.16", "image.all.repository": "r.local/milvus"});
        assert_eq!(image(own).as_deref(), Some("r.local/milvus:v2.5.16"));
        assert_eq!(image(json!({})), None);
    }

    #[test]
    fn what_is_half_way_counts_as_what_was_whole() {
        let current = |status: &str, is_back: bool| {
            let mut release = release(&json!({"image.all.tag": "v2.5.16"}));
            release.earlier = if is_back { vec![release.clone()] } else { vec![] };
            release.status = status.to_owned();
            let new = "milvusdb/milvus:v2.6.22";
            let mut workload = healthy_cluster().workload;
            if let Part::Known(deployments) = &mut workload.deployments {
                for deployment in deployments {
                    new.clone_into(&mut deployment.image);
                }
            }
            let resource = release.as_resource("vec", "my", &workload);
            resource.current_version().map(|version| version.to_string())
        };
        assert_eq!(current("deployed", false).as_deref(), Some("2.6.22"));
        assert_eq!(current("failed", false).as_deref(), Some("2.5.16"), "it is to be done again");
        assert_eq!(current("failed", true).as_deref(), Some("2.6.22"), "and may have written what 2.5 cannot read");
    }
}
