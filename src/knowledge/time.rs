use serde::Deserialize;

use super::Knowledge;

/// A time that others have set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Time {
    /// From the end of a Milvus process to the end of its session in etcd.
    SessionExpiry,
    /// From the last pod of an old Milvus to the first look at its metadata.
    MigrationRest,
    /// The longest that a query node hands over.
    QueryNodeStop,
    /// The longest that a proxy waits for its requests.
    ProxyStop,
    /// The longest that a coordinator waits.
    CoordinatorStop,
    /// How long a new pod must be ready, where the operator rolls.
    OperatorMinimumReady,
    /// How often the operator looks, at least, at an instance that changes.
    OperatorResync,
    /// How long the operator lets a Deployment stand still.
    OperatorProgressDeadline,
    /// How long the chart lets a Deployment stand still.
    HelmProgressDeadline,
    /// How long Milvus may take to answer one question.
    ServingRequest,
    /// How long one look at all collections may take.
    ServingLook,
    /// How long a new Milvus may take until it serves.
    ServingLimit,
    /// Between two looks at one that does not serve yet.
    ServingPause,
    /// Between two requests to hold still what a new coordinator would move again.
    DrainBeat,
    /// How long garbage collection is paused for at most, where nobody resumes it.
    DrainLimit,
}

impl Time {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::SessionExpiry,
        Self::MigrationRest,
        Self::QueryNodeStop,
        Self::ProxyStop,
        Self::CoordinatorStop,
        Self::OperatorMinimumReady,
        Self::OperatorResync,
        Self::OperatorProgressDeadline,
        Self::HelmProgressDeadline,
        Self::ServingRequest,
        Self::ServingLook,
        Self::ServingLimit,
        Self::ServingPause,
        Self::DrainBeat,
        Self::DrainLimit,
    ];
}

/// A row about a time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeRow {
    /// Which.
    pub time: Time,
    /// Seconds.
    pub seconds: u64,
    /// What it is, in words.
    pub what: String,
    /// Where this is written.
    pub source: String,
}

impl Knowledge {
    /// How many seconds `time` is; none where no row says (a test sees to one for each).
    pub fn seconds(&self, time: Time) -> u64 {
        let row = self.tables.time.iter().find(|row| row.time == time);
        row.map_or(0, |row| row.seconds)
    }
}
