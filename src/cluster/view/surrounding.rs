//! What lies around an instance, as the snapshot has it.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use serde_json::json;

use super::node::quantity;
use crate::{
    cluster::bare::{
        self, ConfigMap, EndpointSlice, MutatingWebhookConfiguration, PodDisruptionBudget, ResourceQuota,
        ValidatingWebhookConfiguration, WebhookEntry, WebhookRule,
    },
    cluster::surrounding::{InUse, Sharer},
    plan::release_places,
    snapshot::{Backing, Budget, Claim, Quota, QuotaLimit, StatefulSet, VolumeClaim, Webhook},
};

/// What a roll writes into a namespace: group, resource and operation.
const WRITTEN: [(&str, &str, &str); 7] = [
    ("milvus.io", "milvuses", "UPDATE"),
    ("apps", "deployments", "UPDATE"),
    ("apps", "replicasets", "CREATE"),
    ("", "pods", "CREATE"),
    ("", "configmaps", "UPDATE"),
    ("", "secrets", "CREATE"),
    ("coordination.k8s.io", "leases", "CREATE"),
];

/// Where a release of Helm's keeps its data, by the `ConfigMap` with its configuration: what else is in that stays there.
/// Nothing where it is none of Milvus.
pub(in crate::cluster) fn release_in_use(map: ConfigMap) -> Option<InUse> {
    let files = map.data?;
    let marks = map.metadata.annotations?;
    let mark = |key: &str| marks.get(&format!("meta.helm.sh/release-{key}")).cloned();
    let namespace = mark("namespace").or(map.metadata.namespace)?;
    let object = json!({"kind": "ConfigMap", "data": {"default.yaml": files.default?, "user.yaml": files.user}});
    let places = release_places(&[object], &namespace);
    Some(InUse { user: Sharer { is_release: true, namespace, name: mark("name")? }, places })
}

/// A webhook, and what decides whether it is asked.
pub(in crate::cluster) struct Hook {
    pub(in crate::cluster) webhook: Webhook,
    /// The labels of the namespaces that it looks at.
    pub(in crate::cluster) namespaces: LabelSelector,
}

/// A `StatefulSet`; what it runs is told by the labels of its chart.
pub(in crate::cluster) fn stateful_set(object: bare::StatefulSet) -> StatefulSet {
    let labels = object.metadata.labels.unwrap_or_default();
    let part = labels.get("app.kubernetes.io/name").or_else(|| labels.get("app"));
    let spec = object.spec.unwrap_or_default();
    let containers = spec.template.spec.map(|pod| pod.containers).unwrap_or_default();
    StatefulSet {
        name: object.metadata.name.unwrap_or_default(),
        part: part.cloned().unwrap_or_default(),
        wanted: i64::from(spec.replicas.unwrap_or(1)),
        ready: i64::from(object.status.and_then(|status| status.ready_replicas).unwrap_or_default()),
        images: containers.into_iter().filter_map(|container| container.image).collect(),
        claims: spec.volume_claim_templates.unwrap_or_default().into_iter().map(template).collect(),
    }
}

fn template(object: bare::PersistentVolumeClaim) -> Claim {
    let spec = object.spec.unwrap_or_default();
    let asked = spec.resources.and_then(|resources| resources.requests).unwrap_or_default();
    Claim {
        name: object.metadata.name.unwrap_or_default(),
        size: asked.get("storage").cloned().unwrap_or_default(),
        class: spec.storage_class_name,
    }
}

/// A claim.
pub(in crate::cluster) fn volume_claim(object: bare::PersistentVolumeClaim) -> VolumeClaim {
    let spec = object.spec.unwrap_or_default();
    VolumeClaim {
        name: object.metadata.name.unwrap_or_default(),
        phase: object.status.and_then(|status| status.phase).unwrap_or_default(),
        modes: spec.access_modes.unwrap_or_default(),
        volume: spec.volume_name.unwrap_or_default(),
    }
}

/// A budget.
pub(in crate::cluster) fn budget(object: &PodDisruptionBudget, is_of_milvus: bool) -> Budget {
    let status = object.status.as_ref();
    let status = status.cloned().unwrap_or_default();
    Budget {
        name: object.metadata.name.clone().unwrap_or_default(),
        is_of_milvus,
        allowed: i64::from(status.disruptions_allowed),
        healthy: i64::from(status.current_healthy),
        desired: i64::from(status.desired_healthy),
        expected: i64::from(status.expected_pods),
    }
}

/// A quota.
pub(in crate::cluster) fn quota(object: ResourceQuota) -> Quota {
    let spec = object.spec.unwrap_or_default();
    let status = object.status.unwrap_or_default();
    let used = status.used.unwrap_or_default();
    // What counts is what the quota's controller has taken over; before its first look that is nothing.
    let hard = status.hard.or(spec.hard).unwrap_or_default();
    let is_scoped = spec.scope_selector.is_some() || spec.scopes.is_some_and(|scopes| !scopes.is_empty());
    let limit = |(resource, hard): (String, String)| {
        let unit = if resource.ends_with("cpu") { 1000.0 } else { 1.0 };
        let used = used.get(&resource).map_or(0, |used| quantity(used, unit).unwrap_or_default());
        quantity(&hard, unit).map(|hard| QuotaLimit { resource, hard, used })
    };
    let limits = hard.into_iter().filter_map(limit).collect();
    Quota { name: object.metadata.name.unwrap_or_default(), is_scoped, limits }
}

/// The webhooks of a configuration without whose answer something that a roll writes is refused.
pub(in crate::cluster) fn validating(object: ValidatingWebhookConfiguration) -> Vec<Hook> {
    hooks("validatingwebhookconfiguration", object.metadata.name, object.webhooks)
}

/// The same of a configuration that changes objects.
pub(in crate::cluster) fn mutating(object: MutatingWebhookConfiguration) -> Vec<Hook> {
    hooks("mutatingwebhookconfiguration", object.metadata.name, object.webhooks)
}

fn hooks(kind: &str, name: Option<String>, webhooks: Option<Vec<WebhookEntry>>) -> Vec<Hook> {
    let configuration = format!("{kind}/{}", name.unwrap_or_default());
    webhooks.unwrap_or_default().into_iter().filter_map(|webhook| hook(webhook, &configuration)).collect()
}

/// `None` where it is not asked about what a roll writes, where the write goes on without it, and where something
/// outside the cluster answers.
fn hook(asked: WebhookEntry, configuration: &str) -> Option<Hook> {
    let service = asked.client_config.service?;
    let is_asked = |written: &&(&str, &str, &str)| asked.rules.iter().any(|rule| names(rule, written));
    let asked_about: Vec<String> = WRITTEN.iter().filter(is_asked).map(|it| it.1.to_owned()).collect();
    if asked_about.is_empty() || asked.failure_policy.as_deref() == Some("Ignore") {
        return None;
    }
    let looks_at = |what: &str| Some(format!("it is asked only about objects that fit its {what}"));
    let doubt = if asked.match_conditions.is_some_and(|conditions| !conditions.is_empty()) {
        looks_at("matchConditions")
    } else if super::super::selector::is_empty(&asked.object_selector) {
        None
    } else {
        looks_at("objectSelector")
    };
    Some(Hook {
        webhook: Webhook {
            configuration: configuration.to_owned(),
            name: asked.name,
            asked_about,
            service_namespace: service.namespace,
            service: service.name,
            doubt,
        },
        namespaces: asked.namespace_selector,
    })
}

/// Whether a rule names this resource and operation, in whatever version.
fn names(rule: &WebhookRule, (group, resource, operation): &(&str, &str, &str)) -> bool {
    let holds =
        |list: &Option<Vec<String>>, words: &[&str]| list.iter().flatten().any(|word| words.contains(&word.as_str()));
    holds(&rule.api_groups, &["*", group])
        && holds(&rule.resources, &["*", "*/*", resource, &format!("{resource}/*")])
        && holds(&rule.operations, &["*", operation])
        && rule.scope.as_deref() != Some("Cluster")
}

/// The Services that these slices are about, with their ready endpoints.
pub(in crate::cluster) fn backings(slices: Vec<EndpointSlice>) -> Vec<Backing> {
    let mut ready: BTreeMap<(String, String), i64> = BTreeMap::new();
    for slice in slices {
        let mut labels = slice.metadata.labels.unwrap_or_default();
        let Some(service) = labels.remove("kubernetes.io/service-name") else { continue };
        let endpoints = slice.endpoints.iter().flatten().filter(|endpoint| {
            // An endpoint that does not say is to be taken for ready.
            endpoint.conditions.ready != Some(false)
        });
        let count = i64::try_from(endpoints.count()).unwrap_or(i64::MAX);
        *ready.entry((slice.metadata.namespace.unwrap_or_default(), service)).or_default() += count;
    }
    ready.into_iter().map(|((namespace, name), ready)| Backing { namespace, name, ready }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{backings, quota, validating};

    #[test]
    fn only_webhooks_that_a_roll_meets_and_cannot_do_without_are_kept() {
        let hook = |name: &str, change: serde_json::Value| {
            let mut hook = json!({
                "name": name, "sideEffects": "None", "admissionReviewVersions": ["v1"],
                "clientConfig": {"service": {"namespace": "gate", "name": "keeper"}},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
            });
            for (key, value) in change.as_object().expect("an object") {
                hook[key] = value.clone();
            }
            hook
        };
        let object = json!({"metadata": {"name": "gate"}, "webhooks": [
            hook("kept", json!({})),
            hook("ignored", json!({"failurePolicy": "Ignore"})),
            hook("outside", json!({"clientConfig": {"url": "https://gate.example.com"}})),
            hook("other", json!({"rules": [{"apiGroups": ["batch"], "operations": ["*"], "resources": ["*"]}]})),
            hook("cluster", json!({"rules": [
                {"apiGroups": ["*"], "operations": ["*"], "resources": ["*"], "scope": "Cluster"},
            ]})),
            hook("picky", json!({"objectSelector": {"matchLabels": {"gate": "on"}}})),
            hook("all", json!({"rules": [{"apiGroups": ["*"], "operations": ["*"], "resources": ["*/*"]}]})),
        ]});
        let hooks = validating(serde_json::from_value(object).expect("a configuration"));
        let kept: Vec<_> =
            hooks.iter().map(|hook| (hook.webhook.name.as_str(), hook.webhook.asked_about.len())).collect();
        assert_eq!(kept, [("kept", 1), ("picky", 1), ("all", 7)]);
        assert!(hooks[0].webhook.doubt.is_none() && hooks[1].webhook.doubt.is_some());
    }

    #[test]
    fn quotas_are_read_in_the_units_of_pods() {
        let object = json!({"metadata": {"name": "team"}, "spec": {"hard": {"pods": "9"}}, "status": {
            "hard": {"requests.cpu": "4", "limits.memory": "16Gi", "pods": "10"},
            "used": {"requests.cpu": "3500m", "pods": "7"},
        }});
        let quota = quota(serde_json::from_value(object).expect("a quota"));
        let lines: Vec<_> = quota.limits.iter().map(|line| (line.resource.as_str(), line.hard, line.used)).collect();
        assert_eq!(lines, [("limits.memory", 16 << 30, 0), ("pods", 10, 7), ("requests.cpu", 4000, 3500)]);
        assert!(!quota.is_scoped);
    }

    #[test]
    fn endpoints_that_are_not_ready_do_not_answer() {
        let slice = |ready: serde_json::Value| {
            json!({
                "metadata": {"namespace": "gate", "labels": {"kubernetes.io/service-name": "keeper"}},
                "addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}],
            })
        };
        let slices = [slice(json!(false)), slice(json!(true)), slice(json!(null))];
        let slices = slices.into_iter().map(|slice| serde_json::from_value(slice).expect("a slice")).collect();
        assert_eq!(backings(slices)[0].ready, 2);
    }
}
