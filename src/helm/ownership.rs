//! Whose an object is: the marks that Helm sets on every object it applies, and looks for before it takes one over.
//!
//! The marks are on the objects only. The stored manifest has none of them, nor have hooks.

use serde_json::{Map, Value as Json};

use super::{
    error::{Error, Result},
    resource::Resource,
};

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const HELM: &str = "Helm";
const RELEASE_NAME: &str = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// A release, as its objects name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
}

/// A mark that is not on an object as its owner would have set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// `label` or `annotation`.
    pub place: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it should be.
    pub wanted: String,
    /// What it is instead, if it is there at all.
    pub found: Option<String>,
}

impl Owner<'_> {
    /// Sets the marks, over whatever is there.
    pub fn mark(self, object: &mut Json) {
        set(object, "labels", &[(MANAGED_BY, HELM)]);
        set(object, "annotations", &[(RELEASE_NAME, self.name), (RELEASE_NAMESPACE, self.namespace)]);
    }

    /// The marks that an object in the cluster does not have; none, where it is this release's.
    pub fn missing(self, object: &Json) -> Vec<Missing> {
        let marks = [
            ("label", "labels", MANAGED_BY, HELM),
            ("annotation", "annotations", RELEASE_NAME, self.name),
            ("annotation", "annotations", RELEASE_NAMESPACE, self.namespace),
        ];
        let missing = marks.into_iter().filter_map(|(place, list, name, wanted)| {
            let found = texts(object, list).get(name).and_then(Json::as_str).map(str::to_owned);
            (found.as_deref() != Some(wanted)).then(|| Missing { place, name, wanted: wanted.to_owned(), found })
        });
        missing.collect()
    }

    /// Whether a release may take over an object that is in the cluster, though it is not in its last manifest.
    ///
    /// # Errors
    ///
    /// In Helm's words, with every mark that is missing.
    pub fn check(self, resource: &Resource, live: &Json) -> Result<()> {
        let missing: Vec<_> = self.missing(live).iter().map(ToString::to_string).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let Resource { kind, name, namespace, .. } = resource;
        let what = format!(
            "{kind} {name:?} in namespace {namespace:?} exists and cannot be imported into the current release"
        );
        Err(Error::new(format!("invalid ownership metadata; {}", missing.join("; ")))
            .during(what)
            .during("unable to continue with update"))
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, name, wanted, found } = self;
        match found {
            None => write!(formatter, "{place} validation error: missing key {name:?}: must be set to {wanted:?}"),
            Some(found) => {
                write!(
                    formatter,
                    "{place} validation error: key {name:?} must equal {wanted:?}: current value is {found:?}"
                )
            }
        }
    }
}

/// Labels or annotations as apimachinery reads them: null is empty text, and one that is no text spoils them all.
fn texts(object: &Json, list: &str) -> Map<String, Json> {
    let fields = object["metadata"][list].as_object();
    let text = |(name, value): (&String, &Json)| match value {
        Json::String(text) => Some((name.clone(), text.as_str().into())),
        Json::Null => Some((name.clone(), "".into())),
        _ => None,
    };
    fields.and_then(|fields| fields.iter().map(text).collect()).unwrap_or_default()
}

fn set(object: &mut Json, list: &str, marks: &[(&str, &str)]) {
    let mut texts = texts(object, list);
    texts.extend(marks.iter().map(|(name, text)| ((*name).to_owned(), Json::from(*text))));
    let Some(fields) = object.as_object_mut() else { return };
    let metadata = fields.entry("metadata").or_insert(Json::Null);
    if metadata.is_null() {
        *metadata = Json::Object(Map::new());
    }
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert(list.to_owned(), Json::Object(texts));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{HELM, MANAGED_BY, Owner, RELEASE_NAME, RELEASE_NAMESPACE};
    use crate::helm::resource;

    const OWNER: Owner<'_> = Owner { name: "one", namespace: "home" };

    #[test]
    fn marks_are_set_over_what_is_there() {
        let marks = json!({RELEASE_NAME: "one", RELEASE_NAMESPACE: "home"});
        for (labels, expected) in [
            (json!({"a": "b", MANAGED_BY: "me"}), json!({"a": "b", MANAGED_BY: HELM})),
            (json!({"a": null}), json!({"a": "", MANAGED_BY: HELM})),
            (json!({"a": "b", "c": 1}), json!({MANAGED_BY: HELM})),
            (json!(null), json!({MANAGED_BY: HELM})),
        ] {
            let mut object = json!({"metadata": {"name": "x", "labels": labels}});
            OWNER.mark(&mut object);
            assert_eq!(object, json!({"metadata": {"name": "x", "labels": expected, "annotations": marks}}));
            assert!(OWNER.missing(&object).is_empty());
        }
        let mut object = json!({"kind": "A"});
        OWNER.mark(&mut object);
        assert_eq!(object["metadata"]["annotations"], marks);
    }

    #[test]
    fn what_is_not_ours_is_refused_in_the_words_of_helm() {
        let resources =
            resource::read("{kind: ConfigMap, apiVersion: v1, metadata: {name: x, namespace: home}}").unwrap();
        let live = json!({"metadata": {"labels": {MANAGED_BY: "me"}, "annotations": {RELEASE_NAME: "one"}}});
        let error = OWNER.check(&resources[0], &live).unwrap_err();
        assert_eq!(
            error.text(),
            "unable to continue with update: ConfigMap \"x\" in namespace \"home\" exists and cannot be imported into the \
             current release: invalid ownership metadata; label validation error: key \"app.kubernetes.io/managed-by\" \
             must equal \"Helm\": current value is \"me\"; annotation validation error: missing key \
             \"meta.helm.sh/release-namespace\": must be set to \"home\""
        );
        assert_eq!(OWNER.missing(&live).len(), 2);
        let mut live = live;
        OWNER.mark(&mut live);
        assert!(OWNER.check(&resources[0], &live).is_ok());
    }
}
