use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{check::Direction, plan::Plan};

/// The instance that a run is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// How it is run.
    pub way: Way,
    /// Its namespace.
    pub namespace: String,
    /// The name of the Milvus resource or Helm release.
    pub name: String,
    /// `metadata.uid` of the resource; empty for a release.
    #[serde(default)]
    pub uid: String,
}

/// How an instance is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// By the operator, as a Milvus resource.
    Milvus,
    /// By Helm, as a release.
    Release,
}

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// To a newer version.
    Upgrade,
    /// Back to an older one.
    Rollback,
    /// The metadata of 2.1 to those of 2.2, or one coordinator for four.
    Migrate,
}

/// The longest value of a label.
const LONGEST_LABEL: usize = 63;
/// The longest name of an object.
const LONGEST_NAME: usize = 253;
/// What the names of all objects begin with.
const PREFIX: &str = "kubectl-milvus";

impl Way {
    /// As it is typed before a name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Milvus => "milvus",
            Self::Release => "release",
        }
    }
}

impl Operation {
    /// As it is typed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Migrate => "migrate",
        }
    }

    /// What leads that way.
    pub fn of(direction: Direction) -> Self {
        match direction {
            Direction::Forward => Self::Upgrade,
            Direction::Back => Self::Rollback,
            Direction::Migrate | Direction::Restore | Direction::Join => Self::Migrate,
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        [Self::Upgrade, Self::Rollback, Self::Migrate].into_iter().find(|operation| operation.word() == word)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

impl Subject {
    /// The instance of a plan.
    pub fn of(plan: &Plan) -> Self {
        let way = if plan.is_release { Way::Release } else { Way::Milvus };
        let (namespace, name) = (plan.namespace.clone(), plan.name.clone());
        let uid = if plan.is_release { String::new() } else { plan.fingerprint.uid.clone() };
        Self { way, namespace, name, uid }
    }

    /// An instance that is only known by its name.
    pub fn named(way: Way, namespace: &str, name: &str) -> Self {
        Self { way, namespace: namespace.to_owned(), name: name.to_owned(), uid: String::new() }
    }

    /// `milvus/NAME` or `release/NAME`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.way.word(), self.name)
    }

    /// The name of the Lease.
    pub fn lease(&self) -> String {
        // As long as a journal's name, so that both are shortened alike.
        format!("{PREFIX}.{}.{}", self.way.word(), self.short_name())
    }

    /// The name of the Secret of a run.
    pub fn key(&self, id: &str) -> String {
        format!("{}.{id}", self.lease())
    }

    /// The name as the value of a label.
    pub(super) fn label(&self) -> String {
        shorten(&self.name, LONGEST_LABEL)
    }

    fn short_name(&self) -> String {
        let id = ".20261121-093605-482".len();
        shorten(&self.name, LONGEST_NAME - PREFIX.len() - ".release.".len() - id)
    }
}

/// A name that is too long, cut, with a digest of the whole at its end.
fn shorten(name: &str, longest: usize) -> String {
    const DIGITS: usize = 10;
    if name.len() <= longest {
        return name.to_owned();
    }
    let digest = Sha256::digest(name);
    let number = digest.iter().take(DIGITS / 2).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let kept: String = name.chars().take(longest - DIGITS - 1).collect();
    format!("{}-{number:0DIGITS$x}", kept.trim_end_matches(['.', '-']))
}

#[cfg(test)]
mod tests {
    use super::{Subject, Way};

    #[test]
    fn names_are_as_long_as_kubernetes_allows_and_differ() {
        let subject = Subject::named(Way::Milvus, "vec", "prod");
        assert_eq!(subject.key("20261121-093605-482"), "kubectl-milvus.milvus.prod.20261121-093605-482");
        assert_eq!((subject.lease().as_str(), subject.label().as_str()), ("kubectl-milvus.milvus.prod", "prod"));
        let long = |last: &str| Subject::named(Way::Release, "vec", &format!("{}{last}", "a".repeat(252)));
        let (one, other) = (long("a"), long("b"));
        assert!(one.key("20261121-093605-482").len() <= 253 && one.label().len() <= 63);
        assert_ne!(one.key("1"), other.key("1"));
        assert_ne!(one.label(), other.label());
        assert_ne!(Subject::named(Way::Release, "vec", "prod").lease(), subject.lease());
    }
}
