//! `check` on a real cluster: what it says, and how little it asks for it.

use serde_json::{Value, json};

use crate::testbed::Testbed;
use crate::testbed::proxy::{Hits, Trouble};
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, own_writes, says};

trials![
    a_check_takes_few_requests_however_many_instances_there_are,
    reads_that_stumble_are_tried_again,
    a_snapshot_is_judged_like_the_cluster_and_holds_no_secret
];

/// What `check` of one instance may take: one to tell a resource from a release, fifteen at once, and one for the instances
/// that may share its external storage, and nine about what the operator may do. Two more while the test beside it has a
/// webhook that nobody answers.
const MOST_REQUESTS: usize = 28;

fn a_check_takes_few_requests_however_many_instances_there_are(testbed: &Testbed) {
    let vec = testbed.namespace("check");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    let check = |arguments: &[&str]| vec.command(arguments).kubeconfig(proxy.kubeconfig()).run();
    let output = check(&["check", "lone", "--to", "2.6.22", "--backup", "nightly", "-o", "json"]);
    ended_with(&output, 0);
    let requests = proxy.seen().len();
    assert!((1..=MOST_REQUESTS).contains(&requests), "{:?}", proxy.seen());
    assert!(proxy.seen().iter().all(|seen| !seen.is_watch), "{:?}", proxy.seen());
    let report: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&report["apiVersion"], &report["kind"]), (&json!("kubectl-milvus/v1"), &json!("CheckReport")));
    assert_eq!((&report["name"], &report["namespace"]), (&json!("lone"), &json!("check")));
    assert_eq!((&report["from"], &report["to"], &report["ready"]), (&json!("2.5.22"), &json!("2.6.22"), &json!(true)));
    assert_eq!(report["tally"]["unknown"], 0, "{report}");

    // Two more instances, the operator of which has nothing to do with it.
    for name in ["second", "third"] {
        vec.milvus(name).standalone().version("2.5.22").create();
    }
    let output = check(&["check", "-l", "app=milvus", "-o", "json"]);
    let reports: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!(reports["items"].as_array().map(Vec::len), Some(3));
    let requests = proxy.seen().len() - requests;
    assert!((1..=MOST_REQUESTS).contains(&requests), "{:?}", proxy.seen());
    // For people one table, and the whole of each where it is asked for.
    let output = check(&["check", "-l", "app=milvus"]);
    assert!(output.stdout.starts_with("NAME "), "{}", output.stdout);
    assert_eq!(
        ["lone", "second", "third"].map(|name| output.stdout.matches(&format!("\nmilvus/{name} ")).count()),
        [1; 3]
    );
    says(&output.stdout, "Next:  kubectl milvus check ");
    says(&check(&["check", "-l", "app=milvus", "-o", "wide"]).stdout, "milvus/lone in check: standalone 2.5.22");

    let output = check(&["check", "lone", "--to", "2.6.22"]);
    ended_with(&output, 3);
    says(&output.stdout, "Not ready for 2.6.22: 1 question to answer");
    says(&output.stdout, "MV0701");
    let output = check(&["check", "lone", "--to", "2.6.22", "--backup", "nightly"]);
    ended_with(&output, 0);
    says(&output.stdout, "milvus/lone in check: standalone 2.5.22, operator 1.3.7, Kubernetes 1.36");
    says(&output.stdout, "Ready for 2.6.22");
    says(&output.stdout, "kubectl milvus upgrade lone -n check --to 2.6.22");
    let differs = check(&["check", "lone", "--to", "2.5.27", "--exit-code"]);
    ended_with(&differs, 10);
    assert_eq!(own_writes(&vec).len(), 0);
    assert_eq!(lone.get()["spec"]["components"]["image"], "milvusdb/milvus:v2.5.22");
}

fn reads_that_stumble_are_tried_again(testbed: &Testbed) {
    let vec = testbed.namespace("check-trouble");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    let troubles = [
        ("/milvuses/lone", Trouble::Status(500)),
        ("/namespaces/check-trouble/deployments", Trouble::CutAnswer),
        ("/pods", Trouble::TooManyRequests { retry_after: 1 }),
        ("/events", Trouble::CutAfterBytes(200)),
        ("/nodes", Trouble::Status(503)),
        ("/customresourcedefinitions/", Trouble::CutBefore),
        ("/version", Trouble::Status(504)),
    ];
    let hits = troubles.map(|(path, trouble)| proxy.make(trouble).path(path).times(1).begin());
    let arguments = ["check", "milvus/lone", "--to", "2.6.22", "--backup", "nightly", "-o", "json"];
    let output = vec.command(&arguments).kubeconfig(proxy.kubeconfig()).run();
    ended_with(&output, 0);
    assert_eq!(hits.each_ref().map(Hits::count), [1; 7]);
    let report: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!(report["tally"]["unknown"], 0, "{report}");
}

fn a_snapshot_is_judged_like_the_cluster_and_holds_no_secret(testbed: &Testbed) {
    let vec = testbed.namespace("snapshot");
    let secret = json!({ "config": { "minio": { "secretAccessKey": "xyzzy-of-config" } }, "components": {
        "env": [{ "name": "SOME_TOKEN", "value": "xyzzy-of-environment" }],
    } });
    vec.milvus("lone").standalone().version("2.5.22").spec(&secret).create_and_wait_until_healthy();
    let file = vec.file("snapshot.json", "");
    let path = file.to_str().expect("a path in text");
    let check = ["check", "lone", "--to", "2.6.22", "-o", "json"];
    let online = vec.command(&check).args(&["--snapshot-out", path]).run();
    ended_with(&online, 3);
    let kept = std::fs::read_to_string(&file).expect("a snapshot");
    says(&kept, "lone");
    for text in [&kept, &online.stdout, &online.stderr] {
        assert!(!text.contains("xyzzy"), "{text}");
    }
    // With another one beside it.
    vec.milvus("other").standalone().version("2.5.22").create_and_wait_until_healthy();
    let both = vec.run(["check", "lone", "other", "--to", "2.6.22"]);
    ended_with(&both, 3);
    says(&both.stdout, "milvus/lone");
    says(&both.stdout, "milvus/other");
    let refused = vec.run(["check", "lone", "other", "--snapshot-out", path]);
    ended_with(&refused, 2);
    says(&refused.stderr, "--snapshot-out keeps one instance, and several are named");
    // Without a cluster.
    let nowhere = ["--snapshot", path, "--server", "http://127.0.0.1:1"];
    let offline = testbed.command(&["check", "--to", "2.6.22", "-o", "json"]).args(&nowhere).run();
    ended_with(&offline, 3);
    assert_eq!(offline.stdout, online.stdout);
}
