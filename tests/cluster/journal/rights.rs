//! Who may not write Secrets or Leases: told so first, and served once that is accepted.

use serde_json::{Value, json};

use super::{IMAGE, UPGRADE, leases, secrets};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, is_record, runs_wholly, says};

trials![without_the_right_to_record_it_is_said_and_goes_on_once_accepted];

fn without_the_right_to_record_it_is_said_and_goes_on_once_accepted(testbed: &Testbed) {
    let vec = testbed.namespace("no-record");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let role = json!([
        { "apiGroups": ["milvus.io"], "resources": ["milvuses"], "verbs": ["get", "list", "watch", "patch"] },
        { "apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"] },
        { "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"] },
    ]);
    let kubeconfig = vec.kubeconfig_with_rights("poor", &role);
    let upgrade = |more: &[&str]| vec.command(&UPGRADE).args(more).kubeconfig(&kubeconfig).run();
    let told = [
        ("MV1101", "you may not write secrets in no-record: the run leaves no record"),
        ("MV1102", "you may not write leases in no-record: somebody else may begin meanwhile"),
    ];
    let refused = upgrade(&[]);
    ended_with(&refused, 3);
    for (code, words) in told {
        says(&refused.stdout, code);
        says(&refused.stdout, words);
    }
    says(&refused.stderr, "coordination.k8s.io");
    ended_with(&upgrade(&["--accept", "MV1101"]), 3);
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);

    ended_with(&upgrade(&["--accept", "MV1101,MV1102=a test system"]), 0);
    runs_wholly(&lone, IMAGE);
    let writes = vec.audit().of_user_agent("kubectl-milvus").writes();
    let record: Vec<_> = writes.iter().filter(|write| is_record(write) && write.resource != "events").collect();
    assert_eq!(record, Vec::<&crate::testbed::audit::Request>::new(), "what is forbidden is not tried");
    assert_eq!((secrets(&vec), leases(&vec)), (vec![], Vec::<Value>::new()));
}
