use semver::{Prerelease, Version};
use serde::{Deserialize, Serialize};

use super::{Answer, Code};
use crate::{
    knowledge::{Edge, Knowledge},
    milvus::{Component, Image, ImageUpdateMode, MilvusVersion, Mode},
    snapshot::{Deployment, Migration, Operator, Resource, Snapshot, Stage, Standing, Subject},
};

/// Which way a change leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To a newer release.
    #[default]
    Forward,
    /// Back to an older one.
    Back,
    /// To a newer release whose metadata have another form: they are rewritten while everything stands still.
    Migrate,
    /// Back to the release before a migration, whose metadata are put back from what it kept.
    Restore,
    /// To one mixcoord instead of four coordinators, at the release that runs.
    Join,
}

impl Direction {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    fn is_forward(&self) -> bool {
        *self == Self::Forward
    }
}

/// What is wanted: the version, the image that carries it, and what the user said about the way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Whether an older release is to run again.
    #[serde(default, skip_serializing_if = "Direction::is_forward")]
    pub direction: Direction,
    /// The version to run.
    pub version: MilvusVersion,
    /// The image to run: registry, repository and variant of the running one, unless the user named another.
    pub image: Image,
    /// The version of the chart, where the user chose; Helm releases only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<Version>,
    /// The revision of a Helm release to go back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// Whether `spec.components.version` has to say the version, because the tag does not.
    pub states_version: bool,
    /// The version running now, as the user says it (`--from-version`), where the image does not tell.
    pub stated_from: Option<MilvusVersion>,
    /// How the Deployments move, where the user chose.
    pub update_mode: Option<ImageUpdateMode>,
    /// The backup that the user named.
    pub backup: Option<String>,
    /// The image of the program that migrates metadata, where the user chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<Image>,
    /// The claim that a migration keeps the old metadata in, where the user chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// The codes that the user accepted.
    pub accepted: Vec<Code>,
}

impl Target {
    /// A newer release and its image, with nothing else said.
    pub fn new(version: MilvusVersion, image: Image) -> Self {
        Self {
            direction: Direction::Forward,
            version,
            image,
            chart: None,
            revision: None,
            states_version: false,
            stated_from: None,
            update_mode: None,
            backup: None,
            tool: None,
            claim: None,
            accepted: vec![],
        }
    }

    /// The same, as a migration where one lies between what runs and the version to run.
    #[must_use]
    pub fn by_migration(mut self, snapshot: &Snapshot, knowledge: &Knowledge) -> Self {
        let from = Ground { snapshot, target: Some(&self), knowledge }.from();
        let edge = from.as_ref().map(|from| knowledge.edge(from, &self.version));
        let is_of_milvus = snapshot.subject() != Subject::Operator;
        if self.direction == Direction::Forward && is_of_milvus && matches!(edge, Some(Edge::Migration { .. })) {
            self.direction = Direction::Migrate;
        }
        self
    }

    /// Whether the operator rewrites metadata on this way, or puts them back.
    pub fn is_migration(&self) -> bool {
        matches!(self.direction, Direction::Migrate | Direction::Restore)
    }
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

impl<'a> Ground<'a> {
    /// The version that runs: the user's word, else what was last wholly rolled out.
    pub fn from(&self) -> Option<MilvusVersion> {
        let stated = self.target.and_then(|target| target.stated_from.clone());
        stated.or_else(|| self.snapshot.milvus.current_version())
    }

    /// The newest release that anything of the instance runs, or is asked to run: what a way back leads back from.
    pub fn furthest(&self) -> Option<MilvusVersion> {
        let deployments = self.snapshot.workload.deployments().iter().filter(|found| !found.is_idle());
        let images = deployments.filter_map(|found| found.image.parse::<Image>().ok()?.version());
        images.chain(self.snapshot.milvus.wanted_version()).chain(self.from()).max()
    }

    /// Whether an older release is to run again.
    pub fn goes_back(&self) -> bool {
        self.target.is_some_and(|target| matches!(target.direction, Direction::Back | Direction::Restore))
    }

    /// Whether the resource asks for the target already, so that this is the same roll going on. A migration asks for it
    /// in its own resource first.
    pub fn is_resumed(&self) -> bool {
        let Some(target) = self.target else { return false };
        let asks = self.snapshot.milvus.image().as_ref() == Some(&target.image);
        let migration = self.migration().filter(|migration| migration.is_under_way());
        let is_noted = |found: &Deployment| found.replicas_before().is_some();
        if target.is_migration() && self.snapshot.release.is_some() {
            return self.snapshot.workload.deployments().iter().any(is_noted);
        }
        match target.direction {
            Direction::Forward | Direction::Back => asks,
            Direction::Join => self.asks_for_mixcoord(),
            Direction::Migrate => asks || migration.is_some(),
            Direction::Restore => {
                let is_stopped = Standing::of_spec(&self.snapshot.milvus.spec).is_some_and(|now| now.is_stopped());
                (asks && !is_stopped)
                    || migration
                        .is_some_and(|migration| migration.is_turned || migration.stage().is_some_and(Stage::is_back))
            }
        }
    }

    /// The migration that leads to the target: the one that is under way or has just ended, and for the way back the one
    /// that was not taken back yet.
    pub fn migration(&self) -> Option<&'a Migration> {
        let target = self.target.filter(|target| target.is_migration())?;
        let snapshot = self.snapshot;
        let asks = snapshot.milvus.image().as_ref() == Some(&target.image);
        let mut own = snapshot.migrations().filter(|migration| !migration.is_deleted);
        own.find(|migration| {
            if target.direction == Direction::Restore {
                return asks || migration.stage() != Some(Stage::RollbackedSucceeded);
            }
            let is_there = asks && migration.stage() == Some(Stage::Succeeded);
            let is_same = migration.target_image == target.image.to_string();
            is_same && !migration.is_turned && (is_there || migration.is_under_way())
        })
    }

    /// Whether the coordinators are just being joined on the way to a target that knows them joined only: the step before
    /// the image changes. What is asked before a first write is still asked then, since the image is not written yet.
    pub fn is_converting(&self) -> bool {
        let milvus = &self.snapshot.milvus;
        milvus.mode() == Mode::Cluster
            && self.target.is_some_and(|target| self.knowledge.is_mixcoord_only(&target.version))
            && self.asks_for_mixcoord()
            && !milvus.separate_coordinators().is_empty()
    }

    fn asks_for_mixcoord(&self) -> bool {
        self.snapshot.milvus.replicas(Component::MixCoord).is_some_and(|replicas| replicas != 0)
    }

    /// Whether what moves now is part of the way to the target.
    pub(super) fn is_under_way(&self) -> bool {
        self.is_resumed() || self.is_converting()
    }

    /// The resource that all is about.
    pub(super) fn milvus(&self) -> &'a Resource {
        &self.snapshot.milvus
    }

    /// The version that runs; where nothing tells, the answer that says so.
    pub(super) fn running(&self) -> Result<MilvusVersion, Answer> {
        self.from().ok_or_else(|| {
            Answer::Unknown("the image names no version; say the one that runs with --from-version".to_owned())
        })
    }

    /// Where the way starts, and what is wanted; without either, the answer of a rule about the way.
    pub(super) fn way(&self) -> Result<(MilvusVersion, &'a Target), Answer> {
        let target = self.target.ok_or(Answer::NotApplicable)?;
        Ok((self.running()?, target))
    }

    /// The operator that looks after the instance; without one, the answer of a rule about it. That there is none at all
    /// is for one rule to say.
    pub(super) fn operator(&self) -> Result<&'a Operator, Answer> {
        if let Err(reason) = self.snapshot.operators.as_result() {
            return Err(Answer::Unknown(format!(
                "{reason}; ask for the right to list deployments in all namespaces, or look with \
                 kubectl get deployments -A -l app.kubernetes.io/name=milvus-operator"
            )));
        }
        self.snapshot.operator().ok_or(Answer::NotApplicable)
    }

    /// The operator and its version, with fixes counted as the release they fix.
    pub(super) fn operator_version(&self) -> Result<(&'a Operator, Version), Answer> {
        let operator = self.operator()?;
        let mut version = operator.version.clone().ok_or_else(|| {
            Answer::Unknown(format!(
                "the image `{}` of the operator names no version; look into its log, where it says it at the start",
                operator.image
            ))
        })?;
        // 1.3.6-hotfix3 comes after 1.3.6, which is not how semantic versions are read.
        if !["rc", "beta", "alpha", "dev"].iter().any(|word| version.pre.starts_with(word)) {
            version.pre = Prerelease::EMPTY;
        }
        Ok((operator, version))
    }
}
