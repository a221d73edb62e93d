//! What the lines that a roll shows are known to mean.

use super::Roll;
use crate::knowledge::Knowledge;

impl Roll {
    /// The same, with the meaning and cure of every line of a blocker that is known, behind its evidence.
    #[must_use]
    pub fn explained(mut self, knowledge: &Knowledge) -> Self {
        for blocker in &mut self.blockers {
            let mut meanings: Vec<String> = vec![];
            for line in std::iter::once(&blocker.reason).chain(&blocker.details) {
                let Some(row) = knowledge.meaning_of(line) else { continue };
                let meaning = format!("known: {}, {}; cure: {}", row.code, row.meaning, row.cure);
                if !meanings.contains(&meaning) && !blocker.details.contains(&meaning) {
                    meanings.push(meaning);
                }
            }
            blocker.details.extend(meanings);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        knowledge::Knowledge,
        rollout::{Blocker, Roll},
    };

    #[test]
    fn lines_of_a_blocker_are_explained_once() {
        let said = "container etcd: etcdserver: mvcc: database space exceeded".to_owned();
        let exit = "container querynode ended with code 132 (Error), 3 restarts".to_owned();
        let blocker = Blocker {
            reason: "pod x is not ready".to_owned(),
            details: vec![said.clone(), said, exit, "nothing that is known".to_owned()],
            stuck: true,
            ..Blocker::default()
        };
        let roll = json!({"components": [], "missing": [], "blockers": [blocker]});
        let roll: Roll = serde_json::from_value(roll).expect("a roll");
        let explained = roll.explained(Knowledge::builtin());
        let details = &explained.blockers[0].details;
        assert_eq!(details.len(), 6, "{details:?}");
        assert!(details[4].starts_with("known: MV0613, etcd reached its quota"), "{details:?}");
        assert!(details[5].starts_with("known: MV0625, "), "{details:?}");
        assert_eq!(explained.clone().explained(Knowledge::builtin()), explained);
    }
}
