//! What lies around instances: in one look with the rest what always counts, and in a second one what only matters to
//! those that have such a thing at all.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::Future,
};

use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::StatefulSet,
        core::v1::{Namespace, PersistentVolumeClaim, ResourceQuota, Secret},
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
    Cluster,
    group::{Deployed, Groups},
    observe::part,
    selector::{fits, is_empty},
    view::{self, Hook},
};
use crate::snapshot::{
    Backing, Budget, Definition, Part, Resource as Milvus, Sharing, StatefulSet as SeenSet, Surroundings, VolumeClaim,
    Webhook,
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
    pub(super) sets: Part<Vec<StatefulSet>>,
    budgets: Part<Vec<PodDisruptionBudget>>,
    quotas: Part<Vec<ResourceQuota>>,
    hooks: Part<Vec<Hook>>,
}

/// What is looked at afterwards, where anything of the instances asks for it.
pub(super) struct Far {
    claims: Part<Vec<PersistentVolumeClaim>>,
    services: Part<Vec<Backing>>,
    namespaces: Part<Labels>,
    /// Namespace and name.
    pull_secrets: Part<Vec<(String, String)>>,
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
        let (sets, budgets, quotas, validating, mutating) = tokio::join!(
            self.pages_of(self.within::<StatefulSet>(namespace), Some),
            self.pages_of(self.within::<PodDisruptionBudget>(namespace), Some),
            self.pages_of(self.within::<ResourceQuota>(namespace), Some),
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

    async fn claims(&self, near: &Near, reason: &Reason<'_>) -> Part<Vec<PersistentVolumeClaim>> {
        let of_sets = near.sets.known().is_some_and(|sets| {
            sets.iter().any(|set| set.spec.as_ref().is_some_and(|spec| spec.volume_claim_templates.is_some()))
        });
        let mut deployments = reason.deployments.known().into_iter().flat_map(Groups::iter);
        let of_deployments = deployments.any(|deployment| !deployment.claims.is_empty());
        if !of_sets && !of_deployments {
            return Part::Known(vec![]);
        }
        part(self.pages_of(self.within(reason.namespace), Some).await, "persistentvolumeclaims")
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

    async fn pull_secrets(&self, reason: &Reason<'_>) -> Part<Vec<(String, String)>> {
        let mut deployments = reason.deployments.known().into_iter().flat_map(Groups::iter);
        if deployments.all(|deployment| deployment.pull_secrets.is_empty()) {
            return Part::Known(vec![]);
        }
        let api: Api<Secret> = self.within(reason.namespace);
        let params = ListParams::default().fields(NO_PULL_SECRETS);
        let ask = |params: ListParams| {
            let api = api.clone();
            // Nothing but names: what is in the Secrets stays where it is.
            async move { api.list_metadata(&params).await }
        };
        let found = self.pages(params, ask, |secret| Some((secret.namespace().unwrap_or_default(), secret.name_any())));
        part(found.await, "secrets")
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

async fn list<K: Clone + DeserializeOwned + std::fmt::Debug>(
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
        let sets: Part<Vec<&StatefulSet>> =
            self.sets.as_ref().map(|sets| sets.iter().filter(|set| owner.has_set(set)).collect());
        let seen = sets.as_ref().map(|sets| sets.iter().map(|set| view::stateful_set((*set).clone())).collect());
        Surroundings {
            claims: owner.claims(far, &seen),
            budgets: owner.budgets(&self.budgets, sets.known().map_or(&[], Vec::as_slice)),
            quotas: self
                .quotas
                .as_ref()
                .map(|quotas| quotas.iter().filter(|quota| owner.is_near(*quota)).cloned().map(view::quota).collect()),
            webhooks: self
                .hooks
                .as_ref()
                .map(|hooks| hooks.iter().filter_map(|hook| owner.webhook(hook, far)).collect()),
            services: far.services.clone(),
            pull_secrets: far.pull_secrets.as_ref().map(|secrets| {
                let here = secrets.iter().filter(|(namespace, _)| namespace == owner.namespace);
                let named = here.filter(|(_, name)| owner.names_secret(name));
                named.map(|(_, name)| name.clone()).collect()
            }),
            sharing: far.places.as_ref().map(|places| owner.sharing(places)),
            sets: seen,
        }
    }
}

impl Owner<'_> {
    fn is_near(&self, object: &impl Resource) -> bool {
        object.meta().namespace.as_deref() == Some(self.namespace)
    }

    /// Whether it belongs to a dependency of the instance. The operator installs each as a release `NAME-etcd`.
    fn has_set(&self, set: &StatefulSet) -> bool {
        let label = |key: &str| set.labels().get(key).map(String::as_str);
        let Some(release) = label("app.kubernetes.io/instance").or_else(|| label("release")) else { return false };
        let of_operator =
            |part: &&str| release.strip_prefix(self.name).and_then(|rest| rest.strip_prefix('-')) == Some(part);
        let is_own = if self.milvus.is_some() { RELEASES.iter().any(of_operator) } else { release == self.name };
        self.is_near(set) && is_own
    }

    fn claims(&self, far: &Far, sets: &Part<Vec<SeenSet>>) -> Part<Vec<VolumeClaim>> {
        let of_sets = sets.known().into_iter().flatten().flat_map(SeenSet::claim_names);
        let of_pods = self.deployments.iter().flat_map(|it| it.claims.iter().cloned());
        let mounted: BTreeSet<String> = of_sets.chain(of_pods).collect();
        far.claims.as_ref().map(|claims| {
            let own = claims.iter().filter(|claim| self.is_near(*claim) && mounted.contains(&claim.name_any()));
            own.cloned().map(view::volume_claim).collect()
        })
    }

    fn budgets(&self, budgets: &Part<Vec<PodDisruptionBudget>>, sets: &[&StatefulSet]) -> Part<Vec<Budget>> {
        let labels = |template: &k8s_openapi::api::core::v1::PodTemplateSpec| {
            template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default()
        };
        let milvus: Vec<_> = self.deployments.iter().map(|it| &it.pod_labels).collect();
        let of_set = |it: &&StatefulSet| it.spec.as_ref().map(|spec| labels(&spec.template)).unwrap_or_default();
        let parts: Vec<_> = sets.iter().map(of_set).collect();
        let parts: Vec<_> = parts.iter().collect();
        budgets.as_ref().map(|budgets| {
            let over = |budget: &PodDisruptionBudget| {
                let selector = budget.spec.as_ref()?.selector.as_ref()?;
                let over = |all: &[&BTreeMap<String, String>]| all.iter().any(|labels| fits(selector, labels));
                let is_of_milvus = over(&milvus);
                (is_of_milvus || over(&parts)).then(|| view::budget(budget, is_of_milvus))
            };
            budgets.iter().filter(|budget| self.is_near(*budget)).filter_map(over).collect()
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

    fn names_secret(&self, name: &str) -> bool {
        self.deployments.iter().flat_map(|it| &it.pull_secrets).any(|secret| secret == name)
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
