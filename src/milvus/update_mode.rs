use std::fmt;

use serde::{Deserialize, Serialize};

/// In which order the operator moves Deployments to a new image (`spec.components.imageUpdateMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ImageUpdateMode {
    /// In dependency order, each component after those it depends on; the operator's default.
    RollingUpgrade,
    /// The same graph reversed.
    RollingDowngrade,
    /// Every Deployment at once.
    All,
    /// Every Deployment at once, and the operator kills what is slow to stop.
    Force,
}

impl ImageUpdateMode {
    /// Reads the field; missing, empty or unknown is the default.
    pub fn of_spec(text: Option<&str>) -> Self {
        match text {
            Some("rollingDowngrade") => Self::RollingDowngrade,
            Some("all") => Self::All,
            Some("force") => Self::Force,
            _ => Self::RollingUpgrade,
        }
    }

    /// The operator's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::RollingUpgrade => "rollingUpgrade",
            Self::RollingDowngrade => "rollingDowngrade",
            Self::All => "all",
            Self::Force => "force",
        }
    }
}

impl fmt::Display for ImageUpdateMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}
