//! What lies around instances: in one look with the rest what always counts, and in a second one what only matters to
//! those that have such a thing at all.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::Future,
};

use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        core::v1::{Namespace, ResourceQuota, Secret},
        discovery::v1::EndpointSlice,
        policy::v1::PodDisruptionBudget,
    },
};
use kube::{
    Api, Error, Resource, ResourceExt,
    api::{ListParams, ObjectList},
};
use serde::de::DeserializeOwned;

use super::{
    Cluster, bare,
    group::{Deployed, Groups, INSTANCE_LABEL, by_name, by_namespace, by_release},
    observe::part,
    selector::{fits, is_empty},
    view::{self, Hook},
};
use crate::snapshot::{
    Backing, Budget, Definition, Part, Quota, Resource as Milvus, Sharing, StatefulSet as SeenSet, Surroundings,
    VolumeClaim, Webhook,
};

/// How many objects a page holds.
const PAGE: u32 = 500;
/// Secrets of these types pull no image; the rest of a namespace's is short.
const NO_PULL_SECRETS: &str =
    "type!=Opaque,type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,type!=kubernetes.io/tls";
/// The dependencies that the operator installs, as releases of their own.
const RELEASES: [&str; 4] = ["etcd", "minio", "kafka", "pulsar"];

/// Labels of a namespace, by its name.
type Labels = BTreeMap<String, BTreeMap<String, String>>;

/// What is looked at together with the workload.
pub(super) struct Near {
    /// By the release that they are of.
    sets: Part<Groups<Set>>,
    /// By the instance that their selector names; those that name none under an empty name.
    budgets: Part<Groups<PodDisruptionBudget>>,
    quotas: Part<Groups<Quota>>,
    hooks: Part<Vec<Hook>>,
}

/// A `StatefulSet`, with what is looked at besides that no snapshot keeps.
struct Set {
    seen: SeenSet,
    /// The version of the chart of etcd that made it, where it is one.
    etcd_chart: Option<String>,
    pod_labels: BTreeMap<String, String>,
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
    claims: Part<Groups<VolumeClaim>>,
    services: Part<Vec<Backing>>,
    namespaces: Part<Labels>,
    /// By their names.
    pull_secrets: Part<Groups<()>>,
    /// Namespaces and names of instances, by the places that they use.
    places: Part<HashMap<String, Vec<(String, String)>>>,
}

/// What makes a second look worth its requests.
pub(super) struct Reason<'a> {
    /// The namespace; all where none is named.
    pub(super) namespace: Option<&'a str>,
    pub(super) deployments: &'a Part<Groups<Deployed>>,
    pub(super) definition: Option<&'a Definition>,
    pub(super) milvuses: &'a [Milvus],
    /// Whether these are all of the cluster.
    pub(super) are_all: bool,
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
        let (claims, services, pull_secrets, places) = tokio::join!(
            self.claims(near, reason),
            self.services(near, reason.definition),
            self.pull_secrets(reason),
            self.places(reason),
        );
        let namespaces = self.namespaces(near, &services, reason.namespace).await;
        Far { claims, services, namespaces, pull_secrets, places }
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
            found.into_iter().for_each(|(namespace, name)| names.put(namespace, name, ()));
            names
        })
    }

    async fn places(&self, reason: &Reason<'_>) -> Part<HashMap<String, Vec<(String, String)>>> {
        if !reason.milvuses.iter().any(Milvus::has_external_dependency) {
            return Part::Known(HashMap::new());
        }
        let uses = |milvus: &Milvus| (milvus.namespace.clone(), milvus.name.clone(), milvus.places());
        let all = if reason.are_all {
            Ok(reason.milvuses.iter().map(uses).collect())
        } else {
            self.pages_of(self.milvuses(None), |object| Some(uses(&view::resource(object)))).await
        };
        part(all, "milvuses in all namespaces").map(|all| {
            let mut by_place: HashMap<String, Vec<(String, String)>> = HashMap::new();
            for (namespace, name, places) in all {
                for place in places {
                    by_place.entry(place).or_default().push((namespace.clone(), name.clone()));
                }
            }
            by_place
        })
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
fn answers(services: &Part<Vec<Backing>>, webhook: &Webhook) -> bool {
    let of = |service: &&Backing| service.namespace == webhook.service_namespace && service.name == webhook.service;
    services.known().is_none_or(|services| services.iter().find(of).is_some_and(|service| service.ready > 0))
}

/// What an instance is called, and what was seen of it.
pub(super) struct Owner<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    /// The resource, where the operator runs it.
    pub(super) milvus: Option<&'a Milvus>,
    /// Its Deployments.
    pub(super) deployments: &'a [Deployed],
}

impl Near {
    /// The part of it that concerns one instance.
    pub(super) fn around(&self, far: &Far, owner: &Owner<'_>) -> Surroundings {
        let sets: Part<Vec<&Set>> = self.sets.as_ref().map(|sets| owner.sets(sets));
        let seen = sets.as_ref().map(|sets| sets.iter().map(|set| set.seen.clone()).collect());
        Surroundings {
            claims: owner.claims(far, &seen),
            budgets: owner.budgets(&self.budgets, sets.known().map_or(&[], Vec::as_slice)),
            quotas: self.quotas.as_ref().map(|quotas| quotas.of(owner.namespace, "").to_vec()),
            webhooks: self
                .hooks
                .as_ref()
                .map(|hooks| hooks.iter().filter_map(|hook| owner.webhook(hook, far)).collect()),
            services: far.services.clone(),
            pull_secrets: far.pull_secrets.as_ref().map(|secrets| owner.pull_secrets(secrets)),
            sharing: far.places.as_ref().map(|places| owner.sharing(places)),
            sets: seen,
        }
    }

    /// The version of the chart of etcd that made a release of the operator; `None` where there is no such release.
    pub(super) fn etcd_chart(&self, namespace: &str, release: &str) -> Part<Option<String>> {
        self.sets.as_ref().map(|sets| sets.of(namespace, release).iter().find_map(|set| set.etcd_chart.clone()))
    }
}

/// The instance whose pods a budget is over, where its selector names one.
fn named_instance(budget: &PodDisruptionBudget) -> String {
    let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let labels = selector.and_then(|selector| selector.match_labels.as_ref());
    labels.and_then(|labels| labels.get(INSTANCE_LABEL)).cloned().unwrap_or_default()
}

impl Owner<'_> {
    /// Those of its dependencies. The operator installs each as a release `NAME-etcd`.
    fn sets<'a>(&self, sets: &'a Groups<Set>) -> Vec<&'a Set> {
        if self.milvus.is_none() {
            return sets.of(self.namespace, self.name).iter().collect();
        }
        let of_operator = RELEASES.iter().flat_map(|part| sets.of(self.namespace, &format!("{}-{part}", self.name)));
        of_operator.collect()
    }

    fn claims(&self, far: &Far, sets: &Part<Vec<SeenSet>>) -> Part<Vec<VolumeClaim>> {
        let of_sets = sets.known().into_iter().flatten().flat_map(SeenSet::claim_names);
        let of_pods = self.deployments.iter().flat_map(|it| it.claims.iter().cloned());
        let mounted: BTreeSet<String> = of_sets.chain(of_pods).collect();
        let own = |claims: &Groups<VolumeClaim>| {
            mounted.iter().flat_map(|name| claims.of(self.namespace, name)).cloned().collect()
        };
        far.claims.as_ref().map(own)
    }

    fn budgets(&self, budgets: &Part<Groups<PodDisruptionBudget>>, sets: &[&Set]) -> Part<Vec<Budget>> {
        let milvus: Vec<_> = self.deployments.iter().map(|it| &it.pod_labels).collect();
        let parts: Vec<_> = sets.iter().map(|set| &set.pod_labels).collect();
        let instances = milvus.iter().chain(&parts).filter_map(|labels| labels.get(INSTANCE_LABEL));
        let named: BTreeSet<&str> = instances.map(String::as_str).chain([""]).collect();
        budgets.as_ref().map(|budgets| {
            let over = |budget: &PodDisruptionBudget| {
                let selector = budget.spec.as_ref()?.selector.as_ref()?;
                let over = |all: &[&BTreeMap<String, String>]| all.iter().any(|labels| fits(selector, labels));
                let is_of_milvus = over(&milvus);
                (is_of_milvus || over(&parts)).then(|| view::budget(budget, is_of_milvus))
            };
            named.iter().flat_map(|name| budgets.of(self.namespace, name)).filter_map(over).collect()
        })
    }

    /// The webhook, where it is asked about this namespace or may be.
    fn webhook(&self, hook: &Hook, far: &Far) -> Option<Webhook> {
        let mut webhook = hook.webhook.clone();
        if is_empty(&hook.namespaces) || answers(&far.services, &webhook) {
            return Some(webhook);
        }
        match &far.namespaces {
            Part::Known(labels) => match labels.get(self.namespace) {
                Some(labels) => fits(&hook.namespaces, labels).then_some(webhook),
                None => Some(webhook),
            },
            Part::Unknown(reason) => {
                webhook.doubt = Some(format!("it is asked only about some namespaces, and there is {reason}"));
                Some(webhook)
            }
        }
    }

    fn pull_secrets(&self, secrets: &Groups<()>) -> Vec<String> {
        let named: BTreeSet<&String> = self.deployments.iter().flat_map(|it| &it.pull_secrets).collect();
        let is_there = |name: &&String| !secrets.of(self.namespace, name).is_empty();
        named.into_iter().filter(is_there).cloned().collect()
    }

    fn sharing(&self, places: &HashMap<String, Vec<(String, String)>>) -> Vec<Sharing> {
        let mut sharing: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for place in self.milvus.map(Milvus::places).unwrap_or_default() {
            for (namespace, name) in places.get(&place).into_iter().flatten() {
                if (namespace.as_str(), name.as_str()) != (self.namespace, self.name) {
                    sharing.entry((namespace, name)).or_default().push(place.clone());
                }
            }
        }
        let of = |((namespace, name), places): ((&str, &str), Vec<String>)| Sharing {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            places,
        };
        sharing.into_iter().map(of).collect()
    }
}
