//! What of the user's values a chart would not look at, or cannot use. Helm itself says nothing of most of it.

use crate::helm::value::{Map, Value};

/// What values are held against.
#[derive(Clone, Debug)]
pub struct Mold<'a> {
    /// The chart's own values.
    pub defaults: &'a Map,
    /// The texts of its templates: what they name is looked at, though it has no default.
    pub templates: &'a [String],
    /// Sections that other charts look at, so that nobody here can tell their keys.
    pub apart: &'a [&'a str],
}

/// A value that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Where it is, with dots between its parts.
    pub path: String,
    /// Why it does not fit.
    pub why: Why,
}

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The chart has no such value; what it has that is written much alike.
    Unknown {
        /// A key in the same place.
        like: Option<String>,
    },
    /// It is of a kind that the chart cannot use.
    Kind {
        /// What the chart has there.
        wanted: &'static str,
        /// What was given.
        found: &'static str,
    },
}

/// Sections that every chart has, whatever its values say.
const ALWAYS: [&str; 2] = ["global", "tags"];
/// So many keys deep a key is known or not; below that, tables are handed on to Kubernetes as they are.
const DEPTH: usize = 2;

impl Mold<'_> {
    /// Everything in `given` that does not fit, in order.
    pub fn misfits(&self, given: &Map) -> Vec<Misfit> {
        let mut found = vec![];
        self.look(self.defaults, given, &mut vec![], &mut found);
        found
    }

    fn look(&self, defaults: &Map, given: &Map, place: &mut Vec<String>, found: &mut Vec<Misfit>) {
        for (name, value) in given.entries() {
            place.push(name.to_string());
            let path = || place.join(".");
            match (defaults.get(&name), value) {
                // Null takes a default away.
                (_, Value::Nil) | (Some(Value::Nil), _) => {}
                (None, _) if self.is_looked_at(defaults, place) => {}
                (None, _) => found.push(Misfit { path: path(), why: Why::Unknown { like: like(defaults, &name) } }),
                (Some(Value::Map(defaults)), Value::Map(given)) => self.look(&defaults, &given, place, found),
                (Some(default), value) => {
                    if let Some(wanted) = wanted(&name, &default, &value) {
                        found.push(Misfit { path: path(), why: Why::Kind { wanted, found: kind(&value) } });
                    }
                }
            }
            place.pop();
        }
    }

    /// Whether a key without a default may be looked at all the same.
    fn is_looked_at(&self, defaults: &Map, place: &[String]) -> bool {
        let (section, name) = (place[0].as_str(), place[place.len() - 1].as_str());
        let keys = defaults.entries();
        // What has no keys, or names of files, takes any.
        let is_open = place.len() > 1 && (keys.is_empty() || keys.iter().any(|(key, _)| key.contains('.')));
        is_open
            || place.len() > DEPTH
            || ALWAYS.contains(&section)
            || self.apart.contains(&section)
            || self.templates.iter().any(|text| names(text, name))
    }
}

/// Whether a template names a key: `.Values.a.name`, or `"name"` for `index` and `dig`.
fn names(template: &str, name: &str) -> bool {
    template.match_indices(name).any(|(start, _)| {
        let before = template[..start].chars().next_back();
        let after = template[start + name.len()..].chars().next();
        matches!(before, Some('.' | '"')) && !after.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

/// A key that differs in upper case only, or goes on where the other ends.
fn like(defaults: &Map, name: &str) -> Option<String> {
    let wanted = name.to_lowercase();
    let keys = defaults.entries().into_iter().map(|(key, _)| key.to_string());
    let is_like = |key: &String| {
        let key = key.to_lowercase();
        key == wanted || key.len().min(wanted.len()) >= 4 && (key.starts_with(&wanted) || wanted.starts_with(&key))
    };
    keys.into_iter().find(is_like)
}

/// What the chart has there, where the given value can be no such thing. Empty defaults take anything.
fn wanted(name: &str, default: &Value, value: &Value) -> Option<&'static str> {
    let counts = name.ends_with("eplicas") || name.ends_with("eplicaCount");
    let fits = match (default, value) {
        (Value::Bool(_), value) => matches!(value, Value::Bool(_)),
        (Value::Float(_) | Value::Int(_) | Value::Int64(_), Value::Text(text)) if counts => text.parse::<u32>().is_ok(),
        (default, Value::Map(_) | Value::List(_)) if default.is_true() => kind(default) == kind(value),
        (Value::Map(_) | Value::List(_), _) => !default.is_true(),
        _ => true,
    };
    (!fits).then(|| kind(default))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "true or false",
        Value::Int(_) | Value::Int64(_) | Value::Float(_) => "a number",
        Value::List(_) => "a list",
        Value::Map(_) => "a table",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::{Misfit, Mold, Why};
    use crate::helm::{value::Map, yaml};

    const DEFAULTS: &str = "{cluster: {enabled: true}, image: {all: {tag: '', pullPolicy: Always}}, \
        queryNode: {replicas: 1, resources: {limits: {cpu: 2}}, nodeSelector: {}}, etcd: {enabled: true}, \
        extraConfigFiles: {user.yaml: ''}, hosts: [a], text: b}";

    fn told(given: &str) -> Vec<String> {
        let read = |text: &str| -> Map { yaml::read_map(text).unwrap() };
        let (defaults, given) = (read(DEFAULTS), read(given));
        let templates = ["{{ .Values.deadline }} {{ dig \"depth\" 1 .Values.queryNode }}".to_owned()];
        let mold = Mold { defaults: &defaults, templates: &templates, apart: &["etcd"] };
        let tell = |Misfit { path, why }| match why {
            Why::Unknown { like } => format!("{path}? {}", like.unwrap_or_default()),
            Why::Kind { wanted, found } => format!("{path}: {wanted}, not {found}"),
        };
        mold.misfits(&given).into_iter().map(tell).collect()
    }

    #[test]
    fn what_the_chart_looks_at_fits() {
        for given in [
            "{}",
            "{cluster: {enabled: false}, queryNode: {replicas: '3', resources: {limits: {cpu: 500m}}}}",
            "{queryNode: {resources: {requests: {memory: 1Gi}}, nodeSelector: {disk: fast}, depth: 3}}",
            "{deadline: 5, global: {a: 1}, tags: {b: true}, etcd: {auth: {rbac: {create: false}}}}",
            "{extraConfigFiles: {other.yaml: a}, queryNode: null, image: {all: {tag: 2}}, hosts: []}",
        ] {
            assert_eq!(told(given), [""; 0], "{given}");
        }
    }

    #[test]
    fn what_it_does_not_look_at_or_cannot_use_is_found_with_its_place() {
        for (given, expected) in [
            ("{querynode: {replicas: 2}}", "querynode? queryNode"),
            ("{queryNode: {replica: 2}}", "queryNode.replica? replicas"),
            ("{foo: 1}", "foo? "),
            ("{cluster: {enabled: 'false'}}", "cluster.enabled: true or false, not text"),
            ("{cluster: true}", "cluster: a table, not true or false"),
            ("{queryNode: {replicas: two}}", "queryNode.replicas: a number, not text"),
            ("{queryNode: {resources: [1]}}", "queryNode.resources: a table, not a list"),
            ("{hosts: b}", "hosts: a list, not text"),
            ("{text: {a: 1}}", "text: text, not a table"),
            ("{etcd: {enabled: 1}}", "etcd.enabled: true or false, not a number"),
        ] {
            assert_eq!(told(given), [expected], "{given}");
        }
    }
}
