//! What becomes of the objects of a Helm release: the old manifest against the new one, without what is secret in them.

mod image;
mod mask;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::TextDiff;

use crate::helm::{
    json,
    resource::{Resource, is_kept},
    yaml,
};

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// What becomes of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectChange {
    /// The object: `deployment/my-milvus-proxy`.
    pub object: String,
    /// Its namespace, where it is not the release's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What becomes of it.
    pub change: ObjectFate,
    /// Images that its pods change, each with the new one behind an arrow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// The text of the difference, with lines around it; what is secret is not in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub diff: String,
}

/// What becomes of an object that is not the same in both manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectFate {
    /// Some of its fields become others.
    Changed,
    /// It comes.
    Created,
    /// It is in the cluster already, marked as the release's own, and is taken into the release.
    Adopted,
    /// It goes.
    Removed,
    /// It leaves the release, and stays in the cluster as its annotation wants it.
    Kept,
}

impl ObjectFate {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Changed, Self::Created, Self::Adopted, Self::Removed, Self::Kept];

    /// As messages say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Created => "created",
            Self::Adopted => "adopted",
            Self::Removed => "removed",
            Self::Kept => "kept",
        }
    }
}

/// What an operation on a release would do to its objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Objects that do not stay as they are: those of the new manifest in its order, then those that go.
    pub objects: Vec<ObjectChange>,
    /// How many are the same in both manifests.
    pub unchanged: usize,
}

impl Difference {
    /// Compares the manifests of a release in `namespace`. `adopted` are objects of the new one that are in the cluster
    /// though the old one does not have them.
    pub fn of(old: &[Resource], new: &[Resource], adopted: &[Resource], namespace: &str) -> Self {
        let mut objects = vec![];
        let mut unchanged = 0;
        for wanted in new {
            let before = old.iter().find(|old| old.is_same(wanted));
            let is_adopted = || adopted.iter().any(|adopted| adopted.is_same(wanted));
            match before {
                Some(before) if before.object == wanted.object => unchanged += 1,
                Some(before) => objects.push(change(Some(before), Some(wanted), ObjectFate::Changed, namespace)),
                None if is_adopted() => objects.push(change(None, Some(wanted), ObjectFate::Adopted, namespace)),
                None => objects.push(change(None, Some(wanted), ObjectFate::Created, namespace)),
            }
        }
        for before in old.iter().filter(|old| !new.iter().any(|new| new.is_same(old))) {
            let fate = if is_kept(&before.object) { ObjectFate::Kept } else { ObjectFate::Removed };
            objects.push(change(Some(before), None, fate, namespace));
        }
        Self { objects, unchanged }
    }

    /// Compares objects one by one, each under its name: `milvus/prod`. Nothing before is an object that comes.
    pub fn of_each<'a>(objects: impl IntoIterator<Item = (String, Option<&'a Value>, &'a Value)>) -> Self {
        let mut difference = Self { objects: vec![], unchanged: 0 };
        for (object, before, after) in objects {
            let change = match before {
                Some(before) if before == after => {
                    difference.unchanged += 1;
                    continue;
                }
                Some(_) => ObjectFate::Changed,
                None => ObjectFate::Created,
            };
            let diff = unified(before, Some(after));
            difference.objects.push(ObjectChange { object, namespace: None, change, images: vec![], diff });
        }
        difference
    }

    /// Those that have this fate.
    pub fn with(&self, fate: ObjectFate) -> impl Iterator<Item = &ObjectChange> {
        self.objects.iter().filter(move |object| object.change == fate)
    }

    /// The images that change, each once with how many objects change it.
    pub fn images(&self) -> Vec<(&str, usize)> {
        let mut counted: Vec<(&str, usize)> = vec![];
        for image in self.objects.iter().flat_map(|object| &object.images) {
            match counted.iter_mut().find(|(known, _)| known == image) {
                Some((_, count)) => *count += 1,
                None => counted.push((image, 1)),
            }
        }
        counted
    }
}

fn change(old: Option<&Resource>, new: Option<&Resource>, fate: ObjectFate, namespace: &str) -> ObjectChange {
    let one = new.or(old);
    let name = |one: &Resource| format!("{}/{}", one.kind.to_lowercase(), one.name);
    let (before, after) = (old.map(|old| &old.object), new.map(|new| &new.object));
    ObjectChange {
        object: one.map(name).unwrap_or_default(),
        namespace: one.map(|one| one.namespace.clone()).filter(|own| !own.is_empty() && own != namespace),
        change: fate,
        images: image::changes(before, after),
        diff: unified(before, after),
    }
}

/// The lines that differ, with lines around them, and without what is secret.
fn unified(before: Option<&Value>, after: Option<&Value>) -> String {
    let (before, after) = mask::both(before, after);
    let (before, after) = (text(before.as_ref()), text(after.as_ref()));
    TextDiff::from_lines(&before, &after).unified_diff().context_radius(CONTEXT).to_string()
}

/// An object as YAML, its fields sorted, so that only what means something differs.
fn text(object: Option<&Value>) -> String {
    let Some(object) = object else { return String::new() };
    let mut text = yaml::write(&json::from_live(object));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Difference, ObjectFate};
    use crate::helm::resource::{Resource, Scope, place, read};

    fn resources(manifest: &str) -> Vec<Resource> {
        let mut resources = read(manifest).unwrap();
        place(&mut resources, "vec", &|_, _| Some(Scope::Namespace)).unwrap();
        resources
    }

    fn difference(old: &str, new: &str) -> Difference {
        Difference::of(&resources(old), &resources(new), &[], "vec")
    }

    fn map(name: &str, value: &str) -> String {
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{size: '{value}'}}\n")
    }

    #[test]
    fn every_object_is_told_once_and_what_stays_is_counted() {
        let kept = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: log, annotations: \
                    {helm.sh/resource-policy: keep}}\n";
        let old = [map("a", "1"), map("b", "1"), map("gone", "1"), kept.to_owned()].concat();
        let new = [map("b", "2"), map("a", "1"), map("new", "1"), map("found", "1")].concat();
        let adopted = resources(&map("found", "0"));
        let found = Difference::of(&resources(&old), &resources(&new), &adopted, "vec");
        let told: Vec<_> = found.objects.iter().map(|it| (it.object.as_str(), it.change)).collect();
        assert_eq!(
            told,
            [
                ("configmap/b", ObjectFate::Changed),
                ("configmap/new", ObjectFate::Created),
                ("configmap/found", ObjectFate::Adopted),
                ("configmap/gone", ObjectFate::Removed),
                ("configmap/log", ObjectFate::Kept),
            ]
        );
        assert_eq!(found.unchanged, 1);
        insta::assert_snapshot!(found.objects[0].diff, @r#"
        @@ -1,6 +1,6 @@
         apiVersion: v1
         data:
        -  size: "1"
        +  size: "2"
         kind: ConfigMap
         metadata:
           name: b
        "#);
        insta::assert_snapshot!(found.objects[3].diff, @r#"
        @@ -1,7 +0,0 @@
        -apiVersion: v1
        -data:
        -  size: "1"
        -kind: ConfigMap
        -metadata:
        -  name: gone
        -  namespace: vec
        "#);
    }

    #[test]
    fn another_order_of_fields_or_another_writing_is_no_change() {
        let old = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 1, name: a}]}\n";
        let new = "# Source: x\nkind: Service\napiVersion: v1\nspec:\n  ports:\n  - name: \"a\"\n    port: 0x1\nmetadata: {name: s}\n";
        assert_eq!(difference(old, new), Difference { objects: vec![], unchanged: 1 });
    }

    #[test]
    fn another_version_of_the_api_is_a_change_and_no_other_object() {
        let old = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: p}\n";
        let found = difference(old, &old.replace("v1beta1", "v1"));
        assert_eq!(found.objects.len(), 1);
        assert!(found.objects[0].diff.contains("-apiVersion: policy/v1beta1\n+apiVersion: policy/v1\n"));
    }

    #[test]
    fn objects_are_compared_one_by_one_without_their_secrets() {
        let spec = |image: &str, password: &str| serde_json::json!({"image": image, "password": password});
        let (old, new) = (spec("a:1", "planted"), spec("a:2", "planted"));
        let found = Difference::of_each([
            ("milvus/prod".to_owned(), Some(&old), &new),
            ("milvusupgrade/prod".to_owned(), None, &old),
            ("milvus/same".to_owned(), Some(&old), &old),
        ]);
        let told: Vec<_> = found.objects.iter().map(|it| (it.object.as_str(), it.change)).collect();
        assert_eq!(told, [("milvus/prod", ObjectFate::Changed), ("milvusupgrade/prod", ObjectFate::Created)]);
        assert_eq!(found.unchanged, 1);
        assert!(found.objects[0].diff.contains("-image: a:1\n+image: a:2\n"), "{}", found.objects[0].diff);
        assert!(found.objects.iter().all(|object| !object.diff.contains("planted")), "{found:?}");
    }

    #[test]
    fn an_object_elsewhere_says_where() {
        let found = difference("", "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: other}\n");
        assert_eq!(found.objects[0].namespace.as_deref(), Some("other"));
    }

    #[test]
    fn images_are_told_with_how_many_objects_change_them() {
        let pod = |name: &str, image: &str| {
            format!(
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: \
                 {{initContainers: [{{name: config, image: tool:1}}], containers: [{{name: main, image: '{image}'}}]}}}}}}\n"
            )
        };
        let old = [pod("a", "m:1"), pod("b", "m:1"), pod("c", "e:1")].concat();
        let new = [pod("a", "m:2"), pod("b", "m:2"), pod("c", "e:1")].concat();
        assert_eq!(difference(&old, &new).images(), [("m:1 -> m:2", 2)]);
    }
}
