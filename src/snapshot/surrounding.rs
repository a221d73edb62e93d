//! What lies around an instance and has a say in whether its next pods come to be, and whether its data stays.

use serde::{Deserialize, Serialize};

use super::{Claim, Part};

/// What lies around an instance. Snapshots that were kept before this was looked at know nothing of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Surroundings {
    /// `StatefulSet`s of its dependencies.
    pub sets: Part<Vec<StatefulSet>>,
    /// Claims that its pods and those of its dependencies mount.
    pub claims: Part<Vec<VolumeClaim>>,
    /// What becomes of the volumes behind these claims.
    pub reclaims: Part<Vec<Reclaim>>,
    /// How full its own etcd is; `None` where it has none that runs.
    pub etcd_space: Part<Option<EtcdSpace>>,
    /// Budgets over its pods and those of its dependencies.
    pub budgets: Part<Vec<Budget>>,
    /// Quotas of its namespace.
    pub quotas: Part<Vec<Quota>>,
    /// Webhooks that can refuse what a roll writes here.
    pub webhooks: Part<Vec<Webhook>>,
    /// The Services behind these, and behind the conversion of the definition.
    pub services: Part<Vec<Backing>>,
    /// Those of the pull secrets that its Deployments name which are there and are of a type that serves.
    pub pull_secrets: Part<Vec<String>>,
    /// Other instances that keep metadata, files or messages in the same place.
    pub sharing: Part<Vec<Sharing>>,
}

/// A `StatefulSet` of a dependency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatefulSet {
    /// `metadata.name`.
    pub name: String,
    /// What it runs, by its labels: `etcd`, `minio`, `kafka`, `pulsar`; empty where they do not tell.
    pub part: String,
    /// `spec.replicas`.
    pub wanted: i64,
    /// `status.readyReplicas`.
    pub ready: i64,
    /// The images of its containers.
    pub images: Vec<String>,
    /// `spec.volumeClaimTemplates`.
    pub claims: Vec<Claim>,
}

impl StatefulSet {
    /// The names of the claims that its pods mount.
    pub fn claim_names(&self) -> impl Iterator<Item = String> {
        let of = |claim: &Claim| (0..self.wanted).map(move |pod| (claim.name.clone(), pod)).collect::<Vec<_>>();
        self.claims.iter().flat_map(of).map(|(claim, pod)| format!("{claim}-{}-{pod}", self.name))
    }
}

/// A `PersistentVolumeClaim`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VolumeClaim {
    /// `metadata.name`.
    pub name: String,
    /// `status.phase`: `Bound`, `Pending`, `Lost`.
    pub phase: String,
    /// `spec.accessModes`.
    pub modes: Vec<String>,
    /// `spec.volumeName`; empty where it is bound to none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub volume: String,
}

/// A claim whose volume is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reclaim {
    /// The name of the claim.
    pub claim: String,
    /// The name of the `PersistentVolume`.
    pub volume: String,
    /// `spec.persistentVolumeReclaimPolicy`: `Delete`, `Retain`.
    pub policy: String,
}

/// How full the database of an etcd is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EtcdSpace {
    /// The pod that told.
    pub pod: String,
    /// `etcd_mvcc_db_total_size_in_bytes`.
    pub used: i64,
    /// `etcd_server_quota_backend_bytes`.
    pub quota: i64,
}

/// A `PodDisruptionBudget`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// `metadata.name`.
    pub name: String,
    /// Whether it is over pods of Milvus; else over those of a dependency.
    pub is_of_milvus: bool,
    /// `status.disruptionsAllowed`: how many pods may go now.
    pub allowed: i64,
    /// `status.currentHealthy`.
    pub healthy: i64,
    /// `status.desiredHealthy`: how many have to stay.
    pub desired: i64,
    /// `status.expectedPods`.
    pub expected: i64,
}

/// A `ResourceQuota`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// `metadata.name`.
    pub name: String,
    /// Whether it counts only some pods of the namespace.
    pub is_scoped: bool,
    /// What it limits, of what pods ask for.
    pub limits: Vec<QuotaLimit>,
}

/// One line of a quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaLimit {
    /// As Kubernetes calls it: `pods`, `requests.cpu`, `limits.memory`.
    pub resource: String,
    /// How much there may be: thousandths of a CPU, bytes, or pods.
    pub hard: i64,
    /// How much there is.
    pub used: i64,
}

/// An admission webhook without whose answer the API server refuses a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its configuration: `validatingwebhookconfiguration/gatekeeper`.
    pub configuration: String,
    /// Its name in there.
    pub name: String,
    /// Which of the things that a roll writes it is asked about: `milvuses`, `deployments`, `pods`.
    pub asked_about: Vec<String>,
    /// The namespace of the Service that answers.
    pub service_namespace: String,
    /// The name of that Service.
    pub service: String,
    /// Why it may not be asked about this instance at all: it looks at labels or conditions that were not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// A Service that has to answer the API server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backing {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How many of its endpoints are ready.
    pub ready: i64,
}

/// Another instance, and what it has in common with this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sharing {
    /// Whether Helm runs it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_release: bool,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The places in common, as [`Resource::places`](super::Resource::places) has them.
    pub places: Vec<String>,
}

impl Sharing {
    /// `milvus/NAME` or `release/NAME`.
    pub fn reference(&self) -> String {
        format!("{}/{}", if self.is_release { "release" } else { "milvus" }, self.name)
    }
}

impl Surroundings {
    /// How many endpoints of a Service are ready; none where there is no such Service.
    pub fn ready_endpoints(&self, namespace: &str, name: &str) -> Part<i64> {
        self.services.as_ref().map(|services| {
            let found = services.iter().find(|service| service.namespace == namespace && service.name == name);
            found.map_or(0, |service| service.ready)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Claim, StatefulSet};

    #[test]
    fn every_pod_of_a_set_has_its_own_claim() {
        let claim = Claim { name: "data".into(), ..Claim::default() };
        let set = StatefulSet { name: "prod-etcd".into(), wanted: 2, claims: vec![claim], ..StatefulSet::default() };
        assert_eq!(set.claim_names().collect::<Vec<_>>(), ["data-prod-etcd-0", "data-prod-etcd-1"]);
    }
}
