//! The migration of a Helm release: no operator is there to do it, so this program takes each step itself. What a step
//! has reached is in the cluster, so that anybody can go on with it.

use serde_json::{Value, json};

use super::{
    Action, Change, Gate, Plan, Step, Undo,
    estimate::roll_seconds,
    etcd::file_of,
    release::{Way, release_plan},
};
use crate::{
    check::Direction,
    knowledge::Time,
    milvus::{Component, Mode},
    rollout::{Goal, Order, Roll},
    snapshot::{
        Deployment, JobState, MetadataCourse, MetadataTask, RELEASE_LABEL, Rewriting, replicas_before, shell_word,
        stopped_since,
    },
};

/// Seconds that a Job may take: to pull its image, and a minute of work.
const JOB_SECONDS: u64 = 60;
/// Seconds that Helm takes to write a revision.
const HELM_SECONDS: u64 = 10;
/// How often the backup is made once more where it fails.
const RETRIES: u32 = 3;
/// The longest name of a Job: its pods carry it in a label.
const LONGEST: usize = 63;
/// What names of a migration begin with, as those of Milvus' own script do.
const NAME: &str = "milvus-meta-migration";

/// The way over a migration, or back over it.
pub(super) fn plan_rewriting(way: &Way<'_>) -> Plan {
    let nothing = Rewriting::default();
    let rewriting = way.snapshot.rewriting().unwrap_or(&nothing);
    let deployments = way.snapshot.workload.deployments();
    let attempt = match way.target.direction {
        Direction::Restore => rewriting.last_attempt(),
        _ => rewriting.current(stopped_since(deployments)),
    };
    let rewrite = Rewrite { way, rewriting, deployments, attempt, course: course(way, rewriting, attempt) };
    let steps = match way.target.direction {
        _ if rewrite.is_reached() => vec![],
        Direction::Restore => rewrite.back(),
        _ => rewrite.forward(),
    };
    let mut plan = release_plan(way, steps);
    plan.changes.insert(1.min(plan.changes.len()), rewrite.metadata());
    plan.command = rewrite.command();
    plan.way_back = (way.target.direction == Direction::Migrate)
        .then(|| way.snapshot.milvus.plugin_command("migrate", "--rollback"));
    plan.notes = rewrite.notes();
    plan
}

/// Where the attempt began and leads: as it noted itself, or as it is to be noted.
fn course(way: &Way<'_>, rewriting: &Rewriting, attempt: u32) -> Option<MetadataCourse> {
    if let Some(job) = rewriting.jobs().iter().find(|job| job.attempt == attempt) {
        return Some(job.course.clone());
    }
    let (from, to) = (way.from.clone()?, way.target.version.clone());
    let row = way.knowledge.migration(&from, &to);
    let own = format!("{NAME}-backup-{}", way.snapshot.milvus.name);
    Some(MetadataCourse {
        from_image: way.snapshot.milvus.image()?,
        revision: way.release.revision,
        claim: way.target.claim.clone().unwrap_or(own),
        tool: way.target.tool.clone().or_else(|| row.map(|row| row.tool.clone()))?,
        from,
        to,
    })
}

struct Rewrite<'a> {
    way: &'a Way<'a>,
    rewriting: &'a Rewriting,
    deployments: &'a [Deployment],
    /// Which try of the migration this is.
    attempt: u32,
    /// `None` where nobody knows what runs.
    course: Option<MetadataCourse>,
}

impl Rewrite<'_> {
    fn name(&self) -> &str {
        &self.way.snapshot.milvus.name
    }

    /// `-2` of the second attempt on.
    fn suffix(&self) -> String {
        if self.attempt > 1 { format!("-{}", self.attempt) } else { String::new() }
    }

    /// Whether nothing is left of it to do.
    fn is_reached(&self) -> bool {
        let is_noted = |found: &Deployment| found.replicas_before().is_some() || found.stopped_at().is_some();
        let is_back = self.way.target.direction == Direction::Restore;
        let is_asked = self.way.release.image().as_ref() == Some(&self.way.target.image);
        let goal = self.goal();
        is_asked
            && self.way.release.status == "deployed"
            && !self.deployments.iter().any(is_noted)
            && !(is_back && self.rewriting.is_rewritten(self.attempt))
            && Roll::of(self.way.snapshot.scene(), &goal, &Order::default()).is_complete()
    }

    fn forward(&self) -> Vec<Step> {
        let Some(course) = &self.course else { return vec![] };
        let (old, new) = (&course.from, &course.to);
        let is_rewritten =
            self.rewriting.of(MetadataTask::Run, self.attempt).is_some_and(|job| job.state == JobState::Complete);
        let mut steps = vec![];
        if !is_rewritten {
            steps.extend(self.keep(course));
            steps.push(self.configure(course));
            steps.push(self.stop(format!("{old} stops"), vec![]));
            steps.push(self.rest());
            let backup = format!("its metadata go to persistentvolumeclaim/{}", course.claim);
            steps.push(self.work(course, MetadataTask::Backup, backup));
            steps.push(self.work(course, MetadataTask::Run, format!("they become those of {new}")));
        }
        steps.push(at_rest(Step { undo: Undo::RestoreMetadata, ..self.way.go() }));
        steps.push(self.resume(format!("{new} starts")));
        steps
    }

    fn back(&self) -> Vec<Step> {
        let Some(course) = &self.course else { return vec![] };
        let is_new =
            self.way.release.image().as_ref() != Some(&self.way.target.image) || self.way.release.status != "deployed";
        let is_rewritten = self.rewriting.is_rewritten(self.attempt);
        let forth = self.rewriting.jobs().iter().filter(|job| job.task != MetadataTask::Rollback);
        let forth: Vec<_> = forth.filter(|job| job.attempt == self.attempt).collect();
        let is_active = forth.iter().any(|job| job.state == JobState::Active);
        let mut steps = vec![];
        if is_rewritten || is_new || is_active {
            // Whatever still works on the metadata is ended with it.
            let jobs = forth.into_iter().map(|job| job.name.clone()).collect();
            steps.push(self.stop("everything stops".to_owned(), jobs));
        }
        if is_rewritten || is_new {
            // Without it Helm could not apply replicas by the server, which are ours since they were set to 0.
            let rest = self.rest();
            steps.push(if is_rewritten { rest } else { Step { gate: Gate::Rested { seconds: 0 }, ..rest } });
        }
        if is_rewritten {
            steps.push(self.work(
                course,
                MetadataTask::Rollback,
                format!("the metadata of {} are put back", course.from),
            ));
        }
        if is_new {
            let step = self.way.back().unwrap_or_else(|| self.way.go());
            steps.push(at_rest(step));
        }
        steps.push(self.resume(format!("{} starts", self.way.target.version)));
        for step in &mut steps {
            step.undo = Undo::None;
        }
        steps
    }

    /// The claim, where the user has not named one of their own.
    fn keep(&self, course: &MetadataCourse) -> Option<Step> {
        if self.way.target.claim.is_some() {
            return None;
        }
        let object = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": self.metadata_of(&course.claim),
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}},
        });
        let title = format!("make persistentvolumeclaim/{} of 10Gi", course.claim);
        Some(Step { undo: Undo::None, ..step("keep", title, Action::Create { object }, Gate::Written) })
    }

    fn secret(&self) -> String {
        format!("{NAME}-config-{}{}", self.name(), self.suffix())
    }

    /// Each attempt has a file of its own: what an earlier one kept is not written over.
    fn backup_file(&self) -> String {
        format!("/milvus/data/migration{}.bak", self.suffix())
    }

    /// What the Jobs are told. Passwords of etcd come in when it is written, so that no plan has them.
    fn configure(&self, course: &MetadataCourse) -> Step {
        let secret = self.secret();
        let title = format!("write secret/{secret}, where etcd is");
        let action = Action::Configure {
            metadata: self.metadata_of(&secret),
            from: course.from.clone(),
            to: course.to.clone(),
            backup: self.backup_file(),
        };
        Step { undo: Undo::None, ..step("configure", title, action, Gate::Written) }
    }

    fn stop(&self, title: String, jobs: Vec<String>) -> Step {
        let action = Action::Stop { deployments: replicas_before(self.deployments), jobs };
        Step { felt: "everything stops".into(), estimate_seconds: 60, ..step("stop", title, action, Gate::Stopped) }
    }

    fn rest(&self) -> Step {
        let seconds = self.way.knowledge.seconds(Time::MigrationRest);
        let gate = Gate::Rested { seconds };
        Step { estimate_seconds: seconds, ..step("rest", "its sessions expire".to_owned(), Action::Rest, gate) }
    }

    fn work(&self, course: &MetadataCourse, task: MetadataTask, title: String) -> Step {
        let id = match task {
            MetadataTask::Backup => "backup-metadata",
            MetadataTask::Run => "rewrite-metadata",
            MetadataTask::Rollback => "restore-metadata",
        };
        let name = self.job_name(task);
        let action = Action::Create { object: self.job(&name, course, task) };
        Step { estimate_seconds: JOB_SECONDS, ..step(id, title, action, Gate::Worked { job: name }) }
    }

    fn resume(&self, title: String) -> Step {
        let goal = self.goal();
        let action = Action::Resume { deployments: replicas_before(self.deployments) };
        Step {
            estimate_seconds: roll_seconds(self.way.snapshot, &goal.arriving),
            ..step("start", title, action, Gate::Complete { goal })
        }
    }

    /// What runs at the end: whatever had pods before.
    fn goal(&self) -> Goal {
        let image = self.way.target.image.clone();
        if self.way.snapshot.milvus.mode() == Mode::Standalone {
            return Goal { image, arriving: vec![Component::Standalone], leaving: vec![] };
        }
        let runs = |found: &&Deployment| found.replicas_before().unwrap_or(found.wanted) > 0;
        let mut arriving: Vec<Component> =
            self.deployments.iter().filter(runs).map(|deployment| deployment.component).collect();
        arriving.sort_unstable();
        arriving.dedup();
        Goal { image, arriving, leaving: vec![] }
    }

    fn labels(&self) -> Value {
        json!({"app.kubernetes.io/managed-by": "kubectl-milvus", RELEASE_LABEL: self.name()})
    }

    fn metadata_of(&self, name: &str) -> Value {
        json!({"name": name, "namespace": self.way.snapshot.milvus.namespace, "labels": self.labels()})
    }

    /// The Job that goes on, or a name that nobody has. Metadata may be put back more than once.
    fn job_name(&self, task: MetadataTask) -> String {
        if let Some(job) = self.rewriting.of(task, self.attempt).filter(|job| job.state != JobState::Failed) {
            return job.name.clone();
        }
        let tries = match task {
            MetadataTask::Rollback => {
                self.rewriting.jobs().iter().filter(|job| job.task == task && job.attempt == self.attempt).count()
            }
            _ => 0,
        };
        let again = if tries > 0 { format!("-again{tries}") } else { String::new() };
        short(&format!("{NAME}-{}-{}", task.word(), self.name()), &format!("{}{again}", self.suffix()))
    }

    fn job(&self, name: &str, course: &MetadataCourse, task: MetadataTask) -> Value {
        let mut metadata = self.metadata_of(name);
        metadata["labels"]["kubectl-milvus.io/task"] = task.word().into();
        metadata["labels"]["kubectl-milvus.io/attempt"] = self.attempt.to_string().into();
        metadata["annotations"] = json!({"kubectl-milvus.io/course": json!(course).to_string()});
        let mut mounts = vec![
            json!({"name": "metadata-config", "mountPath": "/milvus/configs/meta", "readOnly": true}),
            json!({"name": "metadata-backup", "mountPath": "/milvus/data"}),
        ];
        let mut volumes = vec![
            json!({"name": "metadata-config", "secret": {"secretName": self.secret()}}),
            json!({"name": "metadata-backup", "persistentVolumeClaim": {"claimName": course.claim}}),
        ];
        let etcd = self.way.release.etcd.as_ref();
        mounts.extend(etcd.iter().flat_map(|etcd| etcd.mounts.clone()));
        volumes.extend(etcd.iter().flat_map(|etcd| etcd.volumes.clone()));
        let config = format!("-config=/milvus/configs/meta/{}", file_of(task));
        let mut pod = json!({
            "restartPolicy": "Never",
            "containers": [{
                "name": "meta-migration",
                "image": course.tool.to_string(),
                "command": ["/milvus/bin/meta-migration", config],
                "volumeMounts": mounts,
            }],
            "volumes": volumes,
        });
        if let Some(like) = self.deployments.first() {
            let secrets: Vec<Value> = like.pull_secrets.iter().map(|name| json!({"name": name})).collect();
            if !secrets.is_empty() {
                pod["imagePullSecrets"] = secrets.into();
            }
            if !like.node_selector.is_empty() {
                pod["nodeSelector"] = json!(like.node_selector);
            }
        }
        // What has begun to rewrite is not begun again by itself: the old metadata have to be put back first.
        let retries = if task == MetadataTask::Run { 0 } else { RETRIES };
        let labels = metadata["labels"].clone();
        json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata,
            "spec": {"backoffLimit": retries, "template": {"metadata": {"labels": labels}, "spec": pod}},
        })
    }

    fn metadata(&self) -> Change {
        let Some(course) = &self.course else { return Change::new("metadata", "rewritten", "") };
        match self.way.target.direction {
            Direction::Restore if !self.rewriting.is_rewritten(self.attempt) => {
                Change::new("metadata", course.from.to_string(), "not changed yet")
            }
            Direction::Restore => {
                Change::new("metadata", format!("{} -> {}", course.to, course.from), "put back as they were kept")
            }
            _ => Change::new(
                "metadata",
                format!("{} -> {}", course.from, course.to),
                format!("kept in persistentvolumeclaim/{} first", course.claim),
            ),
        }
    }

    fn command(&self) -> String {
        let own = self.way.target.migration_words();
        match self.way.target.direction {
            Direction::Restore => {
                self.way.snapshot.milvus.plugin_command("migrate", &format!("--rollback{}", self.way.more_words()))
            }
            _ => self
                .way
                .snapshot
                .milvus
                .plugin_command("migrate", &format!("{}{}{own}", self.way.to_words(), self.way.more_words())),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec!["There will be downtime: everything is stopped until the metadata are done".to_owned()];
        if let (Direction::Migrate, Some(course)) = (self.way.target.direction, &self.course) {
            notes.push(format!("persistentvolumeclaim/{} stays afterwards: the way back needs it", course.claim));
        }
        notes
    }
}

fn step(id: &str, title: String, action: Action, gate: Gate) -> Step {
    let felt = if matches!(gate, Gate::Written) { "nothing" } else { "no service until it is done" };
    Step { id: id.into(), title, action, gate, undo: Undo::RestoreMetadata, felt: felt.into(), estimate_seconds: 1 }
}

/// The same, of what Helm does while nothing runs: that all of it starts is waited for afterwards.
fn at_rest(step: Step) -> Step {
    Step { gate: Gate::Written, felt: "no service until it is done".into(), estimate_seconds: HELM_SECONDS, ..step }
}

impl Plan {
    /// The command that takes away what a migration of a release has kept.
    pub fn forget_command(&self) -> Option<String> {
        let is_own = |step: &Step| matches!(step.action, Action::Resume { .. });
        if !self.is_release || !self.steps.iter().any(is_own) {
            return None;
        }
        let (namespace, name) = (shell_word(&self.namespace), shell_word(&self.name));
        Some(format!("kubectl -n {namespace} delete job,secret,pvc -l {RELEASE_LABEL}={name}"))
    }
}

/// A name that fits into a label; one that is cut stays another than its like.
fn short(base: &str, suffix: &str) -> String {
    let whole = format!("{base}{suffix}");
    if whole.len() <= LONGEST {
        return whole;
    }
    let hash = base
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mark = format!("-{:06x}", hash & 0x00ff_ffff);
    let room = LONGEST.saturating_sub(mark.len() + suffix.len());
    let cut: String = base.chars().take(room).collect();
    format!("{}{mark}{suffix}", cut.trim_end_matches(['-', '.']))
}

#[cfg(test)]
#[path = "rewrite_test.rs"]
mod tests;
