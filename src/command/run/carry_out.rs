//! A plan that was agreed to, carried out and written down.

use std::time::Duration;

use super::{Attempt, Job, OBSERVATION, wanted::to_value};
use crate::{
    command::{
        look::Look,
        record::{Kept, Opened, Record},
        serving::{Inquiry, felt},
    },
    execute::{self, Helm, Interrupt, Limits, Means, Refused, Waited},
    exit::Exit,
    failure::Failure,
    helm::value::Map,
    journal::Outcome,
    output::drain,
    plan::{Ending, Plan, Progress, RunResult, timeout_seconds},
    serving::Probe,
    snapshot::{Part, Serving, Snapshot},
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
        let drains = self.args.serving.drain || record.drains(plan);
        let executed = async {
            if !plan.is_release {
                return Box::pin(self.run(None, plan, look, None, record, &interrupt)).await;
            }
            let kept = to_value(&given);
            let run =
                async |helm: &Helm<'_>| Box::pin(self.run(Some(helm), plan, look, kept, record, &interrupt)).await;
            Box::pin(self.with_helm(plan, &look.snapshot, given, run)).await
        };
        let executed = tokio::select! {
            executed = Box::pin(executed) => Some(executed),
            () = interrupt.came_twice() => None,
        };
        executed.unwrap_or_else(|| {
            let lease = record.abandon();
            let problem = "interrupted twice, and left at once: what was under way may or may not have happened";
            let failure = Failure::new(Exit::Interrupted, anyhow::anyhow!(problem));
            let failure = failure.hint(format!("{lease} ends by itself; then go on:  {}", plan.command));
            Err(if drains { failure.hint("balancing of query nodes may stay suspended until then") } else { failure })
        })
    }

    /// How it is asked whether it serves; nothing where the user asks for nothing.
    async fn inquiry(&self, snapshot: &Snapshot) -> Result<Option<Inquiry<'_>>, Failure> {
        let (args, knowledge) = (&self.args.serving, self.knowledge);
        Inquiry::prepare(args, self.cluster, snapshot, knowledge, self.args.timeout).await
    }

    /// What asks all the while, where that is wanted; says why it cannot.
    async fn probe<'a>(&self, inquiry: Option<&Inquiry<'a>>, before: Option<&Part<Serving>>) -> Option<Probe<'a>> {
        let (inquiry, before) = inquiry.zip(before).filter(|_| self.args.serving.probe)?;
        let probe = Box::pin(inquiry.probe(before)).await;
        probe.inspect_err(|why| self.printer.warning(format!("what clients feel is not measured: {why}"))).ok()
    }

    /// Everything is rolled out already. Where the run that did so was not seen to serve, it is asked again.
    pub(super) async fn asked_again(
        &self,
        snapshot: &Snapshot,
        record: &Record,
        result: RunResult,
    ) -> Result<RunResult, Failure> {
        let Some(before) = record.serving_before(&result.plan) else { return Ok(result) };
        let Some(inquiry) = self.inquiry(snapshot).await? else { return Ok(result) };
        let interrupt = Interrupt::listen();
        Ok(self.served(&inquiry, &before, result, &interrupt).await)
    }

    /// Asks whether it serves, and waits until it does.
    pub(super) async fn served(
        &self,
        inquiry: &Inquiry<'_>,
        before: &Part<Serving>,
        result: RunResult,
        interrupt: &Interrupt,
    ) -> RunResult {
        match Box::pin(inquiry.after(before, self.knowledge, interrupt, self.printer)).await {
            Waited::Ended(verdict) => result.served(verdict),
            Waited::Interrupted(last) => result.not_waited_for(last),
        }
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
        if let Some(helm) = helm {
            helm.try_ahead(plan, &look.snapshot).await?;
        }
        let inquiry = if plan.is_operator { None } else { self.inquiry(&look.snapshot).await? };
        let before = match (&inquiry, record.serving_before(plan).or_else(|| self.chain.former().cloned())) {
            (Some(_), Some(before)) => Some(before),
            (Some(inquiry), None) => Some(Box::pin(inquiry.before(&look.snapshot)).await?),
            (None, _) => None,
        };
        self.chain.looked(before.as_ref());
        let mut draining = self.draining(plan, &look.snapshot, record, limits.total).await?;
        let kept = Kept { given, serving: before.clone() };
        if record.open(cluster, plan, look, &self.accepted(), kept).await? == Opened::Moved {
            return Ok(Attempt::Moved);
        }
        let Some(logbook) = record.book() else { return Err(Failure::failed("a run without a record")) };
        let probe = self.probe(inquiry.as_ref(), before.as_ref()).await;
        let still = draining.as_mut();
        let course = async {
            let mut still = still;
            if let Some(draining) = still.as_deref_mut() {
                draining.begin(logbook).await;
                if let Some(screen) = drain::begun(draining.drain()) {
                    self.printer.note(&screen);
                }
            }
            let mut live = self.printer.live(plan);
            let mut tell = |progress: &Progress| live.update(&progress.clone().explained(self.knowledge));
            let means = Means { cluster, helm, limits, interrupt, logbook: &mut *logbook, tell: &mut tell };
            let run = Box::pin(execute::run(means, plan, look.snapshot.clone()));
            let run = match still.as_deref() {
                Some(draining) => draining.during(run).await,
                None => run.await,
            };
            live.finish();
            if let Some(draining) = still {
                draining.let_go().await;
                logbook.drains(draining.drain()).await;
            }
            let mut result = run?;
            result.roll = result.roll.map(|roll| roll.explained(self.knowledge));
            if let (Ending::Done, Some(inquiry)) = (&result.ending, &inquiry) {
                let before = before.unwrap_or_default();
                result = self.served(inquiry, &before, result, interrupt).await;
            }
            Ok(result)
        };
        let (run, interruption) = Box::pin(felt(probe.as_ref(), course)).await;
        match run {
            Ok(mut result) => {
                if let Some(book) = record.book() {
                    interruption.iter().cloned().for_each(|felt| book.measured(felt));
                    result.serving.iter().cloned().for_each(|verdict| book.served(verdict));
                }
                result.interruption = interruption;
                if let Some(draining) = &draining {
                    result.next.extend(draining.next());
                    result.drain = Some(draining.drain().clone());
                }
                record.close(milvus, Outcome::of(&result.ending), self.printer).await;
                self.look_into(&mut result).await;
                self.report(&result)
            }
            Err(Refused::Moved) => Ok(Attempt::Moved),
            Err(Refused::Failed(failure)) => Err(failure),
        }
    }
}
