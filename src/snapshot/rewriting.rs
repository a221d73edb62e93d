//! Metadata of a Helm release that this program has rewritten itself: what there is of it in the cluster, which is all
//! that a run needs to go on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Deployment, Part};
use crate::milvus::{Image, MilvusVersion};

/// Notes, on a Deployment that was stopped, how many replicas it had.
pub const REPLICAS_BEFORE: &str = "kubectl-milvus.io/replicas-before";
/// Notes, on a Deployment that was stopped, since when no pod of the release was left.
pub const STOPPED_AT: &str = "kubectl-milvus.io/stopped-at";
/// Labels what a migration made, with the name of the release.
pub const RELEASE_LABEL: &str = "kubectl-milvus.io/release";

/// What there is of migrations of one release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rewriting {
    /// The Jobs.
    pub jobs: Part<Vec<MetadataJob>>,
    /// Secrets and claims.
    pub kept: Part<Vec<Kept>>,
}

/// A Job that keeps, rewrites or puts back metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataJob {
    /// `metadata.name`.
    pub name: String,
    /// What it does.
    pub task: MetadataTask,
    /// Which try of a migration it belongs to, from 1.
    pub attempt: u32,
    /// How far it is.
    pub state: JobState,
    /// When it was made.
    pub made: Option<Timestamp>,
    /// Why it failed, in the words of Kubernetes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where its migration began and leads.
    pub course: MetadataCourse,
}

/// Where a migration began and leads, as each of its Jobs notes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataCourse {
    /// The version that ran.
    pub from: MilvusVersion,
    /// Its image.
    pub from_image: Image,
    /// The revision of the release that had it.
    pub revision: i64,
    /// The version that it leads to.
    pub to: MilvusVersion,
    /// The claim with the old metadata.
    pub claim: String,
    /// The image of the program that works on them.
    pub tool: Image,
}

/// What is done with metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetadataTask {
    /// They are written to a claim.
    Backup,
    /// They become those of the newer release.
    Run,
    /// They become those of the claim again.
    Rollback,
}

/// How far a Job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// It works, or waits to.
    Active,
    /// It is done.
    Complete,
    /// It gave up, or was told to.
    Failed,
}

/// An object that a migration keeps things in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// `secret/NAME`, `persistentvolumeclaim/NAME`.
    pub object: String,
    /// The versions that it was made for: `2.1.4-2.2.16`; none of a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<String>,
}

/// Where the metadata of a release are, without what is secret of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EtcdPlace {
    /// `etcd.endpoints`.
    pub endpoints: Vec<String>,
    /// `etcd.rootPath`.
    pub root_path: String,
    /// `etcd.auth.enabled`.
    pub has_password: bool,
    /// `etcd.ssl.enabled`.
    pub has_tls: bool,
    /// `etcd.use.embed`.
    pub is_embedded: bool,
    /// Volumes with the files of TLS, as the pods of Milvus have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Value>,
    /// Where those are mounted; empty where no pod has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Value>,
}

impl MetadataTask {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Backup, Self::Run, Self::Rollback];

    /// As names, labels and `cmd.type` of the program have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Run => "run",
            Self::Rollback => "rollback",
        }
    }

    /// Reads a label.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.word() == word)
    }
}

impl Rewriting {
    /// The Jobs, oldest first; none where they could not be seen.
    pub fn jobs(&self) -> &[MetadataJob] {
        self.jobs.known().map_or(&[], Vec::as_slice)
    }

    /// The Job of this name.
    pub fn job(&self, name: &str) -> Option<&MetadataJob> {
        self.jobs().iter().find(|job| job.name == name)
    }

    /// The last Job of a task in an attempt.
    pub fn of(&self, task: MetadataTask, attempt: u32) -> Option<&MetadataJob> {
        self.jobs().iter().filter(|job| job.task == task && job.attempt == attempt).max_by_key(|job| job.made)
    }

    /// The last attempt; 0 where there was none.
    pub fn last_attempt(&self) -> u32 {
        self.jobs().iter().map(|job| job.attempt).max().unwrap_or_default()
    }

    /// Whether an attempt has begun to rewrite the metadata, and nobody has put them back since.
    pub fn is_rewritten(&self, attempt: u32) -> bool {
        let restored = self.of(MetadataTask::Rollback, attempt).is_some_and(|job| job.state == JobState::Complete);
        self.of(MetadataTask::Run, attempt).is_some() && !restored
    }

    /// The attempt to go on with, or the next one. What an attempt has kept is good only as long as everything has stood
    /// still since, `stopped` being when that began.
    pub fn current(&self, stopped: Option<Timestamp>) -> u32 {
        let last = self.last_attempt();
        let goes_on = self.is_rewritten(last) || {
            let backup = self.of(MetadataTask::Backup, last).filter(|job| job.state != JobState::Failed);
            let restored = self.of(MetadataTask::Rollback, last).is_some();
            let made = backup.and_then(|job| job.made).zip(stopped);
            !restored && made.is_some_and(|(made, stopped)| made.as_second() >= stopped.as_second())
        };
        if last > 0 && goes_on { last } else { last + 1 }
    }

    /// What the last attempt noted of its way.
    pub fn course(&self) -> Option<&MetadataCourse> {
        let last = self.last_attempt();
        self.jobs().iter().find(|job| job.attempt == last).map(|job| &job.course)
    }

    /// Whether `object` is kept, for these versions where it depends on them.
    pub fn keeps(&self, object: &str, pair: Option<&str>) -> bool {
        let kept = self.kept.known().map_or(&[][..], Vec::as_slice);
        kept.iter().any(|kept| kept.object == object && (pair.is_none() || kept.pair.as_deref() == pair))
    }
}

impl Deployment {
    /// How many replicas it had before a migration stopped it.
    pub fn replicas_before(&self) -> Option<i64> {
        self.annotations.get(REPLICAS_BEFORE)?.parse().ok()
    }

    /// Since when a migration has found no pod of the release.
    pub fn stopped_at(&self) -> Option<Timestamp> {
        self.annotations.get(STOPPED_AT)?.parse().ok()
    }
}

/// Since when all of a release stands still for a migration; `None` where anything of it does not.
pub fn stopped_since(deployments: &[Deployment]) -> Option<Timestamp> {
    let stopped = |found: &Deployment| found.stopped_at().filter(|_| found.wanted == 0 && found.running == 0);
    let all: Option<Vec<Timestamp>> = deployments.iter().map(stopped).collect();
    all?.into_iter().max()
}

/// Replicas of Deployments as they were before a migration, or are.
pub fn replicas_before(deployments: &[Deployment]) -> BTreeMap<String, i64> {
    let of = |found: &Deployment| (found.name.clone(), found.replicas_before().unwrap_or(found.wanted));
    deployments.iter().map(of).collect()
}
