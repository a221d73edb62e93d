use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Knowledge;

/// When the sources of some tables were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// What they say something about.
    pub about: String,
    /// The day they were read, or their own newest day.
    pub read: Date,
    /// Which they are.
    pub source: String,
}

/// How old the tables are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Age<'a> {
    /// The newest Milvus that they know.
    pub newest_milvus: Option<String>,
    /// The newest operator that they know.
    pub newest_operator: Option<String>,
    /// The newest chart that they know.
    pub newest_chart: Option<String>,
    /// The file that was laid over them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'a str>,
    /// When their sources were read.
    pub editions: &'a [Edition],
}

impl Age<'_> {
    /// One line for people.
    pub fn words(&self) -> String {
        let newest =
            [("Milvus", &self.newest_milvus), ("operator", &self.newest_operator), ("chart", &self.newest_chart)];
        let newest = newest.iter().filter_map(|(name, version)| Some(format!("{name} {}", version.as_ref()?)));
        let read = self.editions.iter().map(|edition| edition.read).max();
        let read = read.map(|read| format!("; read on {read}")).unwrap_or_default();
        let file = self.file.map(|file| format!(", with {file} laid over")).unwrap_or_default();
        format!("knows releases up to {}{read}{file}", newest.collect::<Vec<_>>().join(", "))
    }
}

impl Knowledge {
    /// How old the tables are.
    pub fn age(&self) -> Age<'_> {
        let milvus = self.releases().iter().rfind(|release| release.standing.is_none());
        Age {
            newest_milvus: milvus.map(|release| release.version.to_string()),
            newest_operator: self.operators().last().map(|operator| operator.version.to_string()),
            newest_chart: self.published_charts().last().map(|chart| chart.version.to_string()),
            file: self.file.as_deref(),
            editions: &self.tables.edition,
        }
    }
}
