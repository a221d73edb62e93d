//! Everything that a release renders is waited for, not only what Milvus runs in.

use std::time::Duration;

use serde_json::{Value, json};

use super::way::{Chart, chart, install};
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::sure;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::upgrade::{ended_with, says};

trials![
    a_stateful_set_that_crashes_is_waited_for_and_the_wait_goes_on,
    a_wait_for_a_dependency_can_be_interrupted,
    a_dependency_that_gives_up_ends_the_run,
];

const UPGRADE: [&str; 5] = ["upgrade", "release/my", "--to", "2.6.22", "--yes"];

/// Makes the new pod of etcd crash.
pub(crate) const CRASH: [&str; 2] = [
    "--set-string",
    "etcd.podAnnotations.kubectl-milvus\\.testbed/fault=crash-loop,etcd.podAnnotations.kubectl-milvus\\.testbed/detail=1",
];

/// A release with etcd and MinIO beside Milvus, all of it ready.
pub(crate) fn released<'a>(testbed: &'a Testbed, name: &'static str) -> (Namespace<'a>, Chart) {
    let vec = testbed.namespace(name);
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15,etcd.inside=true", "--wait"]);
    (vec, here)
}

pub(crate) fn etcd_pod(namespace: &Namespace) -> Option<Value> {
    sure(namespace.testbed.client().find(&namespace.path("v1", "pods/my-etcd-0")))
}

pub(crate) fn is_crashing(pod: &Value) -> bool {
    pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
}

/// Takes away what makes the pod of etcd crash, so that it becomes ready.
fn mend(namespace: &Namespace) {
    let patch = json!({"metadata": {"annotations": {"kubectl-milvus.testbed/fault": null}}});
    sure(namespace.testbed.client().patch(&namespace.path("v1", "pods/my-etcd-0"), &patch));
}

fn a_stateful_set_that_crashes_is_waited_for_and_the_wait_goes_on(testbed: &Testbed) {
    let (vec, here) = released(testbed, "ready-etcd");
    let path = here.path();
    let output = vec.command(&UPGRADE).args(&["--chart", &path]).args(&CRASH).args(&["--timeout", "12s"]).run();
    ended_with(&output, 124);
    says(&output.stdout, "statefulset/my-etcd waits: 0 of 1 pods are ready");
    says(&output.stdout, "pod/my-etcd-0: container `etcd`: CrashLoopBackOff");
    let history = testbed.command_of("helm4", &["history", "my", "-n", vec.name()]).run();
    says(&history.stdout, "Upgrade complete");

    let again = vec.command(&UPGRADE).args(&["--chart", &path, "--timeout", "1s"]).run();
    ended_with(&again, 124);
    assert!(!again.stdout.contains("Nothing to do"), "{}", again.stdout);
    mend(&vec);
    let again = vec.command(&UPGRADE).args(&["--chart", &path]).run();
    ended_with(&again, 0);
    let nothing = vec.command(&UPGRADE).args(&["--chart", &path]).run();
    ended_with(&nothing, 0);
    says(&nothing.stdout, "Nothing to do");
    assert_eq!(history.stdout, testbed.command_of("helm4", &["history", "my", "-n", vec.name()]).run().stdout);
}

fn a_wait_for_a_dependency_can_be_interrupted(testbed: &Testbed) {
    let (vec, here) = released(testbed, "ready-signal");
    let path = here.path();
    let running = vec.command(&UPGRADE).args(&["--chart", &path]).args(&CRASH).spawn();
    sure(wait::until(Duration::from_mins(1), "the crash", || {
        let pod = etcd_pod(&vec);
        Ok(if pod.as_ref().is_some_and(is_crashing) { Look::Done(()) } else { Look::NotYet("it runs".to_owned()) })
    }));
    running.interrupt();
    let output = running.wait(Duration::from_mins(1));
    ended_with(&output, 130);
    let secrets = vec.list("v1", "secrets?labelSelector=owner=helm");
    assert!(secrets.iter().all(|it| it["metadata"]["labels"]["status"] != "pending-upgrade"), "no lock is left");
    mend(&vec);
    ended_with(&vec.command(&UPGRADE).args(&["--chart", &path]).run(), 0);
}

fn a_dependency_that_gives_up_ends_the_run(testbed: &Testbed) {
    let (vec, here) = released(testbed, "ready-gives-up");
    let fault = "deadline=2,minio.podAnnotations.kubectl-milvus\\.testbed/fault=cannot-pull";
    let output = vec.command(&UPGRADE).args(&["--chart", &here.path(), "--set", fault]).run();
    ended_with(&output, 5);
    says(&output.stdout, "deployment/my-minio gave up");
    says(&output.stdout, "ProgressDeadlineExceeded");
    says(&output.stdout, "ImagePullBackOff");
}
