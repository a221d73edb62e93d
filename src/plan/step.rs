use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{merge::contains, rewriting};
use crate::{
    milvus::{Component, Image, MilvusVersion},
    rollout::{Goal, Roll},
    snapshot::{JobState, Migration, Resource, Snapshot, Stage},
};

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// A short name that stays the same between runs: `set-image`, `roll-coordinators`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// What the tool does.
    pub action: Action,
    /// What must be true before the next step.
    pub gate: Gate,
    /// How it is taken back once it has run.
    pub undo: Undo,
    /// What clients feel.
    pub felt: String,
    /// Seconds it is thought to take.
    pub estimate_seconds: u64,
}

/// What the tool does in a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Action {
    /// Writes this JSON merge patch to the resource, under its resource version.
    Patch {
        /// The patch, only the fields of the plan.
        patch: Value,
    },
    /// Gives a Deployment of the operator its image, where the operator itself waits for pods that never get ready.
    Swap {
        /// Its name.
        deployment: String,
        /// The name of its container.
        container: String,
        /// The image.
        image: Image,
    },
    /// Upgrades the Helm release, with the user's other values as they are.
    Chart {
        /// The version of the chart.
        version: Version,
        /// Values that are set.
        settings: Vec<Setting>,
    },
    /// Takes the Helm release back to a revision.
    Revert {
        /// Which.
        revision: i64,
        /// The version of its chart.
        chart: Version,
        /// What it says of the values that count, by dotted keys.
        settings: BTreeMap<String, Value>,
    },
    /// Creates a `MilvusUpgrade`, by which the operator rewrites the metadata.
    Migrate {
        /// The whole object, with every field said.
        migration: Value,
    },
    /// Tells a `MilvusUpgrade` to put back what was there before.
    Turn {
        /// Its name.
        migration: String,
    },
    /// Waits while the operator works on a `MilvusUpgrade`.
    Follow {
        /// Its name.
        migration: String,
    },
    /// Stops Deployments of a release, and notes how many pods each had.
    Stop {
        /// Replicas before, by their names.
        deployments: BTreeMap<String, i64>,
        /// Jobs that work on metadata, to be ended.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        jobs: Vec<String>,
    },
    /// Notes since when nothing runs any more.
    Rest,
    /// Writes the Secret that tells a Job where the metadata are. Passwords are not in the plan.
    Configure {
        /// Its metadata.
        metadata: Value,
        /// The version that the metadata are of.
        from: MilvusVersion,
        /// The version that they are to be of.
        to: MilvusVersion,
        /// The file in the claim.
        backup: String,
    },
    /// Creates an object: a claim, or a Job that works on metadata.
    Create {
        /// All of it.
        object: Value,
    },
    /// Gives Deployments the replicas that were noted when they were stopped.
    Resume {
        /// Replicas, by their names.
        deployments: BTreeMap<String, i64>,
    },
    /// Waits while the operator moves these components.
    Roll {
        /// Which.
        components: Vec<Component>,
    },
}

impl Action {
    /// Whether it changes anything, rather than waits for others.
    pub fn writes(&self) -> bool {
        !matches!(self, Self::Roll { .. } | Self::Follow { .. })
    }

    /// Whether it makes a revision of the Helm release.
    pub fn is_of_helm(&self) -> bool {
        matches!(self, Self::Chart { .. } | Self::Revert { .. })
    }

    /// Whether it writes a `MilvusUpgrade`.
    pub fn is_of_migration(&self) -> bool {
        matches!(self, Self::Migrate { .. } | Self::Turn { .. })
    }

    /// Whether it is of a migration that this program carries out itself, but for what Helm does.
    pub fn is_of_rewriting(&self) -> bool {
        use Action::{Configure, Create, Rest, Resume, Stop};
        matches!(self, Stop { .. } | Rest | Configure { .. } | Create { .. } | Resume { .. })
    }

    /// The name of the `MilvusUpgrade` that it is about.
    pub fn migration(&self) -> Option<&str> {
        match self {
            Self::Migrate { migration } => migration["metadata"]["name"].as_str(),
            Self::Turn { migration } | Self::Follow { migration } => Some(migration),
            _ => None,
        }
    }
}

/// A value of a chart that a step sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// Which, with dots between its parts: `image.all.tag`.
    pub key: String,
    /// What it becomes.
    pub value: Value,
    /// Why.
    pub why: String,
}

impl Setting {
    /// A value, and why it is set.
    pub fn new(key: &str, value: Value, why: &str) -> Self {
        Self { key: key.to_owned(), value, why: why.to_owned() }
    }
}

/// What must be true after a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Gate {
    /// The resource has every field of the patch.
    Written,
    /// A `MilvusUpgrade` has come so far.
    Migrated {
        /// Its name.
        migration: String,
        /// How far.
        stage: Stage,
        /// The image that the resource asks for by then, where that is part of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image: Option<Image>,
    },
    /// No pod is left of a release, and none that works on its metadata.
    Stopped,
    /// That has been so for some time.
    Rested {
        /// For how long.
        seconds: u64,
    },
    /// A Job is done.
    Worked {
        /// Its name.
        job: String,
    },
    /// These components are done, on the way to the goal.
    Moved {
        /// Where the whole roll goes.
        goal: Goal,
        /// Which are done here.
        components: Vec<Component>,
    },
    /// All of the goal is reached.
    Complete {
        /// Where the roll goes.
        goal: Goal,
    },
}

/// How a step is taken back once it has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// The fields are put back as they were.
    PatchBack,
    /// The old image, in the reversed order.
    ReverseRoll,
    /// The Helm release as it was before.
    ReleaseRollback,
    /// A backup taken before.
    RestoreBackup,
    /// The metadata that a migration kept are put back.
    RestoreMetadata,
    /// Nothing to take back.
    None,
}

impl Undo {
    /// Whether only a backup takes it back.
    pub fn needs_backup(self) -> bool {
        self == Self::RestoreBackup
    }

    /// As the plan shows it.
    pub fn word(self) -> &'static str {
        match self {
            Self::PatchBack => "patch back",
            Self::ReverseRoll => "reverse roll",
            Self::ReleaseRollback => "release rollback",
            Self::RestoreBackup => "restore",
            Self::RestoreMetadata => "metadata back",
            Self::None => "nothing to undo",
        }
    }
}

impl Gate {
    /// Where the roll of this step goes, where it is one.
    pub fn goal(&self) -> Option<&Goal> {
        match self {
            Self::Written | Self::Migrated { .. } | Self::Stopped | Self::Rested { .. } | Self::Worked { .. } => None,
            Self::Moved { goal, .. } | Self::Complete { goal } => Some(goal),
        }
    }
}

impl Step {
    /// The values that it sets, where it upgrades a release.
    pub fn settings(&self) -> &[Setting] {
        match &self.action {
            Action::Chart { settings, .. } => settings,
            _ => &[],
        }
    }

    /// Whether a resource has every field of its patch.
    pub fn is_patched(&self, milvus: &Resource) -> bool {
        matches!(&self.action, Action::Patch { patch } if contains(&milvus.spec, &patch["spec"]))
    }

    /// Whether what it writes is written: every field of its patch, or the chart with its values.
    pub fn is_written(&self, snapshot: &Snapshot) -> bool {
        match (&self.action, &snapshot.release) {
            (Action::Patch { .. }, _) => self.is_patched(&snapshot.milvus),
            (Action::Chart { version, settings }, Some(release)) => {
                let is_set = |setting: &Setting| release.settings.get(&setting.key) == Some(&setting.value);
                release.status == "deployed" && release.chart == *version && settings.iter().all(is_set)
            }
            (Action::Revert { chart, settings, .. }, Some(release)) => {
                release.status == "deployed" && release.chart == *chart && release.settings == *settings
            }
            (Action::Migrate { migration }, _) => {
                let name = migration["metadata"]["name"].as_str().unwrap_or_default();
                let wanted = &migration["spec"]["targetImage"];
                snapshot.migration(name).is_some_and(|found| !found.is_deleted && *wanted == found.target_image)
            }
            (Action::Turn { migration }, _) => snapshot.migration(migration).is_some_and(|found| found.is_turned),
            (Action::Swap { deployment, image, .. }, _) => {
                let mut found = snapshot.workload.deployments().iter().filter(|found| found.name == *deployment);
                found.all(|found| found.image == image.to_string())
            }
            (Action::Chart { .. } | Action::Revert { .. } | Action::Roll { .. } | Action::Follow { .. }, _) => false,
            (action, _) => rewriting::is_written(action, snapshot),
        }
    }

    /// Whether its end is reached already, so that it is passed over.
    pub fn is_reached(&self, snapshot: &Snapshot, roll: Option<&Roll>) -> bool {
        match (&self.gate, &self.action, roll) {
            (Gate::Migrated { migration, stage, image }, ..) => {
                let found = snapshot.migration(migration).and_then(Migration::stage);
                let asks = image.as_ref().is_none_or(|image| snapshot.milvus.image().as_ref() == Some(image));
                asks && found.is_some_and(|found| found.has_reached(*stage))
            }
            (
                Gate::Written,
                Action::Patch { .. } | Action::Migrate { .. } | Action::Turn { .. } | Action::Swap { .. },
                _,
            ) => self.is_written(snapshot),
            (Gate::Written, action, _) if action.is_of_helm() || action.is_of_rewriting() => self.is_written(snapshot),
            (Gate::Stopped, action, _) => {
                rewriting::is_written(action, snapshot) && rewriting::is_still(action, snapshot)
            }
            (Gate::Rested { seconds }, ..) => rewriting::has_rested(snapshot, *seconds),
            (Gate::Worked { job }, ..) => {
                let found = snapshot.rewriting().and_then(|rewriting| rewriting.job(job));
                found.is_some_and(|job| job.state == JobState::Complete)
            }
            (Gate::Moved { components, goal }, _, Some(roll)) => {
                let observed = snapshot.milvus.observed_generation() >= snapshot.milvus.generation;
                let there = |component: &Component| !goal.arriving.contains(component) || roll.has(*component);
                observed && components.iter().all(|component| roll.is_done(*component) && there(component))
            }
            (
                Gate::Complete { .. },
                Action::Patch { .. } | Action::Chart { .. } | Action::Revert { .. } | Action::Resume { .. },
                Some(roll),
            ) => self.is_written(snapshot) && roll.is_complete(),
            (Gate::Complete { .. }, Action::Roll { .. }, Some(roll)) => roll.is_complete(),
            _ => false,
        }
    }
}
