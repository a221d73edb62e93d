//! `kill -9` at the writes of a migration: the same command ends where an undisturbed one ends.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::thread;

use super::{ALL, NEW, begun, migration, replicas};
use crate::journal::{ending, leases, run_of, secrets};
use crate::testbed::milvus::Milvus;
use crate::testbed::namespace::Namespace;
use crate::testbed::proxy::{Seen, Trouble};
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, report, sure};
use crate::upgrade::{ended_with, runs_wholly};

trials![a_migration_may_be_killed_at_any_write];

/// Instances that are worked on at once; each waits for a minute that sessions expire.
const WORKERS: usize = 12;
const MIGRATE: [&str; 5] = ["migrate", "lone", "--yes", "--lease-length", "2s"];

/// Where a run is killed.
#[derive(Clone, Debug)]
struct Point {
    method: String,
    path: &'static str,
    /// The number of the request among those that match, from 0.
    number: usize,
    /// Whether the server did what was asked.
    is_after: bool,
}

fn a_migration_may_be_killed_at_any_write(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-undisturbed");
    let lone = instance(&vec);
    let proxy = testbed.proxy();
    ended_with(&vec.command(&MIGRATE).kubeconfig(proxy.kubeconfig()).run(), 0);
    is_at_its_end(&lone);
    let points = Mutex::new(points(&proxy.seen()));
    let count = points.lock().expect("no one failed").len();
    let hits = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some((number, point)) = points.lock().expect("no one failed").pop_front() else { return };
                    let name: &'static str = Box::leak(format!("migrate-kill-{number}").into_boxed_str());
                    let vec = testbed.namespace(name);
                    let lone = instance(&vec);
                    *hits.lock().expect("no one failed") += usize::from(kill(&vec, &point));
                    goes_on(&vec, &point);
                    is_at_its_end(&lone);
                }
            });
        }
    });
    let hits = hits.into_inner().expect("no one failed");
    assert_eq!(hits, count, "every point was reached");
    report(&format!("a migration killed at {count} points (both sides of its writes): {hits} came to the same end"));
}

fn instance<'a>(vec: &Namespace<'a>) -> Milvus<'a> {
    vec.milvus("lone").standalone().version("2.1.4").create_and_wait_until_healthy()
}

/// Both sides of every write. Renewals of the Lease come as often as time passes, and nothing depends on Events: of each
/// one stands for all.
fn points(requests: &[Seen]) -> VecDeque<(usize, Point)> {
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut points = vec![];
    for request in requests.iter().filter(|request| request.method != "GET") {
        let kinds = ["/leases", "/secrets", "/events", "/milvusupgrades"];
        let Some(path) = kinds.into_iter().find(|kind| request.path.contains(kind)) else { continue };
        let count = counts.entry((request.method.clone(), path)).or_default();
        let is_many = path == "/events" || (path == "/leases" && request.method == "PUT");
        if !is_many || *count == 0 {
            let point = |is_after| Point { method: request.method.clone(), path, number: *count, is_after };
            points.extend([false, true].map(point));
        }
        *count += 1;
    }
    points.into_iter().enumerate().collect()
}

/// Kills a run at a point; whether it came there.
fn kill(vec: &Namespace<'_>, point: &Point) -> bool {
    let proxy = vec.testbed.proxy();
    let rule = proxy.make(if point.is_after { Trouble::HoldAnswer } else { Trouble::Hold });
    let hits = rule.method(&point.method).path(point.path).after(point.number).times(1).begin();
    let mut running = vec.command(&MIGRATE).kubeconfig(proxy.kubeconfig()).spawn();
    let is_held = sure(wait::until(ALL, "the request", || {
        Ok(match (hits.count(), running.is_running()) {
            (0, true) => Look::NotYet(format!("{} requests", proxy.seen().len())),
            (count, _) => Look::Done(count > 0),
        })
    }));
    running.kill();
    is_held
}

/// The same command, once the Lease has ended.
fn goes_on(vec: &Namespace<'_>, point: &Point) {
    sure(wait::until(ALL, "the end of the lease", || {
        let output = vec.run(MIGRATE);
        if output.code == Some(3) && output.stderr.contains("works on milvus/lone since") {
            return Ok(Look::NotYet(output.stderr));
        }
        assert_eq!(output.code, Some(0), "{point:?}: {}\n{}", output.stdout, output.stderr);
        Ok(Look::Done(()))
    }));
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
