//! What Milvus itself answered when it was asked.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::Part;

/// What one look at Milvus from the inside saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Serving {
    /// The interface that answered.
    pub interface: Interface,
    /// The images of its pods by component, where the pods were seen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, Vec<String>>,
    /// The databases; unknown where the release has no way to list them, and only `default` was looked at.
    pub databases: Part<Vec<String>>,
    /// The collections that were asked about.
    pub collections: Vec<Collection>,
    /// What came of queries whose answers are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub golden: Vec<Golden>,
    /// What came of writing a row and reading it again, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scratch: Option<Reply>,
    /// The same look as a second user, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Box<Second>>,
}

impl Serving {
    /// A look at these collections, and at nothing else.
    pub fn of(interface: Interface, databases: Part<Vec<String>>, collections: Vec<Collection>) -> Self {
        let (images, golden) = (BTreeMap::new(), vec![]);
        Self { interface, images, databases, collections, golden, scratch: None, second: None }
    }

    /// The same of these collections only, for the second user too.
    #[must_use]
    pub fn within(mut self, has: impl Fn(&CollectionName) -> bool + Copy) -> Self {
        self.collections.retain(|collection| has(&collection.name));
        if let Some(second) = &mut self.second
            && let Part::Known(seen) = &mut second.seen
        {
            seen.collections.retain(|collection| has(&collection.name));
        }
        self
    }

    /// The collection of this name.
    pub fn collection(&self, name: &CollectionName) -> Option<&Collection> {
        self.collections.iter().find(|collection| collection.name == *name)
    }
}

/// The REST interface of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interface {
    /// `/v1/vector`, from 2.2.9 on.
    V1,
    /// `/v2/vectordb`, from 2.4 on.
    V2,
}

/// The name of a collection, with its database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionName {
    /// The database.
    pub database: String,
    /// The collection.
    pub name: String,
}

impl CollectionName {
    /// The database that is there without being made.
    pub const DEFAULT_DATABASE: &str = "default";

    /// Whether it is what a user means by `text`: `NAME` in any database, or `DATABASE.NAME`.
    pub fn fits(&self, text: &str) -> bool {
        self.name == text
            || text.split_once('.').is_some_and(|(database, name)| (database, name) == (&self.database, &self.name))
    }
}

impl fmt::Display for CollectionName {
    /// Without the database where it is the one that is always there.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.database == Self::DEFAULT_DATABASE {
            return formatter.write_str(&self.name);
        }
        write!(formatter, "{}.{}", self.database, self.name)
    }
}

/// One collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collection {
    /// Its name.
    #[serde(flatten)]
    pub name: CollectionName,
    /// Whether it is in memory.
    pub load: Part<Load>,
    /// Rows: counted where it is loaded, otherwise as the statistics have them.
    pub rows: Part<u64>,
    /// The names of its indexes.
    pub indexes: Part<Vec<String>>,
    /// What came of a query for one row.
    pub query: Reply,
}

impl Collection {
    /// Whether it says that it can be queried.
    pub fn is_loaded(&self) -> bool {
        self.load == Part::Known(Load::Loaded)
    }
}

/// Whether a collection is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Load {
    /// Nobody asked for it.
    NotLoaded,
    /// On its way.
    Loading {
        /// How far, of 100, where the server tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        progress: Option<u8>,
    },
    /// All of it. That is what the coordinator says; whether it answers only a query proves.
    Loaded,
}

/// What came of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reply")]
pub enum Reply {
    /// It was answered, with rows or without.
    Answered {
        /// How long that took.
        milliseconds: u64,
    },
    /// It was not, in the server's own words or those of the connection.
    Failed {
        /// The words.
        words: String,
    },
    /// It was not asked, for it is not loaded.
    NotAsked,
}

/// What came of a query whose answer is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Golden {
    /// Which: `query 2 on docs`.
    pub query: String,
    /// How many rows are expected.
    pub expected: usize,
    /// How many of them are enough.
    pub least: usize,
    /// How many of them came; unknown where it was not answered, with the words.
    pub found: Part<usize>,
    /// How long it took.
    pub milliseconds: u64,
}

/// What a second user sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Second {
    /// The Secret with its name or token.
    pub secret: String,
    /// What it sees.
    pub seen: Part<Serving>,
}

#[cfg(test)]
mod tests {
    use super::{Collection, CollectionName, Interface, Load, Part, Reply, Second, Serving};

    #[test]
    fn who_asks_about_less_compares_less_for_every_user() {
        let seen = || {
            let collection = |name: &str| Collection {
                name: CollectionName { database: "default".into(), name: name.into() },
                load: Part::Known(Load::Loaded),
                rows: Part::Known(1),
                indexes: Part::Known(vec![]),
                query: Reply::NotAsked,
            };
            Serving::of(Interface::V2, Part::Known(vec![]), vec![collection("docs"), collection("tags")])
        };
        let second = Some(Box::new(Second { secret: "app".into(), seen: Part::Known(seen()) }));
        let less = Serving { second, ..seen() }.within(|name| name.fits("docs"));
        let theirs = less.second.as_ref().and_then(|second| second.seen.known()).expect("it was seen");
        assert_eq!((less.collections.len(), theirs.collections.len()), (1, 1));
    }

    #[test]
    fn a_collection_is_named_with_or_without_its_database() {
        let name = |database: &str, name: &str| CollectionName { database: database.into(), name: name.into() };
        assert_eq!(name("default", "docs").to_string(), "docs");
        assert_eq!(name("shop", "docs").to_string(), "shop.docs");
        assert!(name("shop", "docs").fits("docs") && name("shop", "docs").fits("shop.docs"));
        assert!(!name("shop", "docs").fits("other.docs") && !name("shop", "docs").fits("shop"));
    }
}
