use serde_json::Value;

use super::Run;
use crate::{
    check::Direction,
    journal::Operation,
    plan::{Action, Ending, Next, RunResult, edits},
    rollout::proof,
    snapshot::shell_word,
};

impl Run<'_> {
    pub(super) fn result(self, ending: Ending, before: &Value) -> RunResult {
        let next = self.next(&ending);
        let now = self.live.snapshot().operator_scene.as_ref();
        let proof = self.itself.as_ref().zip(now).map_or(vec![], |(before, now)| proof(before, now));
        RunResult {
            plan: self.plan.clone(),
            elapsed_seconds: self.begun.elapsed().as_secs(),
            writes: u64::try_from(self.writes.len()).unwrap_or(u64::MAX) + self.helm_writes + self.other_writes,
            edits: match self.helm {
                // A migration is nothing but what the operator writes.
                _ if self.plan.target.is_migration() => vec![],
                None => edits(before, self.writes.iter().copied(), &self.live.snapshot().milvus.spec),
                Some(_) => vec![],
            },
            is_open: self.is_open,
            is_followed: false,
            is_lost: self.is_lost,
            roll: self.roll,
            ending,
            serving: None,
            interruption: None,
            drain: None,
            proof,
            logs: vec![],
            next,
        }
    }

    /// The command that goes on. Values that were given besides are in the journal, not in the command of the plan.
    fn way_on(&self) -> String {
        if self.logbook.journal().given.is_none() || !self.logbook.keeps_journal() {
            return self.plan.command.clone();
        }
        let name = shell_word(&self.plan.reference());
        let verb = Operation::of(self.logbook.journal().goal().direction).word();
        format!("kubectl milvus {verb} {name} -n {} --resume", shell_word(&self.plan.namespace))
    }

    /// What is left to do once a migration is done.
    fn afterwards(&self) -> Vec<Next> {
        let names = self.plan.steps.iter().filter_map(|step| match &step.action {
            Action::Migrate { migration } => migration["metadata"]["name"].as_str(),
            _ => None,
        });
        let delete = names.map(|name| Next {
            purpose: "Give the way back up, and the kept metadata with it".to_owned(),
            command: format!(
                "kubectl -n {} delete milvusupgrade {}",
                shell_word(&self.plan.namespace),
                shell_word(name)
            ),
        });
        let back = self.plan.way_back.clone().filter(|_| self.plan.target.is_migration());
        let back = back.map(|command| Next { purpose: "Go back".to_owned(), command });
        let forget = self.plan.forget_command().filter(|_| self.plan.target.direction == Direction::Migrate);
        let forget = forget
            .map(|command| Next { purpose: "Give the way back up, and the kept metadata with it".to_owned(), command });
        back.into_iter().chain(delete).chain(forget).collect()
    }

    fn next(&self, ending: &Ending) -> Vec<Next> {
        let next = |purpose: &str, command: String| Next { purpose: purpose.to_owned(), command };
        match ending {
            Ending::TimedOut { .. } | Ending::Interrupted | Ending::Stopped { .. } => {
                let mut list = vec![next("Go on", self.way_on())];
                list.extend(self.plan.way_back.clone().map(|command| next("Go back", command)));
                list
            }
            Ending::Done => self.afterwards(),
            Ending::RolledBack { .. } | Ending::NothingToDo | Ending::Declined | Ending::NotServing => vec![],
        }
    }
}
