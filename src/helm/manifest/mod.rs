//! Manifests: what templates give, split into documents, hooks apart, in the order in which Helm 4.3.1 installs them.

mod head;
pub mod hook;
pub mod order;
mod split;

use std::collections::BTreeMap;

pub use hook::{Event, Hook};
pub use order::Order;
pub use split::split;

use super::{chart::Definition, error::Result, raw, scope::is_partial};
use head::Head;

/// A file below `templates/` that is shown to the user and never installed.
pub const NOTES: &str = "NOTES.txt";

/// One object of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The path of the template it comes from.
    pub path: String,
    /// Its `apiVersion`, empty where it has none.
    pub api_version: String,
    /// Its `kind`, empty where it has none.
    pub kind: String,
    /// Its text, with the space at its end but none at its beginning.
    pub text: String,
}

/// The documents of rendered files by path, hooks apart, each sorted by kind (`SortManifests`).
///
/// Files that begin with `_` hold named templates only and are passed over.
pub fn sort(files: &BTreeMap<String, String>, order: Order) -> Result<(Vec<Document>, Vec<Hook>)> {
    let (mut documents, mut hooks) = (vec![], vec![]);
    for (path, text) in files.iter().filter(|(path, _)| !is_partial(path)) {
        for text in split(text) {
            let head = Head::read(text).map_err(|error| error.during(format!("YAML parse error on {path}")))?;
            match head.annotations.get(hook::HOOK) {
                None => documents.push(Document {
                    path: path.clone(),
                    api_version: head.api_version,
                    kind: head.kind,
                    text: text.to_owned(),
                }),
                Some(events) => hooks.extend(Hook::new(path, text, &head, events)),
            }
        }
    }
    documents.sort_by(|one, other| order.compare(&one.kind, &other.kind));
    hooks.sort_by(|one, other| order.compare(&one.kind, &other.kind));
    Ok((documents, hooks))
}

/// The text of a manifest, as it is kept in a release record: each document with the template it comes from, custom
/// resource definitions first where they are asked for.
pub fn text(definitions: &[Definition], documents: &[Document]) -> String {
    let mut manifest = String::new();
    for definition in definitions {
        manifest.push_str(&with_source(&definition.path, &raw::text(&definition.file.data)));
    }
    for document in documents {
        manifest.push_str(&with_source(&document.path, &document.text));
    }
    manifest
}

/// A document under the line that says which template it comes from.
pub fn with_source(path: &str, text: &str) -> String {
    format!("---\n# Source: {path}\n{text}\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Order, sort, text};

    fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn documents_are_sorted_by_kind_and_keep_their_order_otherwise() {
        let files = files(&[
            ("c/templates/b.yaml", "kind: Service\nn: 1\n---\nkind: Odd\n---\nkind: Namespace\n"),
            ("c/templates/a.yaml", "kind: Service\nn: 2\n---\nkind: Another"),
            ("c/templates/_c.yaml", "kind: Secret"),
            ("c/templates/d.yaml", "\n \n"),
        ]);
        let (documents, hooks) = sort(&files, Order::Install).unwrap();
        assert!(hooks.is_empty());
        assert_eq!(
            text(&[], &documents),
            "---\n# Source: c/templates/b.yaml\nkind: Namespace\n\n\
             ---\n# Source: c/templates/a.yaml\nkind: Service\nn: 2\n\n\
             ---\n# Source: c/templates/b.yaml\nkind: Service\nn: 1\n\n\
             ---\n# Source: c/templates/a.yaml\nkind: Another\n\
             ---\n# Source: c/templates/b.yaml\nkind: Odd\n\n"
        );
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_the_file() {
        let error = sort(&files(&[("c/templates/a.yaml", "a: [")]), Order::Install).unwrap_err();
        assert!(error.text().starts_with("YAML parse error on c/templates/a.yaml: "), "{error}");
    }
}
