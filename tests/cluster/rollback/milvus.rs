//! The way back of what the operator runs.

use serde_json::{Value, json};

use crate::testbed::namespace::Namespace;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};
use crate::upgrade::{ROLL, SOON, ended_with, order_of_images, own_writes, runs_wholly, says};

trials![
    a_cluster_goes_back_in_the_reversed_order_and_its_mode_is_put_back,
    a_step_that_was_not_wholly_taken_is_taken_back,
    an_upgrade_that_gives_up_is_taken_back_by_itself,
    what_is_not_safe_is_not_taken_back_by_itself,
    what_died_between_its_two_writes_puts_the_mode_back,
    without_a_run_the_replica_sets_say_what_ran_before,
    from_2_6_to_2_5_only_a_backup_leads_back,
    from_3_0_to_2_6_each_condition_is_asked_for,
    the_operator_is_not_taken_back,
];

const OLD: &str = "milvusdb/milvus:v2.5.22";
const NEW: &str = "milvusdb/milvus:v2.5.27";

fn mode(object: &Value) -> &Value {
    &object["spec"]["components"]["imageUpdateMode"]
}

/// What the runs of an instance did and how they ended, the oldest first.
fn runs(vec: &Namespace, target: &str) -> Vec<String> {
    let output = vec.run(["history", target, "-o", "json"]);
    ended_with(&output, 0);
    let runs: Value = serde_json::from_str(&output.stdout).expect("one document");
    let rows = runs["items"].as_array().expect("rows").iter();
    let word = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    rows.map(|row| format!("{} {}", word(row, "operation"), word(row, "state"))).collect()
}

fn a_cluster_goes_back_in_the_reversed_order_and_its_mode_is_put_back(testbed: &Testbed) {
    let vec = testbed.namespace("back-cluster");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    ended_with(&vec.run(["upgrade", "prod", "--to", "2.5.27", "--yes"]), 0);
    let written = own_writes(&vec).len();

    let dry = vec.run(["rollback", "prod", "--dry-run=server"]);
    ended_with(&dry, 0);
    says(&dry.stdout, "cluster 2.5.27 -> 2.5.22");
    says(&dry.stderr, "back to 2.5.22, which ran before the upgrade");
    assert_eq!(own_writes(&vec).len(), written, "nothing was written");

    let output = vec.run(["rollback", "prod", "--yes"]);
    ended_with(&output, 0);
    runs_wholly(&prod, OLD);
    says(&output.stdout, "Done: milvus/prod runs 2.5.22");
    let forward = order_of_images(&vec, NEW);
    let begun =
        own_writes(&vec).iter().find(|write| mode(&write.object) == "rollingDowngrade").expect("one").time.clone();
    let mut back: Vec<String> = vec![];
    for write in vec.audit().of_user("milvus-operator").writes().iter().filter(|write| write.time > begun) {
        let component = write.object["metadata"]["labels"]["app.kubernetes.io/component"].as_str().unwrap_or_default();
        let image = &write.object["spec"]["template"]["spec"]["containers"][0]["image"];
        let is_new = back.iter().all(|known| known != component);
        if write.resource == "deployments" && image == OLD && is_new && forward.iter().any(|known| known == component) {
            back.push(component.to_owned());
        }
    }
    let place = |name: &str| back.iter().position(|component| component == name).expect("it moves");
    assert_eq!((place("proxy"), back.len()), (0, forward.len()), "{back:?}, forward {forward:?}");
    assert!(place("querynode") < place("mixcoord"), "{back:?}");

    let modes: Vec<Value> = own_writes(&vec).iter().map(|write| mode(&write.object).clone()).collect();
    assert_eq!(modes, [json!("rollingUpgrade"), json!("rollingDowngrade"), json!("rollingUpgrade")]);
    assert_eq!(mode(&prod.get()), "rollingUpgrade");
    assert_eq!(runs(&vec, "prod"), ["upgrade done", "rollback done"]);

    let again = vec.run(["rollback", "prod", "--to", "2.5.22", "--yes"]);
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do");
}

fn a_step_that_was_not_wholly_taken_is_taken_back(testbed: &Testbed) {
    let vec = testbed.namespace("back-open");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let fault = prod.fault("mixcoord").on_image(":v2.6.22").cannot_pull();
    let failed = vec.run(["upgrade", "prod", "--to", "2.6.22", "--backup", "b", "--yes", "--timeout", "20s"]);
    ended_with(&failed, 124);

    let asked = vec.run(["rollback", "prod", "--yes"]);
    ended_with(&asked, 3);
    says(&asked.stdout, "MV1202");
    says(&asked.stdout, "was not wholly taken");
    assert_eq!(own_writes(&vec).len(), 1);

    let output = vec.run(["rollback", "prod", "--accept", "MV1202=seen to it", "--yes"]);
    ended_with(&output, 0);
    fault.release();
    runs_wholly(&prod, OLD);
    assert_eq!(prod.pods_of("streamingnode"), [Value::Null; 0]);
    let components = &prod.get()["spec"]["components"];
    assert_eq!((&components["streamingNode"], &components["streamingMode"]), (&Value::Null, &json!(false)));
    assert_eq!(mode(&prod.get()), "rollingUpgrade");
}

fn an_upgrade_that_gives_up_is_taken_back_by_itself(testbed: &Testbed) {
    let vec = testbed.namespace("back-itself");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let fault = prod.fault("querynode").on_image(":v2.5.27").crashes(1);
    let output = vec.run([
        "upgrade",
        "prod",
        "--to",
        "2.5.27",
        "--on-failure=rollback",
        "--timeout",
        "50s",
        "--yes",
        "-o",
        "json",
    ]);
    ended_with(&output, 4);
    fault.release();
    runs_wholly(&prod, OLD);
    let result: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&result["ending"], &result["plan"]["target"]["version"]), (&json!("done"), &json!("2.5.22")));
    assert_eq!(result["earlier"][0]["ending"], "timed-out");
    says(&output.stderr, "taking it back, as --on-failure=rollback asks");
    assert_eq!(runs(&vec, "prod"), ["upgrade timed-out", "rollback done"]);
    assert!(mode(&prod.get()).is_null() || mode(&prod.get()) == "rollingUpgrade");
}

fn what_is_not_safe_is_not_taken_back_by_itself(testbed: &Testbed) {
    let vec = testbed.namespace("back-unsafe");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let fault = lone.fault("standalone").on_image(":v2.6.22").never_gets_ready();
    let output = vec.run([
        "upgrade",
        "lone",
        "--to",
        "2.6.22",
        "--backup",
        "b",
        "--on-failure=rollback",
        "--timeout",
        "20s",
        "--yes",
    ]);
    ended_with(&output, 5);
    says(&output.stdout, "Time ran out");
    says(&output.stderr, "it is not taken back");
    assert_eq!(own_writes(&vec).len(), 1);
    fault.release();
}

fn what_died_between_its_two_writes_puts_the_mode_back(testbed: &Testbed) {
    let vec = testbed.namespace("back-killed");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    ended_with(&vec.run(["upgrade", "prod", "--to", "2.5.27", "--yes"]), 0);
    let mut running = vec.spawn(["rollback", "prod", "--yes", "--lease-length", "2s"]);
    running.wait_for("Z  step ", SOON);
    prod.wait_until(SOON, "the first write", |object| mode(object) == "rollingDowngrade");
    running.kill();
    let output = sure(wait::until(ROLL, "the end of the lease", || {
        let output = vec.run(["upgrade", "prod", "--resume", "--lease-length", "2s"]);
        let is_early = output.code == Some(3) && output.stderr.contains("works on milvus/prod since");
        Ok(if is_early { Look::NotYet(output.stderr) } else { Look::Done(output) })
    }));
    ended_with(&output, 2);
    says(&output.stderr, "the last run is of `rollback`, not of `upgrade`");
    let output = vec.run(["rollback", "prod", "--resume"]);
    ended_with(&output, 0);
    runs_wholly(&prod, OLD);
    assert_eq!(mode(&prod.get()), "rollingUpgrade");
    assert_eq!(runs(&vec, "prod"), ["upgrade done", "rollback done"]);
}

fn without_a_run_the_replica_sets_say_what_ran_before(testbed: &Testbed) {
    let vec = testbed.namespace("back-sets");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    lone.patch(&json!({"spec": {"components": {"image": NEW}}}));
    lone.wait_until(ROLL, "the new image", |object| object["status"]["currentImage"] == NEW);
    lone.wait_until_healthy();
    let output = vec.run(["rollback", "lone", "--yes"]);
    ended_with(&output, 0);
    says(&output.stderr, "back to 2.5.22, which its ReplicaSets ran before");
    runs_wholly(&lone, OLD);
    let nothing = vec.run(["rollback", "lone", "--yes"]);
    ended_with(&nothing, 2);
    says(&nothing.stderr, "nothing says what milvus/lone ran before 2.5.22");
    says(&nothing.stderr, "--to");
}

fn from_2_6_to_2_5_only_a_backup_leads_back(testbed: &Testbed) {
    let vec = testbed.namespace("back-never");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let forward = vec.run(["upgrade", "lone", "--to", "2.6.22", "--backup", "nightly-1120", "--yes"]);
    ended_with(&forward, 0);
    let output = vec.run(["rollback", "lone", "--yes"]);
    ended_with(&output, 3);
    for part in ["MV1201", "no way back from 2.6.22 to 2.5.22 by image", "nightly-1120", "etcd root: lone"] {
        says(&output.stdout, part);
    }
    assert_eq!(own_writes(&vec).len(), 1);
}

fn from_3_0_to_2_6_each_condition_is_asked_for(testbed: &Testbed) {
    let vec = testbed.namespace("back-three");
    let lone = vec.milvus("lone").standalone().version("2.6.22").create_and_wait_until_healthy();
    ended_with(&vec.run(["upgrade", "lone", "--to", "3.0.0", "--backup", "nightly", "--yes"]), 0);
    let asked = vec.run(["rollback", "lone", "--yes"]);
    ended_with(&asked, 3);
    says(&asked.stdout, "MV1202");
    let output = vec.run(["rollback", "lone", "--accept", "MV1202=as the guide says", "--yes"]);
    ended_with(&output, 0);
    runs_wholly(&lone, "milvusdb/milvus:v2.6.22");
    says(&vec.run(["history", "lone", "-o", "wide"]).stdout, "as the guide says");
}

fn the_operator_is_not_taken_back(testbed: &Testbed) {
    let output = testbed.namespace("back-operator").run(["rollback", "operator", "--yes"]);
    ended_with(&output, 2);
    says(&output.stderr, "an operator is not taken back here");
}
