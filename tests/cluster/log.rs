//! What logs say of why something does not run, on a real cluster.

use std::time::Duration;

use kubectl_milvus::knowledge::Knowledge;
use serde_json::Value;

use crate::status::files;
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ROLL, ended_with, says};

trials![what_a_log_says_of_a_failure_is_told_and_kept];

/// Every line that the tables know, written by a real pod of a roll that fails; then one that nobody knows.
fn what_a_log_says_of_a_failure_is_told_and_kept(testbed: &Testbed) {
    const NEW: &str = "milvusdb/milvus:v2.6.22";
    let vec = testbed.namespace("log-failure");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let fault = lone.fault("standalone").on_image(":v2.6.22").crashes(1);
    let folder = tempfile::tempdir().expect("a folder");
    let upgrade = ["upgrade", "lone", "--to", "2.6.22", "--backup", "b", "--yes", "--timeout", "30s"];
    let running = vec.command(&upgrade).directory(folder.path()).spawn();
    let crashing = lone.wait_until_a_pod("standalone", ROLL, "crashes", |pod| {
        let status = &pod["status"]["containerStatuses"][0];
        pod["spec"]["containers"][0]["image"] == NEW && status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    });
    let text = |value: &Value| value.as_str().expect("a name").to_owned();
    let pod = text(&crashing["metadata"]["name"]);
    let container = text(&crashing["spec"]["containers"][0]["name"]);
    let before =
        "panic: version not support : 3 , knowhere current version 1\nminio: secretAccessKey=planted-key-5f2\n";
    vec.write_log(&pod, &container, before, "[INFO] Welcome to use Milvus!\n[ERROR] the moon is in the wrong house\n");

    let output = running.wait(ROLL + Duration::from_secs(30));
    ended_with(&output, 124);
    says(&output.stdout, &format!("log of pod {pod}, container {container}, before it was started again:\n"));
    says(&output.stdout, "    panic: version not support : 3 , knowhere current version 1\n      known  MV0610, ");
    says(&output.stdout, "      cure   ");
    says(&output.stdout, &format!("log of pod {pod}, container {container}, in which no line is known; its end:\n"));
    says(&output.stdout, "    [ERROR] the moon is in the wrong house\n");
    let kept = output.stderr.split_once("What helps to see why is in ").expect("where the bundle is").1;
    let bundle = files(&folder.path().join(kept.split_once(": ").expect("a path").0));
    says(&bundle[&format!("logs/{pod}/{container}.previous.log")], "secretAccessKey=(masked)");
    assert!(bundle.values().all(|content| !content.contains("planted-key-5f2")));

    for row in Knowledge::builtin().log_lines() {
        for piece in &row.text {
            vec.write_log(&pod, &container, "", &format!("[INFO] begin\n[ERROR] {piece} (1)\n[INFO] end\n"));
            let output = vec.run(["status", "lone", "-o", "json"]);
            ended_with(&output, 0);
            let status: Value = serde_json::from_str(&output.stdout).expect("a document");
            let signs = &status["logs"][0]["signs"];
            assert_eq!(
                (&signs[0]["code"], signs.as_array().map(Vec::len)),
                (&row.code.as_str().into(), Some(1)),
                "{piece}"
            );
        }
    }
    fault.release();
    ended_with(&vec.command(&upgrade[..7]).run(), 0);
    let output = vec.run(["status", "lone"]);
    assert!(!output.stdout.contains("log of pod"), "{}", output.stdout);
}
