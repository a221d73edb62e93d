//! Objects of the API as the snapshot has them.

mod migration;
mod node;
mod operator;
mod operator_itself;
mod resource;
mod rewriting;
mod surrounding;
mod workload;

use migration::task_state;
pub(super) use migration::{MIGRATION_LABEL, migration, task};
pub(super) use node::node;
pub(super) use operator::{BareDefinition, operator};
pub(super) use operator_itself::{operator_deployment, operator_pod, schema, watched, watched_pod};
pub(super) use resource::resource;
pub(super) use rewriting::{VERSIONS, kept, metadata_job, metadata_pod, rewriting_labels};
pub(super) use surrounding::{
    Hook, backings, budget, mutating, quota, release_in_use, stateful_set, validating, volume_claim,
};
pub(super) use workload::{autoscaler, deployment, event, pod};
