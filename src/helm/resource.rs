//! The objects of a manifest, as kubectl's builder takes them out of its text, and what an update has to do with them.

use serde_json::Value as Json;

use super::{
    error::{Error, Result},
    json,
    values::source::documents,
    yaml,
};

/// The annotation that keeps an object in the cluster though it left the release.
const POLICY: &str = "helm.sh/resource-policy";

/// An object of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its `kind`.
    pub kind: String,
    /// Its name; empty where the server is to make one up (`metadata.generateName`).
    pub name: String,
    /// Its namespace; empty where it says none and was not [placed](place) in one.
    pub namespace: String,
    /// All of it.
    pub object: Json,
}

/// Where objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In namespaces.
    Namespace,
    /// In the cluster.
    Cluster,
}

/// What an update does, in this order.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference<'a> {
    /// What is applied, in the order of the new manifest: created where the cluster does not have it, else changed.
    pub applied: Vec<Applied<'a>>,
    /// What is deleted once all of that went well, in the order of the old manifest, unless it [is kept](is_kept).
    pub deleted: Vec<&'a Resource>,
}

/// An object that is applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Applied<'a> {
    /// As it is to be.
    pub new: &'a Resource,
    /// As the old manifest has it, maybe in another version of its API: the base of a three-way patch.
    pub old: Option<&'a Resource>,
    /// Whether it is new to the release, so that one that is in the cluster has to be [owned](super::ownership) by it.
    pub is_new: bool,
}

/// Reads the objects of a manifest in its order, those of lists one by one.
pub fn read(manifest: &str) -> Result<Vec<Resource>> {
    let mut resources = vec![];
    for document in documents(manifest)? {
        let value = yaml::read_with_integers(&document).map_err(|error| error.during(place_of(&document)))?;
        let object = json::to_json(&value);
        if !object.is_null() {
            take(object, &mut resources).map_err(|error| error.during(place_of(&document)))?;
        }
    }
    Ok(resources)
}

/// The objects of a document, or of an answer of the API server: those of a list one by one.
pub fn of_json(object: Json) -> Result<Vec<Resource>> {
    let mut resources = vec![];
    take(object, &mut resources)?;
    Ok(resources)
}

/// The template that a document comes from, for errors.
fn place_of(document: &str) -> String {
    let source = document.lines().find_map(|line| line.strip_prefix("# Source: "));
    source.map_or_else(|| "a document of the manifest".to_owned(), |path| format!("`{path}`"))
}

fn take(mut object: Json, resources: &mut Vec<Resource>) -> Result<()> {
    let kind = text(&object, "kind").to_owned();
    if object.is_object() && kind.is_empty() {
        return Err(Error::new("it has no `kind`"));
    }
    // Whatever has items is a list, as kubectl has it.
    let Some(items) = object.get_mut("items").map(Json::take) else {
        resources.push(Resource::new(object)?);
        return Ok(());
    };
    let items = match items {
        Json::Null => vec![],
        Json::Array(items) => items,
        _ => return Err(Error::new(format!("`items` of this {kind} is no list"))),
    };
    for mut item in items {
        let is_bare = text(&item, "apiVersion").is_empty() && text(&item, "kind").is_empty();
        if let Some(fields) = item.as_object_mut().filter(|_| is_bare) {
            fields.insert("kind".to_owned(), kind.strip_suffix("List").unwrap_or(&kind).into());
            fields.insert("apiVersion".to_owned(), object["apiVersion"].clone());
        }
        if item["items"].is_array() {
            return Err(Error::new(format!("in this {kind} lies another list, which helm does not take apart")));
        }
        resources.push(Resource::new(item)?);
    }
    Ok(())
}

fn text<'a>(object: &'a Json, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

/// Puts objects that live in namespaces and say none into that of the release. `scope` tells of an API and kind.
///
/// # Errors
///
/// Where kinds are unknown, with all of them.
pub fn place(resources: &mut [Resource], namespace: &str, scope: &dyn Fn(&str, &str) -> Option<Scope>) -> Result<()> {
    let mut unknown: Vec<String> = vec![];
    for resource in resources {
        match scope(&resource.api_version, &resource.kind) {
            Some(Scope::Cluster) => {}
            Some(Scope::Namespace) => resource.settle(namespace),
            None => {
                let what = format!("no matches for kind {:?} in version {:?}", resource.kind, resource.api_version);
                if !unknown.contains(&what) {
                    unknown.push(what);
                }
            }
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Error::new(format!("{}; ensure CRDs are installed first", unknown.join("; ")))
        .during("resource mapping not found"))
}

/// What an update from one manifest to another does.
pub fn difference<'a>(old: &'a [Resource], new: &'a [Resource]) -> Difference<'a> {
    let applied = new.iter().map(|new| Applied {
        new,
        old: old.iter().find(|old| old.is_same(new)),
        is_new: !old.iter().any(|old| old.is_same(new) && old.api_version == new.api_version),
    });
    let is_gone = |resource: &&Resource| !new.iter().any(|new| new.is_same(resource));
    Difference { applied: applied.collect(), deleted: old.iter().filter(is_gone).collect() }
}

/// Whether an object, as it is in the cluster, stays there though it left the release.
pub fn is_kept(object: &Json) -> bool {
    object["metadata"]["annotations"][POLICY] == "keep"
}

impl Resource {
    fn new(object: Json) -> Result<Self> {
        if !object.is_object() {
            return Err(Error::new("it is no object"));
        }
        let (api_version, kind) = (text(&object, "apiVersion").to_owned(), text(&object, "kind").to_owned());
        if kind.is_empty() {
            return Err(Error::new("it has no `kind`"));
        }
        if api_version.is_empty() {
            return Err(Error::new(format!("this {kind} has no `apiVersion`")));
        }
        let metadata = &object["metadata"];
        let (name, namespace) = (text(metadata, "name").to_owned(), text(metadata, "namespace").to_owned());
        Ok(Self { api_version, kind, name, namespace, object })
    }

    /// Its key among the objects of a manifest, as Helm compares them: `apps/v1/Deployment/namespace/name`.
    pub fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.api_version, self.kind, self.namespace, self.name)
    }

    /// The group of its API; empty for the core.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether both are the same object of the cluster, in whatever version of their API.
    pub fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.namespace == other.namespace
            && self.kind == other.kind
            && self.group() == other.group()
    }

    /// Whether the server makes up its name.
    pub fn is_named_by_server(&self) -> bool {
        self.name.is_empty() && self.object["metadata"]["generateName"].as_str().is_some_and(|name| !name.is_empty())
    }

    fn settle(&mut self, namespace: &str) {
        if !self.namespace.is_empty() {
            return;
        }
        namespace.clone_into(&mut self.namespace);
        let Some(fields) = self.object.as_object_mut() else { return };
        let metadata = fields.entry("metadata").or_insert_with(|| Json::Object(serde_json::Map::new()));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Resource, Scope, difference, is_kept, place, read};

    fn keys(resources: &[Resource]) -> Vec<String> {
        resources.iter().map(Resource::key).collect()
    }

    fn resources(manifest: &str) -> Vec<Resource> {
        let mut resources = read(manifest).unwrap();
        let scope = |_: &str, kind: &str| match kind {
            "Unknown" => None,
            "ClusterRole" => Some(Scope::Cluster),
            _ => Some(Scope::Namespace),
        };
        place(&mut resources, "mine", &scope).unwrap();
        resources
    }

    #[test]
    fn documents_and_lists_are_taken_apart() {
        let read = resources(
            "---\n# Source: c/a.yaml\nkind: ClusterRole\napiVersion: rbac/v1\nmetadata: {name: r}\n---\n# nothing\n---\n\
             kind: List\napiVersion: v1\nitems:\n- {kind: Pod, apiVersion: v1, metadata: {name: p, namespace: other}}\n\
             ---\n{kind: SecretList, apiVersion: v1, items: [{metadata: {name: s}}]}\n\
             ---\n{kind: PodList, apiVersion: v1, items: null}\n",
        );
        assert_eq!(keys(&read), ["rbac/v1/ClusterRole//r", "v1/Pod/other/p", "v1/Secret/mine/s"]);
        assert_eq!(read[2].object["metadata"]["namespace"], "mine");
        assert_eq!(read[0].object, json!({"kind": "ClusterRole", "apiVersion": "rbac/v1", "metadata": {"name": "r"}}));
    }

    #[test]
    fn numbers_are_as_an_api_server_reads_them() {
        let read = resources("{kind: A, apiVersion: v1, a: 9007199254740993, b: 1.0, c: 0.5, d: 0644, e: '1', f: yes}");
        let object = &read[0].object;
        for (name, expected) in [
            ("a", json!(9_007_199_254_740_993_i64)),
            ("b", json!(1)),
            ("c", json!(0.5)),
            ("d", json!(420)),
            ("e", json!("1")),
            ("f", json!(true)),
        ] {
            assert_eq!(object[name], expected, "{name}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_template() {
        for (manifest, expected) in [
            ("# Source: c/a.yaml\n- 1\n", "`c/a.yaml`: it is no object"),
            ("# Source: c/a.yaml\na: 1\n", "`c/a.yaml`: it has no `kind`"),
            ("kind: Pod\n", "a document of the manifest: this Pod has no `apiVersion`"),
            ("kind: Odd\napiVersion: v1\nitems: 1\n", "a document of the manifest: `items` of this Odd is no list"),
            ("{kind: List, apiVersion: v1, items: [1]}", "a document of the manifest: it is no object"),
            ("{kind: List, apiVersion: v1, items: [{apiVersion: v1}]}", "a document of the manifest: it has no `kind`"),
            (
                "{kind: List, apiVersion: v1, items: [{kind: SecretList, apiVersion: v1, items: []}]}",
                "a document of the manifest: in this List lies another list, which helm does not take apart",
            ),
            ("a: 1\n--- b\n", "error reading yaml document: invalid Yaml document separator: b"),
        ] {
            assert_eq!(read(manifest).unwrap_err().text(), expected);
        }
        let mut resources = read("{kind: Unknown, apiVersion: a/v1}\n---\n{kind: Unknown, apiVersion: a/v1}").unwrap();
        let error = place(&mut resources, "mine", &|_, _| None).unwrap_err();
        let expected = "resource mapping not found: no matches for kind \"Unknown\" in version \"a/v1\"; \
                        ensure CRDs are installed first";
        assert_eq!(error.text(), expected);
    }

    #[test]
    fn a_difference_keeps_the_order_of_both_manifests() {
        let object = |version: &str, name: &str| {
            format!("---\n{{kind: D, apiVersion: {version}, metadata: {{name: {name}}}}}\n")
        };
        let old = resources(
            &["v1", "a/v1", "v1", "v1"].iter().zip(["x", "x", "k", "z"]).map(|(v, n)| object(v, n)).collect::<String>(),
        );
        let new =
            resources(&["v1", "a/v2", "v1"].iter().zip(["j", "x", "z"]).map(|(v, n)| object(v, n)).collect::<String>());
        let difference = difference(&old, &new);
        let applied: Vec<_> = difference
            .applied
            .iter()
            .map(|applied| (applied.new.key(), applied.old.map(Resource::key), applied.is_new))
            .collect();
        assert_eq!(
            applied,
            [
                ("v1/D/mine/j".to_owned(), None, true),
                ("a/v2/D/mine/x".to_owned(), Some("a/v1/D/mine/x".to_owned()), true),
                ("v1/D/mine/z".to_owned(), Some("v1/D/mine/z".to_owned()), false),
            ]
        );
        let deleted: Vec<_> = difference.deleted.into_iter().map(Resource::key).collect();
        assert_eq!(deleted, ["v1/D/mine/x", "v1/D/mine/k"]);
    }

    #[test]
    fn only_the_exact_word_keeps_an_object() {
        let kept = |policy: &str| is_kept(&json!({"metadata": {"annotations": {"helm.sh/resource-policy": policy}}}));
        assert!(kept("keep") && !kept("Keep") && !kept("") && !is_kept(&json!({})));
    }

    #[test]
    fn a_name_can_be_left_to_the_server() {
        let read = resources("{kind: Job, apiVersion: batch/v1, metadata: {generateName: a-}}");
        assert!(read[0].is_named_by_server());
    }
}
