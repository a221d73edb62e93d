use serde_json::Value;

use super::task_state;
use crate::{
    cluster::bare::{Job, Pod},
    snapshot::{JobState, Kept, MetadataJob, MetadataTask, RELEASE_LABEL, Task},
};

/// What is made for migrations carries these labels, and where they began and lead.
const TASK: &str = "kubectl-milvus.io/task";
const ATTEMPT: &str = "kubectl-milvus.io/attempt";
const COURSE: &str = "kubectl-milvus.io/course";
/// Notes, on the Secret of a migration, its versions.
pub(in crate::cluster) const VERSIONS: &str = "kubectl-milvus.io/versions";
/// The label with which Kubernetes tells pods of a Job.
const JOB_LABEL: &str = "job-name";

/// What everything made for migrations of a release is found by.
pub(in crate::cluster) fn rewriting_labels(name: &str) -> String {
    format!("{RELEASE_LABEL}={name},app.kubernetes.io/managed-by=kubectl-milvus")
}

/// A Job of ours; `None` for one that says not what it is.
pub(in crate::cluster) fn metadata_job(job: Job) -> Option<MetadataJob> {
    let Job { metadata, spec, status } = job;
    let (labels, annotations) = (metadata.labels?, metadata.annotations?);
    let task = MetadataTask::of_word(labels.get(TASK)?)?;
    let attempt = labels.get(ATTEMPT)?.parse().ok()?;
    let course = serde_json::from_str(annotations.get(COURSE)?).ok()?;
    let conditions = status.and_then(|status| status.conditions).unwrap_or_default();
    let mut said = conditions.into_iter().filter(|condition| condition.status == "True");
    let ended = said.find(|condition| matches!(condition.kind.as_str(), "Complete" | "Failed"));
    // One that is told to stand still works on nothing any more, and is not to go on.
    let is_held = spec.is_some_and(|spec| spec.suspend == Some(true)) || metadata.deletion_timestamp.is_some();
    let (state, reason) = match ended {
        Some(ended) if ended.kind == "Complete" => (JobState::Complete, None),
        Some(ended) => (JobState::Failed, ended.message.or(ended.reason)),
        None if is_held => (JobState::Failed, Some("it was told to stop".to_owned())),
        None => (JobState::Active, None),
    };
    let name = metadata.name.unwrap_or_default();
    Some(MetadataJob { name, task, attempt, state, made: metadata.creation_timestamp.map(|it| it.0), reason, course })
}

/// A pod of such a Job.
pub(in crate::cluster) fn metadata_pod(mut pod: Pod) -> Option<Task> {
    let job = pod.metadata.labels.as_mut()?.remove(JOB_LABEL)?;
    Some(task_state(job, pod))
}

/// A Secret or claim, of which only the metadata were read.
pub(in crate::cluster) fn kept(kind: &str, object: &Value) -> Kept {
    let metadata = &object["metadata"];
    Kept {
        object: format!("{kind}/{}", metadata["name"].as_str().unwrap_or_default()),
        pair: metadata["annotations"][VERSIONS].as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::metadata_job;
    use crate::snapshot::JobState;

    fn job(spec: &Value, condition: Option<(&str, &str)>) -> JobState {
        let course = json!({"from": "2.1.4", "fromImage": "m:v2.1.4", "revision": 1, "to": "2.2.16", "claim": "c",
            "tool": "t:v1"});
        let conditions: Vec<Value> = condition
            .iter()
            .map(|(kind, message)| json!({"type": kind, "status": "True", "message": message}))
            .collect();
        let object = json!({
            "metadata": {"name": "a", "labels": {"kubectl-milvus.io/task": "run", "kubectl-milvus.io/attempt": "2"},
                "annotations": {"kubectl-milvus.io/course": course.to_string()}},
            "spec": spec,
            "status": {"conditions": conditions},
        });
        let job = metadata_job(serde_json::from_value(object).expect("a job")).expect("one of ours");
        assert_eq!((job.attempt, job.course.revision), (2, 1));
        job.state
    }

    #[test]
    fn a_job_is_done_only_where_kubernetes_says_so() {
        let spec = json!({"template": {}});
        assert_eq!(job(&spec, None), JobState::Active);
        assert_eq!(job(&spec, Some(("Complete", ""))), JobState::Complete);
        assert_eq!(job(&spec, Some(("Failed", "too often"))), JobState::Failed);
        assert_eq!(job(&spec, Some(("FailureTarget", "too often"))), JobState::Active);
        assert_eq!(job(&json!({"template": {}, "suspend": true}), None), JobState::Failed);
    }
}
