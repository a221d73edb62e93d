use serde_json::json;

use super::super::{
    Answer, Code, Direction, Report, Target, missing_role,
    trial::{Verdict, target, trial, trial_with},
};
use crate::{
    check::Ground,
    knowledge::Knowledge,
    snapshot::{
        Migration, MigrationScene, Part, Snapshot,
        sample::{self, before_2_2, healthy_cluster, stop, with_migration},
    },
};

fn migrate(snapshot: &Snapshot, to: &str, code: u16) -> Answer {
    trial_with(snapshot, to, code, |target| target.direction = Direction::Migrate)
}

fn restore(snapshot: &Snapshot, code: u16) -> Answer {
    trial_with(snapshot, "2.1.4", code, |target| target.direction = Direction::Restore)
}

fn scene(snapshot: &mut Snapshot) -> &mut MigrationScene {
    snapshot.migration_scene.as_mut().expect("the sample has one")
}

fn change(snapshot: &mut Snapshot, change: impl FnOnce(&mut Migration)) {
    let Part::Known(migrations) = &mut scene(snapshot).migrations else { panic!("the sample knows them") };
    change(&mut migrations[0]);
}

fn blocking(snapshot: &Snapshot, wanted: &Target) -> Vec<String> {
    let report = Report::of(&Ground { snapshot, target: Some(wanted), knowledge: Knowledge::builtin() });
    let blocks = report.findings.iter().filter(|finding| finding.blocks());
    blocks.map(|finding| finding.code.to_string()).collect()
}

fn wanted(snapshot: &Snapshot, to: &str, direction: Direction) -> Target {
    Target { direction, ..target(snapshot, to) }
}

#[test]
fn a_healthy_2_1_may_be_migrated_and_nothing_else_may() {
    let snapshot = before_2_2();
    assert_eq!(blocking(&snapshot, &wanted(&snapshot, "2.2.16", Direction::Migrate)), [""; 0]);
    assert_eq!(blocking(&snapshot, &wanted(&snapshot, "2.4.24", Direction::Migrate)), ["MV0101", "MV0102"]);
    let by_image = wanted(&snapshot, "2.2.16", Direction::Forward);
    assert_eq!(blocking(&snapshot, &by_image.clone())[0], "MV0101");
    assert_eq!(by_image.by_migration(&snapshot, Knowledge::builtin()).direction, Direction::Migrate);
    for code in 1301..=1312 {
        assert_eq!(trial(&snapshot, Some("2.2.16"), code).verdict(), Verdict::Absent, "MV{code}");
        assert_eq!(trial(&snapshot, None, code).verdict(), Verdict::Absent, "MV{code}");
    }
}

#[test]
fn pairs_that_no_migration_leads_over_are_refused_with_the_right_way() {
    use Verdict::{Fine, Fires};
    for (from, to, nothing, elsewhere) in [
        ("2.1.4", "2.2.16", Fine, Fine),
        ("2.1.4", "2.4.24", Fine, Fires),
        ("2.0.2", "2.2.16", Fine, Fires),
        ("2.2.9", "2.3.22", Fires, Verdict::Absent),
        ("2.3.1", "2.4.24", Fires, Verdict::Absent),
        ("2.2.16", "2.1.4", Fires, Verdict::Absent),
    ] {
        let mut snapshot = before_2_2();
        sample::run_image(&mut snapshot, &format!("milvusdb/milvus:v{from}"));
        assert_eq!(migrate(&snapshot, to, 1301).verdict(), nothing, "{from} to {to}");
        assert_eq!(migrate(&snapshot, to, 102).verdict(), elsewhere, "{from} to {to}");
    }
    let mut snapshot = before_2_2();
    sample::run_image(&mut snapshot, "milvusdb/milvus:v2.2.9");
    assert_eq!(migrate(&snapshot, "2.3.22", 1301).problem().fix, "kubectl milvus upgrade prod -n vec --to 2.3.22");
    sample::run_image(&mut snapshot, "milvusdb/milvus@sha256:0123");
    assert_eq!(migrate(&snapshot, "2.2.16", 1301).verdict(), Verdict::Unknown);
}

#[test]
fn a_claim_needs_a_class_or_is_named() {
    let mut snapshot = before_2_2();
    assert_eq!(migrate(&snapshot, "2.2.16", 1302).verdict(), Verdict::Fine);
    scene(&mut snapshot).default_class = Part::Known(None);
    assert_eq!(migrate(&snapshot, "2.2.16", 1302).verdict(), Verdict::Fires);
    let named = trial_with(&snapshot, "2.2.16", 1302, |target| {
        target.direction = Direction::Migrate;
        target.claim = Some("kept".into());
    });
    assert_eq!(named.verdict(), Verdict::Absent);
    scene(&mut snapshot).default_class = Part::Unknown("no right to list storageclasses".into());
    assert_eq!(migrate(&snapshot, "2.2.16", 1302).verdict(), Verdict::Unknown);
    let begun = with_migration(snapshot, "BackupMeta");
    assert_eq!(migrate(&begun, "2.2.16", 1302).verdict(), Verdict::Absent);
    assert_eq!(migrate(&healthy_cluster(), "2.2.16", 1302).verdict(), Verdict::Unknown, "nobody looked");
}

#[test]
fn what_an_autoscaler_moves_cannot_be_stopped() {
    let mut snapshot = before_2_2();
    assert_eq!(migrate(&snapshot, "2.2.16", 1303).verdict(), Verdict::Fine);
    sample::set(&mut snapshot.milvus.spec, "/components/queryNode/replicas", json!(-1));
    let problem = migrate(&snapshot, "2.2.16", 1303).problem();
    assert_eq!(problem.evidence, ["spec.components.queryNode.replicas: -1"]);
}

#[test]
fn an_etcd_with_a_password_or_several_endpoints_is_out_of_reach() {
    assert_eq!(migrate(&before_2_2(), "2.2.16", 1304).verdict(), Verdict::Fine);
    for (path, value) in [
        ("/dependencies/etcd/endpoints", json!(["a:2379", "b:2379"])),
        ("/config/etcd/auth/enabled", json!(true)),
        ("/config/etcd/ssl/enabled", json!("true")),
    ] {
        let mut snapshot = before_2_2();
        sample::set(&mut snapshot.milvus.spec, path, value);
        assert_eq!(migrate(&snapshot, "2.2.16", 1304).verdict(), Verdict::Fires, "{path}");
        assert_eq!(restore(&snapshot, 1304).verdict(), Verdict::Fires, "{path}");
    }
}

#[test]
fn another_migration_has_to_be_settled_first() {
    use Verdict::{Fine, Fires};
    assert_eq!(migrate(&before_2_2(), "2.2.16", 1305).verdict(), Fine);
    for (state, other_image, verdict) in [
        ("BackupMeta", "milvusdb/milvus:v2.2.9", Fires),
        ("BackupMeta", "milvusdb/milvus:v2.2.16", Fine),
        ("RollbackFailed", "milvusdb/milvus:v2.2.16", Fires),
        ("UpdateMetaFailed", "milvusdb/milvus:v2.2.16", Fires),
        ("RollbackedSucceeded", "milvusdb/milvus:v2.2.16", Fine),
        ("Succeeded", "milvusdb/milvus:v2.2.9", Fine),
    ] {
        let mut snapshot = with_migration(before_2_2(), state);
        change(&mut snapshot, |migration| migration.target_image = other_image.into());
        assert_eq!(migrate(&snapshot, "2.2.16", 1305).verdict(), verdict, "{state} {other_image}");
    }
    let mut runs_again = with_migration(before_2_2(), "RollbackFailed");
    runs_again.milvus = before_2_2().milvus;
    assert_eq!(migrate(&runs_again, "2.2.16", 1305).verdict(), Fine, "it was put back by hand");
    let mut elsewhere = with_migration(before_2_2(), "BackupMeta");
    change(&mut elsewhere, |migration| migration.milvus = "demo".into());
    assert_eq!(migrate(&elsewhere, "2.2.16", 1305).verdict(), Fine, "it is about another instance");
    scene(&mut elsewhere).migrations = Part::Unknown("milvusupgrades are not served here".into());
    assert_eq!(migrate(&elsewhere, "2.2.16", 1305).verdict(), Verdict::Unknown);
}

#[test]
fn an_etcd_inside_milvus_is_never_migrated() {
    let mut snapshot = before_2_2();
    assert_eq!(migrate(&snapshot, "2.2.16", 1306).verdict(), Verdict::Fine);
    sample::set(&mut snapshot.milvus.spec, "/config/etcd/use/embed", json!(true));
    assert_eq!(migrate(&snapshot, "2.2.16", 1306).verdict(), Verdict::Fires);
}

#[test]
fn the_downtime_is_told_before_it_begins() {
    let problem = migrate(&before_2_2(), "2.2.16", 1307).problem();
    assert!(problem.evidence[0].starts_with("to be stopped: indexnode, rootcoord"), "{:?}", problem.evidence);
    let begun = with_migration(before_2_2(), "OldVersionStopping");
    assert_eq!(migrate(&begun, "2.2.16", 1307).verdict(), Verdict::Absent);
}

#[test]
fn a_migration_that_goes_on_is_not_asked_again() {
    for state in ["", "OldVersionStopping", "BackupMeta", "UpdatingMeta", "RollbackRestoringOldMeta"] {
        let snapshot = with_migration(before_2_2(), state);
        assert_eq!(blocking(&snapshot, &wanted(&snapshot, "2.2.16", Direction::Migrate)), [""; 0], "{state}");
    }
}

fn migrated() -> Snapshot {
    let mut snapshot = with_migration(before_2_2(), "Succeeded");
    sample::run_image(&mut snapshot, "milvusdb/milvus:v2.2.16");
    snapshot
}

#[test]
fn the_way_back_needs_what_the_migration_kept() {
    let snapshot = migrated();
    assert_eq!(blocking(&snapshot, &wanted(&snapshot, "2.1.4", Direction::Restore)), [""; 0]);
    assert_eq!(restore(&snapshot, 1308).verdict(), Verdict::Fine);
    let mut gone = migrated();
    scene(&mut gone).migrations = Part::Known(vec![]);
    assert_eq!(restore(&gone, 1308).verdict(), Verdict::Fires);
    stop(&mut gone);
    assert_eq!(restore(&gone, 1308).verdict(), Verdict::Fine, "image and replicas can still be put back");
    scene(&mut gone).migrations = Part::Unknown("no right".into());
    assert_eq!(restore(&gone, 1308).verdict(), Verdict::Unknown);
}

#[test]
fn what_may_be_half_way_is_asked_about() {
    use Verdict::{Fine, Fires};
    assert_eq!(restore(&migrated(), 1309).verdict(), Fine);
    let failed = with_migration(before_2_2(), "RollbackFailed");
    let mut target = wanted(&failed, "2.1.4", Direction::Restore);
    assert_eq!(blocking(&failed, &target), ["MV1309"]);
    target.accepted = vec![Code::new(1309)];
    assert_eq!(blocking(&failed, &target), [""; 0]);
    let mut untouched = failed.clone();
    change(&mut untouched, |migration| migration.is_rewritten = false);
    assert_eq!(restore(&untouched, 1309).verdict(), Fine);
    let mut gone = failed;
    scene(&mut gone).migrations = Part::Known(vec![]);
    assert_eq!(restore(&gone, 1309).verdict(), Fires);
}

#[test]
fn the_rights_for_a_migration_are_asked_for() {
    let mut snapshot = before_2_2();
    assert_eq!(migrate(&snapshot, "2.2.16", 1310).verdict(), Verdict::Fine);
    scene(&mut snapshot).may_migrate = Part::Known(false);
    assert_eq!(migrate(&snapshot, "2.2.16", 1310).verdict(), Verdict::Fires);
    let role = missing_role(&snapshot, &wanted(&snapshot, "2.2.16", Direction::Migrate)).expect("a Role");
    assert_eq!(role["rules"][0]["resources"], json!(["milvusupgrades"]));
    scene(&mut snapshot).may_migrate = Part::Unknown("the review failed".into());
    assert_eq!(migrate(&snapshot, "2.2.16", 1310).verdict(), Verdict::Unknown);
    let failed = with_migration(before_2_2(), "RollbackFailed");
    assert_eq!(restore(&failed, 1310).verdict(), Verdict::Absent, "image and replicas are put back without it");
    assert_eq!(restore(&migrated(), 1310).verdict(), Verdict::Fine);
}

#[test]
fn an_operator_that_leaves_migrations_alone_is_named() {
    for (names, verdict) in [
        (vec![], Verdict::Fine),
        (vec!["milvuscluster"], Verdict::Fine),
        (vec!["milvusupgrade"], Verdict::Fires),
        (vec!["all"], Verdict::Fires),
    ] {
        let mut snapshot = before_2_2();
        let mut operator = sample::operator();
        operator.stopped_reconcilers = names.into_iter().map(str::to_owned).collect();
        snapshot.operators = Part::Known(vec![operator]);
        assert_eq!(migrate(&snapshot, "2.2.16", 1311).verdict(), verdict);
    }
    let mut blind = before_2_2();
    blind.operators = Part::Unknown("no right".into());
    assert_eq!(migrate(&blind, "2.2.16", 1311).verdict(), Verdict::Unknown);
}

#[test]
fn a_stated_version_would_stay_behind() {
    let mut snapshot = before_2_2();
    assert_eq!(migrate(&snapshot, "2.2.16", 1312).verdict(), Verdict::Fine);
    sample::set(&mut snapshot.milvus.spec, "/components/version", json!("2.1.4"));
    assert_eq!(migrate(&snapshot, "2.2.16", 1312).verdict(), Verdict::Fires);
}
