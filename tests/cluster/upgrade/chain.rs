//! Ways over several versions: one roll after the other, each only once the one before it is done.

use std::io::Write;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{Kept, ended_with, order_of_images, own_writes, runs_wholly, says};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;

trials![
    a_cluster_goes_over_2_5_to_2_6_hop_by_hop,
    one_hop_stops_after_the_first_and_the_next_run_goes_on,
    what_the_last_hop_needs_is_asked_before_the_first,
    a_line_that_exists_in_a_file_only_is_planned_to,
];

fn a_cluster_goes_over_2_5_to_2_6_hop_by_hop(testbed: &Testbed) {
    let vec = testbed.namespace("two-hops");
    let prod = vec.milvus("prod").cluster().version("2.4.23").create_and_wait_until_healthy();
    let before = Kept::of(&prod.get());
    let upgrade = ["upgrade", "prod", "--to", "2.6.22", "--backup", "nightly", "--yes"];
    let dry = vec.command(&upgrade).args(&["--dry-run=server"]).run();
    ended_with(&dry, 0);
    says(&dry.stdout, "The way: 2.4.23 -> 2.5.27 -> 2.6.22");
    assert_eq!(own_writes(&vec).len(), 0);

    let output = vec.run(upgrade);
    ended_with(&output, 0);
    runs_wholly(&prod, "milvusdb/milvus:v2.6.22");
    assert_eq!(Kept::of(&prod.get()), before);
    let writes = own_writes(&vec);
    let images: Vec<&Value> = writes.iter().map(|write| &write.object["spec"]["components"]["image"]).collect();
    assert_eq!(images, [&json!("milvusdb/milvus:v2.5.27"), &json!("milvusdb/milvus:v2.6.22")]);
    // The second was not asked for before all of the first was there.
    assert_eq!(
        order_of_images(&vec, "milvusdb/milvus:v2.5.27"),
        ["indexnode", "mixcoord", "querynode", "datanode", "proxy"]
    );
    let of_operator = vec.audit().of_user("milvus-operator").writes();
    let reached = of_operator.iter().find(|write| {
        write.resource == "milvuses" && write.object["status"]["currentImage"] == "milvusdb/milvus:v2.5.27"
    });
    let reached = reached.expect("the operator says that 2.5.27 is there");
    assert!(reached.time < writes[1].time, "{} {}", reached.time, writes[1].time);
    assert_eq!(
        order_of_images(&vec, "milvusdb/milvus:v2.6.22"),
        ["streamingnode", "mixcoord", "querynode", "datanode", "proxy"]
    );
    let first = output.stdout.find("Done: milvus/prod runs 2.5.27").expect("the first run is told");
    let second = output.stdout.find("Done: milvus/prod runs 2.6.22").expect("the second run is told");
    assert!(first < second);
}

fn one_hop_stops_after_the_first_and_the_next_run_goes_on(testbed: &Testbed) {
    let vec = testbed.namespace("one-hop");
    let lone = vec.milvus("lone").standalone().version("2.4.23").create_and_wait_until_healthy();
    let upgrade = ["upgrade", "lone", "--to", "2.6.22", "--backup", "nightly", "--yes", "-o", "json"];
    let output = vec.command(&upgrade).args(&["--one-hop"]).run();
    ended_with(&output, 0);
    runs_wholly(&lone, "milvusdb/milvus:v2.5.27");
    let result: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&result["ending"], &result["plan"]["target"]["version"]), (&json!("done"), &json!("2.5.27")));
    says(result["next"][0]["command"].as_str().unwrap_or_default(), "upgrade lone -n one-hop --to 2.6.22");

    let output = vec.run(upgrade);
    ended_with(&output, 0);
    runs_wholly(&lone, "milvusdb/milvus:v2.6.22");
    let result: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!(result.get("earlier"), None);
    assert_eq!(own_writes(&vec).len(), 2);
    assert_eq!(lone.get()["spec"]["dependencies"]["msgStreamType"], "rocksmq");
}

fn what_the_last_hop_needs_is_asked_before_the_first(testbed: &Testbed) {
    let vec = testbed.namespace("far-backup");
    vec.milvus("lone").standalone().version("2.4.23").create_and_wait_until_healthy();
    let output = vec.run(["upgrade", "lone", "--to", "2.6.22", "--yes"]);
    ended_with(&output, 3);
    says(&output.stdout, "Not ready for 2.6.22 by way of 2.5.27: 1 question to answer");
    says(&output.stdout, "MV0701");
    says(&output.stdout, "Route   2.4.23 -> 2.5.27 -> 2.6.22");
    assert_eq!(own_writes(&vec).len(), 0);
}

fn a_line_that_exists_in_a_file_only_is_planned_to(testbed: &Testbed) {
    let vec = testbed.namespace("made-up");
    vec.milvus("lone").standalone().version("2.6.22").create_and_wait_until_healthy();
    let mut file = NamedTempFile::new().expect("a temporary file");
    let rows = "
        [[release]]
        version = '3.1.0'
        source = 'made up for this test'
        [[line]]
        line = '3.1'
        minimum_source = '3.0.0'
        source = 'made up for this test'
        [[back]]
        from = '3.1'
        into = '3.0'
        class = 'restore-only'
        reason = 'it was made up'
        source = 'made up for this test'
    ";
    file.write_all(rows.as_bytes()).expect("it can be written");
    let upgrade = ["upgrade", "lone", "--to", "3.1", "--backup", "nightly", "--yes", "--dry-run=server"];
    let output = vec.command(&upgrade).args(&["--knowledge", &file.path().display().to_string()]).run();
    ended_with(&output, 0);
    says(&output.stdout, "The way: 2.6.22 -> 3.0.0 -> 3.1.0");
    says(&output.stdout, "the way back: it was made up");
    says(&output.stderr, "the API server takes the first write");
    ended_with(&vec.run(upgrade), 2);
    assert_eq!(own_writes(&vec).len(), 0);
}
