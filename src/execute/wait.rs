use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::Run;
use crate::{
    cluster::{Cluster, Live},
    plan::{Ending, Step},
    release::Followed,
    snapshot::Snapshot,
};

/// How often ages and the clock of the live tree go on when nothing else happens.
const TICK: Duration = Duration::from_secs(1);

/// How long to look on once something gave up: why is said by its pods, which are another watch, and may be behind.
pub(super) const WORDS: Duration = Duration::from_secs(5);

impl Run<'_> {
    /// Waits until the gate of `step` is reached; gives an ending where it will not be, or not in time.
    pub(super) async fn wait(&mut self, index: usize, step: &Step) -> Option<Ending> {
        let deadline = self.begun + self.limits.total;
        let (mut unseen_since, mut gave_up) = (Instant::now(), None);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.is_reached(step) {
                self.progress(index, step);
                return None;
            }
            if self.live.is_gone() {
                let reason = format!("{} was deleted", self.plan.reference());
                return Some(Ending::Stopped { reason, details: vec![] });
            }
            if let Some(ending) = self.overruled(step) {
                return Some(ending);
            }
            if let Some(ending) = self.interfered(step).await {
                return Some(ending);
            }
            if let Some(ending) = self.astray(step).await {
                return Some(ending);
            }
            match self.stalled() {
                Some(ending) if gave_up.get_or_insert_with(Instant::now).elapsed() >= WORDS => return Some(ending),
                Some(_) => {}
                None => gave_up = None,
            }
            self.progress(index, step);
            let snapshot = self.live.snapshot();
            if snapshot.milvus.observed_generation() >= snapshot.milvus.generation {
                unseen_since = Instant::now();
            }
            let unseen_until = unseen_since + self.limits.observation;
            tokio::select! {
                biased;
                () = self.interrupt.came() => return Some(Ending::Interrupted),
                reason = self.logbook.lost() => return Some(Ending::Stopped { reason, details: vec![] }),
                () = self.live.changed() => {}
                () = Followed::changed_of(&mut self.followed) => self.take_over(),
                () = sleep_until(deadline) => {
                    return Some(Ending::TimedOut { after_seconds: self.limits.total.as_secs() });
                }
                () = sleep_until(unseen_until) => {
                    if let Some(ending) = unseen(self.cluster, &mut self.live, self.limits.observation).await {
                        return Some(ending);
                    }
                    unseen_since = Instant::now();
                }
                _ = tick.tick() => self.live.tick(),
            }
        }
    }

    /// Somebody else asks for another image now, so that what is waited for will not come.
    fn overruled(&self, step: &Step) -> Option<Ending> {
        let (milvus, goal) = (&self.live.snapshot().milvus, step.gate.goal()?);
        let asked = milvus.image().filter(|asked| *asked != goal.image)?;
        let writers = milvus.managers.iter().filter(|manager| manager.owns_image).map(|manager| manager.name.as_str());
        let who = writers.collect::<Vec<_>>().join(", ");
        let details = vec![format!("spec.components.image: {asked}, written by {who}")];
        Some(Ending::Stopped { reason: format!("somebody else asks for {asked} now"), details })
    }
}

/// The operator has not looked at the spec for `limit`: looks once more at everything, and says why.
pub(super) async fn unseen(cluster: &Cluster, live: &mut Live, limit: Duration) -> Option<Ending> {
    let milvus = &live.snapshot().milvus;
    let (namespace, name) = (milvus.namespace.clone(), milvus.name.clone());
    // Where even this look fails the API server is away, which is no fault of the operator: go on waiting.
    let fresh = Box::pin(cluster.observe(&namespace, &name)).await.ok()?;
    if fresh.milvus.observed_generation() >= fresh.milvus.generation {
        return None;
    }
    let reason = format!("the operator has not looked at the change for {} s", limit.as_secs());
    let details = why_unseen(&fresh);
    live.refresh(fresh);
    Some(Ending::Stopped { reason, details })
}

/// What is known to keep an operator from looking, from what was seen of it.
fn why_unseen(snapshot: &Snapshot) -> Vec<String> {
    let milvus = &snapshot.milvus;
    let mut details = vec![format!("generation {}, observed {}", milvus.generation, milvus.observed_generation())];
    if milvus.annotations.get("milvus.io/pause-reconcile").is_some_and(|value| value == "true") {
        details.push(
            "it is told to leave this instance alone: metadata.annotations milvus.io/pause-reconcile: \"true\""
                .to_owned(),
        );
    }
    match snapshot.operators.as_result() {
        Err(reason) => details.push(format!("the operator could not be looked at: {reason}")),
        Ok(operators) if operators.is_empty() => {
            details.push("no Deployment of the operator is in this cluster".to_owned());
        }
        Ok(_) => {
            if let Some(operator) = snapshot.operator() {
                let at = format!("deployment/{} in {}", operator.name, operator.namespace);
                details.push(format!("{at}: {} ready, image {}", operator.ready, operator.image));
                if !operator.watches(&milvus.namespace) {
                    details.push(format!("{at} does not watch namespace {}", milvus.namespace));
                }
                if operator.is_stopped() {
                    details.push(format!(
                        "{at} was started with -stop-reconcilers={}",
                        operator.stopped_reconcilers.join(",")
                    ));
                }
                details.push(format!(
                    "its log:  kubectl -n {} logs deploy/{} --tail=50",
                    operator.namespace, operator.name
                ));
            }
        }
    }
    let unhappy = ["EtcdReady", "StorageReady", "MsgStreamReady", "MilvusReady", "MilvusUpdated"];
    let conditions =
        unhappy.into_iter().filter_map(|kind| milvus.condition(kind)).filter(|condition| !condition.is_true());
    details.extend(conditions.map(|condition| {
        format!("its last word: {}={} {}: {}", condition.kind, condition.status, condition.reason, condition.message)
    }));
    details
}
