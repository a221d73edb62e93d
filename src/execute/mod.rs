//! Carries a plan out: writes, waits for gates, emits progress, handles interrupts.

mod ending;
mod follow;
mod helm;
mod interrupt;
mod logbook;
mod migration;
mod moved;
mod patience;
mod rewrite;
mod serving;
mod swap;
mod wait;
mod write;

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    cluster::{Cluster, Live},
    failure::Failure,
    plan::{Action, Ending, Plan, Progress, RunResult, Step},
    release::Followed,
    rollout::{Migrating, Roll},
    snapshot::{OperatorScene, Snapshot},
};

pub use follow::{Following, follow};
pub use helm::{Helm, refused_by_server};
pub use interrupt::Interrupt;
pub use logbook::{Keeping, LEASE_LENGTH, Logbook, Recording, occupied};
use patience::Patience;
pub use serving::{Waited, Waiting, until_it_serves};

/// How long a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For everything; the roll goes on after it.
    pub total: Duration,
    /// For the operator to see a change of the spec.
    pub observation: Duration,
}

/// Why a run did not come to an end.
#[derive(Debug)]
pub enum Refused {
    /// The spec is not the one that the plan was made for, and nothing was written yet: plan again.
    Moved,
    /// Anything else, before the first write.
    Failed(Failure),
}

/// What a run is carried out with.
pub struct Means<'a> {
    /// The API server.
    pub cluster: &'a Cluster,
    /// What steps of Helm take; without it the plan has none.
    pub helm: Option<&'a Helm<'a>>,
    /// How long it may take.
    pub limits: Limits,
    /// What ends it early.
    pub interrupt: &'a Interrupt,
    /// Where it is written down.
    pub logbook: &'a mut Logbook,
    /// Called whenever something may have changed.
    pub tell: &'a mut dyn FnMut(&Progress),
}

/// Carries `plan`, made from `snapshot`, out.
pub async fn run<'a>(means: Means<'a>, plan: &'a Plan, snapshot: Snapshot) -> Result<RunResult, Refused> {
    let Means { cluster, helm, limits, interrupt, logbook, tell } = means;
    let before = snapshot.milvus.spec.clone();
    let itself = snapshot.operator_scene.clone();
    let live = cluster.watch(snapshot);
    let mut run = Run {
        cluster,
        plan,
        live,
        limits,
        begun: Instant::now(),
        helm,
        itself,
        writes: vec![],
        followed: None,
        helm_writes: 0,
        other_writes: 0,
        asked_for: None,
        is_open: false,
        is_lost: false,
        strayed_since: None,
        roll: None,
        patience: Patience::default(),
        interrupt,
        logbook,
        tell,
    };
    let ending = run.steps().await?;
    Ok(run.result(ending, &before))
}

/// A run under way.
struct Run<'a> {
    cluster: &'a Cluster,
    plan: &'a Plan,
    live: Live,
    limits: Limits,
    begun: Instant,
    /// What steps of Helm take; without it the plan has none.
    helm: Option<&'a Helm<'a>>,
    /// The operator as it was at the beginning, where it is what is upgraded.
    itself: Option<OperatorScene>,
    /// The patches that were written.
    writes: Vec<&'a Value>,
    /// The objects of the release, while they are waited for.
    followed: Option<Followed>,
    /// Revisions of the release that were made.
    helm_writes: u64,
    /// Writes of other objects: Deployments that were given an image, migrations that were begun or turned.
    other_writes: u64,
    /// When it was last asked whether a migration is there that no watch shows.
    asked_for: Option<Instant>,
    /// Whether a write was sent of which nobody can tell whether it was made.
    is_open: bool,
    /// Whether a migration of a release cannot go on, and is to be taken back.
    is_lost: bool,
    /// Since when a Deployment of a release asks for another image than its revision gave it.
    strayed_since: Option<Instant>,
    /// The roll as last seen.
    roll: Option<Roll>,
    patience: Patience,
    interrupt: &'a Interrupt,
    logbook: &'a mut Logbook,
    tell: &'a mut dyn FnMut(&Progress),
}

impl<'a> Run<'a> {
    async fn steps(&mut self) -> Result<Ending, Refused> {
        for (index, step) in self.plan.steps.iter().enumerate() {
            if self.interrupt.has_come() {
                return Ok(Ending::Interrupted);
            }
            if self.is_reached(step) {
                self.logbook.passes(step);
                continue;
            }
            self.logbook.begins(step);
            if step.action.writes() && !step.is_written(self.live.snapshot()) {
                self.progress(index, step);
                if let Some(ending) = self.take(step).await? {
                    return Ok(ending);
                }
            }
            if step.action.is_of_helm() || matches!(step.action, Action::Resume { .. }) {
                self.follow();
            }
            if let Some(ending) = self.wait(index, step).await {
                return Ok(ending);
            }
            self.logbook.ends(step).await;
        }
        Ok(Ending::Done)
    }

    /// Writes what a step writes.
    async fn take(&mut self, step: &'a Step) -> Result<Option<Ending>, Refused> {
        match &step.action {
            Action::Patch { patch } => self.write(step, patch).await,
            Action::Swap { .. } => self.swap(step).await,
            action if action.is_of_migration() => self.write_migration(step).await,
            action if action.is_of_rewriting() => self.rewrite(step).await,
            _ => self.change_release(step).await,
        }
    }

    fn is_reached(&mut self, step: &Step) -> bool {
        let snapshot = self.live.snapshot();
        let roll = step.gate.goal().map(|goal| Roll::of(snapshot.scene(), goal, &self.plan.order));
        let reached = step.is_reached(snapshot, roll.as_ref());
        self.roll = roll.or(self.roll.take());
        reached
    }

    fn trouble(&self) -> Vec<String> {
        let objects = self.followed.iter().flat_map(Followed::trouble);
        self.live.trouble().chain(objects).map(str::to_owned).collect()
    }

    fn progress(&mut self, index: usize, step: &Step) {
        let progress = Progress {
            elapsed_seconds: self.begun.elapsed().as_secs(),
            estimate_seconds: self.plan.estimate_seconds(),
            step: index + 1,
            steps: self.plan.steps.len(),
            title: step.title.clone(),
            roll: step.gate.goal().and(self.roll.clone()).map(|roll| self.patience.with(roll)),
            migration: match step.action.migration() {
                Some(name) => Migrating::of(self.live.snapshot(), name),
                None => step.rewriting(self.live.snapshot()),
            },
            trouble: self.trouble(),
        };
        (self.tell)(&progress);
    }
}
