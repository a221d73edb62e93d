//! Rules about a file that somebody is about to apply.

use serde_json::Value;

use super::{Code, Finding, Problem, evidence, finding::Answer};
use crate::{
    milvus::{MessageQueue, Mode},
    snapshot::Resource,
};

pub(super) const MODE: Code = Code::new(409);
const VERSION: Code = Code::new(414);
pub(super) const QUEUE: Code = Code::new(415);

/// The codes that only files can have.
#[cfg(test)]
pub(super) const CODES: [Code; 3] = [MODE, VERSION, QUEUE];

/// What is wrong with applying `manifest` over the live resource, if there is one. Nothing for a document of another
/// kind. Secrets play no part in it.
pub fn manifest_findings(manifest: &Value, live: Option<&Resource>) -> Vec<Finding> {
    let text = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if !text("/apiVersion").starts_with("milvus.io/") || !matches!(text("/kind"), "Milvus" | "MilvusCluster") {
        return Vec::new();
    }
    let object = format!("milvus/{} in the file", text("/metadata/name"));
    let mut findings = Vec::new();
    let mut found = |code, problem| findings.push(Finding::new(code, Answer::Problem(problem), false));
    if text("/apiVersion") != "milvus.io/v1beta1" || text("/kind") != "Milvus" {
        let problem = Problem::new(&object, "the file is not of milvus.io/v1beta1, kind Milvus")
            .seen([evidence::field("file", manifest, "/apiVersion"), evidence::field("file", manifest, "/kind")])
            .fix("start from kubectl get milvuses.v1beta1.milvus.io NAME -o yaml");
        found(VERSION, problem);
    }
    if text("/kind") == "Milvus" {
        if let Some(problem) = mode(&object, manifest, live) {
            found(MODE, problem);
        }
        if let Some(problem) = live.and_then(|live| queue(&object, manifest, live)) {
            found(QUEUE, problem);
        }
    }
    findings
}

fn mode(object: &str, manifest: &Value, live: Option<&Resource>) -> Option<Problem> {
    let written = manifest.pointer("/spec/mode").and_then(Value::as_str).filter(|mode| !mode.is_empty());
    let after = Mode::of_spec(written);
    let summary = match live.map(Resource::mode) {
        Some(before) if before == after => return None,
        Some(before) => format!("{before} becomes {after}, and the Deployments of the {before} are removed"),
        None if written.is_some() => return None,
        None => format!("without spec.mode this makes a {after}"),
    };
    let before = live.map(|live| format!("live {}", evidence::spec(live, "/mode")));
    let right = live.map_or(Mode::Cluster, Resource::mode);
    let problem = Problem::new(object, summary)
        .seen([evidence::field("file", manifest, "/spec/mode")].into_iter().chain(before))
        .fix(format!("write into the file:  spec.mode: {right}"));
    Some(problem)
}

fn queue(object: &str, manifest: &Value, live: &Resource) -> Option<Problem> {
    const POINTER: &str = "/spec/dependencies/msgStreamType";
    let before = live.message_queue()?;
    let written = manifest.pointer(POINTER).and_then(Value::as_str).filter(|queue| !queue.is_empty());
    if written.map(MessageQueue::of_word).as_ref() == Some(&before) {
        return None;
    }
    let what =
        if written.is_some() { "would be replaced under its data" } else { "is not named, and the operator chooses" };
    let problem = Problem::new(object, format!("the message queue {before} {what}"))
        .seen([
            evidence::field("file", manifest, POINTER),
            format!("live {}", evidence::spec(live, "/dependencies/msgStreamType")),
        ])
        .fix(format!("write into the file:  spec.dependencies.msgStreamType: {before}"));
    Some(problem)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::manifest_findings;
    use crate::snapshot::{
        Resource,
        sample::{healthy_cluster, standalone},
    };

    fn codes(manifest: &Value, live: Option<&Resource>) -> Vec<String> {
        manifest_findings(manifest, live).iter().map(|finding| finding.code.to_string()).collect()
    }

    fn manifest(spec: &Value) -> Value {
        json!({"apiVersion": "milvus.io/v1beta1", "kind": "Milvus", "metadata": {"name": "prod"}, "spec": spec})
    }

    #[test]
    fn a_snippet_with_only_an_image_is_dangerous_over_a_cluster() {
        let snippet = manifest(&json!({"components": {"image": "milvusdb/milvus:v2.6.6"}}));
        let live = healthy_cluster().milvus;
        assert_eq!(codes(&snippet, Some(&live)), ["MV0409", "MV0415"]);
        assert!(manifest_findings(&snippet, Some(&live)).iter().all(super::Finding::blocks));
        assert_eq!(codes(&snippet, Some(&standalone().milvus)), ["MV0415"]);
        assert_eq!(codes(&snippet, None), ["MV0409"]);
    }

    #[test]
    fn a_whole_resource_is_fine_over_itself() {
        let live = healthy_cluster().milvus;
        assert_eq!(codes(&manifest(&live.spec), Some(&live)), [""; 0]);
        let mut other = live.spec.clone();
        other["dependencies"]["msgStreamType"] = json!("woodpecker");
        assert_eq!(codes(&manifest(&other), Some(&live)), ["MV0415"]);
    }

    #[test]
    fn the_old_api_is_refused_and_other_kinds_are_left_alone() {
        let mut old = manifest(&json!({"mode": "cluster"}));
        old["apiVersion"] = json!("milvus.io/v1alpha1");
        assert_eq!(codes(&old, None), ["MV0414"]);
        old["kind"] = json!("MilvusCluster");
        assert_eq!(codes(&old, None), ["MV0414"]);
        old["kind"] = json!("MilvusUpgrade");
        assert_eq!(codes(&old, None), [""; 0]);
        for other in [json!(null), json!([1]), json!({"kind": "Milvus"}), json!({"apiVersion": 1, "kind": "Milvus"})] {
            assert_eq!(codes(&other, None), [""; 0]);
        }
    }
}
