//! A plan that was agreed to, carried out and written down.

use std::time::Duration;

use super::{Attempt, Job, OBSERVATION, wanted::to_value};
use crate::{
    command::{
        look::Look,
        record::{Opened, Record},
    },
    execute::{self, Helm, Interrupt, Limits, Means, Refused},
    exit::Exit,
    failure::Failure,
    helm::value::Map,
    journal::Outcome,
    plan::{Plan, Progress, timeout_seconds},
};

impl Job<'_> {
    pub(super) async fn execute(
        &self,
        plan: &Plan,
        look: &Look,
        given: Map,
        record: &mut Record,
    ) -> Result<Attempt, Failure> {
        let interrupt = Interrupt::listen();
        let executed = async {
            if !plan.is_release {
                return self.run(None, plan, look, None, record, &interrupt).await;
            }
            let kept = to_value(&given);
            let run = async |helm: &Helm<'_>| self.run(Some(helm), plan, look, kept, record, &interrupt).await;
            self.with_helm(plan, &look.snapshot, given, run).await
        };
        let executed = tokio::select! {
            executed = Box::pin(executed) => Some(executed),
            () = interrupt.came_twice() => None,
        };
        executed.unwrap_or_else(|| {
            let lease = record.abandon();
            let problem = "interrupted twice, and left at once: what was under way may or may not have happened";
            let failure = Failure::new(Exit::Interrupted, anyhow::anyhow!(problem));
            Err(failure.hint(format!("{lease} ends by itself; then go on:  {}", plan.command)))
        })
    }

    /// Opens the record, runs the plan, and writes down how it ended.
    async fn run(
        &self,
        helm: Option<&Helm<'_>>,
        plan: &Plan,
        look: &Look,
        given: Option<serde_json::Value>,
        record: &mut Record,
        interrupt: &Interrupt,
    ) -> Result<Attempt, Failure> {
        let limits = Limits {
            total: self.args.timeout.unwrap_or_else(|| Duration::from_secs(timeout_seconds(plan))),
            observation: OBSERVATION,
        };
        let (cluster, milvus) = (self.cluster, &look.snapshot.milvus);
        if let Some(left) = record.left_by() {
            self.say(&left);
        }
        if record.open(cluster, plan, look, &self.accepted(), given).await? == Opened::Moved {
            return Ok(Attempt::Moved);
        }
        let Some(logbook) = record.book() else { return Err(Failure::failed("a run without a record")) };
        let mut live = self.printer.live(plan);
        let mut tell = |progress: &Progress| live.update(&progress.clone().explained(self.knowledge));
        let means = Means { cluster, helm, limits, interrupt, logbook, tell: &mut tell };
        let run = Box::pin(execute::run(means, plan, look.snapshot.clone())).await;
        live.finish();
        match run {
            Ok(mut result) => {
                result.roll = result.roll.map(|roll| roll.explained(self.knowledge));
                record.close(milvus, Outcome::of(&result.ending), self.printer).await;
                self.look_into(&mut result).await;
                self.report(&result)
            }
            Err(Refused::Moved) => Ok(Attempt::Moved),
            Err(Refused::Failed(failure)) => Err(failure),
        }
    }
}
