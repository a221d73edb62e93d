//! Lets tests ask one rule about one snapshot.

use super::{Answer, Ground, Problem, RULES, Target};
use crate::{knowledge::Knowledge, snapshot::Snapshot};

/// An [`Answer`] without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    Fires,
    Absent,
    Unknown,
}

impl Answer {
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Fine => Verdict::Fine,
            Self::Problem(_) => Verdict::Fires,
            Self::NotApplicable => Verdict::Absent,
            Self::Unknown(_) => Verdict::Unknown,
        }
    }

    pub(super) fn problem(self) -> Problem {
        match self {
            Self::Problem(problem) => problem,
            other => panic!("no problem was found: {other:?}"),
        }
    }
}

/// What a user who types `--to VERSION` wants of the instance.
pub(super) fn target(snapshot: &Snapshot, version: &str) -> Target {
    let image = snapshot.milvus.image().unwrap_or_else(|| "milvusdb/milvus".parse().expect("an image"));
    let version = version.parse().expect("a version");
    let image = image.at(&version);
    Target::new(version, image)
}

/// The answer of the rule with this code.
pub(super) fn judge(snapshot: &Snapshot, target: Option<&Target>, code: u16) -> Answer {
    let rule = RULES.iter().find(|rule| rule.code == super::Code::new(code)).expect("a rule with this code");
    (rule.judge)(&Ground { snapshot, target, knowledge: Knowledge::builtin() })
}

/// The answer for a target version, or for none.
pub(super) fn trial(snapshot: &Snapshot, to: Option<&str>, code: u16) -> Answer {
    let target = to.map(|version| target(snapshot, version));
    judge(snapshot, target.as_ref(), code)
}

/// The answer for a target version that the test changes first.
pub(super) fn trial_with(snapshot: &Snapshot, to: &str, code: u16, change: impl FnOnce(&mut Target)) -> Answer {
    let mut target = target(snapshot, to);
    change(&mut target);
    judge(snapshot, Some(&target), code)
}
