use super::super::{
    Answer, Direction, Report, Target, missing_role,
    trial::{Verdict, target, trial_with},
};
use crate::{
    check::Ground,
    knowledge::Knowledge,
    snapshot::{
        Autoscaler, EtcdPlace,
        JobState::{Complete, Failed},
        MetadataTask::{Backup, Run},
        Part, Snapshot,
        sample::{half_way, release_before_2_2},
    },
};

fn migrate(snapshot: &Snapshot, code: u16) -> Answer {
    trial_with(snapshot, "2.2.16", code, |target| target.direction = Direction::Migrate)
}

fn blocking(snapshot: &Snapshot, to: &str, direction: Direction) -> Vec<String> {
    let wanted = Target { direction, ..target(snapshot, to) };
    let report = Report::of(&Ground { snapshot, target: Some(&wanted), knowledge: Knowledge::builtin() });
    let blocks = report.findings.iter().filter(|finding| finding.blocks());
    blocks.map(|finding| finding.code.to_string()).collect()
}

fn with_etcd(change: impl FnOnce(&mut EtcdPlace)) -> Snapshot {
    let mut snapshot = release_before_2_2();
    let etcd = snapshot.release.as_mut().and_then(|release| release.etcd.as_mut());
    change(etcd.expect("the sample says where it is"));
    snapshot
}

#[test]
fn a_healthy_release_of_2_1_may_be_migrated_and_goes_on_half_way() {
    assert_eq!(blocking(&release_before_2_2(), "2.2.16", Direction::Migrate), [""; 0]);
    assert_eq!(blocking(&release_before_2_2(), "2.4.24", Direction::Migrate), ["MV0101", "MV0102"]);
    assert_eq!(migrate(&release_before_2_2(), 1307).verdict(), Verdict::Fires);
    for jobs in [vec![], vec![(Backup, Complete)], vec![(Backup, Complete), (Run, Complete)]] {
        assert_eq!(blocking(&half_way(&jobs), "2.2.16", Direction::Migrate), [""; 0], "{jobs:?}");
        assert_eq!(blocking(&half_way(&jobs), "2.1.4", Direction::Restore), [""; 0], "{jobs:?}");
    }
}

#[test]
fn metadata_that_are_half_way_are_put_back_first() {
    let snapshot = half_way(&[(Backup, Complete), (Run, Failed)]);
    assert_eq!(blocking(&snapshot, "2.2.16", Direction::Migrate), ["MV1305"]);
    assert_eq!(blocking(&snapshot, "2.1.4", Direction::Restore), [""; 0]);
}

#[test]
fn an_autoscaler_of_ours_is_in_the_way_and_no_other() {
    let mut snapshot = release_before_2_2();
    let own = snapshot.workload.deployments()[0].name.clone();
    let scaler = |deployment: &str| Autoscaler { name: "s".into(), deployment: deployment.into(), min: 1, max: 3 };
    snapshot.workload.autoscalers = Part::Known(vec![scaler("other")]);
    assert_eq!(migrate(&snapshot, 1303).verdict(), Verdict::Fine);
    snapshot.workload.autoscalers = Part::Known(vec![scaler("other"), scaler(&own)]);
    assert_eq!(migrate(&snapshot, 1303).verdict(), Verdict::Fires);
    snapshot.workload.autoscalers = Part::Unknown("no right".into());
    assert_eq!(migrate(&snapshot, 1303).verdict(), Verdict::Unknown);
}

#[test]
fn several_endpoints_and_a_password_are_no_hindrance() {
    let reached = with_etcd(|etcd| etcd.has_password = true);
    assert_eq!(migrate(&reached, 1304).verdict(), Verdict::Fine);
    assert_eq!(migrate(&with_etcd(|etcd| etcd.has_tls = true), 1304).verdict(), Verdict::Fires);
    assert_eq!(migrate(&with_etcd(|etcd| etcd.endpoints.clear()), 1304).verdict(), Verdict::Fires);
    let mut nowhere = release_before_2_2();
    if let Some(release) = &mut nowhere.release {
        release.etcd = None;
    }
    assert_eq!(migrate(&nowhere, 1304).verdict(), Verdict::Fires);
    assert_eq!(migrate(&with_etcd(|etcd| etcd.is_embedded = true), 1306).verdict(), Verdict::Fires);
}

#[test]
fn who_may_not_take_a_step_is_told_before_anything_stops() {
    let mut snapshot = release_before_2_2();
    assert_eq!(migrate(&snapshot, 1310).verdict(), Verdict::Fine);
    snapshot.migration_scene.as_mut().expect("the sample has one").may_migrate = Part::Known(false);
    assert_eq!(migrate(&snapshot, 1310).verdict(), Verdict::Fires);
    let wanted = Target { direction: Direction::Migrate, ..target(&snapshot, "2.2.16") };
    let role = missing_role(&snapshot, &wanted).expect("a role");
    assert!(role.to_string().contains("persistentvolumeclaims") && !role.to_string().contains("milvusupgrades"));
}

#[test]
fn a_claim_of_a_release_needs_a_class_or_is_named() {
    let classless = |mut snapshot: Snapshot| {
        snapshot.migration_scene.as_mut().expect("the sample has one").default_class = Part::Known(None);
        snapshot
    };
    let snapshot = classless(release_before_2_2());
    assert_eq!(migrate(&release_before_2_2(), 1302).verdict(), Verdict::Fine);
    assert_eq!(migrate(&snapshot, 1302).verdict(), Verdict::Fires);
    let named = trial_with(&snapshot, "2.2.16", 1302, |target| {
        target.direction = Direction::Migrate;
        target.claim = Some("kept".into());
    });
    assert_eq!(named.verdict(), Verdict::Absent);
    assert_eq!(migrate(&classless(half_way(&[(Backup, Complete)])), 1302).verdict(), Verdict::Absent, "it is bound");
}
