//! The record of the next revision, from those before it: for an upgrade and for a rollback.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{ApplyMethod, Form, Hook, Info, Object, Record, Status, StoredChart};
use crate::helm::{json, render::Rendered, value::Map};

/// What an upgrade makes its record from.
#[derive(Clone, Copy, Debug)]
pub struct Upgrade<'a> {
    /// The revision whose values and objects are the base: [`History::base`](crate::helm::history::History::base).
    pub current: &'a Record,
    /// The last revision, whatever became of it.
    pub last: &'a Record,
    /// The user's values, after those of the base were reused or not.
    pub config: &'a Map,
    /// What became of the chart.
    pub rendered: &'a Rendered,
    /// Whether the server applies it.
    pub is_server_side: bool,
    /// Now.
    pub now: Timestamp,
}

/// What a rollback makes its record from.
#[derive(Clone, Copy, Debug)]
pub struct Rollback<'a> {
    /// The last revision, whatever became of it.
    pub last: &'a Record,
    /// The revision that is brought back.
    pub target: &'a Record,
    /// Whether the server applies it; as the target was, unless somebody says otherwise.
    pub is_server_side: bool,
    /// Now.
    pub now: Timestamp,
}

impl Upgrade<'_> {
    /// The record that is written before anything is changed.
    pub fn record(&self) -> Record {
        let (form, apply_method) = applied(self.is_server_side, self.last.form);
        let mut hooks: Vec<Hook> = self.rendered.hooks.iter().map(Hook::from).collect();
        let manifest = match form {
            Form::Four => self.rendered.manifest(),
            Form::Three => {
                for hook in &mut hooks {
                    hook.manifest = hook.manifest.trim().to_owned();
                }
                self.rendered.trimmed_manifest()
            }
        };
        Record {
            name: self.last.name.clone(),
            namespace: self.current.namespace.clone(),
            version: self.last.version + 1,
            info: Info {
                first_deployed: self.current.info.first_deployed.clone(),
                last_deployed: Some(self.now.into()),
                description: "Preparing upgrade".to_owned(),
                status: Status::PendingUpgrade,
                notes: json::to_text(&self.rendered.notes),
                ..Info::default()
            },
            chart: StoredChart::new(&self.rendered.chart, form),
            config: json::to_object(self.config),
            manifest: json::to_text(&manifest),
            hooks,
            apply_method,
            labels: self.last.labels.clone(),
            form,
            other: Object::new(),
        }
    }
}

impl Rollback<'_> {
    /// The record that is written before anything is changed. Nothing is rendered again.
    pub fn record(&self) -> Record {
        let (form, apply_method) = applied(self.is_server_side, self.last.form);
        let target = self.target;
        Record {
            name: self.last.name.clone(),
            namespace: self.last.namespace.clone(),
            version: self.last.version + 1,
            info: Info {
                first_deployed: self.last.info.first_deployed.clone(),
                last_deployed: Some(self.now.into()),
                description: format!("Rollback to {}", target.version),
                status: Status::PendingRollback,
                rollback_revision: target.version,
                notes: target.info.notes.clone(),
                ..Info::default()
            },
            chart: target.chart.clone(),
            config: target.config.clone(),
            manifest: target.manifest.clone(),
            hooks: target.hooks.clone(),
            apply_method,
            labels: target.labels.clone(),
            form,
            other: Object::new(),
        }
    }
}

impl Record {
    /// Says what became of it.
    pub fn become_status(&mut self, status: Status, description: impl Into<String>) {
        self.info.status = status;
        self.info.description = description.into();
    }

    /// Says that a newer revision took its place; why it once was made stays told.
    pub fn supersede(&mut self) {
        self.info.status = Status::Superseded;
    }
}

impl Record {
    /// Whether it is a rollback that did not come to its end, failed or not: some objects may not have gone back yet.
    pub fn is_unfinished_rollback(&self) -> bool {
        !matches!(self.info.status, Status::Deployed | Status::Superseded)
            && self.info.description.starts_with("Rollback ")
    }
}

/// Only Helm 4 applies on the server. It names the method always; Helm 3 never does.
fn applied(is_server_side: bool, form: Form) -> (Form, Option<ApplyMethod>) {
    match (is_server_side, form) {
        (true, _) => (Form::Four, Some(ApplyMethod::ServerSide)),
        (false, Form::Four) => (form, Some(ApplyMethod::ClientSide)),
        (false, Form::Three) => (form, None),
    }
}

/// The labels of a release with those that a user gives; `null` takes one away.
pub fn merged_labels(known: &BTreeMap<String, String>, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut labels = known.clone();
    labels.extend(given.iter().map(|(name, text)| (name.clone(), text.clone())));
    labels.retain(|_, text| text != "null");
    labels
}
