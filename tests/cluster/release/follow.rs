//! Somebody else moves a release, and the program watches: helm itself, a tool that leaves no record, and who puts it
//! back.

use serde_json::{Value, json};

use super::way::{Chart, chart, helm, install, running};
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::trial::trials;
use crate::upgrade::{ROLL, SOON, ended_with, says};

trials![
    what_helm_does_is_followed_to_its_end,
    what_leaves_no_record_is_seen_in_the_deployments,
    who_puts_a_release_back_is_named,
    a_release_that_gives_up_is_told_with_its_pods,
    what_a_release_runs_is_nothing_to_follow_and_a_time_limit_holds,
];

const OLD: &str = "milvusdb/milvus:v2.6.15";
const NEW: &str = "milvusdb/milvus:v2.6.22";
const FOLLOW: [&str; 5] = ["upgrade", "release/my", "--to", "2.6.22", "--follow"];

fn installed(vec: &Namespace, flags: &str) -> Chart {
    let here = chart("5.0.22", "2.6.15");
    install(vec, &here, &["--set", &format!("image.all.tag=v2.6.15{flags}")]);
    here
}

/// Fails where anything was written, a record or a Lease too.
fn wrote_nothing(vec: &Namespace) {
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);
}

/// Gives every Deployment this image, under the name of a tool that keeps no records.
fn set_by_argo(vec: &Namespace, image: &str) {
    for deployment in vec.deployments("my") {
        let name = deployment["metadata"]["name"].as_str().expect("a name");
        let container = &deployment["spec"]["template"]["spec"]["containers"][0]["name"];
        let patch = json!({"spec": {"template": {"spec": {"containers": [{"name": container, "image": image}]}}}});
        let place = format!("{}/{name}?fieldManager=argocd-controller", vec.path("apps/v1", "deployments"));
        let content = "application/strategic-merge-patch+json";
        let answer = vec.testbed.client().send("PATCH", &place, content, Some(&patch)).expect("it answers");
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

fn what_helm_does_is_followed_to_its_end(testbed: &Testbed) {
    let vec = testbed.namespace("helm-followed");
    let here = installed(&vec, "");
    let mut following = vec.spawn(FOLLOW);
    following.wait_for("somebody else asks for v2.6.22", SOON);
    helm(&vec, &["upgrade", "my", &here.path(), "--set", "image.all.tag=v2.6.22"]);
    let followed = following.wait(ROLL);
    ended_with(&followed, 0);
    says(&followed.stdout, "Done: release/my runs 2.6.22");
    says(&followed.stdout, "watched only");
    assert!(running(&vec).iter().all(|(_, image)| image == NEW), "{:?}", running(&vec));
    wrote_nothing(&vec);
}

fn what_leaves_no_record_is_seen_in_the_deployments(testbed: &Testbed) {
    let vec = testbed.namespace("argo-followed");
    installed(&vec, "");
    let mut following = vec.spawn(FOLLOW);
    following.wait_for("somebody else asks for v2.6.22", SOON);
    set_by_argo(&vec, NEW);
    let followed = following.wait(ROLL);
    ended_with(&followed, 0);
    says(&followed.stdout, "Done: release/my runs 2.6.22");
    wrote_nothing(&vec);
}

fn who_puts_a_release_back_is_named(testbed: &Testbed) {
    let vec = testbed.namespace("helm-put-back");
    let here = installed(&vec, "");
    let fault = "annotations.kubectl-milvus\\.testbed/fault=cannot-pull,image.all.tag=v2.6.22";
    let mut following = vec.spawn(FOLLOW);
    following.wait_for("somebody else asks for v2.6.22", SOON);
    helm(&vec, &["upgrade", "my", &here.path(), "--set", fault]);
    following.wait_for("step 2 of 2", SOON);
    helm(&vec, &["rollback", "my", "1"]);
    let output = following.wait(SOON);
    ended_with(&output, 5);
    says(&output.stdout, "Stopped: release/my does not come to 2.6.22");
    says(&output.stdout, "helm (Helm) put the image back to milvusdb/milvus:v2.6.15");
    says(&output.stdout, "; revision 3 is ");
    says(&output.stdout, "kubectl milvus history release/my");

    // The same by a tool that changes the Deployments alone.
    let mut following = vec.spawn(FOLLOW);
    following.wait_for("somebody else asks for v2.6.22", SOON);
    let stuck =
        json!({"spec": {"template": {"metadata": {"annotations": {"kubectl-milvus.testbed/fault": "cannot-pull"}}}}});
    for deployment in vec.deployments("my") {
        let name = deployment["metadata"]["name"].as_str().expect("a name");
        let path = format!("{}/{name}", vec.path("apps/v1", "deployments"));
        vec.testbed.client().patch(&path, &stuck).expect("it is taken");
    }
    set_by_argo(&vec, NEW);
    following.wait_for("step 2 of 2", SOON);
    set_by_argo(&vec, OLD);
    let output = following.wait(SOON);
    ended_with(&output, 5);
    says(&output.stdout, "argocd-controller (Argo CD)");
    says(&output.stdout, "put the image back to milvusdb/milvus:v2.6.15");
    wrote_nothing(&vec);
}

fn a_release_that_gives_up_is_told_with_its_pods(testbed: &Testbed) {
    let vec = testbed.namespace("follow-gives-up");
    let here = installed(&vec, ",deadline=2");
    let fault = "annotations.kubectl-milvus\\.testbed/fault=cannot-pull,image.all.tag=v2.6.22,deadline=2";
    helm(&vec, &["upgrade", "my", &here.path(), "--set", fault]);
    let output = vec.run(FOLLOW);
    ended_with(&output, 5);
    says(&output.stdout, "gave up");
    says(&output.stdout, "ImagePullBackOff");
    wrote_nothing(&vec);
}

fn what_a_release_runs_is_nothing_to_follow_and_a_time_limit_holds(testbed: &Testbed) {
    let vec = testbed.namespace("follow-still");
    installed(&vec, "");
    let steady = vec.command(&["upgrade", "release/my", "--follow"]).run();
    ended_with(&steady, 0);
    let out = vec.command(&FOLLOW).args(&["--timeout", "2s", "-o", "json"]).run();
    ended_with(&out, 124);
    let result: Value = serde_json::from_str(&out.stdout).expect("one document");
    assert_eq!((&result["ending"], &result["isFollowed"]), (&json!("timed-out"), &json!(true)));
    assert_eq!(result["next"][0]["command"], "kubectl milvus upgrade release/my -n follow-still --to 2.6.22 --follow");
    assert!(running(&vec).iter().all(|(_, image)| image == OLD), "{:?}", running(&vec));
    let mut following = vec.spawn(FOLLOW);
    following.wait_for("somebody else asks for v2.6.22", SOON);
    helm(&vec, &["uninstall", "my"]);
    let gone = following.wait(SOON);
    ended_with(&gone, 5);
    says(&gone.stdout, "release/my was deleted");
    wrote_nothing(&vec);
}
