//! Runs the hooks of a release.

use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::timeout;

use super::{Item, Operation, stop::INTERRUPTED};
use crate::{
    cluster::{Follow, Sighting},
    helm::{
        hook::{Policy, Run},
        manifest::Event,
        readiness::Readiness,
        record::{Hook, Record},
    },
};

impl Operation<'_> {
    /// Runs the hooks of an event one after the other, the lightest first, and writes down in the record when each began
    /// and what became of it (Helm 4.3.1, `pkg/action/hooks.go`).
    pub(super) async fn run_hooks(&self, record: &mut Record, event: Event) -> Result<(), String> {
        let run = Run::new(&record.hooks, event);
        for (number, at) in run.order.iter().copied().enumerate() {
            self.stop.check()?;
            record.hooks[at].set_default_policy();
            if Policy::BeforeCreation.deletes(&record.hooks[at]) {
                self.delete_hook(&record.hooks[at]).await?;
            }
            let last_run = &mut record.hooks[at].last_run;
            last_run.started_at = Some(Timestamp::now().into());
            last_run.completed_at = None;
            "Running".clone_into(&mut last_run.phase);
            self.note(record).await;
            let ran = self.run_hook(&record.hooks[at], event).await;
            let last_run = &mut record.hooks[at].last_run;
            last_run.completed_at = Some(Timestamp::now().into());
            if ran.is_ok() { "Succeeded" } else { "Failed" }.clone_into(&mut last_run.phase);
            if let Err(Fault { reason, was_created }) = ran {
                if was_created {
                    for at in run.deleted_after_failure(&record.hooks, number) {
                        // What cannot be deleted stays: the failure of the hook is what counts.
                        let _ = self.delete_hook(&record.hooks[at]).await;
                    }
                }
                return Err(reason);
            }
        }
        for at in run.deleted_after_success(&record.hooks) {
            self.delete_hook(&record.hooks[at]).await?;
        }
        Ok(())
    }

    async fn run_hook(&self, hook: &Hook, event: Event) -> Result<(), Fault> {
        let early = |reason: String| Fault { reason, was_created: false };
        let items = self.items(hook).map_err(early)?;
        for item in &items {
            let created = self.apply.create(item).await;
            created.map_err(|refusal| early(format!("warning: Hook {event} {} failed: {refusal}", hook.path)))?;
        }
        for item in &items {
            let late = |reason: String| Fault { reason, was_created: true };
            self.until(item, self.hook_timeout, verdict).await.map_err(late)?;
        }
        Ok(())
    }

    async fn delete_hook(&self, hook: &Hook) -> Result<(), String> {
        for item in self.items(hook)? {
            if self.apply.delete(&item).await.map_err(|refusal| refusal.to_string())? {
                self.until(&item, self.hook_timeout, |live| live.is_none().then_some(Ok(()))).await?;
            }
        }
        Ok(())
    }

    fn items(&self, hook: &Hook) -> Result<Vec<Item>, String> {
        Item::of_manifest(&hook.manifest, self.kinds, &self.namespace)
            .map_err(|failure| format!("unable to build kubernetes object for hook {}: {failure}", hook.path))
    }

    /// Follows an object until `judge` says something of it; of `None` where it is not there.
    async fn until(
        &self,
        item: &Item,
        limit: Duration,
        judge: fn(Option<&Value>) -> Option<Result<(), String>>,
    ) -> Result<(), String> {
        let mut sightings = self.apply.cluster.follow(&item.kind, item.namespace(), Follow::Name(item.name()));
        let wait = async {
            let mut live = None;
            while let Some(sighting) = sightings.next().await {
                match sighting {
                    Sighting::Seen(object) => live = Some(*object),
                    Sighting::Gone(_) => live = None,
                    Sighting::Whole => {}
                    // Taken up again by itself; the limit counts.
                    Sighting::Trouble(_) => continue,
                }
                if let Some(verdict) = judge(live.as_ref()) {
                    return verdict.map_err(|reason| format!("{}: {reason}", item.reference()));
                }
            }
            Ok(())
        };
        tokio::select! {
            waited = timeout(limit, wait) => waited.unwrap_or_else(|_| {
                Err(format!("{} was not done within {} s", item.reference(), limit.as_secs()))
            }),
            () = self.stop.came() => Err(INTERRUPTED.to_owned()),
        }
    }
}

/// Why a hook failed, and whether its object was made.
struct Fault {
    reason: String,
    was_created: bool,
}

/// Jobs and Pods have to end; everything else is done once it is there.
fn verdict(live: Option<&Value>) -> Option<Result<(), String>> {
    match Readiness::of_hook(live?) {
        Readiness::Ready => Some(Ok(())),
        Readiness::Waiting(_) => None,
        Readiness::Failed(reason) => Some(Err(reason)),
    }
}
