//! Objects of many instances, read page by page, kept as the snapshot has them, and told apart once: however many
//! instances there are, each object is looked at once.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
};

use k8s_openapi::NamespaceResourceScope;
use kube::{Error, Resource, ResourceExt, api::ListParams};
use serde::de::DeserializeOwned;

use super::{Cluster, bare, surrounding::list, view};
use crate::snapshot;

/// What operator and charts call an instance by on everything that is of it.
pub(super) const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";

/// Things by the namespace that they are in and the instance that they belong to.
pub(super) struct Groups<T> {
    by: HashMap<String, HashMap<String, Vec<T>>>,
}

impl<T> Groups<T> {
    /// None at all.
    pub(super) fn none() -> Self {
        Self { by: HashMap::new() }
    }

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

    /// Every namespace and instance with what belongs to it, in no order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &str, &[T])> {
        self.by.iter().flat_map(|(namespace, instances)| {
            instances.iter().map(|(instance, things)| (namespace.as_str(), instance.as_str(), things.as_slice()))
        })
    }

    /// Puts another one to them.
    pub(super) fn put(&mut self, namespace: String, instance: String, thing: T) {
        self.by.entry(namespace).or_default().entry(instance).or_default().push(thing);
    }
}

/// The instance that labels name; empty where they name none.
pub(super) fn by_instance<K: Resource>(object: &K) -> String {
    object.labels().get(INSTANCE_LABEL).cloned().unwrap_or_default()
}

/// The release that labels of any chart name.
pub(super) fn by_release<K: Resource>(object: &K) -> String {
    let labels = object.labels();
    labels.get(INSTANCE_LABEL).or_else(|| labels.get("release")).cloned().unwrap_or_default()
}

/// The name of the thing itself.
pub(super) fn by_name<K: Resource>(object: &K) -> String {
    object.name_any()
}

/// All of a namespace together, under an empty name.
pub(super) fn by_namespace<K: Resource>(_: &K) -> String {
    String::new()
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
    pub(super) fn new(object: bare::Deployment) -> Self {
        let (mut claims, mut pull_secrets, mut pod_labels) = (vec![], vec![], BTreeMap::new());
        if let Some(spec) = &object.spec {
            pod_labels = spec.template.metadata.labels.clone().unwrap_or_default();
            let pod = spec.template.spec.as_ref();
            let volumes = pod.and_then(|pod| pod.volumes.as_deref()).unwrap_or_default();
            let claim = |volume: &bare::Volume| volume.persistent_volume_claim.as_ref().map(|it| it.claim_name.clone());
            claims = volumes.iter().filter_map(claim).collect();
            let secrets = pod.and_then(|pod| pod.image_pull_secrets.as_deref()).unwrap_or_default();
            pull_secrets = secrets.iter().map(|secret| secret.name.clone()).collect();
        }
        Self { seen: view::deployment(object), claims, pull_secrets, pod_labels }
    }
}

impl Cluster {
    /// A whole list, page by page, of which only what `view` makes of each object is kept, by what `by` calls it.
    pub(super) async fn groups<K, T>(
        &self,
        namespace: Option<&str>,
        params: &ListParams,
        by: impl Fn(&K) -> String,
        view: impl Fn(K) -> Option<T>,
    ) -> Result<Groups<T>, Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
    {
        let api = self.within::<K>(namespace);
        let keyed = |object: K| Some((object.namespace().unwrap_or_default(), by(&object), view(object)?));
        let mut groups = Groups::none();
        for (place, instance, thing) in self.pages(params.clone(), |params| list(api.clone(), params), keyed).await? {
            groups.put(place, instance, thing);
        }
        Ok(groups)
    }
}
