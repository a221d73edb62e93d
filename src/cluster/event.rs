use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Cluster, Kind, journal::WRITING};
use crate::snapshot::Resource;

/// The most bytes that the API server takes as a note.
const LONGEST_NOTE: usize = 1000;

/// Something worth an Event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// In CamelCase: `UpgradeBegan`.
    pub reason: String,
    /// What is being done: `Upgrade`.
    pub action: String,
    /// A line for people.
    pub note: String,
    /// Whether it asks for attention.
    pub is_warning: bool,
    /// Who reports it: the machine.
    pub host: String,
}

impl Cluster {
    /// Leaves an Event on a Milvus resource. Whether it could is nothing that a run depends on.
    pub async fn announce(&self, milvus: &Resource, announcement: &Announcement) {
        let kind = Kind::of("events.k8s.io", "v1", "Event", "events");
        let event = event(milvus, announcement, Timestamp::now());
        let _ = self.create(&kind, &milvus.namespace, &event, WRITING).await;
    }
}

fn event(milvus: &Resource, announcement: &Announcement, now: Timestamp) -> Value {
    let Announcement { reason, action, note, is_warning, host } = announcement;
    let note: String = note
        .chars()
        .scan(0, |size, letter| {
            *size += letter.len_utf8();
            (*size <= LONGEST_NOTE).then_some(letter)
        })
        .collect();
    json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {
            "name": format!("{}.{:x}", milvus.name.chars().take(200).collect::<String>(), now.as_nanosecond()),
            "namespace": milvus.namespace,
        },
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
        "type": if *is_warning { "Warning" } else { "Normal" },
        "reason": reason,
        "action": action,
        "note": note,
        "reportingController": "kubectl-milvus",
        "reportingInstance": if host.is_empty() { "unknown" } else { host },
        "regarding": {
            "apiVersion": "milvus.io/v1beta1",
            "kind": "Milvus",
            "name": milvus.name,
            "namespace": milvus.namespace,
            "uid": milvus.uid,
        },
    })
}
