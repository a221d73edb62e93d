//! Watches what somebody else does, and judges it; writes nothing.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::{Interrupt, Limits, patience::Patience, wait::unseen};
use crate::{
    cluster::{Cluster, Live},
    knowledge::Knowledge,
    milvus::Image,
    plan::{Ending, Next, Plan, Progress, RunResult, Step},
    rollout::Roll,
    snapshot::{Snapshot, shell_word},
};

/// How often ages and the clock of the live tree go on when nothing else happens.
const TICK: Duration = Duration::from_secs(1);

/// With what somebody else is followed.
pub struct Following<'a> {
    /// The API server.
    pub cluster: &'a Cluster,
    /// What is known of those who put things back.
    pub knowledge: &'a Knowledge,
    /// How long it may take.
    pub limits: Limits,
    /// What ends it early.
    pub interrupt: &'a Interrupt,
    /// Called whenever something may have changed.
    pub tell: &'a mut dyn FnMut(&Progress),
}

/// Follows `plan`, as [`Plan::followed`] makes it, from `snapshot` on to its end.
pub async fn follow<'a>(following: Following<'a>, plan: &'a Plan, snapshot: Snapshot) -> RunResult {
    let begun = Instant::now();
    let before = snapshot.milvus.image();
    let live = following.cluster.watch(snapshot);
    let mut watch =
        Watch { following, plan, live, begun, before, was_asked: false, roll: None, patience: Patience::default() };
    let ending = Box::pin(watch.steps()).await;
    let next = watch.next(&ending);
    let (roll, was_asked) = (watch.roll.take(), watch.was_asked);
    let mut plan = plan.clone();
    if was_asked {
        // What is told of an end stands on whether the way was begun.
        plan.fingerprint.image = Some(plan.target.image.to_string());
    }
    RunResult {
        is_followed: true,
        elapsed_seconds: begun.elapsed().as_secs(),
        roll,
        next,
        ..RunResult::without_run(plan, ending)
    }
}

struct Watch<'a> {
    following: Following<'a>,
    plan: &'a Plan,
    live: Live,
    begun: Instant,
    /// What was asked for at the beginning.
    before: Option<Image>,
    /// Whether the target was ever asked for.
    was_asked: bool,
    roll: Option<Roll>,
    patience: Patience,
}

impl Watch<'_> {
    async fn steps(&mut self) -> Ending {
        for (index, step) in self.plan.steps.iter().enumerate() {
            if let Some(ending) = self.wait(index, step).await {
                return ending;
            }
        }
        if self.plan.is_empty() { Ending::NothingToDo } else { Ending::Done }
    }

    /// Waits until the step is reached; gives an ending where it will not be, or not in time.
    async fn wait(&mut self, index: usize, step: &Step) -> Option<Ending> {
        let Limits { total, observation } = self.following.limits;
        let deadline = self.begun + total;
        let mut unseen_since = Instant::now();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_reached = self.is_reached(step);
            self.progress(index, step);
            if self.live.is_gone() {
                let reason = format!("{} was deleted", self.plan.reference());
                return Some(Ending::Stopped { reason, details: vec![] });
            }
            if let Some(ending) = self.overruled() {
                return Some(ending);
            }
            if is_reached {
                return None;
            }
            let milvus = &self.live.snapshot().milvus;
            if milvus.observed_generation() >= milvus.generation {
                unseen_since = Instant::now();
            }
            let unseen_until = unseen_since + observation;
            tokio::select! {
                biased;
                () = self.following.interrupt.came() => return Some(Ending::Interrupted),
                () = self.live.changed() => {}
                () = sleep_until(deadline) => return Some(Ending::TimedOut { after_seconds: total.as_secs() }),
                () = sleep_until(unseen_until) => {
                    if let Some(ending) = unseen(self.following.cluster, &mut self.live, observation).await {
                        return Some(ending);
                    }
                    unseen_since = Instant::now();
                }
                _ = tick.tick() => self.live.tick(),
            }
        }
    }

    fn is_reached(&mut self, step: &Step) -> bool {
        let snapshot = self.live.snapshot();
        let asks = snapshot.milvus.image().as_ref() == Some(&self.plan.target.image);
        self.was_asked |= asks;
        let Some(goal) = step.gate.goal() else { return asks };
        let roll = Roll::of(snapshot.scene(), goal, &self.plan.order);
        let reached = step.is_reached(snapshot, Some(&roll));
        self.roll = Some(roll);
        reached
    }

    /// Another image than the one to wait for is asked for: by whom, and whether it was put back.
    fn overruled(&self) -> Option<Ending> {
        let milvus = &self.live.snapshot().milvus;
        let asked = milvus.image().filter(|asked| *asked != self.plan.target.image)?;
        let is_back = self.before.as_ref() == Some(&asked);
        if is_back && !self.was_asked {
            return None;
        }
        let writers = milvus.managers.iter().filter(|manager| manager.owns_image);
        let mut writers: Vec<String> = writers.map(|manager| self.called(&manager.name)).collect();
        writers.dedup();
        let who = if writers.is_empty() { "somebody".to_owned() } else { writers.join(", ") };
        let reason = if self.was_asked && is_back {
            format!("{who} put the image back to {asked}")
        } else {
            format!("{who} asks for {asked} instead")
        };
        Some(Ending::Stopped {
            reason,
            details: vec![format!("seen    spec.components.image: {asked}, in metadata.managedFields of {who}")],
        })
    }

    /// A field manager, with the tool that is known to write under its name.
    fn called(&self, manager: &str) -> String {
        let mut owners = self.following.knowledge.owners().iter();
        let owner = owners.find(|owner| owner.managers.iter().any(|known| known == manager));
        owner.map_or_else(|| manager.to_owned(), |owner| format!("{manager} ({})", owner.owner))
    }

    fn progress(&mut self, index: usize, step: &Step) {
        let progress = Progress {
            elapsed_seconds: self.begun.elapsed().as_secs(),
            estimate_seconds: self.plan.estimate_seconds(),
            step: index + 1,
            steps: self.plan.steps.len(),
            title: step.title.clone(),
            roll: step.gate.goal().and(self.roll.clone()).map(|roll| self.patience.with(roll)),
            migration: None,
            trouble: self.live.trouble().map(str::to_owned).collect(),
        };
        (self.following.tell)(&progress);
    }

    fn next(&self, ending: &Ending) -> Vec<Next> {
        let next = |purpose: &str, command: String| Next { purpose: purpose.to_owned(), command };
        let (namespace, name) = (shell_word(&self.plan.namespace), shell_word(&self.plan.name));
        match ending {
            Ending::TimedOut { .. } | Ending::Interrupted => vec![next("Go on watching", self.plan.command.clone())],
            Ending::Stopped { .. } => vec![
                next(
                    "See who writes it",
                    format!("kubectl -n {namespace} get milvus {name} -o yaml --show-managed-fields"),
                ),
                next("Follow the next try", self.plan.command.clone()),
            ],
            _ => vec![],
        }
    }
}
