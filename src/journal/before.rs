use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The instance as it was before the first write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Before {
    /// A Milvus resource, unmasked: passwords of `spec.config` are in it.
    #[serde(rename_all = "camelCase")]
    Milvus {
        /// `metadata.uid`.
        uid: String,
        /// `metadata.generation`.
        generation: i64,
        /// `metadata.annotations`.
        annotations: Value,
        /// `spec`.
        spec: Value,
    },
    /// A Helm release; its values are in the record of the revision.
    #[serde(rename_all = "camelCase")]
    Release {
        /// The newest revision.
        revision: i64,
        /// The version of its chart.
        chart: Version,
        /// Helm's word for what became of it.
        status: String,
    },
}
