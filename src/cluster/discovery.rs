use std::collections::BTreeMap;

use kube::{Discovery, api::ApiResource, discovery::Scope};

use super::Cluster;
use crate::{
    failure::Failure,
    helm::capability::{Capabilities, KubeVersion},
};

/// A kind, and where the API server serves its objects.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind {
    resource: ApiResource,
    is_namespaced: bool,
}

impl Kind {
    /// A kind of the core group whose objects live in namespaces, which every server has: no need to ask for it.
    pub fn core(kind: &str, plural: &str) -> Self {
        let resource = ApiResource {
            group: String::new(),
            version: "v1".to_owned(),
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        };
        Self { resource, is_namespaced: true }
    }

    /// A kind of another group whose objects live in namespaces, which every server has.
    pub fn of(group: &str, version: &str, kind: &str, plural: &str) -> Self {
        let resource = ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: format!("{group}/{version}"),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        };
        Self { resource, is_namespaced: true }
    }

    /// Whether its objects live in namespaces.
    pub fn is_namespaced(&self) -> bool {
        self.is_namespaced
    }

    /// The group that it belongs to; empty for the core.
    pub fn group(&self) -> &str {
        &self.resource.group
    }

    /// The version of the API in which it is asked for: `apps/v1`.
    pub fn api_version(&self) -> &str {
        &self.resource.api_version
    }

    /// `Deployment`.
    pub fn name(&self) -> &str {
        &self.resource.kind
    }

    /// Where the objects of a namespace are; of all where none is named.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.resource.group.is_empty() { "api" } else { "apis" };
        let place = match namespace {
            Some(namespace) if self.is_namespaced => format!("namespaces/{namespace}/"),
            _ => String::new(),
        };
        format!("/{root}/{}/{place}{}", self.resource.api_version, self.resource.plural)
    }

    pub(super) fn resource(&self) -> &ApiResource {
        &self.resource
    }
}

/// Everything that an API server serves.
#[derive(Clone, Debug)]
pub struct Kinds {
    kinds: BTreeMap<(String, String), Kind>,
    /// What `.Capabilities` of templates tells.
    pub capabilities: Capabilities,
}

impl Kinds {
    /// The kind of objects with this `apiVersion` and `kind`, where it is served.
    pub fn find(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        self.kinds.get(&(api_version.to_owned(), kind.to_owned()))
    }
}

impl Cluster {
    /// Asks what is served: two requests, or one for each group where the server is older than 1.30.
    ///
    /// Charts see every group with its versions, and each kind of them (Helm's `GetVersionSet`).
    pub async fn kinds(&self) -> Result<Kinds, Failure> {
        let attempt = "cannot ask which kinds are served";
        let version = self.read(|| self.client.apiserver_version());
        let discovery = self.read(|| Discovery::new(self.client.clone()).run_aggregated());
        let (version, discovery) = tokio::join!(version, discovery);
        let version = version.map_err(|error| self.explain(error, attempt))?;
        let discovery = if let Ok(discovery) = discovery {
            discovery
        } else {
            let run = self.read(|| Discovery::new(self.client.clone()).run()).await;
            run.map_err(|error| self.explain(error, attempt))?
        };
        let kube_version = KubeVersion::parse(&version.git_version).map_err(Failure::failed)?;
        let mut api_versions = vec![];
        let mut kinds = BTreeMap::new();
        for group in discovery.groups_alphabetical() {
            for version in group.versions() {
                let resources = group.versioned_resources(version);
                let group_version = match group.name() {
                    "" => version.to_owned(),
                    name => format!("{name}/{version}"),
                };
                api_versions.push(group_version.clone());
                for (resource, capabilities) in resources {
                    api_versions.push(format!("{group_version}/{}", resource.kind));
                    let key = (group_version.clone(), resource.kind.clone());
                    let is_namespaced = capabilities.scope == Scope::Namespaced;
                    kinds.insert(key, Kind { resource, is_namespaced });
                }
            }
        }
        Ok(Kinds { kinds, capabilities: Capabilities { kube_version, api_versions } })
    }
}
