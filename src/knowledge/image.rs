use semver::Version;
use serde::{Deserialize, Serialize};

use super::Knowledge;

/// An image that a chart starts besides Milvus itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartImage {
    /// The part: `etcd`, `minio`, `pulsarv3`.
    pub part: String,
    /// The first chart release with it.
    pub since: Version,
    /// The value that switches the part on; it always runs where there is none.
    pub switch: Option<String>,
    /// Registry and path; the part is gone from this release on where it is missing.
    pub repository: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// Where this is written.
    pub source: String,
}

/// Images that moved to another registry or name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// What their names began with, registry `docker.io` aside.
    pub from: String,
    /// What they begin with now.
    pub into: String,
    /// What happened.
    pub reason: String,
    /// Where this is written.
    pub source: String,
}

impl Knowledge {
    /// The images besides Milvus that a release of the chart can start, by part.
    pub fn part_images(&self, chart: &Version) -> Vec<&PartImage> {
        let mut found: Vec<&PartImage> = vec![];
        for row in self.tables.image.iter().filter(|row| row.since <= *chart) {
            found.retain(|known| known.part != row.part);
            found.extend(row.repository.is_some().then_some(row));
        }
        found
    }

    /// Where the images of this repository went, if they moved.
    pub fn moved(&self, repository: &str) -> Option<&Moved> {
        let bare = repository.strip_prefix("docker.io/").unwrap_or(repository);
        self.tables.moved.iter().find(|row| bare.starts_with(row.from.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::Knowledge;

    #[test]
    fn a_chart_starts_the_newest_images_up_to_it() {
        let images = |chart: &str| -> Vec<String> {
            let found = Knowledge::builtin().part_images(&chart.parse().expect("a version"));
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            found.iter().map(|row| format!("{} {}:{}", row.part, text(&row.repository), text(&row.tag))).collect()
        };
        let new = images("5.0.22");
        for wanted in [
            "etcd milvusdb/etcd:3.5.25-r1",
            "minio minio/minio:RELEASE.2024-12-18T13-15-44Z",
            "pulsarv3 apachepulsar/pulsar:3.0.7",
            "kafka bitnamilegacy/kafka:3.1.0",
        ] {
            assert!(new.contains(&wanted.to_owned()), "{wanted} is not in {new:?}");
        }
        assert!(!new.iter().any(|image| image.starts_with("tools ") || image.starts_with("mysql ")), "{new:?}");
        assert!(images("4.2.58").contains(&"tools milvusdb/milvus-config-tool:v0.1.2".to_owned()));
    }

    #[test]
    fn images_of_bitnami_moved() {
        let knowledge = Knowledge::builtin();
        assert!(knowledge.moved("bitnami/kafka").is_some() && knowledge.moved("docker.io/bitnami/etcd").is_some());
        assert!(knowledge.moved("bitnamilegacy/kafka").is_none() && knowledge.moved("milvusdb/etcd").is_none());
    }
}
