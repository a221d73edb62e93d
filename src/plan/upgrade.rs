use serde_json::{Map, Value, json};

use super::{Action, Change, Fingerprint, Gate, Plan, Step, Undo, estimate::roll_seconds};
use crate::{
    check::{Ground, Target},
    milvus::{Component, ImageUpdateMode, MilvusVersion, Mode},
    rollout::{Goal, Order, Roll},
    snapshot::Snapshot,
};

/// Keeps, on the resource, the update mode to put back after a run, so that a run that died can be finished.
pub(super) const MODE_BEFORE: &str = "kubectl-milvus.io/image-update-mode-before";

/// The plan from what runs to the target; without steps where everything is reached already.
pub fn upgrade(ground: &Ground<'_>, target: &Target) -> Plan {
    let draft = Draft::new(ground, target);
    let mut steps = vec![];
    if draft.converts() {
        steps.extend(draft.conversion().into_iter().flatten());
    }
    steps.push(draft.set_image());
    steps.extend(draft.rolls());
    steps.extend(draft.restore_mode());
    if draft.is_reached() {
        steps.clear();
    }
    Plan {
        namespace: draft.snapshot.milvus.namespace.clone(),
        name: draft.snapshot.milvus.name.clone(),
        mode: draft.mode,
        from: draft.snapshot.milvus.current_image().or_else(|| draft.snapshot.milvus.image()),
        target: target.clone(),
        fingerprint: Fingerprint::of(draft.snapshot),
        changes: draft.changes(),
        update_mode: draft.update_mode,
        order: draft.order.clone(),
        notes: draft.notes(),
        steps,
    }
}

/// What the parts of a plan are made from.
struct Draft<'a> {
    snapshot: &'a Snapshot,
    target: &'a Target,
    from: Option<MilvusVersion>,
    mode: Mode,
    rolling: bool,
    update_mode: ImageUpdateMode,
    order: Order,
    goal: Goal,
    /// Whether only a backup brings the old version back, once it is crossed.
    needs_backup: bool,
}

impl<'a> Draft<'a> {
    fn new(ground: &Ground<'a>, target: &'a Target) -> Self {
        let snapshot = ground.snapshot;
        let milvus = &snapshot.milvus;
        let from = ground.from();
        let mode = milvus.mode();
        let update_mode = target.update_mode.unwrap_or_else(|| mode_to_use(snapshot));
        let rolling = is_rolling(snapshot, from.as_ref());
        let mixed = milvus.component(Component::MixCoord).is_some() || target.version.at_least(2, 6, 0);
        let order = Order::of(mode, update_mode, rolling, from.as_ref(), &target.version, mixed);
        let goal = goal(snapshot, target, mode);
        let needs_backup = from.as_ref().is_none_or(|from| ground.knowledge.needs_backup(from, &target.version));
        Self { snapshot, target, from, mode, rolling, update_mode, order, goal, needs_backup }
    }

    fn is_reached(&self) -> bool {
        let milvus = &self.snapshot.milvus;
        let asked = milvus.image().as_ref() == Some(&self.target.image);
        let restored = !milvus.annotations.contains_key(MODE_BEFORE);
        asked && restored && Roll::of(self.snapshot, &self.goal, &self.order).is_complete()
    }

    /// From 2.6 on there is one mixcoord; four separate coordinators become one before the image moves.
    fn converts(&self) -> bool {
        let milvus = &self.snapshot.milvus;
        let asked = milvus.image().as_ref() == Some(&self.target.image);
        self.mode == Mode::Cluster
            && self.target.version.at_least(2, 6, 0)
            && !milvus.separate_coordinators().is_empty()
            && !asked
    }

    fn conversion(&self) -> Option<[Step; 2]> {
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

    fn set_image(&self) -> Step {
        let mode = if self.writes_mode() { format!(", mode {}", self.update_mode) } else { String::new() };
        Step {
            id: "set-image".into(),
            title: format!("set the image{mode}"),
            action: Action::Patch { patch: self.image_patch() },
            gate: Gate::Written,
            undo: Undo::PatchBack,
            felt: "nothing".into(),
            estimate_seconds: 1,
        }
    }

    /// Operators before 0.7.6 do not have the field; writing it to them is refused by strict validation.
    fn writes_mode(&self) -> bool {
        let definition = self.snapshot.definition.known();
        definition.is_none_or(|definition| definition.component_fields.iter().any(|field| field == "imageUpdateMode"))
    }

    fn image_patch(&self) -> Value {
        let milvus = &self.snapshot.milvus;
        let mut components = Map::new();
        components.insert("image".into(), self.target.image.to_string().into());
        if self.writes_mode() {
            components.insert("imageUpdateMode".into(), self.update_mode.word().into());
        }
        // A stated version wins over the tag for the operator, so it has to move too.
        if self.target.states_version || milvus.stated_version().is_some() {
            components.insert("version".into(), self.target.version.to_string().into());
        }
        let mut patch = json!({"spec": {"components": components}});
        if milvus.message_queue().is_none() && self.mode == Mode::Standalone && !self.starts_in_streaming() {
            // Unset, the operator would choose woodpecker from 2.6 on: another queue than the one with the data.
            patch["spec"]["dependencies"] = json!({"msgStreamType": "rocksmq"});
        }
        if let Some(before) = self.mode_to_restore() {
            patch["metadata"] = json!({"annotations": {MODE_BEFORE: before.word()}});
        }
        patch
    }

    fn starts_in_streaming(&self) -> bool {
        self.from.as_ref().is_some_and(|from| from.at_least(2, 6, 0))
    }

    /// The mode to put back afterwards: the one that a dead run wrote down, else the present one where ours differs.
    fn mode_to_restore(&self) -> Option<ImageUpdateMode> {
        let milvus = &self.snapshot.milvus;
        let noted = milvus.annotations.get(MODE_BEFORE).map(|word| ImageUpdateMode::of_spec(Some(word)));
        let before = noted.unwrap_or_else(|| milvus.update_mode());
        (self.writes_mode() && (noted.is_some() || before != self.update_mode)).then_some(before)
    }

    fn restore_mode(&self) -> Option<Step> {
        let before = self.mode_to_restore()?;
        let patch = json!({
            "metadata": {"annotations": {MODE_BEFORE: null}},
            "spec": {"components": {"imageUpdateMode": before.word()}},
        });
        Some(Step {
            id: "restore-mode".into(),
            title: format!("put imageUpdateMode back to {before}"),
            action: Action::Patch { patch },
            gate: Gate::Written,
            undo: Undo::None,
            felt: "nothing".into(),
            estimate_seconds: 1,
        })
    }

    /// The roll in phases: coordinators, then workers, then the proxy; at once where the operator keeps no order.
    fn rolls(&self) -> Vec<Step> {
        let present = |component: &Component| {
            let lives = self.snapshot.deployments().iter().any(|found| found.component == *component);
            (lives || self.goal.arriving.contains(component)) && !self.goal.leaving.contains(component)
        };
        let mut components: Vec<Component> = Component::ALL.into_iter().filter(present).collect();
        components.sort_by_key(|component| self.order.rank(*component));
        let ordered = components.windows(2).any(|pair| self.order.is_before(pair[0], pair[1]));
        if !ordered {
            return vec![self.roll(Phase::Everything, components, true)];
        }
        let phases = [Phase::Coordinators, Phase::Workers, Phase::Proxy];
        let mut phases: Vec<(Phase, Vec<Component>)> = phases
            .into_iter()
            .map(|phase| (phase, components.iter().copied().filter(|component| phase.holds(*component)).collect()))
            .filter(|(_, components): &(Phase, Vec<Component>)| !components.is_empty())
            .collect();
        let last = phases.pop();
        let earlier = phases.into_iter().map(|(phase, components)| self.roll(phase, components, false));
        let last_step = last.map(|(phase, components)| self.roll(phase, components, true));
        earlier.chain(last_step).collect()
    }

    fn roll(&self, phase: Phase, components: Vec<Component>, last: bool) -> Step {
        let names: Vec<&str> = components.iter().map(|component| component.label()).collect();
        let mut title = match (phase, names.as_slice()) {
            (Phase::Everything, [_, _, ..]) => "all components at once".to_owned(),
            (Phase::Coordinators, [names @ .., last]) if !names.is_empty() => {
                format!("{}, then {last}", names.join(", "))
            }
            _ => names.join(", "),
        };
        let leaving = self.goal.leaving.iter().filter(|component| {
            self.snapshot.deployments().iter().any(|found| found.component == **component)
                && !self.converts_away(**component)
        });
        let leaving: Vec<&str> = leaving.map(|component| component.label()).collect();
        if last && !leaving.is_empty() {
            title = format!("{title}; {} leaves", leaving.join(", "));
        }
        let one_way = self.needs_backup && phase != Phase::Coordinators;
        let goal = self.goal.clone();
        Step {
            id: phase.id().into(),
            title,
            estimate_seconds: roll_seconds(self.snapshot, &components),
            gate: if last { Gate::Complete { goal } } else { Gate::Moved { goal, components: components.clone() } },
            action: Action::Roll { components },
            undo: if one_way { Undo::RestoreBackup } else { Undo::ReverseRoll },
            felt: self.felt(phase).into(),
        }
    }

    fn converts_away(&self, component: Component) -> bool {
        self.converts() && Component::SEPARATE_COORDINATORS.contains(&component)
    }

    fn felt(&self, phase: Phase) -> &'static str {
        match (self.mode, phase) {
            (_, Phase::Coordinators) => "DDL waits",
            (_, Phase::Workers) => "short stalls of searches",
            (_, Phase::Proxy) => "clients reconnect",
            (Mode::Standalone, Phase::Everything) if self.rolling => "clients reconnect",
            (_, Phase::Everything) => "no service until it is done",
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![];
        let below = self.from.as_ref().is_some_and(|from| !from.at_least(2, 2, 3));
        if below {
            notes.push(
                "There will be downtime: before 2.2.3 coordinators cannot roll, the image just changes".to_owned(),
            );
        } else if !self.rolling {
            notes.push(
                "There will be downtime: rolling updates are off for this instance, all pods change at once".to_owned(),
            );
        } else if self.mode == Mode::Cluster
            && matches!(self.update_mode, ImageUpdateMode::All | ImageUpdateMode::Force)
        {
            notes.push("There will be downtime: all Deployments change at once, in no order".to_owned());
        }
        notes
    }

    fn changes(&self) -> Vec<Change> {
        let milvus = &self.snapshot.milvus;
        let mut changes = vec![];
        let old = milvus.image().map_or_else(|| "none".to_owned(), |image| image.to_string());
        if old != self.target.image.to_string() {
            let same = milvus.image().is_some_and(|image| image.repository() == self.target.image.repository());
            let new = match self.target.image.tag() {
                Some(tag) if same => tag.to_owned(),
                _ => self.target.image.to_string(),
            };
            changes.push(Change::new("image", format!("{old} -> {new}"), ""));
        }
        let line = self.target.version.line();
        for component in &self.goal.arriving {
            if !self.snapshot.deployments().iter().any(|found| found.component == *component) {
                let replicas = milvus.replicas(*component).filter(|replicas| *replicas > 0).unwrap_or(1);
                let plural = if replicas == 1 { "" } else { "s" };
                changes.push(Change::new(
                    component.label(),
                    format!("new, {replicas} replica{plural}"),
                    format!("required by {line}"),
                ));
            }
        }
        for component in &self.goal.leaving {
            if milvus.component(*component).is_some()
                || self.snapshot.deployments().iter().any(|found| found.component == *component)
            {
                let heir = if *component == Component::IndexNode { "datanode" } else { "mixcoord" };
                changes.push(Change::new(component.label(), "removed", format!("its work moves to {heir}")));
            }
        }
        let queue = milvus.message_queue().map_or_else(|| "as it is".to_owned(), |queue| queue.to_string());
        changes.push(Change::new("message queue", queue, "stays"));
        changes.push(Change::new("everything else", "stays", ""));
        changes
    }
}

/// Components that move together in the eyes of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Coordinators,
    Workers,
    Proxy,
    Everything,
}

impl Phase {
    fn holds(self, component: Component) -> bool {
        match component {
            Component::QueryNode | Component::DataNode => self == Self::Workers,
            Component::Proxy => self == Self::Proxy,
            _ => self == Self::Coordinators,
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Coordinators => "roll-coordinators",
            Self::Workers => "roll-workers",
            Self::Proxy => "roll-proxy",
            Self::Everything => "roll-everything",
        }
    }
}

/// The mode to move with where the user did not choose: in order. One that an earlier run left behind is not taken up.
fn mode_to_use(snapshot: &Snapshot) -> ImageUpdateMode {
    let noted = snapshot.milvus.annotations.contains_key(MODE_BEFORE);
    let resumed = noted.then(|| snapshot.milvus.update_mode());
    resumed.unwrap_or(ImageUpdateMode::RollingUpgrade)
}

/// Whether the operator rolls this instance: the field where it is set, else on from operator 1.0.1; never with a queue
/// inside the process, never below 2.2.3 (operator 1.3.7, `apis/milvus.io/v1beta1/milvus_webhook.go`; milvus.md §1.2).
fn is_rolling(snapshot: &Snapshot, from: Option<&MilvusVersion>) -> bool {
    let milvus = &snapshot.milvus;
    let built_in = milvus.mode() == Mode::Standalone && milvus.message_queue().is_some_and(|queue| queue.is_built_in());
    let version = snapshot.operator().and_then(|operator| operator.version.clone());
    let default = version.is_none_or(|version| version >= semver::Version::new(1, 0, 1));
    let able = from.is_none_or(|from| from.at_least(2, 2, 3));
    !built_in && able && milvus.rolling_update().unwrap_or(default)
}

/// What must be there and what must be gone at the end: from 2.6 on streamingnode and mixcoord come, indexnode goes.
fn goal(snapshot: &Snapshot, target: &Target, mode: Mode) -> Goal {
    let milvus = &snapshot.milvus;
    let (mut arriving, mut leaving) = (vec![], vec![]);
    match (mode, target.version.at_least(2, 6, 0)) {
        (Mode::Cluster, true) => {
            arriving.extend([Component::StreamingNode, Component::MixCoord]);
            leaving.push(Component::IndexNode);
            leaving.extend(Component::SEPARATE_COORDINATORS);
        }
        (Mode::Cluster, false) => {
            let asked = |component: &Component| milvus.replicas(*component).is_some_and(|replicas| replicas != 0);
            arriving.extend(
                [Component::MixCoord, Component::QueryNode, Component::DataNode, Component::Proxy]
                    .into_iter()
                    .filter(asked),
            );
        }
        (Mode::Standalone, _) => arriving.push(Component::Standalone),
    }
    arriving.sort_unstable();
    Goal { image: target.image.clone(), arriving, leaving }
}
