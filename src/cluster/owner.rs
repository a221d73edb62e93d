//! What lies around one instance, out of what was read of all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    bare::PodDisruptionBudget,
    group::{Deployed, Groups, INSTANCE_LABEL},
    selector::{fits, is_empty},
    surrounding::{Far, Near, Places, RELEASES, Set, Sharer, answers},
    view::{self, Hook},
};
use crate::snapshot::{
    Budget, Part, Reclaim, Resource as Milvus, Sharing, StatefulSet as SeenSet, Surroundings, VolumeClaim, Webhook,
};

/// What an instance is called, and what was seen of it.
pub(super) struct Owner<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    /// The resource, where the operator runs it.
    pub(super) milvus: Option<&'a Milvus>,
    /// Where it keeps its data.
    pub(super) places: Vec<String>,
    /// Its Deployments.
    pub(super) deployments: &'a [Deployed],
}

impl Near {
    /// The part of it that concerns one instance.
    pub(super) fn around(&self, far: &Far, owner: &Owner<'_>) -> Surroundings {
        let sets: Part<Vec<&Set>> = self.sets.as_ref().map(|sets| owner.sets(sets));
        let seen = sets.as_ref().map(|sets| sets.iter().map(|set| set.seen.clone()).collect());
        let claims = owner.claims(far, &seen);
        Surroundings {
            reclaims: reclaims(&claims, &far.policies),
            etcd_space: far.etcd_space.clone(),
            claims,
            budgets: owner.budgets(&self.budgets, sets.known().map_or(&[], Vec::as_slice)),
            quotas: self.quotas.as_ref().map(|quotas| quotas.of(owner.namespace, "").to_vec()),
            webhooks: self
                .hooks
                .as_ref()
                .map(|hooks| hooks.iter().filter_map(|hook| owner.webhook(hook, far)).collect()),
            services: far.services.clone(),
            pull_secrets: far.pull_secrets.as_ref().map(|secrets| owner.pull_secrets(secrets)),
            sharing: owner.sharing(&far.places),
            sets: seen,
        }
    }

    /// The version of the chart of etcd that made a release of the operator; `None` where there is no such release.
    pub(super) fn etcd_chart(&self, namespace: &str, release: &str) -> Part<Option<String>> {
        self.sets.as_ref().map(|sets| sets.of(namespace, release).iter().find_map(|set| set.etcd_chart.clone()))
    }
}

/// What becomes of the volumes behind claims.
fn reclaims(claims: &Part<Vec<VolumeClaim>>, policies: &Part<HashMap<String, String>>) -> Part<Vec<Reclaim>> {
    let (claims, policies) = match (claims, policies) {
        (Part::Known(claims), Part::Known(policies)) => (claims, policies),
        (Part::Unknown(reason), _) | (_, Part::Unknown(reason)) => return Part::Unknown(reason.clone()),
    };
    let reclaim = |claim: &VolumeClaim| {
        let policy = policies.get(&claim.volume)?.clone();
        Some(Reclaim { claim: claim.name.clone(), volume: claim.volume.clone(), policy })
    };
    Part::Known(claims.iter().filter_map(reclaim).collect())
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

    /// Whoever was seen is told; that there is nobody is known where all were seen.
    fn sharing(&self, places: &Places) -> Part<Vec<Sharing>> {
        let mut sharing: BTreeMap<&Sharer, Vec<String>> = BTreeMap::new();
        let itself = Sharer {
            is_release: self.milvus.is_none(),
            namespace: self.namespace.to_owned(),
            name: self.name.to_owned(),
        };
        for place in &self.places {
            for other in places.users.get(place).into_iter().flatten().filter(|other| **other != itself) {
                sharing.entry(other).or_default().push(place.clone());
            }
        }
        let of = |(other, places): (&Sharer, Vec<String>)| Sharing {
            is_release: other.is_release,
            namespace: other.namespace.clone(),
            name: other.name.clone(),
            places,
        };
        match &places.unseen {
            Some(reason) if sharing.is_empty() && !self.places.is_empty() => Part::Unknown(reason.clone()),
            _ => Part::Known(sharing.into_iter().map(of).collect()),
        }
    }
}
