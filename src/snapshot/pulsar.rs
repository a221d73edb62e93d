//! What there is of the Pulsar that an instance brings along; looked at only where its generation is to change.

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::Part;

/// What there is of Pulsar in the namespace, by the labels of its chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PulsarScene {
    /// Its `StatefulSet`s.
    pub sets: Part<Vec<PulsarSet>>,
    /// Claims of its pods, also of those that are gone.
    pub claims: Part<Vec<PulsarClaim>>,
}

/// A `StatefulSet` of Pulsar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PulsarSet {
    /// `metadata.name`.
    pub name: String,
    /// The version of Pulsar's chart that made it, which counts generations as Pulsar does; none where no label tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<Version>,
    /// `spec.replicas`.
    pub wanted: i64,
    /// `status.readyReplicas`.
    pub ready: i64,
}

impl PulsarSet {
    /// Whether it is known to be of this generation, or a newer one.
    pub fn is_from(&self, generation: u64) -> bool {
        self.chart.as_ref().is_some_and(|chart| chart.major >= generation)
    }
}

/// A `PersistentVolumeClaim` of a pod of Pulsar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PulsarClaim {
    /// `metadata.name`.
    pub name: String,
    /// The label `app`: `pulsar`, or `pulsarv3` for the third generation below the chart milvus.
    pub app: String,
    /// `spec.volumeName`; empty where it is bound to none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub volume: String,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
}
