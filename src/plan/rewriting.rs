//! How far a migration of a release has come, as the cluster shows it.

use jiff::SignedDuration;

use super::{Action, Gate, Step};
use crate::{
    milvus::MilvusVersion,
    rollout::Migrating,
    snapshot::{Deployment, JobState, Pod, Snapshot, Task, stopped_since},
};

/// Whether what a step writes is written.
pub(super) fn is_written(action: &Action, snapshot: &Snapshot) -> bool {
    let deployments = snapshot.workload.deployments();
    let Some(rewriting) = snapshot.rewriting() else { return false };
    match action {
        Action::Stop { jobs, .. } => {
            let ended = |name: &String| rewriting.job(name).is_none_or(|job| job.state != JobState::Active);
            let stopped = deployments.iter().all(|found| found.wanted == 0 && found.replicas_before().is_some());
            !deployments.is_empty() && stopped && jobs.iter().all(ended)
        }
        Action::Rest => stopped_since(deployments).is_some(),
        Action::Configure { metadata, from, to, .. } => {
            let name = metadata["name"].as_str().unwrap_or_default();
            rewriting.keeps(&format!("secret/{name}"), Some(&pair(from, to)))
        }
        Action::Create { object } => {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
            rewriting.keeps(&format!("{kind}/{name}"), None) || (kind == "job" && rewriting.job(name).is_some())
        }
        Action::Resume { .. } => {
            let is_noted = |found: &Deployment| found.replicas_before().is_some() || found.stopped_at().is_some();
            !deployments.iter().any(is_noted)
        }
        _ => false,
    }
}

/// How the versions of a migration are noted on what is made for them.
pub fn pair(from: &MilvusVersion, to: &MilvusVersion) -> String {
    format!("{from}-{to}")
}

/// Whether no pod of the release is left, and none that works on its metadata.
pub(super) fn is_still(action: &Action, snapshot: &Snapshot) -> bool {
    let jobs = if let Action::Stop { jobs, .. } = action { jobs.as_slice() } else { &[] };
    let pods = snapshot.workload.pods.known();
    let tasks = snapshot.migration_scene.as_ref().and_then(|scene| scene.tasks.known());
    let works = |task: &Task| jobs.contains(&task.migration) && !matches!(task.phase.as_str(), "Succeeded" | "Failed");
    pods.is_some_and(|pods| pods.iter().all(Pod::is_over))
        && snapshot.workload.deployments().iter().all(|found| found.running == 0)
        && tasks.is_none_or(|tasks| !tasks.iter().any(works))
}

/// Whether that has been so for `seconds`.
pub(super) fn has_rested(snapshot: &Snapshot, seconds: u64) -> bool {
    let taken = snapshot.workload.taken;
    let since = stopped_since(snapshot.workload.deployments()).map(|since| taken.duration_since(since));
    let wanted = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    since.is_some_and(|since| since >= wanted)
}

impl Step {
    /// Where a migration of a release is in this step, for people.
    pub fn rewriting(&self, snapshot: &Snapshot) -> Option<Migrating> {
        let all = snapshot.migration_scene.as_ref()?;
        let left = snapshot.workload.pods().iter().filter(|pod| !pod.is_over()).count();
        let mut now = Migrating {
            name: format!("release/{}", snapshot.milvus.name),
            state: String::new(),
            pods: None,
            tasks: vec![],
            retries: 0,
            message: String::new(),
        };
        match &self.gate {
            Gate::Stopped => (now.state, now.pods) = ("stopping".to_owned(), (left > 0).then_some(left)),
            Gate::Rested { seconds } => {
                let since = stopped_since(snapshot.workload.deployments())?;
                let gone = snapshot.workload.taken.duration_since(since).as_secs();
                let left = i64::try_from(*seconds).unwrap_or(i64::MAX) - gone;
                now.state = format!("nothing runs; {} s until its sessions have expired", left.max(0));
            }
            Gate::Worked { job } => {
                now.name = format!("job/{job}");
                let known = all.rewriting.as_ref().and_then(|rewriting| rewriting.job(job));
                let word = match known.map(|job| job.state) {
                    Some(JobState::Complete) => "done",
                    Some(JobState::Failed) => "failed",
                    _ => "at work",
                };
                word.clone_into(&mut now.state);
                now.tasks = all.tasks_of(job).cloned().collect();
            }
            _ => return None,
        }
        Some(now)
    }
}
