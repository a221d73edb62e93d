//! What is known of the types of built-in kinds: which of their lists are merged, and by which key.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::helm::error::{Error, Result};

/// The types by name, with their fields.
static TYPES: LazyLock<BTreeMap<&str, Vec<Field>>> = LazyLock::new(|| {
    rows(include_str!("type.txt")).map(|(name, fields)| (name, fields.map(Field::read).collect())).collect()
});

/// The types of kinds by group and version (`apps/v1`, `v1`) and kind.
static KINDS: LazyLock<BTreeMap<(&str, &str), &str>> = LazyLock::new(|| {
    let rows = rows(include_str!("kind.txt"));
    rows.flat_map(|(version, kinds)| {
        kinds.map(move |word| {
            let (kind, name) = word.split_once('=').unwrap_or((word, word));
            ((version, kind), name)
        })
    })
    .collect()
});

/// The rows of a table: what stands before the colon, and the words behind it.
fn rows(text: &'static str) -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    let rows = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "));
    rows.map(|(name, words)| (name, words.split(' ')))
}

#[derive(Debug)]
struct Field {
    name: &'static str,
    shape: Shape,
    strategy: Strategy,
}

impl Field {
    fn read(word: &'static str) -> Self {
        let (name, rest) = word.split_once('=').unwrap_or((word, ""));
        let (shape, strategy) = rest.split_once('|').unwrap_or((rest, ""));
        let shape = match shape.strip_prefix('[').and_then(|shape| shape.strip_suffix(']')) {
            Some("") => Shape::List,
            Some(items) => Shape::ListOf(items),
            None if shape == "{}" => Shape::Map,
            None => Shape::Struct(shape),
        };
        Self { name, shape, strategy: Strategy::read(strategy) }
    }
}

/// What a field, or the items of a list, are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A type of the table.
    Struct(&'static str),
    /// Keys that nobody knows beforehand.
    Map,
    /// A list whose items are not looked into.
    List,
    /// A list of values of a type.
    ListOf(&'static str),
    /// An item of a list that is not looked into.
    Scalar,
}

/// How a field is patched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strategy {
    /// Whether the fields that are meant to stay are listed in the patch, so that the server clears all others.
    pub retain_keys: bool,
    /// Whether the whole is put in or its parts.
    pub way: Way,
    /// The field by which items of a list are told apart; empty where they are scalars.
    pub key: &'static str,
}

impl Strategy {
    fn read(text: &'static str) -> Self {
        let (words, key) = text.split_once(':').unwrap_or((text, ""));
        let has = |wanted| words.split(',').any(|word| word == wanted);
        let way = if has("merge") {
            Way::Merge
        } else if has("replace") {
            Way::Replace
        } else {
            Way::Usual
        };
        Self { retain_keys: has("retainKeys"), way, key }
    }
}

/// Whether a whole is put in or its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Maps are merged, lists replaced.
    Usual,
    /// A list is merged, item by item.
    Merge,
    /// A map is replaced.
    Replace,
}

/// What is known of a place in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema(Shape);

/// The schema of objects of a kind that Helm patches by strategic merge, or `None` for kinds that take a JSON merge patch.
/// The group of the core is empty.
pub fn schema_of(group: &str, version: &str, kind: &str) -> Option<Schema> {
    let joined = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    KINDS.get(&(joined.as_str(), kind)).map(|name| Schema(Shape::Struct(name)))
}

/// All kinds that [`schema_of`] knows: group and version as in `apiVersion`, and kind.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.keys().copied()
}

impl Schema {
    /// The schema of the map in a field, and how the field is patched.
    pub fn map(self, field: &str) -> Result<(Self, Strategy)> {
        let found = self.field(field)?;
        Ok((Self(found.shape), found.strategy))
    }

    /// The schema of the items of the list in a field, and how the field is patched.
    pub fn items(self, field: &str) -> Result<(Self, Strategy)> {
        let found = self.field(field)?;
        let items = match found.shape {
            Shape::ListOf(name) => Shape::Struct(name),
            Shape::List => Shape::Scalar,
            _ => return Err(Error::new(format!("`{field}` of `{}` is not a list", self.name()))),
        };
        Ok((Self(items), found.strategy))
    }

    /// What errors call it.
    pub fn name(self) -> &'static str {
        match self.0 {
            Shape::Struct(name) => name.split('@').next().unwrap_or(name),
            Shape::Map => "map",
            Shape::List | Shape::ListOf(_) => "list",
            Shape::Scalar => "scalar",
        }
    }

    /// A field by its name, or else by its name in other letters, large or small.
    fn field(self, name: &str) -> Result<&'static Field> {
        let Shape::Struct(own) = self.0 else {
            let text = format!("cannot look up the field `{name}` in a {}, whose fields have no schema", self.name());
            return Err(Error::new(text));
        };
        let fields = TYPES.get(own).map_or(&[][..], Vec::as_slice);
        let exact = fields.iter().find(|field| field.name == name);
        exact
            .or_else(|| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)))
            .ok_or_else(|| Error::new(format!("`{}` has no map or list `{name}`", self.name())))
    }
}

#[cfg(test)]
mod tests {
    use super::{KINDS, Shape, Strategy, TYPES, Way, kinds, schema_of};

    #[test]
    fn a_list_is_merged_by_the_key_of_its_type() {
        let deployment = schema_of("apps", "v1", "Deployment").unwrap();
        let (spec, _) = deployment.map("spec").unwrap();
        let (pod, _) = spec.map("template").unwrap().0.map("spec").unwrap();
        let (container, strategy) = pod.items("containers").unwrap();
        assert_eq!(strategy, Strategy { retain_keys: false, way: Way::Merge, key: "name" });
        assert_eq!(container.items("ports").unwrap().1.key, "containerPort");
        assert_eq!(pod.items("volumes").unwrap().1, Strategy { retain_keys: true, way: Way::Merge, key: "name" });
        assert_eq!(pod.items("tolerations").unwrap().1.way, Way::Usual);
        assert_eq!(spec.map("strategy").unwrap().1, Strategy { retain_keys: true, way: Way::Usual, key: "" });
    }

    #[test]
    fn versions_of_a_kind_differ() {
        let way = |version| {
            let (spec, _) = schema_of("policy", version, "PodDisruptionBudget").unwrap().map("spec").unwrap();
            spec.map("selector").unwrap().1.way
        };
        assert_eq!((way("v1beta1"), way("v1")), (Way::Usual, Way::Replace));
    }

    #[test]
    fn custom_kinds_and_old_definitions_have_no_schema() {
        assert!(schema_of("apiextensions.k8s.io", "v1", "CustomResourceDefinition").is_some());
        for (group, version, kind) in [
            ("milvus.io", "v1beta1", "Milvus"),
            ("apiextensions.k8s.io", "v1beta1", "CustomResourceDefinition"),
            ("autoscaling", "v2beta2", "HorizontalPodAutoscaler"),
            ("apiregistration.k8s.io", "v1", "APIService"),
            ("apps", "v2", "Deployment"),
            ("", "v1", "Deployment"),
        ] {
            assert_eq!(schema_of(group, version, kind), None, "{group}/{version} {kind}");
        }
        assert!(schema_of("extensions", "v1beta1", "Ingress").is_some(), "no server has it, but it is registered");
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        let service = schema_of("", "v1", "Service").unwrap();
        let spec = service.map("spec").unwrap().0;
        assert_eq!(spec.items("prots").unwrap_err().text(), "`ServiceSpec` has no map or list `prots`");
        assert_eq!(spec.items("PORTS").unwrap().1.key, "port");
        assert_eq!(spec.items("selector").unwrap_err().text(), "`selector` of `ServiceSpec` is not a list");
        let selector = spec.map("selector").unwrap().0;
        let expected = "cannot look up the field `app` in a map, whose fields have no schema";
        assert_eq!(selector.map("app").unwrap_err().text(), expected);
    }

    #[test]
    fn every_kind_has_a_type_and_metadata() {
        assert!(kinds().count() > 100);
        for (version, kind) in kinds() {
            let (group, version) = version.split_once('/').unwrap_or(("", version));
            let finalizers = schema_of(group, version, kind).unwrap().map("metadata").unwrap().0.items("finalizers");
            assert_eq!(finalizers.unwrap().1.way, Way::Merge, "{group}/{version} {kind}");
        }
        for name in KINDS.values() {
            assert!(TYPES.contains_key(name), "{name}");
        }
    }

    #[test]
    fn a_merged_list_has_a_key_unless_its_items_are_scalars() {
        for field in TYPES.values().flatten() {
            let merged_maps = field.strategy.way == Way::Merge && matches!(field.shape, Shape::ListOf(_));
            assert_eq!(merged_maps, !field.strategy.key.is_empty(), "{field:?}");
            assert!(merged_maps || !matches!(field.shape, Shape::ListOf(_)), "{field:?}");
        }
    }
}
