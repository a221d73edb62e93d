//! What lies around an instance, read from real objects.

use std::time::Duration;

use serde_json::{Value, json};

use crate::release::way::{chart, install};
use crate::testbed::namespace::Namespace;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};
use crate::upgrade::{ended_with, says};

trials![
    a_webhook_that_nobody_answers_is_found_before_it_refuses,
    quotas_budgets_and_pull_secrets_are_looked_at,
    instances_that_share_a_place_are_found_across_namespaces,
    dependencies_are_judged_by_their_sets_and_claims,
    the_api_server_is_asked_what_the_operator_may_do,
    images_that_nodes_have_are_told,
];

const LONG: Duration = Duration::from_mins(1);

/// What a check that everything is found with says.
fn check(vec: &Namespace, name: &str) -> String {
    vec.run(["check", name, "--to", "2.5.27", "-v"]).stdout
}

/// Checks until the answer has this in it; what it is about comes from a controller.
fn check_until(vec: &Namespace, name: &str, part: &str) -> String {
    let look = || {
        let text = check(vec, name);
        Ok(if text.contains(part) { Look::Done(text) } else { Look::NotYet(text) })
    };
    sure(wait::until(LONG, part, look))
}

fn a_webhook_that_nobody_answers_is_found_before_it_refuses(testbed: &Testbed) {
    let vec = testbed.namespace("webhook");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    // Other tests share the cluster, so it is asked about this namespace alone.
    let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    let configuration = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": { "name": "left-behind" },
        "webhooks": [{
            "name": "vmilvus.kb.io", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "clientConfig": { "service": { "namespace": "webhook", "name": "gone", "path": "/validate" } },
            "rules": [{ "apiGroups": ["milvus.io"], "apiVersions": ["v1beta1"], "operations": ["UPDATE"], "resources": ["milvuses"] }],
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "webhook" } },
        }],
    });
    sure(testbed.client().create(path, &configuration));
    let output = vec.run(["check", "lone", "--to", "2.5.27"]);
    ended_with(&output, 3);
    says(&output.stdout, "MV0211");
    says(&output.stdout, "service gone in webhook has no ready endpoint");
    // The API server agrees.
    let change = json!({ "metadata": { "annotations": { "touched": "yes" } } });
    let refused = testbed.client().patch(&vec.path("milvus.io/v1beta1", "milvuses/lone"), &change);
    says(&format!("{:#}", refused.expect_err("the webhook has to answer")), "vmilvus.kb.io");
    // Who may not see webhooks is told so, and is not told that all is well.
    let read: &[&str] = &["get", "list", "watch"];
    let role = json!([
        { "apiGroups": ["milvus.io"], "resources": ["milvuses"], "verbs": read },
        { "apiGroups": ["apps"], "resources": ["deployments"], "verbs": read },
        { "apiGroups": [""], "resources": ["pods"], "verbs": read },
    ]);
    let kubeconfig = vec.kubeconfig_with_rights("reader", &role);
    let output = vec.command(&["check", "lone", "-v"]).kubeconfig(&kubeconfig).run();
    says(&output.stdout, "no right to list validatingwebhookconfigurations");

    sure(testbed.client().delete(&format!("{path}/left-behind")));
    let output = vec.run(["check", "lone", "--to", "2.5.27"]);
    ended_with(&output, 0);
    assert_eq!(lone.get()["spec"]["components"]["image"], "milvusdb/milvus:v2.5.22");
}

fn quotas_budgets_and_pull_secrets_are_looked_at(testbed: &Testbed) {
    let vec = testbed.namespace("room");
    let secret = json!({ "components": { "imagePullSecrets": [{ "name": "registry" }] } });
    vec.milvus("lone").cluster().version("2.5.22").spec(&secret).create_and_wait_until_healthy();
    let text = check(&vec, "lone");
    says(&text, "MV0417");
    says(&text, "imagePullSecrets registry, and there is no such Secret for images");
    let create = |kind: &str, group: &str, resource: &str, body: &Value| {
        let mut object = json!({ "apiVersion": if group == "v1" { "v1" } else { group }, "kind": kind });
        object.as_object_mut().expect("an object").extend(body.as_object().expect("an object").clone());
        sure(testbed.client().create(&vec.path(group, resource), &object));
    };
    let keys = json!({ "auths": {} }).to_string();
    let secret = json!({
        "metadata": { "name": "registry" }, "type": "kubernetes.io/dockerconfigjson", "stringData": { ".dockerconfigjson": keys },
    });
    create("Secret", "v1", "secrets", &secret);
    assert!(!check(&vec, "lone").contains("imagePullSecrets registry"), "the Secret is there now");

    let pods = vec.pods("lone").len();
    let quota = json!({ "metadata": { "name": "team" }, "spec": { "hard": { "pods": pods.to_string() } } });
    create("ResourceQuota", "v1", "resourcequotas", &quota);
    let full = format!("pods: {pods} of {pods} used, a pod of ");
    says(&check_until(&vec, "lone", &full), "MV0506");

    let selector = json!({ "matchLabels": { "app.kubernetes.io/component": "proxy" } });
    let budget = json!({ "metadata": { "name": "search" }, "spec": { "maxUnavailable": 0, "selector": selector } });
    create("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets", &budget);
    says(&check_until(&vec, "lone", "pdb/search: 1 of 1 pods healthy, 1 have to stay, none may go"), "MV0505");
}

fn instances_that_share_a_place_are_found_across_namespaces(testbed: &Testbed) {
    let (here, there) = (testbed.namespace("place"), testbed.namespace("place-too"));
    let shared = json!({ "config": { "etcd": { "rootPath": "common" } } });
    here.milvus("lone").standalone().version("2.5.22").spec(&shared).create_and_wait_until_healthy();
    ended_with(&here.run(["check", "lone", "--to", "2.5.27"]), 0);
    there.milvus("other").standalone().version("2.5.22").spec(&shared).create();
    let output = here.run(["check", "lone", "--to", "2.5.27"]);
    ended_with(&output, 3);
    says(&output.stdout, "MV0305");
    says(&output.stdout, &format!("milvus/other in place-too: etcd {}/common too", testbed.etcd()));

    let (alone, release) = (testbed.namespace("place-alone"), testbed.namespace("place-release"));
    let spec = json!({ "config": { "etcd": { "rootPath": "taken" } } });
    alone.milvus("lone").standalone().version("2.5.22").spec(&spec).create_and_wait_until_healthy();
    ended_with(&alone.run(["check", "lone", "--to", "2.5.27"]), 0);
    let taken = format!("extraConfigFiles.user\\.yaml=etcd: {{endpoints: ['{}']\\, rootPath: taken}}", testbed.etcd());
    install(&release, &chart("5.0.22", "2.6.15"), &["--set", "image.all.tag=v2.6.15", "--set", &taken]);
    let output = alone.run(["check", "lone", "--to", "2.5.27"]);
    ended_with(&output, 3);
    says(&output.stdout, &format!("release/my in place-release: etcd {}/taken too", testbed.etcd()));
}

fn dependencies_are_judged_by_their_sets_and_claims(testbed: &Testbed) {
    let vec = testbed.namespace("sets");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let set = |name: &str, part: &str, image: &str, claims: Value| {
        let labels = json!({ "app.kubernetes.io/instance": format!("lone-{part}"), "app.kubernetes.io/name": part });
        let set = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": name, "labels": labels },
            "spec": {
                "serviceName": name, "replicas": 3, "selector": { "matchLabels": labels }, "volumeClaimTemplates": claims,
                "template": { "metadata": { "labels": labels }, "spec": { "containers": [{ "name": part, "image": image }] } },
            },
        });
        sure(testbed.client().create(&vec.path("apps/v1", "statefulsets"), &set));
    };
    set("lone-etcd", "etcd", "docker.io/bitnami/etcd:3.5.5-debian-11-r23", json!([]));
    let text = check_until(&vec, "lone", "MV0301");
    says(&text, "etcd keeps the metadata in its pods");
    says(&text, "MV0308");
    says(&text, "docker.io/bitnami/etcd:3.5.5-debian-11-r23, moved to bitnamilegacy/");

    // Nobody provides volumes of this class, so that its pods wait for ever.
    let claim = json!({
        "metadata": { "name": "data" },
        "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": "nowhere",
            "resources": { "requests": { "storage": "8Gi" } },
        },
    });
    set("lone-kafka", "kafka", "bitnamilegacy/kafka:3.1.0", json!([claim]));
    let text = check_until(&vec, "lone", "pvc/data-lone-kafka-0: Pending; statefulset/lone-kafka waits for it");
    says(&text, "MV0302");
    says(&text, "MV0304");
    says(&text, "statefulset/lone-kafka: 0 of 3 pods ready");

    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": "sets-kafka" },
        "spec": {
            "capacity": { "storage": "8Gi" }, "accessModes": ["ReadWriteOnce"], "storageClassName": "nowhere",
            "persistentVolumeReclaimPolicy": "Delete", "hostPath": { "path": "/nowhere" },
            "claimRef": { "namespace": "sets", "name": "data-lone-kafka-0" },
        },
    });
    sure(testbed.client().create("/api/v1/persistentvolumes", &volume));
    let in_cluster = json!({ "deletionPolicy": "Delete", "pvcDeletion": true });
    let change = json!({ "spec": { "dependencies": { "kafka": { "inCluster": in_cluster } } } });
    sure(testbed.client().patch(&vec.path("milvus.io/v1beta1", "milvuses/lone"), &change));
    let text = check_until(&vec, "lone", "pvc/data-lone-kafka-0: volume sets-kafka, Delete");
    says(&text, "MV0311");
    says(&text, "deletes the data too, with volumes and claims: 1");
}

/// What `check` says about one rule, for programs.
fn result(vec: &Namespace, kubeconfig: Option<&std::path::Path>, code: &str) -> Value {
    let command = vec.command(&["check", "lone", "--to", "2.5.27", "-o", "json"]);
    let output = match kubeconfig {
        Some(path) => command.kubeconfig(path).run(),
        None => command.run(),
    };
    let document: Value = serde_json::from_str(&output.stdout).expect("one document");
    let findings = document["findings"].as_array().expect("findings");
    findings.iter().find(|finding| finding["code"] == code).expect("the finding")["result"].clone()
}

fn the_api_server_is_asked_what_the_operator_may_do(testbed: &Testbed) {
    let vec = testbed.namespace("operator-rights");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    // The role of the chart gives all that is asked for, no more of it is missing in the list than here.
    assert_eq!(result(&vec, None, "MV0214"), json!({ "state": "passed" }));
    let all = json!([{ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] }]);
    let kubeconfig = vec.kubeconfig_with_rights("owner", &all);
    // Operators are in another namespace, so that who sees only this one does not know them.
    let seen = result(&vec, Some(&kubeconfig), "MV0214");
    assert_eq!(seen["state"], "unknown", "{seen}");
}

fn images_that_nodes_have_are_told(testbed: &Testbed) {
    let vec = testbed.namespace("images");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let nodes = sure(testbed.client().get("/api/v1/nodes"));
    let node = nodes["items"][0]["metadata"]["name"].as_str().expect("a node").to_owned();
    let image = json!({ "names": ["docker.io/milvusdb/milvus:v2.5.27"], "sizeBytes": 1 });
    sure(testbed.client().patch(&format!("/api/v1/nodes/{node}/status"), &json!({ "status": { "images": [image] } })));
    let output = vec.run(["check", "lone", "--to", "2.5.27", "--images", "-o", "json"]);
    ended_with(&output, 0);
    let document: Value = serde_json::from_str(&output.stdout).expect("one document");
    let images = document["items"].as_array().expect("images");
    let nodes = |part: &str| images.iter().find(|image| image["part"] == part).expect("the image")["nodes"].clone();
    assert_eq!((nodes("milvus"), nodes("operator")), (json!(1), json!(0)));
}
