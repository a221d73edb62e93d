//! What was seen of a cluster: one serializable value with everything that rules, plans and progress look at.
//!
//! Secret values never enter it: `spec.config` may hold passwords, so whoever fills a snapshot masks it first
//! (see [`Resource::masked`]).

mod command;
mod instance;
mod log;
mod migration;
mod node;
mod object;
mod operator;
mod operator_scene;
mod part;
mod place;
mod pulsar;
mod release;
mod release_object;
mod resource;
mod rewriting;
#[cfg(test)]
pub(crate) mod sample;
mod scene;
mod serving;
mod surrounding;
mod workload;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use command::shell_word;
pub use instance::Instance;
pub use log::{LogSource, masked_log};
pub use migration::{Migration, MigrationScene, Stage, Standing, Task};
pub use node::{Node, Quantities};
pub use object::{Condition, FieldManager, Owner};
pub use operator::{Definition, Operator};
pub use operator_scene::{
    DEFINITIONS, OperatorDeployment, OperatorPod, OperatorScene, Rest, Schema, Watched, WatchedPod, operator_image,
};
pub use part::Part;
pub use place::absolute_address;
pub use pulsar::{PulsarClaim, PulsarScene, PulsarSet};
pub use release::Release;
pub use release_object::{Claim, ReleaseObject, Unready};
pub use resource::{DeployStatus, MASK, Resource, mask, names_a_secret};
pub use rewriting::{
    EtcdPlace, JobState, Kept, MetadataCourse, MetadataJob, MetadataTask, RELEASE_LABEL, REPLICAS_BEFORE, Rewriting,
    STOPPED_AT, replicas_before, stopped_since,
};
pub use scene::{Scene, Workload};
pub use serving::{Collection, CollectionName, Golden, Interface, Load, Reply, Second, Serving};
pub use surrounding::{
    Backing, Budget, EtcdSpace, Quota, QuotaLimit, Reclaim, Sharing, StatefulSet, Surroundings, VolumeClaim, Webhook,
};
pub use workload::{Autoscaler, Container, Deployment, Event, Pod};

/// One look at an instance, and at what surrounds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The server's version, such as `v1.36.3`.
    pub kubernetes: Part<String>,
    /// The Milvus resource; of a Helm release, the same facts in the same words.
    pub milvus: Resource,
    /// The Helm release, where Helm runs the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// The operator itself, where it is what is looked after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_scene: Option<OperatorScene>,
    /// Migrations of its metadata, where its release is near one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration_scene: Option<MigrationScene>,
    /// What there is of its Pulsar, where the generation of that is to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulsar_scene: Option<PulsarScene>,
    /// Operator Deployments of the whole cluster.
    pub operators: Part<Vec<Operator>>,
    /// The definition of `milvuses.milvus.io`.
    pub definition: Part<Definition>,
    /// What runs.
    #[serde(flatten)]
    pub workload: Workload,
    /// The version of the chart of the dependency release `<name>-etcd`; `None` where etcd is external.
    pub etcd_chart: Part<Option<String>>,
    /// Whether the caller may patch the Milvus resource.
    pub may_patch: Part<bool>,
    /// Which of `milvuses`, `deployments` and `pods` the caller may not watch.
    #[serde(default)]
    pub unwatchable: Part<Vec<String>>,
    /// Which of `secrets` and `leases` the caller may not write, so that a run leaves no record or nobody is kept out.
    #[serde(default)]
    pub unrecordable: Part<Vec<String>>,
    /// What lies around it.
    #[serde(default)]
    pub surroundings: Surroundings,
}

/// What a snapshot is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A Milvus resource, moved by the operator.
    Resource,
    /// A Helm release of the chart milvus.
    Release,
    /// The operator itself.
    Operator,
}

impl Snapshot {
    /// A release that is nowhere yet: nothing but what values make of it is known.
    pub fn of_values(release: Release) -> Self {
        let workload = Workload {
            taken: Timestamp::UNIX_EPOCH,
            deployments: Part::default(),
            pods: Part::default(),
            events: Part::default(),
            autoscalers: Part::default(),
            nodes: Part::default(),
        };
        Self {
            kubernetes: Part::default(),
            milvus: release.as_resource("", "", &workload),
            release: Some(release),
            operator_scene: None,
            migration_scene: None,
            pulsar_scene: None,
            operators: Part::default(),
            definition: Part::default(),
            workload,
            etcd_chart: Part::default(),
            may_patch: Part::default(),
            unwatchable: Part::default(),
            unrecordable: Part::default(),
            surroundings: Surroundings::default(),
        }
    }

    /// What it is about.
    pub fn subject(&self) -> Subject {
        match (&self.operator_scene, &self.release) {
            (Some(_), _) => Subject::Operator,
            (None, Some(_)) => Subject::Release,
            (None, None) => Subject::Resource,
        }
    }

    /// The migrations of the instance.
    pub fn migrations(&self) -> impl Iterator<Item = &Migration> {
        let Resource { namespace, name, .. } = &self.milvus;
        self.migration_scene.iter().flat_map(|scene| scene.of(namespace, name))
    }

    /// The migration of this name, beside the instance.
    pub fn migration(&self, name: &str) -> Option<&Migration> {
        self.migration_scene.as_ref()?.find(&self.milvus.namespace, name)
    }

    /// What there is of migrations that this program carries out itself.
    pub fn rewriting(&self) -> Option<&Rewriting> {
        self.migration_scene.as_ref()?.rewriting.as_ref()
    }

    /// What a roll shows in.
    pub fn scene(&self) -> Scene<'_> {
        let milvus = (self.subject() == Subject::Resource).then_some(&self.milvus);
        let unready = self.release.as_ref().and_then(|release| release.unready.known()).map_or(&[][..], Vec::as_slice);
        let itself = self.operator_scene.as_ref();
        Scene { workload: &self.workload, milvus, operator: self.operator(), unready, itself }
    }

    /// The operator that looks after the instance: the one whose watched namespace fits best.
    pub fn operator(&self) -> Option<&Operator> {
        let operators = self.operators.known()?;
        let namespace = &self.milvus.namespace;
        let watches = |operator: &&Operator| operator.watches(namespace);
        operators
            .iter()
            .filter(watches)
            .max_by_key(|operator| operator.watch_namespaces.is_some())
            .or_else(|| operators.first())
    }
}
