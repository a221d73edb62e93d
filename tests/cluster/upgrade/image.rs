//! Which image is asked for: registry, repository and variant stay; what no tag tells is written down.

use serde_json::{Value, json};

use super::{ended_with, own_writes, runs_wholly, says};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;

trials![registry_repository_and_variant_are_kept, a_digest_needs_the_running_version_and_gets_it_written_down];

fn registry_repository_and_variant_are_kept(testbed: &Testbed) {
    let vec = testbed.namespace("registry");
    let image = "registry.local:5000/vector/milvus:v2.5.22-gpu";
    let lone = vec.milvus("lone").standalone().image(image).create_and_wait_until_healthy();
    let output = vec.run(["upgrade", "lone", "--to", "2.5.27", "--yes"]);
    ended_with(&output, 0);
    runs_wholly(&lone, "registry.local:5000/vector/milvus:v2.5.27-gpu");
    assert!(lone.get()["spec"]["components"].get("version").is_none(), "the tag tells it");
    assert_eq!(own_writes(&vec).len(), 1);
}

fn a_digest_needs_the_running_version_and_gets_it_written_down(testbed: &Testbed) {
    let vec = testbed.namespace("digest");
    let image = format!("milvusdb/milvus@sha256:{}", "ab".repeat(32));
    let lone = vec.milvus("lone").standalone().image(&image).create_and_wait_until_healthy();
    let output = vec.run(["upgrade", "lone", "--to", "2.6.22", "--backup", "nightly", "--yes"]);
    ended_with(&output, 3);
    says(&output.stdout, "MV0103");
    says(&output.stdout, "--from-version");
    assert_eq!(own_writes(&vec).len(), 0);

    let own = "registry.local:5000/own/milvus:nightly";
    let plan = vec.run([
        "upgrade",
        "lone",
        "--image",
        own,
        "--to",
        "2.6.22",
        "--from-version",
        "2.5.22",
        "--backup",
        "nightly",
        "--dry-run=server",
        "-o",
        "json",
    ]);
    ended_with(&plan, 0);
    let plan: Value = serde_json::from_str(&plan.stdout).expect("one document");
    let patch = &plan["steps"][0]["action"]["patch"]["spec"]["components"];
    assert_eq!((&patch["image"], &patch["version"]), (&json!(own), &json!("2.6.22")));

    let told = ["upgrade", "lone", "--to", "2.6.22", "--from-version", "2.5.22", "--backup", "nightly", "--yes"];
    let output = vec.run(told);
    ended_with(&output, 0);
    runs_wholly(&lone, "milvusdb/milvus:v2.6.22");
    assert_eq!(lone.get()["spec"]["components"]["version"], "2.6.22");
    let again = vec.run(["upgrade", "lone", "--to", "2.6.22", "--yes"]);
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do");
    assert_eq!(own_writes(&vec).len(), 1);
}
