//! One mixcoord in the place of four coordinators, before a newer release or by itself.

use serde_json::json;

use super::{Action, Gate, Plan, Step, Undo, draft::Draft, estimate::roll_seconds};
use crate::{
    check::{Ground, Target},
    milvus::Component,
    rollout::{Goal, Roll},
};

/// The joining alone: the release that runs stays.
pub(super) fn plan_join(ground: &Ground<'_>, target: &Target) -> Plan {
    let draft = Draft::new(ground, target);
    let joined = |steps: &[Step; 2]| {
        let goal = steps[1].gate.goal();
        goal.is_some_and(|goal| Roll::of(draft.snapshot.scene(), goal, &draft.order).is_complete())
    };
    let steps = draft.conversion().filter(|steps| !joined(steps));
    let mut plan = draft.plan(steps.into_iter().flatten().collect());
    // What joined them takes the four out of the spec for good: no command leads back to them.
    plan.way_back = None;
    plan.notes = draft.notes_of_joining();
    plan
}

impl Draft<'_> {
    /// Adds mixcoord and waits until the operator has taken the four away; nothing where the spec names no image.
    pub(super) fn conversion(&self) -> Option<[Step; 2]> {
        let milvus = &self.snapshot.milvus;
        let goal = Goal {
            image: milvus.image()?,
            arriving: vec![Component::MixCoord],
            leaving: Component::SEPARATE_COORDINATORS.to_vec(),
        };
        let replicas = milvus.replicas(Component::MixCoord).filter(|replicas| *replicas > 0).unwrap_or(1);
        let patch = json!({"spec": {"components": {"mixCoord": {"replicas": replicas}}}});
        let components = vec![Component::MixCoord];
        Some([
            Step {
                id: "add-mixcoord".into(),
                title: "add mixcoord, at the version that runs".into(),
                action: Action::Patch { patch },
                gate: Gate::Written,
                undo: Undo::PatchBack,
                felt: "nothing".into(),
                estimate_seconds: 1,
            },
            Step {
                id: "replace-coordinators".into(),
                title: "mixcoord takes over; the four coordinators leave".into(),
                estimate_seconds: roll_seconds(self.snapshot, &components),
                action: Action::Roll { components },
                gate: Gate::Complete { goal },
                undo: Undo::PatchBack,
                felt: "DDL waits".into(),
            },
        ])
    }

    fn notes_of_joining(&self) -> Vec<String> {
        let note = "Rolling updates are off for this instance: no coordinator stands by, and nothing coordinates until \
                    mixcoord is up";
        (!self.rolling).then(|| note.to_owned()).into_iter().collect()
    }
}

#[cfg(test)]
#[path = "join_test.rs"]
mod tests;
