//! Rolls that go well: the operator's order, one write, and nothing changed that was not asked for.

use serde_json::json;

use super::{Kept, ended_with, order_of_images, own_writes, runs_wholly, says};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;

trials![
    separate_coordinators_become_one_in_a_step_of_their_own_before_2_6,
    four_coordinators_stay_four_from_2_4_to_2_5,
    a_cluster_goes_from_2_5_to_2_6_with_one_write,
    a_cluster_moves_within_2_6,
    a_standalone_keeps_its_queue_from_2_5_to_2_6,
];

fn a_cluster_goes_from_2_5_to_2_6_with_one_write(testbed: &Testbed) {
    let vec = testbed.namespace("into-2-6");
    let prod = vec.milvus("prod").cluster().version("2.5.22").replicas("queryNode", 2).replicas("proxy", 2);
    let prod = prod.create_and_wait_until_healthy();
    let before = Kept::of(&prod.get());
    assert_eq!(before.replicas["queryNode"], 2, "{before:?}");

    let output = vec.run(["upgrade", "prod", "--to", "2.6.22", "--backup", "nightly", "--yes"]);
    ended_with(&output, 0);
    runs_wholly(&prod, "milvusdb/milvus:v2.6.22");
    let after = prod.get();
    assert_eq!(Kept::of(&after), before);
    assert!(after["spec"]["components"].get("indexNode").is_none());
    assert_eq!(
        prod.components(),
        ["datanode", "mixcoord", "proxy", "querynode", "querynode", "standalone", "streamingnode"]
    );
    assert_eq!(
        order_of_images(&vec, "milvusdb/milvus:v2.6.22"),
        ["streamingnode", "mixcoord", "querynode", "datanode", "proxy"]
    );

    let [write] = &own_writes(&vec)[..] else { panic!("{:?}", own_writes(&vec)) };
    assert_eq!((write.verb.as_str(), write.resource.as_str(), write.name.as_str()), ("patch", "milvuses", "prod"));
    let asked = json!({ "components": { "image": "milvusdb/milvus:v2.6.22", "imageUpdateMode": "rollingUpgrade" } });
    assert_eq!(write.object["spec"], asked);
    assert!(write.object["metadata"]["resourceVersion"].is_string(), "{}", write.object);

    says(&output.stdout, "milvus/prod in into-2-6: cluster 2.5.22 -> 2.6.22, by the operator 1.3.7");
    says(&output.stdout, "from here the way back is a restore from backup");
    says(&output.stdout, "Done: milvus/prod runs 2.6.22");
    says(&output.stdout, "1 write)");
    says(&output.stderr, "indexnode: gone");
}

fn a_cluster_moves_within_2_6(testbed: &Testbed) {
    let vec = testbed.namespace("within-2-6");
    let prod = vec.milvus("prod").cluster().version("2.6.6").replicas("dataNode", 2);
    let prod = prod.create_and_wait_until_healthy();
    let before = Kept::of(&prod.get());
    // Every step can be taken back, so no backup is asked for; and `2.6` is the newest of its line.
    let output = vec.run(["upgrade", "milvus/prod", "--to", "2.6", "--yes", "-o", "json"]);
    ended_with(&output, 0);
    runs_wholly(&prod, "milvusdb/milvus:v2.6.22");
    assert_eq!(Kept::of(&prod.get()), before);
    assert_eq!(
        order_of_images(&vec, "milvusdb/milvus:v2.6.22"),
        ["mixcoord", "streamingnode", "querynode", "datanode", "proxy"]
    );
    assert_eq!(own_writes(&vec).len(), 1);
    let result: serde_json::Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&result["apiVersion"], &result["kind"]), (&json!("kubectl-milvus/v1"), &json!("RunResult")));
    assert_eq!((&result["ending"], &result["writes"]), (&json!("done"), &json!(1)));
}

fn four_coordinators_stay_four_from_2_4_to_2_5(testbed: &Testbed) {
    let vec = testbed.namespace("into-2-5");
    let prod = vec.milvus("prod").cluster().with_separate_coordinators().version("2.4.23");
    let prod = prod.create_and_wait_until_healthy();
    let (before, components) = (Kept::of(&prod.get()), prod.components());
    let output = vec.run(["upgrade", "prod", "--to", "2.5.27", "--yes"]);
    ended_with(&output, 0);
    runs_wholly(&prod, "milvusdb/milvus:v2.5.27");
    assert_eq!(Kept::of(&prod.get()), before);
    assert_eq!(prod.components(), components);
    assert_eq!(
        order_of_images(&vec, "milvusdb/milvus:v2.5.27"),
        ["indexnode", "rootcoord", "datacoord", "indexcoord", "querycoord", "querynode", "datanode", "proxy"]
    );
    assert_eq!(own_writes(&vec).len(), 1);
}

fn separate_coordinators_become_one_in_a_step_of_their_own_before_2_6(testbed: &Testbed) {
    let vec = testbed.namespace("coordinators");
    let prod = vec.milvus("prod").cluster().with_separate_coordinators().version("2.5.22");
    let prod = prod.create_and_wait_until_healthy();
    let before = Kept::of(&prod.get());
    let output = vec.run(["upgrade", "prod", "--to", "2.6.22", "--backup", "nightly", "--yes"]);
    ended_with(&output, 0);
    runs_wholly(&prod, "milvusdb/milvus:v2.6.22");
    let after = prod.get();
    assert_eq!(Kept::of(&after), before);
    for old in ["rootCoord", "dataCoord", "indexCoord", "queryCoord", "indexNode"] {
        assert!(after["spec"]["components"].get(old).is_none(), "{old}");
        assert!(!prod.components().contains(&old.to_lowercase()), "{old}");
    }

    let writes = own_writes(&vec);
    let specs: Vec<_> = writes.iter().map(|write| write.object["spec"]["components"].clone()).collect();
    assert_eq!(
        specs,
        [
            json!({ "mixCoord": { "replicas": 1 } }),
            json!({ "image": "milvusdb/milvus:v2.6.22", "imageUpdateMode": "rollingUpgrade" }),
        ]
    );
    // By the second write the old coordinators had gone, and what ran still was the old version.
    let gone = vec.audit().of_user("milvus-operator").writes();
    let last = gone.iter().rfind(|write| write.verb == "delete" && write.name.ends_with("coord"));
    let last = last.expect("the operator deletes the old coordinators");
    assert!(last.time < writes[1].time, "{} {}", last.time, writes[1].time);
    assert_eq!(order_of_images(&vec, "milvusdb/milvus:v2.5.22").last().map(String::as_str), Some("mixcoord"));
    says(&output.stdout, "mixcoord takes over; the four coordinators leave");
    says(&output.stdout, "2 writes)");
}

fn a_standalone_keeps_its_queue_from_2_5_to_2_6(testbed: &Testbed) {
    let vec = testbed.namespace("lone");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let before = Kept::of(&lone.get());
    // The only instance need not be named.
    let output = vec.run(["upgrade", "--to", "2.6.22", "--accept", "MV0701", "--yes"]);
    ended_with(&output, 0);
    runs_wholly(&lone, "milvusdb/milvus:v2.6.22");
    let after = lone.get();
    assert_eq!(Kept::of(&after), before);
    assert_eq!(after["spec"]["dependencies"]["msgStreamType"], "rocksmq");
    assert_eq!(lone.components(), ["standalone"]);
    assert_eq!(own_writes(&vec).len(), 1);

    let seen = own_writes(&vec);
    assert!(seen[0].user_agent.starts_with("kubectl-milvus/"), "{}", seen[0].user_agent);
    let managers = after["metadata"]["managedFields"].as_array().expect("managers");
    let owner = managers.iter().find(|entry| entry["fieldsV1"].pointer("/f:spec/f:components/f:image").is_some());
    assert_eq!(owner.map(|entry| &entry["manager"]), Some(&json!("kubectl-milvus")), "{managers:?}");

    // The same once more.
    let proxy = testbed.proxy();
    let again = vec.command(&["upgrade", "lone", "--to", "2.6.22", "--yes"]).kubeconfig(proxy.kubeconfig()).run();
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do: milvus/lone runs 2.6.22 already");
    assert_eq!(own_writes(&vec).len(), 1);
    // Nine of them ask what the operator may do.
    assert!(proxy.seen().len() <= 30, "{:?}", proxy.seen());
    assert!(proxy.seen().iter().all(|seen| !seen.is_watch), "{:?}", proxy.seen());
}
