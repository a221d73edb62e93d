//! What a plan says that the operator will write by itself is what the real one then writes.

use serde_json::Value;

use super::{ended_with, own_writes, says};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;

trials![what_was_told_of_the_resource_is_what_becomes_of_it];

/// The paths of a line `…: spec.a.b, spec.c`.
fn paths(text: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("the operator writes by itself: "));
    let mut paths: Vec<String> = line.unwrap_or_default().split(", ").map(str::to_owned).collect();
    paths.sort();
    paths
}

fn what_was_told_of_the_resource_is_what_becomes_of_it(testbed: &Testbed) {
    let vec = testbed.namespace("effect");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let upgrade = ["upgrade", "prod", "--to", "2.6.6", "--backup", "nightly"];

    let dry = vec.command(&upgrade).args(&["--dry-run=client", "--diff"]).run();
    ended_with(&dry, 0);
    says(&dry.stdout, "# milvus/prod (changed)");
    says(&dry.stdout, "-    image: milvusdb/milvus:v2.5.22\n+    image: milvusdb/milvus:v2.6.6\n");
    let told = paths(&dry.stdout);
    let document = vec.command(&upgrade).args(&["--dry-run=client", "--diff", "-o", "json"]).run();
    let document: Value = serde_json::from_str(&document.stdout).expect("one document");
    let diff = document["difference"]["objects"][0]["diff"].as_str().expect("the text");
    assert!(dry.stdout.contains(diff), "people and programs get the same");
    let change = |what: &str| {
        let changes = document["changes"].as_array().expect("changes");
        changes.iter().find(|change| change["what"] == what).cloned().unwrap_or_default()
    };
    assert_eq!((&change("mode")["old"], &change("mode")["new"]), (&"cluster".into(), &"cluster".into()));
    assert_eq!((&change("streamingnode")["old"], &change("streamingnode")["new"]), (&Value::Null, &"1 replica".into()));
    assert_eq!(own_writes(&vec).len(), 0);

    let run = vec.command(&upgrade).args(&["--yes", "-o", "json"]).run();
    ended_with(&run, 0);
    let result: Value = serde_json::from_str(&run.stdout).expect("one document");
    let edits = result["edits"].as_array().expect("edits").iter().filter_map(Value::as_str);
    let mut came: Vec<String> = edits.filter_map(|edit| Some(edit.split_once(':')?.0.to_owned())).collect();
    came.sort();
    assert_eq!(told, came, "{}\n{}", dry.stdout, run.stdout);
    let spec = prod.get()["spec"].clone();
    assert_eq!(spec["components"]["streamingMode"], true);
    assert_eq!(spec["components"].get("indexNode"), None);
}
