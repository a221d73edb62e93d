use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use semver::Version;
use tokio::time::Instant;

use super::{Refused, Run};
use crate::{
    exit::Exit,
    failure::Failure,
    helm::{
        chart::Chart,
        json,
        place::Difference,
        value::{Map, Value},
        values::{Reuse, merge_maps},
    },
    journal::Write,
    plan::{Action, Ending, Plan, Setting, Step},
    release::{Applied, Followed, Objection, Prepared, Releases, Stop, Undone, Wanted, definitions_of, release_of},
    rollout::Roll,
    snapshot::{OperatorScene, Snapshot},
};

/// How long what is seen of Deployments may be behind the revision that was just made.
const LAG: Duration = Duration::from_secs(5);

/// What Helm steps are carried out with.
pub struct Helm<'a> {
    /// The releases of the namespace.
    pub releases: &'a Releases<'a>,
    /// The charts of the plan.
    pub charts: BTreeMap<Version, Chart>,
    /// Values that the user gives besides.
    pub given: Map,
    /// The values that a release is looked at for.
    pub keys: Vec<&'a str>,
}

impl Helm<'_> {
    /// Makes a step ready: a revision that Helm has kept, or a chart with the user's values as they are and those of the
    /// step over them.
    pub async fn prepare(&self, name: &str, action: &Action) -> Result<Prepared, Failure> {
        match action {
            Action::Chart { version, settings } => self.prepare_upgrade(name, version, settings).await,
            Action::Revert { revision, .. } => self.releases.prepare_rollback(name, Some(*revision)).await,
            _ => Err(Failure::failed("this is no step of Helm")),
        }
    }

    /// Tries out on the server what Helm is to do once everything stands still, before anything stops for it: whoever may
    /// not do that would be left half-way, with nothing running.
    ///
    /// # Errors
    ///
    /// Where it could not be done; nothing was changed.
    pub async fn try_ahead(&self, plan: &Plan, snapshot: &Snapshot) -> Result<(), Failure> {
        let stops = plan.steps.iter().any(|step| matches!(step.action, Action::Stop { .. }));
        let is_stopped = snapshot.workload.deployments().iter().any(|found| found.replicas_before().is_some());
        let Some(step) = plan.steps.iter().find(|step| step.action.is_of_helm()).filter(|_| stops && !is_stopped)
        else {
            return Ok(());
        };
        let tried = async {
            let prepared = self.prepare(&plan.name, &step.action).await?;
            self.releases.try_out(&prepared).await
        };
        match tried.await {
            Ok(mut objections) => {
                // Whoever owns replicas now, nobody does once everything was stopped.
                let is_of_replicas = |field: &Difference| field.path == "spec.replicas";
                objections.retain(|it| it.fields.is_empty() || !it.fields.iter().all(is_of_replicas));
                if objections.is_empty() { Ok(()) } else { Err(refused_by_server(&objections)) }
            }
            Err(failure) => Err(failure.context("nothing was changed, for Helm could not go on afterwards")),
        }
    }

    async fn prepare_upgrade(&self, name: &str, version: &Version, settings: &[Setting]) -> Result<Prepared, Failure> {
        let Some(chart) = self.charts.get(version) else {
            return Err(Failure::failed(format!("chart {version} was not loaded")));
        };
        // What the plan needs wins over what the user gives besides; a copy, because maps are shared.
        let values = merge_maps(&Map::new(), &self.given);
        for setting in settings {
            set(&values, &setting.key, json::from_json(&setting.value));
        }
        let wanted = Wanted { chart, values: &values, reuse: Reuse::ResetThenReuse };
        self.releases.prepare_upgrade(name, wanted).await
    }
}

/// What the server would not take, as a failure before anything was written.
pub fn refused_by_server(objections: &[Objection]) -> Failure {
    let first = objections.first().map_or_else(String::new, |objection| objection.message.clone());
    let count = objections.len();
    let problem = format!("the API server would refuse {count} of the objects: {first}");
    objections.iter().flat_map(lines).fold(Failure::new(Exit::Blocked, anyhow::anyhow!(problem)), Failure::hint)
}

fn lines(objection: &Objection) -> Vec<String> {
    let line = |field: &Difference| {
        format!("{} {}: {} now, {} wanted", objection.object, field.path, field.live, field.wanted)
    };
    let message = format!("{}: {}", objection.object, objection.message);
    std::iter::once(message).chain(objection.fields.iter().map(line)).collect()
}

/// Sets a value at a path of keys with dots between them.
fn set(values: &Map, path: &str, value: Value) {
    match path.split_once('.') {
        None => values.set(path, value),
        Some((first, rest)) => {
            let inner = if let Some(Value::Map(inner)) = values.get(first) {
                inner
            } else {
                let inner = Map::new();
                values.set(first, Value::Map(inner.clone()));
                inner
            };
            set(&inner, rest, value);
        }
    }
}

impl Run<'_> {
    /// Makes the next revision of the release: tries every object out on the server first, then carries the operation
    /// out. A signal ends it between two requests, and the record then says `failed`.
    pub(super) async fn change_release(&mut self, step: &Step) -> Result<Option<Ending>, Refused> {
        let Some(helm) = self.helm else {
            return Err(Refused::Failed(Failure::failed("a step of Helm without what it takes")));
        };
        let mut prepared = match helm.prepare(&self.plan.name, &step.action).await {
            Ok(prepared) => prepared,
            Err(failure) => return self.failed(failure),
        };
        let newest = self.live.snapshot().release.as_ref().map(|release| release.revision);
        if newest.is_some_and(|newest| prepared.next.version != newest + 1) {
            // What is pinned was read from the revision that the plan was made for.
            return self.moved_on(prepared.next.version - 1);
        }
        let objections = match helm.releases.try_out(&prepared).await {
            Ok(objections) => objections,
            Err(failure) => return self.failed(failure),
        };
        if !objections.is_empty() {
            return self.failed(refused_by_server(&objections));
        }
        if let Err(reason) = self.logbook.check().await {
            return self.failed(Failure::new(Exit::Blocked, anyhow::anyhow!(reason)));
        }
        let (ended, is_stopped) = self.carry_out(helm, &mut prepared).await;
        // What failed after the record was written has made a revision too.
        if matches!(ended, Ok(_) | Err(Undone::Failed(_) | Undone::Locked { .. })) {
            let write = Write::revision(step, prepared.next.version, Timestamp::now());
            self.logbook.wrote(step, write, false).await;
        }
        match ended {
            Ok(_) => {
                self.helm_writes += 1;
                let release = release_of(&prepared.next, &helm.keys).map_err(Refused::Failed)?;
                self.live.put_release(release);
                if self.plan.is_operator {
                    self.live.put_declared(definitions_of(&prepared.next).map_err(Refused::Failed)?);
                }
                Ok(is_stopped.then_some(Ending::Interrupted))
            }
            Err(Undone::Held(reason) | Undone::Before(reason)) => self.failed(Failure::failed(reason)),
            Err(Undone::Failed(_)) if is_stopped => Ok(Some(Ending::Interrupted)),
            Err(Undone::Failed(reason)) => {
                let details = vec![format!("revision {} is failed; objects may be half-way", prepared.next.version)];
                Ok(Some(Ending::Stopped { reason, details }))
            }
            Err(Undone::Locked { reason, record }) => {
                let details = vec![format!("revision {} stays pending: {record}", prepared.next.version)];
                Ok(Some(Ending::Stopped { reason, details }))
            }
        }
    }

    /// Somebody else made a revision before this run has: plan again, unless half of the plan is done.
    fn moved_on(&self, revision: i64) -> Result<Option<Ending>, Refused> {
        if self.helm_writes == 0 && self.other_writes == 0 {
            return Err(Refused::Moved);
        }
        let reason = format!("somebody else made revision {revision} of the release");
        Ok(Some(Ending::Stopped {
            reason,
            details: vec!["the rest of the plan was made for the one before".to_owned()],
        }))
    }

    /// Somebody else came in between while a revision is waited for: what its Deployments ask for is not what it gave
    /// them, so that it will not come.
    pub(super) async fn interfered(&mut self, step: &Step) -> Option<Ending> {
        let helm = self.helm.filter(|_| step.action.is_of_helm())?;
        let (goal, snapshot) = (step.gate.goal()?, self.live.snapshot());
        let wanted = goal.image.to_string();
        let deployments = snapshot.workload.deployments().iter();
        let strays =
            deployments.filter(|it| goal.arriving.contains(&it.component) && !it.is_idle() && it.image != wanted);
        let strays: Vec<(String, String)> = strays.map(|it| (it.name.clone(), it.image.clone())).collect();
        let ours = snapshot.release.as_ref().map(|release| release.revision)?;
        let Some((name, image)) = strays.first() else {
            self.strayed_since = None;
            return None;
        };
        if self.strayed_since.get_or_insert_with(Instant::now).elapsed() < LAG {
            return None;
        }
        // Asked again only after as long, should the records not be readable now.
        self.strayed_since = Some(Instant::now());
        let heads = helm.releases.storage.heads(&self.plan.name).await.ok()?;
        let newest = heads.iter().map(|head| head.version).max().filter(|newest| *newest > ours);
        let reason = match newest {
            Some(newest) => format!("somebody else made revision {newest} of the release"),
            None => format!("somebody else gave deployment/{name} the image {image}"),
        };
        let details = strays.iter().map(|(name, image)| format!("deployment/{name}: {image}, not {wanted}")).collect();
        Some(Ending::Stopped { reason, details })
    }

    /// Carries an operation out; also tells whether a signal asked for its end. What is in flight is finished first.
    async fn carry_out(&mut self, helm: &Helm<'_>, prepared: &mut Prepared) -> (Result<Applied, Undone>, bool) {
        let (stopper, stop) = Stop::new();
        let operation = helm.releases.carry_out(prepared, &stop);
        tokio::pin!(operation);
        let mut is_stopped = false;
        loop {
            tokio::select! {
                ended = &mut operation => return (ended, is_stopped),
                () = self.interrupt.came(), if !is_stopped => {
                    is_stopped = true;
                    stopper.stop();
                }
            }
        }
    }

    /// Begins to follow everything that the newest revision says is there. Until it was seen nothing of it counts as
    /// ready, so that what was there before the revision is not taken for it.
    pub(super) fn follow(&mut self) {
        let Some(helm) = self.helm else { return };
        let snapshot = self.live.snapshot();
        // The operator is followed in a way of its own.
        if snapshot.operator_scene.is_some() {
            return;
        }
        let objects = snapshot.release.as_ref().and_then(|release| release.objects.known());
        let objects = objects.map_or(&[][..], Vec::as_slice);
        let followed = Followed::new(self.cluster, helm.releases.kinds, objects, &helm.releases.namespace);
        self.followed = Some(followed);
        self.take_over();
    }

    /// Takes over what is seen of the objects that are followed.
    pub(super) fn take_over(&mut self) {
        if let Some(followed) = &self.followed {
            self.live.put_unready(followed.unready());
        }
    }

    /// An object that gave up: it will not become ready by itself (helm.md §4).
    pub(super) fn stalled(&self) -> Option<Ending> {
        if let Some(itself) = &self.live.snapshot().operator_scene {
            return self.operator_stalled(itself);
        }
        self.followed.as_ref().and_then(|_| gave_up(self.live.snapshot(), self.roll.as_ref()))
    }

    /// The same of the operator; what it was before the new image came is of no interest.
    fn operator_stalled(&self, itself: &OperatorScene) -> Option<Ending> {
        let (deployment, operator) = (&itself.deployment, itself.operator());
        let is_new = operator.image == self.plan.target.image.to_string();
        let lacking = itself.lacking();
        if !lacking.is_empty() {
            let reason = "the definitions are not those of the chart: somebody else changed them, and Helm's patches by \
                          the client leave that alone";
            let details = lacking.into_iter().chain(["kubectl milvus explain MV1011 says what mends it".to_owned()]);
            return Some(Ending::Stopped { reason: reason.to_owned(), details: details.collect() });
        }
        let why = deployment.awaits.as_ref().filter(|_| deployment.gave_up && is_new)?;
        let reason = format!("deployment/{} gave up: {why}", operator.name);
        Some(Ending::Stopped { reason, details: self.reasons() })
    }

    fn reasons(&self) -> Vec<String> {
        let blockers = self.roll.iter().flat_map(|roll| &roll.blockers);
        blockers.flat_map(|it| std::iter::once(it.reason.clone()).chain(it.details.clone())).collect()
    }
}

/// An object of a release that gave up, with what its pods and the others wait for.
pub(super) fn gave_up(snapshot: &Snapshot, roll: Option<&Roll>) -> Option<Ending> {
    let unready = snapshot.release.as_ref()?.unready.known()?;
    let gave_up = unready.iter().find(|unready| unready.failed)?;
    let reason = format!("{} gave up: {}", gave_up.object, gave_up.reason);
    let blockers = roll.into_iter().flat_map(|roll| &roll.blockers);
    let blockers = blockers.filter(|it| it.object.as_ref() != Some(&gave_up.object));
    let others = blockers.flat_map(|it| std::iter::once(it.reason.clone()).chain(it.details.clone()));
    let details = gave_up.details.iter().cloned().chain(others).collect();
    Some(Ending::Stopped { reason, details })
}
