//! Something is under way, paused or broken already.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{CLUSTER, bent, check};

const NEW: &str = "milvusdb/milvus:v2.5.27";

/// A roll to 2.5.27 that has come to the query nodes: mixcoord is new, the proxy is old.
fn half_way(snapshot: &mut Value) {
    snapshot["milvus"]["spec"]["components"]["image"] = NEW.into();
    let conditions = snapshot["milvus"]["status"]["conditions"].as_array_mut().expect("conditions");
    let updated = conditions.iter_mut().find(|condition| condition["type"] == "MilvusUpdated").expect("one");
    (updated["status"], updated["reason"]) = ("False".into(), "MilvusComponentsUpdating".into());
    for part in ["deployments", "pods"] {
        for object in snapshot[part]["known"].as_array_mut().expect("a list") {
            if object["component"] == "mixcoord" {
                object["image"] = NEW.into();
            }
        }
    }
}

#[test]
fn a_roll_that_is_half_way_is_gone_on_with() {
    assert_snapshot!(check(&bent(CLUSTER, half_way), "2.5.27"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Ready for 2.5.27
      42 rules passed, 71 do not apply

    Next:  kubectl milvus upgrade my-release -n default --to 2.5.27 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn a_roll_that_is_half_way_goes_elsewhere() {
    assert_snapshot!(check(&bent(CLUSTER, half_way), "2.5.26"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.26: 1 question to answer

      question  MV0406  a roll is not finished; the resource asks for milvusdb/milvus:v2.5.27
                seen    milvus/my-release in default, status.conditions MilvusUpdated: False MilvusComponentsUpdating: Milvus components are all updated
                fix     kubectl milvus status my-release -n default --watch
                more    kubectl milvus explain MV0406

      warning   MV0114  2.5.26 has CVE-2026-26190

    Next:  kubectl milvus status my-release -n default --watch
    --- stderr
    ");
}

#[test]
fn the_operator_was_told_to_leave_it_alone() {
    let file = bent(CLUSTER, |snapshot| {
        snapshot["milvus"]["annotations"]["milvus.io/pause-reconcile"] = "true".into();
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 problem

      problem  MV0401  the operator was told to ignore this resource: no change has any effect
               seen    milvus/my-release in default, metadata.annotations.milvus.io/pause-reconcile: true
               fix     kubectl -n default annotate milvus my-release milvus.io/pause-reconcile-
               more    kubectl milvus explain MV0401
    --- stderr
    ");
}

#[test]
fn a_component_is_paused() {
    let file = bent(CLUSTER, |snapshot| {
        snapshot["milvus"]["spec"]["components"]["queryNode"]["paused"] = true.into();
    });
    assert_snapshot!(check(&file, "2.5.27"), @r#"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 problem

      problem  MV0402  a paused component does not move, and those after it wait for ever
               seen    milvus/my-release in default, spec.components.queryNode.paused: true
               fix     kubectl -n default patch milvus my-release --type=merge -p '{"spec":{"components":{"queryNode":{"paused":false}}}}'
               more    kubectl milvus explain MV0402
    --- stderr
    "#);
}

#[test]
fn the_message_queue_does_not_answer() {
    let file = bent(CLUSTER, |snapshot| {
        let conditions = snapshot["milvus"]["status"]["conditions"].as_array_mut().expect("conditions");
        let ready = conditions.iter_mut().find(|condition| condition["type"] == "MsgStreamReady").expect("one");
        (ready["status"], ready["reason"]) = ("False".into(), "MsgStreamNotReady".into());
        snapshot["milvus"]["status"]["status"] = "Unhealthy".into();
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 problem, 1 question to answer

      problem   MV0207  MsgStreamReady not true: the operator does not touch the components
                seen    milvus/my-release in default, status.conditions MsgStreamReady: False MsgStreamNotReady
                fix     kubectl milvus status my-release -n default
                more    kubectl milvus explain MV0207

      question  MV0405  Milvus is unhealthy
                seen    milvus/my-release in default, status.status: Unhealthy
                        status.conditions MilvusReady: True ReasonMilvusHealthy: All Milvus components are healthy
                fix     kubectl milvus status my-release -n default
                more    kubectl milvus explain MV0405

    Next:  kubectl milvus status my-release -n default
    --- stderr
    ");
}

#[test]
fn the_operator_is_away() {
    let file = bent(CLUSTER, |snapshot| snapshot["operators"] = json!({"known": []}));
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, Kubernetes 1.36

    Not ready for 2.5.27: 1 problem

      problem  MV0202  no Milvus operator was found in the cluster: nobody would act on a change
               seen    milvus/my-release in default, deployments with app.kubernetes.io/name=milvus-operator in all namespaces: none
               fix     kubectl get deployments -A | grep milvus-operator   and install it where there is none
               more    kubectl milvus explain MV0202
    --- stderr
    ");
}
