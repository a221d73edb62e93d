use crate::{
    cluster::{Kind, Kinds},
    exit::Exit,
    failure::Failure,
    helm::resource::{self, Resource, Scope},
};

/// An object of a manifest, and where the API server serves it.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its kind.
    pub kind: Kind,
    /// The object, in its namespace.
    pub resource: Resource,
}

impl Item {
    /// The objects of a manifest, each in the release's namespace where it names no other.
    ///
    /// # Errors
    ///
    /// Where the API server has no such kind: then nothing can be compared either (helm#7219).
    pub fn of_manifest(manifest: &str, kinds: &Kinds, namespace: &str) -> Result<Vec<Self>, Failure> {
        let mut resources = resource::read(manifest).map_err(Failure::failed)?;
        let scope = |api_version: &str, kind: &str| {
            let kind = kinds.find(api_version, kind)?;
            Some(if kind.is_namespaced() { Scope::Namespace } else { Scope::Cluster })
        };
        resource::place(&mut resources, namespace, &scope).map_err(|error| {
            Failure::new(Exit::Blocked, anyhow::anyhow!(error.text().to_owned())).hint(
                "a definition is not installed, or this Kubernetes no longer serves that version: \
                 compare with `kubectl api-resources`",
            )
        })?;
        let item = |resource: Resource| {
            let kind = kinds.find(&resource.api_version, &resource.kind)?.clone();
            Some(Self { kind, resource })
        };
        Ok(resources.into_iter().filter_map(item).collect())
    }

    /// Its namespace; empty where its kind has none.
    pub fn namespace(&self) -> &str {
        &self.resource.namespace
    }

    /// Its name; empty where the server is to make one.
    pub fn name(&self) -> &str {
        &self.resource.name
    }

    /// As messages name it: `deployment/my-milvus-proxy`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.resource.kind.to_lowercase(), self.resource.name)
    }
}

/// The one among `items` that is the same object.
pub(super) fn find<'a>(items: &'a [Item], item: &Item) -> Option<&'a Item> {
    items.iter().find(|other| other.resource.is_same(&item.resource))
}

/// Those among `items` that are the same object.
pub(super) fn all_of<'a>(items: &'a [Item], item: &Item) -> Vec<&'a Item> {
    items.iter().filter(|other| other.resource.is_same(&item.resource)).collect()
}
