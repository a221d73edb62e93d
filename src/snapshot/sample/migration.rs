//! Instances before, during and after a migration of metadata.

use jiff::SignedDuration;
use serde_json::json;

use super::{run_image, separate_coordinators, set, set_condition};
use crate::{
    milvus::{Component, MilvusVersion},
    snapshot::{
        EtcdPlace, JobState, MetadataCourse, MetadataJob, MetadataTask, Migration, MigrationScene, Part,
        REPLICAS_BEFORE, Rewriting, STOPPED_AT, Snapshot, Standing,
    },
};

/// `milvus/prod` at 2.1.4 with an external etcd of one endpoint, and everything that a migration needs.
pub(crate) fn before_2_2() -> Snapshot {
    let mut snapshot = separate_coordinators();
    run_image(&mut snapshot, "milvusdb/milvus:v2.1.4");
    let etcd = json!({"external": true, "endpoints": ["etcd.vec:2379"]});
    set(&mut snapshot.milvus.spec, "/dependencies/etcd", etcd);
    snapshot.migration_scene = Some(MigrationScene {
        migrations: Part::Known(vec![]),
        tasks: Part::Known(vec![]),
        default_class: Part::Known(Some("standard".into())),
        may_migrate: Part::Known(true),
        before: None,
        rewriting: None,
    });
    snapshot
}

/// The same with a migration to 2.2.16 in this state, stopped where it would be.
pub(crate) fn with_migration(mut snapshot: Snapshot, state: &str) -> Snapshot {
    let before = Standing::of_spec(&snapshot.milvus.spec);
    let is_stopped = !matches!(state, "" | "Succeeded" | "RollbackedSucceeded");
    let migration = Migration {
        namespace: "vec".into(),
        name: "prod-to-2-2-16".into(),
        is_deleted: false,
        milvus: "prod".into(),
        milvus_namespace: "vec".into(),
        is_turned: false,
        source_version: "2.1.4".into(),
        target_version: "2.2.16".into(),
        target_image: "milvusdb/milvus:v2.2.16".into(),
        state: state.into(),
        is_rewritten: !matches!(state, "" | "OldVersionStopping" | "BackupMeta" | "BakupMetaFailed"),
        retries: 0,
        claim: Some("prod-to-2-2-16".into()),
        before,
        message: String::new(),
    };
    if is_stopped {
        stop(&mut snapshot);
    }
    if let Some(scene) = &mut snapshot.migration_scene {
        scene.migrations = Part::Known(vec![migration]);
    }
    snapshot
}

/// Every component at no replicas.
pub(crate) fn stop(snapshot: &mut Snapshot) {
    for component in Component::ALL {
        if snapshot.milvus.component(component).is_some() {
            set(&mut snapshot.milvus.spec, &format!("/components/{}/replicas", component.spec_key()), json!(0));
        }
    }
    set(&mut snapshot.milvus.status, "/status", json!("Stopped"));
    set_condition(snapshot, "MilvusReady", "False", "MilvusStopped");
}

/// A healthy release of 2.1.4, whose configuration says where etcd is.
pub(crate) fn release_before_2_2() -> Snapshot {
    let settings = json!({"cluster.enabled": true, "image.all.tag": "v2.1.4", "pulsar.enabled": true});
    let mut snapshot = super::release("4.0.1", &settings);
    if let Some(release) = &mut snapshot.release {
        release.etcd = Some(EtcdPlace {
            endpoints: vec!["my-etcd-0:2379".into(), "my-etcd-1:2379".into()],
            root_path: "by-dev".into(),
            ..EtcdPlace::default()
        });
    }
    snapshot.workload.autoscalers = Part::Known(vec![]);
    snapshot.migration_scene = Some(MigrationScene {
        migrations: Part::Known(vec![]),
        tasks: Part::Known(vec![]),
        default_class: Part::Known(Some("standard".into())),
        may_migrate: Part::Known(true),
        before: None,
        rewriting: Some(Rewriting { jobs: Part::Known(vec![]), kept: Part::Known(vec![]) }),
    });
    snapshot
}

/// The same, stopped long enough ago, with these Jobs of its first attempt.
pub(crate) fn half_way(jobs: &[(MetadataTask, JobState)]) -> Snapshot {
    let mut snapshot = release_before_2_2();
    let since = snapshot.workload.taken - SignedDuration::from_secs(600);
    if let Part::Known(deployments) = &mut snapshot.workload.deployments {
        for deployment in deployments {
            let replicas = deployment.wanted.to_string();
            deployment.annotations.insert(REPLICAS_BEFORE.into(), replicas);
            deployment.annotations.insert(STOPPED_AT.into(), since.to_string());
            (deployment.wanted, deployment.running, deployment.updated) = (0, 0, 0);
            (deployment.ready, deployment.available) = (0, 0);
        }
    }
    snapshot.workload.pods = Part::Known(vec![]);
    let course = MetadataCourse {
        from: MilvusVersion::new(2, 1, 4),
        from_image: "milvusdb/milvus:v2.1.4".parse().expect("an image"),
        revision: 1,
        to: MilvusVersion::new(2, 2, 16),
        claim: "milvus-meta-migration-backup-my".into(),
        tool: "milvusdb/meta-migration:v2.2.0".parse().expect("an image"),
    };
    let job = |(task, state): &(MetadataTask, JobState)| MetadataJob {
        name: format!("milvus-meta-migration-{}-my", task.word()),
        task: *task,
        attempt: 1,
        state: *state,
        made: Some(since + SignedDuration::from_secs(60)),
        reason: None,
        course: course.clone(),
    };
    if let Some(rewriting) = snapshot.migration_scene.as_mut().and_then(|scene| scene.rewriting.as_mut()) {
        rewriting.jobs = Part::Known(jobs.iter().map(job).collect());
    }
    snapshot
}
