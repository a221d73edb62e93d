//! How far objects are, case by case.

use serde_json::Value as Json;

use super::Readiness;
use crate::helm::{json, yaml};

fn object(kind: &str, rest: &str) -> Json {
    let text = format!(
        "{{apiVersion: {}, kind: {}, {rest}}}",
        kind.rsplit_once('/').unwrap().0,
        kind.rsplit('/').next().unwrap()
    );
    json::to_json(&yaml::read(&text).unwrap())
}

fn told(readiness: &Readiness) -> String {
    match readiness {
        Readiness::Ready => "ready".to_owned(),
        Readiness::Waiting(why) => why.clone(),
        Readiness::Failed(why) => format!("failed: {why}"),
    }
}

const DEADLINE: &str = "spec: {replicas: 2}, status: {conditions: [{type: Progressing, status: 'False', \
                        reason: ProgressDeadlineExceeded, message: too slow}]";

/// A kind, what an object of it says, and how far it is.
const CASES: &[(&str, &str, &str)] = &[
    (
        "apps/v1/Deployment",
        "metadata: {generation: 2}, status: {observedGeneration: 1}",
        "its controller has not looked at it yet",
    ),
    ("apps/v1/Deployment", "metadata: {generation: 1}", "its controller has not looked at it yet"),
    ("apps/v1/Deployment", "metadata: {deletionTimestamp: x}", "it is being deleted"),
    ("apps/v1/Deployment", "spec: {paused: true, replicas: 2}", "ready"),
    ("apps/v1/Deployment", "spec: {replicas: 2}, status: {replicas: 1}", "1 of 2 pods exist"),
    ("apps/v1/Deployment", "spec: {replicas: 2}, status: {replicas: 3, updatedReplicas: 1}", "1 of 2 pods are new"),
    (
        "apps/v1/Deployment",
        "spec: {replicas: 2}, status: {replicas: 3, updatedReplicas: 2}",
        "1 old pods are still there",
    ),
    (
        "apps/v1/Deployment",
        "spec: {replicas: 2}, status: {replicas: 2, updatedReplicas: 2, readyReplicas: 1}",
        "1 of 2 pods are ready",
    ),
    ("apps/v1/Deployment", "status: {replicas: 1, updatedReplicas: 1, readyReplicas: 1}", "0 of 1 pods are available"),
    (
        "apps/v1/Deployment",
        "status: {replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1}",
        "ready",
    ),
    (
        "apps/v1/Deployment",
        "status: {replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, \
         conditions: [{type: Available, status: 'False', reason: Few}]}",
        "Few",
    ),
    ("apps/v1/Deployment", "spec: {replicas: 0}, status: {}", "ready"),
    (
        "apps/v1/Deployment",
        "status: {conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: quota}]}",
        "0 of 1 pods exist; FailedCreate: quota",
    ),
    ("apps/v1/StatefulSet", "spec: {updateStrategy: {type: OnDelete}}", "ready"),
    (
        "apps/v1/StatefulSet",
        "metadata: {generation: 1}, spec: {updateStrategy: {type: OnDelete}}",
        "its controller has not looked at it yet",
    ),
    ("apps/v1/StatefulSet", "spec: {replicas: 3}, status: {replicas: 3, updatedReplicas: 2}", "2 of 3 pods are new"),
    (
        "apps/v1/StatefulSet",
        "status: {replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 0}",
        "0 of 1 pods are available",
    ),
    (
        "apps/v1/StatefulSet",
        "status: {replicas: 1, updatedReplicas: 1, readyReplicas: 1, currentRevision: a, updateRevision: b}",
        "its new revision is not its current one yet",
    ),
    (
        "apps/v1/StatefulSet",
        "spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}, \
         status: {replicas: 3, updatedReplicas: 1, readyReplicas: 3, currentRevision: a, updateRevision: b}",
        "ready",
    ),
    (
        "apps/v1/StatefulSet",
        "status: {replicas: 2, updatedReplicas: 1, readyReplicas: 2}",
        "1 old pods are still there",
    ),
    (
        "apps/v1/StatefulSet",
        "status: {replicas: 1, updatedReplicas: 1, readyReplicas: 1, currentRevision: a, updateRevision: a}",
        "ready",
    ),
    (
        "apps/v1/DaemonSet",
        "status: {desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 1}",
        "1 of 2 pods are new",
    ),
    (
        "apps/v1/DaemonSet",
        "status: {desiredNumberScheduled: 1, currentNumberScheduled: 1, updatedNumberScheduled: 1, numberReady: 1}",
        "0 of 1 pods are available",
    ),
    ("apps/v1/DaemonSet", "status: {observedGeneration: 1}, metadata: {generation: 1}", "ready"),
    ("apps/v1/ReplicaSet", "status: {replicas: 1, fullyLabeledReplicas: 1}", "0 of 1 pods are ready"),
    ("v1/ReplicationController", "spec: {replicas: 0}, status: {replicas: 1}", "1 old pods are still there"),
    ("v1/Pod", "status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}", "ready"),
    ("v1/Pod", "status: {phase: Succeeded}", "ready"),
    ("v1/Pod", "status: {phase: Failed, reason: Evicted}", "failed: Evicted"),
    (
        "v1/Pod",
        "status: {phase: Running, containerStatuses: [{name: c, state: {waiting: {reason: CrashLoopBackOff}}}]}",
        "container `c`: CrashLoopBackOff",
    ),
    (
        "v1/Pod",
        "status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: full}]}",
        "Unschedulable: full",
    ),
    ("v1/Pod", "spec: {}", "the pod is not ready"),
    ("batch/v1/Job", "status: {conditions: [{type: Complete, status: 'True'}]}", "ready"),
    (
        "batch/v1/Job",
        "status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]}",
        "failed: BackoffLimitExceeded",
    ),
    ("batch/v1/Job", "spec: {completions: 3}, status: {succeeded: 1}", "1 of 3 pods succeeded"),
    ("batch/v1/Job", "spec: {suspend: true}", "it is suspended"),
    ("v1/PersistentVolumeClaim", "status: {phase: Bound}", "ready"),
    ("v1/PersistentVolumeClaim", "status: {phase: Pending}", "it is pending, not bound"),
    ("v1/PersistentVolumeClaim", "status: {phase: Lost}", "failed: its volume is lost"),
    ("v1/Service", "spec: {type: ExternalName}", "ready"),
    ("v1/Service", "spec: {clusterIP: None}", "ready"),
    ("v1/Service", "spec: {type: ClusterIP}", "it has no cluster IP yet"),
    ("v1/Service", "spec: {type: LoadBalancer, clusterIP: 10.0.0.1}", "its load balancer has no address yet"),
    ("v1/Service", "spec: {type: LoadBalancer, clusterIP: 10.0.0.1, externalIPs: [1.1.1.1]}", "ready"),
    (
        "v1/Service",
        "spec: {type: LoadBalancer, clusterIP: 10.0.0.1}, status: {loadBalancer: {ingress: [{ip: 1.1.1.1}]}}",
        "ready",
    ),
    (
        "apiextensions.k8s.io/v1/CustomResourceDefinition",
        "status: {conditions: [{type: Established, status: 'True'}]}",
        "ready",
    ),
    ("apiextensions.k8s.io/v1/CustomResourceDefinition", "status: {}", "it is not established yet"),
    (
        "apiextensions.k8s.io/v1/CustomResourceDefinition",
        "status: {conditions: [{type: NamesAccepted, status: 'False', message: taken}]}",
        "failed: taken",
    ),
    ("v1/ConfigMap", "data: {}", "ready"),
    ("milvus.io/v1beta1/Milvus", "metadata: {generation: 2}, status: {observedGeneration: 1}", "ready"),
    ("example.org/v1/Deployment", "metadata: {generation: 2}", "ready"),
];

#[test]
fn an_object_is_as_far_as_the_cluster_says() {
    for (kind, rest, expected) in CASES {
        assert_eq!(told(&Readiness::of(&object(kind, rest), true)), *expected, "{kind} {rest}");
    }
}

#[test]
fn a_deadline_that_passed_is_a_failure_once_the_newest_spec_was_looked_at() {
    let readiness = |rest: &str| told(&Readiness::of(&object("apps/v1/Deployment", rest), true));
    assert_eq!(readiness(&format!("{DEADLINE}}}")), "failed: ProgressDeadlineExceeded: too slow");
    let unseen = format!("metadata: {{generation: 2}}, {DEADLINE}, observedGeneration: 1}}");
    assert_eq!(readiness(&unseen), "its controller has not looked at it yet");
}

#[test]
fn jobs_are_waited_for_where_asked_and_as_hooks() {
    let job = object("batch/v1/Job", "status: {active: 1}");
    assert_eq!(Readiness::of(&job, false), Readiness::Ready);
    assert_eq!(told(&Readiness::of_hook(&job)), "0 of 1 pods succeeded");
    for (phase, expected) in
        [("Succeeded", "ready"), ("Failed", "failed: the pod failed"), ("Running", "its phase is Running")]
    {
        let pod = object("v1/Pod", &format!("status: {{phase: {phase}}}"));
        assert_eq!(told(&Readiness::of_hook(&pod)), expected);
    }
    assert_eq!(Readiness::of_hook(&object("apps/v1/Deployment", "metadata: {generation: 1}")), Readiness::Ready);
}
