//! Who may do little: told so before the first write, or well served with what there is.

use serde_json::{Value, json};

use super::{ended_with, fails, own_writes, runs_wholly, says};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;

trials![
    the_rights_of_one_namespace_are_enough,
    without_the_right_to_patch_the_missing_rule_is_named,
    who_cannot_see_the_end_does_not_begin,
    without_any_right_it_is_said_what_is_forbidden,
];

const READ: &[&str] = &["get", "list", "watch"];
const READ_AND_PATCH: &[&str] = &["get", "list", "watch", "patch"];
const RECORD: &[&str] = &["get", "list", "create", "update", "delete"];

/// Rules of a Role, from groups, resources and verbs.
fn rules(rules: &[(&str, &[&str], &[&str])]) -> Value {
    let rule = |(group, resources, verbs): &(&str, &[&str], &[&str])| json!({ "apiGroups": [group], "resources": resources, "verbs": verbs });
    rules.iter().map(rule).collect()
}

fn the_rights_of_one_namespace_are_enough(testbed: &Testbed) {
    let vec = testbed.namespace("namespace-rights");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    // Neither the operator, nodes nor the definition, nor warnings: these would only help to explain.
    let role = rules(&[
        ("milvus.io", &["milvuses"], READ_AND_PATCH),
        ("apps", &["deployments"], READ),
        ("", &["pods"], READ),
        ("", &["secrets"], RECORD),
        ("coordination.k8s.io", &["leases"], RECORD),
    ]);
    let kubeconfig = vec.kubeconfig_with_rights("upgrader", &role);
    let output = vec.command(&["upgrade", "lone", "--to", "2.5.27", "--yes"]).kubeconfig(&kubeconfig).run();
    ended_with(&output, 0);
    runs_wholly(&lone, "milvusdb/milvus:v2.5.27");
    assert_eq!(own_writes(&vec).len(), 1);
    let complaints = output.stderr.matches("the watch of events broke").count();
    assert!(complaints <= 1, "it is said {complaints} times\n{}", output.stderr);
}

fn without_the_right_to_patch_the_missing_rule_is_named(testbed: &Testbed) {
    let vec = testbed.namespace("may-not-patch");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let role =
        rules(&[("milvus.io", &["milvuses"], READ), ("apps", &["deployments"], READ), ("", &["pods", "events"], READ)]);
    let kubeconfig = vec.kubeconfig_with_rights("reader", &role);
    let output = vec.command(&["upgrade", "lone", "--to", "2.5.27", "--yes"]).kubeconfig(&kubeconfig).run();
    ended_with(&output, 3);
    says(&output.stdout, "MV0601");
    says(&output.stdout, "you may not patch milvuses.milvus.io in may-not-patch");
    says(&output.stdout, "patch]");
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);
    // To look at it is not to write it.
    ended_with(&vec.command(&["check", "lone"]).kubeconfig(&kubeconfig).run(), 0);
}

fn who_cannot_see_the_end_does_not_begin(testbed: &Testbed) {
    let vec = testbed.namespace("cannot-see");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let cases = [
        ("blind", rules(&[("milvus.io", &["milvuses"], READ_AND_PATCH)]), ["pods", "deployments"]),
        (
            "half-blind",
            rules(&[("milvus.io", &["milvuses"], READ_AND_PATCH), ("apps", &["deployments"], READ)]),
            ["pods", "pods"],
        ),
        (
            "blinking",
            rules(&[
                ("milvus.io", &["milvuses"], READ_AND_PATCH),
                ("apps", &["deployments"], &["list"]),
                ("", &["pods"], &["list"]),
            ]),
            ["pods", "watch"],
        ),
    ];
    for (user, role, missing) in cases {
        let kubeconfig = vec.kubeconfig_with_rights(user, &role);
        let arguments = ["upgrade", "lone", "--to", "2.5.27", "--yes", "--timeout", "10s"];
        let output = vec.command(&arguments).kubeconfig(&kubeconfig).run();
        ended_with(&output, 3);
        says(&output.stdout, "MV06");
        for word in missing {
            says(&output.stdout, word);
        }
    }
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);

    // The Role that is printed is all that is missing.
    let kubeconfig = vec.kubeconfig_with_rights("newcomer", &rules(&[("milvus.io", &["milvuses"], READ)]));
    let upgrade = || vec.command(&["upgrade", "lone", "--to", "2.5.27", "--yes"]).kubeconfig(&kubeconfig).run();
    let output = upgrade();
    ended_with(&output, 3);
    // It stands beside the report, so that it can be applied as it came.
    let role = vec.file("role.yaml", &output.stderr);
    let path = role.to_str().expect("a path in text");
    let applied = testbed.command_of("kubectl", &["apply", "-n", "cannot-see", "-f", path]).run();
    ended_with(&applied, 0);
    let bound = ["create", "rolebinding", "newcomer-too", "-n", "cannot-see", "--serviceaccount=cannot-see:newcomer"];
    let bound = testbed.command_of("kubectl", &bound).args(&["--role=kubectl-milvus-upgrade"]).run();
    ended_with(&bound, 0);
    ended_with(&upgrade(), 0);
}

fn without_any_right_it_is_said_what_is_forbidden(testbed: &Testbed) {
    let vec = testbed.namespace("no-rights");
    vec.take_the_operator_away();
    vec.milvus("lone").version("2.5.22").create();
    for arguments in [["upgrade", "lone", "--to=2.5.27", "--yes"], ["check", "lone", "--to=2.5.27", "-v"]] {
        let output = vec.command(&arguments).kubeconfig(&testbed.kubeconfig_of_nobody()).run();
        let parts =
            ["cannot read milvus/lone in namespace `no-rights`", "forbidden", "hint: ask for the missing right"];
        fails(&vec, &output, 1, &parts);
    }
}
