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
        manifest::Event,
        record::{Hook, Record},
        resource,
    },
};

/// What becomes of a hook's object by its delete policies.
#[derive(Clone, Copy)]
enum Policy {
    BeforeCreation,
    Succeeded,
    Failed,
}

impl Policy {
    fn as_str(self) -> &'static str {
        match self {
            Self::BeforeCreation => "before-hook-creation",
            Self::Succeeded => "hook-succeeded",
            Self::Failed => "hook-failed",
        }
    }
}

impl Operation<'_> {
    /// Runs the hooks of an event one after the other, the lightest first, and writes down in the record when each began
    /// and what became of it (Helm 4.3.1, `pkg/action/hooks.go`).
    pub(super) async fn run_hooks(&self, record: &mut Record, event: Event) -> Result<(), String> {
        let mut order: Vec<usize> = (0..record.hooks.len()).filter(|at| record.hooks[*at].runs_at(event)).collect();
        order.sort_by(|one, other| {
            let (one, other) = (&record.hooks[*one], &record.hooks[*other]);
            one.weight.cmp(&other.weight).then_with(|| one.name.cmp(&other.name))
        });
        for (done, at) in order.iter().enumerate() {
            self.stop.check()?;
            record.hooks[*at].set_default_policy();
            self.delete_hook(&record.hooks[*at], Policy::BeforeCreation).await?;
            record.hooks[*at].last_run.started_at = Some(Timestamp::now().into());
            record.hooks[*at].last_run.completed_at = None;
            record.hooks[*at].last_run.phase = "Running".to_owned();
            self.note(record).await;
            let ran = self.run_hook(&record.hooks[*at], event).await;
            let run = &mut record.hooks[*at].last_run;
            run.completed_at = Some(Timestamp::now().into());
            run.phase = if ran.is_ok() { "Succeeded" } else { "Failed" }.to_owned();
            if let Err(Fault { reason, was_created }) = ran {
                if was_created {
                    self.clean_up(record, *at, &order[..done]).await;
                }
                return Err(reason);
            }
        }
        for at in order.iter().rev() {
            self.delete_hook(&record.hooks[*at], Policy::Succeeded).await?;
        }
        Ok(())
    }

    /// After a hook failed: its object and those of the hooks before it, as their policies say. What cannot be deleted
    /// stays; the failure of the hook is what counts.
    async fn clean_up(&self, record: &Record, failed: usize, before: &[usize]) {
        let _ = self.delete_hook(&record.hooks[failed], Policy::Failed).await;
        for at in before {
            let _ = self.delete_hook(&record.hooks[*at], Policy::Succeeded).await;
        }
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

    async fn delete_hook(&self, hook: &Hook, policy: Policy) -> Result<(), String> {
        // A definition takes all objects of its kind with it.
        if hook.kind == "CustomResourceDefinition" || !hook.delete_policies.iter().any(|word| word == policy.as_str()) {
            return Ok(());
        }
        for item in self.items(hook)? {
            if self.apply.delete(&item).await.map_err(|refusal| refusal.to_string())? {
                self.until(&item, self.hook_timeout, |live| live.is_none().then_some(Ok(()))).await?;
            }
        }
        Ok(())
    }

    fn items(&self, hook: &Hook) -> Result<Vec<Item>, String> {
        let resources = resource::read(&hook.manifest).map_err(|error| error.to_string());
        let about = |reason| format!("unable to build kubernetes object for hook {}: {reason}", hook.path);
        let items = resources.and_then(|resources| {
            Item::of_manifest(resources, self.kinds, &self.namespace).map_err(|failure| failure.to_string())
        });
        items.map_err(about)
    }

    /// Follows an object until `judge` says something of it; of `None` where it is not there.
    async fn until(
        &self,
        item: &Item,
        limit: Duration,
        judge: fn(Option<&Value>) -> Option<Result<(), String>>,
    ) -> Result<(), String> {
        let mut sightings = self.apply.cluster.follow(&item.kind, &item.namespace, Follow::Name(&item.name));
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
    let live = live?;
    match live["kind"].as_str() {
        Some("Job") => {
            let conditions = live["status"]["conditions"].as_array()?;
            conditions.iter().filter(|condition| condition["status"] == "True").find_map(|condition| {
                match condition["type"].as_str() {
                    Some("Complete") => Some(Ok(())),
                    Some("Failed") => Some(Err(word(condition, "the Job failed"))),
                    _ => None,
                }
            })
        }
        Some("Pod") => match live["status"]["phase"].as_str() {
            Some("Succeeded") => Some(Ok(())),
            Some("Failed") => Some(Err(word(&live["status"], "the Pod failed"))),
            _ => None,
        },
        _ => Some(Ok(())),
    }
}

fn word(value: &Value, otherwise: &str) -> String {
    value["message"].as_str().filter(|message| !message.is_empty()).unwrap_or(otherwise).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::verdict;

    #[test]
    fn jobs_and_pods_have_to_end_and_all_else_only_has_to_be_there() {
        let job = |kind: &str| json!({"kind": "Job", "status": {"conditions": [{"type": kind, "status": "True", "message": "m"}]}});
        assert_eq!(verdict(Some(&job("Complete"))), Some(Ok(())));
        assert_eq!(verdict(Some(&job("Failed"))), Some(Err("m".to_owned())));
        assert_eq!(verdict(Some(&job("Suspended"))), None);
        assert_eq!(verdict(Some(&json!({"kind": "Job"}))), None);
        let pod = |phase: &str| json!({"kind": "Pod", "status": {"phase": phase}});
        assert_eq!(verdict(Some(&pod("Succeeded"))), Some(Ok(())));
        assert_eq!(verdict(Some(&pod("Failed"))), Some(Err("the Pod failed".to_owned())));
        assert_eq!(verdict(Some(&pod("Running"))), None);
        assert_eq!(verdict(Some(&json!({"kind": "ConfigMap"}))), Some(Ok(())));
        assert_eq!(verdict(None), None);
    }
}
