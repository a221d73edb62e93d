use std::fmt;

use serde::{Deserialize, Serialize};

/// How the parts of Milvus are laid out (`spec.mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// One Deployment a component.
    Cluster,
    /// Everything in one Deployment; the operator's default where `spec.mode` is missing.
    Standalone,
}

impl Mode {
    /// Reads `spec.mode`; a missing or empty value is standalone, as for the operator.
    pub fn of_spec(text: Option<&str>) -> Self {
        match text {
            Some("cluster") => Self::Cluster,
            _ => Self::Standalone,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Cluster => "cluster",
            Self::Standalone => "standalone",
        })
    }
}
