//! What lies around instances: in one look with the rest what always counts, and in a second one what only matters to
//! those that have such a thing at all.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::Future,
};

use k8s_openapi::NamespaceResourceScope;
use kube::{
    Api, Error, Resource, ResourceExt,
    api::{ListParams, ObjectList},
};
use serde::de::DeserializeOwned;

use super::{
    Cluster,
    bare::{self, ConfigMap, EndpointSlice, Namespace, PodDisruptionBudget, ResourceQuota, Secret},
    error,
    group::{Deployed, Groups, INSTANCE_LABEL, by_name, by_namespace, by_release},
    observe::part,
    selector::is_empty,
    view::{self, Hook},
};
use crate::snapshot::{
    Backing, Definition, EtcdSpace, Part, Quota, Resource as Milvus, StatefulSet as SeenSet, VolumeClaim, Webhook,
};

/// How many objects a page holds.
const PAGE: u32 = 500;
/// Secrets of these types pull no image; the rest of a namespace's is short.
const NO_PULL_SECRETS: &str =
    "type!=Opaque,type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,type!=kubernetes.io/tls";
/// The dependencies that the operator installs, as releases of their own.
pub(super) const RELEASES: [&str; 4] = ["etcd", "minio", "kafka", "pulsar"];

/// Labels of a namespace, by its name.
pub(super) type Labels = BTreeMap<String, BTreeMap<String, String>>;

/// What is looked at together with the workload.
pub(super) struct Near {
    /// By the release that they are of.
    pub(super) sets: Part<Groups<Set>>,
    /// By the instance that their selector names; those that name none under an empty name.
    pub(super) budgets: Part<Groups<PodDisruptionBudget>>,
    pub(super) quotas: Part<Groups<Quota>>,
    pub(super) hooks: Part<Vec<Hook>>,
}

/// A `StatefulSet`, with what is looked at besides that no snapshot keeps.
pub(super) struct Set {
    pub(super) seen: SeenSet,
    /// The version of the chart of etcd that made it, where it is one.
    pub(super) etcd_chart: Option<String>,
    pub(super) pod_labels: BTreeMap<String, String>,
}

impl Set {
    fn new(mut object: bare::StatefulSet) -> Self {
        let chart = object.labels().get("helm.sh/chart").and_then(|chart| chart.strip_prefix("etcd-"));
        let etcd_chart = chart.map(str::to_owned);
        let pod_labels = object.spec.as_mut().and_then(|spec| spec.template.metadata.labels.take());
        Self { seen: view::stateful_set(object), etcd_chart, pod_labels: pod_labels.unwrap_or_default() }
    }
}

/// What is looked at afterwards, where anything of the instances asks for it.
pub(super) struct Far {
    /// By their names.
    pub(super) claims: Part<Groups<VolumeClaim>>,
    /// What becomes of volumes, by their names.
    pub(super) policies: Part<HashMap<String, String>>,
    /// Of the one instance that is looked at.
    pub(super) etcd_space: Part<Option<EtcdSpace>>,
    pub(super) services: Part<Vec<Backing>>,
    pub(super) namespaces: Part<Labels>,
    /// By their names.
    pub(super) pull_secrets: Part<Groups<()>>,
    pub(super) places: Places,
}

/// Who keeps data where, as far as that could be seen.
#[derive(Default)]
pub(super) struct Places {
    /// Instances, by the places that they use.
    pub(super) users: HashMap<String, Vec<Sharer>>,
    /// Why there may be more of them.
    pub(super) unseen: Option<String>,
}

/// An instance that may share a place with another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sharer {
    /// Whether Helm runs it.
    pub(super) is_release: bool,
    pub(super) namespace: String,
    pub(super) name: String,
}

/// An instance, and the places that it uses.
pub(super) struct InUse {
    pub(super) user: Sharer,
    pub(super) places: Vec<String>,
}

/// What makes a second look worth its requests.
pub(super) struct Reason<'a> {
    /// The namespace; all where none is named.
    pub(super) namespace: Option<&'a str>,
    /// The instance; none where there are several.
    pub(super) name: Option<&'a str>,
    pub(super) deployments: &'a Part<Groups<Deployed>>,
    pub(super) definition: Option<&'a Definition>,
    pub(super) milvuses: &'a [Milvus],
    /// Where a Helm release keeps its data.
    pub(super) places: &'a [String],
    /// Whether these are all of the cluster.
    pub(super) are_all: bool,
}

impl Places {
    fn add(&mut self, InUse { user, places }: InUse) {
        for place in places {
            self.users.entry(place).or_default().push(user.clone());
        }
    }
}

impl Cluster {
    /// Five requests, all at once.
    pub(super) async fn near(&self, namespace: Option<&str>) -> Near {
        let all = ListParams::default();
        let quota = |object: ResourceQuota| Some(view::quota(object));
        let (sets, budgets, quotas, validating, mutating) = tokio::join!(
            self.groups(namespace, &all, by_release, |object| Some(Set::new(object))),
            self.groups(namespace, &all, named_instance, Some),
            self.groups(namespace, &all, by_namespace, quota),
            self.pages_of(Api::all(self.client.clone()), |object| Some(view::validating(object))),
            self.pages_of(Api::all(self.client.clone()), |object| Some(view::mutating(object))),
        );
        let hooks = match (validating, mutating) {
            (Ok(validating), Ok(mutating)) => Part::Known(validating.into_iter().chain(mutating).flatten().collect()),
            (Err(error), _) => part(Err(error), "validatingwebhookconfigurations"),
            (_, Err(error)) => part(Err(error), "mutatingwebhookconfigurations"),
        };
        Near {
            sets: part(sets, "statefulsets"),
            budgets: part(budgets, "poddisruptionbudgets"),
            quotas: part(quotas, "resourcequotas"),
            hooks,
        }
    }

    /// One request for each kind of thing that the instances have; none for those that have none of it.
    pub(super) async fn far(&self, near: &Near, reason: &Reason<'_>) -> Far {
        let (claims, etcd_space, services, pull_secrets, places) = tokio::join!(
            self.claims(near, reason),
            self.etcd_space(near, reason),
            self.services(near, reason.definition),
            self.pull_secrets(reason),
            self.places(reason),
        );
        let (namespaces, policies) =
            tokio::join!(self.namespaces(near, &services, reason.namespace), self.policies(&claims));
        Far { claims, policies, etcd_space, services, namespaces, pull_secrets, places }
    }

    /// What becomes of volumes once nobody claims them, where anything is claimed.
    async fn policies(&self, claims: &Part<Groups<VolumeClaim>>) -> Part<HashMap<String, String>> {
        if claims.known().is_some_and(|claims| claims.iter().all(|claim| claim.volume.is_empty())) {
            return Part::Known(HashMap::new());
        }
        let policy = |object: bare::PersistentVolume| {
            let policy = object.spec.and_then(|spec| spec.persistent_volume_reclaim_policy);
            Some((object.metadata.name?, policy.unwrap_or_default()))
        };
        let found = self.pages_of(Api::all(self.client.clone()), policy).await;
        part(found, "persistentvolumes").map(|found| found.into_iter().collect())
    }

    /// How full the etcd of one instance is.
    async fn etcd_space(&self, near: &Near, reason: &Reason<'_>) -> Part<Option<EtcdSpace>> {
        let (Some(namespace), Some(name)) = (reason.namespace, reason.name) else {
            return Part::Unknown("etcd is asked for its size only where one instance is looked at".to_owned());
        };
        let releases = [name.to_owned(), format!("{name}-etcd")];
        let sets = near.sets.as_ref().map(|sets| {
            let own = releases.iter().flat_map(|release| sets.of(namespace, release));
            own.filter(|set| set.seen.part == "etcd" && set.seen.ready > 0).map(|set| set.seen.name.clone()).next()
        });
        match sets {
            Part::Known(Some(set)) => self.space_of(namespace, &format!("{set}-0")).await.map(Some),
            Part::Known(None) => Part::Known(None),
            Part::Unknown(reason) => Part::Unknown(reason),
        }
    }

    async fn claims(&self, near: &Near, reason: &Reason<'_>) -> Part<Groups<VolumeClaim>> {
        let of_sets = near.sets.known().is_some_and(|sets| sets.iter().any(|set| !set.seen.claims.is_empty()));
        let mut deployments = reason.deployments.known().into_iter().flat_map(Groups::iter);
        let of_deployments = deployments.any(|deployment| !deployment.claims.is_empty());
        if !of_sets && !of_deployments {
            return Part::Known(Groups::none());
        }
        let claim = |object: bare::PersistentVolumeClaim| Some(view::volume_claim(object));
        part(self.groups(reason.namespace, &ListParams::default(), by_name, claim).await, "persistentvolumeclaims")
    }

    async fn services(&self, near: &Near, definition: Option<&Definition>) -> Part<Vec<Backing>> {
        let hooks = near.hooks.known().into_iter().flatten();
        let mut names: BTreeSet<&str> = hooks.map(|hook| hook.webhook.service.as_str()).collect();
        let converts = definition.filter(|definition| definition.needs_conversion());
        names.extend(converts.and_then(|definition| Some(definition.converter.as_ref()?.1.as_str())));
        if names.is_empty() {
            return Part::Known(vec![]);
        }
        let names: Vec<&str> = names.into_iter().collect();
        let params = ListParams::default().labels(&format!("kubernetes.io/service-name in ({})", names.join(",")));
        let api: Api<EndpointSlice> = Api::all(self.client.clone());
        let slices = self.pages(params, |params| list(api.clone(), params), Some).await;
        part(slices, "endpointslices in all namespaces").map(view::backings)
    }

    /// The labels of namespaces, where a webhook without anybody behind it looks at them.
    async fn namespaces(&self, near: &Near, services: &Part<Vec<Backing>>, namespace: Option<&str>) -> Part<Labels> {
        let mut hooks = near.hooks.known().into_iter().flatten();
        if !hooks.any(|hook| !is_empty(&hook.namespaces) && !answers(services, &hook.webhook)) {
            return Part::Known(Labels::new());
        }
        let api: Api<Namespace> = Api::all(self.client.clone());
        let found = match namespace {
            Some(name) => self.read(|| api.get(name)).await.map(|found| vec![found]),
            None => self.pages_of(api, Some).await,
        };
        let labels = |found: Vec<Namespace>| {
            found.into_iter().map(|it| (it.name_any(), it.metadata.labels.unwrap_or_default())).collect()
        };
        part(found, "namespaces").map(labels)
    }

    async fn pull_secrets(&self, reason: &Reason<'_>) -> Part<Groups<()>> {
        let mut deployments = reason.deployments.known().into_iter().flat_map(Groups::iter);
        if deployments.all(|deployment| deployment.pull_secrets.is_empty()) {
            return Part::Known(Groups::none());
        }
        let api: Api<Secret> = self.within(reason.namespace);
        let params = ListParams::default().fields(NO_PULL_SECRETS);
        let ask = |params: ListParams| {
            let api = api.clone();
            // Nothing but names: what is in the Secrets stays where it is.
            async move { api.list_metadata(&params).await }
        };
        let found = self.pages(params, ask, |secret| Some((secret.namespace().unwrap_or_default(), secret.name_any())));
        part(found.await, "secrets").map(|found| {
            let mut names = Groups::none();
            for (namespace, name) in found {
                names.put(namespace, name, ());
            }
            names
        })
    }

    async fn places(&self, reason: &Reason<'_>) -> Places {
        if reason.places.is_empty() && !reason.milvuses.iter().any(Milvus::has_external_dependency) {
            return Places::default();
        }
        let (resources, releases) = tokio::join!(self.resources_in_use(reason), self.releases_in_use());
        let mut places = Places::default();
        for found in [part(resources, "milvuses in all namespaces"), part(releases, "configmaps in all namespaces")] {
            match found {
                Part::Known(found) => found.into_iter().for_each(|it| places.add(it)),
                Part::Unknown(reason) => places.unseen = Some(reason),
            }
        }
        places
    }

    async fn resources_in_use(&self, reason: &Reason<'_>) -> Result<Vec<InUse>, Error> {
        let uses = |milvus: &Milvus| InUse {
            user: Sharer { is_release: false, namespace: milvus.namespace.clone(), name: milvus.name.clone() },
            places: milvus.places(),
        };
        if reason.are_all {
            return Ok(reason.milvuses.iter().map(uses).collect());
        }
        let found = self.pages_of(self.milvuses(None), |object| Some(uses(&view::resource(object)))).await;
        // Where there is no operator no resource shares anything with a release.
        found.or_else(|error| if error::is_missing_kind(&error) { Ok(vec![]) } else { Err(error) })
    }

    /// Where releases keep their data: their records are large and one for each, so that the configuration which they
    /// brought tells it, all of the cluster in one list.
    async fn releases_in_use(&self) -> Result<Vec<InUse>, Error> {
        let api: Api<ConfigMap> = Api::all(self.client.clone());
        let params = ListParams::default().labels("app.kubernetes.io/managed-by=Helm");
        self.pages(params, |params| list(api.clone(), params), view::release_in_use).await
    }

    pub(super) fn within<K>(&self, namespace: Option<&str>) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        match namespace {
            Some(namespace) => Api::namespaced(self.client.clone(), namespace),
            None => Api::all(self.client.clone()),
        }
    }

    async fn pages_of<K, T>(&self, api: Api<K>, view: impl Fn(K) -> Option<T>) -> Result<Vec<T>, Error>
    where
        K: Clone + DeserializeOwned + std::fmt::Debug,
    {
        self.pages(ListParams::default(), |params| list(api.clone(), params), view).await
    }

    /// A whole list, page by page, so that no answer is long and nothing is kept that nobody looks at.
    pub(super) async fn pages<K, T, F, R>(
        &self,
        params: ListParams,
        ask: F,
        view: impl Fn(K) -> Option<T>,
    ) -> Result<Vec<T>, Error>
    where
        K: Clone,
        F: Fn(ListParams) -> R,
        R: Future<Output = Result<ObjectList<K>, Error>>,
    {
        let mut params = params.limit(PAGE);
        let mut all = vec![];
        loop {
            let page = self.read(|| ask(params.clone())).await?;
            all.extend(page.items.into_iter().filter_map(&view));
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok(all),
            }
        }
    }
}

pub(super) async fn list<K: Clone + DeserializeOwned + std::fmt::Debug>(
    api: Api<K>,
    params: ListParams,
) -> Result<ObjectList<K>, Error> {
    api.list(&params).await
}

/// Whether anybody is behind a webhook, as far as that is known.
pub(super) fn answers(services: &Part<Vec<Backing>>, webhook: &Webhook) -> bool {
    let of = |service: &&Backing| service.namespace == webhook.service_namespace && service.name == webhook.service;
    services.known().is_none_or(|services| services.iter().find(of).is_some_and(|service| service.ready > 0))
}

/// The instance whose pods a budget is over, where its selector names one.
fn named_instance(budget: &PodDisruptionBudget) -> String {
    let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let labels = selector.and_then(|selector| selector.match_labels.as_ref());
    labels.and_then(|labels| labels.get(INSTANCE_LABEL)).cloned().unwrap_or_default()
}
