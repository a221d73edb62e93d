//! `upgrade` against the real operator: what it writes, when it ends, and what it says.

mod chain;
mod conflict;
mod connection;
mod dry_run;
mod effect;
mod follow;
mod image;
mod input;
mod interrupt;
mod order;
mod refusal;
mod rights;
mod stuck;
mod update_mode;

use std::collections::BTreeMap;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::testbed::audit::Request;
use crate::testbed::cluster::is_ready;
use crate::testbed::milvus::Milvus;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Output;

/// Long enough for anything but a roll, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_mins(1);
/// Long enough for a whole roll.
pub(crate) const ROLL: Duration = Duration::from_mins(4);

/// The tests of all modules, the longest first.
pub(crate) fn trials() -> Vec<Trial> {
    let modules = [
        chain::trials(),
        stuck::trials(),
        order::trials(),
        effect::trials(),
        follow::trials(),
        connection::trials(),
        update_mode::trials(),
        conflict::trials(),
        interrupt::trials(),
        image::trials(),
        refusal::trials(),
        dry_run::trials(),
        rights::trials(),
        input::trials(),
    ];
    modules.into_iter().flatten().collect()
}

/// Fails with everything that was said where the exit code is another one.
pub(crate) fn ended_with(output: &Output, code: i32) {
    let Output { stdout, stderr, time, .. } = output;
    assert_eq!(output.code, Some(code), "after {time:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
}

/// Fails with the whole text where this is not in it.
pub(crate) fn says(text: &str, part: &str) {
    assert!(text.contains(part), "no `{part}` in\n{text}");
}

/// Fails where another code or hint comes, or anything was written.
fn fails(vec: &Namespace, output: &Output, code: i32, parts: &[&str]) {
    ended_with(output, code);
    assert_eq!(output.stdout, "", "a failure is no result");
    for part in parts {
        says(&output.stderr, part);
    }
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);
}

/// What the program under test has written here and the API server has taken, but for its own record of the run.
pub(crate) fn own_writes(vec: &Namespace) -> Vec<Request> {
    let mut writes = vec.audit().of_user_agent("kubectl-milvus").writes();
    writes.retain(|write| (200..300).contains(&write.status) && !is_record(write));
    writes
}

/// Whether a request is about the record of a run: its Secret, its Lease or its Events.
pub(crate) fn is_record(request: &Request) -> bool {
    let is_run = request.uri.contains("/secrets/kubectl-milvus.") || request.object["type"] == "kubectl-milvus/run.v1";
    is_run || ["leases", "events"].contains(&request.resource.as_str())
}

/// The components whose Deployments the operator has given this image, in the order in which it began.
pub(crate) fn order_of_images(vec: &Namespace, image: &str) -> Vec<String> {
    let mut order: Vec<String> = vec![];
    for write in vec.audit().of_user("milvus-operator").writes() {
        let carries = write.object["spec"]["template"]["spec"]["containers"][0]["image"] == image;
        // In a cluster there is an idle Deployment named standalone too.
        let component = write.object["metadata"]["labels"]["app.kubernetes.io/component"].as_str().unwrap_or_default();
        if write.resource == "deployments"
            && carries
            && component != "standalone"
            && order.iter().all(|known| known != component)
        {
            order.push(component.to_owned());
        }
    }
    order
}

/// What no upgrade may change, as a spec has it.
#[derive(Debug, PartialEq)]
struct Kept {
    mode: Value,
    dependencies: Value,
    update_mode: Value,
    /// By component, without those that 2.6 adds and takes away.
    replicas: BTreeMap<String, Value>,
}

impl Kept {
    fn of(object: &Value) -> Self {
        const MAY_COME_AND_GO: [&str; 7] =
            ["indexNode", "streamingNode", "mixCoord", "rootCoord", "dataCoord", "indexCoord", "queryCoord"];
        let spec = &object["spec"];
        let sections = spec["components"].as_object().into_iter().flatten();
        let staying = sections.filter(|(name, _)| !MAY_COME_AND_GO.contains(&name.as_str()));
        Self {
            mode: spec["mode"].clone(),
            dependencies: spec["dependencies"].clone(),
            update_mode: spec["components"]["imageUpdateMode"].clone(),
            replicas: staying
                .filter_map(|(name, section)| Some((name.clone(), section.get("replicas")?.clone())))
                .collect(),
        }
    }
}

/// Fails unless everything that was promised is true right now: to be asked when the program has just ended.
pub(crate) fn runs_wholly(milvus: &Milvus, image: &str) {
    let (object, deployments, pods) = (milvus.get(), milvus.deployments(), milvus.pods());
    let status = &object["status"];
    assert_eq!(object["spec"]["components"]["image"], image);
    assert_eq!(status["currentImage"], image);
    for kind in ["MilvusReady", "MilvusUpdated"] {
        let conditions = status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let condition = conditions.iter().find(|condition| condition["type"] == kind).unwrap_or(&Value::Null);
        // After the last old pod has gone the operator may still write that it saw one.
        let late = kind == "MilvusUpdated" && condition["message"] == "Milvus has terminating pods";
        assert!(condition["status"] == "True" || late, "{kind}: {status}");
    }
    for deployment in deployments.iter().filter(|deployment| deployment["spec"]["replicas"] != 0) {
        assert_eq!(deployment["spec"]["template"]["spec"]["containers"][0]["image"], image, "{deployment}");
        assert_eq!(deployment["status"]["availableReplicas"], deployment["spec"]["replicas"], "{deployment}");
    }
    assert!(!pods.is_empty());
    for pod in &pods {
        assert_eq!(pod["spec"]["containers"][0]["image"], image, "{}", pod["metadata"]["name"]);
        assert!(is_ready(pod), "{}: {}", pod["metadata"]["name"], pod["status"]);
        assert!(pod["metadata"].get("deletionTimestamp").is_none(), "{}", pod["metadata"]["name"]);
    }
}
