use super::{
    Action, Fingerprint, Gate, Plan, Step, Undo, draft::Draft, estimate::roll_seconds, join::plan_join,
    migrate::plan_migration, operator::plan_operator, phase::Phase, release::plan_release,
};
use crate::{
    check::{Direction, Ground, Target},
    milvus::{Component, Mode},
};

/// The plan from what runs to the target; without steps where everything is reached already.
pub fn plan_upgrade(ground: &Ground<'_>, target: &Target) -> Plan {
    if let Some(itself) = &ground.snapshot.operator_scene {
        return plan_operator(ground, target, itself);
    }
    if let Some(release) = &ground.snapshot.release {
        return plan_release(ground, target, release);
    }
    if target.is_migration() {
        return plan_migration(ground, target);
    }
    if target.direction == Direction::Join {
        return plan_join(ground, target);
    }
    let draft = Draft::new(ground, target);
    let mut steps = vec![];
    if draft.converts() {
        steps.extend(draft.conversion().into_iter().flatten());
    }
    steps.push(draft.set_image());
    steps.extend(draft.swaps());
    steps.extend(draft.rolls());
    steps.extend(draft.restore_mode());
    if draft.is_reached() {
        steps.clear();
    }
    draft.plan(steps)
}

impl Draft<'_> {
    /// These steps, with everything around them.
    pub(super) fn plan(&self, steps: Vec<Step>) -> Plan {
        let milvus = &self.snapshot.milvus;
        Plan {
            namespace: milvus.namespace.clone(),
            name: milvus.name.clone(),
            is_release: false,
            is_operator: false,
            mode: Some(self.mode()),
            from: milvus.current_image().or_else(|| milvus.image()),
            target: self.target.clone(),
            fingerprint: Fingerprint::of(self.snapshot),
            changes: self.changes(&self.effective(&steps)),
            update_mode: self.update_mode,
            order: self.order.clone(),
            command: self.command(),
            way_back: self.way_back(),
            notes: self.notes(),
            steps,
        }
    }

    /// The roll in phases: coordinators, then workers, then the proxy, or the other way; at once where the operator keeps no order.
    fn rolls(&self) -> Vec<Step> {
        let present = |component: &Component| {
            (self.runs(*component) || self.goal.arriving.contains(component)) && !self.goal.leaving.contains(component)
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
        // The way back begins with the proxy.
        phases.sort_by_key(|(_, components)| components.first().map(|first| self.order.rank(*first)));
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
        let leaving =
            self.goal.leaving.iter().filter(|component| self.runs(**component) && !self.converts_away(**component));
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
        match (self.mode(), phase) {
            (_, Phase::Coordinators) => "DDL waits",
            (_, Phase::Workers) => "short stalls of searches",
            (_, Phase::Proxy) => "clients reconnect",
            (Mode::Standalone, Phase::Everything) if self.rolling => "clients reconnect",
            (_, Phase::Everything) => "no service until it is done",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::plan_upgrade;
    use crate::{
        check::{Direction, Ground, Target},
        knowledge::Knowledge,
        milvus::ImageUpdateMode,
        plan::{Action, Plan, Undo, draft::MODE_BEFORE},
        snapshot::{
            Snapshot,
            sample::{healthy_cluster, remove, run_image, separate_coordinators, set, standalone},
        },
    };

    fn target(image: &str) -> Target {
        let image: crate::milvus::Image = image.parse().expect("an image");
        Target::new(image.version().expect("a version"), image)
    }

    fn plan_for(snapshot: &Snapshot, target: &Target) -> Plan {
        plan_upgrade(&Ground { snapshot, target: Some(target), knowledge: Knowledge::builtin() }, target)
    }

    fn plan(snapshot: &Snapshot, image: &str) -> Plan {
        plan_for(snapshot, &target(image))
    }

    fn titles(plan: &Plan) -> Vec<&str> {
        plan.steps.iter().map(|step| step.title.as_str()).collect()
    }

    fn patches(plan: &Plan) -> Vec<&serde_json::Value> {
        let patches = plan.steps.iter().filter_map(|step| match &step.action {
            Action::Patch { patch } => Some(patch),
            _ => None,
        });
        patches.collect()
    }

    #[test]
    fn into_2_6_a_backup_is_needed_from_the_workers_on() {
        let plan = plan(&healthy_cluster(), "milvusdb/milvus:v2.6.6");
        let steps = [
            "set the image, mode rollingUpgrade",
            "streamingnode, then mixcoord",
            "querynode, datanode",
            "proxy; indexnode leaves",
        ];
        assert_eq!(titles(&plan), steps);
        assert_eq!(plan.point_of_no_return(), Some(2));
        let wanted =
            json!({"spec": {"components": {"image": "milvusdb/milvus:v2.6.6", "imageUpdateMode": "rollingUpgrade"}}});
        assert_eq!(patches(&plan), [&wanted]);
    }

    #[test]
    fn within_a_line_every_step_can_be_taken_back() {
        let plan = plan(&healthy_cluster(), "milvusdb/milvus:v2.5.27");
        assert_eq!(plan.point_of_no_return(), None);
        assert!(plan.steps.iter().all(|step| step.undo != Undo::RestoreBackup));
        assert_eq!(plan.way_back.as_deref(), Some("kubectl milvus rollback prod -n vec --to 2.5.22"));
    }

    #[test]
    fn the_way_back_is_the_reversed_order_and_the_mode_is_put_back() {
        let back = Target { direction: Direction::Back, ..target("milvusdb/milvus:v2.5.10") };
        let plan = plan_for(&healthy_cluster(), &back);
        let steps = [
            "set the image, mode rollingDowngrade",
            "proxy",
            "datanode, querynode",
            "mixcoord, then indexnode",
            "put imageUpdateMode back to rollingUpgrade",
        ];
        assert_eq!(titles(&plan), steps);
        assert_eq!(plan.point_of_no_return(), None);
        assert_eq!(plan.command, "kubectl milvus rollback prod -n vec --to 2.5.10");
        assert_eq!(plan.way_back.as_deref(), Some("kubectl milvus upgrade prod -n vec --to 2.5.22"));
    }

    #[test]
    fn what_the_newer_release_brought_is_stopped_before_its_section_goes() {
        let mut snapshot = healthy_cluster();
        set(&mut snapshot.milvus.spec, "/components/streamingNode", json!({"replicas": 1}));
        set(&mut snapshot.milvus.spec, "/components/streamingMode", json!(true));
        set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.6"));
        let back = Target { direction: Direction::Back, ..target("milvusdb/milvus:v2.5.22") };
        let plan = plan_for(&snapshot, &back);
        let [first, last] = &patches(&plan)[..] else { panic!("{plan:?}") };
        assert_eq!(first["spec"]["components"]["streamingNode"], json!({"replicas": 0}));
        assert_eq!(last["spec"]["components"]["streamingNode"], json!(null));
        assert_eq!(last["spec"]["components"]["streamingMode"], json!(false));
        assert!(
            first["spec"]["components"].get("streamingMode").is_none(),
            "the operator still needs it to stop the node"
        );
    }

    #[test]
    fn a_run_the_other_way_does_not_take_up_the_mode_of_a_dead_one() {
        let mut snapshot = healthy_cluster();
        let forward = plan(&snapshot, "milvusdb/milvus:v2.5.27");
        assert!(forward.steps.iter().all(|step| step.id != "restore-mode"));
        let back = Target { direction: Direction::Back, ..target("milvusdb/milvus:v2.5.10") };
        snapshot.milvus.annotations.insert(MODE_BEFORE.to_owned(), "rollingUpgrade".to_owned());
        set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.5.10"));
        set(&mut snapshot.milvus.spec, "/components/imageUpdateMode", json!("rollingDowngrade"));
        assert_eq!(plan_for(&snapshot, &back).update_mode, ImageUpdateMode::RollingDowngrade, "the same run goes on");
        let forward = plan(&snapshot, "milvusdb/milvus:v2.5.27");
        assert_eq!(forward.update_mode, ImageUpdateMode::RollingUpgrade);
        assert_eq!(titles(&forward).last(), Some(&"put imageUpdateMode back to rollingUpgrade"));
    }

    #[test]
    fn separate_coordinators_become_one_in_a_step_of_their_own_first() {
        let plan = plan(&separate_coordinators(), "milvusdb/milvus:v2.6.6");
        assert_eq!(
            titles(&plan)[..3],
            [
                "add mixcoord, at the version that runs",
                "mixcoord takes over; the four coordinators leave",
                "set the image, mode rollingUpgrade",
            ]
        );
        assert_eq!(patches(&plan)[0], &json!({"spec": {"components": {"mixCoord": {"replicas": 1}}}}));
        assert!(!titles(&plan).last().is_some_and(|title| title.contains("rootcoord")));
    }

    #[test]
    fn what_is_reached_already_needs_no_step() {
        let mut snapshot = healthy_cluster();
        run_image(&mut snapshot, "milvusdb/milvus:v2.5.27");
        assert!(plan(&snapshot, "milvusdb/milvus:v2.5.27").is_empty());
    }

    #[test]
    fn an_unfinished_roll_to_the_same_image_is_gone_on_with() {
        let mut snapshot = healthy_cluster();
        set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.6"));
        let plan = plan(&snapshot, "milvusdb/milvus:v2.6.6");
        assert!(!plan.is_empty());
        assert!(plan.steps[0].is_reached(&snapshot, None), "the write is not done again");
        assert!(!plan.begins(&snapshot), "and nobody is asked again");
        let fresh = healthy_cluster();
        assert!(plan_for(&fresh, &target("milvusdb/milvus:v2.6.6")).begins(&fresh));
    }

    #[test]
    fn another_update_mode_is_put_back_at_the_end() {
        let target = Target { update_mode: Some(ImageUpdateMode::All), ..target("milvusdb/milvus:v2.5.27") };
        let mut snapshot = healthy_cluster();
        let plan = plan_for(&snapshot, &target);
        assert_eq!(
            titles(&plan),
            ["set the image, mode all", "all components at once", "put imageUpdateMode back to rollingUpgrade"]
        );
        assert!(plan.notes[0].starts_with("There will be downtime"));
        // A run that died is finished from what it wrote down.
        let patch = patches(&plan)[0].clone();
        let before = patch["metadata"]["annotations"].as_object().expect("a note").clone();
        snapshot
            .milvus
            .annotations
            .extend(before.into_iter().map(|(key, word)| (key, word.as_str().unwrap().to_owned())));
        set(&mut snapshot.milvus.spec, "/components/imageUpdateMode", json!("all"));
        run_image(&mut snapshot, "milvusdb/milvus:v2.5.27");
        let again = plan_for(&snapshot, &target);
        assert_eq!(titles(&again).last(), titles(&plan).last());
    }

    #[test]
    fn a_standalone_on_rocksmq_is_told_of_its_downtime() {
        let plan = plan(&standalone(), "milvusdb/milvus:v2.6.6");
        assert_eq!(titles(&plan), ["set the image, mode rollingUpgrade", "standalone"]);
        assert_eq!(plan.steps[1].felt, "no service until it is done");
        assert_eq!(plan.steps[1].undo, Undo::RestoreBackup);
        assert_eq!(plan.notes.len(), 1);
    }

    #[test]
    fn a_queue_that_nobody_named_is_pinned_before_its_default_flips() {
        let mut snapshot = standalone();
        remove(&mut snapshot.milvus.spec, "/dependencies/msgStreamType");
        let into = plan(&snapshot, "milvusdb/milvus:v2.6.6");
        assert_eq!(patches(&into)[0]["spec"]["dependencies"], json!({"msgStreamType": "rocksmq"}));
        let within = plan(&snapshot, "milvusdb/milvus:v2.5.27");
        assert_eq!(patches(&within)[0]["spec"].get("dependencies"), None);
    }

    #[test]
    fn a_stated_version_moves_with_the_image() {
        let mut snapshot = healthy_cluster();
        set(&mut snapshot.milvus.spec, "/components/version", json!("2.5.22"));
        let patch = patches(&plan(&snapshot, "milvusdb/milvus:v2.6.6"))[0].clone();
        assert_eq!(patch["spec"]["components"]["version"], "2.6.6");
    }
}
