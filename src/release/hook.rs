//! Runs the hooks of a release.

use futures::StreamExt;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::timeout;

use super::{Item, Operation, operation::Reason, stop::INTERRUPTED};
use crate::{
    cluster::{Follow, Sighting},
    helm::{
        hook::{Policy, Run, failure},
        manifest::Event,
        readiness::Readiness,
        record::{Form, Hook, Record},
    },
};

impl Operation<'_> {
    /// Runs the hooks of an event one after the other, the lightest first, and writes down in the record when each began
    /// and what became of it (Helm 4.3.1, `pkg/action/hooks.go`).
    pub(super) async fn run_hooks(&self, record: &mut Record, event: Event) -> Result<(), Reason> {
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
            let ran = self.run_hook(&record.hooks[at], event, record.form).await;
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

    async fn run_hook(&self, hook: &Hook, event: Event, form: Form) -> Result<(), Fault> {
        let early = |reason: String| Fault { reason: reason.into(), was_created: false };
        let items = self.items(hook).map_err(early)?;
        for item in &items {
            let created = self.apply.create(item).await.map_err(|refusal| self.apply.not_created(item, &refusal));
            created.map_err(|reason| early(format!("warning: Hook {event} {} failed: {reason}", hook.path)))?;
        }
        for item in &items {
            let judge = |live: Option<&Value>| verdict(live, form);
            self.until(item, judge).await.map_err(|reason| Fault { reason, was_created: true })?;
        }
        Ok(())
    }

    async fn delete_hook(&self, hook: &Hook) -> Result<(), Reason> {
        for item in self.items(hook)? {
            if self.apply.delete(&item).await.map_err(|refusal| refusal.to_string())? {
                self.until(&item, |live| live.is_none().then_some(Ok(()))).await?;
            }
        }
        Ok(())
    }

    fn items(&self, hook: &Hook) -> Result<Vec<Item>, String> {
        Item::of_manifest(&hook.manifest, self.kinds, &self.namespace)
            .map_err(|failure| format!("unable to build kubernetes object for hook {}: {failure}", hook.path))
    }

    /// Follows an object until `judge` says something of it, of `None` where it is not there, or it is gone.
    async fn until(
        &self,
        item: &Item,
        judge: impl Fn(Option<&Value>) -> Option<Result<(), Reason>>,
    ) -> Result<(), Reason> {
        let mut sightings = self.apply.cluster.follow(&item.kind, item.namespace(), Follow::Name(item.name()));
        let wait = async {
            let mut live = None;
            while let Some(sighting) = sightings.next().await {
                match sighting {
                    Sighting::Seen(object) => live = Some(*object),
                    // A Job may be cleaned up as soon as it is done.
                    Sighting::Gone(_) => return Ok(()),
                    Sighting::Whole => {}
                    // Taken up again by itself; the limit counts.
                    Sighting::Trouble(_) | Sighting::Forbidden(_) => continue,
                }
                if let Some(verdict) = judge(live.as_ref()) {
                    return verdict;
                }
            }
            Ok(())
        };
        tokio::select! {
            waited = timeout(self.hook_timeout, wait) => waited.unwrap_or_else(|_| {
                Err(format!("{} was not done within {} s", item.reference(), self.hook_timeout.as_secs()).into())
            }),
            () = self.stop.came() => Err(INTERRUPTED.to_owned().into()),
        }
    }
}

/// Why a hook failed, and whether its object was made.
struct Fault {
    reason: Reason,
    was_created: bool,
}

/// Jobs and Pods have to end; everything else is done once it is there.
fn verdict(live: Option<&Value>, form: Form) -> Option<Result<(), Reason>> {
    let live = live?;
    match Readiness::of_hook(live) {
        Readiness::Ready => Some(Ok(())),
        Readiness::Waiting(_) => None,
        Readiness::Failed(detail) => Some(Err(Reason { words: failure(form, live), detail: Some(detail) })),
    }
}
