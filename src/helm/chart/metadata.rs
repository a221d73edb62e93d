//! `Chart.yaml`: what a chart says of itself, checked as Helm checks it.

use std::{collections::BTreeMap, rc::Rc};

use super::dependency::Dependency;
use crate::helm::{
    constraint::Version,
    decode::{self, Decode},
    error::{Error, Result},
    value::{Map, MapKind, Value},
};

/// Who looks after a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintainer {
    /// A person or an organization.
    pub name: String,
    /// Where to write to.
    pub email: String,
    /// Where to read of them.
    pub url: String,
}

/// The type of a chart, where it says one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Can be installed; also what a chart without a type is.
    Application,
    /// Only lends its named templates to other charts.
    Library,
}

/// The fields of `Chart.yaml`, empty where they are not given.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// `v1`, `v2`; `v1` where it is not given, as in charts of Helm 2.
    pub api_version: String,
    /// The chart's name: the top of the paths of its templates, and the key of its values in its parent's.
    pub name: String,
    /// The chart's version.
    pub version: String,
    /// Which Kubernetes versions it takes, a constraint.
    pub kube_version: String,
    /// What it is in a sentence.
    pub description: String,
    /// `application`, `library` or nothing.
    pub kind: String,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Its page.
    pub home: String,
    /// Where its source is.
    pub sources: Vec<String>,
    /// The charts it wants, with those of `requirements.yaml`; `None` where nothing was said, or none of them is enabled.
    pub dependencies: Option<Vec<Dependency>>,
    /// Who looks after it.
    pub maintainers: Vec<Maintainer>,
    /// A picture.
    pub icon: String,
    /// The version of what it runs, any text.
    pub app_version: String,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Free text by name, in byte order; `None` where nothing is said of it, which is not the same as an empty list.
    pub annotations: Option<decode::Texts>,
    /// Of Helm 2; nothing looks at it.
    pub condition: String,
    /// Of Helm 2; nothing looks at it.
    pub tags: String,
}

impl Metadata {
    /// The chart's type.
    pub fn kind(&self) -> Kind {
        if self.kind.eq_ignore_ascii_case("library") { Kind::Library } else { Kind::Application }
    }

    /// Checks it as Helm does when it loads a chart, and makes what is printed of it printable.
    pub fn validate(&mut self) -> Result<()> {
        self.sanitize();
        if self.api_version.is_empty() {
            return Err(invalid("chart.metadata.apiVersion is required"));
        }
        match self.name.as_str() {
            "" => return Err(invalid("chart.metadata.name is required")),
            "." | ".." => return Err(invalid(format!("chart.metadata.name {:?} is not allowed", self.name))),
            name if name.contains('/') => {
                return Err(invalid(format!("chart.metadata.name {name:?} is invalid")));
            }
            _ => {}
        }
        if self.version.is_empty() {
            return Err(invalid("chart.metadata.version is required"));
        }
        if Version::new(&self.version).is_err() {
            return Err(invalid(format!("chart.metadata.version {:?} is invalid", self.version)));
        }
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            return Err(invalid("chart.metadata.type must be application or library"));
        }
        let mut taken: Vec<String> = vec![];
        for dependency in self.dependencies.iter_mut().flatten() {
            dependency.validate()?;
            let key = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
            if taken.contains(key) {
                return Err(invalid(format!("more than one dependency with name or alias {key:?}")));
            }
            taken.push(key.clone());
        }
        Ok(())
    }

    fn sanitize(&mut self) {
        for text in [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ] {
            *text = sanitized(text);
        }
        for text in self.sources.iter_mut().chain(&mut self.keywords) {
            *text = sanitized(text);
        }
        for maintainer in &mut self.maintainers {
            for text in [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url] {
                *text = sanitized(text);
            }
        }
    }

    /// `.Chart` of templates: since Helm 4.0 a map of Go's names of the fields. `.Chart.IsRoot` says whether this is the
    /// chart that is rendered, and not one it depends on.
    pub fn to_map(&self, is_root: bool) -> Map {
        let annotations = self.annotations.as_ref().map_or_else(
            || Map::nil(MapKind::Strings),
            |texts| {
                let texts = texts.iter().map(|(name, text)| (Rc::clone(name), text.as_str().into()));
                Map::of_kind(MapKind::Strings, texts.collect::<BTreeMap<_, _>>())
            },
        );
        let maintainers = self.maintainers.iter().map(|maintainer| {
            map(&[("Name", &maintainer.name), ("Email", &maintainer.email), ("URL", &maintainer.url)]).into()
        });
        let dependencies = self.dependencies.iter().flatten().map(|dependency| dependency.to_map().into());
        let fields = map(&[
            ("Name", &self.name),
            ("Home", &self.home),
            ("Version", &self.version),
            ("Description", &self.description),
            ("Icon", &self.icon),
            ("APIVersion", &self.api_version),
            ("Condition", &self.condition),
            ("Tags", &self.tags),
            ("AppVersion", &self.app_version),
            ("KubeVersion", &self.kube_version),
            ("Type", &self.kind),
        ]);
        fields.set("Sources", list_of_texts(&self.sources));
        fields.set("Keywords", list_of_texts(&self.keywords));
        fields.set("Maintainers", Value::list(maintainers.collect()));
        fields.set("Deprecated", self.deprecated);
        fields.set("Annotations", annotations);
        fields.set("Dependencies", Value::list(dependencies.collect()));
        fields.set("IsRoot", is_root);
        fields
    }
}

impl Decode for Metadata {
    const TYPE: &str = "v2.Metadata";

    fn field(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "name" => decode::text(&mut self.name, value, "Metadata.name"),
            "home" => decode::text(&mut self.home, value, "Metadata.home"),
            "sources" => decode::texts(&mut self.sources, value, "Metadata.sources"),
            "version" => decode::text(&mut self.version, value, "Metadata.version"),
            "description" => decode::text(&mut self.description, value, "Metadata.description"),
            "keywords" => decode::texts(&mut self.keywords, value, "Metadata.keywords"),
            "maintainers" => decode::list(&mut self.maintainers, value, "Metadata.maintainers"),
            "icon" => decode::text(&mut self.icon, value, "Metadata.icon"),
            "apiversion" => decode::text(&mut self.api_version, value, "Metadata.apiVersion"),
            "condition" => decode::text(&mut self.condition, value, "Metadata.condition"),
            "tags" => decode::text(&mut self.tags, value, "Metadata.tags"),
            "appversion" => decode::text(&mut self.app_version, value, "Metadata.appVersion"),
            "deprecated" => decode::boolean(&mut self.deprecated, value, "Metadata.deprecated"),
            "annotations" => decode::texts_by_name(&mut self.annotations, value, "Metadata.annotations"),
            "kubeversion" => decode::text(&mut self.kube_version, value, "Metadata.kubeVersion"),
            "dependencies" if matches!(value, Value::Nil) => {
                self.dependencies = None;
                Ok(())
            }
            "dependencies" => decode::list(self.dependencies.get_or_insert_default(), value, "Metadata.dependencies"),
            "type" => decode::text(&mut self.kind, value, "Metadata.type"),
            _ => Ok(()),
        }
    }
}

impl Decode for Maintainer {
    const TYPE: &str = "v2.Maintainer";

    fn field(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "name" => decode::text(&mut self.name, value, "Maintainer.name"),
            "email" => decode::text(&mut self.email, value, "Maintainer.email"),
            "url" => decode::text(&mut self.url, value, "Maintainer.url"),
            _ => Ok(()),
        }
    }
}

/// An error of Helm's checks.
pub(super) fn invalid(what: impl Into<String>) -> Error {
    Error::new(what).during("validation")
}

/// Every kind of space becomes a space, and what cannot be printed goes.
pub(super) fn sanitized(text: &str) -> String {
    let kept = text.chars().map(|character| if character.is_whitespace() { ' ' } else { character });
    kept.filter(|character| is_printable(*character)).collect()
}

/// Go's `unicode.IsPrint`. Rust escapes the same characters when it debugs them, besides quotes and backslashes and,
/// at the beginning of a text, marks.
fn is_printable(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\') || ['a', character].iter().collect::<String>().escape_debug().count() == 2
}

/// A map of texts by name.
pub(super) fn map(fields: &[(&str, &String)]) -> Map {
    fields.iter().map(|(name, text)| (Rc::from(*name), text.as_str().into())).collect()
}

/// Texts as `[]interface {}`, which Helm makes of every list in `.Chart`.
pub(super) fn list_of_texts(texts: &[String]) -> Value {
    Value::list(texts.iter().map(Value::text).collect())
}

#[cfg(test)]
mod tests {
    use super::{Decode, Kind, Metadata, sanitized};
    use crate::helm::yaml;

    fn read(text: &str) -> Result<Metadata, String> {
        let mut metadata = Metadata::default();
        let value = yaml::read(text).map_err(|error| error.to_string())?;
        metadata.decode(&value).and_then(|()| metadata.validate()).map_err(|error| error.to_string())?;
        Ok(metadata)
    }

    #[test]
    fn what_helm_refuses_is_refused_in_its_words() {
        for (text, expected) in [
            ("name: a\nversion: 1.0.0", "validation: chart.metadata.apiVersion is required"),
            ("apiVersion: v2\nversion: 1.0.0", "validation: chart.metadata.name is required"),
            ("apiVersion: v2\nname: ..\nversion: 1.0.0", r#"validation: chart.metadata.name ".." is not allowed"#),
            ("apiVersion: v2\nname: a/b\nversion: 1.0.0", r#"validation: chart.metadata.name "a/b" is invalid"#),
            ("apiVersion: v2\nname: a", "validation: chart.metadata.version is required"),
            ("apiVersion: v2\nname: a\nversion: x", r#"validation: chart.metadata.version "x" is invalid"#),
            (
                "apiVersion: v2\nname: a\nversion: 1.0.0\ntype: other",
                "validation: chart.metadata.type must be application or library",
            ),
            (
                "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies: [null]",
                "validation: dependencies must not contain empty or null nodes",
            ),
            (
                "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies: [{name: b}, {name: c, alias: b}]",
                r#"validation: more than one dependency with name or alias "b""#,
            ),
            (
                "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies: [{name: b, alias: c.d}]",
                r#"validation: dependency "b" has disallowed characters in the alias"#,
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn fields_are_read_and_shown_to_templates() {
        let metadata = read("apiVersion: v2\nname: a\nversion: 1\nappVersion: 1.10\nType: library\nkeywords: [b, 1]\n\
             maintainers: [{name: m}]\nannotations: {c: true}\ndependencies: [{name: d, tags: [e], import-values: [f]}]")
        .unwrap();
        assert_eq!((metadata.version.as_str(), metadata.app_version.as_str()), ("1", "1.1"));
        assert_eq!(metadata.kind(), Kind::Library);
        let map = metadata.to_map(true);
        assert_eq!(map.len(), 18);
        assert_eq!(map.get("Annotations").unwrap().type_name(), "map[string]string");
        assert_eq!(map.get("Keywords").unwrap().as_list().unwrap().len(), 2);
        assert!(map.get("IsRoot").unwrap().is_true());
    }

    #[test]
    fn what_cannot_be_printed_goes() {
        assert_eq!(sanitized("a\u{a0}b\nc\u{7}d\u{200b}\"é\u{301}"), "a b cd\"é\u{301}");
    }
}
