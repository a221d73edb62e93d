//! What containers wrote that do not do what they are for.

use futures::future::join_all;

use crate::{
    cluster::{Cluster, Refusal},
    knowledge::Knowledge,
    rollout::{Blocker, LogEvidence},
    snapshot::LogSource,
};

/// How many of the last lines of a log are read.
const LINES: i64 = 200;

/// One log.
pub(super) struct Log<'a> {
    pub(super) source: &'a LogSource,
    /// Whether it was written before the container was started again.
    pub(super) previous: bool,
    pub(super) text: Result<String, Refusal>,
}

/// Reads all logs of these containers, of the namespace of `cluster`.
pub(super) async fn read<'a>(cluster: &Cluster, sources: impl IntoIterator<Item = &'a LogSource>) -> Vec<Log<'a>> {
    let logs = sources.into_iter().flat_map(|source| {
        // One that was never started again wrote nothing before.
        let runs: &[bool] = if source.has_run_before { &[true, false] } else { &[false] };
        runs.iter().map(move |previous| (source, *previous))
    });
    join_all(logs.map(|(source, previous)| async move {
        let container = (cluster.namespace(), source.pod.as_str(), source.container.as_str());
        Log { source, previous, text: cluster.log(container, previous, LINES).await }
    }))
    .await
}

/// What the logs say of why it does not go on. Logs that cannot be read say nothing.
pub(super) async fn evidence(cluster: &Cluster, blockers: &[Blocker], knowledge: &Knowledge) -> Vec<LogEvidence> {
    let logs = read(cluster, blockers.iter().flat_map(|blocker| &blocker.logs)).await;
    let told = |log: &Log<'_>| LogEvidence::of(log.source, log.previous, log.text.as_ref().ok()?, knowledge);
    logs.iter().filter_map(told).collect()
}
