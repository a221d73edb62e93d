//! The order in which hooks run, and which of their objects are deleted when. The same in Helm 3.22.0 and 4.3.1.

use serde_json::Value as Json;

use super::{
    manifest::Event,
    record::{Form, Hook},
};

/// When the objects of a hook are deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Before it is created again; so it is for hooks that say nothing.
    BeforeCreation,
    /// Once all hooks of the event succeeded, or it did and a later one failed.
    Succeeded,
    /// Once it failed.
    Failed,
}

/// The hooks of an event as they run, by their places in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The places, in order. A hook that names the event twice runs twice.
    pub order: Vec<usize>,
}

impl Policy {
    /// Helm's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeCreation => "before-hook-creation",
            Self::Succeeded => "hook-succeeded",
            Self::Failed => "hook-failed",
        }
    }

    /// Whether a hook's objects are deleted by this policy. Custom resource definitions never are: all their objects
    /// would go with them.
    pub fn deletes(self, hook: &Hook) -> bool {
        let is_said = if hook.delete_policies.is_empty() {
            self == Self::BeforeCreation
        } else {
            hook.delete_policies.iter().any(|policy| policy == self.as_str())
        };
        is_said && hook.kind != "CustomResourceDefinition"
    }

    /// Whether a hook's logs are shown, of which [`Succeeded`](Self::Succeeded) and [`Failed`](Self::Failed) can be said.
    pub fn shows_logs(self, hook: &Hook) -> bool {
        hook.output_log_policies.iter().any(|policy| policy == self.as_str())
    }
}

impl Run {
    /// The hooks of an event: by weight, then by name, then as they stand.
    pub fn new(hooks: &[Hook], event: Event) -> Self {
        let times = |hook: &Hook| hook.events.iter().filter(|known| *known == event.as_str()).count();
        let places = hooks.iter().enumerate();
        let mut order: Vec<usize> = places.flat_map(|(place, hook)| std::iter::repeat_n(place, times(hook))).collect();
        order.sort_by(|one, other| {
            let key = |place: &usize| (hooks[*place].weight, &hooks[*place].name);
            key(one).cmp(&key(other))
        });
        Self { order }
    }

    /// The places of the hooks to delete after all of them succeeded, in order: the last to run goes first.
    pub fn deleted_after_success(&self, hooks: &[Hook]) -> Vec<usize> {
        let deleted = |place: &usize| hooks.get(*place).is_some_and(|hook| Policy::Succeeded.deletes(hook));
        self.order.iter().rev().copied().filter(deleted).collect()
    }

    /// The places of the hooks to delete after the one that ran as number `failed` (from 0) failed: itself, then those
    /// that succeeded before it, the first to run first. Where it could not even be created, Helm deletes none.
    pub fn deleted_after_failure(&self, hooks: &[Hook], failed: usize) -> Vec<usize> {
        let at = |policy: Policy| move |place: &usize| hooks.get(*place).is_some_and(|hook| policy.deletes(hook));
        let before = self.order.iter().take(failed).copied().filter(at(Policy::Succeeded));
        self.order.get(failed).copied().filter(at(Policy::Failed)).into_iter().chain(before).collect()
    }
}

/// Why an operation failed whose hook failed, word by word as Helm of that form says it in the record. `object` is the Job
/// or Pod of the hook.
pub fn failure(form: Form, object: &Json) -> String {
    let text = |place: &Json| place.as_str().unwrap_or_default().to_owned();
    let (name, status) = (text(&object["metadata"]["name"]), &object["status"]);
    let is_job = object["kind"] == "Job";
    match form {
        Form::Three => {
            let failed = |condition: &&Json| condition["type"] == "Failed" && condition["status"] == "True";
            let condition = status["conditions"].as_array().and_then(|all| all.iter().find(failed));
            let why = match condition {
                Some(condition) if is_job => format!("job {name} failed: {}", text(&condition["reason"])),
                _ => format!("{} {name} failed", if is_job { "job" } else { "pod" }),
            };
            format!("1 error occurred:\n\t* {why}\n\n")
        }
        Form::Four => {
            let count = |place: &Json, otherwise: i64| place.as_i64().unwrap_or(otherwise);
            let why = if is_job {
                let wanted = count(&object["spec"]["completions"], count(&object["spec"]["parallelism"], 1));
                format!("Job Failed. failed: {}/{wanted}", count(&status["failed"], 0))
            } else {
                format!("pod {name} failed")
            };
            let (kind, namespace) = (text(&object["kind"]), text(&object["metadata"]["namespace"]));
            format!("resource {kind}/{namespace}/{name} not ready. status: Failed, message: {why}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Policy, Run};
    use crate::helm::{manifest::Event, record::Hook};

    fn hook(name: &str, weight: i64, policies: &str) -> Hook {
        Hook {
            name: name.to_owned(),
            kind: "Job".to_owned(),
            weight,
            events: vec!["pre-upgrade".to_owned()],
            delete_policies: policies.split_whitespace().map(str::to_owned).collect(),
            ..Hook::default()
        }
    }

    #[test]
    fn hooks_run_by_weight_then_by_name() {
        let mut hooks =
            vec![hook("b", 0, ""), hook("a", 0, ""), hook("z", -1, ""), hook("other", -5, ""), hook("b", 0, "")];
        hooks[3].events = vec!["post-upgrade".to_owned()];
        assert_eq!(Run::new(&hooks, Event::PreUpgrade).order, [2, 1, 0, 4]);
        assert_eq!(Run::new(&hooks, Event::Test).order, [0; 0]);
        hooks[2].events.push("pre-upgrade".to_owned());
        assert_eq!(Run::new(&hooks, Event::PreUpgrade).order, [2, 2, 1, 0, 4]);
    }

    #[test]
    fn a_hook_without_a_policy_goes_before_it_is_created_again() {
        assert!(Policy::BeforeCreation.deletes(&hook("a", 0, "")));
        assert!(!Policy::BeforeCreation.deletes(&hook("a", 0, "hook-failed")));
        assert!(!Policy::Succeeded.deletes(&hook("a", 0, "")));
        let definition = Hook { kind: "CustomResourceDefinition".to_owned(), ..hook("a", 0, "hook-failed") };
        assert!(!Policy::Failed.deletes(&definition));
        assert!(!Policy::BeforeCreation.deletes(&Hook { delete_policies: vec![], ..definition }));
    }

    #[test]
    fn what_succeeded_goes_backwards_and_what_failed_goes_first() {
        let hooks = [
            hook("a", 0, "hook-succeeded"),
            hook("b", 0, "hook-succeeded hook-failed"),
            hook("c", 0, "hook-failed"),
            hook("d", 0, "hook-succeeded"),
        ];
        let run = Run::new(&hooks, Event::PreUpgrade);
        assert_eq!(run.deleted_after_success(&hooks), [3, 1, 0]);
        assert_eq!(run.deleted_after_failure(&hooks, 2), [2, 0, 1]);
        assert_eq!(run.deleted_after_failure(&hooks, 3), [0, 1]);
        assert_eq!(run.deleted_after_failure(&hooks, 0), [0; 0]);
    }
}
