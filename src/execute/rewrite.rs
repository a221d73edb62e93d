//! The migration of a release, step by step. Each write may be made twice, and what it reached is in the cluster.

use jiff::Timestamp;
use serde_json::json;

use super::{Refused, Run};
use crate::{
    cluster::Made,
    failure::Failure,
    journal::Write,
    plan::{Action, Ending, Gate, Step, metadata_files, pair},
    release::etcd_settings_of,
    snapshot::{Deployment, JobState},
};

/// What was written, or how the run ends.
type Written = Result<Vec<String>, Ending>;

impl Run<'_> {
    /// Takes one step of it.
    pub(super) async fn rewrite(&mut self, step: &Step) -> Result<Option<Ending>, Refused> {
        let written = match &step.action {
            Action::Stop { .. } => self.stop(&step.action).await?,
            Action::Rest => self.rest().await?,
            Action::Configure { .. } => self.configure(&step.action).await?,
            Action::Create { object } => {
                let cluster = self.cluster;
                self.make(async || cluster.make(object).await).await?
            }
            Action::Resume { .. } => self.resume().await?,
            _ => Ok(vec![]),
        };
        match written {
            Ok(objects) => {
                let write = Write::objects(step, objects, Timestamp::now());
                self.logbook.wrote(step, write, matches!(step.gate, Gate::Written)).await;
                Ok(None)
            }
            Err(ending) => {
                self.is_lost = self.is_forth() && matches!(ending, Ending::Stopped { .. });
                Ok(Some(ending))
            }
        }
    }

    /// Whether it is the way there: what fails on it can be taken back.
    fn is_forth(&self) -> bool {
        self.plan.is_release && self.plan.target.direction == crate::check::Direction::Migrate
    }

    async fn stop(&mut self, action: &Action) -> Result<Written, Refused> {
        let Action::Stop { deployments, jobs } = action else { return Ok(Ok(vec![])) };
        let (cluster, namespace) = (self.cluster, self.plan.namespace.as_str());
        let mut written = vec![];
        let active = |name: &&String| {
            let job = self.live.snapshot().rewriting().and_then(|rewriting| rewriting.job(name));
            job.is_some_and(|job| job.state == JobState::Active)
        };
        for job in jobs.iter().filter(active).collect::<Vec<_>>() {
            if let Err(ending) = self.persist(async || cluster.suspend_job(namespace, job).await).await? {
                return Ok(Err(ending));
            }
            self.other_writes += 1;
            written.push(format!("job/{job}"));
        }
        for (name, replicas) in deployments {
            let known = self.live.snapshot().workload.deployments().iter().find(|found| found.name == *name);
            if known.is_some_and(|found| found.wanted == 0 && found.replicas_before().is_some()) {
                continue;
            }
            let stop = async || cluster.stop_deployment(namespace, name, *replicas).await;
            if let Err(ending) = self.persist(stop).await? {
                return Ok(Err(ending));
            }
            self.other_writes += 1;
            written.push(format!("deployment/{name}"));
        }
        Ok(Ok(written))
    }

    async fn rest(&mut self) -> Result<Written, Refused> {
        let (cluster, namespace) = (self.cluster, self.plan.namespace.as_str());
        let since = Timestamp::now().to_string();
        let names = self.deployments(|found| found.stopped_at().is_none());
        for (name, _) in &names {
            if let Err(ending) = self.persist(async || cluster.rest_deployment(namespace, name, &since).await).await? {
                return Ok(Err(ending));
            }
            self.other_writes += 1;
        }
        Ok(Ok(names.into_iter().map(|(name, _)| format!("deployment/{name}")).collect()))
    }

    async fn resume(&mut self) -> Result<Written, Refused> {
        let (cluster, namespace) = (self.cluster, self.plan.namespace.as_str());
        let noted = self.deployments(|found| found.replicas_before().is_some() || found.stopped_at().is_some());
        for (name, replicas) in &noted {
            let resume = async || cluster.resume_deployment(namespace, name, *replicas).await;
            if let Err(ending) = self.persist(resume).await? {
                return Ok(Err(ending));
            }
            self.other_writes += 1;
        }
        Ok(Ok(noted.into_iter().map(|(name, _)| format!("deployment/{name}")).collect()))
    }

    /// Names of Deployments, with the replicas that they had.
    fn deployments(&self, which: impl Fn(&Deployment) -> bool) -> Vec<(String, i64)> {
        let all = self.live.snapshot().workload.deployments().iter().filter(|found| which(found));
        all.map(|found| (found.name.clone(), found.replicas_before().unwrap_or(found.wanted))).collect()
    }

    /// Writes what the Jobs are told. What is secret of it comes from the record of the release, and goes nowhere else.
    async fn configure(&mut self, action: &Action) -> Result<Written, Refused> {
        let Action::Configure { metadata, from, to, backup } = action else { return Ok(Ok(vec![])) };
        let unknown = || Failure::failed("the release does not say where etcd is");
        let found = match (self.helm, &self.live.snapshot().release) {
            (Some(helm), Some(release)) => helm.releases.storage.record(&self.plan.name, release.revision).await,
            _ => Err(unknown()),
        };
        let settings = found.and_then(|record| etcd_settings_of(&record).ok_or_else(unknown));
        let files = match settings {
            Ok(settings) => json!(metadata_files(&settings, (from, to), backup)),
            Err(failure) => return self.failed(failure).map(|ending| ending.map_or(Ok(vec![]), Err)),
        };
        let (cluster, versions) = (self.cluster, pair(from, to));
        self.make(async || cluster.write_configuration(metadata, &versions, &files).await).await
    }

    async fn make(
        &mut self,
        write: impl AsyncFn() -> Result<Made, crate::cluster::Refusal>,
    ) -> Result<Written, Refused> {
        let made = match self.persist(write).await? {
            Ok(made) => made,
            Err(ending) => return Ok(Err(ending)),
        };
        self.other_writes += 1;
        let object = match &made {
            Made::Job(job) => format!("job/{}", job.name),
            Made::Kept(kept) => kept.object.clone(),
        };
        self.live.put_made(made);
        Ok(Ok(vec![object]))
    }

    /// How the run ends where a Job that is waited for gave up.
    pub(super) fn gave_up(&mut self, name: &str) -> Option<Ending> {
        let snapshot = self.live.snapshot();
        let job = snapshot.rewriting()?.job(name).filter(|job| job.state == JobState::Failed)?;
        let why = job.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let reason = format!("job/{name} failed{why}");
        let tasks = snapshot.migration_scene.as_ref().and_then(|scene| scene.tasks.known());
        let pods = tasks.into_iter().flatten().filter(|task| task.migration == name);
        let mut details: Vec<String> = pods
            .map(|pod| {
                let why = pod.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                format!("pod/{} is {}{why}", pod.name, pod.phase)
            })
            .collect();
        details.push(format!("its log:  kubectl -n {} logs job/{name}", self.plan.namespace));
        self.is_lost = self.is_forth();
        Some(Ending::Stopped { reason, details })
    }
}
