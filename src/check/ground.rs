use serde::{Deserialize, Serialize};

use super::Code;
use crate::{
    knowledge::Knowledge,
    milvus::{Image, ImageUpdateMode, MilvusVersion},
    snapshot::Snapshot,
};

/// What is wanted: the version, the image that carries it, and what the user said about the way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The version to run.
    pub version: MilvusVersion,
    /// The image to run: registry, repository and variant of the running one, unless the user named another.
    pub image: Image,
    /// Whether `spec.components.version` has to say the version, because the tag does not.
    pub states_version: bool,
    /// The version running now, as the user says it (`--from-version`), where the image does not tell.
    pub stated_from: Option<MilvusVersion>,
    /// How the Deployments move, where the user chose.
    pub update_mode: Option<ImageUpdateMode>,
    /// The backup that the user named.
    pub backup: Option<String>,
    /// The codes that the user accepted.
    pub accepted: Vec<Code>,
}

/// What a rule stands on.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// What was seen.
    pub snapshot: &'a Snapshot,
    /// What is wanted; `None` where only the health of what runs is asked for.
    pub target: Option<&'a Target>,
    /// What is known of releases.
    pub knowledge: &'a Knowledge,
}

impl Ground<'_> {
    /// The version that runs: the user's word, else what was last wholly rolled out.
    pub fn from(&self) -> Option<MilvusVersion> {
        let stated = self.target.and_then(|target| target.stated_from.clone());
        stated.or_else(|| self.snapshot.milvus.current_version())
    }

    /// Whether the resource asks for the target already, so that this is the same roll going on.
    pub fn is_resumed(&self) -> bool {
        let wanted = self.snapshot.milvus.image();
        self.target.is_some_and(|target| wanted.as_ref() == Some(&target.image))
    }
}
