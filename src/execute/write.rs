use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::{Refused, Run};
use crate::{
    cluster::{DryRun, WriteError},
    exit::Exit,
    failure::Failure,
    plan::{Ending, Step},
    snapshot::Resource,
};

/// How often a write is tried: a conflict is mostly the operator, which writes status and defaults all the time.
const TRIES: usize = 10;
/// How long to wait before looking whether a write without an answer was made.
const PAUSE: Duration = Duration::from_secs(1);

impl<'a> Run<'a> {
    /// Writes under the resource version of what was seen. After a conflict, and where no answer came, the resource
    /// itself tells: what it holds already is not written again, and only a spec that moved under the plan ends the run.
    pub(super) async fn write(&mut self, step: &Step, patch: &'a Value) -> Result<Option<Ending>, Refused> {
        let mut milvus = self.live.snapshot().milvus.clone();
        let mut unanswered = None;
        for _ in 0..TRIES {
            match self.cluster.patch(&milvus, patch, DryRun::No).await {
                Ok(written) => return Ok(self.written(patch, written)),
                Err(WriteError::Failed(failure)) => return self.failed(failure),
                Err(WriteError::Conflict) => {}
                Err(WriteError::Unanswered(failure)) => {
                    unanswered = Some(failure);
                    sleep(PAUSE).await;
                }
            }
            let fresh = match self.cluster.milvus(&milvus.namespace, &milvus.name).await {
                Ok(fresh) => fresh,
                // Without a look it stays open whether it was made.
                Err(_) if unanswered.is_some() => continue,
                Err(failure) => return self.failed(failure),
            };
            if unanswered.is_some() && step.is_patched(&fresh) {
                return Ok(self.written(patch, fresh));
            }
            if !self.is_ours(&milvus, &fresh) {
                return self.moved();
            }
            milvus = fresh;
        }
        match unanswered {
            Some(failure) => Err(Refused::Failed(self.open_end(&failure))),
            None => self.moved(),
        }
    }

    fn written(&mut self, patch: &'a Value, milvus: Resource) -> Option<Ending> {
        self.writes.push(patch);
        self.live.put(milvus);
        None
    }

    /// Before the first write the spec must not have moved at all; afterwards the operator's own edits are expected.
    fn is_ours(&self, known: &Resource, fresh: &Resource) -> bool {
        let same_object = known.uid == fresh.uid;
        let same_spec = known.spec == fresh.spec;
        same_object && (same_spec || !self.writes.is_empty() && known.image() == fresh.image())
    }

    pub(super) fn failed(&self, failure: Failure) -> Result<Option<Ending>, Refused> {
        if self.writes.is_empty() && self.helm_writes == 0 {
            return Err(Refused::Failed(failure));
        }
        Ok(Some(Ending::Stopped { reason: failure.to_string(), details: failure.hints().to_vec() }))
    }

    fn moved(&self) -> Result<Option<Ending>, Refused> {
        if self.writes.is_empty() {
            return Err(Refused::Moved);
        }
        let reason = "somebody else changed the resource during the run".to_owned();
        Ok(Some(Ending::Stopped { reason, details: vec![] }))
    }

    /// Nobody answered often enough to tell whether the write was made.
    fn open_end(&self, failure: &Failure) -> Failure {
        let reason = anyhow::anyhow!("{failure}; it may have been written all the same");
        Failure::new(Exit::PartWay, reason)
            .hint(format!("the same command finds out and goes on:  {}", self.plan.command))
    }
}
