use serde_json::Value;

use super::Run;
use crate::{
    plan::{Ending, Next, RunResult, edits},
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
            writes: u64::try_from(self.writes.len()).unwrap_or(u64::MAX) + self.helm_writes + self.swaps,
            edits: match self.helm {
                None => edits(before, self.writes.iter().copied(), &self.live.snapshot().milvus.spec),
                Some(_) => vec![],
            },
            is_open: self.is_open,
            roll: self.roll,
            ending,
            proof,
            next,
        }
    }

    /// The command that goes on. Values that were given besides are in the journal, not in the command of the plan.
    fn way_on(&self) -> String {
        if self.logbook.journal().given.is_none() || !self.logbook.keeps_journal() {
            return self.plan.command.clone();
        }
        let name = shell_word(&self.plan.reference());
        format!("kubectl milvus upgrade {name} -n {} --resume", shell_word(&self.plan.namespace))
    }

    fn next(&self, ending: &Ending) -> Vec<Next> {
        let next = |purpose: &str, command: String| Next { purpose: purpose.to_owned(), command };
        match ending {
            Ending::TimedOut { .. } | Ending::Interrupted | Ending::Stopped { .. } => {
                let mut list = vec![next("Go on", self.way_on())];
                list.extend(self.plan.way_back.clone().map(|command| next("Go back", command)));
                list
            }
            Ending::Done | Ending::NothingToDo | Ending::Declined => vec![],
        }
    }
}
