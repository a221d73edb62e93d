use semver::Version;
use serde::Deserialize;

use super::{Knowledge, PartImage};
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

/// A value that charts before 4.0.0 wrote into the configuration of Milvus.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shortcut {
    /// Which, or what it is below.
    pub key: String,
    /// Where this is written.
    pub source: String,
}

/// What charts can do from some release on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// Runs one mixcoord instead of four coordinators.
    OneCoordinator,
}

/// The first chart that can do something.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbilityRow {
    /// What it can do.
    pub ability: Ability,
    /// Since which release.
    pub since: Version,
    /// Where this is written.
    pub source: String,
}

/// The charts that releases of the chart have in them, by their sections among the values (git history of the chart's
/// dependencies).
pub const SUBCHARTS: [&str; 8] = ["etcd", "minio", "pulsar", "pulsarv3", "kafka", "mysql", "woodpecker", "tei"];

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
        let switches = self.tables.image.iter().filter_map(|row| row.switch.as_deref());
        let mut keys: Vec<&str> = flipped.chain(SHAPING).chain(switches).chain(self.shortcuts()).collect();
        keys.extend(self.tables.image_settings.iter().map(String::as_str));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Values that charts from 4.0.0 on no longer look at.
    pub fn shortcuts(&self) -> impl Iterator<Item = &str> {
        self.tables.shortcut.iter().map(|shortcut| shortcut.key.as_str())
    }

    /// Images of dependencies that differ between two releases of the chart: whose, before, after.
    pub fn moved_images(&self, from: &Version, to: &Version) -> Vec<(&'static str, String, String)> {
        let (before, after) = (self.part_images(from), self.part_images(to));
        let image = |rows: &[&PartImage], of: &str| {
            let row = rows.iter().find(|row| row.part == of)?;
            Some(format!("{}:{}", row.repository.as_deref()?, row.tag.as_deref()?))
        };
        let both = SUBCHARTS.into_iter().filter_map(|of| Some((of, image(&before, of)?, image(&after, of)?)));
        both.filter(|(_, before, after)| before != after).collect()
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

    /// The first release of the chart that can do this; nothing where no row says so.
    pub fn first_chart_that(&self, ability: Ability) -> Option<&Version> {
        self.tables.ability.iter().find(|row| row.ability == ability).map(|row| &row.since)
    }

    /// Defaults that differ between two releases of the chart (milvus.md §3.3), oldest first, then by key.
    pub fn flips<'a>(&'a self, from: &'a Version, to: &'a Version) -> impl Iterator<Item = &'a Flip> {
        self.tables.flip.iter().filter(move |flip| *from < flip.since && flip.since <= *to)
    }

    /// The chart for a step of a release that has `present`: that inside a line and from streaming on, where only the tag
    /// changes; else the one made for the line that is entered. Never an older one.
    pub fn chart_to_take(&self, present: &Version, from: Option<&MilvusVersion>, to: &MilvusVersion) -> Version {
        let Some(made) = self.chart_for(to.line()).map(|chart| &chart.version) else { return present.clone() };
        let same_line = from.is_some_and(|from| from.line() == to.line());
        let streams = from.is_some_and(|from| self.topology(from).streams());
        let stays = same_line || present >= made || (streams && present.major >= made.major);
        if stays { present.clone() } else { made.clone() }
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

    #[test]
    fn images_move_with_the_chart() {
        let moved = |from: &str, to: &str| -> Vec<String> {
            let (from, to) = (from.parse().expect("a version"), to.parse().expect("a version"));
            let moved = Knowledge::builtin().moved_images(&from, &to);
            moved.into_iter().map(|(of, before, after)| format!("{of} {before} {after}")).collect()
        };
        assert_eq!(moved("5.0.10", "5.0.22"), [""; 0]);
        assert_eq!(moved("4.2.40", "4.2.54"), [""; 0]);
        assert_eq!(moved("5.0.0", "5.0.9")[0], "etcd milvusdb/etcd:3.5.18-r1 milvusdb/etcd:3.5.23-r2");
        assert_eq!(moved("5.0.0", "5.0.9").len(), 2, "and kafka");
    }
}
