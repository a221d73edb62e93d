use serde_json::Value;

use crate::{
    cluster::{Kind, Kinds},
    failure::Failure,
    helm::resource::Resource,
};

/// An object of a manifest, and where the API server serves it.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; empty where the kind has none.
    pub namespace: String,
    /// Its name; empty where the server is to make one.
    pub name: String,
    /// The whole object.
    pub object: Value,
}

impl Item {
    /// The objects of a manifest, each in the release's namespace where it names no other.
    ///
    /// # Errors
    ///
    /// Where the API server has no such kind: then nothing can be compared either (helm#7219).
    pub fn of_manifest(resources: Vec<Resource>, kinds: &Kinds, namespace: &str) -> Result<Vec<Self>, Failure> {
        resources.into_iter().map(|resource| Self::new(resource, kinds, namespace)).collect()
    }

    fn new(resource: Resource, kinds: &Kinds, namespace: &str) -> Result<Self, Failure> {
        let Some(kind) = kinds.find(&resource.api_version, &resource.kind) else {
            let problem =
                format!("the cluster has no kind {} in {} (`{}`)", resource.kind, resource.api_version, resource.name);
            return Err(Failure::failed(problem).hint(
                "its definition is not installed, or this Kubernetes no longer serves that version: \
                 compare with `kubectl api-resources`",
            ));
        };
        let mut object = resource.object;
        let namespace = match (kind.is_namespaced(), resource.namespace) {
            (false, _) => String::new(),
            (true, Some(named)) => named,
            (true, None) => {
                object["metadata"]["namespace"] = namespace.into();
                namespace.to_owned()
            }
        };
        Ok(Self { kind: kind.clone(), namespace, name: resource.name, object })
    }

    /// Whether both are one object on the server: versions of a group are views of the same (helm#31768).
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind.name() == other.kind.name()
            && self.kind.group() == other.kind.group()
            && self.namespace == other.namespace
            && self.name == other.name
    }

    /// As messages name it: `deployment/my-milvus-proxy`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.kind.name().to_lowercase(), self.name)
    }
}

/// The one among `items` that is the same object.
pub(super) fn find<'a>(items: &'a [Item], item: &Item) -> Option<&'a Item> {
    items.iter().find(|other| other.is_same(item))
}
