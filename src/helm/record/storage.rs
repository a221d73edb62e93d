//! The objects that hold records: names, labels and data, in Secrets or `ConfigMaps`.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{Record, Status, fields::Object};
use crate::helm::error::{Error, Result};

/// The type of a Secret that holds a record.
const SECRET_TYPE: &str = "helm.sh/release.v1";

/// What the names of these objects begin with.
const PREFIX: &str = "sh.helm.release.v1";

/// Labels that are Helm's own.
const SYSTEM_LABELS: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// Where records are kept: `HELM_DRIVER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Driver {
    /// In Secrets.
    #[default]
    Secret,
    /// In `ConfigMaps`.
    ConfigMap,
}

/// The moment at which a record is written, which one of its labels tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// It is new.
    Created(Timestamp),
    /// It replaces what is there.
    Modified(Timestamp),
}

/// What is kept of a record, whatever kind of object holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The object's name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The text of the record.
    pub data: String,
}

/// What the labels of an object say of the record in it. Helm finds records by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The release.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The revision.
    pub version: i64,
    /// What became of it. The record itself may say something else after an accident; Helm then believes the record.
    pub status: Status,
    /// When the record was last written, as far as labels tell; Helm lets this grow stale.
    pub written_at: Option<Timestamp>,
    /// When the object was made, by the server's word.
    pub created_at: Option<Timestamp>,
}

/// The name of the object that holds a revision.
pub fn key(name: &str, version: i64) -> String {
    format!("{PREFIX}.{name}.v{version}")
}

impl Record {
    /// What is kept of this record.
    ///
    /// # Errors
    ///
    /// Where it is too large, and where a label of the user is one of Helm's own.
    pub fn store(&self, stamp: Stamp) -> Result<Stored> {
        if let Some(label) = self.labels.keys().find(|label| SYSTEM_LABELS.contains(&label.as_str())) {
            return Err(Error::new(format!("the label `{label}` is Helm's own and cannot be given to a release")));
        }
        let (name, at) = match stamp {
            Stamp::Created(at) => ("createdAt", at),
            Stamp::Modified(at) => ("modifiedAt", at),
        };
        let mut labels = self.labels.clone();
        labels.insert(name.to_owned(), at.as_second().to_string());
        labels.insert("name".to_owned(), self.name.clone());
        labels.insert("owner".to_owned(), "helm".to_owned());
        labels.insert("status".to_owned(), self.info.status.to_string());
        labels.insert("version".to_owned(), self.version.to_string());
        Ok(Stored { name: key(&self.name, self.version), labels, data: self.encode()? })
    }
}

impl Driver {
    /// Reads `HELM_DRIVER`, empty or not.
    pub fn read(text: &str) -> Result<Self> {
        match text {
            "" | "secret" | "secrets" => Ok(Self::Secret),
            "configmap" | "configmaps" => Ok(Self::ConfigMap),
            "sql" => Err(Error::new(
                "HELM_DRIVER=sql keeps releases in a database, which this program does not read; \
                 releases that are kept there need helm itself",
            )),
            "memory" => {
                Err(Error::new("HELM_DRIVER=memory keeps no releases; unset it, or set `secret` or `configmap`"))
            }
            other => Err(Error::new(format!("HELM_DRIVER={other} is unknown; it can be `secret` or `configmap`"))),
        }
    }

    /// The kind of the objects.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }

    /// The selector that finds all records of a release.
    pub fn selector(name: &str) -> String {
        format!("name={name},owner=helm")
    }

    /// The whole object for what is kept of a record.
    pub fn object(self, stored: &Stored, namespace: &str) -> Json {
        let metadata = json!({ "name": stored.name, "namespace": namespace, "labels": stored.labels });
        match self {
            Self::Secret => json!({
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": metadata,
                "type": SECRET_TYPE,
                "data": { "release": STANDARD.encode(&stored.data) },
            }),
            Self::ConfigMap => json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": metadata,
                "data": { "release": stored.data },
            }),
        }
    }

    /// Reads the record that an object holds, with the labels of its user.
    pub fn record(self, object: &Json) -> Result<Record> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let read = || {
            let data = object["data"]["release"].as_str().ok_or_else(|| Error::new("it has no data `release`"))?;
            let mut record = match self {
                Self::ConfigMap => Record::decode(data)?,
                Self::Secret => {
                    let text = STANDARD.decode(data).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                    Record::decode(&text.ok_or_else(|| Error::new("its data is no base64"))?)?
                }
            };
            record.labels = labels(object).filter(|(name, _)| !SYSTEM_LABELS.contains(&name.as_str())).collect();
            Ok(record)
        };
        read().map_err(|error: Error| {
            error.during(format!("{} `{name}` holds no release record that can be read", self.kind()))
        })
    }
}

impl Head {
    /// Reads the labels of an object; `None` where they are not those of a record.
    pub fn read(object: &Json) -> Option<Self> {
        let labels: BTreeMap<String, String> = labels(object).collect();
        if labels.get("owner").map(String::as_str) != Some("helm") {
            return None;
        }
        let second = |name: &str| labels.get(name)?.parse().ok();
        let written = ["createdAt", "modifiedAt"].into_iter().filter_map(second).max();
        Some(Self {
            name: labels.get("name")?.clone(),
            namespace: object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned(),
            version: labels.get("version")?.parse().ok()?,
            status: Status::read(labels.get("status").map_or("", String::as_str)),
            created_at: object["metadata"]["creationTimestamp"].as_str().and_then(|time| time.parse().ok()),
            written_at: written.and_then(|second| Timestamp::from_second(second).ok()),
        })
    }
}

fn labels(object: &Json) -> impl Iterator<Item = (String, String)> {
    let labels: Option<&Object> = object["metadata"]["labels"].as_object();
    labels.into_iter().flatten().filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned())))
}
