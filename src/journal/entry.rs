use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{milvus::Image, plan::Step};

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The step's own id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it is.
    pub progress: Progress,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Timestamp>,
    /// When its end was reached, or found to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
}

/// Where a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Still to come.
    Pending,
    /// Under way.
    Running,
    /// Its end is reached.
    Done,
}

/// Something that was written to the instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Write {
    /// The step that it belongs to.
    pub step: String,
    /// When the answer came.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub change: Change,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Change {
    /// A JSON merge patch of the Milvus resource.
    #[serde(rename_all = "camelCase")]
    Patch {
        /// The patch.
        patch: Value,
        /// `metadata.generation` after it.
        generation: i64,
    },
    /// A `MilvusUpgrade` that was created or told to go back.
    #[serde(rename_all = "camelCase")]
    Migration {
        /// Its name.
        name: String,
    },
    /// An image that a Deployment was given.
    #[serde(rename_all = "camelCase")]
    Image {
        /// The name of the Deployment.
        deployment: String,
        /// The image.
        image: Image,
    },
    /// Objects that a migration of a release has made or changed.
    Objects {
        /// Which: `deployment/my-milvus-proxy`.
        objects: Vec<String>,
    },
    /// A revision of the Helm release.
    Revision {
        /// Its number.
        revision: i64,
    },
}

impl Write {
    /// A patch that was written.
    pub fn patch(step: &Step, patch: &Value, generation: i64, now: Timestamp) -> Self {
        Self { step: step.id.clone(), at: now, change: Change::Patch { patch: patch.clone(), generation } }
    }

    /// A migration that was begun or turned.
    pub fn migration(step: &Step, name: &str, now: Timestamp) -> Self {
        Self { step: step.id.clone(), at: now, change: Change::Migration { name: name.to_owned() } }
    }

    /// An image that a Deployment was given.
    pub fn image(step: &Step, deployment: &str, image: &Image, now: Timestamp) -> Self {
        let change = Change::Image { deployment: deployment.to_owned(), image: image.clone() };
        Self { step: step.id.clone(), at: now, change }
    }

    /// Objects that a migration of a release has made or changed.
    pub fn objects(step: &Step, objects: Vec<String>, now: Timestamp) -> Self {
        Self { step: step.id.clone(), at: now, change: Change::Objects { objects } }
    }

    /// A revision that was made.
    pub fn revision(step: &Step, revision: i64, now: Timestamp) -> Self {
        Self { step: step.id.clone(), at: now, change: Change::Revision { revision } }
    }

    /// The revision, where it made one.
    pub fn made(&self) -> Option<i64> {
        match self.change {
            Change::Revision { revision } => Some(revision),
            Change::Patch { .. } | Change::Migration { .. } | Change::Image { .. } | Change::Objects { .. } => None,
        }
    }
}

impl Entry {
    /// A step still to come.
    pub fn of(step: &Step) -> Self {
        let (id, title) = (step.id.clone(), step.title.clone());
        Self { id, title, progress: Progress::Pending, begun: None, ended: None }
    }

    /// Whether its end is reached.
    pub fn is_done(&self) -> bool {
        self.progress == Progress::Done
    }

    pub(super) fn begin(&mut self, now: Timestamp) {
        self.progress = Progress::Running;
        self.begun.get_or_insert(now);
        self.ended = None;
    }

    pub(super) fn end(&mut self, now: Timestamp) {
        self.progress = Progress::Done;
        self.ended = Some(now);
    }
}
