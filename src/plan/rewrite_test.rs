use serde_json::{Value, json};

use super::short;
use crate::{
    check::{Direction, Ground, Target},
    knowledge::Knowledge,
    plan::{Action, Gate, Plan, Undo, plan_upgrade},
    snapshot::{
        JobState::{Active, Complete, Failed},
        MetadataTask::{Backup, Rollback, Run},
        Part, Snapshot,
        sample::{half_way, release_before_2_2},
    },
};

fn plan(snapshot: &Snapshot, direction: Direction) -> Plan {
    let version = if direction == Direction::Restore { "2.1.4" } else { "2.2.16" };
    let version = version.parse().expect("a version");
    let image = snapshot.milvus.image().expect("an image").at(&version);
    let target = Target { direction, ..Target::new(version, image) };
    plan_upgrade(&Ground { snapshot, target: Some(&target), knowledge: Knowledge::builtin() }, &target)
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

/// Names of the Jobs that a plan makes.
fn jobs(plan: &Plan) -> Vec<&str> {
    let jobs = plan.steps.iter().filter_map(|step| match (&step.action, &step.gate) {
        (Action::Create { .. }, Gate::Worked { job }) => Some(job.as_str()),
        _ => None,
    });
    jobs.collect()
}

/// The steps that are still to be taken.
fn left<'a>(plan: &'a Plan, snapshot: &Snapshot) -> Vec<&'a str> {
    let left = plan.steps.iter().filter(|step| !step.is_reached(snapshot, None));
    left.map(|step| step.id.as_str()).collect()
}

fn object(plan: &Plan, id: &str) -> Value {
    let step = plan.steps.iter().find(|step| step.id == id).expect("the step");
    let Action::Create { object } = &step.action else { panic!("{step:?}") };
    object.clone()
}

#[test]
fn everything_stops_after_what_can_be_made_before() {
    let snapshot = release_before_2_2();
    let plan = plan(&snapshot, Direction::Migrate);
    let wanted =
        ["keep", "configure", "stop", "rest", "backup-metadata", "rewrite-metadata", "upgrade-release", "start"];
    assert_eq!(ids(&plan), wanted);
    assert_eq!(left(&plan, &snapshot), wanted);
    assert_eq!(plan.command, "kubectl milvus migrate release/my -n vec --to 2.2.16");
    assert_eq!(plan.way_back.as_deref(), Some("kubectl milvus migrate release/my -n vec --rollback"));
    assert!(plan.steps[2..].iter().all(|step| step.undo == Undo::RestoreMetadata));
    let Action::Stop { deployments, .. } = &plan.steps[2].action else { panic!() };
    let asked = snapshot.workload.deployments().iter().map(|found| (found.name.clone(), found.wanted));
    assert_eq!(deployments, &asked.collect::<std::collections::BTreeMap<_, _>>());
    assert_eq!(plan.steps[3].gate, Gate::Rested { seconds: 75 });
    assert_eq!(
        plan.forget_command().as_deref(),
        Some("kubectl -n vec delete job,secret,pvc -l kubectl-milvus.io/release=my")
    );
}

#[test]
fn the_jobs_are_told_what_to_do_by_a_secret() {
    let plan = plan(&release_before_2_2(), Direction::Migrate);
    let backup = object(&plan, "backup-metadata");
    let rewrite = object(&plan, "rewrite-metadata");
    assert_eq!((&backup["spec"]["backoffLimit"], &rewrite["spec"]["backoffLimit"]), (&json!(3), &json!(0)));
    let pod = &backup["spec"]["template"]["spec"];
    assert_eq!(pod["restartPolicy"], "Never");
    assert_eq!(
        pod["containers"][0]["command"],
        json!(["/milvus/bin/meta-migration", "-config=/milvus/configs/meta/backup.yaml"])
    );
    assert_eq!(pod["volumes"][0]["secret"]["secretName"], "milvus-meta-migration-config-my");
    assert_eq!(pod["volumes"][1]["persistentVolumeClaim"]["claimName"], "milvus-meta-migration-backup-my");
}

#[test]
fn a_run_that_died_goes_on_where_the_cluster_shows() {
    for (jobs, wanted) in [
        (vec![], vec!["keep", "configure", "backup-metadata", "rewrite-metadata", "upgrade-release", "start"]),
        (
            vec![(Backup, Active)],
            vec!["keep", "configure", "backup-metadata", "rewrite-metadata", "upgrade-release", "start"],
        ),
        (vec![(Backup, Complete)], vec!["keep", "configure", "rewrite-metadata", "upgrade-release", "start"]),
        (vec![(Backup, Complete), (Run, Complete)], vec!["upgrade-release", "start"]),
    ] {
        let snapshot = half_way(&jobs);
        let plan = plan(&snapshot, Direction::Migrate);
        assert_eq!(left(&plan, &snapshot), wanted, "{jobs:?}");
    }
}

#[test]
fn what_was_kept_is_good_only_while_everything_stood_still() {
    let complete = [(Backup, Complete)];
    assert_eq!(jobs(&plan(&half_way(&complete), Direction::Migrate))[0], "milvus-meta-migration-backup-my");
    let mut started = half_way(&complete);
    if let Part::Known(deployments) = &mut started.workload.deployments {
        deployments[0].wanted = 1;
    }
    assert_eq!(jobs(&plan(&started, Direction::Migrate))[0], "milvus-meta-migration-backup-my-2");
    let failed = half_way(&[(Backup, Failed)]);
    assert_eq!(jobs(&plan(&failed, Direction::Migrate))[0], "milvus-meta-migration-backup-my-2");
}

#[test]
fn the_way_back_puts_back_only_what_was_rewritten() {
    for (jobs, wanted) in [
        (vec![], vec![]),
        (vec![(Backup, Failed)], vec!["start"]),
        (vec![(Backup, Active)], vec!["stop", "start"]),
        (vec![(Backup, Complete), (Run, Failed)], vec!["stop", "rest", "restore-metadata", "start"]),
        (vec![(Backup, Complete), (Run, Active)], vec!["stop", "rest", "restore-metadata", "start"]),
        (vec![(Backup, Complete), (Run, Failed), (Rollback, Complete)], vec!["start"]),
    ] {
        let plan = plan(&half_way(&jobs), Direction::Restore);
        assert_eq!(ids(&plan), wanted, "{jobs:?}");
        assert!(plan.steps.iter().all(|step| step.undo == Undo::None));
    }
}

#[test]
fn metadata_that_could_not_be_put_back_are_tried_once_more() {
    let snapshot = half_way(&[(Backup, Complete), (Run, Failed), (Rollback, Failed)]);
    assert_eq!(jobs(&plan(&snapshot, Direction::Restore)), ["milvus-meta-migration-rollback-my-again1"]);
}

#[test]
fn what_works_on_metadata_is_ended_before_they_are_put_back() {
    let snapshot = half_way(&[(Backup, Complete), (Run, Active)]);
    let plan = plan(&snapshot, Direction::Restore);
    let Action::Stop { jobs, .. } = &plan.steps[0].action else { panic!() };
    assert_eq!(jobs, &["milvus-meta-migration-backup-my", "milvus-meta-migration-run-my"]);
    assert!(!plan.steps[0].is_reached(&snapshot, None), "the Job is still at work");
}

#[test]
fn the_claim_of_ones_own_is_not_made() {
    let snapshot = release_before_2_2();
    let image: crate::milvus::Image = "milvusdb/milvus:v2.2.16".parse().expect("an image");
    let target = Target {
        direction: Direction::Migrate,
        claim: Some("old".into()),
        ..Target::new(image.version().expect("a version"), image)
    };
    let ground = Ground { snapshot: &snapshot, target: Some(&target), knowledge: Knowledge::builtin() };
    let plan = plan_upgrade(&ground, &target);
    assert_eq!(ids(&plan)[0], "configure");
    let volumes = object(&plan, "backup-metadata")["spec"]["template"]["spec"]["volumes"].clone();
    assert_eq!(volumes[1]["persistentVolumeClaim"]["claimName"], "old");
    assert_eq!(plan.command, "kubectl milvus migrate release/my -n vec --to 2.2.16 --backup-claim old");
}

#[test]
fn names_of_jobs_fit_into_labels_and_stay_apart() {
    let long = "a".repeat(53);
    let (one, other) =
        (format!("milvus-meta-migration-backup-{long}"), format!("milvus-meta-migration-backup-{long}b"));
    assert_eq!(short(&one, "-2").len(), 63);
    assert_ne!(short(&one, ""), short(&other, ""));
    assert_eq!(short("milvus-meta-migration-backup-my", "-2"), "milvus-meta-migration-backup-my-2");
}
