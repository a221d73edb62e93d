//! What is left of a release on the cluster, without what differs from one time or namespace to the next.

use std::collections::BTreeMap;
use std::io::Read;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::testbed::namespace::Namespace;
use crate::testbed::sure;

/// Where the chart puts objects: group and version, collection.
const COLLECTIONS: [(&str, &str); 7] = [
    ("v1", "configmaps"),
    ("v1", "secrets"),
    ("v1", "services"),
    ("v1", "serviceaccounts"),
    ("apps/v1", "deployments"),
    ("apps/v1", "statefulsets"),
    ("batch/v1", "jobs"),
];

/// Everything that a release left behind: each object and each record by its name.
pub(super) fn of(namespace: &Namespace) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (group, collection) in COLLECTIONS {
        for mut object in namespace.list(group, collection) {
            let name = format!("{collection}/{}", object["metadata"]["name"].as_str().unwrap_or_default());
            if name.starts_with("secrets/sh.helm.release") {
                object["data"]["release"] = record(&object);
            }
            if name.starts_with("configmaps/sh.helm.release") {
                object["data"]["release"] = unpacked(object["data"]["release"].as_str().unwrap_or_default());
            }
            all.insert(name, neutral(&object, namespace.name()));
        }
    }
    // Only the chart with a kind of its own has these.
    let plural = format!("twins{}", namespace.name().replace('-', ""));
    let twins = sure(namespace.testbed.client().find(&namespace.path("example.org/v1", &plural)));
    for object in twins.iter().filter_map(|list| list["items"].as_array()).flatten() {
        all.insert("twin".to_owned(), neutral(object, namespace.name()));
    }
    all
}

/// The records of a namespace by the names of their Secrets, as they are.
pub(super) fn records(namespace: &Namespace) -> Vec<(String, Value)> {
    let secrets = namespace.list("v1", "secrets?labelSelector=owner=helm");
    let named = |secret: &Value| (secret["metadata"]["name"].as_str().unwrap_or_default().to_owned(), record(secret));
    secrets.iter().map(named).collect()
}

/// The record in a Secret.
fn record(secret: &Value) -> Value {
    let data = STANDARD.decode(secret["data"]["release"].as_str().unwrap_or_default()).expect("base64");
    unpacked(&String::from_utf8(data).expect("a text"))
}

fn unpacked(data: &str) -> Value {
    let packed = STANDARD.decode(data).expect("base64");
    let mut text = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut text).expect("a compressed text");
    serde_json::from_str(&text).expect("JSON")
}

/// Without times, identities and the name of the namespace.
fn neutral(object: &Value, namespace: &str) -> Value {
    let text = object.to_string().replace(&namespace.replace('-', ""), "NAMESPACE").replace(namespace, "NAMESPACE");
    let mut object = serde_json::from_str(&text).expect("JSON");
    scrub(&mut object);
    object
}

/// Fields that no two clusters or moments share. Whether they are there counts, not what they are.
const PASSING: [&str; 16] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "time",
    "clusterIP",
    "clusterIPs",
    "createdAt",
    "modifiedAt",
    "first_deployed",
    "last_deployed",
    "started_at",
    "completed_at",
    "batch.kubernetes.io/controller-uid",
    "controller-uid",
    "checksum/config",
    // Of two changes that come at once the controller counts one.
    "deployment.kubernetes.io/revision",
];

fn scrub(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("status");
            for (name, value) in fields.iter_mut() {
                if PASSING.contains(&name.as_str()) && !value.is_object() && value != "" {
                    *value = "PASSING".into();
                }
                scrub(value);
            }
            // Owned or not, as the second in which a record is written again is another or not.
            fields.remove("f:modifiedAt");
            if let Some(Value::Array(managers)) = fields.get_mut("managedFields") {
                // Controllers write when they please. What keeps records goes by Helm's user agent.
                managers.retain(|manager| manager["manager"] == "helm" || manager["manager"] == "Helm");
            }
            fields.sort_keys();
        }
        Value::Array(items) => items.iter_mut().for_each(scrub),
        _ => {}
    }
}

/// How often an object was changed on the way does not count.
pub(super) fn without_count(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("generation");
            fields.values_mut().for_each(without_count);
        }
        Value::Array(items) => items.iter_mut().for_each(without_count),
        _ => {}
    }
}

/// What differs, a line for each place.
pub(super) fn differences(expected: &BTreeMap<String, Value>, found: &BTreeMap<String, Value>) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let mut lines = vec![];
    for name in names {
        let (one, other) = (expected.get(name).unwrap_or(&Value::Null), found.get(name).unwrap_or(&Value::Null));
        compare(name, one, other, &mut lines);
    }
    lines
}

/// The same of two documents.
pub(super) fn differences_of(expected: &Value, found: &Value) -> Vec<String> {
    let mut lines = vec![];
    compare("", expected, found, &mut lines);
    lines
}

fn compare(path: &str, expected: &Value, found: &Value, lines: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(one), Value::Object(other)) => {
            let names: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for name in names {
                let part = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
                compare(&format!("{path}.{name}"), &part(one), &part(other), lines);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{path}[{at}]"), one, other, lines);
            }
        }
        _ if expected == found => {}
        (Value::String(one), Value::String(other)) if one.lines().count() > 1 => {
            let (here, there): (Vec<_>, Vec<_>) = (other.lines().collect(), one.lines().collect());
            let only = |from: &[&str], to: &[&str]| {
                from.iter().filter(|line| !to.contains(line)).map(|line| (*line).to_owned()).collect::<Vec<_>>()
            };
            lines.push(format!("{path}: helm {:?}, here {:?}", only(&there, &here), only(&here, &there)));
        }
        _ => lines.push(format!("{path}: helm {expected}, here {found}")),
    }
}
