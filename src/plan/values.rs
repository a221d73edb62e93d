//! What other values make of a release: which of them become others and why, and what of it is felt.

use std::collections::BTreeMap;

use semver::Version;
use serde_json::{Value, json};

use super::{Change, merge::merge};
use crate::{
    knowledge::Knowledge,
    milvus::Mode,
    snapshot::{MASK, Release, names_a_secret},
};

/// As much of a value as is shown.
const LONGEST: usize = 60;

/// The values of a release.
#[derive(Clone, Debug)]
pub struct Values {
    /// What the user says.
    pub given: Value,
    /// The same over the defaults of the chart.
    pub effective: Value,
}

impl Values {
    /// As far as a release tells them, whose record is not at hand.
    pub fn of(release: &Release) -> Self {
        let tree = |keys: &mut dyn Iterator<Item = (&String, &Value)>| {
            let mut tree = json!({});
            for (key, value) in keys {
                merge(&mut tree, &key.rsplit('.').fold(value.clone(), |inner, part| json!({part: inner})));
            }
            tree
        };
        let given = &mut release.settings.iter().filter(|(key, _)| release.is_given(key));
        Self { given: tree(given), effective: tree(&mut release.settings.iter()) }
    }
}

/// A value that becomes another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueChange {
    /// Where it is, with dots between its parts.
    pub path: String,
    /// What it was; nothing where it comes. Without what may be secret.
    pub old: Option<String>,
    /// What it becomes; nothing where it goes.
    pub new: Option<String>,
    /// Why.
    pub cause: Cause,
}

/// Why a value becomes another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The file says so.
    Asked,
    /// It was set, and the file does not say it.
    Forgotten,
    /// The new chart has another default.
    Default,
}

/// The values that differ, in order.
pub fn value_changes(before: &Values, after: &Values) -> Vec<ValueChange> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    leaves(&mut vec![], &before.effective, &mut old);
    leaves(&mut vec![], &after.effective, &mut new);
    let mut paths: Vec<&Vec<String>> = old.keys().chain(new.keys()).collect();
    paths.sort();
    paths.dedup();
    let differing = paths.into_iter().filter(|path| old.get(*path) != new.get(*path));
    let change = |path: &Vec<String>| {
        let cause = match (says(&after.given, path), says(&before.given, path)) {
            (true, _) => Cause::Asked,
            (false, true) => Cause::Forgotten,
            (false, false) => Cause::Default,
        };
        let told = |value: Option<&&Value>| value.map(|value| shown(path, value));
        ValueChange { path: path.join("."), old: told(old.get(path)), new: told(new.get(path)), cause }
    };
    differing.map(change).collect()
}

impl ValueChange {
    /// `path: old -> new`.
    pub fn line(&self) -> String {
        format!("{}: {}", self.path, self.change("").how)
    }

    fn change(&self, why: &str) -> Change {
        let change = Change::between(&self.path, self.old.clone(), self.new.clone(), why);
        // Two texts that are shown alike are not the same.
        if self.old == self.new { change.said("another one") } else { change }
    }
}

/// What becomes of the release, for people; without one before, what the values make.
pub fn values_changes(
    before: Option<&Release>,
    after: &Release,
    values: &[ValueChange],
    knowledge: &Knowledge,
) -> Vec<Change> {
    let facts = |release: &Release| {
        let text = |it: Option<String>| it.unwrap_or_else(|| "none".to_owned());
        let queue = text(release.message_queue().map(|queue| queue.to_string()));
        [
            ("image", text(release.image().map(|image| image.to_string()))),
            ("chart", release.chart.to_string()),
            ("mode", release.mode().to_string()),
            ("message queue", release.queue_switch().map_or_else(|| queue.clone(), |key| format!("{queue} ({key})"))),
        ]
    };
    let Some(before) = before else {
        let parts = after.components().iter().map(|component| component.label()).collect::<Vec<_>>().join(", ");
        let parts = Change::new("components", parts, "");
        let parts = (after.mode() == Mode::Cluster).then_some(parts);
        return facts(after).map(|(what, how)| Change::new(what, how, "")).into_iter().chain(parts).collect();
    };
    let mut changes = vec![];
    for ((what, old), (_, new)) in facts(before).into_iter().zip(facts(after)) {
        if old != new || what == "message queue" {
            let why = if old == new { "stays" } else { "" };
            changes.push(Change::between(what, Some(old), Some(new), why));
        }
        if what == "chart" {
            changes.extend(chart_dependencies(after, &before.chart, &after.chart, knowledge));
        }
    }
    if before.mode() == Mode::Cluster && after.mode() == Mode::Cluster {
        let (old, new) = (before.components(), after.components());
        let coming = new.iter().filter(|component| !old.contains(component));
        changes.extend(coming.map(|it| Change::between(it.label(), None, Some("running".into()), "").said("new")));
        let going = old.iter().filter(|component| !new.contains(component));
        changes.extend(going.map(|it| Change::between(it.label(), Some("running".into()), None, "")));
    }
    let flips: Vec<&str> = knowledge.flips(&before.chart, &after.chart).map(|flip| flip.key.as_str()).collect();
    let mut defaults = 0;
    for value in values.iter().filter(|value| !["image.all.tag", "image.all.repository"].contains(&value.path.as_str()))
    {
        match value.cause {
            Cause::Asked => changes.push(value.change("")),
            Cause::Forgotten => changes.push(value.change("was set, and the file does not say it")),
            Cause::Default if flips.contains(&value.path.as_str()) => changes.push(value.change("the chart's default")),
            Cause::Default => defaults += 1,
        }
    }
    if defaults > 0 {
        changes.push(Change::new("other defaults", format!("{defaults} become others"), "by the chart"));
    }
    changes
}

/// Charts in the chart that are others in the new one: their pods restart.
pub(super) fn chart_dependencies(
    release: &Release,
    before: &Version,
    after: &Version,
    knowledge: &Knowledge,
) -> Vec<Change> {
    let (Some(old), Some(new)) = (knowledge.chart(before), knowledge.chart(after)) else { return vec![] };
    let charts = [("etcd", &old.etcd, &new.etcd), ("minio", &old.minio, &new.minio)];
    let is_on = |name: &str| release.is_on(&format!("{name}.enabled"));
    let charts = charts.into_iter().filter_map(|(name, old, new)| {
        let (old, new) = (old.as_ref()?, new.as_ref()?);
        let moved = old != new && is_on(name);
        let what = format!("{name} chart");
        moved.then(|| Change::between(what, Some(old.to_string()), Some(new.to_string()), "its pods restart"))
    });
    let images = knowledge.moved_images(before, after).into_iter().filter(|(of, ..)| is_on(of));
    let images = images.map(|(of, old, new)| {
        // Where the repository stays, the tags say it.
        let how = match (old.rsplit_once(':'), new.rsplit_once(':')) {
            (Some((one, old)), Some((other, new))) if one == other => format!("{old} -> {new}"),
            _ => format!("{old} -> {new}"),
        };
        let why = "its pods restart, unless the values set another";
        Change::between(format!("{of} image"), Some(old), Some(new), why).said(how)
    });
    charts.chain(images).collect()
}

/// Everything that has no keys of its own, by the keys that lead to it.
fn leaves<'a>(path: &mut Vec<String>, value: &'a Value, found: &mut BTreeMap<Vec<String>, &'a Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, field) in fields {
                path.push(key.clone());
                leaves(path, field, found);
                path.pop();
            }
        }
        leaf => {
            found.insert(path.clone(), leaf);
        }
    }
}

/// Whether somebody says a value, or takes it away with all around it.
fn says(given: &Value, path: &[String]) -> bool {
    let mut here = given;
    for key in path {
        match here {
            Value::Object(fields) => match fields.get(key) {
                Some(field) => here = field,
                None => return false,
            },
            _ => return true,
        }
    }
    true
}

/// A value as it is told: what may be secret is not in it.
fn shown(path: &[String], value: &Value) -> String {
    let is_secret = path.last().is_some_and(|key| names_a_secret(key));
    match value {
        Value::String(text) if text.lines().count() > 1 || path.len() > 1 && path[0] == "extraConfigFiles" => {
            format!("{} lines", text.lines().count())
        }
        Value::String(text) if is_secret || text.contains("://") && text.contains('@') => MASK.to_owned(),
        Value::Number(_) if is_secret => MASK.to_owned(),
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.chars().take(LONGEST).collect(),
        // Lists hold anything, variables of the environment among it.
        Value::Array(items) if items.len() == 1 => "1 item".to_owned(),
        Value::Array(items) => format!("{} items", items.len()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Cause, Values, value_changes, values_changes};
    use crate::{knowledge::Knowledge, snapshot::sample};

    fn values(given: &Value, effective: &Value) -> Values {
        Values { given: given.clone(), effective: effective.clone() }
    }

    #[test]
    fn each_value_that_differs_has_its_cause_and_no_secret() {
        let before = values(
            &json!({"queryNode": {"replicas": 3}, "minio": {"secretKey": "planted"}, "log": {"level": "debug"}}),
            &json!({"queryNode": {"replicas": 3}, "minio": {"secretKey": "planted"}, "log": {"level": "debug"},
                "same": 1, "streaming": {"enabled": false}, "extraEnv": [{"name": "A", "value": "planted"}]}),
        );
        let after = values(
            &json!({"queryNode": {"replicas": 5}, "extraEnv": [], "same": 1}),
            &json!({"queryNode": {"replicas": 5}, "minio": {"secretKey": "planted-too"}, "log": {"level": "info"},
                "same": 1, "streaming": {"enabled": true}, "extraEnv": []}),
        );
        let changes = value_changes(&before, &after);
        let told: Vec<String> = changes.iter().map(|it| format!("{} {:?}", it.line(), it.cause)).collect();
        assert_eq!(
            told,
            [
                "extraEnv: 1 item -> 0 items Asked",
                "log.level: debug -> info Forgotten",
                "minio.secretKey: another one Forgotten",
                "queryNode.replicas: 3 -> 5 Asked",
                "streaming.enabled: false -> true Default",
            ]
        );
        assert!(!format!("{changes:?}").contains("planted"));
        assert!(value_changes(&before, &before).is_empty());
    }

    #[test]
    fn what_comes_and_goes_is_told_first_and_other_defaults_are_counted() {
        let release = |chart: &str, settings: &Value| sample::release(chart, settings).release.expect("a release");
        let old = json!({"cluster.enabled": true, "pulsar.enabled": true, "image.all.tag": "v2.5.16", "indexNode.enabled": true});
        let new = json!({"cluster.enabled": true, "pulsarv3.enabled": true, "image.all.tag": "v2.6.22", "streaming.enabled": true,
            "indexNode.enabled": false, "mixCoordinator.enabled": true});
        let (before, after) = (release("4.2.58", &old), release("5.0.22", &new));
        let value =
            |path: &str, cause| super::ValueChange { path: path.into(), old: Some("1".into()), new: None, cause };
        let values = [value("a", Cause::Default), value("b", Cause::Default), value("c", Cause::Forgotten)];
        let changes = values_changes(Some(&before), &after, &values, Knowledge::builtin());
        let told: Vec<String> = changes.iter().map(|it| format!("{}: {} {}", it.what, it.how, it.why)).collect();
        let told = told.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(told, @"
        image: milvusdb/milvus:v2.5.16 -> milvusdb/milvus:v2.6.22
        chart: 4.2.58 -> 5.0.22
        message queue: pulsar (pulsar.enabled) -> pulsar (pulsarv3.enabled)
        streamingnode: new
        mixcoord: new
        indexnode: removed
        c: removed was set, and the file does not say it
        other defaults: 2 become others by the chart
        ");
        let alone = values_changes(None, &after, &[], Knowledge::builtin());
        let told: Vec<String> = alone.iter().map(|it| format!("{}: {}", it.what, it.how)).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        image: milvusdb/milvus:v2.6.22
        chart: 5.0.22
        mode: cluster
        message queue: pulsar (pulsarv3.enabled)
        components: streamingnode, mixcoord, querynode, datanode, proxy
        ");
    }
}
