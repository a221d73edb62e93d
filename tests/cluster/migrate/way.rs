//! Ways that lead where they were to lead.

use serde_json::json;

use super::{ALL, NEW, OLD, STOP, begun, cluster, migration, replicas};
use crate::journal::{ending, leases, run_of, secrets};
use crate::testbed::Testbed;
use crate::testbed::proxy::Trouble;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::upgrade::{ended_with, own_writes, runs_wholly, says};

trials![
    a_cluster_goes_to_2_2_and_back_to_2_1,
    a_run_that_was_killed_is_gone_on_with,
    a_lost_answer_and_a_signal_leave_one_migration,
    an_upgrade_to_a_later_line_migrates_on_its_way,
    an_upgrade_that_died_in_its_migration_is_resumed_to_its_end,
    an_upgrade_that_died_in_its_migration_is_gone_on_with_by_the_same_command,
];

/// Over a migration, and further.
const UPGRADE: [&str; 7] = ["upgrade", "lone", "--to", "2.4", "--backup", "nightly", "--yes"];

fn a_cluster_goes_to_2_2_and_back_to_2_1(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-way");
    let prod = cluster(&vec);
    let before = replicas(&prod);
    let dry = vec.command(&["migrate", "prod", "--dry-run=server", "--exit-code"]).run();
    ended_with(&dry, 10);
    says(&dry.stdout, "create milvusupgrade/prod-to-2-2-16");
    says(&dry.stdout, "There will be downtime");
    says(&dry.stdout, "warning  MV1307");
    says(&dry.stderr, "the API server takes the first write");
    assert_eq!(own_writes(&vec).len(), 0);

    let output = vec.run(["migrate", "prod", "--yes"]);
    ended_with(&output, 0);
    runs_wholly(&prod, NEW);
    assert_eq!(replicas(&prod), before);
    for state in ["OldVersionStopping", "BackupMeta; pod/prod-to-2-2-16-backup-meta is", "UpdatingMeta"] {
        says(&output.stderr, state);
    }
    says(&output.stdout, "Done: milvus/prod runs 2.2.16");
    says(&output.stdout, "kubectl milvus migrate prod -n migrate-way --rollback");
    says(&output.stdout, "kubectl -n migrate-way delete milvusupgrade prod-to-2-2-16");
    let found = migration(&vec);
    assert_eq!(found["status"]["state"], "Succeeded");
    let wanted = json!({
        "operation": "upgrade", "milvus": {"name": "prod", "namespace": "migrate-way"},
        "sourceVersion": "2.1.4", "targetVersion": "2.2.16", "targetImage": NEW,
        "toolImage": "milvusdb/meta-migration:v2.2.0-bugfix-20230112", "maxRetry": 3, "rollbackIfFailed": true,
    });
    let writes = own_writes(&vec);
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!(writes[0].object["spec"], wanted, "every field is said");

    let again = vec.run(["migrate", "prod", "--yes"]);
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do: milvus/prod runs 2.2.16 already");

    let back = vec.run(["migrate", "prod", "--rollback", "--yes"]);
    ended_with(&back, 0);
    runs_wholly(&prod, OLD);
    assert_eq!(replicas(&prod), before);
    assert_eq!(migration(&vec)["status"]["state"], "RollbackedSucceeded");
    says(&back.stderr, "RollbackRestoringOldMeta; pod/prod-to-2-2-16-rollback-meta is");
    let last = own_writes(&vec).pop().expect("a second write");
    assert_eq!((last.verb.as_str(), last.resource.as_str()), ("patch", "milvusupgrades"));
    let history = vec.run(["history", "milvus/prod"]);
    ended_with(&history, 0);
    assert_eq!(history.stdout.matches("migrate").count(), 2, "{}", history.stdout);
}

fn a_run_that_was_killed_is_gone_on_with(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-killed");
    let prod = cluster(&vec);
    let before = replicas(&prod);
    let migrate = ["migrate", "prod", "--yes", "--lease-length", "2s"];
    let mut first = vec.spawn(migrate);
    first.wait_for("OldVersionStopping", STOP);
    first.kill();
    let resume = ["migrate", "prod", "--resume", "--lease-length", "2s"];
    let output = wait::until(ALL, "the end of the lease", || {
        let output = vec.run(resume);
        if output.code == Some(3) && output.stderr.contains("works on milvus/prod since") {
            return Ok(Look::NotYet(output.stderr));
        }
        Ok(Look::Done(output))
    });
    ended_with(&output.expect("it ends"), 0);
    runs_wholly(&prod, NEW);
    assert_eq!(replicas(&prod), before);
    assert_eq!(begun(&vec), 1, "it was begun once");
    let history = vec.run(["history", "milvus/prod"]);
    assert_eq!(history.stdout.matches("migrate").count(), 1, "{}", history.stdout);

    // A rollback knows that the way leads over a migration.
    let back = vec.run(["rollback", "prod", "--yes"]);
    ended_with(&back, 0);
    says(&back.stdout, "tell milvusupgrade/prod-to-2-2-16 to go back");
    runs_wholly(&prod, OLD);
    assert_eq!(migration(&vec)["status"]["state"], "RollbackedSucceeded");
}

fn a_lost_answer_and_a_signal_leave_one_migration(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-signal");
    let lone = vec.milvus("lone").standalone().version("2.1.4").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    let hits = proxy.make(Trouble::CutAnswer).method("POST").path("/milvusupgrades").times(1).begin();
    let mut first = vec.command(&["migrate", "lone", "--yes"]).kubeconfig(proxy.kubeconfig()).spawn();
    first.wait_for("OldVersionStopping", STOP);
    assert_eq!(hits.count(), 1);
    proxy.cut_now();
    first.wait_for("no pod is left", STOP);
    first.interrupt();
    let first = first.wait(STOP);
    ended_with(&first, 130);
    says(&first.stdout, "kubectl milvus migrate lone -n migrate-signal --to 2.2.16");
    says(&first.stdout, "kubectl milvus migrate lone -n migrate-signal --rollback");
    let checked = vec.run(["check", "lone", "--to", "2.2.16"]);
    ended_with(&checked, 0);

    let output = vec.run(["migrate", "lone", "--to", "2.2.16"]);
    ended_with(&output, 0);
    runs_wholly(&lone, NEW);
    assert_eq!(begun(&vec), 1, "{:?}", own_writes(&vec));
    let found = migration(&vec);
    assert_eq!(
        (&found["metadata"]["name"], &found["status"]["state"]),
        (&"lone-to-2-2-16".into(), &"Succeeded".into())
    );
}

fn an_upgrade_to_a_later_line_migrates_on_its_way(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-chain");
    let lone = vec.milvus("lone").standalone().version("2.1.4").create_and_wait_until_healthy();
    let upgrade = ["upgrade", "lone", "--to", "2.3", "--backup", "nightly", "--yes"];
    let dry = vec.command(&upgrade).args(&["--dry-run=client"]).run();
    ended_with(&dry, 0);
    says(&dry.stdout, "The way: 2.1.4 -> migration to 2.2.16 -> 2.3.22");
    let output = vec.command(&upgrade).spawn().wait(ALL);
    ended_with(&output, 0);
    runs_wholly(&lone, "milvusdb/milvus:v2.3.22");
    let first = output.stdout.find("Done: milvus/lone runs 2.2.16").expect("the first run is told");
    let second = output.stdout.find("Done: milvus/lone runs 2.3.22").expect("the second run is told");
    assert!(first < second);
    assert_eq!(migration(&vec)["status"]["state"], "Succeeded");
}

fn an_upgrade_that_died_in_its_migration_is_resumed_to_its_end(testbed: &Testbed) {
    let output = dies_in_its_migration(testbed, "migrate-resumed", &["upgrade", "lone", "--resume", "--yes"]);
    says(&output.stdout, "The way: 2.1.4 -> migration to 2.2.16 -> 2.4.24");
}

fn an_upgrade_that_died_in_its_migration_is_gone_on_with_by_the_same_command(testbed: &Testbed) {
    dies_in_its_migration(testbed, "migrate-again", &UPGRADE);
}

/// Kills an upgrade while the operator migrates, and goes on with a command.
fn dies_in_its_migration(testbed: &Testbed, name: &'static str, again: &[&str]) -> Output {
    let vec = testbed.namespace(name);
    let lone = vec.milvus("lone").standalone().version("2.1.4").create_and_wait_until_healthy();
    let mut first = vec.command(&UPGRADE).args(&["--lease-length", "2s"]).spawn();
    first.wait_for("OldVersionStopping", STOP);
    first.kill();
    let output = wait::until(ALL, "the end of the lease", || {
        let output = vec.command(again).args(&["--lease-length", "2s"]).spawn().wait(ALL);
        let is_held = output.code == Some(3) && output.stderr.contains("works on milvus/lone since");
        Ok(if is_held { Look::NotYet(output.stderr) } else { Look::Done(output) })
    });
    let output = output.expect("it ends");
    ended_with(&output, 0);
    runs_wholly(&lone, "milvusdb/milvus:v2.4.24");
    assert_eq!((begun(&vec), &migration(&vec)["status"]["state"]), (1, &"Succeeded".into()));
    let runs: Vec<_> = secrets(&vec).iter().map(run_of).collect();
    let told: Vec<_> = runs.iter().map(|run| json!([run["to"], ending(run)])).collect();
    assert_eq!(told, [json!(["2.2.16", "done"]), json!(["2.4.24", "done"])]);
    assert_eq!(leases(&vec).len(), 0);
    output
}
