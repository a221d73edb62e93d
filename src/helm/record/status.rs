//! What became of a revision of a release.

use std::fmt;

/// The status of a revision, in `info.status` and in the label `status` of its record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nobody can tell.
    #[default]
    Unknown,
    /// The objects of this revision are in the cluster.
    Deployed,
    /// The release was uninstalled and its records were kept.
    Uninstalled,
    /// A newer revision was deployed after it.
    Superseded,
    /// It was not deployed, or not wholly.
    Failed,
    /// It is being uninstalled.
    Uninstalling,
    /// It is being installed.
    PendingInstall,
    /// It is being upgraded to.
    PendingUpgrade,
    /// It is being rolled back to.
    PendingRollback,
    /// A word that Helm 4.3.1 does not know, or none at all.
    Other(String),
}

impl Status {
    const KNOWN: [Self; 9] = [
        Self::Unknown,
        Self::Deployed,
        Self::Uninstalled,
        Self::Superseded,
        Self::Failed,
        Self::Uninstalling,
        Self::PendingInstall,
        Self::PendingUpgrade,
        Self::PendingRollback,
    ];

    /// Reads Helm's word for it; any other word is kept.
    pub fn read(text: &str) -> Self {
        Self::KNOWN.into_iter().find(|status| status.as_str() == text).unwrap_or_else(|| Self::Other(text.to_owned()))
    }

    /// Helm's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
            Self::Other(text) => text,
        }
    }

    /// Whether an operation is under way, or was given up, which locks the release against upgrades.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn every_word_comes_back_as_it_was() {
        for status in Status::KNOWN {
            assert_eq!(Status::read(status.as_str()), status);
            assert_eq!(status.is_pending(), status.as_str().starts_with("pending-"), "{status}");
        }
        for text in ["paused", ""] {
            assert_eq!(Status::read(text), Status::Other(text.to_owned()));
            assert_eq!(Status::read(text).as_str(), text);
        }
    }
}
