use jiff::Timestamp;
use semver::Version;
use serde_json::json;

use super::{Procedure, Standing, pulsar_3};
use crate::{
    knowledge::Knowledge,
    plan::Refusal,
    snapshot::{
        Operator, Part, ReleaseObject, Snapshot,
        sample::{self, healthy_cluster, on_pulsar_2, on_pulsar_3, release_on_pulsar_2, run_image, set, standalone},
    },
};

fn way(snapshot: &Snapshot, flushed: bool) -> Procedure {
    pulsar_3(snapshot, None, flushed, Knowledge::builtin()).expect("a way")
}

fn refusal(snapshot: &Snapshot) -> Refusal {
    pulsar_3(snapshot, None, true, Knowledge::builtin()).expect_err("no way")
}

/// `id word` of every step.
fn standings(procedure: &Procedure) -> Vec<String> {
    procedure.steps.iter().map(|step| format!("{} {}", step.id, step.standing.word())).collect()
}

/// All that is told to type in a step.
fn commands(procedure: &Procedure, id: &str) -> String {
    let step = procedure.steps.iter().find(|step| step.id == id).expect("the step");
    step.commands.join("\n")
}

#[test]
fn nothing_behind_the_flush_is_told_before_it_is_confirmed() {
    for snapshot in [on_pulsar_2(), release_on_pulsar_2()] {
        let blind = way(&snapshot, false);
        assert!(blind.is_withheld());
        assert_eq!(standings(&blind)[..3], ["backup unknown", "writers unknown", "flush unknown"]);
        assert!(blind.steps[3..].iter().all(|step| step.standing == Standing::Later), "{blind:?}");
        assert!(commands(&blind, "flush").contains("/api/v1/persist/state -d @flushing.json"));
        let text = serde_json::to_string(&blind).expect("a document");
        for dangerous in ["delete milvus", "uninstall my", "delete pvc", "deletionPolicy"] {
            assert!(!text.contains(dangerous), "{dangerous} in {text}");
        }
        let told = way(&snapshot, true);
        assert!(!told.is_withheld() && told.steps.iter().all(|step| !step.withheld));
        assert_eq!(standings(&told)[..3], ["backup said", "writers said", "flush said"]);
        assert_eq!(told.steps[3].standing, Standing::Next);
        assert_eq!(told.point_of_no_return(), Some(3));
    }
}

#[test]
fn a_release_that_helm_does_not_know_is_not_told_to_be_uninstalled() {
    let mut snapshot = release_on_pulsar_2();
    snapshot.release.as_mut().expect("a release").revision = 0;
    let refusal = refusal(&snapshot);
    assert!(refusal.problem.starts_with("Helm keeps no record of release/my") && !refusal.is_usage, "{refusal:?}");
}

#[test]
fn of_a_resource_only_pulsar_goes_with_its_deletion() {
    let procedure = way(&on_pulsar_2(), true);
    assert_eq!(standings(&procedure)[3..], ["keep next", "stop later", "claims later", "start later", "check later"]);
    let keep = commands(&procedure, "keep");
    assert!(keep.starts_with("kubectl -n vec get milvus prod -o yaml > prod.yaml\n"), "{keep}");
    assert!(keep.contains(r#""etcd":{"inCluster":{"deletionPolicy":"Retain","pvcDeletion":false}}"#), "{keep}");
    assert!(keep.contains(r#""pulsar":{"inCluster":{"deletionPolicy":"Delete","pvcDeletion":true}}"#), "{keep}");
    let claims = commands(&procedure, "claims");
    let names = "prod-pulsar-bookie-journal-prod-pulsar-bookie-0 prod-pulsar-bookie-ledgers-prod-pulsar-bookie-0";
    assert_eq!(
        claims,
        format!(
            "kubectl -n vec delete pvc {names} --ignore-not-found\nkubectl get pv pv-journal pv-ledgers --ignore-not-found"
        )
    );
    assert!(commands(&procedure, "start").contains(r#""inCluster":{"chartVersion":"pulsar-v3","values":null}"#));
    assert!(
        commands(&procedure, "flush").starts_with("kubectl -n vec port-forward deploy/prod-milvus-proxy 9091:9091 &")
    );
}

#[test]
fn that_the_policies_are_written_does_not_say_that_the_file_is_there() {
    let mut snapshot = on_pulsar_2();
    for part in ["etcd", "storage"] {
        set(&mut snapshot.milvus.spec, &format!("/dependencies/{part}/inCluster/pvcDeletion"), json!(false));
    }
    let taken = json!({"chartVersion": "pulsar-v2", "deletionPolicy": "Delete", "pvcDeletion": true});
    set(&mut snapshot.milvus.spec, "/dependencies/pulsar/inCluster", taken);
    let procedure = way(&snapshot, true);
    assert_eq!(standings(&procedure)[3..5], ["keep unknown", "stop later"]);
    let keep = commands(&procedure, "keep");
    assert_eq!(keep, "ls -l prod.yaml || kubectl -n vec get milvus prod -o yaml > prod.yaml", "it is not written over");
    // An etcd of others has no policy.
    set(&mut snapshot.milvus.spec, "/dependencies/etcd", json!({"external": true}));
    assert_eq!(standings(&way(&snapshot, true))[3], "keep unknown");
    snapshot.milvus.deleted = Some(Timestamp::UNIX_EPOCH);
    let procedure = way(&snapshot, true);
    assert_eq!(procedure.steps[4].seen, ["it is being deleted since 1970-01-01T00:00:00Z"]);
}

#[test]
fn the_chart_of_etcd_is_named_where_the_operator_would_take_the_newest() {
    let start = |operator: &str, chart: Part<Option<String>>| {
        let mut snapshot = on_pulsar_2();
        let version = Some(operator.parse().expect("a version"));
        let operator = Operator { version, ..snapshot.operator().expect("one").clone() };
        snapshot.operators = Part::Known(vec![operator]);
        snapshot.etcd_chart = chart;
        let procedure = way(&snapshot, true);
        (
            commands(&procedure, "start").contains(r#""etcd":{"inCluster":{"chartVersion":"etcd-v6"}}"#),
            procedure.notes.len(),
        )
    };
    let six = || Part::Known(Some("6.3.3".to_owned()));
    assert_eq!(start("1.3.7", six()), (true, 0));
    assert_eq!(start("1.3.0", six()), (false, 0));
    assert_eq!(start("1.3.7", Part::Unknown("no right".into())), (false, 1));
}

#[test]
fn a_release_is_installed_again_with_what_it_has() {
    let procedure = way(&release_on_pulsar_2(), true);
    assert_eq!(standings(&procedure)[3..], ["stop next", "claims later", "start later", "check later"]);
    let start = commands(&procedure, "start");
    let begin = "helm -n vec install my milvus --repo https://zilliztech.github.io/milvus-helm --version 4.2.58 --replace \
                 -f my.yaml --set pulsar.enabled=false --set pulsarv3.enabled=true --set image.all.tag=v2.5.4";
    assert!(start.starts_with(begin), "{start}");
    assert!(!start.contains("pulsar.enabled=true"), "{start}");
    let mut snapshot = release_on_pulsar_2();
    snapshot.release.as_mut().expect("a release").chart = Version::new(4, 2, 33);
    assert!(commands(&way(&snapshot, true), "start").contains("--version 4.2.33 "));
    snapshot.release.as_mut().expect("a release").chart = Version::new(4, 2, 25);
    assert!(commands(&way(&snapshot, true), "start").contains("--version 4.2.58 "), "4.2.21 to 4.2.29 take it away");
}

#[test]
fn an_uninstalled_release_goes_on_behind_that() {
    let mut snapshot = release_on_pulsar_2();
    snapshot.release.as_mut().expect("a release").status = "uninstalled".into();
    snapshot.workload.deployments = Part::Known(vec![]);
    let pulsar = snapshot.pulsar_scene.as_mut().expect("a scene");
    pulsar.sets = Part::Known(vec![]);
    let procedure = way(&snapshot, true);
    assert_eq!(standings(&procedure)[3..], ["stop done", "claims next", "start later", "check later"]);
    assert!(procedure.steps[2].seen[1].starts_with("no pod of Milvus is ready"), "{:?}", procedure.steps[2]);
    snapshot.pulsar_scene.as_mut().expect("a scene").claims = Part::Known(vec![]);
    assert_eq!(standings(&way(&snapshot, true))[3..], ["stop done", "claims done", "start next", "check later"]);
    // What nobody could see is not done, and nothing comes after it.
    snapshot.pulsar_scene.as_mut().expect("a scene").claims = Part::Unknown("no right to list them".into());
    let procedure = way(&snapshot, true);
    assert_eq!(standings(&procedure)[4..], ["claims unknown", "start later", "check later"]);
    assert_eq!(commands(&procedure, "claims"), "kubectl -n vec get pvc -l app=pulsar,release=my");
}

#[test]
fn claims_that_helm_would_delete_stop_the_way() {
    let mut snapshot = release_on_pulsar_2();
    let claim = |is_kept| ReleaseObject {
        kind: "PersistentVolumeClaim".into(),
        name: "my-minio".into(),
        is_kept,
        ..ReleaseObject::default()
    };
    snapshot.release.as_mut().expect("a release").objects = Part::Known(vec![claim(false)]);
    let why = refusal(&snapshot);
    assert!(!why.is_usage && why.problem.starts_with("helm would delete persistentvolumeclaim/my-minio"), "{why:?}");
    snapshot.release.as_mut().expect("a release").objects = Part::Known(vec![claim(true)]);
    assert_eq!(way(&snapshot, true).notes, [""; 0]);
    snapshot.release.as_mut().expect("a release").objects = Part::Unknown("no YAML".into());
    assert!(way(&snapshot, true).notes[0].contains("could not be seen: no YAML"));
}

#[test]
fn on_pulsar_3_only_what_lacks_is_left() {
    assert!(way(&on_pulsar_3(), false).is_empty());
    let mut snapshot = on_pulsar_3();
    if let Some(Part::Known(sets)) = snapshot.pulsar_scene.as_mut().map(|scene| &mut scene.sets) {
        sets[0].ready = 0;
    }
    let procedure = way(&snapshot, false);
    assert_eq!((standings(&procedure), procedure.is_withheld()), (vec!["check next".to_owned()], false));
    assert_eq!(procedure.steps[0].seen, ["statefulset/prod-pulsar-bookie: 0 of 1 pods ready"]);
    // Claims that are older than the resource may be the old ones; nobody is told to delete what pods mount.
    snapshot.milvus.created = Some("2026-08-01T00:00:00Z".parse().expect("a time"));
    let procedure = way(&snapshot, true);
    assert_eq!(procedure.steps[0].seen.len(), 3);
    assert!(procedure.steps[0].seen[1].contains("is older than the resource"), "{procedure:?}");
    let mut created = on_pulsar_3();
    created.milvus.status = json!({});
    assert_eq!(way(&created, true).steps[0].seen, ["status.status: none"]);
    // What no label tells of a generation is not taken for the new one.
    snapshot.pulsar_scene.as_mut().expect("a scene").sets = Part::Known(vec![]);
    assert_eq!(standings(&way(&snapshot, true)), ["check unknown"]);
}

#[test]
fn claims_of_the_old_pulsar_of_a_release_are_still_to_be_cleared() {
    let mut snapshot = release_on_pulsar_2();
    let settings = &mut snapshot.release.as_mut().expect("a release").settings;
    settings.insert("pulsar.enabled".into(), json!(false));
    settings.insert("pulsarv3.enabled".into(), json!(true));
    let old = snapshot.pulsar_scene.take().expect("a scene").claims;
    let mut new = sample::pulsar_scene("my-pulsarv3", "pulsarv3", 3, "2026-08-20T10:00:00Z");
    if let (Part::Known(all), Part::Known(old)) = (&mut new.claims, old) {
        all.extend(old);
    }
    snapshot.pulsar_scene = Some(new);
    let blind = way(&snapshot, false);
    assert_eq!((standings(&blind), blind.is_withheld()), (vec!["claims next".to_owned()], true));
    let told = commands(&way(&snapshot, true), "claims");
    assert!(told.contains("my-pulsar-bookie-journal-my-pulsar-bookie-0") && !told.contains("pulsarv3"), "{told}");
}

#[test]
fn what_is_written_down_beside_what_runs_is_refused_with_the_way_back() {
    let mut snapshot = on_pulsar_2();
    set(&mut snapshot.milvus.spec, "/dependencies/pulsar/inCluster/chartVersion", json!("pulsar-v3"));
    let why = refusal(&snapshot);
    assert!(
        !why.is_usage && why.problem.contains("statefulset/prod-pulsar-bookie of Pulsar 2 is still there"),
        "{why:?}"
    );
    assert!(why.hints[0].contains(r#""chartVersion":"pulsar-v2""#), "{why:?}");
    let mut snapshot = release_on_pulsar_2();
    snapshot.release.as_mut().expect("a release").settings.insert("pulsar.enabled".into(), json!(false));
    snapshot.release.as_mut().expect("a release").settings.insert("pulsarv3.enabled".into(), json!(true));
    assert!(refusal(&snapshot).hints[0].contains("get statefulsets,pvc -l app=pulsar,release=my"));
}

#[test]
fn what_has_no_pulsar_of_its_own_is_told_so() {
    let why = refusal(&healthy_cluster());
    assert!(why.is_usage);
    assert_eq!(why.problem, "milvus/prod keeps its messages in kafka: there is no Pulsar to bring to 3");
    assert!(refusal(&standalone()).problem.contains("keeps its messages in rocksmq"));
    let mut external = on_pulsar_2();
    set(&mut external.milvus.spec, "/dependencies/pulsar", json!({"external": true, "endpoint": "p:6650"}));
    let why = refusal(&external);
    assert!(why.is_usage && why.problem == "the Pulsar of milvus/prod is run by somebody else", "{why:?}");
    let external = json!({"cluster.enabled": true, "image.all.tag": "v2.5.4", "externalPulsar.enabled": true});
    assert!(refusal(&sample::release("4.2.58", &external)).problem.contains("is run by somebody else"));
    let none = json!({"cluster.enabled": true, "image.all.tag": "v2.5.4"});
    assert_eq!(refusal(&sample::release("4.2.58", &none)).problem, "nothing says where release/my keeps its messages");
}

#[test]
fn what_is_too_old_is_blocked_with_what_to_do_first() {
    let mut snapshot = on_pulsar_2();
    run_image(&mut snapshot, "milvusdb/milvus:v2.4.23");
    let why = refusal(&snapshot);
    assert!(!why.is_usage);
    assert_eq!(why.problem, "2.4.23 runs on Pulsar 2; 2.5.0 was the first for Pulsar 3");
    assert!(why.hints[0].ends_with("kubectl milvus upgrade prod -n vec --to 2.5"), "{why:?}");
    let mut snapshot = on_pulsar_2();
    let old = Operator { version: Some(Version::new(1, 1, 1)), ..snapshot.operator().expect("one").clone() };
    snapshot.operators = Part::Known(vec![old]);
    assert_eq!(refusal(&snapshot).problem, "operator 1.1.1 is not made for Pulsar 3; 1.1.2 was the first");
    snapshot.operators = Part::Unknown("no right".into());
    assert!(way(&snapshot, true).notes[0].contains("it has to be 1.1.2 or newer"));
}

#[test]
fn who_puts_things_back_is_to_pause() {
    let mut snapshot = on_pulsar_2();
    snapshot.milvus.annotations.insert("argocd.argoproj.io/tracking-id".into(), "x".into());
    assert!(way(&snapshot, true).notes[0].starts_with("Argo CD puts back what it has written down"));
}

#[test]
fn hostile_names_stay_words() {
    let mut snapshot = on_pulsar_2();
    snapshot.milvus.name = "$(reboot)".into();
    let procedure = way(&snapshot, true);
    for command in procedure.steps.iter().flat_map(|step| &step.commands) {
        assert!(!command.contains("$(reboot)") || command.contains('\''), "{command}");
    }
    assert!(commands(&procedure, "stop").contains("delete milvus '$(reboot)' --wait=true"));
}
