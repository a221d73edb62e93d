//! Every answer of every rule about an upgrade of the operator itself.

use super::trial::{Verdict, judge};
use crate::{
    check::{Code, Ground, Report, Target},
    knowledge::Knowledge,
    snapshot::{
        OperatorScene, Part, Rest, Snapshot, Watched,
        sample::{healthy_cluster, operator_manifest, operator_release, watched},
    },
};
use Verdict::{Absent, Fine, Fires, Unknown};

fn target(version: &str) -> Target {
    Target::new(
        version.parse().expect("a version"),
        format!("milvusdb/milvus-operator:v{version}").parse().expect("an image"),
    )
}

fn verdict(snapshot: &Snapshot, to: Option<&str>, code: u16) -> Verdict {
    judge(snapshot, to.map(target).as_ref(), code).verdict()
}

fn scene(snapshot: &mut Snapshot) -> &mut OperatorScene {
    snapshot.operator_scene.as_mut().expect("a scene")
}

fn with_instance(version: &str, bend: impl FnOnce(&mut Watched)) -> Snapshot {
    let mut snapshot = operator_release(version);
    let mut milvus = watched("prod");
    bend(&mut milvus);
    scene(&mut snapshot).milvuses = Part::Known(vec![milvus]);
    snapshot
}

fn blind(version: &str) -> Snapshot {
    let mut snapshot = operator_release(version);
    scene(&mut snapshot).milvuses = Part::Unknown("no right to list milvuses".to_owned());
    snapshot
}

#[test]
fn how_it_was_installed_and_what_is_pinned() {
    let manifest = operator_manifest("1.3.0");
    assert_eq!(verdict(&manifest, Some("1.3.7"), 1001), Fires);
    assert_eq!(verdict(&manifest, Some("1.3.0"), 1001), Fine, "it is there already");
    assert_eq!(verdict(&manifest, None, 1001), Absent);
    assert_eq!(verdict(&operator_release("1.3.0"), Some("1.3.7"), 1001), Fine);
    let problem = judge(&manifest, Some(&target("1.3.7")), 1001).problem();
    assert!(problem.fix.contains("kubectl apply --server-side"), "{}", problem.fix);
    assert!(problem.fix.contains("/v1.3.7/deploy/manifests/deployment.yaml"), "{}", problem.fix);
    assert!(problem.evidence.iter().any(|line| line.contains("--take-ownership")), "{:?}", problem.evidence);

    assert_eq!(verdict(&operator_release("1.3.0"), Some("1.3.7"), 1002), Fires);
    assert_eq!(verdict(&operator_release("1.3.0"), None, 1002), Fires);
    assert_eq!(verdict(&operator_release("1.3.7"), Some("1.3.7"), 1002), Fine);
    assert_eq!(verdict(&operator_release("1.3.7"), None, 1002), Fine);
    let mut free = operator_release("1.3.0");
    free.release.as_mut().expect("a release").given.clear();
    assert_eq!(verdict(&free, Some("1.3.7"), 1002), Fine);
    assert_eq!(verdict(&manifest, None, 1002), Absent);
}

#[test]
fn the_direction_is_forward_and_the_start_is_known() {
    for (from, to, expected) in [
        ("1.3.7", "1.3.0", Fires),
        ("1.3.0", "1.3.7", Fine),
        ("1.3.6-hotfix3", "1.3.6", Fires),
        ("1.3.7", "1.3.7", Fine),
    ] {
        assert_eq!(verdict(&operator_release(from), Some(to), 1003), expected, "{from} to {to}");
    }
    assert_eq!(verdict(&operator_release("1.3.0"), None, 1003), Absent);
    let mut latest = operator_release("1.3.0");
    scene(&mut latest).deployment.operator.image = "milvusdb/milvus-operator:latest".to_owned();
    latest.milvus = scene(&mut latest).as_resource(None);
    assert_eq!(verdict(&latest, Some("1.3.7"), 1003), Absent);
    assert_eq!(verdict(&latest, Some("1.3.7"), 1009), Fires);
    assert_eq!(verdict(&latest, None, 1009), Absent);
    let mut told = target("1.3.7");
    told.stated_from = "1.3.0".parse().ok();
    assert_eq!(judge(&latest, Some(&told), 1009).verdict(), Fine);
    assert_eq!(verdict(&operator_release("1.3.0"), Some("1.3.7"), 1009), Fine);
    assert_eq!(verdict(&operator_release("1.3.0"), Some("1.3.99"), 1010), Fires);
    assert_eq!(verdict(&operator_release("1.3.0"), Some("1.3.7"), 1010), Fine);
    assert_eq!(verdict(&operator_release("1.3.0"), None, 1010), Absent);
}

#[test]
fn an_operator_with_the_wrong_etcd_is_jumped_over() {
    let owning = with_instance("1.3.0", |it| it.owns_etcd = true);
    assert_eq!(verdict(&owning, Some("1.3.4"), 1004), Fires);
    assert_eq!(verdict(&owning, Some("1.3.7"), 1004), Fine);
    assert_eq!(verdict(&operator_release("1.3.0"), Some("1.3.4"), 1004), Fine, "its etcd is not the operator's");
    assert_eq!(verdict(&blind("1.3.0"), Some("1.3.4"), 1004), Unknown);
    assert_eq!(verdict(&owning, None, 1004), Absent);
    let problem = judge(&owning, Some(&target("1.3.4")), 1004).problem();
    assert!(problem.fix.ends_with("--to 1.3.7"), "{}", problem.fix);
}

#[test]
fn instances_are_looked_at_one_by_one() {
    let follows = with_instance("1.3.0", |it| it.update_tool_image = true);
    let rolls = with_instance("1.3.0", |it| it.rest = Rest::Moving);
    let paused = with_instance("1.3.0", |it| it.rest = Rest::LeftAlone);
    let newer = with_instance("1.2.0", |it| it.version = "2.6.6".parse().ok());
    let nameless = with_instance("1.2.0", |it| it.version = None);
    for (name, snapshot, to, code, expected) in [
        ("follows", &follows, Some("1.3.7"), 1005, Fires),
        ("follows", &follows, None, 1005, Absent),
        ("sound", &operator_release("1.3.0"), Some("1.3.7"), 1005, Fine),
        ("there", &operator_release("1.3.7"), Some("1.3.7"), 1005, Fine),
        ("blind", &blind("1.3.0"), Some("1.3.7"), 1005, Unknown),
        ("rolls", &rolls, Some("1.3.7"), 1006, Fires),
        ("paused", &paused, Some("1.3.7"), 1006, Fine),
        ("rolls", &rolls, None, 1006, Absent),
        ("there", &with_instance("1.3.7", |it| it.rest = Rest::Moving), Some("1.3.7"), 1006, Absent),
        ("blind", &blind("1.3.0"), Some("1.3.7"), 1006, Unknown),
        ("newer", &newer, Some("1.2.8"), 1007, Fires),
        ("newer", &newer, Some("1.3.7"), 1007, Fine),
        ("nameless", &nameless, Some("1.2.8"), 1007, Fine),
        ("newer", &newer, None, 1007, Absent),
        ("blind", &blind("1.3.0"), Some("1.3.7"), 1007, Unknown),
    ] {
        assert_eq!(verdict(snapshot, to, code), expected, "MV{code} {name}");
    }
    let problem = judge(&follows, Some(&target("1.3.7")), 1005).problem();
    assert!(problem.fix.starts_with("kubectl -n vec patch milvus prod"), "{}", problem.fix);
    let problem = judge(&newer, Some(&target("1.2.8")), 1007).problem();
    assert!(problem.fix.ends_with("--to 1.3.7"), "{}", problem.fix);
}

#[test]
fn definitions_and_the_operators_own_state() {
    let mut elsewhere = operator_release("1.3.0");
    scene(&mut elsewhere).declared.clear();
    let mut behind = operator_release("1.3.0");
    scene(&mut behind).declared[0].fields.insert("v1alpha1:spec/new".to_owned());
    let mut gone = operator_release("1.3.0");
    scene(&mut gone).definitions = Part::Known(vec![]);
    let mut unseen = operator_release("1.3.0");
    scene(&mut unseen).definitions = Part::Unknown("no right to list definitions".to_owned());
    let mut starting = operator_release("1.3.0");
    scene(&mut starting).deployment.awaits = Some("0 of 1 pods are ready".to_owned());
    let mut away = operator_release("1.3.0");
    scene(&mut away).deployment.operator.ready = 0;
    let sound = operator_release("1.3.0");
    for (name, snapshot, to, code, expected) in [
        ("elsewhere", &elsewhere, Some("1.3.7"), 1008, Fires),
        ("elsewhere", &elsewhere, Some("1.3.0"), 1008, Fine),
        ("elsewhere", &elsewhere, None, 1008, Absent),
        ("sound", &sound, Some("1.3.7"), 1008, Fine),
        ("manifest", &operator_manifest("1.3.0"), Some("1.3.7"), 1008, Absent),
        ("behind", &behind, None, 1011, Fires),
        ("gone", &gone, Some("1.3.7"), 1011, Fires),
        ("unseen", &unseen, None, 1011, Unknown),
        ("elsewhere", &elsewhere, None, 1011, Absent),
        ("sound", &sound, None, 1011, Fine),
        ("starting", &starting, None, 1012, Fires),
        ("starting", &starting, Some("1.3.7"), 1012, Fires),
        ("starting", &starting, Some("1.3.0"), 1012, Absent),
        ("scaled away", &away, None, 1012, Fires),
        ("sound", &sound, None, 1012, Fine),
    ] {
        assert_eq!(verdict(snapshot, to, code), expected, "MV{code} {name} {to:?}");
    }
}

#[test]
fn rules_about_instances_are_silent_about_the_operator_and_the_other_way_round() {
    for code in 1001..=1012 {
        for to in [None, Some("2.6.6")] {
            assert_eq!(verdict(&healthy_cluster(), to, code), Absent, "MV{code}");
        }
    }
    let snapshot = operator_release("1.3.0");
    let wanted = target("1.3.7");
    let report = Report::of(&Ground { snapshot: &snapshot, target: Some(&wanted), knowledge: Knowledge::builtin() });
    let found: Vec<Code> = report.findings.iter().filter(|it| it.found().is_some()).map(|it| it.code).collect();
    assert_eq!(found, [Code::new(1002)]);
    assert!(!report.is_blocked() && report.tally().unknown == 0, "{report:?}");
    let mut pending = snapshot.clone();
    pending.release.as_mut().expect("a release").status = "pending-upgrade".to_owned();
    let report = Report::of(&Ground { snapshot: &pending, target: Some(&wanted), knowledge: Knowledge::builtin() });
    assert!(report.is_blocked(), "a lock of Helm's is a lock of the operator's too");
}
