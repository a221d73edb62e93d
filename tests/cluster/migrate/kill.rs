//! `kill -9` at the writes of a migration: the same command ends where an undisturbed one ends.

use super::{ALL, NEW, begun, migration, replicas};
use crate::journal::{ending, leases, run_of, secrets};
use crate::kill;
use crate::testbed::milvus::Milvus;
use crate::testbed::namespace::Namespace;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, report};
use crate::upgrade::{ended_with, runs_wholly};

trials![a_migration_may_be_killed_at_any_write];

/// Instances that are worked on at once; each waits for a minute that sessions expire.
const WORKERS: usize = 12;
const MIGRATE: [&str; 5] = ["migrate", "lone", "--yes", "--lease-length", "2s"];

fn a_migration_may_be_killed_at_any_write(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-undisturbed");
    let lone = instance(&vec);
    let proxy = testbed.proxy();
    ended_with(&vec.command(&MIGRATE).kubeconfig(proxy.kubeconfig()).run(), 0);
    is_at_its_end(&lone);
    let points = kill::of_writes(&proxy.seen());
    let count = points.len();
    let hits = kill::through(points, WORKERS, drop, |(), number, point| {
        let vec = testbed.namespace(Box::leak(format!("migrate-kill-{number}").into_boxed_str()));
        let lone = instance(&vec);
        let is_hit = point.kills(&testbed.proxy(), |proxy| vec.command(&MIGRATE).kubeconfig(proxy), ALL);
        kill::goes_on(ALL, point, || vec.run(MIGRATE));
        is_at_its_end(&lone);
        is_hit
    });
    assert_eq!(hits, count, "every point was reached");
    report(&format!("a migration killed at {count} points (both sides of its writes): {hits} came to the same end"));
}

fn instance<'a>(vec: &Namespace<'a>) -> Milvus<'a> {
    vec.milvus("lone").standalone().version("2.1.4").create_and_wait_until_healthy()
}

/// Everything new, one migration, one run that is done, and nothing that keeps others out.
fn is_at_its_end(lone: &Milvus<'_>) {
    let vec = &lone.namespace;
    runs_wholly(lone, NEW);
    let standalone = replicas(lone).into_iter().find(|(name, _)| name == "standalone");
    assert_eq!(standalone, Some(("standalone".to_owned(), 1.into())));
    assert_eq!((begun(vec), &migration(vec)["status"]["state"]), (1, &"Succeeded".into()));
    let runs: Vec<_> = secrets(vec).iter().map(run_of).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!(ending(&runs[0]), "done");
    assert_eq!(leases(vec).len(), 0);
}
