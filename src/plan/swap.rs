//! What keeps the operator from going back by itself.

use super::{Action, Gate, Step, Undo, draft::Draft};
use crate::{check::Direction, snapshot::Deployment};

impl Draft<'_> {
    /// A component with two Deployments is left alone by the operator while pods of the one that it rolls to are not
    /// ready: it does not even look at the spec again (operator 1.3.7, `pkg/controllers/deploy_ctrl_util.go`,
    /// `checkDeploymentsStable`, before the status is written). So pods that never get ready keep it from taking back the
    /// very image that they fail with; their Deployment is given the old one, and the operator goes on from there.
    pub(super) fn swaps(&self) -> Vec<Step> {
        if self.target.direction != Direction::Back {
            return vec![];
        }
        let deployments = self.snapshot.workload.deployments();
        deployments.iter().filter(|found| self.holds_up(found)).map(|found| self.swap(found)).collect()
    }

    /// Whether it is the Deployment of two that was rolled to, and pods of it with another image are not ready.
    fn holds_up(&self, found: &Deployment) -> bool {
        let component = found.component.label();
        let group = found.labels.get(&format!("milvus.io/{component}-group-id"));
        let current = self.snapshot.milvus.annotations.get(&format!("milvus.io/{component}-current-group-id"));
        let is_current = group.is_some() && group == current;
        is_current && found.ready < found.wanted && found.image != self.target.image.to_string()
    }

    fn swap(&self, found: &Deployment) -> Step {
        let image = self.target.image.clone();
        let tag = image.tag().unwrap_or_default();
        Step {
            id: format!("swap-{}", found.name),
            title: format!("{tag} for deployment/{}, whose pods are not ready", found.name),
            action: Action::Swap {
                deployment: found.name.clone(),
                container: found.component.label().to_owned(),
                image: image.clone(),
            },
            gate: Gate::Written,
            undo: Undo::None,
            felt: "nothing: they serve nobody".into(),
            estimate_seconds: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        check::{Direction, Ground, Target},
        knowledge::Knowledge,
        milvus::Component,
        plan::plan_upgrade,
        snapshot::{
            Part, Snapshot,
            sample::{healthy_cluster, set},
        },
    };

    /// A cluster whose query nodes were rolled to an image that they fail with.
    fn stuck() -> Snapshot {
        let mut snapshot = healthy_cluster();
        set(&mut snapshot.milvus.spec, "/components/image", "milvusdb/milvus:v2.5.27".into());
        snapshot.milvus.annotations.insert("milvus.io/querynode-current-group-id".to_owned(), "1".to_owned());
        let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("the sample has Deployments") };
        let is_node = |found: &&mut crate::snapshot::Deployment| found.component == Component::QueryNode;
        let old = deployments.iter_mut().find(is_node).expect("query nodes");
        old.labels.insert("milvus.io/querynode-group-id".to_owned(), "0".to_owned());
        let mut new = old.clone();
        new.name = "prod-milvus-querynode-9".to_owned();
        new.labels.insert("milvus.io/querynode-group-id".to_owned(), "1".to_owned());
        new.image = "milvusdb/milvus:v2.5.27".to_owned();
        new.wanted = 1;
        new.ready = 0;
        deployments.push(new);
        snapshot
    }

    fn swaps(snapshot: &Snapshot, direction: Direction, image: &str) -> Vec<String> {
        let image: crate::milvus::Image = image.parse().expect("an image");
        let target = Target { direction, ..Target::new(image.version().expect("a version"), image) };
        let ground = Ground { snapshot, target: Some(&target), knowledge: Knowledge::builtin() };
        let steps = plan_upgrade(&ground, &target).steps;
        steps.into_iter().map(|step| step.id).filter(|id| id.starts_with("swap-")).collect()
    }

    #[test]
    fn what_never_gets_ready_is_given_the_old_image_on_the_way_back() {
        let (old, new) = ("milvusdb/milvus:v2.5.22", "milvusdb/milvus:v2.5.27");
        assert_eq!(swaps(&stuck(), Direction::Back, old), ["swap-prod-milvus-querynode-9"]);
        assert_eq!(swaps(&stuck(), Direction::Forward, new), [""; 0]);
        let mut ready = stuck();
        let Part::Known(deployments) = &mut ready.workload.deployments else { panic!("the sample has Deployments") };
        deployments.last_mut().expect("one").ready = 1;
        assert_eq!(swaps(&ready, Direction::Back, old), [""; 0], "the operator takes it back by itself");
        let mut left = stuck();
        left.milvus.annotations.insert("milvus.io/querynode-current-group-id".to_owned(), "0".to_owned());
        assert_eq!(swaps(&left, Direction::Back, old), [""; 0], "it is left already");
    }
}
