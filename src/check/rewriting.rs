//! Rules about a migration of a Helm release, which this program carries out itself.

use super::{Answer, Ground, Problem, evidence};
use crate::snapshot::{Deployment, JobState, MetadataTask, shell_word};

/// Whether it has begun, so that what it needs at its beginning is no question any more.
pub(super) fn is_begun(ground: &Ground<'_>) -> bool {
    let stopped = ground.snapshot.workload.deployments().iter().any(|found| found.replicas_before().is_some());
    stopped || ground.snapshot.rewriting().is_some_and(|known| known.is_rewritten(known.last_attempt()))
}

/// MV1303: an autoscaler would start again what is stopped.
pub(super) fn autoscaled(ground: &Ground<'_>) -> Answer {
    let autoscalers = match ground.snapshot.workload.autoscalers.as_result() {
        Ok(autoscalers) => autoscalers,
        Err(reason) => return Answer::Unknown(format!("{reason}; look with kubectl get horizontalpodautoscalers")),
    };
    let own = |name: &str| ground.snapshot.workload.deployments().iter().any(|found: &Deployment| found.name == name);
    let found: Vec<_> = autoscalers.iter().filter(|scaler| own(&scaler.deployment)).collect();
    let Some(first) = found.first() else { return Answer::Fine };
    let milvus = ground.milvus();
    Problem::new(evidence::milvus(milvus), "an autoscaler moves the replicas that a migration sets to 0 and puts back")
        .seen(
            found
                .iter()
                .map(|scaler| format!("horizontalpodautoscaler/{}: deployment/{}", scaler.name, scaler.deployment)),
        )
        .fix(format!(
            "kubectl -n {} delete horizontalpodautoscaler {}   and make it again afterwards",
            shell_word(&milvus.namespace),
            shell_word(&first.name)
        ))
        .into()
}

/// MV1304: the Jobs of the migration could not be told where the metadata are.
pub(super) fn etcd_out_of_reach(ground: &Ground<'_>) -> Answer {
    let etcd = ground.snapshot.release.as_ref().and_then(|release| release.etcd.as_ref());
    let (summary, seen) = match etcd {
        etcd if etcd.is_none_or(|etcd| etcd.endpoints.is_empty()) => (
            "the release does not say where etcd is: its ConfigMap has no etcd.endpoints",
            "ConfigMap with default.yaml in the newest revision: none, or without etcd.endpoints",
        ),
        Some(etcd) if etcd.has_tls && etcd.mounts.is_empty() => (
            "etcd asks for TLS, and no pod of Milvus mounts the files that its configuration names",
            "etcd.ssl.enabled: true",
        ),
        _ => return Answer::Fine,
    };
    Problem::new(evidence::milvus(ground.milvus()), summary)
        .seen([seen])
        .fix("let the chart make the ConfigMap, with etcd in it as Milvus reads it")
        .into()
}

/// MV1305: an earlier attempt has left the metadata half-way.
pub(super) fn unsettled(ground: &Ground<'_>) -> Answer {
    let Some(rewriting) = ground.snapshot.rewriting() else { return Answer::NotApplicable };
    if let Err(reason) = rewriting.jobs.as_result() {
        return Answer::Unknown(format!("{reason}; look with kubectl get jobs"));
    }
    let last = rewriting.last_attempt();
    let failed = rewriting.of(MetadataTask::Run, last).filter(|job| job.state == JobState::Failed);
    let Some(failed) = failed.filter(|_| rewriting.is_rewritten(last)) else { return Answer::Fine };
    let milvus = ground.milvus();
    let why = failed.reason.as_deref().unwrap_or("failed");
    Problem::new(evidence::milvus(milvus), format!("the migration to {} is not settled", failed.course.to))
        .seen([format!("job/{}: {why}", failed.name)])
        .fix(milvus.plugin_command("migrate", "--rollback"))
        .into()
}

/// MV1306: the metadata are inside Milvus, where no other pod reaches them.
pub(super) fn embedded_etcd(ground: &Ground<'_>) -> bool {
    ground.snapshot.release.as_ref().and_then(|release| release.etcd.as_ref()).is_some_and(|etcd| etcd.is_embedded)
}

/// MV1310: the caller may not take every step.
pub(super) fn may_not(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let namespace = shell_word(&milvus.namespace);
    Problem::new(
        evidence::milvus(milvus),
        format!("you may not create jobs, claims and secrets, patch deployments, and watch all of it, in {namespace}"),
    )
    .seen(RIGHTS.map(|(group, resource, verbs)| {
        format!("missing among: apiGroups [{group}], resources [{resource}], verbs [{}]", verbs.join(", "))
    }))
    .fix(format!("kubectl apply -f the Role below, and bind it to yourself in {namespace}"))
    .into()
}

/// What a migration needs besides what Helm needs.
pub(super) const RIGHTS: [(&str, &str, &[&str]); 5] = [
    ("batch", "jobs", &["list", "watch", "get", "create", "patch"]),
    ("", "persistentvolumeclaims", &["list", "get", "create"]),
    ("", "secrets", &["list", "get", "create", "patch"]),
    ("apps", "deployments", &["list", "watch", "get", "patch"]),
    ("", "pods", &["list", "watch"]),
];

#[cfg(test)]
#[path = "rewriting_test.rs"]
mod tests;
