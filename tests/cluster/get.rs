//! `get` on a real cluster.

use serde_json::{Value, json};

use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{SOON, ended_with, says};

trials![both_ways_to_run_milvus_are_listed, an_unfinished_roll_shows_where_it_goes];

/// The cells of the row with this word in it.
fn row<'a>(output: &'a str, name: &str) -> Vec<&'a str> {
    let line = output.lines().find(|line| line.split_whitespace().any(|word| word == name));
    let line = line.unwrap_or_else(|| panic!("no `{name}` in\n{output}"));
    // Cells stand three spaces apart, so that those with a space inside stay whole.
    line.split("   ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

fn both_ways_to_run_milvus_are_listed(testbed: &Testbed) {
    let vec = testbed.namespace("get-both");
    vec.milvus("by-operator").standalone().version("2.5.22").create_and_wait_until_healthy();
    // What the chart would have made; its pods are of no interest here.
    let labels = json!({
        "app.kubernetes.io/name": "milvus", "app.kubernetes.io/instance": "by-helm",
        "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "milvus-4.2.58", "component": "proxy",
    });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "by-helm-milvus-proxy", "labels": labels },
        "spec": {
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels },
                "spec": { "containers": [{ "name": "proxy", "image": "milvusdb/milvus:v2.5.16" }] },
            },
        },
    });
    testbed.client().create(&vec.path("apps/v1", "deployments"), &deployment).expect("a Deployment");

    let output = testbed.command(&["get", "-A"]).run();
    ended_with(&output, 0);
    let heads: Vec<&str> = output.stdout.lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(heads, ["NAMESPACE", "NAME", "MANAGER", "MODE", "VERSION", "STATE", "AGE"]);
    let own = row(&output.stdout, "milvus/by-operator");
    assert_eq!(own[..6], ["get-both", "milvus/by-operator", "operator", "standalone", "2.5.22", "healthy"]);
    let release = row(&output.stdout, "release/by-helm");
    assert_eq!(release[..5], ["get-both", "release/by-helm", "helm, 4.2.58", "cluster", "2.5.16"]);

    let output = vec.run(["get", "-o", "json"]);
    let list: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&list["apiVersion"], &list["kind"]), (&json!("kubectl-milvus/v1"), &json!("InstanceList")));
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2), "{list}");
    assert_eq!(vec.run(["get", "-o", "name"]).stdout, "milvus/by-operator\nrelease/by-helm\n");
    assert_eq!(vec.run(["get", "by-operator", "-o", "name"]).stdout, "milvus/by-operator\n");
    // A release is not mistaken for a resource; this one has a Deployment, but no record.
    let output = vec.run(["upgrade", "by-helm", "--to", "2.5.27", "--yes"]);
    ended_with(&output, 3);
    says(&output.stdout, "MV0918  Helm keeps no record of it");
}

fn an_unfinished_roll_shows_where_it_goes(testbed: &Testbed) {
    let vec = testbed.namespace("get-rolling");
    let prod = vec.milvus("prod").cluster().version("2.6.6").create_and_wait_until_healthy();
    let fault = prod.fault("querynode").on_image(":v2.6.22").never_gets_ready();
    prod.patch(&json!({ "spec": { "components": { "image": "milvusdb/milvus:v2.6.22" } } }));
    prod.wait_until_a_pod("querynode", SOON, "is new", |pod| {
        pod["spec"]["containers"][0]["image"] == "milvusdb/milvus:v2.6.22"
    });
    let output = vec.run(["get"]);
    let own = row(&output.stdout, "milvus/prod");
    assert_eq!(own[..4], ["milvus/prod", "operator", "cluster", "2.6.6 -> 2.6.22"]);
    // After mixcoord and streamingnode; the idle Deployment named standalone is no component of a cluster.
    assert_eq!(own[4], "rolling: querynode (3 of 5)");
    fault.release();
}
