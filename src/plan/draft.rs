use crate::{
    check::{Direction, Ground, Target},
    knowledge::{Knowledge, Quirk, Topology},
    milvus::{Component, ImageUpdateMode, MilvusVersion, Mode},
    rollout::{Goal, Order, Roll},
    snapshot::Snapshot,
};

/// Keeps, on the resource, the update mode to put back after a run, so that a run that died can be finished.
pub(super) const MODE_BEFORE: &str = "kubectl-milvus.io/image-update-mode-before";

/// The decisions that the steps of a plan are made from.
pub(super) struct Draft<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) target: &'a Target,
    pub(super) knowledge: &'a Knowledge,
    /// The version that runs; `None` where nobody knows.
    pub(super) from: Option<MilvusVersion>,
    /// Whether the operator replaces pods one after the other.
    pub(super) rolling: bool,
    pub(super) update_mode: ImageUpdateMode,
    pub(super) order: Order,
    pub(super) goal: Goal,
    /// Whether only a backup brings the old version back, once it is crossed.
    pub(super) needs_backup: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(ground: &Ground<'a>, target: &'a Target) -> Self {
        let Ground { snapshot, knowledge, .. } = *ground;
        let milvus = &snapshot.milvus;
        let from = ground.from();
        let update_mode = target.update_mode.unwrap_or_else(|| mode_to_use(snapshot, target));
        let rolling = is_rolling(snapshot, from.as_ref(), knowledge);
        let order = Order::of(milvus, rolling.then_some(update_mode), from.as_ref(), &target.version, knowledge);
        let goal = goal(snapshot, target, &knowledge.topology(&target.version));
        let needs_backup = target.direction == Direction::Forward
            && from.as_ref().is_none_or(|from| knowledge.needs_backup(from, &target.version));
        Self { snapshot, target, knowledge, from, rolling, update_mode, order, goal, needs_backup }
    }

    pub(super) fn mode(&self) -> Mode {
        self.snapshot.milvus.mode()
    }

    /// Whether the resource asks for the target image.
    pub(super) fn is_asked_for(&self) -> bool {
        self.snapshot.milvus.image().as_ref() == Some(&self.target.image)
    }

    /// Whether everything is as the target wants it, and nothing is left to put back.
    pub(super) fn is_reached(&self) -> bool {
        let restored = !self.snapshot.milvus.annotations.contains_key(MODE_BEFORE);
        self.is_asked_for() && restored && Roll::of(self.snapshot.scene(), &self.goal, &self.order).is_complete()
    }

    /// Where the target knows one mixcoord only, four separate coordinators become one before the image moves.
    pub(super) fn converts(&self) -> bool {
        self.mode() == Mode::Cluster
            && self.target.direction == Direction::Forward
            && self.knowledge.topology(&self.target.version).is_mixcoord_only()
            && !self.snapshot.milvus.separate_coordinators().is_empty()
            && !self.is_asked_for()
    }

    /// Operators before 0.7.6 do not have the field; writing it to them is refused by strict validation.
    pub(super) fn writes_mode(&self) -> bool {
        let definition = self.snapshot.definition.known();
        definition.is_none_or(|definition| definition.component_fields.iter().any(|field| field == "imageUpdateMode"))
    }

    /// The mode to put back afterwards: the one that a dead run wrote down, else the present one where ours differs.
    pub(super) fn mode_to_restore(&self) -> Option<ImageUpdateMode> {
        let milvus = &self.snapshot.milvus;
        let noted = milvus.annotations.get(MODE_BEFORE).map(|word| ImageUpdateMode::of_spec(Some(word)));
        let before = noted.unwrap_or_else(|| milvus.update_mode());
        (self.writes_mode() && (noted.is_some() || before != self.update_mode)).then_some(before)
    }

    /// Whether `component` runs: a Deployment of it is there and not idle (the operator keeps an idle standalone in a
    /// cluster); where Deployments cannot be seen, whether the spec asks for it.
    pub(super) fn runs(&self, component: Component) -> bool {
        match self.snapshot.workload.deployments.known() {
            Some(deployments) => deployments.iter().any(|found| found.component == component && !found.is_idle()),
            None => self.mode() == Mode::Standalone || self.snapshot.milvus.component(component).is_some(),
        }
    }
}

/// The mode to move with where the user did not choose: in order, reversed on the way back. One that an earlier run left
/// behind is not taken up, but for the run that this one goes on with.
fn mode_to_use(snapshot: &Snapshot, target: &Target) -> ImageUpdateMode {
    let milvus = &snapshot.milvus;
    let goes_on = milvus.annotations.contains_key(MODE_BEFORE) && milvus.image().as_ref() == Some(&target.image);
    match target.direction {
        _ if goes_on => milvus.update_mode(),
        Direction::Forward | Direction::Migrate | Direction::Join => ImageUpdateMode::RollingUpgrade,
        Direction::Back | Direction::Restore => ImageUpdateMode::RollingDowngrade,
    }
}

/// Whether the operator rolls this instance: the field where it is set, else by the operator's version; never with a
/// queue inside the process, never below the first Milvus that can (operator 1.3.7,
/// `apis/milvus.io/v1beta1/milvus_webhook.go`).
pub(super) fn is_rolling(snapshot: &Snapshot, from: Option<&MilvusVersion>, knowledge: &Knowledge) -> bool {
    let milvus = &snapshot.milvus;
    let built_in = milvus.mode() == Mode::Standalone && milvus.message_queue().is_some_and(|queue| queue.is_built_in());
    let operator = snapshot.operator().and_then(|operator| operator.version.as_ref());
    let off = operator.and_then(|version| knowledge.quirk(Quirk::RollingUpdateOffByDefault, version)).is_some();
    let able = from.is_none_or(|from| knowledge.rolls(from));
    !built_in && able && milvus.rolling_update().unwrap_or(!off)
}

/// What must be there and what must be gone at the end.
fn goal(snapshot: &Snapshot, target: &Target, topology: &Topology) -> Goal {
    let milvus = &snapshot.milvus;
    let image = target.image.clone();
    if milvus.mode() == Mode::Standalone {
        return Goal { image, arriving: vec![Component::Standalone], leaving: vec![] };
    }
    let asked = |component: &Component| milvus.replicas(*component).is_some_and(|replicas| replicas != 0);
    let stays = |component: &Component| !topology.without.contains(component);
    let asked = Component::ALL.into_iter().filter(asked).filter(|component| *component != Component::Standalone);
    let mut arriving: Vec<Component> = asked.filter(stays).chain(topology.with.iter().copied()).collect();
    let mut leaving = topology.without.clone();
    if target.direction == Direction::Join {
        arriving.push(Component::MixCoord);
        leaving.extend(Component::SEPARATE_COORDINATORS);
        arriving.retain(|component| !leaving.contains(component));
    }
    for list in [&mut arriving, &mut leaving] {
        list.sort_unstable();
        list.dedup();
    }
    Goal { image, arriving, leaving }
}
