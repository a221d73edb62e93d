//! Somebody else works on the release too: between the plan and the write, between two steps, or during the roll.

use std::time::Duration;

use serde_json::{Value, json};

use super::way::{Chart, chart, helm, install, running};
use crate::testbed::namespace::Namespace;
use crate::testbed::proxy::Trouble;
use crate::testbed::run::{Invocation, Output};
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};
use crate::upgrade::{ROLL, SOON, ended_with, own_writes, says};

trials![
    a_revision_before_the_first_write_is_looked_at_and_kept,
    a_revision_during_the_roll_ends_the_run,
    a_revision_between_two_steps_ends_the_run,
    a_deployment_edited_during_the_roll_ends_the_run,
];

/// What keeps new pods from getting ready, as a value; and what lets them.
const HELD: &str = "annotations.kubectl-milvus\\.testbed/fault=cannot-pull";
const LET: &str = "annotations.kubectl-milvus\\.testbed/fault=none";

/// An upgrade within 2.6.
fn upgrade<'a>(vec: &Namespace<'a>, chart: &Chart, more: &[&str]) -> Invocation<'a> {
    let typed = ["upgrade", "release/my", "--to", "2.6.22", "--yes", "--timeout", "1m", "--chart", &chart.path()];
    vec.command(&typed).args(more)
}

/// Makes a revision, as a human does.
fn revise(vec: &Namespace, chart: &Chart, set: &str) {
    helm(vec, &["upgrade", "my", &chart.path(), "--reuse-values", "--set", set]);
}

/// Waits until every Deployment asks for this version.
fn wait_for_image(vec: &Namespace, version: &str) {
    let image = format!("milvusdb/milvus:v{version}");
    sure(wait::until(SOON, "the image in all Deployments", || {
        let found = running(vec);
        Ok(if found.iter().all(|(_, it)| *it == image) { Look::Done(()) } else { Look::NotYet(format!("{found:?}")) })
    }));
}

/// Revisions and what became of them, oldest first.
fn history(vec: &Namespace) -> Vec<(i64, String)> {
    let rows: Value = serde_json::from_str(&helm(vec, &["history", "my", "-o", "json"]).stdout).expect("a list");
    let row = |row: &Value| {
        (row["revision"].as_i64().unwrap_or_default(), row["status"].as_str().unwrap_or_default().to_owned())
    };
    rows.as_array().expect("a list").iter().map(row).collect()
}

fn last_is_deployed(vec: &Namespace, revision: i64) {
    assert_eq!(history(vec).last(), Some(&(revision, "deployed".to_owned())), "{:?}", history(vec));
}

/// It ended half-way, with the reason and what to type next.
fn was_stopped(output: &Output, reason: &str) {
    ended_with(output, 5);
    says(&output.stdout, reason);
    says(&output.stdout, "kubectl milvus upgrade release/my");
}

fn a_revision_before_the_first_write_is_looked_at_and_kept(testbed: &Testbed) {
    let vec = testbed.namespace("release-moved");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15"]);
    // The plan is made, and nothing is written yet.
    let proxy = testbed.proxy();
    let held = proxy.make(Trouble::Delay(Duration::from_secs(15))).method("POST").path("/leases").times(1).begin();
    let run = upgrade(&vec, &here, &[]).kubeconfig(proxy.kubeconfig()).spawn();
    sure(wait::until(SOON, "the lease to be on its way", || {
        Ok(if held.count() == 1 { Look::Done(()) } else { Look::NotYet(run.stderr()) })
    }));
    revise(&vec, &here, "queryNode.replicas=2,image.all.tag=v2.6.17");
    let output = run.wait(ROLL);
    ended_with(&output, 0);
    says(&output.stderr, "my was changed meanwhile by somebody else; looking again");
    wait_for_image(&vec, "2.6.22");
    let values = helm(&vec, &["get", "values", "my"]).stdout;
    says(&values, "tag: v2.6.22");
    says(&values, "replicas: 2");
    last_is_deployed(&vec, 3);
}

fn a_revision_during_the_roll_ends_the_run(testbed: &Testbed) {
    let vec = testbed.namespace("release-overtaken");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15"]);
    let run = upgrade(&vec, &here, &["--set", HELD]).spawn();
    wait_for_image(&vec, "2.6.22");
    revise(&vec, &here, "image.all.tag=v2.6.17");
    let output = run.wait(ROLL);
    was_stopped(&output, "somebody else made revision 3 of the release");
    says(&output.stdout, "deployment/my-milvus-proxy: milvusdb/milvus:v2.6.17, not milvusdb/milvus:v2.6.22");
    wait_for_image(&vec, "2.6.17");
    last_is_deployed(&vec, 3);
}

fn a_revision_between_two_steps_ends_the_run(testbed: &Testbed) {
    let vec = testbed.namespace("release-between");
    let (old, joined, new) = (chart("4.2.0", "2.4.6"), chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15"));
    let apart = "mixCoordinator.enabled=false,rootCoordinator.enabled=true,queryCoordinator.enabled=true,\
                 indexCoordinator.enabled=true,dataCoordinator.enabled=true,image.all.tag=v2.5.10";
    install(&vec, &old, &["--set", apart]);
    let run = upgrade(&vec, &joined, &["--chart", &new.path(), "--backup", "nightly", "--set", HELD]).spawn();
    wait_for_image(&vec, "2.5.16");
    // The same image, so that the first step comes to its end; the second was made for another revision.
    revise(&vec, &joined, &format!("queryNode.replicas=2,{LET}"));
    let output = run.wait(ROLL);
    was_stopped(&output, "somebody else made revision 3 of the release");
    wait_for_image(&vec, "2.5.16");
    last_is_deployed(&vec, 3);
    says(&helm(&vec, &["get", "values", "my"]).stdout, "replicas: 2");
}

fn a_deployment_edited_during_the_roll_ends_the_run(testbed: &Testbed) {
    let vec = testbed.namespace("release-edited");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15"]);
    let run = upgrade(&vec, &here, &["--set", HELD]).spawn();
    wait_for_image(&vec, "2.6.22");
    let (client, path) = (testbed.client(), vec.path("apps/v1", "deployments/my-milvus-querynode"));
    let mut containers = sure(client.get(&path))["spec"]["template"]["spec"]["containers"].clone();
    containers[0]["image"] = json!("milvusdb/milvus:v2.6.17");
    sure(client.patch(&path, &json!({"spec": {"template": {"spec": {"containers": containers}}}})));
    let output = run.wait(ROLL);
    was_stopped(&output, "somebody else gave deployment/my-milvus-querynode the image milvusdb/milvus:v2.6.17");
    // The edit stands: nothing was written over it.
    let image = &sure(client.get(&path))["spec"]["template"]["spec"]["containers"][0]["image"];
    assert_eq!(image, "milvusdb/milvus:v2.6.17");
    last_is_deployed(&vec, 2);
    let writes = own_writes(&vec);
    let edits = writes.iter().filter(|write| write.resource == "deployments" && write.uri.contains("querynode"));
    assert_eq!(edits.filter(|write| !write.uri.contains("dryRun")).count(), 1, "{writes:?}");
}
