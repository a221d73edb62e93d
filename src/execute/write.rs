use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::{Refused, Run};
use crate::{
    cluster::{DryRun, Refusal, WriteError},
    exit::Exit,
    failure::Failure,
    journal::Write,
    plan::{Ending, Gate, Step},
    snapshot::Resource,
};

/// How often a write that met a conflict is tried: it is mostly the operator, which writes status and defaults all the time.
const TRIES: usize = 10;
/// How long to wait before looking whether a write without an answer was made; it doubles.
pub(super) const PAUSE: Duration = Duration::from_secs(1);
/// The longest; a server that comes back is not kept waiting.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl<'a> Run<'a> {
    /// Writes under the resource version of what was seen. After a conflict, and where no answer came, the resource
    /// itself tells: what it holds already is not written again, and only a spec that moved under the plan ends the run.
    /// While nobody answers it goes on until the time runs out.
    pub(super) async fn write(&mut self, step: &Step, patch: &'a Value) -> Result<Option<Ending>, Refused> {
        let mut milvus = self.live.snapshot().milvus.clone();
        let (mut conflicts, mut pause) = (0, PAUSE);
        loop {
            if let Err(reason) = self.logbook.check().await {
                return self.failed(Failure::new(Exit::Blocked, anyhow::anyhow!(reason)));
            }
            match self.cluster.patch(&milvus, patch, DryRun::No).await {
                Ok(written) => return Ok(self.written(step, patch, written).await),
                Err(WriteError::Failed(failure)) => return self.failed(failure),
                Err(WriteError::Conflict) => conflicts += 1,
                Err(WriteError::Unanswered(_)) => {
                    self.is_open = true;
                    if let Some(ending) = self.pause(&mut pause).await {
                        return Ok(Some(ending));
                    }
                }
            }
            let fresh = loop {
                match self.cluster.milvus(&milvus.namespace, &milvus.name).await {
                    Ok(fresh) => break fresh,
                    // Without a look it stays open whether it was made.
                    Err(_) if self.is_open => {
                        if let Some(ending) = self.pause(&mut pause).await {
                            return Ok(Some(ending));
                        }
                    }
                    Err(failure) => return self.failed(failure),
                }
            };
            if self.is_open && step.is_patched(&fresh) {
                return Ok(self.written(step, patch, fresh).await);
            }
            self.is_open = false;
            if conflicts == TRIES || !self.is_ours(&milvus, &fresh) {
                return self.moved();
            }
            milvus = fresh;
        }
    }

    /// Writes what may be written twice: where no answer comes it is sent again until the time runs out. Gives the answer,
    /// or the end of the run.
    pub(super) async fn persist<T>(
        &mut self,
        write: impl AsyncFn() -> Result<T, Refusal>,
    ) -> Result<Result<T, Ending>, Refused> {
        let mut pause = PAUSE;
        loop {
            if let Err(reason) = self.logbook.check().await {
                return self.stopped(Failure::new(Exit::Blocked, anyhow::anyhow!(reason))).map(Err);
            }
            match write().await {
                Ok(written) => {
                    self.is_open = false;
                    return Ok(Ok(written));
                }
                Err(refusal) if refusal.may_pass() => {
                    self.is_open = true;
                    if let Some(ending) = self.pause(&mut pause).await {
                        return Ok(Err(ending));
                    }
                }
                Err(refusal) => return self.stopped(refusal.into()).map(Err),
            }
        }
    }

    /// Waits before the next try; gives an ending where there will be none.
    pub(super) async fn pause(&mut self, pause: &mut Duration) -> Option<Ending> {
        let next = Instant::now() + *pause;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        tokio::select! {
            biased;
            () = self.interrupt.came() => Some(Ending::Interrupted),
            () = sleep_until(self.begun + self.limits.total) => {
                Some(Ending::TimedOut { after_seconds: self.limits.total.as_secs() })
            }
            () = sleep_until(next) => None,
        }
    }

    async fn written(&mut self, step: &Step, patch: &'a Value, milvus: Resource) -> Option<Ending> {
        self.writes.push(patch);
        self.is_open = false;
        let write = Write::patch(step, patch, milvus.generation, Timestamp::now());
        self.live.put(milvus);
        self.logbook.wrote(step, write, matches!(step.gate, Gate::Written)).await;
        None
    }

    /// Before the first write the spec must not have moved at all; afterwards the operator's own edits are expected.
    fn is_ours(&self, known: &Resource, fresh: &Resource) -> bool {
        let same_object = known.uid == fresh.uid;
        let same_spec = known.spec == fresh.spec;
        same_object && (same_spec || !self.writes.is_empty() && known.image() == fresh.image())
    }

    pub(super) fn failed(&self, failure: Failure) -> Result<Option<Ending>, Refused> {
        self.stopped(failure).map(Some)
    }

    fn stopped(&self, failure: Failure) -> Result<Ending, Refused> {
        if self.writes.is_empty() && self.helm_writes == 0 && self.other_writes == 0 {
            return Err(Refused::Failed(failure));
        }
        Ok(Ending::Stopped { reason: failure.to_string(), details: failure.hints().to_vec() })
    }

    fn moved(&self) -> Result<Option<Ending>, Refused> {
        if self.writes.is_empty() {
            return Err(Refused::Moved);
        }
        let reason = "somebody else changed the resource during the run".to_owned();
        Ok(Some(Ending::Stopped { reason, details: vec![] }))
    }
}
