use serde_json::{Value, json};

use crate::{
    check::{Direction, Ground, Target},
    knowledge::Knowledge,
    plan::{Plan, Rewritten, plan_upgrade},
    snapshot::{
        Part, Snapshot,
        sample::{healthy_cluster, remove, separate_coordinators, set, standalone},
    },
};

fn target(image: &str) -> Target {
    let image: crate::milvus::Image = image.parse().expect("an image");
    Target::new(image.version().expect("a version"), image)
}

fn planned(snapshot: &Snapshot, target: &Target) -> (Plan, Rewritten) {
    let ground = Ground { snapshot, target: Some(target), knowledge: Knowledge::builtin() };
    let plan = plan_upgrade(&ground, target);
    let rewritten = plan.rewritten(&ground).expect("a resource");
    (plan, rewritten)
}

/// `what | how | why` of what differs, and of what stays where `all`.
fn rows(snapshot: &Snapshot, target: &Target, all: bool) -> Vec<String> {
    let (plan, _) = planned(snapshot, target);
    let told = plan.changes.iter().filter(|change| all || !change.is_same());
    told.map(|change| format!("{} | {} | {}", change.what, change.how, change.why)).collect()
}

/// `path=new` of what the operator writes.
fn by_operator(snapshot: &Snapshot, target: &Target) -> Vec<String> {
    let fields = planned(snapshot, target).1.by_operator;
    fields.iter().map(|it| format!("{}={}", it.path.join("."), it.new.clone().unwrap_or_default())).collect()
}

#[test]
fn into_2_6_the_operator_adds_takes_and_says_so() {
    let mut snapshot = healthy_cluster();
    if let Part::Known(definition) = &mut snapshot.definition {
        definition.component_fields.push("streamingMode".into());
    }
    let target = target("milvusdb/milvus:v2.6.6");
    insta::assert_snapshot!(rows(&snapshot, &target, false).join("\n"), @"
    image | milvusdb/milvus:v2.5.22 -> v2.6.6 | 5 components
    indexnode | removed | its work moves to datanode
    streamingnode | new, 1 replica | required by 2.6
    streaming mode | false -> true | 
    ");
    assert_eq!(
        by_operator(&snapshot, &target),
        [
            "spec.components.indexNode=null",
            "spec.components.streamingMode=true",
            "spec.components.streamingNode={\"replicas\":1}"
        ]
    );
    let (_, text) = planned(&snapshot, &target);
    assert_eq!(text.after.pointer("/spec/components/indexNode"), None);
    assert_eq!(text.after["spec"]["components"]["streamingNode"], json!({"replicas": 1}));
    assert_eq!(text.before["spec"]["components"]["image"], "milvusdb/milvus:v2.5.22");
}

#[test]
fn within_a_line_everything_but_the_image_stays_and_is_named() {
    let snapshot = healthy_cluster();
    let target = target("milvusdb/milvus:v2.5.27");
    insta::assert_snapshot!(rows(&snapshot, &target, true).join("\n"), @"
    image | milvusdb/milvus:v2.5.22 -> v2.5.27 | 5 components
    message queue | kafka | stays
    replicas | indexnode 1, mixcoord 2, querynode 2, datanode 1, proxy 2 | stays
    mode | cluster | stays
    update mode | rollingUpgrade | stays
    etcd | in the cluster | stays
    root path of etcd | prod | stays
    object storage | MinIO, in the cluster | stays
    bucket | prod | stays
    root path of files | files | stays
    messages kept | in the cluster | stays
    channel prefix | prod | stays
    volume claims | etcd Retain, storage Retain | stays
    init container config | milvusdb/milvus-operator:v1.3.7 | stays
    ");
    assert_eq!(by_operator(&snapshot, &target), [""; 0]);
}

#[test]
fn four_coordinators_become_one() {
    let found = rows(&separate_coordinators(), &target("milvusdb/milvus:v2.6.6"), false);
    let coordinators: Vec<&String> = found.iter().filter(|row| row.contains("coord")).collect();
    assert_eq!(
        coordinators,
        [
            "mixcoord | new, 1 replica | required by 2.6",
            "rootcoord | removed | its work moves to mixcoord",
            "datacoord | removed | its work moves to mixcoord",
            "indexcoord | removed | its work moves to mixcoord",
            "querycoord | removed | its work moves to mixcoord",
        ]
    );
}

#[test]
fn a_queue_that_nobody_named_is_written_down_and_said() {
    let mut snapshot = standalone();
    remove(&mut snapshot.milvus.spec, "/dependencies/msgStreamType");
    let into = target("milvusdb/milvus:v2.6.6");
    let found = rows(&snapshot, &into, true);
    let wanted = "message queue | rocksmq | stays, and is written down: woodpecker would be chosen else";
    assert!(found.contains(&wanted.to_owned()), "{found:?}");
    let (_, text) = planned(&snapshot, &into);
    assert_eq!(text.before.pointer("/spec/dependencies/msgStreamType"), None);
    assert_eq!(text.after["spec"]["dependencies"]["msgStreamType"], "rocksmq");
}

#[test]
fn back_from_2_6_the_index_node_comes_again() {
    let mut snapshot = healthy_cluster();
    set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.6"));
    set(&mut snapshot.milvus.spec, "/components/streamingNode", json!({"replicas": 1}));
    remove(&mut snapshot.milvus.spec, "/components/indexNode");
    if let Part::Known(deployments) = &mut snapshot.workload.deployments {
        deployments.retain(|found| found.component != crate::milvus::Component::IndexNode);
    }
    let back = Target { direction: Direction::Back, ..target("milvusdb/milvus:v2.5.22") };
    let found = rows(&snapshot, &back, false);
    assert!(found.contains(&"streamingnode | removed | 2.5 has none".to_owned()), "{found:?}");
    assert!(
        found.contains(&"indexnode | new, 1 replica | the operator adds it where nobody says 0".to_owned()),
        "{found:?}"
    );
}

#[test]
fn the_tool_of_the_pods_follows_the_operator_only_where_that_is_asked() {
    let mut snapshot = healthy_cluster();
    if let Part::Known(deployments) = &mut snapshot.workload.deployments {
        for found in deployments {
            found.config_image = "milvusdb/milvus-operator:v1.2.8".into();
        }
    }
    let target = target("milvusdb/milvus:v2.5.27");
    let tool = |snapshot: &Snapshot| rows(snapshot, &target, true).into_iter().find(|row| row.starts_with("init"));
    assert_eq!(tool(&snapshot).as_deref(), Some("init container config | milvusdb/milvus-operator:v1.2.8 | stays"));
    set(&mut snapshot.milvus.spec, "/components/updateToolImage", json!(true));
    assert_eq!(
        tool(&snapshot).as_deref(),
        Some(
            "init container config | milvusdb/milvus-operator:v1.2.8 -> milvusdb/milvus-operator:v1.3.7 | \
             updateToolImage is true"
        )
    );
}

#[test]
fn the_text_is_what_people_write_and_keeps_no_notes_of_the_operator() {
    let mut snapshot = healthy_cluster();
    snapshot.milvus.labels.insert("team".into(), "search".into());
    snapshot.milvus.annotations.insert("milvus.io/maintaining".into(), "true".into());
    set(&mut snapshot.milvus.spec, "/components/probes", Value::Null);
    let (_, text) = planned(&snapshot, &target("milvusdb/milvus:v2.5.27"));
    assert_eq!(
        text.after["metadata"],
        json!({"name": "prod", "namespace": "vec", "labels": {"team": "search"}, "annotations": {"milvus.io/maintaining": "true"}})
    );
    assert!(text.after["spec"]["components"].get("probes").is_none() && text.after.get("status").is_none());
}
