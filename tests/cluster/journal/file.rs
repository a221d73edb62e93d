//! A plan that is kept in a file, looked at, and carried out later.

use serde_json::{Value, json};

use super::{IMAGE, ending, only_run};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{SOON, ended_with, own_writes, runs_wholly, says};

trials![a_plan_in_a_file_is_carried_out_on_unmoved_ground_only];

fn a_plan_in_a_file_is_carried_out_on_unmoved_ground_only(testbed: &Testbed) {
    let vec = testbed.namespace("filed");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let place = |name: &str| vec.file("folder", "").with_file_name(name).display().to_string();
    let (yaml, json) = (place("plan.yaml"), place("plan.json"));
    for path in [&yaml, &json] {
        let output = vec.run(["upgrade", "lone", "--to", "2.5.27", "--accept", "MV0503=fine", "--plan-out", path]);
        ended_with(&output, 0);
        says(&output.stdout, "set the image");
        says(&output.stderr, "the plan is in");
    }
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);
    let text = |path: &str| std::fs::read_to_string(path).expect("the plan");
    let of_json: Value = serde_json::from_str(&text(&json)).expect("JSON");
    assert_eq!((&of_json["kind"], &of_json["steps"][0]["id"]), (&json!("UpgradePlan"), &json!("set-image")));
    assert_eq!(serde_saphyr::from_str::<Value>(&text(&yaml)).expect("YAML"), of_json);

    let wrong = vec.run(["upgrade", "lone", "--to", "2.5.27", "--plan-out", &place("plan.txt")]);
    ended_with(&wrong, 2);
    let other = vec.run(["upgrade", "another", "--plan", &json, "--yes"]);
    ended_with(&other, 2);
    says(&other.stderr, "the plan is for milvus/lone in namespace `filed`, not `another`");
    let forged = place("forged.json");
    std::fs::write(&forged, text(&json).replace(IMAGE, "milvusdb/milvus:v2.5.26")).expect("a file");
    ended_with(&vec.run(["upgrade", "--plan", &forged, "--yes"]), 3);

    lone.patch(&json!({ "spec": { "config": { "log": { "level": "debug" } } } }));
    lone.wait_until(SOON, "the operator's look at it", crate::testbed::milvus::is_healthy);
    let moved = vec.run(["upgrade", "--plan", &json, "--yes"]);
    ended_with(&moved, 3);
    says(&moved.stderr, "metadata.generation: ");
    assert_eq!(own_writes(&vec), []);

    ended_with(&vec.run(["upgrade", "lone", "--to", "2.5.27", "--plan-out", &yaml]), 0);
    // The plan knows its namespace.
    let done = testbed.command(&["upgrade", "--plan", &yaml, "--yes"]).run();
    ended_with(&done, 0);
    runs_wholly(&lone, IMAGE);
    assert_eq!(own_writes(&vec).len(), 1);
    assert_eq!(ending(&only_run(&vec)), "done");
    let again = vec.run(["upgrade", "--plan", &yaml, "--yes"]);
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do");
}
