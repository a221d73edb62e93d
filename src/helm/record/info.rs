//! `info` of a record: when and what became of it.

use serde_json::Value as Json;

use super::{
    Form, Object, Status, Time,
    fields::{Built, Fields},
};
use crate::helm::error::Result;

/// When a revision was made and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// When the release was installed.
    pub first_deployed: Option<Time>,
    /// When this revision was made.
    pub last_deployed: Option<Time>,
    /// When it was uninstalled.
    pub deleted: Option<Time>,
    /// One line for people: `Upgrade complete`, or why it failed.
    pub description: String,
    /// What became of it.
    pub status: Status,
    /// The revision that this one brought back, since Helm 4.3; 0 where it is no rollback.
    pub rollback_revision: i64,
    /// What the chart tells the user.
    pub notes: String,
    /// Objects that Helm found in the cluster, by version and kind; records that are stored have none.
    pub resources: Object,
    pub(super) other: Object,
}

impl Info {
    pub(super) fn read(mut fields: Fields) -> Result<Self> {
        Ok(Self {
            first_deployed: fields.time("first_deployed")?,
            last_deployed: fields.time("last_deployed")?,
            deleted: fields.time("deleted")?,
            description: fields.text("description")?,
            status: Status::read(&fields.text("status")?),
            rollback_revision: fields.number("rollback_revision")?,
            notes: fields.text("notes")?,
            resources: fields.object("resources")?,
            other: fields.rest(),
        })
    }

    pub(super) fn write(&self, form: Form) -> Json {
        let mut built = Built::default();
        for (name, time) in [
            ("first_deployed", &self.first_deployed),
            ("last_deployed", &self.last_deployed),
            ("deleted", &self.deleted),
        ] {
            form.time(&mut built, name, time.as_ref());
        }
        built.unless_empty("description", self.description.as_str());
        built.unless_empty("status", self.status.as_str());
        if form == Form::Four {
            built.unless_empty("rollback_revision", self.rollback_revision);
        }
        built.unless_empty("notes", self.notes.as_str());
        built.unless_empty("resources", self.resources.clone());
        built.and(&self.other)
    }
}
