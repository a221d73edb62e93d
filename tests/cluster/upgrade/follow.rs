//! Somebody else writes, and the program watches: Argo CD with what it was handed, a colleague, two who fight.

use serde_json::{Value, json};

use super::{ROLL, SOON, ended_with, runs_wholly, says};
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::trial::trials;

trials![
    what_is_handed_over_is_committed_and_followed_to_its_end,
    who_puts_it_back_meanwhile_is_named,
    what_runs_already_is_nothing_to_follow_and_a_time_limit_holds,
];

const OLD: &str = "milvusdb/milvus:v2.5.22";
const NEW: &str = "milvusdb/milvus:v2.6.6";

fn image(image: &str) -> Value {
    json!({ "spec": { "components": { "image": image } } })
}

/// Fails where anything was written, a record or a Lease too.
fn wrote_nothing(vec: &Namespace) {
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);
}

fn what_is_handed_over_is_committed_and_followed_to_its_end(testbed: &Testbed) {
    let vec = testbed.namespace("handed-over");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    prod.annotate("argocd.argoproj.io/tracking-id", Some("search:milvus.io/Milvus:handed-over/prod"));
    let upgrade = ["upgrade", "prod", "--to", "2.6.6", "--backup", "nightly", "--yes"];

    let refused = vec.run(upgrade);
    ended_with(&refused, 3);
    says(&refused.stdout, "To commit where Argo CD reads milvus/prod");
    says(&refused.stdout, "    image: milvusdb/milvus:v2.6.6\n");
    says(&refused.stdout, "      - /spec/components/indexNode\n");
    says(&refused.stdout, "kubectl milvus upgrade prod -n handed-over --to 2.6.6 --follow");
    let document = vec.command(&upgrade).args(&["-o", "json"]).run();
    ended_with(&document, 3);
    let document: Value = serde_json::from_str(&document.stdout).expect("one document");
    let handover = &document["handover"];
    assert!(handover["content"].get("status").is_none() && handover["content"]["metadata"].get("uid").is_none());
    wrote_nothing(&vec);

    let mut following = vec.spawn(["upgrade", "prod", "--to", "2.6.6", "--follow"]);
    following.wait_for("somebody else asks for v2.6.6", SOON);
    prod.apply_as("argocd-controller", &handover["content"]);
    let followed = following.wait(ROLL);
    ended_with(&followed, 0);
    says(&followed.stdout, "Done: milvus/prod runs 2.6.6");
    runs_wholly(&prod, NEW);
    for field in handover["byOperator"].as_array().expect("fields") {
        let path: Vec<&str> = field["path"].as_array().expect("keys").iter().filter_map(Value::as_str).collect();
        let pointer = format!("/{}", path.join("/"));
        let wanted = field.get("new");
        let now = prod.get().pointer(&pointer).cloned();
        match wanted {
            Some(wanted) if wanted.is_object() => assert_eq!(now.expect("a section")["replicas"], wanted["replicas"]),
            wanted => assert_eq!(now.as_ref(), wanted, "{pointer}"),
        }
    }
    wrote_nothing(&vec);
}

fn who_puts_it_back_meanwhile_is_named(testbed: &Testbed) {
    let vec = testbed.namespace("put-back");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let fault = prod.fault("mixcoord").on_image(":v2.6.6").never_gets_ready();
    let mut following = vec.spawn(["upgrade", "prod", "--to", "2.6.6", "--follow"]);
    following.wait_for("somebody else asks for v2.6.6", SOON);
    prod.patch(&image(NEW));
    following.wait_for("step 2 of 4", SOON);
    prod.patch_as("argocd-controller", &image(OLD));
    let output = following.wait(SOON);
    ended_with(&output, 5);
    says(&output.stdout, "Stopped: milvus/prod does not come to 2.6.6");
    says(&output.stdout, "argocd-controller (Argo CD) put the image back to milvusdb/milvus:v2.5.22");
    says(&output.stdout, "--show-managed-fields");
    wrote_nothing(&vec);
    fault.release();
}

fn what_runs_already_is_nothing_to_follow_and_a_time_limit_holds(testbed: &Testbed) {
    let vec = testbed.namespace("follow-nothing");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let nothing = vec.run(["upgrade", "lone", "--follow"]);
    ended_with(&nothing, 0);
    says(&nothing.stdout, "Nothing to do: milvus/lone runs 2.5.22 already");
    let out = vec.run(["upgrade", "lone", "--to", "2.5.27", "--follow", "--timeout", "2s", "-o", "json"]);
    ended_with(&out, 124);
    let result: Value = serde_json::from_str(&out.stdout).expect("one document");
    assert_eq!((&result["ending"], &result["isFollowed"]), (&json!("timed-out"), &json!(true)));
    assert_eq!(result["next"][0]["command"], "kubectl milvus upgrade lone -n follow-nothing --to 2.5.27 --follow");
    assert_eq!(lone.get()["spec"]["components"]["image"], OLD);
    wrote_nothing(&vec);
}
