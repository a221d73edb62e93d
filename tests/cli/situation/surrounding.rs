//! What lies around an instance: webhooks, volumes, quotas, registries, processors.

use insta::assert_snapshot;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{CLUSTER, at_version, bent, check, check_with, document, finding};

/// The cluster with these parts of its surroundings.
fn around(parts: &[(&str, Value)]) -> NamedTempFile {
    bent(CLUSTER, |snapshot| {
        for (part, value) in parts {
            snapshot["surroundings"][part] = json!({ "known": value });
        }
    })
}

/// A `StatefulSet` of a dependency.
fn set(part: &str, ready: i64, image: &str, claims: &Value) -> Value {
    json!({"name": format!("my-release-{part}"), "part": part, "wanted": 3, "ready": ready, "images": [image], "claims": claims})
}

#[test]
fn the_webhook_of_an_operator_that_is_gone() {
    let webhook = json!({
        "configuration": "validatingwebhookconfiguration/milvus-operator", "name": "vmilvus.kb.io",
        "askedAbout": ["milvuses"], "serviceNamespace": "old-operator", "service": "webhook-service",
    });
    let file = around(&[("webhooks", json!([webhook]))]);
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 problem

      problem  MV0211  the API server asks webhook-service about milvuses, and nobody is behind it: the write is refused
               seen    validatingwebhookconfiguration/milvus-operator, vmilvus.kb.io: failurePolicy Fail, asked about milvuses; service webhook-service in old-operator has no ready endpoint
               fix     bring it up: kubectl -n old-operator get endpointslices,pods; where it is a leftover: kubectl delete validatingwebhookconfiguration/milvus-operator
               more    kubectl milvus explain MV0211
    --- stderr
    ");
}

#[test]
fn two_operators_fight_over_a_namespace() {
    let file = bent(CLUSTER, |snapshot| {
        let mut other = snapshot["operators"]["known"][0].clone();
        (other["namespace"], other["image"]) = ("team".into(), "milvusdb/milvus-operator:v1.2.8".into());
        snapshot["operators"]["known"].as_array_mut().expect("a list").push(other);
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0213  2 operators look after default, and each undoes what the other does
                seen    milvus/my-release in default, deployment/milvus-operator in milvus-operator: milvusdb/milvus-operator:v1.3.7
                        deployment/milvus-operator in team: milvusdb/milvus-operator:v1.2.8
                fix     leave one of them, or give each its own namespaces with -watch-namespace
                more    kubectl milvus explain MV0213
    --- stderr
    ");
}

#[test]
fn etcd_has_lost_a_member_and_kafka_could_not_be_pulled_anew() {
    let claims = json!([{"name": "data", "size": "10Gi"}]);
    let sets = json!([
        set("etcd", 2, "milvusdb/etcd:3.5.18-r1", &claims),
        set("kafka", 3, "docker.io/bitnami/kafka:3.1.0-debian-10-r52", &claims),
    ]);
    let claim = |part: &str, pod: usize| json!({"name": format!("data-my-release-{part}-{pod}"), "phase": "Bound", "modes": ["ReadWriteOnce"]});
    let claims: Value = ["etcd", "kafka"].iter().flat_map(|part| (0..3).map(move |pod| claim(part, pod))).collect();
    assert_snapshot!(check(&around(&[("sets", sets), ("claims", claims)]), "2.5.27"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Ready for 2.5.27, with two things to know
      50 rules passed, 2 warnings, 61 do not apply

      warning  MV0304  statefulset/my-release-etcd has 2 of 3 pods ready; the next one that goes stops it
      warning  MV0308  a dependency runs from images that moved away: Bitnami took its versioned images away from docker.io/bitnami in 2025; pods that are scheduled anew cannot pull them

    Next:  kubectl milvus upgrade my-release -n default --to 2.5.27 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn a_volume_of_etcd_is_lost() {
    let sets = json!([set("etcd", 3, "milvusdb/etcd:3.5.18-r1", &json!([{"name": "data", "size": "10Gi"}]))]);
    let claim = |pod: usize, phase: &str| json!({"name": format!("data-my-release-etcd-{pod}"), "phase": phase, "modes": ["ReadWriteOnce"]});
    let claims = json!([claim(0, "Bound"), claim(1, "Lost")]);
    assert_snapshot!(check(&around(&[("sets", sets), ("claims", claims)]), "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0302  a volume is missing: a pod that starts anew waits, or starts with nothing
                seen    milvus/my-release in default, pvc/data-my-release-etcd-1: Lost; statefulset/my-release-etcd mounts it
                        pvc/data-my-release-etcd-2: not there, and statefulset/my-release-etcd mounts it
                fix     kubectl -n default get pvc,events
                more    kubectl milvus explain MV0302
    --- stderr
    ");
}

#[test]
fn staging_uses_the_root_path_of_production() {
    let places = ["etcd etcd.infra:2379/my-release", "files s3.infra:9000/my-release/files"];
    let sharing = json!([{"namespace": "staging", "name": "my-release", "places": places}]);
    assert_snapshot!(check(&around(&[("sharing", sharing)]), "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0305  milvus/my-release in staging keeps its data in the same place: each takes the other's for its own
                seen    milvus/my-release in default, milvus/my-release in staging: etcd etcd.infra:2379/my-release too
                        milvus/my-release in staging: files s3.infra:9000/my-release/files too
                fix     give the instance that holds no data a place of its own (spec.config etcd.rootPath, minio.rootPath, msgChannel.chanNamePrefix.cluster), or remove it; kubectl -n staging get milvus my-release -o yaml
                more    kubectl milvus explain MV0305
    --- stderr
    ");
}

#[test]
fn the_team_has_used_up_its_quota() {
    let limit = |resource: &str, hard: i64, used: i64| json!({"resource": resource, "hard": hard, "used": used});
    let quota =
        json!([{"name": "team", "isScoped": false, "limits": [limit("pods", 20, 20), limit("services", 5, 5)]}]);
    let file = around(&[("quotas", quota)]);
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0506  the quota has no room for one more pod of datanode: the new pod is refused, and the roll waits
                seen    resourcequota/team in default, team: pods: 20 of 20 used, a pod of datanode asks for 1
                fix     raise it for the roll: kubectl -n default edit resourcequota team
                more    kubectl milvus explain MV0506
    --- stderr
    ");
    let accepted = check_with(&file, &["--to", "2.5.27", "--accept", "MV0506"]);
    assert!(accepted.starts_with("exit 0\n"), "{accepted}");
}

#[test]
fn the_secret_of_the_registry_was_forgotten() {
    let file = bent(CLUSTER, |snapshot| snapshot["deployments"]["known"][4]["pullSecrets"] = json!(["registry"]));
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0417  a Secret with which images are pulled is not there: old pods run on, new ones may not get their image
                seen    secret/registry in default, deployment/my-release-milvus-querynode-0: imagePullSecrets registry, and there is no such Secret for images
                fix     kubectl -n default create secret docker-registry registry --docker-server=… --docker-username=… --docker-password=…
                more    kubectl milvus explain MV0417
    --- stderr
    ");
}

#[test]
fn somebody_deleted_the_first_query_node_deployment() {
    let file = bent(CLUSTER, |snapshot| {
        let deployments = snapshot["deployments"]["known"].as_array_mut().expect("a list");
        deployments.retain(|deployment| deployment["name"] != "my-release-milvus-querynode-0");
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 problem

      problem  MV0418  one of the two Deployments of querynode was deleted, and the operator does not come past it
               seen    deployment/my-release-milvus-querynode-0 in default, metadata.annotations.milvus.io/querynode-current-group-id: 0
                       there is deployment/my-release-milvus-querynode-1 only
               fix     make it again from the other one, with its group, no replicas and a name of its own: kubectl -n default get deployment my-release-milvus-querynode-1 -o yaml
               more    kubectl milvus explain MV0418
    --- stderr
    ");
}

#[test]
fn users_with_roles_meet_a_newer_release() {
    let file = bent(CLUSTER, |snapshot| {
        at_version(snapshot, "2.4.5");
        snapshot["milvus"]["spec"]["config"]["common"] = json!({"security": {"authorizationEnabled": true}});
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.4.5, operator 1.3.7, Kubernetes 1.36

    Ready for 2.5.27, with one thing to know
      48 rules passed, 1 warning, 64 do not apply

      warning  MV0122  users other than root may be refused after the step to 2.5.27

    Next:  kubectl milvus upgrade my-release -n default --to 2.5.27 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn an_index_node_outlived_the_step_to_2_6() {
    let file = bent(CLUSTER, |snapshot| at_version(snapshot, "2.6.20"));
    assert_snapshot!(check(&file, "2.6.22"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.6.20, operator 1.3.7, Kubernetes 1.36

    Ready for 2.6.22, with one thing to know
      49 rules passed, 1 warning, 63 do not apply

      warning  MV0419  2.6.20 knows no indexnode, and one still runs

    Next:  kubectl milvus upgrade my-release -n default --to 2.6.22 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn open_shift_and_an_old_processor() {
    let file = bent(CLUSTER, |snapshot| {
        let pods = snapshot["pods"]["known"].as_array_mut().expect("a list");
        pods[0]["constraint"] = "restricted-v2".into();
        pods[1]["containers"][0]["exitCode"] = 132.into();
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Ready for 2.5.27, with two things to know
      48 rules passed, 2 warnings, 63 do not apply

      warning  MV0508  the CPU of node-3 lacks an instruction that this build uses
      warning  MV0650  OpenShift runs the pods under restricted-v2, with a user that the image does not know

    Next:  kubectl milvus upgrade my-release -n default --to 2.5.27 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn woodpecker_on_a_storage_that_nobody_knows() {
    let file = bent(CLUSTER, |snapshot| {
        at_version(snapshot, "2.6.20");
        snapshot["milvus"]["spec"]["dependencies"]["msgStreamType"] = "woodpecker".into();
        let deployments = snapshot["deployments"]["known"].as_array_mut().expect("a list");
        deployments.retain(|deployment| deployment["component"] != "indexnode");
    });
    assert_snapshot!(check(&file, "2.6.22"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.6.20, operator 1.3.7, Kubernetes 1.36

    Ready for 2.6.22, but 1 rule could not be checked
      50 rules passed, 62 do not apply, 1 could not be checked

      unknown  MV0306  the object storage may not keep Woodpecker's writers apart: nobody here knows the storage at 127.0.0.1:18630; ask its makers whether it knows conditional writes (If-None-Match)
               Go on without, or read:  kubectl milvus explain MV0306

    Next:  kubectl milvus upgrade my-release -n default --to 2.6.22 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn programs_get_the_same_as_people() {
    let webhook = json!({
        "configuration": "mutatingwebhookconfiguration/inject", "name": "inject.example.com",
        "askedAbout": ["pods"], "serviceNamespace": "inject", "service": "injector",
    });
    let file = around(&[("webhooks", json!([webhook]))]);
    let (exit, document) = document(&file, &["--to", "2.5.27"]);
    assert_eq!(exit, "exit 3");
    let found = finding(&document, "MV0211");
    assert_snapshot!(serde_json::to_string_pretty(found).expect("JSON"), @r#"
    {
      "code": "MV0211",
      "title": "a webhook that has to answer has nobody behind it",
      "result": {
        "state": "found",
        "severity": "problem",
        "accepted": false,
        "summary": "the API server asks injector about pods, and nobody is behind it: the write is refused",
        "object": "mutatingwebhookconfiguration/inject",
        "evidence": [
          "inject.example.com: failurePolicy Fail, asked about pods; service injector in inject has no ready endpoint"
        ],
        "fix": "bring it up: kubectl -n inject get endpointslices,pods; where it is a leftover: kubectl delete mutatingwebhookconfiguration/inject"
      },
      "link": "https://github.com/milvus-io/milvus-operator/issues/129"
    }
    "#);
}
