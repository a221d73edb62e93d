//! The Secret: when it is written, what is in it, and that nothing of it is told.

use serde_json::{Value, json};

use super::{IMAGE, UPGRADE, ending, leases, only_run, run_of, secrets};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, own_writes, runs_wholly, says};

trials![
    a_run_is_written_down_before_the_first_change_and_after_every_step,
    what_is_secret_stays_in_the_secret,
    the_last_ten_runs_are_kept,
];

fn a_run_is_written_down_before_the_first_change_and_after_every_step(testbed: &Testbed) {
    let vec = testbed.namespace("written");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let before = prod.get();
    let arguments = ["upgrade", "prod", "--to", "2.6.22", "--accept", "MV0701=a test system", "--yes"];
    ended_with(&vec.run(arguments), 0);
    runs_wholly(&prod, "milvusdb/milvus:v2.6.22");

    let writes = vec.audit().of_user_agent("kubectl-milvus").writes();
    let told = |write: &crate::testbed::audit::Request| format!("{} {}", write.verb, write.resource);
    let all: Vec<String> = writes.iter().map(told).collect();
    assert_eq!(all[..2], ["create leases", "create secrets"], "{all:?}");
    assert_eq!(all.last().map(String::as_str), Some("delete leases"), "{all:?}");
    let change = all.iter().position(|one| one == "patch milvuses").expect("a change");
    assert!(change > 1, "{all:?}");
    assert_eq!(own_writes(&vec).len(), 1);
    assert_eq!(all.iter().filter(|one| *one == "create events").count(), 2, "{all:?}");

    // Each time it is written, one step more is done.
    let runs: Vec<Value> =
        writes.iter().filter(|write| write.resource == "secrets").map(|write| run_of(&write.object)).collect();
    let done = |run: &Value| {
        let steps = run["steps"].as_array().expect("steps");
        steps.iter().filter(|step| step["progress"] == "done").count()
    };
    let progress: Vec<usize> = runs.iter().map(done).collect();
    assert_eq!(progress.first(), Some(&0), "{progress:?}");
    assert_eq!(progress[1], 1, "the write of the image");
    assert!(progress.is_sorted() && progress.last() == Some(&4), "{progress:?}");
    assert_eq!(runs.iter().filter(|run| !ending(run).is_null()).count(), 1, "only the last one says the end");

    let run = only_run(&vec);
    assert_eq!((&run["from"], &run["to"], ending(&run)), (&json!("2.5.22"), &json!("2.6.22"), &json!("done")));
    assert_eq!(run["before"]["spec"], before["spec"]);
    assert_eq!(run["before"]["generation"], before["metadata"]["generation"]);
    assert_eq!(run["sessions"][0]["user"], "admin");
    assert_eq!(run["writes"][0]["patch"]["spec"]["components"]["image"], "milvusdb/milvus:v2.6.22");
    assert_eq!(run["accepted"][0]["code"], "MV0701");
    assert_eq!(leases(&vec), Vec::<Value>::new());

    let events = vec.list("events.k8s.io/v1", "events");
    let own = events.iter().filter(|event| event["reportingController"] == "kubectl-milvus");
    let mut reasons: Vec<&str> = own.map(|event| event["reason"].as_str().unwrap_or_default()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["UpgradeBegan", "UpgradeEnded"]);

    let history = vec.run(["history", "prod"]);
    ended_with(&history, 0);
    says(&history.stdout, "MV0701 (a test system)");
    says(&history.stdout, "admin@");
    says(&history.stdout, "done");
}

fn what_is_secret_stays_in_the_secret(testbed: &Testbed) {
    const PASSWORD: &str = "planted-9f2c1e";
    let vec = testbed.namespace("planted");
    let config = json!({ "config": { "common": { "security": { "defaultRootPassword": PASSWORD } } } });
    let lone = vec.milvus("lone").standalone().version("2.5.22").spec(&config).create_and_wait_until_healthy();
    let mut outputs = vec![
        vec.command(&UPGRADE).args(&["-v", "--plan-out"]).args(&[&path(&vec, "plan.yaml")]).run(),
        vec.command(&UPGRADE).args(&["-v", "-o", "json"]).run(),
        vec.run(["history", "lone", "-o", "wide"]),
        vec.run(["history", "lone", "-o", "json"]),
        vec.run(["history", "lone", "-o", "yaml", "-v"]),
    ];
    let plan = std::fs::read_to_string(path(&vec, "plan.yaml")).expect("the plan");
    outputs.push(crate::testbed::run::Output { stdout: plan, ..outputs[0].clone() });
    for output in &outputs {
        ended_with(output, 0);
        assert!(!format!("{} {}", output.stdout, output.stderr).contains(PASSWORD), "{}", output.stdout);
    }
    runs_wholly(&lone, IMAGE);
    let secret = &secrets(&vec)[0];
    assert!(!secret["metadata"].to_string().contains(PASSWORD));
    // It is there all the same: who goes back needs the whole of it.
    assert!(run_of(secret)["before"].to_string().contains(PASSWORD));
    let told = vec
        .list("events.k8s.io/v1", "events")
        .iter()
        .chain(&leases(&vec))
        .any(|object| object["reportingController"] == "kubectl-milvus" && object.to_string().contains(PASSWORD));
    assert!(!told);
}

fn path(vec: &crate::testbed::namespace::Namespace, name: &str) -> String {
    // The folder is made with the first file.
    vec.file("folder", "").with_file_name(name).display().to_string()
}

fn the_last_ten_runs_are_kept(testbed: &Testbed) {
    let vec = testbed.namespace("ten");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let path = vec.path("v1", "secrets");
    for number in 10..22 {
        // What cannot be read is no obstacle: these are done.
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubectl-milvus/run.v1",
            "metadata": { "name": format!("kubectl-milvus.milvus.lone.20200101-0000{number}-000"), "labels": {
                "kubectl-milvus.io/instance": "lone", "kubectl-milvus.io/way": "milvus",
                "kubectl-milvus.io/operation": "upgrade", "kubectl-milvus.io/ended": "done",
            }},
        });
        crate::testbed::sure(testbed.client().create(&path, &secret));
    }
    ended_with(&vec.run(UPGRADE), 0);
    runs_wholly(&lone, IMAGE);
    let names: Vec<String> = secrets(&vec).iter().map(|secret| secret["metadata"]["name"].to_string()).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    says(&names[0], "20200101-000013-000");
    assert!(!names[9].contains("2020"), "{names:?}");
    // Those that cannot be read are said, and the others shown.
    let history = vec.run(["history", "lone"]);
    ended_with(&history, 0);
    says(&history.stdout, "2.5.27");
    says(&history.stderr, "20200101-000013-000");
}
