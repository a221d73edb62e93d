//! Why a pod is not ready, or does not go.

use jiff::Timestamp;

use super::Blocker;
use crate::{
    milvus::count,
    snapshot::{Container, LogSource, Pod, Quantities, Workload},
};

/// Seconds a pod may take to leave before that is worth a word. Milvus stops gracefully for up to 1800 s.
const PATIENCE_SECONDS: i64 = 30;

/// Words of a waiting container that do not pass by themselves.
const STUCK: [&str; 7] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

/// Whether a text names a state that does not pass by itself.
pub(super) fn is_stuck(text: &str) -> bool {
    text.contains("Unschedulable") || STUCK.iter().any(|word| text.contains(word))
}

/// Why this new pod is not ready; `None` where it is.
pub(super) fn why_not_ready(workload: &Workload, pod: &Pod) -> Option<Blocker> {
    if pod.ready {
        return None;
    }
    let age = seconds_between(pod.created, workload.taken);
    let scheduled = pod.conditions.iter().find(|condition| condition.kind == "PodScheduled");
    if let Some(refused) = scheduled.filter(|condition| condition.status == "False") {
        let reason = format!("pod {} is unschedulable", pod.name);
        let details = [refused.message.clone()].into_iter().chain(room(workload, pod.requests)).collect();
        return Some(blocker(pod, reason, age, details, true));
    }
    let container = pod.containers.iter().find(|container| container.waiting.is_some());
    if let Some((container, word)) = container.and_then(|found| Some((found, found.waiting.as_deref()?))) {
        let reason = format!("pod {} is in {word}", pod.name);
        return Some(blocker(pod, reason, age, words(workload, pod, container), STUCK.contains(&word)));
    }
    let restarts = pod.restarts();
    let reason = match restarts {
        0 => format!("pod {} starts and is not ready", pod.name),
        _ => format!("pod {} is not ready after {}", pod.name, count(restarts, "restart")),
    };
    Some(blocker(pod, reason, age, last_warning(workload, pod).into_iter().collect(), false))
}

/// Why this old pod has not gone; `None` while it is within its patience.
pub(super) fn why_terminating(workload: &Workload, pod: &Pod) -> Option<Blocker> {
    // The deletion timestamp is when it has to be gone; it was asked to go its grace period earlier.
    let asked = pod.deleted?.as_second() - pod.grace_seconds.unwrap_or_default();
    let seconds = workload.taken.as_second() - asked;
    if seconds < PATIENCE_SECONDS {
        return None;
    }
    let reason = format!("pod {} is terminating", pod.name);
    let details = vec![
        "the operator does not give this component its new image while a pod of it is terminating".to_owned(),
        format!(
            "it may take {}; a querynode hands its segments over for up to 30m",
            duration(pod.grace_seconds.unwrap_or_default())
        ),
    ];
    Some(blocker(pod, reason, Some(seconds), details, false))
}

fn blocker(pod: &Pod, reason: String, seconds: Option<i64>, details: Vec<String>, stuck: bool) -> Blocker {
    let details = details.into_iter().filter(|line| !line.is_empty()).collect();
    let logs = LogSource::of_pod(pod);
    Blocker { component: Some(pod.component), reason, seconds, details, stuck, logs, ..Blocker::default() }
}

/// The kubelet's words: the message beside the reason, the last exit, else the last warning.
fn words(workload: &Workload, pod: &Pod, container: &Container) -> Vec<String> {
    let exit = container.exit_code.map(|code| {
        let reason = container.exit_reason.as_deref().unwrap_or("Error");
        let meaning = match code {
            132 => "; the CPU lacks an instruction that Milvus needs (AVX)",
            137 => "; killed, mostly for lack of memory",
            _ => "",
        };
        format!(
            "container {} ended with code {code} ({reason}){meaning}, {}",
            container.name,
            count(container.restarts, "restart")
        )
    });
    let message = container.message.clone().or_else(|| last_warning(workload, pod));
    message.into_iter().chain(exit).collect()
}

fn last_warning(workload: &Workload, pod: &Pod) -> Option<String> {
    let events = workload.events.known()?;
    let about = events.iter().filter(|event| event.kind == "Pod" && event.name == pod.name);
    about.max_by_key(|event| event.last_seen).map(|event| format!("{}: {}", event.reason, event.message))
}

/// What the pod asks for against the emptiest node.
fn room(workload: &Workload, asked: Quantities) -> Option<String> {
    let nodes = workload.nodes.known()?;
    let memory = nodes.iter().filter(|node| !node.closed).map(|node| node.allocatable.memory).max()?;
    let cpu = nodes.iter().filter(|node| !node.closed).map(|node| node.allocatable.cpu_milli).max()?;
    Some(format!(
        "it asks for {} and {} CPU; the largest node has {} and {} CPU",
        bytes(asked.memory),
        cores(asked.cpu_milli),
        bytes(memory),
        cores(cpu)
    ))
}

fn bytes(bytes: i64) -> String {
    const UNITS: [(&str, i64); 3] = [("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];
    let unit = UNITS.into_iter().find(|(_, size)| bytes >= *size);
    unit.map_or_else(|| bytes.to_string(), |(name, size)| format!("{}{name}", bytes / size))
}

fn cores(milli: i64) -> String {
    if milli % 1000 == 0 { (milli / 1000).to_string() } else { format!("{milli}m") }
}

fn seconds_between(since: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    since.map(|since| (now.as_second() - since.as_second()).max(0))
}

/// As kubectl writes ages: `40s`, `4m`, `2h`.
fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..120 => format!("{seconds}s"),
        seconds @ 120..7200 => format!("{}m", seconds / 60),
        seconds => format!("{}h", seconds / 3600),
    }
}
