//! Release records: what Helm keeps of every revision of a release, in a Secret or `ConfigMap` each.
//!
//! Both Helm 3 and Helm 4 can continue what is written here. A record keeps the form of the Helm that wrote it, and
//! whatever of it is not known here.

mod chart;
mod encode;
mod fields;
mod hook;
mod info;
mod status;
mod storage;
mod succeed;
mod time;

#[cfg(test)]
mod record_test;

use std::collections::BTreeMap;

use serde_json::Value as Json;

pub use chart::StoredChart;
pub use encode::MAXIMUM_SIZE;
pub use fields::Object;
pub use hook::{Hook, Run};
pub use info::Info;
pub use status::Status;
pub use storage::{Driver, Head, Stamp, Stored, key};
pub use succeed::{Rollback, Upgrade, merged_labels};
pub use time::Time;

use super::error::Result;
use fields::{Built, Fields};

/// How a revision was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyMethod {
    /// `csa`: patches made by the client, and what all of Helm 3 does.
    ClientSide,
    /// `ssa`: applied by the server.
    ServerSide,
    /// A word that Helm 4.3.1 does not know; it takes it for client-side.
    Other(String),
}

/// Which Helm a record looks like it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Helm 3: empty text for times that are not set, no method of applying.
    Three,
    /// Helm 4: times that are not set are left out, the method is always named.
    Four,
}

/// A revision of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The release.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The revision.
    pub version: i64,
    /// When it was made and what became of it.
    pub info: Info,
    /// The chart, without the charts in it.
    pub chart: StoredChart,
    /// The user's values.
    pub config: Object,
    /// The rendered objects, without hooks.
    pub manifest: String,
    /// The hooks.
    pub hooks: Vec<Hook>,
    /// How it was applied; nothing in records of Helm 3.
    pub apply_method: Option<ApplyMethod>,
    /// Labels of the user; they are on the object that holds the record, not in it.
    pub labels: BTreeMap<String, String>,
    /// Which Helm it looks like it is from.
    pub form: Form,
    other: Object,
}

impl ApplyMethod {
    /// Helm's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ClientSide => "csa",
            Self::ServerSide => "ssa",
            Self::Other(text) => text,
        }
    }

    fn read(text: String) -> Option<Self> {
        match text.as_str() {
            "" => None,
            "csa" => Some(Self::ClientSide),
            "ssa" => Some(Self::ServerSide),
            _ => Some(Self::Other(text)),
        }
    }
}

impl Form {
    fn time(self, built: &mut Built, name: &str, time: Option<&Time>) {
        match (self, time) {
            (_, Some(time)) => built.always(name, time.as_str()),
            (Self::Three, None) => built.always(name, ""),
            (Self::Four, None) => {}
        }
    }
}

impl Record {
    /// Whether it was applied by the server, which is what an upgrade after it follows.
    pub fn is_server_side(&self) -> bool {
        self.apply_method == Some(ApplyMethod::ServerSide)
    }

    /// Reads a record from its JSON.
    pub fn from_json(json: Json) -> Result<Self> {
        let mut fields = Fields::of(json, "")?;
        let hooks = fields.items("hooks")?;
        let hooks = hooks.into_iter().map(|(path, hook)| Hook::read(Fields::of(hook, path)?));
        let hooks = hooks.collect::<Result<_>>()?;
        let info = Info::read(fields.inner("info")?)?;
        let chart = fields.inner("chart")?;
        let is_of_four = fields.has("apply_method") || chart.has("schemamodtime");
        Ok(Self {
            name: fields.text("name")?,
            namespace: fields.text("namespace")?,
            version: fields.number("version")?,
            info,
            chart: StoredChart::read(chart.rest())?,
            config: fields.object("config")?,
            manifest: fields.text("manifest")?,
            hooks,
            apply_method: ApplyMethod::read(fields.text("apply_method")?),
            labels: BTreeMap::new(),
            form: if is_of_four { Form::Four } else { Form::Three },
            other: fields.rest(),
        })
    }

    /// Its JSON, without the labels.
    pub fn to_json(&self) -> Json {
        let mut built = Built::default();
        built.unless_empty("name", self.name.as_str());
        built.always("info", self.info.write(self.form));
        built.unless_empty("chart", self.chart.object().clone());
        built.unless_empty("config", self.config.clone());
        built.unless_empty("manifest", self.manifest.as_str());
        built.unless_empty("hooks", self.hooks.iter().map(|hook| hook.write(self.form)).collect::<Vec<_>>());
        built.unless_empty("version", self.version);
        built.unless_empty("namespace", self.namespace.as_str());
        built.unless_empty("apply_method", self.apply_method.as_ref().map_or("", ApplyMethod::as_str));
        built.and(&self.other)
    }
}
