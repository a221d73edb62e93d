use semver::Version;
use serde::Deserialize;

use super::Knowledge;
use crate::milvus::{Line, MilvusVersion};

/// A release of the Helm chart `milvus`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartRelease {
    /// Its version.
    pub version: Version,
    /// The Milvus it brings where no tag is set; `None` where that is not known.
    pub milvus: Option<MilvusVersion>,
    /// The chart for etcd in it.
    pub etcd: Option<Version>,
    /// The chart for MinIO in it.
    pub minio: Option<Version>,
    /// The chart for Pulsar 2 in it.
    pub pulsar: Option<Version>,
    /// The chart for Pulsar 3 in it.
    pub pulsarv3: Option<Version>,
    /// The chart for Kafka in it.
    pub kafka: Option<Version>,
    /// Whether the chart's repository offers it; some were only ever in git, and somebody may run one all the same.
    #[serde(default = "yes")]
    pub published: bool,
    /// Where this is written.
    pub source: String,
}

fn yes() -> bool {
    true
}

/// A value whose default another chart release changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flip {
    /// The first chart release with the new default.
    pub since: Version,
    /// The value, with dots between its parts.
    pub key: String,
    /// The default before; empty where there was none.
    pub before: String,
    /// The default since.
    pub after: String,
    /// What it means for who has not set the value.
    pub why: String,
    /// Where this is written.
    pub source: String,
}

/// Values that shape an instance, besides those whose default was flipped.
const SHAPING: [&str; 14] = [
    "cluster.enabled",
    "image.all.repository",
    "image.all.tag",
    "mixCoordinator.activeStandby.enabled",
    "externalKafka.enabled",
    "externalPulsar.enabled",
    "kafka.enabled",
    "woodpecker.enabled",
    "etcd.enabled",
    "etcd.persistence.size",
    "externalEtcd.enabled",
    "minio.enabled",
    "externalS3.enabled",
    "streaming.woodpecker.embedded",
];

impl Knowledge {
    /// The values of the chart that rules and plans look at.
    pub fn chart_settings(&self) -> Vec<&str> {
        let flipped = self.tables.flip.iter().map(|flip| flip.key.as_str());
        let mut keys: Vec<&str> = flipped.chain(SHAPING).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// All known releases of the chart, oldest first.
    pub fn charts(&self) -> &[ChartRelease] {
        &self.tables.chart
    }

    /// Those that the chart's repository offers, oldest first.
    pub fn published_charts(&self) -> impl DoubleEndedIterator<Item = &ChartRelease> {
        self.charts().iter().filter(|chart| chart.published)
    }

    /// The release of the chart of this version.
    pub fn chart(&self, version: &Version) -> Option<&ChartRelease> {
        self.charts().iter().find(|chart| chart.version == *version)
    }

    /// Defaults that differ between two releases of the chart (milvus.md §3.3), oldest first, then by key.
    pub fn flips<'a>(&'a self, from: &'a Version, to: &'a Version) -> impl Iterator<Item = &'a Flip> {
        self.tables.flip.iter().filter(move |flip| *from < flip.since && flip.since <= *to)
    }

    /// The newest release of the chart that was made for this line of Milvus. Later lines than the chart knows run on
    /// the newest of all: only the tag is set then (milvus.md §3.1).
    pub fn chart_for(&self, line: Line) -> Option<&ChartRelease> {
        let made_for = |chart: &&ChartRelease| chart.milvus.as_ref().is_some_and(|milvus| milvus.line() == line);
        let newest = self.published_charts().next_back()?;
        match self.published_charts().rfind(made_for) {
            // Charts about which less is known come after those of their line.
            Some(chart) if chart.version.major < newest.version.major => Some(chart),
            Some(_) => Some(newest),
            None => {
                self.published_charts().rfind(|chart| chart.milvus.as_ref().is_none_or(|milvus| milvus.line() < line))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::Knowledge;

    #[test]
    fn each_line_has_its_chart() {
        let knowledge = Knowledge::builtin();
        for (line, chart) in [
            ("2.2", "4.0.34"),
            ("2.3", "4.1.28"),
            ("2.4", "4.2.25"),
            ("2.5", "4.2.58"),
            ("2.6", "5.0.22"),
            ("3.0", "5.0.22"),
        ] {
            let found = knowledge.chart_for(line.parse().expect("a line")).expect("a chart");
            assert_eq!(found.version.to_string(), chart, "{line}");
        }
    }

    #[test]
    fn flips_are_those_between_two_charts() {
        let flips = |from: &str, to: &str| -> Vec<String> {
            let (from, to) = (from.parse().expect("a version"), to.parse().expect("a version"));
            Knowledge::builtin().flips(&from, &to).map(|flip| flip.key.clone()).collect()
        };
        assert_eq!(flips("4.2.26", "4.2.58"), ["pulsar.enabled", "pulsarv3.enabled"]);
        assert_eq!(flips("4.2.58", "5.0.0"), ["indexNode.enabled", "standalone.messageQueue", "streaming.enabled"]);
        assert_eq!(flips("5.0.5", "5.0.22"), [""; 0]);
    }
}
