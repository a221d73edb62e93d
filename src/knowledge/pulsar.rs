use semver::Version;
use serde::Deserialize;

use super::Knowledge;
use crate::milvus::MilvusVersion;

/// The oldest of everything with which a generation of Pulsar runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PulsarRow {
    /// The generation: 2 or 3.
    pub generation: u64,
    /// The first Milvus that its makers run with it.
    pub milvus: MilvusVersion,
    /// The first chart that brings it without taking away one of another generation unasked.
    pub chart: Version,
    /// The first operator that installs it.
    pub operator: Version,
    /// The page that describes the way to it.
    pub page: String,
    /// Where this is written.
    pub source: String,
}

impl Knowledge {
    /// What a generation of Pulsar needs; nothing where no row says so.
    pub fn pulsar(&self, generation: u64) -> Option<&PulsarRow> {
        self.tables.pulsar.iter().find(|row| row.generation == generation)
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::Knowledge;

    #[test]
    fn the_third_generation_needs_charts_and_operators_that_were_released() {
        let knowledge = Knowledge::builtin();
        let row = knowledge.pulsar(3).expect("a row");
        assert!(knowledge.chart(&row.chart).is_some_and(|chart| chart.pulsarv3.is_some()), "{row:?}");
        assert!(knowledge.operators().iter().any(|operator| operator.version == row.operator), "{row:?}");
        assert_eq!((row.milvus.to_string().as_str(), knowledge.pulsar(4)), ("2.5.0", None));
    }
}
