//! How findings name what they saw, and the commands that mend it.

use serde_json::Value;

use super::Ground;
use crate::{
    milvus::{Component, MilvusVersion},
    snapshot::{Operator, Resource},
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
    plugin(resource, "upgrade", &format!("--to {}", word(&version.to_string())))
}

/// A command of this plugin about the instance.
pub(super) fn plugin(resource: &Resource, verb: &str, rest: &str) -> String {
    let (namespace, name) = (word(&resource.namespace), word(&resource.name));
    format!("kubectl milvus {verb} {name} -n {namespace} {rest}").trim_end().to_owned()
}

/// The command that merges `patch` into the resource.
pub(super) fn patch(resource: &Resource, patch: &Value) -> String {
    let (namespace, name) = (word(&resource.namespace), word(&resource.name));
    format!("kubectl -n {namespace} patch milvus {name} --type=merge -p {}", word(&patch.to_string()))
}

/// `text` as one word of a shell, whatever it holds.
pub(super) fn word(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-._/:@=,+".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
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

    use super::{field, list, patch, word};
    use crate::{milvus::Component, snapshot::sample};

    #[test]
    fn evidence_names_path_and_value() {
        let document = json!({"components": {"paused": true, "image": "a:b", "long": "x".repeat(500)}});
        assert_eq!(field("spec", &document, "/components/paused"), "spec.components.paused: true");
        assert_eq!(field("spec", &document, "/components/image"), "spec.components.image: a:b");
        assert_eq!(field("spec", &document, "/mode"), "spec.mode: absent");
        assert!(field("spec", &document, "/components/long").len() < 200);
    }

    #[test]
    fn a_hostile_name_stays_one_word_of_the_shell() {
        assert_eq!(word("prod"), "prod");
        assert_eq!(word("a; rm -rf ~"), "'a; rm -rf ~'");
        assert_eq!(word("it's"), r"'it'\''s'");
        let mut milvus = sample::healthy_cluster().milvus;
        milvus.name = "$(reboot)".into();
        let command = patch(&milvus, &json!({"spec": null}));
        assert_eq!(command, r#"kubectl -n vec patch milvus '$(reboot)' --type=merge -p '{"spec":null}'"#);
    }

    #[test]
    fn lists_read_like_sentences() {
        use Component::{DataCoord, QueryCoord, RootCoord};
        assert_eq!(list(&[RootCoord, DataCoord, QueryCoord]), "rootcoord, datacoord and querycoord");
        assert_eq!(list(&[RootCoord]), "rootcoord");
    }
}
