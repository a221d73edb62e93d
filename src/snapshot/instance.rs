use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::milvus::Mode;

/// One line of a list of instances, of either way to run Milvus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// Where it is.
    pub namespace: String,
    /// As users type it: `milvus/prod`, `release/my`.
    pub reference: String,
    /// `operator`, or `helm, 4.2.58` with the version of the chart.
    pub manager: String,
    /// How its parts are laid out.
    pub mode: Mode,
    /// The version that runs, where its image tells.
    pub version: Option<String>,
    /// The version that an unfinished roll goes to.
    pub target: Option<String>,
    /// In words: `healthy`, `rolling: querynode (3 of 5)`.
    pub state: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The image that is asked for.
    pub image: Option<String>,
}
