//! The rows of what changes: one for each thing that people ask about, before and after.

use serde_json::Value;

use super::{Change, draft::Draft, effective::Effective};
use crate::{
    check::Direction,
    milvus::{Component, MessageQueue},
    snapshot::Resource,
};

/// What a row says of what is the same afterwards.
const STAYS: &str = "stays";

/// What is compared besides image and components: what people call it, and how it is read off a resource.
type Reading = (&'static str, fn(&Resource) -> Option<String>);
const READINGS: [Reading; 11] = [
    ("mode", |milvus| Some(milvus.mode().to_string())),
    ("update mode", |milvus| text(milvus, "/components/imageUpdateMode")),
    ("streaming mode", |milvus| milvus.spec.pointer("/components/streamingMode").map(Value::to_string)),
    ("etcd", |milvus| Some(dependency(milvus, "etcd"))),
    ("root path of etcd", |milvus| text(milvus, "/config/etcd/rootPath").or_else(|| Some(milvus.name.clone()))),
    ("object storage", storage),
    ("bucket", |milvus| text(milvus, "/config/minio/bucketName").or_else(|| Some(milvus.name.clone()))),
    ("root path of files", |milvus| text(milvus, "/config/minio/rootPath").or_else(|| Some("files".to_owned()))),
    ("messages kept", messages),
    ("channel prefix", |milvus| {
        text(milvus, "/config/msgChannel/chanNamePrefix/cluster").or_else(|| Some(milvus.name.clone()))
    }),
    ("volume claims", claims),
];

impl Draft<'_> {
    /// Everything that was compared, what differs first.
    pub(super) fn changes(&self, effective: &Effective) -> Vec<Change> {
        let Effective { before, after, .. } = effective;
        let mut changes: Vec<Change> = self.image().into_iter().collect();
        changes.extend(self.components(before, after));
        changes.push(self.queue(before, after));
        changes.extend(READINGS.iter().filter_map(|(what, read)| compared(what, read(before), read(after))));
        changes.push(self.tool(after));
        changes.sort_by_key(Change::is_same);
        // The queue is what people look for, so it is told right behind what changes.
        if let (Some(queue), Some(first)) =
            (changes.iter().position(is_queue), changes.iter().position(Change::is_same))
            && queue > first
        {
            changes[first..=queue].rotate_right(1);
        }
        changes
    }

    fn image(&self) -> Option<Change> {
        let old = self.snapshot.milvus.image();
        let new = &self.target.image;
        let running = self.goal.arriving.len();
        let why = format!("{running} component{}", if running == 1 { "" } else { "s" });
        let same = old.as_ref().is_some_and(|image| image.repository() == new.repository());
        let word = match new.tag() {
            Some(tag) if same => tag.to_owned(),
            _ => new.to_string(),
        };
        let old = old.map_or_else(|| "none".to_owned(), |image| image.to_string());
        let how = format!("{old} -> {word}");
        (old != new.to_string()).then(|| Change::between("image", Some(old), Some(new.to_string()), why).said(how))
    }

    /// What comes and goes, and how many there are of the rest.
    fn components(&self, before: &Resource, after: &Resource) -> Vec<Change> {
        let line = self.target.version.line();
        let asked = |milvus: &Resource, component| milvus.replicas(component).filter(|replicas| *replicas != 0);
        let (mut changes, mut staying) = (vec![], vec![]);
        for component in Component::ALL {
            let (old, new) = (asked(before, component), asked(after, component));
            let is_there = old.is_some() || self.runs(component);
            match (is_there, new) {
                (_, Some(new)) if !self.runs(component) && self.goal.arriving.contains(&component) => {
                    let why = if self.target.direction == Direction::Join {
                        "takes over from four".to_owned()
                    } else {
                        format!("required by {line}")
                    };
                    changes.push(Change::between(component.label(), None, Some(replicas(new)), why));
                }
                (false, Some(new)) => {
                    let why = "the operator adds it where nobody says 0";
                    changes.push(Change::between(component.label(), None, Some(replicas(new)), why));
                }
                (true, None) => {
                    let why = match component {
                        Component::StreamingNode => format!("{line} has none"),
                        Component::IndexNode => "its work moves to datanode".to_owned(),
                        _ if Component::SEPARATE_COORDINATORS.contains(&component) => {
                            "its work moves to mixcoord".to_owned()
                        }
                        _ => String::new(),
                    };
                    let old = old.map_or_else(|| "running".to_owned(), replicas);
                    changes.push(Change::between(component.label(), Some(old), None, why));
                }
                (true, Some(new)) if old == Some(new) || old.is_none() => {
                    staying.push(format!("{} {new}", component.label()));
                }
                (true, Some(new)) => {
                    changes.push(Change::between(component.label(), old.map(replicas), Some(replicas(new)), ""));
                }
                (false, None) => {}
            }
        }
        changes.extend(compared("replicas", Some(staying.join(", ")), Some(staying.join(", "))));
        changes
    }

    /// The message queue, and whether it is written down because its default would turn around.
    fn queue(&self, before: &Resource, after: &Resource) -> Change {
        let word = |milvus: &Resource| milvus.message_queue().map(|queue| queue.to_string());
        let is_named = self.snapshot.milvus.message_queue().is_some();
        let default = self.knowledge.default_queue(self.mode(), &self.target.version);
        let flips = default.filter(|row| !is_named && Some(&row.queue) != after.message_queue().as_ref());
        let why = match flips {
            Some(row) => format!("stays, and is written down: {} would be chosen else", row.queue),
            None => STAYS.to_owned(),
        };
        let why = if word(before) == word(after) { why } else { String::new() };
        Change::between(QUEUE, word(before), word(after), why)
    }

    /// The init container of every pod, which is the operator's: an operator puts its own image there where it makes a
    /// pod template anew, and over an old one where `updateToolImage` says so (operator 1.3.7,
    /// `pkg/controllers/deployment_updater.go`, `updateInitContainers`).
    fn tool(&self, after: &Resource) -> Change {
        const WHAT: &str = "init container config";
        let operator = self.snapshot.operator().map(|operator| operator.image.clone());
        let new = text(after, "/components/toolImage").or(operator);
        let running = self.snapshot.workload.deployments().iter().filter(|found| !found.is_idle());
        let mut old: Vec<&str> =
            running.map(|found| found.config_image.as_str()).filter(|image| !image.is_empty()).collect();
        old.sort_unstable();
        old.dedup();
        let old = (!old.is_empty()).then(|| old.join(", "));
        let follows = after.spec.pointer("/components/updateToolImage") == Some(&Value::Bool(true));
        match (old, new) {
            (Some(old), Some(new)) if follows && old != new => {
                Change::between(WHAT, Some(old), Some(new), "updateToolImage is true")
            }
            (Some(old), _) => Change::between(WHAT, Some(old.clone()), Some(old), STAYS),
            (None, _) => Change::between(WHAT, Some("as it is".into()), Some("as it is".into()), STAYS),
        }
    }
}

const QUEUE: &str = "message queue";

fn is_queue(change: &Change) -> bool {
    change.what == QUEUE
}

/// A row, where either side says anything.
fn compared(what: &str, old: Option<String>, new: Option<String>) -> Option<Change> {
    let said = |side: &Option<String>| side.as_ref().is_some_and(|text| !text.is_empty());
    let why = if old == new { STAYS } else { "" };
    (said(&old) || said(&new)).then(|| Change::between(what, old, new, why))
}

fn replicas(count: i64) -> String {
    match count {
        1 => "1 replica".to_owned(),
        count if count < 0 => "as many as an autoscaler wants".to_owned(),
        count => format!("{count} replicas"),
    }
}

fn text(milvus: &Resource, pointer: &str) -> Option<String> {
    milvus.spec.pointer(pointer)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Who runs a dependency, and of which generation its chart is.
fn dependency(milvus: &Resource, part: &str) -> String {
    if milvus.is_external(part) {
        let at = |field: &str| milvus.spec.pointer(&format!("/dependencies/{part}/{field}"));
        let many = at("endpoints").or_else(|| at("brokerList")).and_then(Value::as_array);
        let all: Vec<&str> = many.into_iter().flatten().chain(at("endpoint")).filter_map(Value::as_str).collect();
        return format!("external {}", all.join(", ")).trim_end().to_owned();
    }
    // An existing resource that names no generation of Pulsar keeps the second (milvus.md §1.2).
    let generation = text(milvus, &format!("/dependencies/{part}/inCluster/chartVersion"))
        .or_else(|| (part == "pulsar").then(|| "pulsar-v2".to_owned()));
    format!("in the cluster{}", generation.map(|of| format!(", {of}")).unwrap_or_default())
}

fn storage(milvus: &Resource) -> Option<String> {
    let kind = text(milvus, "/dependencies/storage/type")?;
    Some(format!("{kind}, {}", dependency(milvus, "storage")))
}

/// Where the message queue keeps what it has.
fn messages(milvus: &Resource) -> Option<String> {
    let queue = milvus.message_queue()?;
    Some(match queue {
        MessageQueue::Pulsar => dependency(milvus, "pulsar"),
        MessageQueue::Kafka => dependency(milvus, "kafka"),
        MessageQueue::Woodpecker => "in the object storage".to_owned(),
        MessageQueue::Rocksmq | MessageQueue::Natsmq => {
            let place = format!("/dependencies/{queue}/persistence/enabled");
            let on = milvus.spec.pointer(&place) == Some(&Value::Bool(true));
            if on { "on a volume of the pod" } else { "in the pod alone" }.to_owned()
        }
        _ => return None,
    })
}

/// What becomes of the claims of dependencies in the cluster once the resource is deleted.
fn claims(milvus: &Resource) -> Option<String> {
    let parts = ["etcd", "storage", "pulsar", "kafka"].into_iter().filter(|part| !milvus.is_external(part));
    let told = parts.filter_map(|part| {
        let place = |field: &str| format!("/dependencies/{part}/inCluster/{field}");
        let policy = text(milvus, &place("deletionPolicy"))?;
        let goes = milvus.spec.pointer(&place("pvcDeletion")) == Some(&Value::Bool(true));
        Some(format!("{part} {policy}{}", if goes { " with its claims" } else { "" }))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(", "))
}
