//! Objects of the API as the snapshot has them.

mod node;
mod operator;
mod resource;
mod workload;

pub(super) use node::node;
pub(super) use operator::{BareDefinition, operator};
pub(super) use resource::resource;
pub(super) use workload::{autoscaler, deployment, event, pod};
