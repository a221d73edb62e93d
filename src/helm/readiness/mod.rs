//! Whether an object of a release does what it was applied for, from what the cluster says of it.
//!
//! Stricter than Helm's own legacy rules: every pod has to be new and available, and none may be left over. Kinds that
//! are not named here are ready as soon as they are there.

#[cfg(test)]
mod readiness_test;

use serde_json::Value as Json;

/// How far an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It does what it is for.
    Ready,
    /// It may get there; why it is not there yet.
    Waiting(String),
    /// It will not get there by itself; why.
    Failed(String),
}

use Readiness::{Failed, Ready, Waiting};

/// Whether objects of this kind are more than there or not.
pub fn is_judged(api_version: &str, kind: &str) -> bool {
    const KINDS: [(&str, &[&str]); 5] = [
        ("", &["Pod", "PersistentVolumeClaim", "Service", "ReplicationController"]),
        ("apps", &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]),
        ("extensions", &["Deployment", "DaemonSet", "ReplicaSet"]),
        ("batch", &["Job"]),
        ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ];
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    KINDS.iter().any(|(judged, kinds)| *judged == group && kinds.contains(&kind))
}

impl Readiness {
    /// Looks at an object as it is in the cluster. Jobs are waited for only where `with_jobs` says so
    /// (`--wait-for-jobs`).
    pub fn of(object: &Json, with_jobs: bool) -> Self {
        if !object["metadata"]["deletionTimestamp"].is_null() {
            return waiting("it is being deleted");
        }
        match (group(object), object["kind"].as_str().unwrap_or_default()) {
            ("apps" | "extensions", "Deployment") => observed(object).unwrap_or_else(|| deployment(object)),
            ("apps", "StatefulSet") => observed(object).unwrap_or_else(|| stateful_set(object)),
            ("apps" | "extensions", "DaemonSet") => observed(object).unwrap_or_else(|| daemon_set(object)),
            ("apps" | "extensions", "ReplicaSet") | ("", "ReplicationController") => {
                observed(object).unwrap_or_else(|| replica_set(object))
            }
            ("", "Pod") => pod(object),
            ("batch", "Job") if with_jobs => job(object),
            ("", "PersistentVolumeClaim") => claim(object),
            ("", "Service") => service(object),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
            _ => Ready,
        }
    }

    /// Looks at the object of a hook, of which only Jobs and Pods are waited for, until they are done.
    pub fn of_hook(object: &Json) -> Self {
        match (group(object), object["kind"].as_str().unwrap_or_default()) {
            ("batch", "Job") => job(object),
            ("", "Pod") => match object["status"]["phase"].as_str() {
                Some("Succeeded") => Ready,
                Some("Failed") => Failed(why(&object["status"], "the pod failed")),
                phase => Waiting(format!("its phase is {}", phase.unwrap_or("not known yet"))),
            },
            _ => Ready,
        }
    }
}

fn waiting(why: &str) -> Readiness {
    Waiting(why.to_owned())
}

fn group(object: &Json) -> &str {
    object["apiVersion"].as_str().and_then(|version| version.split_once('/')).map_or("", |(group, _)| group)
}

/// A number of `status`, 0 where it is not there: the server leaves zeros out.
fn count(object: &Json, name: &str) -> i64 {
    object["status"][name].as_i64().unwrap_or(0)
}

/// How many pods there have to be.
fn wanted(object: &Json) -> i64 {
    object["spec"]["replicas"].as_i64().unwrap_or(1)
}

/// The status and the object of a condition.
fn condition<'a>(object: &'a Json, kind: &str) -> Option<(&'a str, &'a Json)> {
    let conditions = object["status"]["conditions"].as_array()?;
    let condition = conditions.iter().find(|condition| condition["type"] == kind)?;
    Some((condition["status"].as_str().unwrap_or_default(), condition))
}

/// Reason and message, as far as they are there.
fn why(of: &Json, otherwise: &str) -> String {
    let text = |name: &str| of[name].as_str().filter(|text| !text.is_empty());
    match (text("reason"), text("message")) {
        (Some(reason), Some(message)) => format!("{reason}: {message}"),
        (Some(text), None) | (None, Some(text)) => text.to_owned(),
        (None, None) => otherwise.to_owned(),
    }
}

/// Whether the controller has not yet looked at what was applied last: then nothing else it says counts.
fn observed(object: &Json) -> Option<Readiness> {
    let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
    (count(object, "observedGeneration") < generation).then(|| waiting("its controller has not looked at it yet"))
}

/// The first of these counts that is too low.
fn too_few(object: &Json, wanted: i64, counts: &[(&str, &str)]) -> Option<Readiness> {
    let (name, what) = counts.iter().find(|(name, _)| count(object, name) < wanted)?;
    let mut text = format!("{} of {wanted} pods {what}", count(object, name));
    if let Some(("True", failure)) = condition(object, "ReplicaFailure") {
        text = format!("{text}; {}", why(failure, "pods cannot be created"));
    }
    Some(Waiting(text))
}

fn surplus(object: &Json, wanted: i64) -> Option<Readiness> {
    let surplus = count(object, "replicas") - wanted;
    (surplus > 0).then(|| Waiting(format!("{surplus} old pods are still there")))
}

fn deployment(object: &Json) -> Readiness {
    // It rolls only when somebody resumes it, so there is nothing to wait for.
    if object["spec"]["paused"] == true {
        return Ready;
    }
    if let Some((_, progress)) = condition(object, "Progressing")
        && progress["reason"] == "ProgressDeadlineExceeded"
    {
        return Failed(why(progress, "ProgressDeadlineExceeded"));
    }
    let wanted = wanted(object);
    too_few(object, wanted, &[("replicas", "exist"), ("updatedReplicas", "are new")])
        .or_else(|| surplus(object, wanted))
        .or_else(|| too_few(object, wanted, &[("readyReplicas", "are ready"), ("availableReplicas", "are available")]))
        .or_else(|| match condition(object, "Available") {
            Some(("False", unavailable)) => Some(Waiting(why(unavailable, "it is not available"))),
            _ => None,
        })
        .unwrap_or(Ready)
}

fn stateful_set(object: &Json) -> Readiness {
    let strategy = &object["spec"]["updateStrategy"];
    // Its pods change when somebody deletes them.
    if strategy["type"] == "OnDelete" {
        return Ready;
    }
    let wanted = wanted(object);
    let partition = strategy["rollingUpdate"]["partition"].as_i64().unwrap_or(0);
    let status = &object["status"];
    too_few(object, wanted, &[("replicas", "exist")])
        .or_else(|| too_few(object, wanted - partition, &[("updatedReplicas", "are new")]))
        .or_else(|| surplus(object, wanted))
        .or_else(|| too_few(object, wanted, &[("readyReplicas", "are ready")]))
        // Servers before 1.22 do not count these.
        .or_else(|| {
            status.get("availableReplicas").and(too_few(object, wanted, &[("availableReplicas", "are available")]))
        })
        .or_else(|| {
            let is_done = partition > 0 || wanted == 0 || status["currentRevision"] == status["updateRevision"];
            (!is_done).then(|| waiting("its new revision is not its current one yet"))
        })
        .unwrap_or(Ready)
}

fn daemon_set(object: &Json) -> Readiness {
    if object["spec"]["updateStrategy"]["type"] == "OnDelete" {
        return Ready;
    }
    let counts = [
        ("currentNumberScheduled", "are scheduled"),
        ("updatedNumberScheduled", "are new"),
        ("numberReady", "are ready"),
        ("numberAvailable", "are available"),
    ];
    too_few(object, count(object, "desiredNumberScheduled"), &counts).unwrap_or(Ready)
}

fn replica_set(object: &Json) -> Readiness {
    let wanted = wanted(object);
    let counts = [
        ("replicas", "exist"),
        ("fullyLabeledReplicas", "are labelled"),
        ("readyReplicas", "are ready"),
        ("availableReplicas", "are available"),
    ];
    too_few(object, wanted, &counts).or_else(|| surplus(object, wanted)).unwrap_or(Ready)
}

/// Containers that crash are waited for: many do so until what they need is there.
fn pod(object: &Json) -> Readiness {
    let status = &object["status"];
    match status["phase"].as_str() {
        Some("Succeeded") => return Ready,
        Some("Failed") => return Failed(why(status, "the pod failed")),
        _ => {}
    }
    if let Some(("True", _)) = condition(object, "Ready") {
        return Ready;
    }
    let lists = ["initContainerStatuses", "containerStatuses"].into_iter().filter_map(|list| status[list].as_array());
    let stuck = lists.flatten().find(|container| container["state"]["waiting"]["reason"].is_string());
    if let Some(container) = stuck {
        let name = container["name"].as_str().unwrap_or_default();
        return Waiting(format!("container `{name}`: {}", why(&container["state"]["waiting"], "it waits")));
    }
    for kind in ["PodScheduled", "Ready"] {
        if let Some(("False", condition)) = condition(object, kind) {
            return Waiting(why(condition, "the pod is not ready"));
        }
    }
    waiting("the pod is not ready")
}

fn job(object: &Json) -> Readiness {
    if let Some(("True", _)) = condition(object, "Complete") {
        return Ready;
    }
    if let Some(("True", failure)) = condition(object, "Failed") {
        return Failed(why(failure, "the job failed"));
    }
    if object["spec"]["suspend"] == true {
        return waiting("it is suspended");
    }
    let parallelism = object["spec"]["parallelism"].as_i64().unwrap_or(1);
    let completions = object["spec"]["completions"].as_i64().unwrap_or(parallelism);
    Waiting(format!("{} of {completions} pods succeeded", count(object, "succeeded")))
}

fn claim(object: &Json) -> Readiness {
    match object["status"]["phase"].as_str() {
        Some("Bound") => Ready,
        Some("Lost") => Failed("its volume is lost".to_owned()),
        phase => Waiting(format!("it is {}, not bound", phase.unwrap_or("new").to_lowercase())),
    }
}

fn service(object: &Json) -> Readiness {
    let spec = &object["spec"];
    let has = |list: &Json| list.as_array().is_some_and(|items| !items.is_empty());
    match spec["type"].as_str() {
        Some("ExternalName") => Ready,
        _ if spec["clusterIP"].as_str().unwrap_or_default().is_empty() => waiting("it has no cluster IP yet"),
        Some("LoadBalancer") if !has(&spec["externalIPs"]) && !has(&object["status"]["loadBalancer"]["ingress"]) => {
            waiting("its load balancer has no address yet")
        }
        _ => Ready,
    }
}

fn definition(object: &Json) -> Readiness {
    if let Some(("False", names)) = condition(object, "NamesAccepted") {
        return Failed(why(names, "its names are taken"));
    }
    match condition(object, "Established") {
        Some(("True", _)) => Ready,
        _ => waiting("it is not established yet"),
    }
}
