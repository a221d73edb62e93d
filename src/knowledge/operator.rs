use jiff::civil::Date;
use semver::Version;
use serde::Deserialize;

use super::Knowledge;
use crate::milvus::{MessageQueue, MilvusVersion, Mode};

/// A release of the Milvus operator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorRelease {
    /// Its version.
    pub version: Version,
    /// The day it came out.
    pub date: Date,
    /// The Milvus that it installs where a resource names no image.
    pub milvus: MilvusVersion,
    /// The chart of Milvus that it carries, whose dependencies it installs; `None` where that is not known.
    pub chart: Option<Version>,
    /// The charts of etcd that it carries.
    #[serde(default)]
    pub etcd: Vec<Version>,
    /// Whether its webhook is on where nobody says.
    #[serde(default)]
    pub webhook: bool,
    /// Where this is written.
    pub source: String,
}

/// The oldest operator that can bring a Milvus of some version or newer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// The first Milvus that needs it.
    pub milvus: MilvusVersion,
    /// The oldest operator that can do it.
    pub minimum: Version,
    /// The operator to prefer.
    pub advised: Version,
    /// Why the minimum is what it is; `it` is the operator of that version.
    pub reason: String,
    /// Where this is written.
    pub source: String,
}

/// What operators of some versions do, and others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quirk {
    /// Moves components one after the other.
    RollingUpdate,
    /// Changes all components at once, unless told otherwise.
    RollingUpdateOffByDefault,
    /// Removes the four coordinators once mixcoord has taken over.
    ConvertsCoordinators,
    /// Reads `spec.components.version`.
    ReadsStatedVersion,
    /// Writes `status.currentImage`.
    ReportsCurrentImage,
    /// Takes an image whose registry has a port for older than 2.6.
    MisreadsRegistryPort,
    /// Replaces an etcd of chart 6 by one of chart 8.
    ReplacesEtcdChart,
    /// Can stand still while it rolls a component that an autoscaler sizes.
    StallsWithAutoscaler,
    /// Deletes the Deployments of a cluster once the resource says standalone.
    RemovesComponentsOfOtherMode,
}

/// The range of operators with a quirk.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuirkRow {
    /// The quirk.
    pub quirk: Quirk,
    /// The first operator with it; all from the beginning where it is missing.
    pub since: Option<Version>,
    /// The first operator without it again; none where it is missing.
    pub below: Option<Version>,
    /// What such an operator does; `it` is the operator.
    pub reason: String,
    /// Where this is written.
    pub source: String,
}

/// The message queue that the operator writes into a resource that names none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultQueue {
    /// The mode it is for.
    pub mode: Mode,
    /// The first Milvus it is for.
    pub milvus: MilvusVersion,
    /// The queue.
    pub queue: MessageQueue,
    /// Where this is written.
    pub source: String,
}

impl QuirkRow {
    fn concerns(&self, operator: &Version) -> bool {
        self.since.as_ref().is_none_or(|since| operator >= since)
            && self.below.as_ref().is_none_or(|below| operator < below)
    }
}

impl Knowledge {
    /// All releases of the operator, oldest first.
    pub fn operators(&self) -> &[OperatorRelease] {
        &self.tables.operator
    }

    /// What the operator must be for a Milvus of this version; `None` for those older than every row.
    pub fn operator_floor(&self, milvus: &MilvusVersion) -> Option<&Floor> {
        self.tables.floor.iter().rfind(|floor| floor.milvus.numbers() <= milvus.numbers())
    }

    /// The row by which `operator` has `quirk`, if it has it.
    pub fn quirk(&self, quirk: Quirk, operator: &Version) -> Option<&QuirkRow> {
        self.tables.quirk.iter().find(|row| row.quirk == quirk && row.concerns(operator))
    }

    /// The queue that the operator would choose for a resource that names none.
    pub fn default_queue(&self, mode: Mode, milvus: &MilvusVersion) -> Option<&DefaultQueue> {
        self.tables.queue.iter().rfind(|row| row.mode == mode && row.milvus.numbers() <= milvus.numbers())
    }
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::Quirk;
    use crate::{
        knowledge::Knowledge,
        milvus::{MessageQueue, MilvusVersion, Mode},
    };

    #[test]
    fn the_floor_is_the_one_of_the_target() {
        for (milvus, minimum, advised) in [
            (MilvusVersion::new(2, 2, 16), "0.7.6", "0.9.17"),
            (MilvusVersion::new(2, 5, 27), "1.2.0", "1.2.8"),
            (MilvusVersion::new(2, 6, 6), "1.3.0", "1.3.7"),
            (MilvusVersion::new(3, 0, 0), "1.3.0", "1.3.7"),
        ] {
            let floor = Knowledge::builtin().operator_floor(&milvus).expect("a floor");
            assert_eq!((floor.minimum.to_string().as_str(), floor.advised.to_string().as_str()), (minimum, advised));
        }
        assert_eq!(Knowledge::builtin().operator_floor(&MilvusVersion::new(2, 1, 4)), None);
    }

    #[test]
    fn a_quirk_begins_and_ends_where_its_row_says() {
        let has = |quirk, text: &str| {
            let operator: Version = text.parse().expect("a version");
            Knowledge::builtin().quirk(quirk, &operator).is_some()
        };
        assert!(has(Quirk::MisreadsRegistryPort, "1.3.0") && has(Quirk::MisreadsRegistryPort, "1.3.3"));
        assert!(!has(Quirk::MisreadsRegistryPort, "1.2.8") && !has(Quirk::MisreadsRegistryPort, "1.3.4"));
        assert!(has(Quirk::ReplacesEtcdChart, "1.3.6") && !has(Quirk::ReplacesEtcdChart, "1.3.2"));
        assert!(has(Quirk::StallsWithAutoscaler, "0.9.1") && !has(Quirk::StallsWithAutoscaler, "1.3.7"));
        assert!(has(Quirk::RollingUpdate, "9.0.0") && !has(Quirk::RollingUpdate, "0.7.5"));
    }

    #[test]
    fn the_queue_of_a_nameless_standalone_flips_with_two_six() {
        let queue = |mode, minor| {
            let row = Knowledge::builtin().default_queue(mode, &MilvusVersion::new(2, minor, 0));
            row.map(|row| row.queue.clone())
        };
        assert_eq!(queue(Mode::Standalone, 5), Some(MessageQueue::Rocksmq));
        assert_eq!(queue(Mode::Standalone, 6), Some(MessageQueue::Woodpecker));
        assert_eq!(queue(Mode::Cluster, 6), Some(MessageQueue::Pulsar));
    }
}
