//! Carries a plan out: writes, waits for gates, emits progress, handles interrupts.

mod ending;
mod interrupt;
mod patience;
mod wait;

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    cluster::{Cluster, DryRun, Live, WriteError},
    failure::Failure,
    plan::{Action, Ending, Plan, Progress, RunResult, Step},
    rollout::Roll,
    snapshot::{Resource, Snapshot},
};

pub use interrupt::Interrupt;
use patience::Patience;

/// How long a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For everything; the roll goes on after it.
    pub total: Duration,
    /// For the operator to see a change of the spec.
    pub observation: Duration,
}

/// How often a write is tried again because only the status, or the operator's own fields, moved meanwhile.
const WRITE_TRIES: usize = 10;

/// Why a run did not come to an end.
#[derive(Debug)]
pub enum Refused {
    /// The spec is not the one that the plan was made for, and nothing was written yet: plan again.
    Moved,
    /// Anything else, before the first write.
    Failed(Failure),
}

/// Carries `plan`, made from `snapshot`, out. `tell` is called whenever something may have changed.
pub async fn run(
    cluster: &Cluster,
    plan: &Plan,
    snapshot: Snapshot,
    limits: Limits,
    interrupt: &mut Interrupt,
    tell: &mut dyn FnMut(&Progress),
) -> Result<RunResult, Refused> {
    let before = snapshot.milvus.spec.clone();
    let live = cluster.watch(snapshot);
    let mut run = Run {
        cluster,
        plan,
        live,
        limits,
        begun: Instant::now(),
        writes: vec![],
        roll: None,
        patience: Patience::default(),
        interrupt,
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
    /// The patches that were written.
    writes: Vec<&'a Value>,
    /// The roll as last seen.
    roll: Option<Roll>,
    patience: Patience,
    interrupt: &'a mut Interrupt,
    tell: &'a mut dyn FnMut(&Progress),
}

impl<'a> Run<'a> {
    async fn steps(&mut self) -> Result<Ending, Refused> {
        for (index, step) in self.plan.steps.iter().enumerate() {
            if self.is_reached(step) {
                continue;
            }
            let ending = match &step.action {
                Action::Patch { patch } => {
                    self.progress(index, step);
                    self.write(patch).await?
                }
                Action::Roll { .. } => self.wait(index, step).await,
            };
            if let Some(ending) = ending {
                return Ok(ending);
            }
        }
        Ok(Ending::Done)
    }

    fn is_reached(&mut self, step: &Step) -> bool {
        let snapshot = self.live.snapshot();
        let roll = step.gate.goal().map(|goal| Roll::of(snapshot, goal, &self.plan.order));
        let reached = step.is_reached(snapshot, roll.as_ref());
        self.roll = roll.or(self.roll.take());
        reached
    }

    fn progress(&mut self, index: usize, step: &Step) {
        let progress = Progress {
            elapsed_seconds: self.begun.elapsed().as_secs(),
            estimate_seconds: self.plan.estimate_seconds(),
            step: index + 1,
            steps: self.plan.steps.len(),
            title: step.title.clone(),
            roll: step.gate.goal().and(self.roll.clone()).map(|roll| self.patience.with(roll)),
            trouble: self.live.trouble().map(str::to_owned).collect(),
        };
        (self.tell)(&progress);
    }

    /// Writes under the resource version of what was seen. The operator writes status and defaults all the time, so a
    /// conflict is first looked at: only a spec that moved under the plan ends the run.
    async fn write(&mut self, patch: &'a Value) -> Result<Option<Ending>, Refused> {
        let mut milvus = self.live.snapshot().milvus.clone();
        for _ in 0..WRITE_TRIES {
            match self.cluster.patch(&milvus, patch, DryRun::No).await {
                Ok(written) => {
                    self.writes.push(patch);
                    self.live.put(written);
                    return Ok(None);
                }
                Err(WriteError::Conflict) => {
                    let fresh = self.cluster.milvus(&milvus.namespace, &milvus.name).await;
                    let fresh = fresh.map_err(|failure| self.failed(failure));
                    let fresh = match fresh {
                        Ok(fresh) => fresh,
                        Err(outcome) => return outcome,
                    };
                    if !self.is_ours(&milvus, &fresh) {
                        return self.moved();
                    }
                    milvus = fresh;
                }
                Err(WriteError::Failed(failure)) => return self.failed(failure),
            }
        }
        self.moved()
    }

    /// Before the first write the spec must not have moved at all; afterwards the operator's own edits are expected.
    fn is_ours(&self, known: &Resource, fresh: &Resource) -> bool {
        let same_object = known.uid == fresh.uid;
        let same_spec = known.spec == fresh.spec;
        same_object && (same_spec || !self.writes.is_empty() && known.image() == fresh.image())
    }

    fn failed(&self, failure: Failure) -> Result<Option<Ending>, Refused> {
        if self.writes.is_empty() {
            return Err(Refused::Failed(failure));
        }
        Ok(Some(Ending::Stopped { reason: failure.to_string(), details: failure.hints().to_vec() }))
    }

    fn moved(&self) -> Result<Option<Ending>, Refused> {
        if self.writes.is_empty() {
            return Err(Refused::Moved);
        }
        let reason = "somebody else changed the resource during the run".to_owned();
        Ok(Some(Ending::Stopped { reason, details: vec![] }))
    }
}
