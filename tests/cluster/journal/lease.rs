//! The Lease: one works, everybody else is told who.

use std::time::Duration;

use serde_json::{Value, json};

use super::{IMAGE, UPGRADE, ending, leases, only_run};
use crate::testbed::namespace::Namespace;
use crate::testbed::proxy::Trouble;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};
use crate::upgrade::{ROLL, SOON, ended_with, own_writes, runs_wholly, says};

trials![
    a_second_run_is_refused_with_who_works_since_when,
    a_lease_is_renewed_and_let_go,
    an_expired_lease_is_taken_over,
    who_lost_the_lease_stops,
    a_release_is_not_unlocked_while_somebody_works_on_it,
];

fn a_second_run_is_refused_with_who_works_since_when(testbed: &Testbed) {
    let vec = testbed.namespace("second");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let fault = lone.fault("standalone").on_image(":v2.5.27").never_gets_ready();
    let mut first = vec.spawn(UPGRADE);
    first.wait_for("standalone waits: pod", SOON);
    for arguments in [&UPGRADE[..], &["upgrade", "lone", "--resume"], &["upgrade", "lone", "--to", "2.6.22", "--yes"]] {
        let second = vec.command(arguments).run();
        ended_with(&second, 3);
        says(&second.stderr, "works on milvus/lone since 20");
        says(&second.stderr, "admin@");
        says(&second.stderr, "upgrade to 2.5.27");
        says(&second.stderr, "kubectl milvus status milvus/lone -n second --watch");
    }
    // To look is not to work.
    ended_with(&vec.command(&UPGRADE).args(&["--dry-run=client"]).run(), 0);
    let history = vec.run(["history", "lone"]);
    says(&history.stdout, "running");
    fault.release();
    ended_with(&first.wait(ROLL), 0);
    runs_wholly(&lone, IMAGE);
    assert_eq!(own_writes(&vec).len(), 1);
    assert_eq!(ending(&only_run(&vec)), "done");
    assert_eq!(leases(&vec), Vec::<Value>::new());
}

fn a_lease_is_renewed_and_let_go(testbed: &Testbed) {
    let vec = testbed.namespace("renewed");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let fault = lone.fault("standalone").on_image(":v2.5.27").never_gets_ready();
    let mut running = vec.command(&UPGRADE).args(&["--lease-length", "3s"]).spawn();
    running.wait_for("standalone waits: pod", SOON);
    let renewals = || {
        let writes = vec.audit().of_user_agent("kubectl-milvus").writes();
        writes.iter().filter(|write| write.resource == "leases" && write.verb == "update").count()
    };
    sure(wait::until(SOON, "five renewals", || {
        let count = renewals();
        Ok(if count >= 5 { Look::Done(()) } else { Look::NotYet(count.to_string()) })
    }));
    ended_with(&vec.run(UPGRADE), 3);
    fault.release();
    ended_with(&running.wait(ROLL), 0);
    assert_eq!(leases(&vec), Vec::<Value>::new());
}

/// A Lease of so many seconds, of somebody who has shown their last sign of life so long ago.
fn leave(vec: &Namespace, name: &str, seconds: u32, silence: i64) {
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(silence);
    let time = then.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": { "name": name, "annotations": {
            "kubectl-milvus.io/user": "bob", "kubectl-milvus.io/host": "laptop",
            "kubectl-milvus.io/operation": "upgrade", "kubectl-milvus.io/to": "2.5.25",
        }},
        "spec": {
            "holderIdentity": "bob@laptop/1-1", "leaseDurationSeconds": seconds, "leaseTransitions": 1,
            "acquireTime": time, "renewTime": time,
        },
    });
    sure(vec.testbed.client().create(&vec.path("coordination.k8s.io/v1", "leases"), &lease));
}

fn an_expired_lease_is_taken_over(testbed: &Testbed) {
    let vec = testbed.namespace("expired");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    leave(&vec, "kubectl-milvus.milvus.lone", 4, 5);
    let output = vec.run(UPGRADE);
    ended_with(&output, 0);
    says(&output.stderr, "bob@laptop has shown no sign of life for ");
    runs_wholly(&lone, IMAGE);
    let writes = vec.audit().of_user_agent("kubectl-milvus").writes();
    let taken = writes.iter().find(|write| write.resource == "leases" && write.verb == "update");
    assert!(taken.is_some_and(|write| write.status == 200), "{writes:?}");
    assert_eq!(leases(&vec), Vec::<Value>::new());
}

fn who_lost_the_lease_stops(testbed: &Testbed) {
    let vec = testbed.namespace("lost-lease");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    // The write is on its way for so long that somebody else may think that this run has died.
    let proxy = testbed.proxy();
    let held = proxy.make(Trouble::Delay(Duration::from_secs(4))).method("PATCH").times(1).begin();
    let arguments = [&UPGRADE[..], &["--lease-length", "2s"]].concat();
    let running = vec.command(&arguments).kubeconfig(proxy.kubeconfig()).spawn();
    sure(wait::until(SOON, "the write to be on its way", || {
        Ok(if held.count() == 1 { Look::Done(()) } else { Look::NotYet(running.stderr()) })
    }));
    sure(testbed.client().delete(&vec.path("coordination.k8s.io/v1", "leases/kubectl-milvus.milvus.lone")));
    leave(&vec, "kubectl-milvus.milvus.lone", 4, 0);
    let output = running.wait(ROLL);
    // Where the operator wrote meanwhile the held write met a conflict, and there was none.
    let is_written = !own_writes(&vec).is_empty();
    ended_with(&output, if is_written { 5 } else { 3 });
    says(&format!("{}{}", output.stdout, output.stderr), "bob@laptop has taken over");
    // It is somebody else's, and stays so.
    assert_eq!(leases(&vec)[0]["spec"]["holderIdentity"], "bob@laptop/1-1");
    if is_written {
        assert_eq!(ending(&only_run(&vec)), "stopped");
    }
    lone.wait_until_healthy();
}

fn a_release_is_not_unlocked_while_somebody_works_on_it(testbed: &Testbed) {
    let vec = testbed.namespace("no-unlock");
    // Longer than the command can take, however loaded the machine is.
    leave(&vec, "kubectl-milvus.release.my", 600, 0);
    let output = vec.run(["upgrade", "release/my", "--to", "2.6.22", "--unlock", "--yes"]);
    ended_with(&output, 3);
    says(&output.stderr, "bob@laptop works on release `my`: its lock is not given up");
}
