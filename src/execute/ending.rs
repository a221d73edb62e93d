use serde_json::Value;

use super::Run;
use crate::{
    plan::{Ending, Next, RunResult, edits},
    rollout::proof,
};

impl Run<'_> {
    pub(super) fn result(self, ending: Ending, before: &Value) -> RunResult {
        let next = self.next(&ending);
        let now = self.live.snapshot().operator_scene.as_ref();
        let proof = self.itself.as_ref().zip(now).map_or(vec![], |(before, now)| proof(before, now));
        RunResult {
            plan: self.plan.clone(),
            elapsed_seconds: self.begun.elapsed().as_secs(),
            writes: u64::try_from(self.writes.len()).unwrap_or(u64::MAX) + self.helm_writes,
            edits: match self.helm {
                None => edits(before, self.writes.iter().copied(), &self.live.snapshot().milvus.spec),
                Some(_) => vec![],
            },
            roll: self.roll,
            ending,
            proof,
            next,
        }
    }

    fn next(&self, ending: &Ending) -> Vec<Next> {
        let next = |purpose: &str, command: String| Next { purpose: purpose.to_owned(), command };
        match ending {
            Ending::TimedOut { .. } | Ending::Interrupted | Ending::Stopped { .. } => {
                let mut list = vec![next("Go on", self.plan.command.clone())];
                list.extend(self.plan.way_back.clone().map(|command| next("Go back", command)));
                list
            }
            Ending::Done | Ending::NothingToDo | Ending::Declined => vec![],
        }
    }
}
