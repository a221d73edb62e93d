//! How findings name what they saw, and the commands that mend it.

use serde_json::Value;

use super::Ground;
use crate::{
    milvus::{Component, MilvusVersion},
    snapshot::{Operator, Resource, shell_word},
};

/// As much of a value as evidence shows.
const LONGEST_VALUE: usize = 120;

/// `milvus/prod in vec`.
pub(super) fn milvus(resource: &Resource) -> String {
    format!("{} in {}", resource.reference(), resource.namespace)
}

/// `deployment/milvus-operator in milvus-operator`.
pub(super) fn operator(operator: &Operator) -> String {
    format!("deployment/{} in {}", operator.name, operator.namespace)
}

/// `spec.components.paused: true`, of a JSON pointer below the spec.
pub(super) fn spec(resource: &Resource, pointer: &str) -> String {
    field("spec", &resource.spec, pointer)
}

/// The same of the configuration that users lay over that of Milvus, named as they write it.
pub(super) fn config(resource: &Resource, pointer: &str) -> String {
    let root = if resource.is_release { "extraConfigFiles user.yaml, " } else { "spec.config." };
    let field = field("", &resource.spec["config"], pointer);
    format!("{root}{}", field.trim_start_matches('.'))
}

/// `status.status: "Pending"`, of a JSON pointer below the status.
pub(super) fn status(resource: &Resource, pointer: &str) -> String {
    field("status", &resource.status, pointer)
}

/// Path and value of a JSON pointer below `root`.
pub(super) fn field(root: &str, document: &Value, pointer: &str) -> String {
    let path = pointer.replace('/', ".");
    let value = match document.pointer(pointer) {
        None => "absent".to_owned(),
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(value) => value.to_string(),
    };
    format!("{root}{path}: {}", clip(&value))
}

/// The image that runs, or what the user said of it.
pub(super) fn running(ground: &Ground<'_>) -> String {
    let stated = ground.target.and_then(|target| target.stated_from.as_ref());
    let milvus = ground.milvus();
    match stated {
        Some(version) => format!("--from-version {version}"),
        None if milvus.current_image().is_some() => status(milvus, "/currentImage"),
        None => spec(milvus, "/components/image"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(components: &[Component]) -> String {
    let names: Vec<&str> = components.iter().map(|component| component.label()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The command that takes the instance to `version`.
pub(super) fn upgrade(resource: &Resource, version: &MilvusVersion) -> String {
    resource.plugin_command("upgrade", &format!("--to {}", shell_word(&version.to_string())))
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{field, list};
    use crate::milvus::Component;

    #[test]
    fn evidence_names_path_and_value() {
        let document = json!({"components": {"paused": true, "image": "a:b", "long": "x".repeat(500)}});
        assert_eq!(field("spec", &document, "/components/paused"), "spec.components.paused: true");
        assert_eq!(field("spec", &document, "/components/image"), "spec.components.image: a:b");
        assert_eq!(field("spec", &document, "/mode"), "spec.mode: absent");
        assert!(field("spec", &document, "/components/long").len() < 200);
    }

    #[test]
    fn lists_read_like_sentences() {
        use Component::{DataCoord, QueryCoord, RootCoord};
        assert_eq!(list(&[RootCoord, DataCoord, QueryCoord]), "rootcoord, datacoord and querycoord");
        assert_eq!(list(&[RootCoord]), "rootcoord");
    }
}
