//! What the checks forbid is not begun.

use serde_json::{Value, json};

use super::{ended_with, own_writes, says};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;

trials![
    an_older_version_is_refused,
    a_version_out_of_reach_is_refused_with_the_way_there,
    a_step_that_only_a_backup_undoes_needs_an_answer,
    what_keeps_the_operator_from_rolling_is_refused,
];

fn an_older_version_is_refused(testbed: &Testbed) {
    let vec = testbed.namespace("older");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let before = lone.get()["spec"].clone();
    for older in ["2.5.10", "2.4.23"] {
        let output = vec.run(["upgrade", "lone", "--to", older, "--yes"]);
        ended_with(&output, 3);
        says(&output.stdout, "MV0111");
        says(&output.stdout, &format!("{older} is older than 2.5.22, which runs"));
    }
    assert_eq!(lone.get()["spec"], before);
    assert_eq!(own_writes(&vec).len(), 0);
}

fn a_version_out_of_reach_is_refused_with_the_way_there(testbed: &Testbed) {
    let vec = testbed.namespace("out-of-reach");
    vec.milvus("lone").standalone().version("2.4.23").create_and_wait_until_healthy();
    // An image of one's own is gone to in one step.
    let image = "--image=milvusdb/milvus:v2.6.22";
    let output = vec.run(["upgrade", "lone", image, "--backup", "nightly", "--yes"]);
    ended_with(&output, 3);
    says(&output.stdout, "MV0104");
    says(&output.stdout, "2.4.23 cannot go to 2.6.22 in one step");
    says(&output.stdout, "kubectl milvus upgrade lone -n out-of-reach --to 2.5.27");
    // As a document it is the report that forbids it.
    let output = vec.run(["upgrade", "lone", image, "--backup", "nightly", "--yes", "-o", "json"]);
    ended_with(&output, 3);
    let report: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&report["kind"], &report["ready"]), (&json!("CheckReport"), &json!(false)));
    assert_eq!(own_writes(&vec).len(), 0);
}

fn a_step_that_only_a_backup_undoes_needs_an_answer(testbed: &Testbed) {
    let vec = testbed.namespace("no-backup");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let upgrade = ["upgrade", "lone", "--to", "2.6.22", "--yes"];
    let output = vec.run(upgrade);
    ended_with(&output, 3);
    says(&output.stdout, "MV0701");
    says(&output.stdout, "--backup REF, or --accept MV0701");
    // Another code is no answer to it.
    ended_with(&vec.command(&upgrade).args(&["--accept", "MV0503"]).run(), 3);
    for answer in ["--accept=MV0701", "--backup=nightly"] {
        ended_with(&vec.command(&upgrade).args(&["--dry-run=client", answer]).run(), 0);
    }
    assert_eq!(own_writes(&vec).len(), 0);
}

fn what_keeps_the_operator_from_rolling_is_refused(testbed: &Testbed) {
    let vec = testbed.namespace("kept-back");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let component = |section: Value| json!({ "spec": { "components": section } });
    let annotation = |value: Value| json!({ "metadata": { "annotations": { "milvus.io/pause-reconcile": value } } });
    let cases = [
        ("MV0401", annotation(json!("true")), annotation(Value::Null)),
        ("MV0402", component(json!({ "paused": true })), component(json!({ "paused": false }))),
        (
            "MV0402",
            component(json!({ "standalone": { "paused": true } })),
            component(json!({ "standalone": { "paused": false } })),
        ),
        (
            "MV0403",
            component(json!({ "standalone": { "image": "milvusdb/milvus:v2.5.21" } })),
            component(json!({ "standalone": { "image": null } })),
        ),
    ];
    let upgrade = ["upgrade", "lone", "--to", "2.5.27", "--yes"];
    ended_with(&vec.command(&upgrade).args(&["--dry-run=client"]).run(), 0);
    for (code, set, unset) in cases {
        lone.patch(&set);
        let output = vec.run(upgrade);
        ended_with(&output, 3);
        says(&output.stdout, code);
        says(&output.stdout, &format!("kubectl milvus explain {code}"));
        lone.patch(&unset);
        // It may be refused still, until the operator has looked; but not for this reason.
        let output = vec.command(&upgrade).args(&["--dry-run=client"]).run();
        assert!(!output.stdout.contains(code), "{}", output.stdout);
    }
    assert_eq!(own_writes(&vec).len(), 0);
}
