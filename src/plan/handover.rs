//! What is handed to somebody else, where another tool keeps what runs: what to commit, and what to leave alone.

use semver::Version;
use serde::Serialize;
use serde_json::Value;

use super::{
    Action, OperatorField, Plan,
    effective::{manifest, without_nulls},
    merge::merge,
};
use crate::{
    check::{Ground, owner},
    helm::{json, yaml},
    snapshot::MASK,
};

/// What has to be committed where another tool reads it, for the next step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    /// What people call the tool.
    pub owner: String,
    /// The whole new resource, or the values of the release that the step sets.
    pub content: Value,
    /// The chart to set where its version is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<Version>,
    /// Fields that hold secrets and are masked here: they stay as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
    /// Fields that the operator changes by itself, which the tool would put back.
    pub by_operator: Vec<OperatorField>,
    /// How the tool is told to leave them alone; nothing where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aside: Option<LeftAlone>,
}

/// How a tool is told to leave fields alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftAlone {
    /// What to do, and where it stands.
    pub how: String,
    /// What to write there.
    pub text: String,
}

impl Handover {
    /// What to commit, as YAML.
    pub fn text(&self) -> String {
        let text = yaml::write(&json::from_live(&self.content));
        if text.ends_with('\n') { text } else { text + "\n" }
    }
}

impl Plan {
    /// What to commit for the next step; nothing where no other tool keeps what runs.
    pub fn handover(&self, ground: &Ground<'_>) -> Option<Handover> {
        let (owner, _) = owner(ground)?;
        let snapshot = ground.snapshot;
        let milvus = &snapshot.milvus;
        let fields = self.file_fields(snapshot);
        let by_operator = self.rewritten(ground).map(|rewritten| rewritten.by_operator).unwrap_or_default();
        let content = if self.is_release {
            fields
        } else {
            let mut spec = without_nulls(&milvus.spec);
            merge(&mut spec, &fields["spec"]);
            manifest(milvus, &spec)
        };
        let chart = self.steps.iter().find_map(|step| match &step.action {
            Action::Chart { version, .. } if !step.is_written(snapshot) => Some(version.clone()),
            _ => None,
        });
        let paths: Vec<Vec<String>> = by_operator.iter().map(|field| field.path.clone()).collect();
        let aside = (!paths.is_empty()).then(|| LeftAlone {
            how: owner.aside.how.clone(),
            text: owner.aside.for_fields(&milvus.namespace, &milvus.name, &paths),
        });
        let mut masked = vec![];
        collect_masked("", &content, &mut masked);
        Some(Handover { owner: owner.owner.clone(), content, chart, masked, by_operator, aside })
    }
}

fn collect_masked(path: &str, value: &Value, found: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, field)| collect_masked(&below(key), field, found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| collect_masked(&format!("{path}[{at}]"), item, found));
        }
        Value::String(text) if text == MASK => found.push(path.to_owned()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Handover;
    use crate::{
        check::{Ground, Target},
        knowledge::Knowledge,
        plan::plan_upgrade,
        snapshot::{
            Part, Snapshot,
            sample::{self, healthy_cluster, set},
        },
    };

    fn handover(snapshot: &Snapshot, image: &str) -> Option<Handover> {
        let image: crate::milvus::Image = image.parse().expect("an image");
        let target = Target::new(image.version().expect("a version"), image);
        let ground = Ground { snapshot, target: Some(&target), knowledge: Knowledge::builtin() };
        plan_upgrade(&ground, &target).handover(&ground)
    }

    #[test]
    fn the_whole_resource_is_handed_over_with_what_the_operator_will_change() {
        let mut snapshot = healthy_cluster();
        assert_eq!(handover(&snapshot, "milvusdb/milvus:v2.6.6"), None, "nobody else keeps it");
        snapshot.milvus.annotations.insert("argocd.argoproj.io/tracking-id".into(), "x".into());
        set(&mut snapshot.milvus.spec, "/config/minio", json!({"secretAccessKey": "(masked)", "bucketName": "b"}));
        let found = handover(&snapshot, "milvusdb/milvus:v2.6.6").expect("Argo CD keeps it");
        assert_eq!(found.owner, "Argo CD");
        assert_eq!(found.content["spec"]["components"]["image"], "milvusdb/milvus:v2.6.6");
        assert!(found.content["spec"]["components"].get("indexNode").is_some(), "the operator takes it away, not Git");
        assert!(found.content.get("status").is_none());
        assert_eq!(found.masked, ["spec.config.minio.secretAccessKey"]);
        let text = found.aside.expect("rules").text;
        assert!(
            text.contains("      - /spec/components/indexNode\n      - /spec/components/streamingNode\n"),
            "{text}"
        );
    }

    #[test]
    fn within_a_line_nothing_is_to_be_left_alone() {
        let mut snapshot = healthy_cluster();
        snapshot.milvus.labels.insert("kustomize.toolkit.fluxcd.io/name".into(), "x".into());
        let found = handover(&snapshot, "milvusdb/milvus:v2.5.27").expect("Flux keeps it");
        assert_eq!((found.aside, found.by_operator.len()), (None, 0));
    }

    #[test]
    fn of_a_release_the_values_and_the_chart_are_handed_over() {
        let settings = json!({"cluster.enabled": true, "image.all.tag": "v2.5.16", "mixCoordinator.enabled": true});
        let mut snapshot = sample::release("4.2.58", &settings);
        if let Part::Known(deployments) = &mut snapshot.workload.deployments {
            deployments[0].annotations.insert("argocd.argoproj.io/tracking-id".to_owned(), "x".to_owned());
        }
        let release = snapshot.release.clone().expect("a release");
        snapshot.milvus = release.as_resource("vec", "my", &snapshot.workload);
        let found = handover(&snapshot, "milvusdb/milvus:v2.6.22").expect("Argo CD keeps it");
        assert_eq!(found.content["image"]["all"]["tag"], "v2.6.22");
        assert_eq!(found.content["streaming"]["enabled"], true);
        assert!(found.chart.is_some_and(|chart| chart.major == 5));
        assert_eq!(found.aside, None);
    }
}
