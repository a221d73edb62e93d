//! Somebody else writes too: between the plan and the write, where the proxy holds the write back, or during
//! the roll.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ROLL, SOON, ended_with, own_writes, runs_wholly, says};
use crate::testbed::milvus::Milvus;
use crate::testbed::proxy::Trouble;
use crate::testbed::run::{Output, Running};
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};

trials![
    a_change_of_another_field_is_looked_at_and_kept,
    a_change_to_another_image_is_not_overwritten,
    a_change_of_the_metadata_alone_is_no_change,
    another_image_during_the_roll_ends_the_run,
    a_resource_deleted_during_the_roll_ends_the_run,
];

const IMAGE: &str = "milvusdb/milvus:v2.6.22";

/// Upgrades while the first write is on its way long enough for `meanwhile`.
fn upgrade_while(milvus: &Milvus, meanwhile: impl FnOnce()) -> Output {
    let vec = &milvus.namespace;
    let proxy = vec.testbed.proxy();
    let held = proxy.make(Trouble::Delay(Duration::from_secs(8))).method("PATCH").times(1).begin();
    let arguments = ["upgrade", &milvus.name, "--to", "2.6.22", "--backup", "nightly", "--yes"];
    let running = vec.command(&arguments).kubeconfig(proxy.kubeconfig()).spawn();
    sure(wait::until(SOON, "the write to be on its way", || {
        Ok(if held.count() == 1 { Look::Done(()) } else { Look::NotYet(running.stderr()) })
    }));
    meanwhile();
    running.wait(ROLL)
}

fn is_observed(object: &Value) -> bool {
    object["status"]["observedGeneration"] == object["metadata"]["generation"]
}

fn a_change_of_another_field_is_looked_at_and_kept(testbed: &Testbed) {
    let vec = testbed.namespace("other-field");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let output = upgrade_while(&lone, || {
        lone.patch(&json!({ "spec": { "config": { "log": { "level": "debug" } } } }));
        lone.wait_until(SOON, "the operator's look at it", is_observed);
    });
    ended_with(&output, 0);
    says(&output.stderr, "lone was changed meanwhile by somebody else; looking again");
    runs_wholly(&lone, IMAGE);
    assert_eq!(lone.get()["spec"]["config"]["log"]["level"], "debug");
    assert_eq!(own_writes(&vec).len(), 1);
    let refused = vec.audit().of_user_agent("kubectl-milvus").writes();
    assert_eq!(refused.iter().filter(|write| write.status == 409).count(), 1);
}

fn a_change_to_another_image_is_not_overwritten(testbed: &Testbed) {
    let vec = testbed.namespace("other-image");
    let prod = vec.milvus("prod").cluster().version("2.6.6").create_and_wait_until_healthy();
    let fault = prod.fault("mixcoord").on_image(":v2.6.11").never_gets_ready();
    let output = upgrade_while(&prod, || {
        prod.patch(&json!({ "spec": { "components": { "image": "milvusdb/milvus:v2.6.11" } } }));
        prod.wait_until(SOON, "the operator's beginning", |object| {
            let conditions = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
            conditions.iter().any(|one| one["type"] == "MilvusUpdated" && one["status"] == "False")
        });
    });
    ended_with(&output, 3);
    says(&output.stderr, "prod was changed meanwhile by somebody else; looking again");
    says(&output.stdout, "MV0406");
    says(&output.stdout, "the resource asks for milvusdb/milvus:v2.6.11");
    assert_eq!(prod.get()["spec"]["components"]["image"], "milvusdb/milvus:v2.6.11");
    assert_eq!(own_writes(&vec).len(), 0);
    fault.release();
}

fn a_change_of_the_metadata_alone_is_no_change(testbed: &Testbed) {
    let vec = testbed.namespace("metadata-only");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let output = upgrade_while(&lone, || lone.annotate("example.org/note", Some("seen")));
    ended_with(&output, 0);
    assert!(!output.stderr.contains("looking again"), "{}", output.stderr);
    runs_wholly(&lone, IMAGE);
    assert_eq!(lone.get()["metadata"]["annotations"]["example.org/note"], "seen");
    assert_eq!(own_writes(&vec).len(), 1);
}

/// A roll that does not end by itself, and the program that watches it.
fn watch_a_roll<'a>(milvus: &Milvus<'a>) -> Running<'a> {
    let arguments = ["upgrade", &milvus.name, "--to", "2.6.22", "--backup", "nightly", "--yes", "--timeout", "1m"];
    let mut running = milvus.namespace.spawn(arguments);
    running.wait_for("standalone waits: pod", SOON);
    running
}

fn another_image_during_the_roll_ends_the_run(testbed: &Testbed) {
    let vec = testbed.namespace("redirected");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let fault = lone.fault("standalone").on_image(":v2.6.22").never_gets_ready();
    let running = watch_a_roll(&lone);
    lone.patch(&json!({ "spec": { "components": { "image": "milvusdb/milvus:v2.6.11" } } }));
    let output = running.wait(ROLL);
    ended_with(&output, 5);
    says(&output.stdout, "milvusdb/milvus:v2.6.11");
    assert_eq!(lone.get()["spec"]["components"]["image"], "milvusdb/milvus:v2.6.11");
    assert_eq!(own_writes(&vec).len(), 1);
    fault.release();
}

fn a_resource_deleted_during_the_roll_ends_the_run(testbed: &Testbed) {
    let vec = testbed.namespace("deleted");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let _fault = lone.fault("standalone").on_image(":v2.6.22").never_gets_ready();
    let running = watch_a_roll(&lone);
    lone.delete();
    let output = running.wait(ROLL);
    ended_with(&output, 5);
    says(&output.stdout, "milvus/lone was deleted");
}
