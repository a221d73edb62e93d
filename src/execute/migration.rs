//! Migrations of metadata: how one begins, and when it will not come where it was to go.

use jiff::Timestamp;
use tokio::time::Instant;

use super::{Refused, Run};
use crate::{
    cluster::DryRun,
    journal::Write,
    plan::{Ending, Gate, Step},
    rollout::{Goal, Roll, failures},
    snapshot::{Migration, Stage},
};

impl Run<'_> {
    /// Creates or turns a `MilvusUpgrade`; both may be done twice.
    pub(super) async fn write_migration(&mut self, step: &Step) -> Result<Option<Ending>, Refused> {
        let (cluster, plan) = (self.cluster, self.plan);
        let write = async || cluster.write_migration(&plan.namespace, &step.action, DryRun::No).await;
        let migration = match self.persist(write).await? {
            Ok(migration) => migration,
            Err(ending) => return Ok(Some(ending)),
        };
        self.other_writes += 1;
        let write = Write::migration(step, &migration.name, Timestamp::now());
        self.live.put_migration(migration);
        self.logbook.wrote(step, write, true).await;
        Ok(None)
    }

    /// How the run ends where the migration that `step` waits for will not come so far by itself.
    pub(super) async fn astray(&mut self, step: &Step) -> Option<Ending> {
        if let Gate::Worked { job } = &step.gate {
            return self.gave_up(job);
        }
        let Gate::Migrated { migration: name, stage: wanted, .. } = &step.gate else { return None };
        let Some(migration) = self.live.snapshot().migration(name).cloned() else {
            return self.gone(name).await;
        };
        let stage = migration.stage()?;
        if stage.has_reached(*wanted)
            || !(stage.is_over() || stage.is_back())
            || migration.is_turned != wanted.is_back()
        {
            return None;
        }
        let details = failures(self.live.snapshot(), &migration);
        let stopped = |reason: String| Some(Ending::Stopped { reason, details: details.clone() });
        match stage {
            Stage::RollbackFailed => stopped(format!(
                "{} is RollbackFailed: the metadata could not be put back, and everything stays stopped",
                migration.reference()
            )),
            Stage::BakupMetaFailed | Stage::UpdateMetaFailed => stopped(format!(
                "{} is {}, and is not to go back by itself: everything stays stopped",
                migration.reference(),
                migration.state
            )),
            Stage::RollbackedSucceeded => self.fell_back(&migration, details),
            _ => None,
        }
    }

    /// The operator has put everything back: done once the old release runs again, which its word does not say.
    fn fell_back(&mut self, migration: &Migration, details: Vec<String>) -> Option<Ending> {
        let before = migration.before.as_ref()?;
        let goal = Goal { image: before.image.clone(), arriving: before.components(), leaving: vec![] };
        let roll = Roll::of(self.live.snapshot().scene(), &goal, &self.plan.order);
        let is_up = roll.is_complete();
        self.roll = Some(roll);
        let reason = format!("{} failed, and the operator put everything back", migration.reference());
        is_up.then_some(Ending::RolledBack { reason, details })
    }

    /// What a watch does not show may only not have been seen yet, so it is asked for.
    async fn gone(&mut self, name: &str) -> Option<Ending> {
        if self.asked_for.is_some_and(|asked| asked.elapsed() < super::write::PAUSE) {
            return None;
        }
        self.asked_for = Some(Instant::now());
        // Where even this fails the API server is away: go on waiting.
        if self.cluster.has_migration(&self.plan.namespace, name).await.unwrap_or(true) {
            return None;
        }
        let reason = format!("milvusupgrade/{name} was deleted half-way: nothing starts Milvus again by itself");
        let kept = "the claim that it made for the old metadata goes with it".to_owned();
        Some(Ending::Stopped { reason, details: vec![kept] })
    }
}
