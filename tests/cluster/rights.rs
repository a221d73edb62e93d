//! The rights that `docs rbac` prints are enough for each command, and none of them can be left out.

use std::path::Path;

use serde_json::{Value, json};

use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::upgrade::{ROLL, ended_with, own_writes, runs_wholly, says};

trials![each_command_works_with_the_rights_that_are_printed, no_right_of_an_upgrade_can_be_left_out];

const OLD: &str = "milvusdb/milvus:v2.5.22";
const NEW: &str = "milvusdb/milvus:v2.5.27";

/// What `docs rbac` prints.
fn printed(testbed: &Testbed, purpose: &str) -> String {
    let output = testbed.command(&["docs", "rbac", "--for", purpose]).run();
    ended_with(&output, 0);
    output.stdout
}

/// The rules of the Role that comes first in it.
fn least(testbed: &Testbed, purpose: &str) -> Value {
    let text = printed(testbed, purpose);
    let (first, _) = text.split_once("\n---\n").expect("several documents");
    let role: Value = serde_saphyr::from_str(first).expect("a document");
    assert_eq!(role["kind"], "Role");
    role["rules"].clone()
}

fn run(vec: &Namespace, kubeconfig: &Path, arguments: &[&str]) -> Output {
    vec.command(arguments).kubeconfig(kubeconfig).run()
}

fn each_command_works_with_the_rights_that_are_printed(testbed: &Testbed) {
    let vec = testbed.namespace("least-rights");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let [check, upgrade, rollback] = ["check", "upgrade", "rollback"].map(|purpose| {
        let file = vec.file(&format!("{purpose}.yaml"), &printed(testbed, purpose));
        let path = file.to_str().expect("a path in text").to_owned();
        let applied =
            testbed.command_of("kubectl", &["apply", "-n", vec.name(), "--dry-run=server", "-f", &path]).run();
        ended_with(&applied, 0);
        says(&applied.stdout, &format!("role.rbac.authorization.k8s.io/kubectl-milvus-{purpose} created"));
        vec.kubeconfig_with_rights(purpose, &least(testbed, purpose))
    });

    ended_with(&run(&vec, &check, &["check", "lone"]), 0);
    let refused = run(&vec, &check, &["upgrade", "lone", "--to", "2.5.27", "--yes"]);
    ended_with(&refused, 3);
    assert_eq!(own_writes(&vec).len(), 0);

    let output = run(&vec, &upgrade, &["upgrade", "lone", "--to", "2.5.27", "--yes"]);
    ended_with(&output, 0);
    says(&output.stdout, "serving: unknown, no right to forward ports to pods in namespace `least-rights`");
    runs_wholly(&lone, NEW);
    ended_with(&run(&vec, &rollback, &["rollback", "lone", "--yes"]), 0);
    runs_wholly(&lone, OLD);

    // Somebody else's upgrade left no record, so that the ReplicaSets have to be asked.
    let other = vec.milvus("other").standalone().version("2.5.22").create_and_wait_until_healthy();
    other.patch(&json!({"spec": {"components": {"image": NEW}}}));
    other.wait_until(ROLL, "the new image", |object| object["status"]["currentImage"] == NEW);
    other.wait_until_healthy();
    ended_with(&run(&vec, &rollback, &["rollback", "other", "--yes"]), 0);
    runs_wholly(&other, OLD);
}

fn no_right_of_an_upgrade_can_be_left_out(testbed: &Testbed) {
    let vec = testbed.namespace("fewer-rights");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let whole = least(testbed, "upgrade");
    let rules = whole.as_array().expect("rules");
    for left_out in 0..rules.len() {
        let mut fewer = rules.clone();
        let rule = fewer.remove(left_out);
        let kubeconfig = vec.kubeconfig_with_rights(&format!("poor-{left_out}"), &fewer.into());
        let output = run(&vec, &kubeconfig, &["upgrade", "lone", "--to", "2.5.27", "--yes"]);
        assert!(
            matches!(output.code, Some(1 | 3)),
            "without {rule}: {:?}\n{}{}",
            output.code,
            output.stdout,
            output.stderr
        );
        // What is missing is named, by its kind.
        says(&(output.stdout + &output.stderr), rule["resources"][0].as_str().expect("a name"));
    }
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);
}
