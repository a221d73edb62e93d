//! One mixcoord in the place of four coordinators, before a newer release or by itself.

use serde_json::json;

use super::{Action, Gate, Plan, Refusal, Step, Undo, draft::Draft, estimate::roll_seconds};
use crate::{
    check::{Ground, Target},
    knowledge::{Ability, Knowledge, Quirk},
    milvus::{Component, Image, MilvusVersion, Mode},
    rollout::{Goal, Roll},
    snapshot::{Resource, Snapshot},
};

/// What stays while the coordinators become one: the version that runs, or is stated to, and its image.
///
/// # Errors
///
/// Where the instance has no coordinators to join, or something it runs by cannot join them.
pub fn joined_at(
    snapshot: &Snapshot,
    stated: Option<&MilvusVersion>,
    knowledge: &Knowledge,
) -> Result<(MilvusVersion, Image), Refusal> {
    let milvus = &snapshot.milvus;
    let reference = milvus.reference();
    if milvus.mode() == Mode::Standalone {
        let problem = format!("{reference} is a standalone: its one pod holds the coordinators already");
        return Err(Refusal::usage(problem).hint("there is nothing to join; an upgrade needs no mixcoord of it"));
    }
    let from = stated.cloned().or_else(|| milvus.current_version()).ok_or_else(|| {
        Refusal::usage(format!("nothing says which version {reference} runs"))
            .hint("say it with --from-version VERSION")
    })?;
    let image = milvus.image().ok_or_else(|| Refusal::usage(format!("{reference} names no image")))?;
    if is_joined(milvus) {
        return Ok((from, image));
    }
    let newer = || milvus.plugin_command("upgrade", "--to VERSION");
    if !knowledge.rolls(&from) {
        let problem = format!("coordinators of {from} cannot hand over to a mixcoord");
        return Err(Refusal::blocked(problem).hint(format!("go to a newer release first:  {}", newer())));
    }
    match &snapshot.release {
        None => {
            let operator = snapshot.operator().and_then(|operator| operator.version.as_ref());
            let leaves = |version: &&_| knowledge.quirk(Quirk::ConvertsCoordinators, version).is_none();
            if let Some(operator) = operator.filter(leaves) {
                let problem = format!("operator {operator} would leave the four coordinators running beside mixcoord");
                return Err(Refusal::blocked(problem).hint("a newer operator:  kubectl milvus upgrade operator"));
            }
        }
        Some(release) => {
            let first = knowledge.first_chart_that(Ability::OneCoordinator);
            if let Some(first) = first.filter(|first| release.chart < **first) {
                let problem = format!("chart {} has no mixcoord; {first} was the first", release.chart);
                return Err(Refusal::blocked(problem).hint(format!("an upgrade takes a newer chart:  {}", newer())));
            }
        }
    }
    Ok((from, image))
}

/// Whether nothing is left of the four that what was written down asks for.
fn is_joined(milvus: &Resource) -> bool {
    milvus.component(Component::MixCoord).is_some() && milvus.separate_coordinators().is_empty()
}

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
