//! The way back of a Helm release: to a revision that Helm has kept.

use serde_json::Value;

use super::{Action, Change, Gate, Step, Undo, estimate::roll_seconds, release::Way};
use crate::{
    check::Direction,
    milvus::{Component, Mode},
    rollout::Goal,
    snapshot::Release,
};

impl Way<'_> {
    pub(super) fn is_back(&self) -> bool {
        matches!(self.target.direction, Direction::Back | Direction::Restore)
    }

    pub(super) fn verb(&self) -> &'static str {
        match self.target.direction {
            Direction::Back | Direction::Restore => "rollback",
            Direction::Forward | Direction::Migrate => "upgrade",
            Direction::Join => "migrate",
        }
    }

    /// The revision to go back to, where one was found.
    pub(super) fn reverted(&self) -> Option<&Release> {
        self.release.revision_at(self.target.revision.filter(|_| self.is_back())?)
    }

    /// Back to the revision; `None` where none has what is wanted, and only the tag goes back.
    pub(super) fn back(&self) -> Option<Step> {
        let earlier = self.reverted()?;
        let goal = self.reverted_goal()?;
        let version = goal.image.tag().unwrap_or_default();
        Some(Step {
            id: "rollback-release".into(),
            title: format!("back to revision {}: chart {}, {version}", earlier.revision, earlier.chart),
            estimate_seconds: roll_seconds(self.snapshot, &goal.arriving),
            action: Action::Revert {
                revision: earlier.revision,
                chart: earlier.chart.clone(),
                settings: earlier.settings.clone(),
            },
            gate: Gate::Complete { goal },
            undo: Undo::ReleaseRollback,
            felt: self.felt().into(),
        })
    }

    /// What runs once the revision is there again.
    pub(super) fn reverted_goal(&self) -> Option<Goal> {
        let earlier = self.reverted()?;
        let image = self.target.image.clone();
        if earlier.mode() == Mode::Standalone {
            return Some(Goal { image, arriving: vec![Component::Standalone], leaving: vec![] });
        }
        let arriving = earlier.components();
        let running = self.snapshot.workload.deployments().iter().map(|found| found.component);
        let mut leaving: Vec<Component> = running.filter(|component| !arriving.contains(component)).collect();
        leaving.sort_unstable();
        leaving.dedup();
        Some(Goal { image, arriving, leaving })
    }

    /// What becomes of the user's other values: they stay, or go back with the revision, those that count told each.
    pub(super) fn reverted_values(&self) -> Vec<Change> {
        let Some(earlier) = self.reverted() else {
            return vec![Change::new("your other values", "stay", "reset-then-reuse")];
        };
        let word = |value: Option<&Value>| value.map_or_else(|| "unset".to_owned(), ToString::to_string);
        let differ = self
            .release
            .settings
            .iter()
            .filter(|(key, now)| *key != "image.all.tag" && earlier.settings.get(*key) != Some(*now));
        let mut changes: Vec<Change> = differ
            .map(|(key, now)| {
                let then = word(earlier.settings.get(key));
                Change::new(key, format!("{now} -> {then}"), format!("as in revision {}", earlier.revision))
            })
            .collect();
        let revision = format!("revision {}", earlier.revision);
        changes.push(Change::new("your other values", "go back", format!("to those of {revision}")));
        changes
    }
}
