//! The charts that a chart wants, and the lock that pins them.

use std::{collections::BTreeMap, rc::Rc};

use super::metadata::{invalid, list_of_texts, map, sanitized};
use crate::helm::{
    constraint,
    decode::{self, Decode},
    error::{Error, Result},
    value::{Map, MapKind, Value},
};

/// A chart that a chart wants: an entry of `dependencies`.
#[derive(Clone, Debug, Default)]
pub struct Dependency {
    /// The name in that chart's `Chart.yaml`; its alias, once dependencies are processed.
    pub name: String,
    /// Which versions will do, a constraint.
    pub version: String,
    /// Where it is fetched from.
    pub repository: String,
    /// Paths of values, separated by commas: the first that is a boolean says whether it is enabled.
    pub condition: String,
    /// Names below `tags` in the values, which enable it where no condition speaks.
    pub tags: Vec<String>,
    /// Whether it is rendered; only true once dependencies are processed.
    pub enabled: bool,
    /// Which of its values the parent takes over: names below its `exports`, or maps of `child` and `parent`.
    pub import_values: Vec<Value>,
    /// The name it goes by here.
    pub alias: String,
}

/// `Chart.lock`, or `requirements.lock` of charts of version v1.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    /// When it was written, as RFC 3339 has it.
    pub generated: String,
    /// The digest of the dependencies it was made from.
    pub digest: String,
    /// The dependencies with their exact versions.
    pub dependencies: Vec<Dependency>,
}

impl Dependency {
    pub(super) fn validate(&mut self) -> Result<()> {
        for text in [&mut self.name, &mut self.version, &mut self.repository, &mut self.condition] {
            *text = sanitized(text);
        }
        for tag in &mut self.tags {
            *tag = sanitized(tag);
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !self.alias.bytes().all(allowed) {
            return Err(invalid(format!("dependency {:?} has disallowed characters in the alias", self.name)));
        }
        Ok(())
    }

    /// Whether a chart of this name and version is the one that is wanted.
    pub fn wants(&self, name: &str, version: &str) -> bool {
        self.name == name && constraint::matches(&self.version, version).unwrap_or(false)
    }

    pub(super) fn to_map(&self) -> Map {
        let fields = map(&[
            ("Name", &self.name),
            ("Version", &self.version),
            ("Repository", &self.repository),
            ("Condition", &self.condition),
            ("Alias", &self.alias),
        ]);
        fields.set("Tags", list_of_texts(&self.tags));
        fields.set("Enabled", self.enabled);
        fields.set("ImportValues", Value::list(self.import_values.clone()));
        fields
    }
}

/// A map of `child` and `parent`, which templates see in the place of every import.
pub fn import(child: &str, parent: &str) -> Value {
    let fields = BTreeMap::from([(Rc::from("child"), child.into()), (Rc::from("parent"), parent.into())]);
    Map::of_kind(MapKind::Strings, fields).into()
}

impl Decode for Dependency {
    const TYPE: &str = "v2.Dependency";

    fn field(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "name" => decode::text(&mut self.name, value, "Dependency.dependencies.name"),
            "version" => decode::text(&mut self.version, value, "Dependency.dependencies.version"),
            "repository" => decode::text(&mut self.repository, value, "Dependency.dependencies.repository"),
            "condition" => decode::text(&mut self.condition, value, "Dependency.dependencies.condition"),
            "tags" => decode::texts(&mut self.tags, value, "Dependency.dependencies.tags"),
            "enabled" => decode::boolean(&mut self.enabled, value, "Dependency.dependencies.enabled"),
            "import-values" => {
                let field = "Dependency.dependencies.import-values";
                self.import_values = decode::items(value, field, "[]interface {}")?;
                Ok(())
            }
            "alias" => decode::text(&mut self.alias, value, "Dependency.dependencies.alias"),
            _ => Ok(()),
        }
    }
}

impl Decode for Lock {
    const TYPE: &str = "v2.Lock";

    fn field(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "generated" => {
                decode::text(&mut self.generated, value, "Lock.generated")?;
                if !self.generated.is_empty() && self.generated.parse::<jiff::Timestamp>().is_err() {
                    return Err(Error::new(format!("parsing time {:?} as RFC 3339 failed", self.generated)));
                }
                Ok(())
            }
            "digest" => decode::text(&mut self.digest, value, "Lock.digest"),
            "dependencies" => decode::list(&mut self.dependencies, value, "Lock.dependencies"),
            _ => Ok(()),
        }
    }
}
