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
        let goal_of = |step: &Step| step.gate.goal().filter(|goal| goal.image == *image).cloned();
        let rolls: Vec<Step> = if self.is_release {
            // Which values and charts somebody else takes is for them to say; all Deployments move at once.
            let tag = image.tag().map_or_else(|| image.to_string(), str::to_owned);
            let last = self.steps.iter().rev().find_map(|step| Some((step.clone(), goal_of(step)?)));
            last.map(|(step, goal)| Step {
                id: "roll".to_owned(),
                title: format!("all components at {tag}"),
                action: Action::Roll { components: goal.arriving },
                ..step
            })
            .into_iter()
            .collect()
        } else {
            let is_roll = |step: &&Step| matches!(step.action, Action::Roll { .. }) && goal_of(step).is_some();
            self.steps.iter().filter(is_roll).cloned().collect()
        };
        let version = &self.target.version;
        let to = match image.version() {
            Some(tagged) if tagged == *version => format!("--to {version}"),
            _ => format!("--image {image} --to {version}"),
        };
        self.command = milvus.plugin_command("upgrade", &format!("{to} --follow"));
        if self.is_release {
            self.changes.retain(|change| ["image", "message queue"].contains(&change.what.as_str()));
        }
        if !self.is_empty() {
            self.steps = std::iter::once(asked).chain(rolls).collect();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        check::{Ground, Target},
        knowledge::Knowledge,
        milvus::Component,
        plan::{Action, Plan, plan_upgrade},
        snapshot::{
            Snapshot,
            sample::{healthy_cluster, release, run_image, separate_coordinators},
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
    fn of_a_release_the_whole_roll_is_waited_for_and_no_chart_is_chosen() {
        let settings = json!({"cluster.enabled": true, "pulsarv3.enabled": true, "image.all.tag": "v2.5.16",
            "mixCoordinator.enabled": true, "indexNode.enabled": true});
        let plan = followed(&release("4.2.58", &settings), "milvusdb/milvus:v2.6.22");
        let titles: Vec<&str> = plan.steps.iter().map(|step| step.title.as_str()).collect();
        assert_eq!(titles, ["somebody else asks for v2.6.22", "all components at v2.6.22"]);
        assert!(plan.steps.iter().all(|step| !step.action.writes()));
        let goal = plan.steps[1].gate.goal().expect("a goal");
        assert!(goal.arriving.contains(&Component::StreamingNode) && goal.leaving.contains(&Component::IndexNode));
        let changes: Vec<&str> = plan.changes.iter().map(|change| change.what.as_str()).collect();
        assert_eq!(changes, ["image", "message queue"]);
        assert_eq!(plan.command, "kubectl milvus upgrade release/my -n vec --to 2.6.22 --follow");
    }

    #[test]
    fn where_it_runs_already_there_is_nothing_to_wait_for() {
        let mut snapshot = healthy_cluster();
        run_image(&mut snapshot, "milvusdb/milvus:v2.5.27");
        assert!(followed(&snapshot, "milvusdb/milvus:v2.5.27").is_empty());
    }
}
