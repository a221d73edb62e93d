use serde_json::json;

use super::{before_migration, plan_migration};
use crate::{
    check::{Direction, Ground, Target},
    knowledge::Knowledge,
    milvus::{Component, Image},
    plan::{Action, Gate, Plan, Undo},
    snapshot::{
        Part, Snapshot, Standing,
        sample::{before_2_2, run_image, with_migration},
    },
};

const NAME: &str = "prod-to-2-2-16";

fn target(image: &str, direction: Direction) -> Target {
    let image: Image = image.parse().expect("an image");
    Target { direction, ..Target::new(image.version().expect("a version"), image) }
}

fn plan_for(snapshot: &Snapshot, target: &Target) -> Plan {
    plan_migration(&Ground { snapshot, target: Some(target), knowledge: Knowledge::builtin() }, target)
}

fn migrate(snapshot: &Snapshot) -> Plan {
    plan_for(snapshot, &target("milvusdb/milvus:v2.2.16", Direction::Migrate))
}

fn restore(snapshot: &Snapshot) -> Plan {
    plan_for(snapshot, &target("milvusdb/milvus:v2.1.4", Direction::Restore))
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

fn written(plan: &Plan) -> serde_json::Value {
    match &plan.steps[0].action {
        Action::Migrate { migration } => migration.clone(),
        Action::Patch { patch } => patch.clone(),
        other => panic!("nothing is written: {other:?}"),
    }
}

/// Wholly migrated, the migration kept.
fn migrated() -> Snapshot {
    let mut snapshot = with_migration(before_2_2(), "Succeeded");
    run_image(&mut snapshot, "milvusdb/milvus:v2.2.16");
    snapshot
}

#[test]
fn every_field_is_said() {
    let snapshot = before_2_2();
    let plan = migrate(&snapshot);
    assert_eq!(ids(&plan), ["begin-migration", "stop", "backup-metadata", "rewrite-metadata", "start"]);
    assert!(plan.steps.iter().all(|step| step.undo == Undo::RestoreMetadata));
    assert_eq!(plan.point_of_no_return(), None, "the migration keeps what it rewrites");
    assert!(plan.begins(&snapshot));
    let wanted = json!({
        "operation": "upgrade", "milvus": {"name": "prod", "namespace": "vec"}, "sourceVersion": "2.1.4",
        "targetVersion": "2.2.16", "targetImage": "milvusdb/milvus:v2.2.16",
        "toolImage": "milvusdb/meta-migration:v2.2.0-bugfix-20230112", "maxRetry": 3, "rollbackIfFailed": true,
    });
    assert_eq!(written(&plan)["spec"], wanted);
    assert_eq!(written(&plan)["metadata"], json!({"name": NAME, "namespace": "vec"}));
    assert_eq!(plan.command, "kubectl milvus migrate prod -n vec --to 2.2.16");
    assert_eq!(plan.way_back.as_deref(), Some("kubectl milvus migrate prod -n vec --rollback"));
}

#[test]
fn ones_own_tool_and_claim_are_said_too() {
    let mut wanted = target("r.local/milvus:v2.2.16-gpu", Direction::Migrate);
    wanted.tool = "r.local/meta-migration:v1".parse().ok();
    wanted.claim = Some("kept".into());
    let plan = plan_for(&before_2_2(), &wanted);
    let spec = &written(&plan)["spec"];
    assert_eq!((&spec["toolImage"], &spec["backupPVC"]), (&json!("r.local/meta-migration:v1"), &json!("kept")));
    assert_eq!(spec["targetVersion"], "2.2.16", "the program knows no variants");
    assert!(plan.command.ends_with("--tool-image r.local/meta-migration:v1 --backup-claim kept"), "{}", plan.command);
}

#[test]
fn a_migration_that_is_there_is_gone_on_with() {
    let before: Vec<Component> = migrate(&before_2_2()).steps[4].gate.goal().expect("a goal").arriving.clone();
    for (state, reached) in [("", 1), ("OldVersionStopping", 1), ("BackupMeta", 2), ("UpdatingMeta", 3)] {
        let snapshot = with_migration(before_2_2(), state);
        let plan = migrate(&snapshot);
        let done = plan.steps.iter().take_while(|step| step.is_reached(&snapshot, None)).count();
        assert_eq!(done, reached, "{state}");
        assert!(!plan.begins(&snapshot), "nobody is asked again");
        let goal = plan.steps[4].gate.goal().expect("a goal");
        assert_eq!(goal.arriving, before, "what was stopped comes back: {state}");
    }
    assert!(migrate(&migrated()).is_empty());
}

#[test]
fn succeeded_counts_once_the_resource_asks_for_the_new_image() {
    let early = with_migration(before_2_2(), "Succeeded");
    let plan = migrate(&early);
    let rewrite = &migrate(&before_2_2()).steps[3];
    assert!(matches!(&rewrite.gate, Gate::Migrated { image: Some(_), .. }));
    assert!(!rewrite.is_reached(&early, None), "its watch is behind");
    assert!(rewrite.is_reached(&migrated(), None));
    assert!(!plan.is_empty());
}

#[test]
fn what_was_taken_back_keeps_its_name() {
    let snapshot = with_migration(before_2_2(), "RollbackedSucceeded");
    assert_eq!(written(&migrate(&snapshot))["metadata"]["name"], "prod-to-2-2-16-2");
    assert!(restore(&snapshot).is_empty(), "the old release runs");
    assert_eq!(before_migration(&snapshot).map(|(version, _)| version.to_string()).as_deref(), Some("2.1.4"));
}

#[test]
fn the_way_back_goes_by_the_migration_while_the_operator_does_it() {
    let snapshot = migrated();
    let plan = restore(&snapshot);
    assert_eq!(ids(&plan), ["turn-migration", "stop", "restore-metadata", "start"]);
    assert_eq!(plan.steps[0].action, Action::Turn { migration: NAME.to_owned() });
    assert_eq!(plan.command, "kubectl milvus migrate prod -n vec --rollback");
    assert_eq!(
        before_migration(&snapshot).map(|(_, image)| image.to_string()).as_deref(),
        Some("milvusdb/milvus:v2.1.4")
    );
}

#[test]
fn what_runs_for_now_is_not_taken_for_the_end() {
    let begun = with_migration(before_2_2(), "");
    assert_eq!(ids(&restore(&begun))[0], "turn-migration", "it is about to stop");
    let mut by_hand = with_migration(before_2_2(), "Succeeded");
    run_image(&mut by_hand, "milvusdb/milvus:v2.1.4");
    assert_eq!(ids(&restore(&by_hand))[0], "turn-migration", "the image alone leads not back");
}

#[test]
fn where_the_operator_gave_up_image_and_replicas_are_put_back() {
    let failed = with_migration(before_2_2(), "RollbackFailed");
    let mut gone = failed.clone();
    let noted = Standing::of_spec(&before_2_2().milvus.spec);
    let scene = gone.migration_scene.as_mut().expect("the sample has one");
    (scene.migrations, scene.before) = (Part::Known(vec![]), noted);
    for snapshot in [failed, gone] {
        let plan = restore(&snapshot);
        assert_eq!(ids(&plan), ["restore-spec", "start"]);
        let patch = written(&plan);
        assert_eq!(patch["metadata"]["annotations"], json!({"milvus.io/stopped-at": null}));
        let components = &patch["spec"]["components"];
        assert_eq!(components["image"], "milvusdb/milvus:v2.1.4");
        assert_eq!(components["queryNode"], json!({"replicas": 2}));
        let goal = plan.steps[1].gate.goal().expect("a goal");
        assert!(goal.arriving.contains(&Component::RootCoord) && goal.arriving.contains(&Component::Proxy));
        assert!(before_migration(&snapshot).is_some());
    }
    assert_eq!(before_migration(&before_2_2()), None);
}
