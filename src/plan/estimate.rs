//! How long steps are thought to take. Estimates, shown with `~`; nothing but the default time limit depends on them.

use crate::{milvus::Component, snapshot::Snapshot};

use super::Plan;

/// Seconds for one pod: the operator's `minReadySeconds` of 30 and about as long to start (operator 1.3.7,
/// `pkg/controllers/deployment_updater.go`; milvus.md §6.3).
const POD_SECONDS: u64 = 45;

/// The most seconds for components that all start at once.
pub(super) const ROLL_OF_ALL: u64 = 3 * POD_SECONDS;

/// The least that a run waits: half an hour, because a querynode alone may hand over for that long.
const LEAST_TIMEOUT_SECONDS: u64 = 30 * 60;

/// Seconds for these components, one after the other, one pod at a time.
pub(super) fn roll_seconds(snapshot: &Snapshot, components: &[Component]) -> u64 {
    let replicas = |component: &Component| {
        let wanted = snapshot.milvus.replicas(*component).unwrap_or(1);
        let running = snapshot.workload.deployments().iter().filter(|found| found.component == *component);
        let running: i64 = running.map(|deployment| deployment.wanted).sum();
        u64::try_from(if wanted < 0 { running } else { wanted }).unwrap_or(1)
    };
    components.iter().map(|component| replicas(component).max(1) * POD_SECONDS).sum()
}

/// Seconds to wait where the user did not say: three times the estimate, at least half an hour.
pub fn timeout_seconds(plan: &Plan) -> u64 {
    (3 * plan.estimate_seconds()).max(LEAST_TIMEOUT_SECONDS)
}
