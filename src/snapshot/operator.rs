use semver::Version;
use serde::{Deserialize, Serialize};

use super::Part;

/// A Deployment of the Milvus operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// Where it runs.
    pub namespace: String,
    /// The name of its Deployment.
    pub name: String,
    /// The image of its container `manager`.
    pub image: String,
    /// The version that the image's tag names, if it names one.
    pub version: Option<Version>,
    /// How many pods are ready.
    pub ready: i64,
    /// The namespaces it looks after (`-watch-namespace`); `None` is all.
    pub watch_namespaces: Option<Vec<String>>,
    /// What it was told to leave alone (`-stop-reconcilers`).
    pub stopped_reconcilers: Vec<String>,
    /// The `ServiceAccount` that it works as.
    #[serde(default)]
    pub account: String,
    /// What that account may not do of what an upgrade makes the operator do: `update deployments.apps`.
    #[serde(default)]
    pub lacks: Part<Vec<String>>,
}

impl Operator {
    /// Whether it looks after instances of `namespace`.
    pub fn watches(&self, namespace: &str) -> bool {
        self.watch_namespaces.as_ref().is_none_or(|list| list.iter().any(|watched| watched == namespace))
    }

    /// Whether it was told not to touch Milvus resources.
    pub fn is_stopped(&self) -> bool {
        self.stopped_reconcilers.iter().any(|name| matches!(name.as_str(), "all" | "milvus"))
    }
}

/// The custom resource definition `milvuses.milvus.io`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// Versions that the API server answers.
    pub served: Vec<String>,
    /// `status.storedVersions`.
    pub stored: Vec<String>,
    /// `spec.conversion.strategy`.
    pub conversion: String,
    /// Namespace and name of the Service that converts, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converter: Option<(String, String)>,
    /// Every key below `spec.components`, for knowing which fields this definition has.
    pub component_fields: Vec<String>,
}

/// The API version in which this tool speaks about Milvus resources, and in which operators store them.
const SPOKEN: &str = "v1beta1";

impl Definition {
    /// Whether objects may be stored in a version in which nobody wants them, so that somebody has to convert them.
    pub fn needs_conversion(&self) -> bool {
        self.stored.iter().any(|version| version != SPOKEN)
    }
}
