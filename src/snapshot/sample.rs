//! Snapshots that tests start from and bend: instances in the best of health.

mod migration;
mod operator_itself;
mod pulsar;
mod surrounding;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Condition, Container, Definition, Deployment, FieldManager, Node, Operator, Part, Pod, Quantities};
use super::{Release, Resource, Snapshot, Workload};
use crate::milvus::{Component, Mode};
pub(crate) use migration::{before_2_2, half_way, release_before_2_2, stop, with_migration};
pub(crate) use operator_itself::{OLD_OPERATOR, operator_manifest, operator_release, watched, watched_pod};
pub(crate) use pulsar::{on_pulsar_2, on_pulsar_3, release_on_pulsar_2, scene as pulsar_scene};

/// The image that the samples run.
pub(crate) const IMAGE: &str = "milvusdb/milvus:v2.5.22";

/// `milvus/prod` in `vec`: a cluster 2.5.22 with mixcoord and Kafka, rolled out by operator 1.3.7.
pub(crate) fn healthy_cluster() -> Snapshot {
    let components = [
        (Component::MixCoord, 2),
        (Component::QueryNode, 2),
        (Component::DataNode, 1),
        (Component::IndexNode, 1),
        (Component::Proxy, 2),
    ];
    instance("prod", Mode::Cluster, "kafka", &components)
}

/// The same with the four coordinators apart.
pub(crate) fn separate_coordinators() -> Snapshot {
    let components = [
        (Component::RootCoord, 1),
        (Component::DataCoord, 1),
        (Component::IndexCoord, 1),
        (Component::QueryCoord, 1),
        (Component::QueryNode, 2),
        (Component::DataNode, 1),
        (Component::IndexNode, 1),
        (Component::Proxy, 2),
    ];
    instance("prod", Mode::Cluster, "kafka", &components)
}

/// `milvus/demo` in `vec`: a standalone 2.5.22 on `RocksMQ`, by operator 1.3.7.
pub(crate) fn standalone() -> Snapshot {
    instance("demo", Mode::Standalone, "rocksmq", &[(Component::Standalone, 1)])
}

/// Sets the value at `path` (a JSON pointer), making the objects on the way.
pub(crate) fn set(document: &mut Value, path: &str, value: Value) {
    let mut place = document;
    for key in path.split('/').skip(1) {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[key];
    }
    *place = value;
}

/// Removes the field at `path` (a JSON pointer), if it is there.
pub(crate) fn remove(document: &mut Value, path: &str) {
    let (parent, key) = path.rsplit_once('/').expect("a pointer starts with a slash");
    if let Some(fields) = document.pointer_mut(parent).and_then(Value::as_object_mut) {
        fields.shift_remove(key);
    }
}

/// Sets `status` of the resource's condition `kind`.
pub(crate) fn set_condition(snapshot: &mut Snapshot, kind: &str, status: &str, reason: &str) {
    let conditions = snapshot.milvus.status["conditions"].as_array_mut().expect("samples have conditions");
    conditions.retain(|condition| condition["type"] != kind);
    conditions.push(json!({"type": kind, "status": status, "reason": reason, "message": ""}));
}

/// The resource and all Deployments and pods at another image, wholly rolled out.
pub(crate) fn run_image(snapshot: &mut Snapshot, image: &str) {
    set(&mut snapshot.milvus.spec, "/components/image", json!(image));
    set(&mut snapshot.milvus.status, "/currentImage", json!(image));
    let looked = snapshot.milvus.status["componentsDeployStatus"].as_object_mut().into_iter().flatten();
    looked.for_each(|(_, entry)| entry["image"] = json!(image));
    if let Part::Known(deployments) = &mut snapshot.workload.deployments {
        for deployment in deployments.iter_mut().filter(|deployment| !deployment.is_idle()) {
            deployment.image = image.into();
        }
    }
    if let Part::Known(pods) = &mut snapshot.workload.pods {
        for pod in pods {
            pod.image = image.into();
        }
    }
}

fn instance(name: &str, mode: Mode, queue: &str, components: &[(Component, i64)]) -> Snapshot {
    let mut deployments = Vec::new();
    let mut pods = Vec::new();
    for (component, replicas) in components.iter().copied() {
        if component == Component::QueryNode {
            let mut idle = deployment(name, component, "-1", 0);
            idle.image = "milvusdb/milvus:v2.5.16".into();
            deployments.extend([deployment(name, component, "-0", replicas), idle]);
            pods.extend((0..replicas).map(|index| pod(name, component, "-0", index)));
        } else {
            deployments.push(deployment(name, component, "", replicas));
            pods.extend((0..replicas).map(|index| pod(name, component, "", index)));
        }
    }
    Snapshot {
        kubernetes: Part::Known("v1.36.3".into()),
        milvus: resource(name, mode, queue, components),
        operators: Part::Known(vec![operator()]),
        definition: Part::Known(definition()),
        workload: Workload {
            taken: time("2026-08-20T10:42:00Z"),
            deployments: Part::Known(deployments),
            pods: Part::Known(pods),
            events: Part::Known(vec![]),
            autoscalers: Part::Known(vec![]),
            nodes: Part::Known((0..3).map(node).collect()),
        },
        release: None,
        operator_scene: None,
        migration_scene: None,
        pulsar_scene: None,
        etcd_chart: Part::Known(Some("6.3.3".into())),
        may_patch: Part::Known(true),
        unwatchable: Part::Known(vec![]),
        unrecordable: Part::Known(vec![]),
        surroundings: surrounding::surroundings(name, queue),
    }
}

fn resource(name: &str, mode: Mode, queue: &str, components: &[(Component, i64)]) -> Resource {
    let mut sections = json!({
        "image": IMAGE,
        "imageUpdateMode": "rollingUpgrade",
        "enableRollingUpdate": mode == Mode::Cluster,
        "updateConfigMapOnly": true,
        "rollingMode": 2,
    });
    let mut deployed = json!({});
    for (component, replicas) in components {
        sections[component.spec_key()] = json!({"replicas": replicas});
        deployed[component.label()] = json!({"generation": 1, "image": IMAGE, "status": {"observedGeneration": 1, "updatedReplicas": replicas, "availableReplicas": replicas}});
    }
    let conditions: Vec<Value> = [
        ("EtcdReady", "EtcdReady"),
        ("StorageReady", "StorageReady"),
        ("MsgStreamReady", "MsgStreamReady"),
        ("MilvusReady", "ReasonMilvusHealthy"),
        ("MilvusUpdated", "MilvusComponentsUpdated"),
    ]
    .into_iter()
    .map(|(kind, reason)| json!({"type": kind, "status": "True", "reason": reason, "message": ""}))
    .collect();
    Resource {
        is_release: false,
        is_operator: false,
        namespace: "vec".into(),
        name: name.into(),
        uid: "6b1f0c7e-0000-4000-8000-000000000001".into(),
        resource_version: "4711".into(),
        generation: 3,
        created: Some(time("2026-07-10T08:00:00Z")),
        deleted: None,
        labels: BTreeMap::from([("milvus.io/operator-version".to_owned(), "1.3.7".to_owned())]),
        annotations: BTreeMap::from([("milvus.io/querynode-current-group-id".to_owned(), "0".to_owned())]),
        owners: vec![],
        managers: vec![FieldManager {
            name: "kubectl-client-side-apply".into(),
            operation: "Update".into(),
            owns_image: true,
        }],
        spec: json!({
            "mode": mode.to_string(),
            "components": sections,
            "config": {},
            "dependencies": {
                "msgStreamType": queue,
                "etcd": {"inCluster": {"deletionPolicy": "Retain"}},
                "storage": {"type": "MinIO", "inCluster": {"deletionPolicy": "Retain"}},
            },
        }),
        status: json!({
            "status": "Healthy",
            "observedGeneration": 3,
            "currentImage": IMAGE,
            "conditions": conditions,
            "componentsDeployStatus": deployed,
        }),
    }
}

/// A Deployment as the operator names and labels it, complete.
pub(crate) fn deployment(instance: &str, component: Component, twin: &str, replicas: i64) -> Deployment {
    let mut labels = BTreeMap::from([
        ("app.kubernetes.io/instance".to_owned(), instance.to_owned()),
        ("app.kubernetes.io/name".to_owned(), "milvus".to_owned()),
        ("app.kubernetes.io/managed-by".to_owned(), "milvus-operator".to_owned()),
        ("app.kubernetes.io/component".to_owned(), component.label().to_owned()),
    ]);
    if let Some(group) = twin.strip_prefix('-') {
        labels.insert(format!("milvus.io/{component}-group-id"), group.to_owned());
    }
    Deployment {
        name: format!("{instance}-milvus-{component}{twin}"),
        component,
        image: IMAGE.into(),
        config_image: "milvusdb/milvus-operator:v1.3.7".into(),
        wanted: replicas,
        running: replicas,
        updated: replicas,
        ready: replicas,
        available: replicas,
        generation: 1,
        observed_generation: 1,
        paused: false,
        requests: requests(component),
        limits: requests(component),
        strategy: "RollingUpdate".into(),
        claims: vec![],
        pull_secrets: vec![],
        node_selector: BTreeMap::new(),
        annotations: BTreeMap::new(),
        managers: vec![],
        labels,
        conditions: vec![
            condition("Available", "MinimumReplicasAvailable"),
            condition("Progressing", "NewReplicaSetAvailable"),
        ],
        created: Some(time("2026-07-10T08:01:00Z")),
    }
}

/// A pod that is ready.
pub(crate) fn pod(instance: &str, component: Component, twin: &str, index: i64) -> Pod {
    Pod {
        name: format!("{instance}-milvus-{component}{twin}-7d9f5c6b8-x{index}k2z"),
        component,
        image: IMAGE.into(),
        phase: "Running".into(),
        ready: true,
        created: Some(time("2026-07-10T08:02:00Z")),
        deleted: None,
        grace_seconds: None,
        node: Some(format!("node-{}", index % 3)),
        requests: requests(component),
        constraint: None,
        conditions: vec![condition("Ready", "")],
        containers: vec![container("config"), container(component.label())],
    }
}

/// Operator 1.3.7, ready, looking after every namespace.
pub(crate) fn operator() -> Operator {
    Operator {
        account: "milvus-operator".into(),
        lacks: Part::Known(vec![]),
        namespace: "milvus-operator".into(),
        name: "milvus-operator".into(),
        image: "milvusdb/milvus-operator:v1.3.7".into(),
        version: Some(semver::Version::new(1, 3, 7)),
        ready: 1,
        watch_namespaces: None,
        stopped_reconcilers: vec![],
    }
}

fn definition() -> Definition {
    let fields = ["image", "version", "imageUpdateMode", "enableRollingUpdate", "rollingMode", "mixCoord"];
    Definition {
        served: vec!["v1alpha1".into(), "v1beta1".into()],
        stored: vec!["v1beta1".into()],
        conversion: "None".into(),
        converter: None,
        component_fields: fields.into_iter().map(str::to_owned).collect(),
    }
}

fn node(index: usize) -> Node {
    Node {
        name: format!("node-{index}"),
        labels: BTreeMap::new(),
        closed: false,
        allocatable: Quantities { cpu_milli: 16_000, memory: 64 << 30 },
        images: vec![],
    }
}

fn requests(component: Component) -> Quantities {
    match component {
        Component::QueryNode => Quantities { cpu_milli: 4_000, memory: 16 << 30 },
        _ => Quantities { cpu_milli: 1_000, memory: 2 << 30 },
    }
}

fn condition(kind: &str, reason: &str) -> Condition {
    Condition {
        kind: kind.into(),
        status: "True".into(),
        reason: reason.into(),
        message: String::new(),
        last_transition_time: Some(time("2026-07-10T08:05:00Z")),
    }
}

fn container(name: &str) -> Container {
    Container { name: name.into(), restarts: 0, waiting: None, message: None, exit_code: None, exit_reason: None }
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time of this file is well written")
}

/// A healthy Helm release of this chart with these values; a cluster or a standalone as they say.
pub(crate) fn release(chart: &str, settings: &Value) -> Snapshot {
    let release = Release {
        revision: 1,
        status: "deployed".into(),
        chart: chart.parse().expect("a version"),
        updated: Some(time("2026-08-20T10:00:00Z")),
        settings: serde_json::from_value(settings.clone()).expect("an object"),
        given: vec!["image.all.tag".into()],
        config: Value::Null,
        earlier: vec![],
        kept_queue: None,
        etcd: None,
        places: vec![],
        objects: super::Part::default(),
        unready: super::Part::default(),
        repositories: super::Part::default(),
    };
    let mut snapshot = if release.mode() == Mode::Cluster { healthy_cluster() } else { standalone() };
    let image = release.image().expect("a tag").to_string();
    if let Part::Known(deployments) = &mut snapshot.workload.deployments {
        for deployment in deployments {
            deployment.image.clone_from(&image);
        }
    }
    if let Part::Known(pods) = &mut snapshot.workload.pods {
        for pod in pods {
            pod.image.clone_from(&image);
        }
    }
    snapshot.milvus = release.as_resource("vec", "my", &snapshot.workload);
    snapshot.release = Some(release);
    snapshot.operators = Part::Known(vec![]);
    snapshot
}

#[cfg(test)]
mod tests {
    use super::{healthy_cluster, separate_coordinators, standalone};
    use crate::{
        milvus::{Component, MilvusVersion, Mode},
        snapshot::{Deployment, Pod},
    };

    #[test]
    fn the_samples_are_healthy_and_agree_with_themselves() {
        for (snapshot, mode) in [
            (healthy_cluster(), Mode::Cluster),
            (separate_coordinators(), Mode::Cluster),
            (standalone(), Mode::Standalone),
        ] {
            assert_eq!((snapshot.milvus.mode(), snapshot.milvus.health()), (mode, "Healthy"));
            assert_eq!(snapshot.milvus.current_version(), Some(MilvusVersion::new(2, 5, 22)));
            assert!(snapshot.workload.deployments().iter().all(Deployment::is_complete));
            let wanted: i64 = snapshot.workload.deployments().iter().map(|deployment| deployment.wanted).sum();
            let ready = snapshot.workload.pods().iter().filter(|pod: &&Pod| pod.ready).count();
            assert_eq!(usize::try_from(wanted), Ok(ready));
        }
        assert_eq!(separate_coordinators().milvus.separate_coordinators(), Component::SEPARATE_COORDINATORS);
    }

    #[test]
    fn a_snapshot_survives_being_written_and_read() {
        for snapshot in [healthy_cluster(), super::operator_release("1.3.0")] {
            let text = serde_json::to_string(&snapshot).expect("a snapshot can be written");
            let read: crate::snapshot::Snapshot = serde_json::from_str(&text).expect("and read again");
            assert_eq!(serde_json::to_string(&read).ok(), Some(text));
        }
    }
}
