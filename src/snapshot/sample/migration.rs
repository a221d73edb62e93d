//! Instances before, during and after a migration of metadata.

use serde_json::json;

use super::{run_image, separate_coordinators, set, set_condition};
use crate::{
    milvus::Component,
    snapshot::{Migration, MigrationScene, Part, Snapshot, Standing},
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
