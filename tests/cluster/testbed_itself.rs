//! The testbed keeps its promises: without that, no other test here means anything.

use std::time::Duration;

use serde_json::{Value, json};

use crate::testbed::cluster::is_ready;
use crate::testbed::milvus::is_healthy;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, client};
use crate::upgrade::order_of_images;

trials![
    a_new_cluster_becomes_healthy_and_rolls_in_the_operators_order,
    a_new_standalone_becomes_healthy,
    separate_coordinators_come_up_at_an_old_version,
    each_fault_shows_in_the_pods_and_ends_when_released,
    a_roll_stands_still_at_a_fault_on_the_new_image,
    a_pod_hangs_in_terminating_until_released,
    an_operator_that_was_taken_away_does_nothing_until_given_back,
    a_second_cluster_can_lose_its_operator_alone,
    the_audit_log_tells_who_wrote_what,
    the_operator_is_installed_as_its_chart_says,
    a_user_has_only_the_rights_given,
    programs_run_with_their_own_environment,
];

const SOON: Duration = Duration::from_mins(1);

fn a_new_cluster_becomes_healthy_and_rolls_in_the_operators_order(testbed: &Testbed) {
    let vec = testbed.namespace("good-roll");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    // The operator calls itself healthy before it makes the second Deployment of the query nodes.
    let all = ["datanode", "indexnode", "mixcoord", "proxy", "querynode", "querynode", "standalone"];
    prod.wait_until(SOON, "all Deployments", |_| prod.components() == all);
    assert!(prod.pods().iter().all(is_ready));

    prod.patch(&json!({ "spec": { "components": { "image": "milvusdb/milvus:v2.6.6" } } }));
    prod.wait_until(Duration::from_mins(3), "the end of the roll", |object| {
        is_healthy(object) && object["status"]["currentImage"] == "milvusdb/milvus:v2.6.6"
    });
    // The operator calls itself done a moment before it removes the index node.
    prod.wait_until(SOON, "the index node's leave", |object| {
        object["spec"]["components"].get("indexNode").is_none() && !prod.components().contains(&"indexnode".to_owned())
    });

    let order = order_of_images(&vec, "milvusdb/milvus:v2.6.6");
    assert_eq!(order, ["streamingnode", "mixcoord", "querynode", "datanode", "proxy"]);
}

fn a_new_standalone_becomes_healthy(testbed: &Testbed) {
    let vec = testbed.namespace("standalone");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    assert_eq!(lone.pods_of("standalone").len(), 1);
}

fn separate_coordinators_come_up_at_an_old_version(testbed: &Testbed) {
    let vec = testbed.namespace("four-coordinators");
    let old = vec
        .milvus("old")
        .with_separate_coordinators()
        .version("2.4.23")
        .replicas("queryNode", 2)
        .create_and_wait_until_healthy();
    assert_eq!(old.pods_of("querynode").len(), 2);
    assert!(old.components().contains(&"rootcoord".to_owned()), "{:?}", old.components());
}

fn each_fault_shows_in_the_pods_and_ends_when_released(testbed: &Testbed) {
    let vec = testbed.namespace("faults");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create();
    let cannot_pull = prod.fault("datanode").on_image(":v2.5.22").cannot_pull();
    let crashes = prod.fault("proxy").crashes(132);
    let slow = prod.fault("mixcoord").never_gets_ready();
    let no_room = prod.fault("indexnode").finds_no_room();
    let other_image = prod.fault("querynode").on_image(":v2.6").cannot_pull();
    prod.hasten();
    // The operator may have made some pods before the faults were in force.
    for pod in prod.pods() {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        testbed.client().delete(&vec.path("v1", &format!("pods/{name}"))).expect("a pod is deleted");
    }

    let waiting = |pod: &Value| container(pod)["state"]["waiting"].clone();
    let seen =
        prod.wait_until_a_pod("datanode", SOON, "cannot pull", |pod| waiting(pod)["reason"] == "ImagePullBackOff");
    assert_eq!(seen["status"]["phase"], "Pending");
    assert!(waiting(&seen)["message"].as_str().is_some_and(|text| text.contains("milvusdb/milvus:v2.5.22")));
    let seen = prod.wait_until_a_pod("proxy", SOON, "crashes", |pod| waiting(pod)["reason"] == "CrashLoopBackOff");
    assert_eq!(container(&seen)["lastState"]["terminated"]["exitCode"], 132);
    let seen = prod.wait_until_a_pod("mixcoord", SOON, "runs", |pod| pod["status"]["phase"] == "Running");
    assert!(!is_ready(&seen));
    prod.wait_until_a_pod("indexnode", SOON, "finds no room", |pod| {
        let conditions = pod["status"]["conditions"].as_array();
        conditions.is_some_and(|all| {
            all.iter().any(|one| {
                one["reason"] == "Unschedulable"
                    && one["message"].as_str().is_some_and(|text| text.contains("Insufficient memory"))
            })
        })
    });
    prod.wait_until_a_pod("querynode", SOON, "is ready", is_ready);

    for fault in [cannot_pull, crashes, slow, no_room, other_image] {
        fault.release();
    }
    prod.wait_until_healthy();
}

fn container(pod: &Value) -> &Value {
    &pod["status"]["containerStatuses"][0]
}

fn a_roll_stands_still_at_a_fault_on_the_new_image(testbed: &Testbed) {
    let vec = testbed.namespace("stuck-roll");
    let prod = vec.milvus("prod").cluster().version("2.6.6").create_and_wait_until_healthy();
    let fault = prod.fault("mixcoord").on_image(":v2.6.11").crashes(132);
    let new_image = "milvusdb/milvus:v2.6.11";
    prod.patch(&json!({ "spec": { "components": { "image": new_image } } }));
    prod.wait_until_a_pod("mixcoord", SOON, "crashes", |pod| {
        container(pod)["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    });
    assert!(prod.pods_of("proxy").iter().all(|pod| container(pod)["image"] == "milvusdb/milvus:v2.6.6"));
    fault.release();
    prod.wait_until(Duration::from_mins(3), "the end of the roll", |object| {
        is_healthy(object) && object["status"]["currentImage"] == new_image
    });
    assert!(prod.pods_of("proxy").iter().all(|pod| container(pod)["image"] == new_image));
}

fn a_pod_hangs_in_terminating_until_released(testbed: &Testbed) {
    let vec = testbed.namespace("hanging");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create();
    let slow = prod.fault("proxy").gets_ready_after(Duration::from_secs(2));
    prod.hasten();
    prod.wait_until_a_pod("querynode", SOON, "is ready", is_ready);
    let hangs = prod.fault("querynode").hangs_in_terminating();
    let hanging = prod.pods_of("querynode")[0]["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let path = vec.path("v1", &format!("pods/{hanging}"));
    testbed.client().delete(&path).expect("the pod is deleted");
    // Its successor is ready while it is still there.
    prod.wait_until_a_pod("querynode", SOON, "has taken over", |other| {
        other["metadata"]["name"] != hanging.as_str() && is_ready(other)
    });
    let there = testbed.client().get(&path).expect("it hangs");
    assert!(there["metadata"]["deletionTimestamp"].is_string());
    hangs.release();
    prod.wait_until(SOON, "the end of the hanging pod", |_| matches!(testbed.client().find(&path), Ok(None)));
    prod.wait_until_a_pod("proxy", SOON, "is ready after a while", is_ready);
    slow.release();
}

fn an_operator_that_was_taken_away_does_nothing_until_given_back(testbed: &Testbed) {
    let vec = testbed.namespace("operator-gone");
    vec.take_the_operator_away();
    let prod = vec.milvus("prod").cluster().version("2.5.22").create();
    testbed.namespace("operator-there").milvus("prod").cluster().version("2.5.22").create().wait_until(
        SOON,
        "some status",
        |object| object["status"]["observedGeneration"].is_i64(),
    );
    assert!(prod.get().get("status").is_none());
    assert!(prod.deployments().is_empty());
    vec.give_the_operator_back();
    prod.wait_until(SOON, "some status", |object| object["status"]["observedGeneration"].is_i64());
}

fn a_second_cluster_can_lose_its_operator_alone(testbed: &Testbed) {
    let other = testbed.start_another().expect("a second cluster");
    other.stop_operator().expect("the operator ends");
    let prod = other.namespace("no-operator").milvus("prod").cluster().version("2.5.22").create();
    other.start_operator().expect("the operator starts again");
    prod.wait_until(SOON, "some status", |object| object["status"]["observedGeneration"].is_i64());
    assert!(testbed.client().find("/api/v1/namespaces/no-operator").expect("an answer").is_none());
    other.stop();
}

fn the_audit_log_tells_who_wrote_what(testbed: &Testbed) {
    let vec = testbed.namespace("audit");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create();
    prod.hasten();
    prod.wait_until(SOON, "the Deployments", |object| {
        object["status"]["status"].is_string() && prod.components().contains(&"proxy".to_owned())
    });
    prod.annotate("example.org/note", Some("seen"));

    let own = vec.audit().of_user_agent(client::USER_AGENT).writes();
    let milvus: Vec<_> =
        own.iter().filter(|write| write.resource == "milvuses" && write.subresource.is_empty()).collect();
    let [created, patched] = milvus[..] else { panic!("{milvus:?}") };
    assert_eq!((created.verb.as_str(), created.status), ("create", 201));
    assert_eq!((patched.verb.as_str(), patched.status, patched.name.as_str()), ("patch", 200, "prod"));
    assert_eq!(patched.object["metadata"]["annotations"]["example.org/note"], "seen");
    assert!(created.order < patched.order && created.time < patched.time);

    let operator = vec.audit().of_user("milvus-operator").writes();
    assert!(operator.iter().any(|write| write.resource == "deployments" && write.verb == "create"));
    assert!(operator.iter().any(|write| write.resource == "milvuses" && write.subresource == "status"));
    assert_eq!(vec.audit().of_user_agent("nobody-else").count(), 0);
}

fn the_operator_is_installed_as_its_chart_says(testbed: &Testbed) {
    let path = "/apis/apps/v1/namespaces/milvus-operator/deployments/milvus-operator";
    let deployment = testbed.client().get(path).expect("the Deployment");
    assert_eq!(deployment["status"]["readyReplicas"], 1);
    let image = &deployment["spec"]["template"]["spec"]["containers"][0]["image"];
    assert!(image.as_str().is_some_and(|image| image.ends_with(":v1.3.7")), "{image}");
    let release = "/api/v1/namespaces/milvus-operator/secrets/sh.helm.release.v1.milvus-operator.v1";
    let release = testbed.client().get(release).expect("the release record");
    assert_eq!(release["metadata"]["labels"]["status"], "deployed");
    let definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/milvuses.milvus.io";
    let definition = testbed.client().get(definition).expect("the definition");
    assert_eq!(definition["spec"]["conversion"]["strategy"], "None");
}

fn a_user_has_only_the_rights_given(testbed: &Testbed) {
    let vec = testbed.namespace("rights");
    let rules = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"] }]);
    let kubeconfig = vec.kubeconfig_with_rights("reader", &rules);
    let ask = |kubeconfig: &std::path::Path, what: &str| {
        testbed.command_of("kubectl", &["get", what, "-n", "rights"]).kubeconfig(kubeconfig).run()
    };
    assert_eq!(ask(&kubeconfig, "configmaps").code, Some(0));
    assert!(ask(&kubeconfig, "secrets").stderr.contains("Forbidden"));
    assert!(ask(&testbed.kubeconfig_of_nobody(), "configmaps").stderr.contains("Forbidden"));
}

fn programs_run_with_their_own_environment(testbed: &Testbed) {
    let output = testbed.namespace("programs").run(["--version"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let helm = testbed.command_of("helm4", &["version", "--short"]).run();
    assert!(helm.stdout.starts_with("v4.3.1"), "{}", helm.stdout);
    let helm = testbed.command_of("helm3", &["version", "--short"]).run();
    assert!(helm.stdout.starts_with("v3.22.0"), "{}", helm.stdout);
    let list = testbed.command_of("helm4", &["list", "-n", "milvus-operator"]).run();
    assert!(list.stdout.contains("milvus-operator-1.3.7"), "{} {}", list.stdout, list.stderr);
    let mut running = testbed.command_of("kubectl", &["get", "namespaces", "--watch"]).spawn();
    running.wait_for("kube-system", SOON);
    running.interrupt();
    assert_ne!(running.wait(Duration::from_secs(5)).code, Some(0));
}
