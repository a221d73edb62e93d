//! Migrations that fail: what the operator takes back, and what is put back where it does not.

use super::{OLD, STOP, cluster, migration, replicas};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, own_writes, runs_wholly, says};

trials![
    a_backup_that_fails_is_tried_four_times_and_taken_back,
    an_update_that_fails_is_taken_back_by_the_operator,
    what_the_operator_could_not_take_back_is_put_back,
    a_migration_deleted_half_way_is_put_back,
    a_migration_is_taken_back_in_the_middle,
];

fn a_backup_that_fails_is_tried_four_times_and_taken_back(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-backup");
    let prod = cluster(&vec);
    let before = replicas(&prod);
    let output = vec.run(["migrate", "prod", "--yes", "--tool-image", "testbed/tool:fails-backup-meta"]);
    ended_with(&output, 4);
    runs_wholly(&prod, OLD);
    assert_eq!(replicas(&prod), before);
    let found = migration(&vec);
    assert_eq!(
        (&found["status"]["state"], &found["status"]["retriedTimes"]),
        (&"RollbackedSucceeded".into(), &3.into())
    );
    says(&output.stdout, "Failed, and taken back: milvus/prod runs 2.1.4 again");
}

fn an_update_that_fails_is_taken_back_by_the_operator(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-update");
    let prod = cluster(&vec);
    let before = replicas(&prod);
    let output = vec.run(["migrate", "prod", "--yes", "--tool-image", "testbed/tool:fails-update-meta"]);
    ended_with(&output, 4);
    runs_wholly(&prod, OLD);
    assert_eq!(replicas(&prod), before);
    assert_eq!(migration(&vec)["status"]["state"], "RollbackedSucceeded");
    says(&output.stdout, "pod/prod-to-2-2-16-update-meta failed: exit code 1");
    says(&output.stdout, "kubectl -n migrate-update logs prod-to-2-2-16-update-meta");
    // The next one needs a name of its own: what the first kept stays.
    let next = vec.run(["migrate", "prod", "--dry-run=server"]);
    ended_with(&next, 0);
    says(&next.stdout, "create milvusupgrade/prod-to-2-2-16-2");
    let nothing = vec.run(["migrate", "prod", "--rollback", "--yes"]);
    ended_with(&nothing, 0);
    says(&nothing.stdout, "Nothing to do: milvus/prod runs 2.1.4 already");
}

fn what_the_operator_could_not_take_back_is_put_back(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-stuck");
    let prod = cluster(&vec);
    let before = replicas(&prod);
    let tool = "testbed/tool:fails-update-meta-rollback-meta";
    let output = vec.run(["migrate", "prod", "--yes", "--tool-image", tool]);
    ended_with(&output, 5);
    says(&output.stdout, "milvusupgrade/prod-to-2-2-16 is RollbackFailed");
    says(&output.stdout, "pod/prod-to-2-2-16-rollback-meta failed: exit code 1");
    says(&output.stdout, "kubectl milvus migrate prod -n migrate-stuck --rollback");
    assert_eq!(prod.pods().len(), 0, "everything stays stopped");
    let forward = vec.run(["migrate", "prod", "--yes"]);
    ended_with(&forward, 3);
    says(&forward.stdout, "MV1305");
    let asked = vec.run(["migrate", "prod", "--rollback", "--yes"]);
    ended_with(&asked, 3);
    says(&asked.stdout, "MV1309");
    assert_eq!(own_writes(&vec).len(), 1);

    let back = vec.run(["migrate", "prod", "--rollback", "--yes", "--accept", "MV1309=etcd was looked at"]);
    ended_with(&back, 0);
    runs_wholly(&prod, OLD);
    assert_eq!(replicas(&prod), before);
    assert!(prod.get()["metadata"]["annotations"].get("milvus.io/stopped-at").is_none());
    let next = vec.run(["migrate", "prod", "--dry-run=server"]);
    ended_with(&next, 0);
    says(&next.stdout, "create milvusupgrade/prod-to-2-2-16-2");
}

fn a_migration_deleted_half_way_is_put_back(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-deleted");
    let prod = cluster(&vec);
    let before = replicas(&prod);
    let mut running = vec.spawn(["migrate", "prod", "--yes"]);
    running.wait_for("OldVersionStopping; no pod is left", STOP);
    let path = vec.path("milvus.io/v1beta1", "milvusupgrades/prod-to-2-2-16");
    testbed.client().delete(&path).expect("it is deleted");
    let output = running.wait(STOP);
    ended_with(&output, 5);
    says(&output.stdout, "milvusupgrade/prod-to-2-2-16 was deleted half-way");
    assert_eq!(prod.get()["spec"]["components"]["proxy"]["replicas"], 0);
    let dry = vec.run(["migrate", "prod", "--rollback", "--dry-run=server", "--accept", "MV1309"]);
    ended_with(&dry, 0);
    says(&dry.stdout, "put image and replicas back as they were");

    let back = vec.run(["migrate", "prod", "--rollback", "--yes", "--accept", "MV1309"]);
    ended_with(&back, 0);
    runs_wholly(&prod, OLD);
    assert_eq!(replicas(&prod), before);
    // And the way is free again.
    let next = vec.run(["migrate", "prod", "--dry-run=server"]);
    ended_with(&next, 0);
    says(&next.stdout, "v2.1.4 -> v2.2.16");
}

fn a_migration_is_taken_back_in_the_middle(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-middle");
    let prod = cluster(&vec);
    let before = replicas(&prod);
    let mut running = vec.spawn(["migrate", "prod", "--yes"]);
    running.wait_for("OldVersionStopping; no pod is left", STOP);
    running.interrupt();
    ended_with(&running.wait(STOP), 130);
    let back = vec.run(["migrate", "prod", "--rollback", "--yes"]);
    ended_with(&back, 0);
    runs_wholly(&prod, OLD);
    assert_eq!(replicas(&prod), before);
    let found = migration(&vec);
    assert_eq!(found["status"]["state"], "RollbackedSucceeded");
    assert_ne!(found["status"]["metaStorageChanged"], true, "nothing was rewritten");
}
