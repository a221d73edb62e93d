use semver::Version;
use serde_json::json;

use super::joined_at;
use crate::{
    check::{Direction, Ground, Target},
    knowledge::Knowledge,
    milvus::Component,
    plan::{Action, Gate, Plan, Refusal, Undo, plan_upgrade},
    snapshot::{
        Operator, Part, Snapshot,
        sample::{healthy_cluster, release, separate_coordinators, set, standalone},
    },
};

fn plan(snapshot: &Snapshot) -> Plan {
    let image = snapshot.milvus.image().expect("an image");
    let version = image.version().expect("a version");
    let target = Target { direction: Direction::Join, ..Target::new(version, image) };
    plan_upgrade(&Ground { snapshot, target: Some(&target), knowledge: Knowledge::builtin() }, &target)
}

#[test]
fn the_image_stays_and_mixcoord_takes_over() {
    let plan = plan(&separate_coordinators());
    let titles: Vec<&str> = plan.steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(titles, ["add mixcoord, at the version that runs", "mixcoord takes over; the four coordinators leave"]);
    let Action::Patch { patch } = &plan.steps[0].action else { panic!("{plan:?}") };
    assert_eq!(*patch, json!({"spec": {"components": {"mixCoord": {"replicas": 1}}}}));
    assert_eq!((plan.steps[1].felt.as_str(), plan.steps[1].undo), ("DDL waits", Undo::PatchBack));
    assert_eq!(plan.command, "kubectl milvus migrate prod -n vec mixcoord");
    assert_eq!((plan.way_back, plan.notes.len()), (None, 0));
    let changed: Vec<String> = plan
        .changes
        .iter()
        .filter(|change| !change.is_same() && change.what.ends_with("coord"))
        .map(|change| format!("{} {}: {}", change.what, change.how, change.why))
        .collect();
    assert_eq!(
        changed,
        [
            "mixcoord new, 1 replica: takes over from four",
            "rootcoord removed: its work moves to mixcoord",
            "datacoord removed: its work moves to mixcoord",
            "indexcoord removed: its work moves to mixcoord",
            "querycoord removed: its work moves to mixcoord",
        ]
    );
    assert!(plan.changes.iter().all(|change| change.what != "image"), "{:?}", plan.changes);
}

#[test]
fn one_mixcoord_needs_no_step() {
    assert!(plan(&healthy_cluster()).is_empty());
}

#[test]
fn half_way_the_same_goes_on_without_a_write() {
    let mut snapshot = separate_coordinators();
    set(&mut snapshot.milvus.spec, "/components/mixCoord", json!({"replicas": 1}));
    let plan = plan(&snapshot);
    assert!(!plan.is_empty() && !plan.begins(&snapshot));
}

#[test]
fn without_rolling_updates_nobody_stands_by() {
    let mut snapshot = separate_coordinators();
    set(&mut snapshot.milvus.spec, "/components/enableRollingUpdate", json!(false));
    assert!(plan(&snapshot).notes[0].starts_with("Rolling updates are off"));
}

#[test]
fn a_release_keeps_its_chart_and_its_tag() {
    let apart = json!({
        "cluster.enabled": true, "image.all.tag": "v2.5.16", "mixCoordinator.enabled": false,
        "rootCoordinator.enabled": true, "queryCoordinator.enabled": true, "indexCoordinator.enabled": true,
        "dataCoordinator.enabled": true,
    });
    let plan = plan(&release("4.2.58", &apart));
    let [step] = &plan.steps[..] else { panic!("{plan:?}") };
    assert_eq!(step.title, "chart 4.2.58 (as it is), v2.5.16, one mixcoord");
    let set: Vec<String> = step.settings().iter().map(|it| format!("{}={}", it.key, it.value)).collect();
    assert_eq!(
        set,
        [
            r#"image.all.tag="v2.5.16""#,
            "mixCoordinator.enabled=true",
            "rootCoordinator.enabled=false",
            "queryCoordinator.enabled=false",
            "indexCoordinator.enabled=false",
            "dataCoordinator.enabled=false",
        ]
    );
    let Gate::Complete { goal } = &step.gate else { panic!("{step:?}") };
    assert!(goal.arriving.contains(&Component::MixCoord) && goal.leaving.contains(&Component::RootCoord));
    assert_eq!(step.undo, Undo::ReleaseRollback);
    assert_eq!(plan.command, "kubectl milvus migrate release/my -n vec mixcoord");
    assert_eq!(plan.way_back.as_deref(), Some("kubectl milvus rollback release/my -n vec --to-revision 1"));
}

fn refusal(snapshot: &Snapshot) -> Refusal {
    joined_at(snapshot, None, Knowledge::builtin()).expect_err("it cannot be joined")
}

#[test]
fn version_and_image_stay() {
    for snapshot in [healthy_cluster(), separate_coordinators()] {
        let (version, image) = joined_at(&snapshot, None, Knowledge::builtin()).expect("it can be joined, or is");
        assert_eq!((version.to_string().as_str(), Some(image)), ("2.5.22", snapshot.milvus.image()));
    }
}

#[test]
fn what_cannot_be_joined_is_refused_with_the_reason() {
    let why = refusal(&standalone());
    assert!(why.is_usage);
    assert_eq!(why.problem, "milvus/demo is a standalone: its one pod holds the coordinators already");
    let mut old = separate_coordinators();
    set(&mut old.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.2.2"));
    set(&mut old.milvus.status, "/currentImage", json!("milvusdb/milvus:v2.2.2"));
    set(&mut old.milvus.status, "/currentVersion", json!("v2.2.2"));
    let why = refusal(&old);
    assert!(!why.is_usage);
    assert_eq!(why.problem, "coordinators of 2.2.2 cannot hand over to a mixcoord");
    let settings = json!({"cluster.enabled": true, "image.all.tag": "v2.2.16", "rootCoordinator.enabled": true});
    let why = refusal(&release("4.0.9", &settings));
    assert!(!why.is_usage);
    assert_eq!(why.problem, "chart 4.0.9 has no mixcoord; 4.0.10 was the first");
    assert_eq!(joined_at(&release("4.0.10", &settings), None, Knowledge::builtin()).err(), None);
}

#[test]
fn an_operator_that_leaves_the_four_is_refused() {
    let mut snapshot = separate_coordinators();
    let old = Operator { version: Some(Version::new(1, 2, 8)), ..snapshot.operator().expect("one").clone() };
    snapshot.operators = Part::Known(vec![old]);
    let why = refusal(&snapshot);
    assert!(!why.is_usage && why.problem.contains("operator 1.2.8 would leave the four coordinators running"));
}
