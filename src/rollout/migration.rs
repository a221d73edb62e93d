use serde::{Deserialize, Serialize};

use crate::{
    milvus::count,
    snapshot::{Migration, Snapshot, Stage, Task},
};

/// What the API server says to whoever wrote second.
const CONFLICT: &str = "the object has been modified";

/// A migration as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Migrating {
    /// The name of the `MilvusUpgrade`.
    pub name: String,
    /// `status.state`, in the operator's own words.
    pub state: String,
    /// Pods of Milvus that are still there, while they are to go.
    pub pods: Option<usize>,
    /// The pods that it started for the state that it is in.
    pub tasks: Vec<Task>,
    /// How many more times the backup was tried.
    pub retries: i64,
    /// What the operator says about it, where it says something.
    pub message: String,
}

impl Migrating {
    /// Looks at a migration; `None` where it is not there.
    pub fn of(snapshot: &Snapshot, name: &str) -> Option<Self> {
        let migration = snapshot.migration(name)?;
        let stage = migration.stage();
        let stops = matches!(stage, Some(Stage::OldVersionStopping | Stage::RollbackNewVersionStopping));
        let left = snapshot.workload.pods().iter().filter(|pod| !pod.is_over()).count();
        let kind = stage.and_then(task_of);
        let scene = snapshot.migration_scene.as_ref()?;
        let own = scene.tasks_of(name).filter(|task| kind.is_some_and(|kind| task.name.ends_with(kind)));
        Some(Self {
            name: name.to_owned(),
            state: migration.state.clone(),
            pods: stops.then_some(left),
            tasks: own.cloned().collect(),
            retries: migration.retries,
            // Of two that write at once one tries again, which is nothing to tell.
            message: if migration.message.contains(CONFLICT) { String::new() } else { migration.message.clone() },
        })
    }

    /// Where it is, in one line.
    pub fn words(&self) -> String {
        let state = if self.state.is_empty() { "not looked at by the operator yet" } else { &self.state };
        // What this program does itself is named with its kind.
        let kind = if self.name.contains('/') { "" } else { "milvusupgrade/" };
        let mut words = vec![format!("{kind}{}: {state}", self.name)];
        words.extend(self.pods.map(|left| match left {
            0 => "no pod is left; sessions expire for a minute".to_owned(),
            left => format!("{} left", count(left, "pod")),
        }));
        words.extend(self.tasks.iter().map(|task| {
            let reason = task.reason.as_ref().map(|reason| format!(", {reason}")).unwrap_or_default();
            format!("pod/{} is {}{reason}", task.name, task.phase)
        }));
        if self.retries > 0 {
            words.push(format!("try {}", self.retries + 1));
        }
        if !self.message.is_empty() {
            words.push(self.message.clone());
        }
        words.join("; ")
    }
}

/// How the name of the pod ends that a stage waits for.
fn task_of(stage: Stage) -> Option<&'static str> {
    match stage {
        Stage::BackupMeta | Stage::BakupMetaFailed => Some("-backup-meta"),
        Stage::UpdatingMeta | Stage::UpdateMetaFailed => Some("-update-meta"),
        Stage::RollbackRestoringOldMeta | Stage::RollbackFailed => Some("-rollback-meta"),
        _ => None,
    }
}

/// Why a migration failed: the pods that did, each with its log to look into.
pub fn failures(snapshot: &Snapshot, migration: &Migration) -> Vec<String> {
    let scene = snapshot.migration_scene.as_ref();
    let tasks = scene.into_iter().flat_map(|scene| scene.tasks_of(&migration.name));
    let failed = tasks.filter(|task| task.phase == "Failed");
    let mut lines: Vec<String> = failed
        .flat_map(|task| {
            let reason = task.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let log = format!("its log:  kubectl -n {} logs {}", migration.namespace, task.name);
            [format!("pod/{} failed{reason}", task.name), log]
        })
        .collect();
    if !migration.message.is_empty() {
        lines.push(format!("the operator says: {}", migration.message));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Migrating, failures};
    use crate::snapshot::{
        Part, Task,
        sample::{before_2_2, with_migration},
    };

    #[test]
    fn where_it_is_reads_like_the_operators_status() {
        let words = |state: &str| {
            let mut snapshot = with_migration(before_2_2(), state);
            let scene = snapshot.migration_scene.as_mut().expect("the sample has one");
            scene.tasks = Part::Known(vec![Task {
                migration: "prod-to-2-2-16".into(),
                name: "prod-to-2-2-16-backup-meta".into(),
                phase: "Pending".into(),
                reason: Some("ImagePullBackOff".into()),
            }]);
            Migrating::of(&snapshot, "prod-to-2-2-16").expect("it is there").words()
        };
        insta::assert_snapshot!(["", "OldVersionStopping", "BackupMeta", "UpdatingMeta"].map(words).join("\n"), @r"
        milvusupgrade/prod-to-2-2-16: not looked at by the operator yet
        milvusupgrade/prod-to-2-2-16: OldVersionStopping; 10 pods left
        milvusupgrade/prod-to-2-2-16: BackupMeta; pod/prod-to-2-2-16-backup-meta is Pending, ImagePullBackOff
        milvusupgrade/prod-to-2-2-16: UpdatingMeta
        ");
    }

    #[test]
    fn a_pod_that_failed_is_named_with_its_log() {
        let mut snapshot = with_migration(before_2_2(), "RollbackFailed");
        let scene = snapshot.migration_scene.as_mut().expect("the sample has one");
        scene.tasks = Part::Known(vec![Task {
            migration: "prod-to-2-2-16".into(),
            name: "prod-to-2-2-16-rollback-meta".into(),
            phase: "Failed".into(),
            reason: Some("exit code 1".into()),
        }]);
        let migration = snapshot.migration("prod-to-2-2-16").expect("it is there").clone();
        assert_eq!(
            failures(&snapshot, &migration),
            [
                "pod/prod-to-2-2-16-rollback-meta failed: exit code 1",
                "its log:  kubectl -n vec logs prod-to-2-2-16-rollback-meta",
            ]
        );
    }
}
