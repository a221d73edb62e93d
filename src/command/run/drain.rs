//! What is held still during a run, and what an earlier one left held.

use std::time::Duration;

use super::Job;
use crate::{
    command::{drain::Draining, record::Record},
    failure::Failure,
    milvus::Mode,
    output::drain as screen,
    plan::Plan,
    rollout::Drain,
    snapshot::Snapshot,
};

impl Job<'_> {
    /// What Milvus is to hold still during a run, and how it is asked; nothing where nobody wants that.
    pub(super) async fn draining(
        &self,
        plan: &Plan,
        snapshot: &Snapshot,
        record: &Record,
        timeout: Duration,
    ) -> Result<Option<Draining<'_>>, Failure> {
        let left = record.left_held();
        // Who goes on with a run wants what was wanted of it.
        let is_wanted = self.args.serving.drain || record.drains(plan);
        let mut drain = match is_wanted {
            true => self.wanted_still(plan),
            false if left.is_none() => return Ok(None),
            false => Drain::nothing("not asked for"),
        };
        if let Some(left) = left {
            drain.take_over(left);
        }
        let ground = (snapshot, self.knowledge);
        Draining::prepare(&self.args.serving, self.cluster, ground, drain, timeout).await.map(Some)
    }

    fn wanted_still(&self, plan: &Plan) -> Drain {
        if plan.is_operator {
            return Drain::nothing("no pod of Milvus is replaced");
        }
        if plan.target.is_migration() {
            return Drain::nothing("nothing serves during a migration");
        }
        if plan.mode == Some(Mode::Standalone) {
            return Drain::nothing("it runs in the one process that is replaced");
        }
        let from = plan.target.stated_from.clone().or_else(|| plan.from.as_ref()?.version());
        Drain::of(from.as_ref(), &plan.target.version, self.knowledge)
    }

    /// Lets go what a run that died left held, before anything else; says so, and what to type where it cannot be.
    pub(super) async fn let_go_left(&self, snapshot: &Snapshot, record: &mut Record) -> Result<(), Failure> {
        let Some(left) = record.left_held().cloned() else { return Ok(()) };
        let ground = (snapshot, self.knowledge);
        let draining = Draining::prepare(&self.args.serving, self.cluster, ground, left, Duration::ZERO).await;
        let mut draining = draining?;
        draining.let_go().await;
        self.printer.note(&screen::left(draining.drain(), &draining.next()));
        record.note_drain(self.cluster, draining.drain().clone()).await;
        Ok(())
    }
}
