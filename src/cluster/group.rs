//! Objects of many instances, read page by page, kept as the snapshot has them, and told apart once: however many
//! instances there are, each object is looked at once.

use std::{collections::BTreeMap, collections::HashMap, fmt::Debug};

use k8s_openapi::{NamespaceResourceScope, api::apps::v1 as apps};
use kube::{Error, Resource, ResourceExt, api::ListParams};
use serde::de::DeserializeOwned;

use super::{Cluster, view};
use crate::snapshot;

/// Things by the namespace that they are in and the instance that they belong to.
pub(super) struct Groups<T> {
    by: HashMap<String, HashMap<String, Vec<T>>>,
}

impl<T> Groups<T> {
    /// Those of this instance.
    pub(super) fn of(&self, namespace: &str, instance: &str) -> &[T] {
        self.by.get(namespace).and_then(|instances| instances.get(instance)).map_or(&[], Vec::as_slice)
    }

    /// The same, of which nothing is kept here.
    pub(super) fn take(&mut self, namespace: &str, instance: &str) -> Vec<T> {
        self.by.get_mut(namespace).and_then(|instances| instances.remove(instance)).unwrap_or_default()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.by.values().flat_map(HashMap::values).flatten()
    }
}

/// By which name things of a namespace are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The instance that their labels name.
    Instance,
    /// None: all of the namespace belong together, under an empty name.
    Namespace,
}

/// A Deployment, with what is looked at besides that no snapshot keeps.
pub(super) struct Deployed {
    /// As the snapshot has it; none where it runs no component of Milvus.
    pub(super) seen: Option<snapshot::Deployment>,
    /// Claims that its pods mount.
    pub(super) claims: Vec<String>,
    /// The Secrets with which its images are pulled.
    pub(super) pull_secrets: Vec<String>,
    /// The labels of its pods.
    pub(super) pod_labels: BTreeMap<String, String>,
}

impl Deployed {
    pub(super) fn new(mut object: apps::Deployment) -> Self {
        let template = object.spec.as_mut().map(|spec| &mut spec.template);
        let (mut claims, mut pull_secrets, mut pod_labels) = (vec![], vec![], BTreeMap::new());
        if let Some(template) = template {
            pod_labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default();
            let pod = template.spec.as_ref();
            let volumes = pod.and_then(|pod| pod.volumes.as_deref()).unwrap_or_default();
            let claim = |volume: &k8s_openapi::api::core::v1::Volume| {
                Some(volume.persistent_volume_claim.as_ref()?.claim_name.clone())
            };
            claims = volumes.iter().filter_map(claim).collect();
            let secrets = pod.and_then(|pod| pod.image_pull_secrets.as_deref()).unwrap_or_default();
            pull_secrets = secrets.iter().map(|secret| secret.name.clone()).collect();
        }
        Self { seen: view::deployment(object), claims, pull_secrets, pod_labels }
    }
}

impl Cluster {
    /// A whole list, page by page, of which only what `view` makes of each object is kept.
    pub(super) async fn groups<K, T>(
        &self,
        namespace: Option<&str>,
        params: &ListParams,
        by: By,
        view: impl Fn(K) -> Option<T>,
    ) -> Result<Groups<T>, Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
    {
        let api = self.within::<K>(namespace);
        let keyed = |object: K| {
            let place = object.namespace().unwrap_or_default();
            let label = object.labels().get("app.kubernetes.io/instance");
            let instance = label.filter(|_| by == By::Instance).cloned().unwrap_or_default();
            Some((place, instance, view(object)?))
        };
        let ask = |params: ListParams| {
            let api = api.clone();
            async move { api.list(&params).await }
        };
        let found = self.pages(params.clone(), ask, keyed).await?;
        let mut by: HashMap<String, HashMap<String, Vec<T>>> = HashMap::new();
        for (place, instance, thing) in found {
            by.entry(place).or_default().entry(instance).or_default().push(thing);
        }
        Ok(Groups { by })
    }
}
