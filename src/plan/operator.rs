//! The way of the operator itself: its chart, the user's values, and an image tag where the user has pinned one.

use semver::Version;

use super::{Action, Change, Fingerprint, Gate, Plan, Setting, Step, Undo};
use crate::{
    check::{Ground, Target},
    milvus::ImageUpdateMode,
    rollout::{Goal, Order, Roll},
    snapshot::{OperatorScene, Release, Snapshot, Watched, shell_word},
};

/// The value by which users pin the operator's image, and which they then forget.
pub(super) const TAG: &str = "image.tag";

/// Seconds for one pod of it to come, and for it to lead and look at every instance.
const SECONDS: u64 = 60;

/// The plan from what runs to the target; without steps where everything is reached already. Where Helm has no release
/// of it nothing can be carried out, and a finding says so.
pub(super) fn plan_operator(ground: &Ground<'_>, target: &Target, itself: &OperatorScene) -> Plan {
    let way = Way { snapshot: ground.snapshot, itself, target, release: ground.snapshot.release.as_ref() };
    let resource = &way.snapshot.milvus;
    let steps = if way.is_reached() { vec![] } else { vec![way.step()] };
    Plan {
        namespace: resource.namespace.clone(),
        name: resource.name.clone(),
        is_release: true,
        is_operator: true,
        mode: None,
        from: resource.current_image(),
        target: target.clone(),
        fingerprint: Fingerprint::of(way.snapshot),
        changes: way.changes(),
        update_mode: ImageUpdateMode::All,
        order: Order::default(),
        command: way.command(),
        way_back: way.way_back(),
        notes: way.notes(),
        steps,
    }
}

struct Way<'a> {
    snapshot: &'a Snapshot,
    itself: &'a OperatorScene,
    target: &'a Target,
    release: Option<&'a Release>,
}

impl Way<'_> {
    fn goal(&self) -> Goal {
        Goal { image: self.target.image.clone(), arriving: vec![], leaving: vec![] }
    }

    fn is_reached(&self) -> bool {
        let is_written = self.release.is_none_or(|release| {
            release.status == "deployed"
                && release.chart == self.chart()
                && self.snapshot.milvus.image().as_ref() == Some(&self.target.image)
        });
        is_written && Roll::of(self.snapshot.scene(), &self.goal(), &Order::default()).is_complete()
    }

    /// Charts of the operator have the version of the operator that is in them.
    fn chart(&self) -> Version {
        let named = || self.target.version.to_string().parse().ok();
        self.target.chart.clone().or_else(named).unwrap_or(Version::new(0, 0, 0))
    }

    fn step(&self) -> Step {
        let chart = self.chart();
        let keeps = self.release.is_some_and(|release| release.chart == chart);
        let keeps = if keeps { " (as it is)" } else { "" };
        Step {
            id: "upgrade-operator".into(),
            title: format!("chart milvus-operator {chart}{keeps}, image {}", self.tag()),
            estimate_seconds: SECONDS,
            action: Action::Chart { version: chart, settings: self.settings() },
            gate: Gate::Complete { goal: self.goal() },
            undo: Undo::ReleaseRollback,
            felt: self.felt(),
        }
    }

    fn tag(&self) -> &str {
        self.target.image.tag().unwrap_or_default()
    }

    /// A tag that the user never set comes with the chart; setting it would pin it for the next upgrade.
    fn settings(&self) -> Vec<Setting> {
        let mut settings = vec![];
        let Some(release) = self.release else { return settings };
        let repository = self.target.image.repository();
        if release.text("image.repository").is_some_and(|present| present != repository) {
            settings.push(Setting::new("image.repository", repository.into(), "as asked"));
        }
        let default = format!("v{}", self.target.version);
        if release.is_given(TAG) || self.tag() != default {
            let pinned = release.text(TAG).unwrap_or("none");
            let why = if release.is_given(TAG) {
                format!("your values pin it at {pinned}, which would keep the old operator")
            } else {
                "as asked".to_owned()
            };
            settings.push(Setting::new(TAG, self.tag().into(), &why));
        }
        settings
    }

    fn watched(&self) -> Vec<&Watched> {
        self.itself.watched().unwrap_or_default()
    }

    /// Instances whose pods carry the operator's own image.
    fn following(&self) -> Vec<String> {
        self.watched().iter().filter(|milvus| milvus.update_tool_image).map(|milvus| milvus.place()).collect()
    }

    fn felt(&self) -> String {
        match self.following().as_slice() {
            [] => "nothing: Milvus runs on".to_owned(),
            [one] => format!("pods of {one} restart"),
            many => format!("pods of {} instances restart", many.len()),
        }
    }

    fn changes(&self) -> Vec<Change> {
        let mut changes = vec![];
        let old = self.snapshot.milvus.current_image();
        if old.as_ref() != Some(&self.target.image) {
            let same = old.as_ref().is_some_and(|old| old.repository() == self.target.image.repository());
            let new = if same { self.tag().to_owned() } else { self.target.image.to_string() };
            let old = old.map_or_else(|| self.itself.operator().image.clone(), |old| old.to_string());
            let how = format!("{old} -> {new}");
            changes.push(Change::between("image", Some(old), Some(self.target.image.to_string()), "").said(how));
        }
        let chart = self.chart();
        if let Some(release) = self.release.filter(|release| release.chart != chart) {
            changes.push(Change::between("chart", Some(release.chart.to_string()), Some(chart.to_string()), ""));
        }
        if self.itself.brings_definitions() {
            changes.push(Change::new("definitions", "go with the chart", "no instance changes by that"));
        } else {
            changes.push(Change::new("definitions", "stay", "they do not come with the release"));
        }
        for setting in self.settings() {
            let value = setting.value.as_str().unwrap_or_default();
            changes.push(Change::new(format!("{}={value}", setting.key), "set", &setting.why));
        }
        changes.push(Change::new("your other values", "stay", "reset-then-reuse"));
        let watched = self.watched().len();
        if watched > 0 {
            let (noun, how) =
                if watched == 1 { ("instance", "stays as it is") } else { ("instances", "stay as they are") };
            changes.push(Change::new(format!("{watched} {noun}"), how, ""));
        }
        changes
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![];
        let following = self.following();
        if !following.is_empty() {
            notes.push(format!("There will be restarts: updateToolImage is true for {}", following.join(", ")));
        }
        if let Err(reason) = self.itself.watched() {
            notes.push(format!("The instances cannot be seen ({reason}), so nobody can tell what becomes of them"));
        }
        notes
    }

    fn command(&self) -> String {
        let Target { version, stated_from, accepted, image, .. } = self.target;
        let tagged = image.version().as_ref() == Some(version);
        let same = self.snapshot.milvus.image().is_some_and(|present| present.repository() == image.repository());
        let to = if tagged && same { format!("--to {version}") } else { format!("--image {image} --to {version}") };
        let from = stated_from.as_ref().map(|from| format!(" --from-version {from}"));
        let accepted = accepted.iter().map(|code| format!(" --accept {code}"));
        let words: String = from.into_iter().chain(accepted).collect();
        self.snapshot.milvus.plugin_command("upgrade", &format!("{to}{words}"))
    }

    fn way_back(&self) -> Option<String> {
        let resource = &self.snapshot.milvus;
        let (namespace, name) = (shell_word(&resource.namespace), shell_word(&resource.name));
        Some(format!("helm -n {namespace} rollback {name} {}", self.release?.revision))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        check::{Ground, Target},
        knowledge::Knowledge,
        plan::{Action, Plan, Step, plan_upgrade},
        snapshot::{
            Part, Snapshot,
            sample::{operator_manifest, operator_release, watched},
        },
    };

    fn target(image: &str) -> Target {
        let image: crate::milvus::Image = image.parse().expect("an image");
        Target::new(image.version().expect("a version"), image)
    }

    fn plan(snapshot: &Snapshot, image: &str) -> Plan {
        let target = target(image);
        plan_upgrade(&Ground { snapshot, target: Some(&target), knowledge: Knowledge::builtin() }, &target)
    }

    fn settings(plan: &Plan) -> Vec<String> {
        let settings = plan.steps.iter().flat_map(Step::settings);
        settings.map(|setting| format!("{}={}", setting.key, setting.value)).collect()
    }

    const NEW: &str = "milvusdb/milvus-operator:v1.3.7";

    #[test]
    fn a_pinned_tag_moves_and_says_why() {
        let plan = plan(&operator_release("1.3.0"), NEW);
        assert_eq!(plan.reference(), "operator/milvus-operator");
        assert_eq!(plan.steps.len(), 1);
        assert_eq!(plan.steps[0].title, "chart milvus-operator 1.3.7 (as it is), image v1.3.7");
        assert_eq!(settings(&plan), [r#"image.tag="v1.3.7""#]);
        assert!(plan.steps[0].settings()[0].why.contains("pin it at v1.3.0"));
        assert_eq!(plan.steps[0].felt, "nothing: Milvus runs on");
        assert_eq!(plan.way_back.as_deref(), Some("helm -n milvus-operator rollback milvus-operator 2"));
        let command = "kubectl milvus upgrade operator/milvus-operator -n milvus-operator --to 1.3.7";
        assert_eq!(plan.command, command);
        assert_eq!(plan.mode, None);
    }

    #[test]
    fn a_tag_that_the_chart_brings_is_left_to_it() {
        let mut snapshot = operator_release("1.3.0");
        let release = snapshot.release.as_mut().expect("a release");
        release.given.clear();
        release.chart = "1.3.0".parse().expect("a version");
        let made = plan(&snapshot, NEW);
        assert_eq!(settings(&made), [""; 0]);
        assert!(made.changes.iter().any(|change| change.how == "1.3.0 -> 1.3.7"));
        let mirrored = plan(&snapshot, "r.local/milvus-operator:1.3.7");
        assert_eq!(settings(&mirrored), [r#"image.repository="r.local/milvus-operator""#, r#"image.tag="1.3.7""#]);
        assert!(mirrored.command.ends_with("--image r.local/milvus-operator:1.3.7 --to 1.3.7"));
    }

    #[test]
    fn what_is_reached_needs_no_step_and_what_is_written_no_question() {
        let mut snapshot = operator_release("1.3.7");
        assert!(plan(&snapshot, NEW).is_empty());
        let scene = snapshot.operator_scene.as_mut().expect("a scene");
        scene.deployment.awaits = Some("0 of 1 pods are new".to_owned());
        let waiting = plan(&snapshot, NEW);
        assert_eq!(waiting.steps.len(), 1);
        assert!(!waiting.begins(&snapshot), "it is only waited for");
        let fresh = operator_release("1.3.0");
        assert!(plan(&fresh, NEW).begins(&fresh));
        snapshot.release.as_mut().expect("a release").status = "failed".to_owned();
        assert!(plan(&snapshot, NEW).begins(&snapshot), "a failed revision is gone over again");
    }

    #[test]
    fn instances_that_carry_the_operators_image_are_named() {
        let mut snapshot = operator_release("1.3.0");
        let mut tool = watched("prod");
        tool.update_tool_image = true;
        snapshot.operator_scene.as_mut().expect("a scene").milvuses = Part::Known(vec![tool]);
        let plan = plan(&snapshot, NEW);
        assert_eq!(plan.steps[0].felt, "pods of milvus/prod in vec restart");
        assert_eq!(plan.notes, ["There will be restarts: updateToolImage is true for milvus/prod in vec"]);
    }

    #[test]
    fn a_manifest_has_a_plan_that_a_finding_stops() {
        let plan = plan(&operator_manifest("1.3.0"), NEW);
        assert_eq!((plan.steps.len(), plan.way_back), (1, None));
        let Action::Chart { version, settings } = &plan.steps[0].action else { panic!("{:?}", plan.steps[0]) };
        assert_eq!((version.to_string().as_str(), settings.len()), ("1.3.7", 0));
        assert_eq!(json!(plan.steps[0].gate)["kind"], "complete");
    }
}
