use jiff::Timestamp;
use serde::Serialize;

use super::Verdict;

/// What Milvus itself answered when it was asked last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// When.
    pub at: Timestamp,
    /// By which run: `upgrade to 2.6.6`; nothing where it was asked just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What that says.
    pub found: Verdict,
}
