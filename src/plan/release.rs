//! The way of a Helm release: charts, values, and pins for what a newer chart would turn around.

use semver::Version;
use serde_json::{Value, json};

use super::{
    Action, Change, Fingerprint, Gate, Plan, Setting, Step, Undo, estimate::roll_seconds, rewrite::plan_rewriting,
    values::chart_dependencies,
};
use crate::{
    check::{Direction, Ground, Target},
    knowledge::{Flip, Knowledge},
    milvus::{Component, Image, ImageUpdateMode, MilvusVersion, Mode},
    rollout::{Goal, Order, Roll},
    snapshot::{Release, Snapshot, shell_word},
};

/// The four sections that one mixcoord takes the place of.
const SEPARATE: [&str; 4] = ["rootCoordinator", "queryCoordinator", "indexCoordinator", "dataCoordinator"];

/// The plan from what runs to the target; without steps where everything is reached already.
pub(super) fn plan_release(ground: &Ground<'_>, target: &Target, release: &Release) -> Plan {
    let way = Way { snapshot: ground.snapshot, knowledge: ground.knowledge, release, target, from: ground.from() };
    let mut steps: Vec<Step> = match target.direction {
        Direction::Migrate | Direction::Restore => return plan_rewriting(&way),
        Direction::Forward => way.join_coordinators().into_iter().chain([way.go()]).collect(),
        Direction::Join => vec![way.join()],
        Direction::Back => vec![way.back().unwrap_or_else(|| way.go())],
    };
    if way.is_reached() {
        steps.clear();
    }
    release_plan(&way, steps)
}

/// These steps, with everything around them.
pub(super) fn release_plan(way: &Way<'_>, steps: Vec<Step>) -> Plan {
    let (milvus, target) = (&way.snapshot.milvus, way.target);
    Plan {
        namespace: milvus.namespace.clone(),
        name: milvus.name.clone(),
        is_release: true,
        is_operator: false,
        mode: Some(milvus.mode()),
        from: milvus.current_image().or_else(|| milvus.image()),
        target: target.clone(),
        fingerprint: Fingerprint::of(way.snapshot),
        changes: way.changes(&steps),
        update_mode: ImageUpdateMode::All,
        order: Order::default(),
        command: way.command(),
        way_back: Some(way.way_back()),
        notes: way.notes(),
        steps,
    }
}

/// What the way of a release is made from.
pub(super) struct Way<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) knowledge: &'a Knowledge,
    pub(super) release: &'a Release,
    pub(super) target: &'a Target,
    pub(super) from: Option<MilvusVersion>,
}

impl Way<'_> {
    fn is_reached(&self) -> bool {
        if let Some(step) = self.back() {
            let goal = step.gate.goal().map(|goal| Roll::of(self.snapshot.scene(), goal, &Order::default()));
            return step.is_reached(self.snapshot, goal.as_ref());
        }
        let asked = self.release.image().as_ref() == Some(&self.target.image) && self.release.status == "deployed";
        let chart = self.target.chart.as_ref().is_none_or(|chart| *chart == self.release.chart);
        let goal = self.goal(&self.target.image, &self.target.version);
        let joined = self.target.direction != Direction::Join || self.is_joined();
        asked && chart && joined && Roll::of(self.snapshot.scene(), &goal, &Order::default()).is_complete()
    }

    /// From below 2.6 the way leads over a Milvus that can hand over, with one coordinator: 2.5.16 or newer on the last
    /// chart made for 2.5 (docs 2.6, `upgrade_milvus_cluster-helm.md`). Not where all that holds already.
    fn join_coordinators(&self) -> Option<Step> {
        let from = self.from.as_ref()?;
        let enters =
            !self.knowledge.topology(from).streams() && self.knowledge.topology(&self.target.version).streams();
        let least = self.knowledge.line_rules(self.target.version.line())?.minimum_source.as_ref()?;
        let is_apart = self.is_cluster() && !self.is_joined();
        if !enters || (!is_apart && from.numbers() >= least.numbers()) {
            return None;
        }
        let version = if from.numbers() >= least.numbers() { from } else { least };
        let chart = self.knowledge.chart_for(version.line())?.version.clone().max(self.release.chart.clone());
        let image = self.snapshot.milvus.image()?.at(version);
        let mut settings = vec![tag(&image)];
        if self.is_cluster() {
            settings.extend(one_coordinator("one coordinator hands over to 2.6"));
        }
        self.pin(&chart, &mut settings);
        let undo = Undo::ReleaseRollback;
        Some(self.step(JOIN, &chart, settings, self.goal(&image, version), undo))
    }

    /// One coordinator with the chart and the release that run.
    fn join(&self) -> Step {
        let (image, chart) = (&self.target.image, self.chart());
        let mut settings = vec![tag(image)];
        settings.extend(one_coordinator("one coordinator takes over from four"));
        self.pin(&chart, &mut settings);
        self.step(JOIN, &chart, settings, self.goal(image, &self.target.version), Undo::ReleaseRollback)
    }

    /// To the target itself.
    pub(super) fn go(&self) -> Step {
        let chart = self.chart();
        let mut settings = vec![tag(&self.target.image)];
        let repository = self.target.image.repository();
        if self.release.image().is_some_and(|image| image.repository() != repository) {
            settings.push(Setting::new("image.all.repository", repository.into(), "as asked"));
        }
        let enters = self.from.as_ref().is_none_or(|from| !self.knowledge.topology(from).streams());
        if enters && self.knowledge.topology(&self.target.version).streams() && self.is_cluster() {
            let line = self.target.version.line();
            settings.push(Setting::new("streaming.enabled", true.into(), &format!("{line} needs the streaming node")));
            settings.push(Setting::new("indexNode.enabled", false.into(), &format!("{line} has no index node")));
            settings.extend(one_coordinator(&format!("{line} has one coordinator")));
        }
        self.pin(&chart, &mut settings);
        let needs_backup =
            self.from.as_ref().is_none_or(|from| self.knowledge.needs_backup(from, &self.target.version));
        let undo = if needs_backup { Undo::RestoreBackup } else { Undo::ReleaseRollback };
        let goal = self.goal(&self.target.image, &self.target.version);
        self.step("upgrade-release", &chart, settings, goal, undo)
    }

    /// The chart to go to: the user's choice; the present one inside a line and from 2.6 on, where only the tag changes;
    /// else the newest that was made for the target's line (milvus.md §3.1, rules 60 and 69).
    fn chart(&self) -> Version {
        let taken = || self.knowledge.chart_to_take(&self.release.chart, self.from.as_ref(), &self.target.version);
        let kept = (self.target.direction == Direction::Join).then_some(&self.release.chart);
        let reverted = self.reverted().map(|revision| &revision.chart);
        let chosen = self.target.chart.as_ref().or(reverted).or(kept);
        chosen.cloned().unwrap_or_else(taken)
    }

    /// Adds a pin for every value whose default the new chart turns around and the user has not set: what the release
    /// has now stays.
    pub(super) fn pin(&self, chart: &Version, settings: &mut Vec<Setting>) {
        let is_cluster = self.is_cluster();
        let streams = self.knowledge.topology(&self.target.version).streams();
        let named = |settings: &[Setting], key: &str| settings.iter().any(|setting| setting.key == key);
        for flip in self.knowledge.flips(&self.release.chart, chart) {
            let concerns = is_cluster || !(flip.key.contains("oordinator") || flip.key.ends_with("Node.enabled"));
            // What the target itself needs is turned around on purpose, and the queue is said below.
            let is_wanted = streams && ["streaming.enabled", "indexNode.enabled"].contains(&flip.key.as_str());
            if concerns
                && !is_wanted
                && flip.key != QUEUE
                && !named(settings, &flip.key)
                && !self.release.is_given(&flip.key)
            {
                settings.push(Setting::new(&flip.key, self.present(flip), &flip.why));
            }
        }
        // Since 5.0.0 the default is another one, and a chart that is rendered elsewhere cannot look it up.
        if let (false, Some(queue)) = (is_cluster, self.release.message_queue().filter(|_| chart.major >= 5)) {
            settings.push(Setting::new(QUEUE, queue.to_string().into(), "the message queue stays what it is"));
        }
    }

    /// The value that a release has now.
    fn present(&self, flip: &Flip) -> Value {
        let text = if flip.before.is_empty() { &flip.after } else { &flip.before };
        let default = || match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            text => Value::from(text),
        };
        self.release.settings.get(&flip.key).cloned().unwrap_or_else(default)
    }

    fn step(&self, id: &str, chart: &Version, settings: Vec<Setting>, goal: Goal, undo: Undo) -> Step {
        let version = goal.image.tag().unwrap_or_default();
        let joins = if id == JOIN { ", one mixcoord" } else { "" };
        let keeps = if *chart == self.release.chart { " (as it is)" } else { "" };
        Step {
            id: id.into(),
            title: format!("chart {chart}{keeps}, {version}{joins}"),
            estimate_seconds: roll_seconds(self.snapshot, &goal.arriving),
            action: Action::Chart { version: chart.clone(), settings },
            gate: Gate::Complete { goal },
            undo,
            felt: self.felt().into(),
        }
    }

    fn goal(&self, image: &Image, version: &MilvusVersion) -> Goal {
        if !self.is_cluster() {
            return Goal { image: image.clone(), arriving: vec![Component::Standalone], leaving: vec![] };
        }
        let topology = self.knowledge.topology(version);
        let mut leaving = topology.without.clone();
        // The coordinators are joined in every step of the way.
        leaving.extend(Component::SEPARATE_COORDINATORS.into_iter().filter(|_| self.is_entering()));
        let running = self.snapshot.workload.deployments().iter().filter(|found| !found.is_idle());
        let mut arriving: Vec<Component> = running.map(|deployment| deployment.component).collect();
        arriving.extend(&topology.with);
        arriving.extend(self.is_entering().then_some(Component::MixCoord));
        arriving.retain(|component| !leaving.contains(component) && *component != Component::Standalone);
        for list in [&mut arriving, &mut leaving] {
            list.sort_unstable();
            list.dedup();
        }
        Goal { image: image.clone(), arriving, leaving }
    }

    fn is_entering(&self) -> bool {
        self.target.direction == Direction::Join || self.knowledge.topology(&self.target.version).is_mixcoord_only()
    }

    fn is_cluster(&self) -> bool {
        self.snapshot.milvus.mode() == Mode::Cluster
    }

    fn is_joined(&self) -> bool {
        let off = |section: &str| !self.release.is_on(&format!("{section}.enabled"));
        self.release.is_on("mixCoordinator.enabled") && SEPARATE.into_iter().all(off)
    }

    pub(super) fn felt(&self) -> &'static str {
        match self.snapshot.milvus.mode() {
            Mode::Cluster => "all components change at once",
            Mode::Standalone => "no service until it is done",
        }
    }

    fn changes(&self, steps: &[Step]) -> Vec<Change> {
        let old = self.release.image().map_or_else(|| "none".to_owned(), |image| image.to_string());
        let mut changes = vec![];
        if old != self.target.image.to_string() {
            let same = self.release.image().is_some_and(|image| image.repository() == self.target.image.repository());
            let new = self.target.image.to_string();
            let word = match self.target.image.tag() {
                Some(tag) if same => tag.to_owned(),
                _ => new.clone(),
            };
            let how = format!("{old} -> {word}");
            changes.push(Change::between("image", Some(old), Some(new), "").said(how));
        }
        let (before, after) = (&self.release.chart, self.chart());
        if *before != after {
            changes.push(Change::between("chart", Some(before.to_string()), Some(after.to_string()), ""));
            changes.extend(chart_dependencies(self.release, before, &after, self.knowledge));
        }
        let goal = self.reverted_goal().unwrap_or_else(|| self.goal(&self.target.image, &self.target.version));
        let runs = |component: &Component| {
            self.snapshot.workload.deployments().iter().any(|found| found.component == *component && !found.is_idle())
        };
        let line = self.target.version.line();
        for component in goal.arriving.iter().filter(|component| !runs(component)) {
            let why = match self.target.direction {
                Direction::Join => "takes over from four".to_owned(),
                _ => format!("required by {line}"),
            };
            changes.push(Change::between(component.label(), None, Some("running".into()), why).said("new"));
        }
        for component in goal.leaving.iter().filter(|component| runs(component)) {
            changes.push(Change::between(component.label(), Some("running".into()), None, ""));
        }
        let queue = self.release.message_queue().map_or_else(|| "as it is".to_owned(), |queue| queue.to_string());
        changes.push(Change::between("message queue", Some(queue.clone()), Some(queue), "stays"));
        let settings = steps.iter().flat_map(Step::settings).filter(|setting| setting.key != TAG);
        let mut seen: Vec<&str> = vec![];
        for setting in settings {
            if !seen.contains(&setting.key.as_str()) {
                seen.push(&setting.key);
                let (what, new) = (format!("{}={}", setting.key, bare(&setting.value)), bare(&setting.value));
                let old = self.release.settings.get(&setting.key).map(bare);
                changes.push(Change::between(what, old, Some(new), &setting.why).said("set"));
            }
        }
        changes.extend(self.reverted_values());
        changes
    }

    fn notes(&self) -> Vec<String> {
        let standby = self.release.is_on("mixCoordinator.activeStandby.enabled");
        match self.snapshot.milvus.mode() {
            Mode::Standalone => vec!["There will be downtime: the one pod is replaced".to_owned()],
            Mode::Cluster if standby => vec!["Helm keeps no order: all Deployments change at once".to_owned()],
            Mode::Cluster => vec![
                "There will be downtime: Helm keeps no order, all Deployments change at once, and the coordinator is \
                 replaced (mixCoordinator.activeStandby.enabled=true shortens it)"
                    .to_owned(),
            ],
        }
    }

    fn command(&self) -> String {
        let revision = self.target.revision.map(|revision| format!(" --to-revision {revision}")).unwrap_or_default();
        let words = format!("{}{revision}{}", self.to_words(), self.more_words());
        self.snapshot.milvus.plugin_command(self.verb(), &words)
    }

    /// What is wanted, as it is typed.
    pub(super) fn to_words(&self) -> String {
        let Target { version, image, .. } = self.target;
        match image.version() {
            _ if self.target.direction == Direction::Join => "mixcoord".to_owned(),
            Some(tagged) if tagged == *version => format!("--to {version}"),
            _ => format!("--image {image} --to {version}"),
        }
    }

    /// What was said besides, as it is typed.
    pub(super) fn more_words(&self) -> String {
        let Target { stated_from, backup, accepted, chart, .. } = self.target;
        let from = stated_from.as_ref().map(|from| format!(" --from-version {from}"));
        let chart = chart.as_ref().map(|chart| format!(" --chart-version {chart}"));
        let backup = backup.as_ref().map(|backup| format!(" --backup {}", shell_word(backup)));
        let accepted = accepted.iter().map(|code| format!(" --accept {code}"));
        let file = self.knowledge.file().map(|file| format!(" --knowledge {}", shell_word(file)));
        from.into_iter().chain(chart).chain(backup).chain(accepted).chain(file).collect()
    }

    fn way_back(&self) -> String {
        // Whether anything leads back is judged then.
        let revision = format!("--to-revision {}", self.release.revision);
        self.snapshot.milvus.plugin_command("rollback", &revision)
    }
}

/// The step in which one coordinator takes the place of four.
const JOIN: &str = "join-coordinators";
const TAG: &str = "image.all.tag";
const QUEUE: &str = "standalone.messageQueue";

pub(super) fn tag(image: &Image) -> Setting {
    Setting::new(TAG, image.tag().unwrap_or_default().into(), "always said, or the chart chooses")
}

fn one_coordinator(why: &str) -> Vec<Setting> {
    let off = SEPARATE.into_iter().map(|section| Setting::new(&format!("{section}.enabled"), json!(false), why));
    std::iter::once(Setting::new("mixCoordinator.enabled", json!(true), why)).chain(off).collect()
}

/// A value as `--set` takes it.
pub(super) fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
