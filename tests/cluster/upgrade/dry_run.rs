//! A dry run shows the plan and changes nothing.

use serde_json::{Value, json};

use super::{ended_with, own_writes, says};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;

trials![a_dry_run_changes_nothing];

fn a_dry_run_changes_nothing(testbed: &Testbed) {
    let vec = testbed.namespace("dry-run");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let before = prod.get();
    let upgrade = ["upgrade", "prod", "--to", "2.6.22", "--backup", "nightly"];
    let patches =
        || vec.audit().of_user_agent("kubectl-milvus").requests().into_iter().filter(|one| one.verb == "patch");

    let output = vec.command(&upgrade).args(&["--dry-run=client"]).run();
    ended_with(&output, 0);
    says(&output.stdout, "milvusdb/milvus:v2.5.22 -> v2.6.22");
    says(&output.stdout, "streamingnode, then mixcoord");
    says(&output.stdout, "from here the way back is a restore from backup");
    assert_eq!(patches().count(), 0, "nothing that writes is sent at all");

    let output = vec.command(&upgrade).args(&["--dry-run=server"]).run();
    ended_with(&output, 0);
    says(&output.stderr, "the API server takes the first write; nothing was written");
    let sent: Vec<_> = patches().collect();
    let [tried] = &sent[..] else { panic!("{sent:?}") };
    says(&tried.uri, "dryRun=All");
    assert_eq!(tried.status, 200);

    let output = vec.command(&upgrade).args(&["--dry-run=client", "--exit-code", "-o", "json"]).run();
    ended_with(&output, 10);
    let plan: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&plan["apiVersion"], &plan["kind"]), (&json!("kubectl-milvus/v1"), &json!("UpgradePlan")));
    assert_eq!((&plan["namespace"], &plan["name"]), (&json!("dry-run"), &json!("prod")));
    assert_eq!(plan["target"]["image"], "milvusdb/milvus:v2.6.22");
    assert_eq!(plan["steps"][0]["id"], "set-image");
    let output = vec.command(&upgrade).args(&["--dry-run=client", "-o", "yaml"]).run();
    let same: Value = serde_saphyr::from_str(&output.stdout).expect("one document");
    assert_eq!(same["steps"], plan["steps"]);
    let output = vec.command(&upgrade).args(&["--dry-run=client", "-o", "name"]).run();
    assert_eq!(output.stdout, "milvus/prod\n");

    let nothing = vec.run(["upgrade", "prod", "--to", "2.5.22", "--dry-run=server", "--exit-code"]);
    ended_with(&nothing, 0);
    says(&nothing.stdout, "Nothing to do");
    assert_eq!(own_writes(&vec).len(), 0);
    let after = prod.get();
    assert_eq!(after["metadata"]["generation"], before["metadata"]["generation"]);
    assert_eq!(after["spec"], before["spec"]);
}
