use serde_json::Value;

use super::{Operation, Subject, Way};

/// The label with the name of the instance.
pub(super) const INSTANCE: &str = "kubectl-milvus.io/instance";
/// The label with the way in which it is run.
pub(super) const WAY: &str = "kubectl-milvus.io/way";
/// The label with what the run does.
pub(super) const OPERATION: &str = "kubectl-milvus.io/operation";
/// The label with how it ended; `no` while it has not.
pub(super) const ENDED: &str = "kubectl-milvus.io/ended";

/// How many runs of an instance are kept.
pub const KEPT: usize = 10;

/// What the metadata of a Secret tell of the run in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The name of the Secret.
    pub key: String,
    /// How the instance is run.
    pub way: Way,
    /// What the run does.
    pub operation: Operation,
    /// How it ended, in a word; `no` while it has not.
    pub ended: String,
}

impl Head {
    /// Reads the metadata of an object; `None` where they are not those of a run.
    pub fn read(object: &Value) -> Option<Self> {
        let metadata = &object["metadata"];
        let label = |name: &str| metadata["labels"][name].as_str();
        let way = [Way::Milvus, Way::Release].into_iter().find(|way| label(WAY) == Some(way.word()))?;
        Some(Self {
            key: metadata["name"].as_str()?.to_owned(),
            way,
            operation: Operation::of_word(label(OPERATION)?)?,
            ended: label(ENDED)?.to_owned(),
        })
    }

    /// Whether it is a run of this instance; labels of long names are cut.
    pub fn is_of(&self, subject: &Subject) -> bool {
        self.key.rsplit_once('.').is_some_and(|(start, _)| start == subject.lease())
    }

    /// The part of the name that sorts by time.
    pub fn id(&self) -> &str {
        self.key.rsplit_once('.').map_or(self.key.as_str(), |(_, id)| id)
    }

    /// Whether the run came to its end.
    pub fn is_done(&self) -> bool {
        matches!(self.ended.as_str(), "done" | "rolled-back")
    }
}

impl Subject {
    /// The selector that finds the runs of this instance.
    pub fn selector(&self) -> String {
        format!("{INSTANCE}={},{WAY}={}", self.label(), self.way.word())
    }

    /// The runs of this instance among the objects of a list, the oldest first.
    pub fn heads(&self, objects: &[Value]) -> Vec<Head> {
        let mut heads: Vec<Head> = objects.iter().filter_map(Head::read).filter(|head| head.is_of(self)).collect();
        heads.sort_by(|one, other| one.id().cmp(other.id()));
        heads
    }
}

/// The runs that are too many once one more is written: the oldest.
pub fn to_prune(heads: &[Head], own: &str) -> Vec<String> {
    let others: Vec<&Head> = heads.iter().filter(|head| head.key != own).collect();
    let surplus = (others.len() + 1).saturating_sub(KEPT);
    others.into_iter().take(surplus).map(|head| head.key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::to_prune;
    use crate::journal::{Subject, Way};

    fn secret(name: &str) -> Value {
        json!({"metadata": {"name": name, "labels": {
            "kubectl-milvus.io/way": "milvus", "kubectl-milvus.io/operation": "upgrade", "kubectl-milvus.io/ended": "done",
        }}})
    }

    #[test]
    fn the_oldest_go_and_ten_stay_with_the_new_one() {
        let subject = Subject::named(Way::Milvus, "vec", "prod");
        let secrets: Vec<Value> = (0..12).rev().map(|n| secret(&subject.key(&format!("2026{n:02}")))).collect();
        let heads = subject.heads(&secrets);
        assert_eq!(to_prune(&heads, "new"), ["202600", "202601", "202602"].map(|id| subject.key(id)));
        assert_eq!(to_prune(&heads, &subject.key("202611")).len(), 2, "one that is written again is no new one");
        assert_eq!(to_prune(&heads[..9], "new"), Vec::<String>::new());
    }

    #[test]
    fn secrets_of_others_are_no_runs_of_this_instance() {
        let subject = Subject::named(Way::Milvus, "vec", "prod");
        let other = secret(&Subject::named(Way::Milvus, "vec", "prod.two").key("1"));
        let bare = json!({"metadata": {"name": subject.key("1")}});
        assert_eq!(subject.heads(&[other, bare]), vec![]);
    }
}
