//! Metadata in another form: the operator rewrites them while everything stands still, and puts them back.

use serde_json::{Map, Value, json};

use super::{
    Action, Change, Gate, Plan, Step, Undo,
    draft::Draft,
    estimate::{ROLL_OF_ALL, roll_seconds},
    etcd::plain,
};
use crate::{
    check::{Direction, Ground, Target},
    knowledge::Time,
    milvus::{Component, MilvusVersion, Mode},
    rollout::Goal,
    snapshot::{Migration, Snapshot, Stage, Standing, shell_word},
};

/// Seconds that a pod of a migration may take: to pull its image, and a minute of work.
const TASK_SECONDS: u64 = 60;

/// The operator notes here when the last pod of a stopped instance was gone; it has to go with the stop.
const STOPPED_AT: &str = "milvus.io/stopped-at";

/// How often the operator makes a backup that failed once more.
const RETRIES: u8 = 3;

/// The way over a migration, or back over it.
pub(super) fn plan_migration(ground: &Ground<'_>, target: &Target) -> Plan {
    let ground = Ground { target: Some(target), ..*ground };
    let mut draft = Draft::new(&ground, target);
    let standing = standing(&ground);
    draft.goal.arriving = arriving(&draft, standing.as_ref());
    let way = Way { draft: &draft, found: ground.migration(), standing: standing.as_ref() };
    let (steps, goes_by_hand) = match target.direction {
        Direction::Restore if way.has_to_go_by_hand() => (way.by_hand(), true),
        Direction::Restore => (way.back(), false),
        _ => (way.forward(), false),
    };
    let steps = if way.is_settled() && draft.is_reached() { vec![] } else { steps };
    let mut plan = draft.plan(steps);
    plan.changes.insert(1.min(plan.changes.len()), way.metadata());
    plan.way_back = way.way_back();
    plan.notes = way.notes(goes_by_hand);
    plan
}

/// The release and the image that a migration of the instance led away from, where anybody wrote them down.
pub fn before_migration(snapshot: &Snapshot) -> Option<(MilvusVersion, crate::milvus::Image)> {
    if snapshot.release.is_some() {
        return before_rewriting(snapshot);
    }
    let own = || snapshot.migrations().filter(|migration| !migration.is_deleted);
    let is_back = |migration: &&Migration| migration.stage() == Some(Stage::RollbackedSucceeded);
    let last = own().find(|migration| !is_back(migration)).or_else(|| own().next());
    let noted = snapshot.migration_scene.as_ref().and_then(|scene| scene.before.as_ref());
    let standing = last.and_then(|migration| migration.before.as_ref()).or(noted);
    let image = standing.map(|standing| standing.image.clone()).or_else(|| {
        // What has not stopped yet is what will run again.
        last.filter(|migration| migration.stage() == Some(Stage::Pending)).and_then(|_| snapshot.milvus.image())
    })?;
    let said = last.and_then(|migration| migration.source_version.parse().ok());
    Some((said.or_else(|| image.version())?, image))
}

/// The same of a release: as the last attempt noted it, or what was only stopped yet.
fn before_rewriting(snapshot: &Snapshot) -> Option<(MilvusVersion, crate::milvus::Image)> {
    let rewriting = snapshot.rewriting()?;
    let is_stopped = snapshot.workload.deployments().iter().any(|found| found.replicas_before().is_some());
    let milvus = &snapshot.milvus;
    if let Some(course) = rewriting.course() {
        let is_new = milvus.image().as_ref() != Some(&course.from_image);
        let is_half = is_new || is_stopped || rewriting.is_rewritten(rewriting.last_attempt());
        let is_known = is_half || rewriting.last_attempt() > 0;
        return is_known.then(|| (course.from.clone(), course.from_image.clone()));
    }
    is_stopped.then(|| milvus.current_version().zip(milvus.image())).flatten()
}

/// What ran before everything was stopped: what runs now where nothing was, else what somebody wrote down.
fn standing(ground: &Ground<'_>) -> Option<Standing> {
    let now = Standing::of_spec(&ground.snapshot.milvus.spec);
    if now.as_ref().is_some_and(|now| !now.is_stopped()) {
        return now;
    }
    let noted = ground.snapshot.migration_scene.as_ref().and_then(|scene| scene.before.clone());
    noted.or_else(|| ground.migration()?.before.clone()).or(now)
}

fn arriving(draft: &Draft<'_>, standing: Option<&Standing>) -> Vec<Component> {
    let mut arriving = standing.map(Standing::components).unwrap_or_default();
    match draft.mode() {
        Mode::Standalone => vec![Component::Standalone],
        Mode::Cluster => {
            arriving.retain(|component| *component != Component::Standalone);
            arriving
        }
    }
}

struct Way<'a> {
    draft: &'a Draft<'a>,
    /// The migration that leads there, where there is one already.
    found: Option<&'a Migration>,
    standing: Option<&'a Standing>,
}

impl Way<'_> {
    /// Its name: that of the one that is there, else one that nobody has.
    fn name(&self) -> String {
        if let Some(found) = self.found {
            return found.name.clone();
        }
        let milvus = &self.draft.snapshot.milvus;
        let base = format!("{}-to-{}", milvus.name, self.draft.target.version.to_string().replace('.', "-"));
        let mut names = (1..).map(|count| if count == 1 { base.clone() } else { format!("{base}-{count}") });
        let is_free = |name: &String| self.draft.snapshot.migration(name).is_none();
        names.find(is_free).unwrap_or(base)
    }

    /// Whether no migration is to be waited for: what runs for now may be about to stop.
    fn is_settled(&self) -> bool {
        let end = match self.draft.target.direction {
            Direction::Restore => Stage::RollbackedSucceeded,
            _ => Stage::Succeeded,
        };
        self.found.is_none_or(|found| found.stage() == Some(end) && !found.is_under_way())
    }

    fn old(&self) -> String {
        self.draft.from.as_ref().map_or_else(|| "the old release".to_owned(), ToString::to_string)
    }

    /// The whole resource, every field said: without a webhook nothing has a default, and an image that is missing is
    /// found out when everything has stopped (operator 1.3.7, `pkg/controllers/milvusupgrade_fsm.go`).
    fn resource(&self, name: &str) -> Value {
        let (milvus, target) = (&self.draft.snapshot.milvus, self.draft.target);
        let row = self.draft.from.as_ref().and_then(|from| self.draft.knowledge.migration(from, &target.version));
        let tool = target.tool.as_ref().or_else(|| row.map(|row| &row.tool));
        let mut resource = json!({
            "apiVersion": "milvus.io/v1beta1",
            "kind": "MilvusUpgrade",
            "metadata": {"name": name, "namespace": milvus.namespace},
            "spec": {
                "operation": "upgrade",
                "milvus": {"name": milvus.name, "namespace": milvus.namespace},
                "sourceVersion": self.draft.from.as_ref().map(plain),
                "targetVersion": plain(&target.version),
                "targetImage": target.image.to_string(),
                "toolImage": tool.map(ToString::to_string),
                "maxRetry": RETRIES,
                "rollbackIfFailed": true,
            },
        });
        if let Some(claim) = &target.claim {
            resource["spec"]["backupPVC"] = json!(claim);
        }
        resource
    }

    fn forward(&self) -> Vec<Step> {
        let name = self.name();
        let (old, new) = (self.old(), self.draft.target.version.to_string());
        let rest = self.draft.knowledge.seconds(Time::MigrationRest);
        let image = self.draft.target.image.clone();
        let begin = Step {
            id: "begin-migration".into(),
            title: format!("create milvusupgrade/{name}"),
            action: Action::Migrate { migration: self.resource(&name) },
            gate: Gate::Written,
            undo: Undo::RestoreMetadata,
            felt: "everything stops".into(),
            estimate_seconds: 1,
        };
        let claim = self.claim(&name);
        vec![
            begin,
            follow(&name, "stop", format!("{old} stops, and its sessions expire"), Stage::BackupMeta, 60 + rest),
            follow(&name, "backup-metadata", format!("its metadata go to {claim}"), Stage::UpdatingMeta, TASK_SECONDS),
            Step {
                gate: Gate::Migrated { migration: name.clone(), stage: Stage::Succeeded, image: Some(image) },
                ..follow(
                    &name,
                    "rewrite-metadata",
                    format!("they become those of {new}"),
                    Stage::Succeeded,
                    TASK_SECONDS,
                )
            },
            self.start(format!("{new} starts"), Undo::RestoreMetadata),
        ]
    }

    fn back(&self) -> Vec<Step> {
        let name = self.name();
        let rest = self.draft.knowledge.seconds(Time::MigrationRest);
        let image = self.draft.target.image.clone();
        let turn = Step {
            id: "turn-migration".into(),
            title: format!("tell milvusupgrade/{name} to go back"),
            action: Action::Turn { migration: name.clone() },
            gate: Gate::Written,
            undo: Undo::None,
            felt: "everything stops".into(),
            estimate_seconds: 1,
        };
        let stop = format!("{} stops, and its sessions expire", self.old());
        let last = Stage::RollbackedSucceeded;
        let mut steps = vec![
            turn,
            follow(&name, "stop", stop, Stage::RollbackRestoringOldMeta, 60 + rest),
            Step {
                gate: Gate::Migrated { migration: name.clone(), stage: last, image: Some(image) },
                ..follow(&name, "restore-metadata", "the old metadata are put back".to_owned(), last, TASK_SECONDS)
            },
            self.start(format!("{} starts", self.draft.target.version), Undo::None),
        ];
        for step in &mut steps {
            step.undo = Undo::None;
        }
        steps
    }

    /// Whether the operator will do nothing about it any more: its own attempt failed, or what it worked on is gone.
    fn has_to_go_by_hand(&self) -> bool {
        self.found.is_none_or(|found| found.stage() == Some(Stage::RollbackFailed))
    }

    /// Image and replicas as they were, by a patch of the resource.
    fn by_hand(&self) -> Vec<Step> {
        let mut components = Map::new();
        components.insert("image".into(), self.draft.target.image.to_string().into());
        for (key, replicas) in self.standing.iter().flat_map(|standing| &standing.replicas) {
            components.insert(key.clone(), json!({"replicas": replicas}));
        }
        let patch = json!({"metadata": {"annotations": {STOPPED_AT: null}}, "spec": {"components": components}});
        let restore = Step {
            id: "restore-spec".into(),
            title: "put image and replicas back as they were".into(),
            action: Action::Patch { patch },
            gate: Gate::Written,
            undo: Undo::None,
            felt: "nothing".into(),
            estimate_seconds: 1,
        };
        vec![restore, self.start(format!("{} starts", self.draft.target.version), Undo::None)]
    }

    fn start(&self, title: String, undo: Undo) -> Step {
        let goal: Goal = self.draft.goal.clone();
        let components = goal.arriving.clone();
        Step {
            id: "start".into(),
            title,
            estimate_seconds: roll_seconds(self.draft.snapshot, &components).clamp(1, ROLL_OF_ALL),
            action: Action::Roll { components },
            gate: Gate::Complete { goal },
            undo,
            felt: "no service until it is done".into(),
        }
    }

    /// Where the old metadata are kept.
    fn claim(&self, name: &str) -> String {
        let known = self.found.and_then(|found| found.claim.as_deref());
        let claim = self.draft.target.claim.as_deref().or(known).unwrap_or(name);
        format!("persistentvolumeclaim/{claim}")
    }

    fn metadata(&self) -> Change {
        let (old, new) = (self.old(), &self.draft.target.version);
        match self.draft.target.direction {
            Direction::Restore => Change::new("metadata", format!("{old} -> {new}"), "put back as they were kept"),
            _ => Change::new(
                "metadata",
                format!("{old} -> {new}"),
                format!("kept in {} first", self.claim(&self.name())),
            ),
        }
    }

    fn way_back(&self) -> Option<String> {
        let milvus = &self.draft.snapshot.milvus;
        match self.draft.target.direction {
            Direction::Restore => None,
            _ => Some(milvus.plugin_command("migrate", "--rollback")),
        }
    }

    fn notes(&self, goes_by_hand: bool) -> Vec<String> {
        if goes_by_hand {
            return vec![];
        }
        let mut notes = vec!["There will be downtime: everything is stopped until the metadata are done".to_owned()];
        if self.draft.target.direction == Direction::Migrate {
            notes.push(format!("milvusupgrade/{} stays afterwards: the backup goes with it", self.name()));
        }
        notes
    }
}

impl Target {
    /// What a migration was told besides, as it is typed.
    pub(super) fn migration_words(&self) -> String {
        let Self { tool, claim, .. } = self;
        let tool = tool.as_ref().map(|tool| format!(" --tool-image {}", shell_word(&tool.to_string())));
        let claim = claim.as_ref().map(|claim| format!(" --backup-claim {}", shell_word(claim)));
        tool.into_iter().chain(claim).collect()
    }
}

fn follow(name: &str, id: &str, title: String, stage: Stage, estimate_seconds: u64) -> Step {
    Step {
        id: id.to_owned(),
        title,
        action: Action::Follow { migration: name.to_owned() },
        gate: Gate::Migrated { migration: name.to_owned(), stage, image: None },
        undo: Undo::RestoreMetadata,
        felt: "no service until it is done".into(),
        estimate_seconds,
    }
}

#[cfg(test)]
#[path = "migrate_test.rs"]
mod tests;
