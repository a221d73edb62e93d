//! The operator as something that is itself upgraded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{IMAGE, Operator, Part, Release, Snapshot, Workload, operator, time};
use crate::snapshot::{
    DEFINITIONS, OperatorDeployment, OperatorPod, OperatorScene, Rest, Schema, Surroundings, Watched, WatchedPod,
};

/// The image of the operator that the sample runs.
pub(crate) const OLD_OPERATOR: &str = "milvusdb/milvus-operator:v1.3.0";

/// `operator/milvus-operator`: chart 1.3.7 with `image.tag` pinned at `version`, watching `milvus/prod` in `vec`, whose
/// etcd is external.
pub(crate) fn operator_release(version: &str) -> Snapshot {
    let settings = BTreeMap::from([
        ("image.repository".to_owned(), json!("milvusdb/milvus-operator")),
        ("image.tag".to_owned(), json!(format!("v{version}"))),
        ("installCRDs".to_owned(), json!(true)),
    ]);
    let release = Release {
        revision: 2,
        status: "deployed".to_owned(),
        chart: "1.3.7".parse().expect("a version"),
        updated: Some(time("2026-08-19T08:00:00Z")),
        settings,
        given: vec!["image.tag".to_owned()],
        config: serde_json::Value::Null,
        earlier: vec![],
        kept_queue: None,
        etcd: None,
        places: vec![],
        repositories: Part::default(),
        objects: Part::Known(vec![]),
        unready: Part::Known(vec![]),
    };
    let scene = scene(version);
    Snapshot {
        kubernetes: Part::Known("v1.36.3".into()),
        milvus: scene.as_resource(Some(&release)),
        release: Some(release),
        operator_scene: Some(scene),
        migration_scene: None,
        pulsar_scene: None,
        operators: Part::Known(vec![]),
        definition: Part::default(),
        workload: Workload {
            taken: time("2026-08-20T10:42:00Z"),
            deployments: Part::Known(vec![]),
            pods: Part::Known(vec![]),
            events: Part::Known(vec![]),
            autoscalers: Part::Known(vec![]),
            nodes: Part::Known(vec![]),
        },
        etcd_chart: Part::default(),
        may_patch: Part::default(),
        surroundings: Surroundings::default(),
        unrecordable: Part::Known(vec![]),
        unwatchable: Part::default(),
    }
}

/// The same from a manifest: Helm knows no release of it.
pub(crate) fn operator_manifest(version: &str) -> Snapshot {
    let mut snapshot = operator_release(version);
    snapshot.release = None;
    let scene = snapshot.operator_scene.as_mut().expect("a scene");
    scene.declared.clear();
    snapshot.milvus = scene.as_resource(None);
    snapshot
}

fn scene(version: &str) -> OperatorScene {
    let image = format!("milvusdb/milvus-operator:v{version}");
    let definitions: Vec<Schema> = DEFINITIONS
        .into_iter()
        .map(|name| Schema {
            name: name.to_owned(),
            established: true,
            fields: BTreeSet::from(["v1beta1:spec".to_owned()]),
        })
        .collect();
    OperatorScene {
        deployment: OperatorDeployment {
            operator: Operator { image: image.clone(), version: version.parse().ok(), ..operator() },
            uid: "6b1f0c7e-0000-4000-8000-000000000002".to_owned(),
            instance: Some("milvus-operator".to_owned()),
            labels: BTreeMap::from([("app.kubernetes.io/managed-by".to_owned(), "Helm".to_owned())]),
            annotations: BTreeMap::new(),
            awaits: None,
            gave_up: false,
            rolled_out: Some(time("2026-08-19T08:01:00Z")),
        },
        pods: Part::Known(vec![OperatorPod { name: "milvus-operator-1".to_owned(), image, trouble: None }]),
        declared: definitions.clone(),
        definitions: Part::Known(definitions),
        milvuses: Part::Known(vec![watched("prod")]),
        milvus_pods: Part::Known(vec![watched_pod("prod", "proxy", 1), watched_pod("prod", "mixcoord", 2)]),
    }
}

/// `milvus/NAME` in `vec`, healthy.
pub(crate) fn watched(name: &str) -> Watched {
    Watched {
        namespace: "vec".to_owned(),
        name: name.to_owned(),
        image: Some(IMAGE.to_owned()),
        current_image: Some(IMAGE.to_owned()),
        version: "2.5.22".parse().ok(),
        generation: 3,
        observed_generation: 3,
        rest: Rest::AtRest,
        update_tool_image: false,
        owns_etcd: false,
    }
}

/// A pod of `milvus/INSTANCE` in `vec`.
pub(crate) fn watched_pod(instance: &str, component: &str, uid: u32) -> WatchedPod {
    WatchedPod {
        namespace: "vec".to_owned(),
        name: format!("{instance}-milvus-{component}-{uid}"),
        uid: uid.to_string(),
        instance: instance.to_owned(),
        component: component.to_owned(),
        images: vec![IMAGE.to_owned(), "milvusdb/milvus-operator:v1.3.0".to_owned()],
        restarts: 0,
        exit: None,
        ends: false,
    }
}
