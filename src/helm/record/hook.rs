//! Hooks as records keep them, with what became of their last run.

use serde_json::Value as Json;

use super::{
    Form, Object, Time,
    fields::{Built, Fields},
};
use crate::helm::{error::Result, json, manifest};

/// A hook of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// The object's name.
    pub name: String,
    /// The object's kind.
    pub kind: String,
    /// The path of the template it comes from.
    pub path: String,
    /// The object's text.
    pub manifest: String,
    /// When it runs, in the words of [`manifest::Event`]; records of old releases may have others.
    pub events: Vec<String>,
    /// Its last run.
    pub last_run: Run,
    /// Hooks of one event run from the lightest to the heaviest, those of one weight by name.
    pub weight: i64,
    /// When it is deleted: `before-hook-creation`, `hook-succeeded`, `hook-failed`.
    pub delete_policies: Vec<String>,
    /// When its logs are shown: `hook-succeeded`, `hook-failed`.
    pub output_log_policies: Vec<String>,
    /// What another version of Helm wrote.
    pub other: Object,
}

/// The last run of a hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// When it was created.
    pub started_at: Option<Time>,
    /// When it was done.
    pub completed_at: Option<Time>,
    /// `Unknown`, `Running`, `Succeeded`, `Failed`; empty where it never ran.
    pub phase: String,
    /// What another version of Helm wrote.
    pub other: Object,
}

impl From<&manifest::Hook> for Hook {
    fn from(hook: &manifest::Hook) -> Self {
        Self {
            name: hook.name.clone(),
            kind: hook.kind.clone(),
            path: hook.path.clone(),
            manifest: json::to_text(&hook.manifest),
            events: hook.events.iter().map(|event| event.as_str().to_owned()).collect(),
            weight: hook.weight,
            delete_policies: hook.delete_policies.clone(),
            output_log_policies: hook.output_log_policies.clone(),
            ..Self::default()
        }
    }
}

impl Hook {
    /// Whether it runs at an event.
    pub fn runs_at(&self, event: manifest::Event) -> bool {
        self.events.iter().any(|known| known == event.as_str())
    }

    /// Gives it the policy that Helm gives a hook without one before it runs it, and then keeps in the record.
    pub fn set_default_policy(&mut self) {
        if self.delete_policies.is_empty() {
            self.delete_policies.push("before-hook-creation".to_owned());
        }
    }

    pub(super) fn read(mut fields: Fields) -> Result<Self> {
        let mut run = fields.inner("last_run")?;
        Ok(Self {
            name: fields.text("name")?,
            kind: fields.text("kind")?,
            path: fields.text("path")?,
            manifest: fields.text("manifest")?,
            events: fields.texts("events")?,
            last_run: Run {
                started_at: run.time("started_at")?,
                completed_at: run.time("completed_at")?,
                phase: run.text("phase")?,
                other: run.rest(),
            },
            weight: fields.number("weight")?,
            delete_policies: fields.texts("delete_policies")?,
            output_log_policies: fields.texts("output_log_policies")?,
            other: fields.rest(),
        })
    }

    pub(super) fn write(&self, form: Form) -> Json {
        let mut built = Built::default();
        for (name, text) in
            [("name", &self.name), ("kind", &self.kind), ("path", &self.path), ("manifest", &self.manifest)]
        {
            built.unless_empty(name, text.as_str());
        }
        built.unless_empty("events", self.events.clone());
        built.always("last_run", self.last_run.write(form));
        built.unless_empty("weight", self.weight);
        built.unless_empty("delete_policies", self.delete_policies.clone());
        built.unless_empty("output_log_policies", self.output_log_policies.clone());
        built.and(&self.other)
    }
}

impl Run {
    fn write(&self, form: Form) -> Json {
        let mut built = Built::default();
        form.time(&mut built, "started_at", self.started_at.as_ref());
        form.time(&mut built, "completed_at", self.completed_at.as_ref());
        built.always("phase", self.phase.as_str());
        built.and(&self.other)
    }
}
