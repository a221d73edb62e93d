//! A plan that somebody else carries out.

use super::{Action, Gate, Plan, Step, Undo};
use crate::snapshot::Resource;

impl Plan {
    /// What there is to wait for where somebody else writes: that the target is asked for, and its rolls.
    #[must_use]
    pub fn followed(mut self, milvus: &Resource) -> Self {
        let image = &self.target.image;
        let asked = Step {
            id: "asked".to_owned(),
            title: format!("somebody else asks for {}", image.tag().unwrap_or(&image.to_string())),
            action: Action::Roll { components: vec![] },
            gate: Gate::Written,
            undo: Undo::None,
            felt: "nothing".to_owned(),
            estimate_seconds: 1,
        };
        let is_of_target = |step: &Step| {
            matches!(step.action, Action::Roll { .. }) && step.gate.goal().is_some_and(|goal| goal.image == *image)
        };
        let rolls: Vec<Step> = self.steps.iter().filter(|step| is_of_target(step)).cloned().collect();
        let version = &self.target.version;
        let to = match image.version() {
            Some(tagged) if tagged == *version => format!("--to {version}"),
            _ => format!("--image {image} --to {version}"),
        };
        self.command = milvus.plugin_command("upgrade", &format!("{to} --follow"));
        if !self.is_empty() {
            self.steps = std::iter::once(asked).chain(rolls).collect();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        check::{Ground, Target},
        knowledge::Knowledge,
        plan::{Action, Plan, plan_upgrade},
        snapshot::{
            Snapshot,
            sample::{healthy_cluster, run_image, separate_coordinators},
        },
    };

    fn followed(snapshot: &Snapshot, image: &str) -> Plan {
        let image: crate::milvus::Image = image.parse().expect("an image");
        let target = Target::new(image.version().expect("a version"), image);
        let ground = Ground { snapshot, target: Some(&target), knowledge: Knowledge::builtin() };
        plan_upgrade(&ground, &target).followed(&snapshot.milvus)
    }

    #[test]
    fn nothing_of_it_writes_and_the_command_goes_on_following() {
        for snapshot in [healthy_cluster(), separate_coordinators()] {
            let plan = followed(&snapshot, "milvusdb/milvus:v2.6.6");
            assert!(plan.steps.iter().all(|step| matches!(step.action, Action::Roll { .. })), "{:?}", plan.steps);
            let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
            assert_eq!(ids, ["asked", "roll-coordinators", "roll-workers", "roll-proxy"]);
            assert_eq!(plan.command, "kubectl milvus upgrade prod -n vec --to 2.6.6 --follow");
        }
    }

    #[test]
    fn where_it_runs_already_there_is_nothing_to_wait_for() {
        let mut snapshot = healthy_cluster();
        run_image(&mut snapshot, "milvusdb/milvus:v2.5.27");
        assert!(followed(&snapshot, "milvusdb/milvus:v2.5.27").is_empty());
    }
}
