use serde_json::{Value, json};

use crate::{
    check::{Ground, Target},
    knowledge::Knowledge,
    milvus::Component,
    plan::{Action, Gate, Plan, Undo, plan_upgrade},
    snapshot::{Snapshot, sample::release},
};

fn plan(snapshot: &Snapshot, to: &str) -> Plan {
    let version = to.parse().expect("a version");
    let image = snapshot.milvus.image().expect("an image").at(&version);
    let target = Target::new(version, image);
    plan_upgrade(&Ground { snapshot, target: Some(&target), knowledge: Knowledge::builtin() }, &target)
}

/// Chart and values of each step.
fn steps(plan: &Plan) -> Vec<(String, Vec<String>)> {
    let step = |action: &Action| match action {
        Action::Chart { version, settings } => {
            let set = settings.iter().map(|it| format!("{}={}", it.key, it.value)).collect();
            (version.to_string(), set)
        }
        other => panic!("no step of Helm: {other:?}"),
    };
    plan.steps.iter().map(|it| step(&it.action)).collect()
}

fn cluster(tag: &str, more: &Value) -> Value {
    let mut settings = json!({"cluster.enabled": true, "image.all.tag": tag, "mixCoordinator.enabled": true});
    for (key, value) in more.as_object().expect("an object") {
        settings[key] = value.clone();
    }
    settings
}

#[test]
fn one_mixcoord_of_2_5_16_goes_straight_to_2_6() {
    let snapshot = release("4.2.58", &cluster("v2.5.16", &json!({"pulsarv3.enabled": true})));
    let plan = plan(&snapshot, "2.6.22");
    let [(chart, set)] = &steps(&plan)[..] else { panic!("{plan:?}") };
    assert_eq!(chart, "5.0.22");
    assert_eq!(
        set[..4],
        [
            r#"image.all.tag="v2.6.22""#,
            "streaming.enabled=true",
            "indexNode.enabled=false",
            "mixCoordinator.enabled=true"
        ]
    );
    assert!(set.contains(&"etcd.auth.rbac.create=false".to_owned()), "{set:?}");
    assert_eq!(plan.steps[0].undo, Undo::RestoreBackup);
    assert_eq!(plan.way_back.as_deref(), Some("kubectl milvus rollback release/my -n vec --to-revision 1"));
}

#[test]
fn separate_coordinators_and_older_versions_go_over_a_step_of_their_own() {
    let apart = json!({"mixCoordinator.enabled": false, "rootCoordinator.enabled": true});
    for (tag, over) in [("v2.5.22", "2.5.22"), ("v2.5.3", "2.5.16")] {
        let plan = plan(&release("4.2.40", &cluster(tag, &apart)), "2.6.22");
        let [(chart, set), (last, _)] = &steps(&plan)[..] else { panic!("{plan:?}") };
        assert_eq!((chart.as_str(), last.as_str()), ("4.2.58", "5.0.22"));
        assert_eq!(set[0], format!(r#"image.all.tag="v{over}""#));
        assert!(set.contains(&"rootCoordinator.enabled=false".to_owned()), "{set:?}");
        assert_eq!(plan.point_of_no_return(), Some(1));
        let Gate::Complete { goal } = &plan.steps[0].gate else { panic!("{plan:?}") };
        assert!(goal.leaving.contains(&Component::RootCoord) && goal.arriving.contains(&Component::MixCoord));
    }
}

#[test]
fn a_standalone_sets_the_tag_and_keeps_its_queue() {
    let snapshot = release("4.2.58", &json!({"image.all.tag": "v2.5.16"}));
    let plan = plan(&snapshot, "2.6.22");
    let expected =
        [r#"image.all.tag="v2.6.22""#, "etcd.auth.rbac.create=false", r#"standalone.messageQueue="rocksmq""#];
    let expected = expected.map(str::to_owned).to_vec();
    let mut found = steps(&plan);
    found[0].1.retain(|set| !set.starts_with("pulsar"));
    assert_eq!(found, [("5.0.22".to_owned(), expected)]);
}

#[test]
fn patches_and_3_0_keep_the_chart() {
    let settings = cluster("v2.6.15", &json!({"streaming.enabled": true, "pulsarv3.enabled": true}));
    let snapshot = release("5.0.19", &settings);
    for to in ["2.6.22", "3.0.0"] {
        let tag = format!(r#"image.all.tag="v{to}""#);
        assert_eq!(steps(&plan(&snapshot, to)), [("5.0.19".to_owned(), vec![tag])], "{to}");
    }
    assert_eq!(plan(&snapshot, "2.6.22").steps[0].undo, Undo::ReleaseRollback);
}

#[test]
fn defaults_that_would_turn_around_are_pinned_unless_the_user_said_so() {
    let mut snapshot = release("4.2.20", &cluster("v2.4.15", &json!({"pulsar.enabled": true})));
    let pinned = |snapshot: &Snapshot| {
        let found = steps(&plan(snapshot, "2.5.27"));
        let is_pulsar = |set: &String| set.starts_with("pulsar");
        found[0].1.iter().filter(|set| is_pulsar(set)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(pinned(&snapshot), ["pulsar.enabled=true", "pulsarv3.enabled=false"]);
    let seen = snapshot.release.as_mut().expect("a release");
    seen.given.push("pulsar.enabled".to_owned());
    assert_eq!(pinned(&snapshot), ["pulsarv3.enabled=false"]);
}
