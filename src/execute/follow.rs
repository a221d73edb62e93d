//! Watches what somebody else does, and judges it; writes nothing.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::{
    Interrupt, Limits,
    helm::gave_up,
    moved::{Moved, common_image},
    patience::Patience,
    wait::{WORDS, unseen},
};
use crate::{
    cluster::{Cluster, Live},
    knowledge::Knowledge,
    milvus::Image,
    plan::{Ending, Next, Plan, Progress, RunResult, Step},
    release::Revisions,
    rollout::Roll,
    snapshot::{Release, Resource, Snapshot, shell_word},
};

/// How often ages and the clock of the live tree go on when nothing else happens.
const TICK: Duration = Duration::from_secs(1);

/// With what somebody else is followed.
pub struct Following<'a> {
    /// The API server.
    pub cluster: &'a Cluster,
    /// The revisions of the release, where it is one.
    pub revisions: Option<Revisions<'a>>,
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
pub async fn follow<'a>(mut following: Following<'a>, plan: &'a Plan, snapshot: Snapshot) -> RunResult {
    let begun = Instant::now();
    let before = snapshot.milvus.image();
    let mut live = following.cluster.watch(snapshot);
    let revisions = following.revisions.take();
    let moved = revisions.map(|revisions| Moved::new(following.cluster, revisions, &mut live));
    let (roll, patience) = (None, Patience::default());
    let mut watch = Watch { following, plan, live, moved, begun, before, was_asked: false, roll, patience };
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
    /// The release, where it is one.
    moved: Option<Moved<'a>>,
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
        let (mut unseen_since, mut gave_up_at) = (Instant::now(), None);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Watches may be ahead of the revision of a release that was read last, so it is read again before a word is said.
        let mut is_read = self.moved.is_none();
        loop {
            let is_reached = self.is_reached(step);
            self.progress(index, step);
            if self.live.is_gone() {
                let reason = format!("{} was deleted", self.plan.reference());
                return Some(Ending::Stopped { reason, details: vec![] });
            }
            let overruled = self.overruled();
            if !is_read && (is_reached || overruled.is_some()) {
                if let Some(ending) = self.take_over(true).await {
                    return Some(ending);
                }
                is_read = true;
                continue;
            }
            if overruled.is_some() {
                return overruled;
            }
            if is_reached {
                return None;
            }
            // What was there before somebody asked may have given up long ago.
            match self.moved.as_ref().and(gave_up(self.live.snapshot(), self.roll.as_ref())) {
                Some(ending) if index > 0 => {
                    if gave_up_at.get_or_insert_with(Instant::now).elapsed() >= WORDS {
                        return Some(ending);
                    }
                }
                _ => gave_up_at = None,
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
                is_due = changed(&mut self.moved) => {
                    if let Some(ending) = self.take_over(is_due).await {
                        return Some(ending);
                    }
                }
                () = sleep_until(deadline) => return Some(Ending::TimedOut { after_seconds: total.as_secs() }),
                () = sleep_until(unseen_until) => {
                    if let Some(ending) = unseen(self.following.cluster, &mut self.live, observation).await {
                        return Some(ending);
                    }
                    unseen_since = Instant::now();
                }
                _ = tick.tick() => self.live.tick(),
            }
            is_read = self.moved.is_none();
        }
    }

    /// Takes over what is seen of the objects of a release, and a new revision of it.
    async fn take_over(&mut self, is_due: bool) -> Option<Ending> {
        let moved = self.moved.as_mut()?;
        if !is_due {
            moved.take_over(&mut self.live);
            return None;
        }
        let is_there = tokio::select! {
            () = self.following.interrupt.came() => return Some(Ending::Interrupted),
            is_there = moved.look_again(&mut self.live) => is_there,
        };
        let reason = format!("{} was deleted", self.plan.reference());
        (!is_there).then_some(Ending::Stopped { reason, details: vec![] })
    }

    /// The image that is asked for.
    fn asked(&self) -> Option<Image> {
        match &self.moved {
            Some(moved) => moved.asked(&self.live, &self.plan.target.image),
            None => self.live.snapshot().milvus.image(),
        }
    }

    fn is_reached(&mut self, step: &Step) -> bool {
        let target = &self.plan.target.image;
        let asks = self.asked().as_ref() == Some(target);
        self.was_asked |= asks;
        let snapshot = self.live.snapshot();
        if let Some(moved) = &mut self.moved {
            moved.was_there |= common_image(&snapshot.workload).as_ref() == Some(target);
        }
        let Some(goal) = step.gate.goal() else { return asks };
        let roll = Roll::of(snapshot.scene(), goal, &self.plan.order);
        // A revision that Helm has not brought to its end may still be taken back by it.
        let is_pending = snapshot.release.as_ref().is_some_and(Release::is_pending);
        let reached = asks && !is_pending && step.is_reached(snapshot, Some(&roll));
        self.roll = Some(roll);
        reached
    }

    /// Another image than the one to wait for is asked for: by whom, and whether it was put back.
    fn overruled(&self) -> Option<Ending> {
        let snapshot = self.live.snapshot();
        let release = snapshot.release.as_ref();
        let asked = self.asked()?;
        if asked == self.plan.target.image {
            return release.filter(|it| self.was_asked && it.status == "failed").and_then(|it| self.failed(it));
        }
        let is_back = self.before.as_ref() == Some(&asked);
        if is_back && !self.was_asked {
            return None;
        }
        let Resource { managers, .. } = match release {
            // Who writes a release shows in its Deployments.
            Some(release) => {
                &release.as_resource(&snapshot.milvus.namespace, &snapshot.milvus.name, &snapshot.workload)
            }
            None => &snapshot.milvus,
        };
        let mut writers: Vec<String> =
            managers.iter().filter(|manager| manager.owns_image).map(|manager| self.called(&manager.name)).collect();
        writers.dedup();
        let who = if writers.is_empty() { "somebody".to_owned() } else { writers.join(", ") };
        let reason = if self.was_asked && is_back {
            format!("{who} put the image back to {asked}")
        } else {
            format!("{who} asks for {asked} instead")
        };
        let seen = match release {
            Some(release) => {
                let word = format!("revision {} is {}", release.revision, release.status);
                format!("seen    {asked}, in metadata.managedFields of {who} on the Deployments; {word}")
            }
            None => format!("seen    spec.components.image: {asked}, in metadata.managedFields of {who}"),
        };
        Some(Ending::Stopped { reason, details: vec![seen] })
    }

    /// A revision that Helm gave up, with what it waited for.
    fn failed(&self, release: &Release) -> Option<Ending> {
        // Deployments that were changed without a revision do not mind one that failed before.
        let is_of_target = release.image().as_ref() == Some(&self.plan.target.image);
        let blockers = self.roll.iter().flat_map(|roll| &roll.blockers);
        let details = blockers.flat_map(|it| std::iter::once(it.reason.clone()).chain(it.details.clone())).collect();
        let reason = format!("revision {} failed", release.revision);
        is_of_target.then_some(Ending::Stopped { reason, details })
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
            trouble: self.live.trouble().chain(self.moved.iter().flat_map(Moved::trouble)).map(str::to_owned).collect(),
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
                    if self.plan.is_release {
                        format!("kubectl milvus history release/{name} -n {namespace}")
                    } else {
                        format!("kubectl -n {namespace} get milvus {name} -o yaml --show-managed-fields")
                    },
                ),
                next("Follow the next try", self.plan.command.clone()),
            ],
            _ => vec![],
        }
    }
}

/// Waits until something changes of a release; says whether its revisions are to be looked at.
async fn changed(moved: &mut Option<Moved<'_>>) -> bool {
    match moved {
        Some(moved) => moved.changed().await,
        None => std::future::pending().await,
    }
}
