//! Migrations of metadata that the operator carries out, and what a new one needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Part, Rewriting};
use crate::milvus::{Component, Image};

/// What matters of migrations of one instance; looked at only where its release is near one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigrationScene {
    /// `MilvusUpgrade` resources, those of other instances too.
    pub migrations: Part<Vec<Migration>>,
    /// The pods that they started.
    pub tasks: Part<Vec<Task>>,
    /// The default `StorageClass`, where there is one.
    pub default_class: Part<Option<String>>,
    /// Whether the caller may create, patch and watch `MilvusUpgrade` resources.
    pub may_migrate: Part<bool>,
    /// What ran before a migration that did not come to its end, as its record has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Standing>,
    /// Of a Helm release: what this program does about it itself, because no operator is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewriting: Option<Rewriting>,
}

/// A `MilvusUpgrade` of `milvus.io/v1beta1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Migration {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// Whether it is being deleted.
    pub is_deleted: bool,
    /// `spec.milvus.name`.
    pub milvus: String,
    /// `spec.milvus.namespace`.
    pub milvus_namespace: String,
    /// `spec.operation` is `rollback`.
    pub is_turned: bool,
    /// `spec.sourceVersion`.
    pub source_version: String,
    /// `spec.targetVersion`.
    pub target_version: String,
    /// `spec.targetImage`.
    pub target_image: String,
    /// `status.state`, as the operator writes it.
    pub state: String,
    /// `status.metaStorageChanged`: the pod that rewrites the metadata was started.
    pub is_rewritten: bool,
    /// `status.retriedTimes`.
    pub retries: i64,
    /// `status.backupPVC`.
    pub claim: Option<String>,
    /// What ran before, as the operator noted it.
    pub before: Option<Standing>,
    /// Why it stands still, in the operator's words.
    pub message: String,
}

/// What runs of an instance: enough to start it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// `spec.components.image`.
    pub image: Image,
    /// Replicas of the components that are asked for, by their keys in the spec.
    pub replicas: BTreeMap<String, i64>,
}

/// A pod that a `MilvusUpgrade` started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The `MilvusUpgrade`.
    pub migration: String,
    /// Its name.
    pub name: String,
    /// `Pending`, `Running`, `Succeeded` or `Failed`.
    pub phase: String,
    /// Why it waits or failed, where that is known.
    pub reason: Option<String>,
}

/// How far a migration has come, in the words of `status.state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The operator has not looked at it.
    Pending,
    /// Replicas go to zero, then sessions have to expire.
    OldVersionStopping,
    /// A pod writes the metadata to a claim.
    BackupMeta,
    /// A pod rewrites the metadata.
    UpdatingMeta,
    /// The new image and the replicas are being written.
    NewVersionStarting,
    /// They are written; Milvus may not run yet.
    Succeeded,
    /// There is no backup, and nothing goes back.
    BakupMetaFailed,
    /// The metadata were not rewritten, and nothing goes back.
    UpdateMetaFailed,
    /// On the way back: everything stops.
    RollbackNewVersionStopping,
    /// A pod puts the metadata back.
    RollbackRestoringOldMeta,
    /// The old image and the replicas are being written.
    RollbackOldVersionStarting,
    /// They are written.
    RollbackedSucceeded,
    /// The metadata could not be put back; everything stays stopped.
    RollbackFailed,
}

impl Stage {
    const FORWARD: [Self; 6] = [
        Self::Pending,
        Self::OldVersionStopping,
        Self::BackupMeta,
        Self::UpdatingMeta,
        Self::NewVersionStarting,
        Self::Succeeded,
    ];
    const BACK: [Self; 4] = [
        Self::RollbackNewVersionStopping,
        Self::RollbackRestoringOldMeta,
        Self::RollbackOldVersionStarting,
        Self::RollbackedSucceeded,
    ];
    const FAILED: [Self; 3] = [Self::BakupMetaFailed, Self::UpdateMetaFailed, Self::RollbackFailed];

    /// Reads `status.state`; `None` for a word that this program does not know.
    pub fn of_word(word: &str) -> Option<Self> {
        let mut all = Self::FORWARD.into_iter().chain(Self::BACK).chain(Self::FAILED);
        all.find(|stage| stage.word() == word)
    }

    /// As `status.state` has it, with the operator's spelling.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "",
            Self::OldVersionStopping => "OldVersionStopping",
            Self::BackupMeta => "BackupMeta",
            Self::UpdatingMeta => "UpdatingMeta",
            Self::NewVersionStarting => "NewVersionStarting",
            Self::Succeeded => "Succeeded",
            Self::BakupMetaFailed => "BakupMetaFailed",
            Self::UpdateMetaFailed => "UpdateMetaFailed",
            Self::RollbackNewVersionStopping => "RollbackNewVersionStopping",
            Self::RollbackRestoringOldMeta => "RollbackRestoringOldMeta",
            Self::RollbackOldVersionStarting => "RollbackOldVersionStarting",
            Self::RollbackedSucceeded => "RollbackedSucceeded",
            Self::RollbackFailed => "RollbackFailed",
        }
    }

    /// Whether it has come as far as `other`, which is on the same way.
    pub fn has_reached(self, other: Self) -> bool {
        let within = |way: &[Self]| {
            let place = |stage: Self| way.iter().position(|known| *known == stage);
            place(self).zip(place(other)).is_some_and(|(here, there)| here >= there)
        };
        within(&Self::FORWARD) || within(&Self::BACK)
    }

    /// Whether it is on the way back, or came to its end there.
    pub fn is_back(self) -> bool {
        Self::BACK.contains(&self) || self == Self::RollbackFailed
    }

    /// Whether the operator does no more about it.
    pub fn is_over(self) -> bool {
        Self::FAILED.contains(&self) || matches!(self, Self::Succeeded | Self::RollbackedSucceeded)
    }
}

impl Migration {
    /// `milvusupgrade/NAME`.
    pub fn reference(&self) -> String {
        format!("milvusupgrade/{}", self.name)
    }

    /// How far it has come; `None` where the operator's word is not known.
    pub fn stage(&self) -> Option<Stage> {
        Stage::of_word(&self.state)
    }

    /// Whether it is about this instance.
    pub fn is_of(&self, namespace: &str, name: &str) -> bool {
        self.milvus == name && self.milvus_namespace == namespace
    }

    /// Whether the operator still works on it.
    pub fn is_under_way(&self) -> bool {
        let turned = self.is_turned && !self.stage().is_some_and(Stage::is_back);
        turned || !self.stage().is_some_and(Stage::is_over)
    }
}

impl MigrationScene {
    /// The migration of this name beside an instance of `namespace`.
    pub fn find(&self, namespace: &str, name: &str) -> Option<&Migration> {
        self.migrations.known()?.iter().find(|found| found.namespace == namespace && found.name == name)
    }

    /// The migrations of an instance.
    pub fn of<'a>(&'a self, namespace: &'a str, name: &'a str) -> impl Iterator<Item = &'a Migration> {
        self.migrations.known().into_iter().flatten().filter(move |found| found.is_of(namespace, name))
    }

    /// The pods of a migration.
    pub fn tasks_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Task> {
        self.tasks.known().into_iter().flatten().filter(move |task| task.migration == name)
    }
}

impl Standing {
    /// What a spec asks for; `None` where it names no image.
    pub fn of_spec(spec: &Value) -> Option<Self> {
        let components = spec.get("components")?;
        let image = components.get("image")?.as_str()?.parse().ok()?;
        let replicas = Component::ALL.into_iter().filter_map(|component| {
            let section = components.get(component.spec_key()).filter(|section| !section.is_null())?;
            let replicas = section.get("replicas").and_then(Value::as_i64).unwrap_or(1);
            Some((component.spec_key().to_owned(), replicas))
        });
        Some(Self { image, replicas: replicas.collect() })
    }

    /// Whether nothing runs.
    pub fn is_stopped(&self) -> bool {
        self.replicas.values().all(|replicas| *replicas == 0)
    }

    /// The components of which pods run.
    pub fn components(&self) -> Vec<Component> {
        let runs = |component: &Component| self.replicas.get(component.spec_key()).is_some_and(|count| *count != 0);
        Component::ALL.into_iter().filter(runs).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Stage, Standing};
    use crate::milvus::Component;

    #[test]
    fn stages_have_the_operators_words_and_an_order_on_each_way() {
        for stage in Stage::FORWARD.into_iter().chain(Stage::BACK).chain(Stage::FAILED) {
            assert_eq!(Stage::of_word(stage.word()), Some(stage));
        }
        assert_eq!(Stage::of_word("Resting"), None);
        assert!(Stage::Succeeded.has_reached(Stage::BackupMeta));
        assert!(Stage::BackupMeta.has_reached(Stage::BackupMeta));
        assert!(!Stage::OldVersionStopping.has_reached(Stage::BackupMeta));
        assert!(!Stage::RollbackedSucceeded.has_reached(Stage::BackupMeta), "that is another way");
        assert!(!Stage::Succeeded.has_reached(Stage::RollbackRestoringOldMeta));
        assert!(Stage::RollbackFailed.is_over() && Stage::RollbackFailed.is_back());
        assert!(!Stage::RollbackFailed.has_reached(Stage::RollbackRestoringOldMeta));
    }

    #[test]
    fn what_ran_is_read_from_a_spec() {
        let spec = json!({"components": {
            "image": "milvusdb/milvus:v2.1.4", "proxy": {"replicas": 2}, "queryNode": {}, "mixCoord": null,
            "dataNode": {"replicas": 0},
        }});
        let standing = Standing::of_spec(&spec).expect("it names an image");
        assert_eq!(standing.image.to_string(), "milvusdb/milvus:v2.1.4");
        assert_eq!(standing.components(), [Component::QueryNode, Component::Proxy]);
        assert!(!standing.is_stopped());
        let stopped = json!({"components": {"image": "a:b", "proxy": {"replicas": 0}}});
        assert!(Standing::of_spec(&stopped).expect("an image").is_stopped());
        assert_eq!(Standing::of_spec(&json!({"components": {}})), None);
    }
}
