//! A release by the objects that its chart made: in a file, or in a cluster where Helm keeps no record of it because
//! another program renders the chart.

use std::collections::BTreeMap;

use semver::Version;
use serde_json::{Value as Json, json};

use super::{
    etcd::etcd_place,
    place::{message_queue_word, release_places},
};
use crate::{
    helm::{json as convert, record::Status, resource::Resource, yaml},
    knowledge::SUBCHARTS,
    milvus::{Component, Image},
    snapshot::{Claim, Part, Release, ReleaseObject, mask},
};

/// The label under which the chart milvus puts the name of a release, and charts in it the one or the other.
pub const INSTANCE_LABELS: [&str; 2] = ["app.kubernetes.io/instance", "release"];
/// The label that names the chart which made an object, the same.
const CHART: [&str; 2] = ["helm.sh/chart", "chart"];

const STANDALONE_QUEUE: &str = "standalone.messageQueue";

/// A release, as the objects of its chart tell it.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Its name.
    pub name: String,
    /// The namespace that its objects name, where they name one.
    pub namespace: Option<String>,
    /// What is known of it; no revision, and of its values those that can be read from the objects.
    pub release: Release,
    /// The objects.
    pub objects: Vec<Resource>,
}

/// The releases of the chart milvus that these objects are of, in the order of their first ones. `namespace` is where
/// objects go that name none.
pub fn rendered(objects: &[Resource], namespace: &str) -> Vec<Rendered> {
    let mut names: Vec<&str> = vec![];
    for name in objects.iter().filter(|object| is_milvus(object)).filter_map(instance) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut found: Vec<Rendered> =
        names.into_iter().filter_map(|name| Rendered::new(name, objects, namespace)).collect();
    if let [alone] = found.as_mut_slice() {
        // Not every object bears a label.
        alone.objects = objects.to_vec();
    }
    found
}

impl Rendered {
    /// Nothing where no Deployment of it runs Milvus.
    fn new(name: &str, objects: &[Resource], namespace: &str) -> Option<Self> {
        let labelled = objects.iter().filter(|object| instance(object) == Some(name));
        let mut own: Vec<&Resource> = labelled.collect();
        let parts: Vec<(Component, &Resource)> = own.iter().filter_map(|object| part(object)).collect();
        let maps = configurations(parts.iter().map(|(_, object)| *object));
        let is_read = |object: &&Resource| object.kind == "ConfigMap" && maps.contains(&object.name.as_str());
        own.extend(objects.iter().filter(is_read));
        let (_, chart) = parts.iter().find_map(|(_, object)| chart_of(object))?;
        let said = parts.iter().map(|(_, object)| object.namespace.as_str()).find(|it| !it.is_empty());
        let namespace = said.unwrap_or(namespace);
        let bodies: Vec<Json> = own.iter().map(|object| object.object.clone()).collect();
        let release = Release {
            revision: 0,
            status: Status::Deployed.to_string(),
            chart,
            updated: None,
            settings: settings(&parts, &own, message_queue_word(&bodies)),
            given: vec![],
            config: bodies
                .iter()
                .find_map(|object| object["data"]["user.yaml"].as_str())
                .map_or(Json::Null, user_config),
            earlier: vec![],
            kept_queue: None,
            etcd: etcd_place(&bodies),
            places: release_places(&bodies, namespace),
            objects: Part::Known(own.iter().map(|object| seen((*object).clone())).collect()),
            unready: Part::default(),
            repositories: Part::default(),
        };
        let namespace = said.map(str::to_owned);
        Some(Self { name: name.to_owned(), namespace, release, objects: own.into_iter().cloned().collect() })
    }
}

/// What the user lays over the configuration of Milvus, without what is secret in it; null where that is no YAML.
pub fn user_config(text: &str) -> Json {
    let mut config = yaml::read(text).map_or(Json::Null, |config| convert::to_json(&config));
    mask(&mut config);
    config
}

/// An object, before the cluster is asked for it.
pub fn seen(resource: Resource) -> ReleaseObject {
    ReleaseObject {
        claims: claims(&resource.object),
        is_kept: resource.object["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep",
        api_version: resource.api_version,
        kind: resource.kind,
        namespace: resource.namespace,
        name: resource.name,
        live_claims: None,
        served: None,
    }
}

/// The claims of a `StatefulSet`, in the order in which it has them.
pub fn claims(object: &Json) -> Vec<Claim> {
    let claims = object["spec"]["volumeClaimTemplates"].as_array();
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let claim = |claim: &Json| Claim {
        name: text(&claim["metadata"]["name"]).unwrap_or_default(),
        size: text(&claim["spec"]["resources"]["requests"]["storage"]).unwrap_or_default(),
        class: text(&claim["spec"]["storageClassName"]),
    };
    claims.into_iter().flatten().map(claim).collect()
}

impl Rendered {
    /// What applying it makes of the release that is there. What objects do not tell of its values is taken to stay; a chart
    /// that was rendered without a cluster could not look up the queue of a standalone, so that its objects decide it.
    #[must_use]
    pub fn over(self, before: Option<&Release>) -> Release {
        let mut after = self.release;
        for (key, value) in before.iter().flat_map(|before| &before.settings) {
            after.settings.entry(key.clone()).or_insert_with(|| value.clone());
        }
        after.given.push(STANDALONE_QUEUE.to_owned());
        after
    }
}

/// The values that made the objects, as far as these tell them.
fn settings(parts: &[(Component, &Resource)], objects: &[&Resource], queue: Option<String>) -> BTreeMap<String, Json> {
    let is_cluster = parts.iter().any(|(component, _)| *component != Component::Standalone);
    let mut settings = BTreeMap::from([("cluster.enabled".to_owned(), json!(is_cluster))]);
    let mut set = |key: String, value: Json| settings.insert(key, value);
    if let Some(image) = parts.iter().find_map(|(component, object)| image(*component, object)) {
        set("image.all.repository".to_owned(), image.repository().into());
        set("image.all.tag".to_owned(), image.tag().into());
    }
    for (component, section) in Release::switched() {
        set(format!("{section}.enabled"), parts.iter().any(|(part, _)| *part == component).into());
    }
    let sections: Vec<&str> = objects.iter().filter_map(|object| section(object)).collect();
    let has = |section: &str| sections.contains(&section);
    for section in SUBCHARTS {
        set(format!("{section}.enabled"), has(section).into());
    }
    let queue = queue.unwrap_or_default();
    if !is_cluster {
        set(STANDALONE_QUEUE.to_owned(), queue.clone().into());
    }
    // Woodpecker needs no pods of its own.
    set("woodpecker.enabled".to_owned(), json!(queue == "woodpecker"));
    set("streaming.woodpecker.embedded".to_owned(), json!(!has("woodpecker")));
    set("externalPulsar.enabled".to_owned(), json!(queue == "pulsar" && !has("pulsar") && !has("pulsarv3")));
    set("externalKafka.enabled".to_owned(), json!(queue == "kafka" && !has("kafka")));
    settings
}

/// The chart that made an object, and its version.
fn chart_of(object: &Resource) -> Option<(&str, Version)> {
    let (chart, version) = label(object, CHART)?.rsplit_once('-')?;
    Some((chart, version.replace('_', "+").parse().ok()?))
}

/// The section among the values of the chart milvus that switches on what made this object: a chart in it calls itself by
/// its alias. Only what runs tells it.
fn section(object: &Resource) -> Option<&'static str> {
    let runs = matches!(object.kind.as_str(), "Deployment" | "StatefulSet");
    let (chart, _) = chart_of(object).filter(|_| runs)?;
    SUBCHARTS.into_iter().find(|section| *section == chart)
}

fn is_milvus(object: &Resource) -> bool {
    chart_of(object).is_some_and(|(chart, _)| chart == "milvus")
}

/// The component of Milvus that a Deployment runs.
fn part(object: &Resource) -> Option<(Component, &Resource)> {
    let is_part = object.kind == "Deployment" && is_milvus(object);
    let component = label(object, ["app.kubernetes.io/component", "component"]).filter(|_| is_part)?;
    Some((Component::of_label(component)?, object))
}

/// The names of the `ConfigMap`s that the pods of Milvus read.
pub fn configuration_maps(objects: &[Resource]) -> Vec<&str> {
    configurations(objects.iter().filter(|object| part(object).is_some()))
}

/// The names of the `ConfigMap`s that pods read. The chart puts no label on the one with the configuration.
fn configurations<'a>(parts: impl Iterator<Item = &'a Resource>) -> Vec<&'a str> {
    let volumes = parts.filter_map(|object| object.object.pointer("/spec/template/spec/volumes")?.as_array()).flatten();
    let mut names: Vec<&str> = volumes.filter_map(|volume| volume["configMap"]["name"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn image(component: Component, object: &Resource) -> Option<Image> {
    let containers = object.object.pointer("/spec/template/spec/containers")?.as_array()?;
    let own = containers.iter().find(|container| container["name"] == component.label());
    own.or(containers.first())?["image"].as_str()?.parse().ok()
}

fn instance(object: &Resource) -> Option<&str> {
    label(object, INSTANCE_LABELS)
}

fn label<'a>(object: &'a Resource, names: [&str; 2]) -> Option<&'a str> {
    let labels = &object.object["metadata"]["labels"];
    names.into_iter().find_map(|name| labels[name].as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Rendered, rendered, user_config};
    use crate::{
        helm::resource,
        milvus::{Component, MessageQueue, Mode},
    };

    const CLUSTER: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: my-milvus}
data:
  default.yaml: |
    etcd: {endpoints: [my-etcd-0.my-etcd-headless.vec.svc.cluster.local:2379]}
    mq: {type: pulsar}
    pulsar: {address: my-pulsar-proxy, port: 6650}
  user.yaml: |
    common: {security: {defaultRootPassword: planted}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: my-milvus-proxy, namespace: vec, labels: {app.kubernetes.io/instance: my, component: proxy, helm.sh/chart: milvus-4.2.33}}
spec:
  template:
    spec:
      containers: [{name: proxy, image: "r.local/milvus:v2.5.1"}]
      volumes: [{name: tools, emptyDir: {}}, {name: milvus-config, configMap: {name: my-milvus}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: my-milvus-mixcoord, namespace: vec, labels: {app.kubernetes.io/instance: my, component: mixcoord, helm.sh/chart: milvus-4.2.33}}
spec: {template: {spec: {containers: [{name: mixcoord, image: "r.local/milvus:v2.5.1"}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: my-etcd, labels: {app.kubernetes.io/instance: my, helm.sh/chart: etcd-6.3.3}}
spec: {volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: 10Gi}}}}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: my-pulsar-broker, labels: {app: pulsar, release: my, chart: pulsarv3-3.3.0}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: without-labels}
"#;

    fn of(text: &str) -> Vec<Rendered> {
        rendered(&resource::read(text).expect("objects"), "default")
    }

    #[test]
    fn the_objects_of_a_chart_tell_what_made_them() {
        let [Rendered { name, namespace, release, objects }] = &of(CLUSTER)[..] else { panic!("one release") };
        assert_eq!((name.as_str(), namespace.as_deref(), objects.len()), ("my", Some("vec"), 6));
        assert_eq!((release.chart.to_string(), release.is_recorded()), ("4.2.33".to_owned(), false));
        assert_eq!(release.image().map(|image| image.to_string()).as_deref(), Some("r.local/milvus:v2.5.1"));
        assert_eq!((release.mode(), release.message_queue()), (Mode::Cluster, Some(MessageQueue::Pulsar)));
        assert_eq!(release.queue_switch(), Some("pulsarv3.enabled"));
        assert!(release.components().contains(&Component::MixCoord) && release.is_on("etcd.enabled"));
        assert!(!release.is_on("streaming.enabled") && !release.is_on("rootCoordinator.enabled"));
        assert!(release.places.iter().any(|place| place.contains("my-pulsar-proxy.vec")), "{:?}", release.places);
        assert!(!release.config.to_string().contains("planted"), "{}", release.config);
        let claims =
            release.objects.known().and_then(|all| all.iter().find(|it| it.name == "my-etcd")).map(|it| &it.claims);
        assert_eq!(claims.map(|claims| claims[0].size.as_str()), Some("10Gi"));
    }

    #[test]
    fn a_queue_without_pods_is_somebody_else_s_and_a_standalone_has_its_own() {
        let without_pulsar = CLUSTER.replace("chart: pulsarv3-3.3.0", "chart: other-1.0.0");
        assert_eq!(of(&without_pulsar)[0].release.queue_switch(), Some("externalPulsar.enabled"));
        let standalone = CLUSTER
            .replace("component: proxy", "component: standalone")
            .replace("component: mixcoord", "component: attu");
        let silent =
            standalone.replace("    mq: {type: pulsar}\n    pulsar: {address: my-pulsar-proxy, port: 6650}\n", "");
        let release = &of(&silent)[0].release;
        assert_eq!((release.mode(), release.message_queue()), (Mode::Standalone, Some(MessageQueue::Rocksmq)));
        assert_eq!(release.settings["standalone.messageQueue"], json!("rocksmq"));
    }

    #[test]
    fn what_no_chart_of_milvus_made_is_no_release() {
        assert!(of(&CLUSTER.replace("chart: milvus-4", "chart: other-4")).is_empty());
        assert!(of("kind: Milvus\napiVersion: milvus.io/v1beta1\nmetadata: {name: a}").is_empty());
        let two = CLUSTER
            .replace("my-milvus", "other")
            .replace("instance: my,", "instance: other,")
            .replace("release: my", "release: other");
        let both = of(&format!("{CLUSTER}---\n{two}"));
        let names: Vec<_> = both.iter().map(|it| (it.name.as_str(), it.objects.len())).collect();
        assert_eq!(names, [("my", 5), ("other", 5)], "what bears no label is of nobody");
    }

    #[test]
    fn the_users_configuration_is_read_without_its_secrets() {
        let text = "common:\n  security:\n    authorizationEnabled: true\n    defaultRootPassword: planted\n";
        let config = user_config(text);
        assert_eq!(config["common"]["security"]["authorizationEnabled"], true);
        assert!(!config.to_string().contains("planted"), "{config}");
        assert_eq!(user_config("a: [b"), json!(null));
        assert_eq!(user_config(""), json!(null));
    }
}
