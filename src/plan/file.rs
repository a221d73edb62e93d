//! A plan that is kept, to be looked at and carried out later. No secret is in it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Plan, Step};
use crate::check::Code;

/// What a file of a plan holds besides its header.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanFile {
    /// The plan.
    #[serde(flatten)]
    pub plan: Plan,
    /// Why codes were accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Which values of a chart the user gives besides, with dots between their parts. The values themselves are not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
}

/// Why a code was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Which.
    pub code: Code,
    /// Why.
    pub reason: String,
}

impl PlanFile {
    /// Reads the document.
    ///
    /// # Errors
    ///
    /// What it is instead of a plan that this program can read.
    pub fn read(document: Value) -> Result<Self, String> {
        let header = (document["apiVersion"].as_str(), document["kind"].as_str());
        if header != (Some("kubectl-milvus/v1"), Some("UpgradePlan")) {
            let (version, kind) = (header.0.unwrap_or("none"), header.1.unwrap_or("none"));
            return Err(format!("it is `{kind}` of `{version}`, not an UpgradePlan of kubectl-milvus/v1"));
        }
        serde_json::from_value(document).map_err(|error| format!("it is no whole plan: {error}"))
    }
}

impl Plan {
    /// The first step in which another plan does something else.
    pub fn differs_from(&self, other: &Self) -> Option<String> {
        let does = |step: &Step| (step.id.clone(), step.action.clone(), step.gate.clone(), step.undo);
        let (own, others): (Vec<_>, Vec<_>) =
            (self.steps.iter().map(does).collect(), other.steps.iter().map(does).collect());
        let place = (0..own.len().max(others.len())).find(|place| own.get(*place) != others.get(*place))?;
        let step = self.steps.get(place).or_else(|| other.steps.get(place))?;
        Some(format!("step {}, {}", place + 1, step.title))
    }
}

/// The paths of all values in a tree, with dots between their parts.
pub fn paths(value: &Value) -> Vec<String> {
    fn collect(path: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (key, value) in fields {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    collect(&path, value, found);
                }
            }
            _ if path.is_empty() => {}
            _ => found.push(path.to_owned()),
        }
    }
    let mut found = vec![];
    collect("", value, &mut found);
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PlanFile, paths};

    #[test]
    fn only_names_of_values_are_kept() {
        let given = json!({"minio": {"secretKey": "planted", "buckets": [{"name": "a"}]}, "a": {}});
        assert_eq!(paths(&given), ["a", "minio.buckets", "minio.secretKey"]);
        assert_eq!(paths(&json!({})), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_plan_is_named() {
        let refused = PlanFile::read(json!({"apiVersion": "v1", "kind": "Secret"})).unwrap_err();
        assert!(refused.contains("`Secret` of `v1`"), "{refused}");
        let refused = PlanFile::read(json!({"apiVersion": "kubectl-milvus/v1", "kind": "UpgradePlan"})).unwrap_err();
        assert!(refused.contains("no whole plan"), "{refused}");
        assert!(PlanFile::read(json!([1])).is_err());
    }
}
