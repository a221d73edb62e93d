use serde::{Deserialize, Serialize};

use super::LogSource;

/// An object that a revision of a release says is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseObject {
    /// Its `apiVersion`, as the chart wrote it.
    pub api_version: String,
    /// Its `kind`.
    pub kind: String,
    /// Its namespace; empty where it says none, so that it is in the release's or in none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether `helm.sh/resource-policy: keep` keeps it where the release is uninstalled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_kept: bool,
    /// Claims that its pods get each, as the revision has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// The same as they are in the cluster, where that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_claims: Option<Vec<Claim>>,
    /// Whether the API server has this version of its kind; `None` where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<bool>,
}

impl ReleaseObject {
    /// As messages name it: `statefulset/my-etcd`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.kind.to_lowercase(), self.name)
    }
}

/// A claim of a `StatefulSet`, of which the API server lets nobody change these fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Its name in the template.
    pub name: String,
    /// The size that it asks for, as it is written: `10Gi`.
    pub size: String,
    /// Its storage class; `None` is the cluster's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}

impl Claim {
    /// Whether both ask for as much, however it is written.
    pub fn has_size_of(&self, other: &Self) -> bool {
        match (bytes(&self.size), bytes(&other.size)) {
            (Some(one), Some(other)) => (one - other).abs() < 1.0,
            _ => self.size == other.size,
        }
    }
}

/// A size as Kubernetes writes it.
fn bytes(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 12] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let (number, factor) =
        UNITS.into_iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor))).unwrap_or((text, 1.0));
    number.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * factor)
}

/// An object of a release that does not yet do what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unready {
    /// Which: `statefulset/my-etcd`.
    pub object: String,
    /// Why, in one line.
    pub reason: String,
    /// Evidence, a line each: what its pods say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// Whether it will not get there by itself.
    #[serde(default)]
    pub failed: bool,
    /// Whose logs may say more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogSource>,
}
