//! `kill -9` at the writes of the migration of a release: the same command ends where an undisturbed one ends.

use super::{NEW, Scene};
use crate::journal::{ending, leases, run_of, secrets};
use crate::kill;
use crate::migrate::ALL;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, report};
use crate::upgrade::{ended_with, says};

trials![a_migration_of_a_release_may_be_killed_at_any_write];

/// A migration of a release takes long. All points were gone through once; every so many of them are each time.
const STRIDE: usize = 3;
/// Releases that are worked on at once.
const WORKERS: usize = 6;
const KILLED: [&str; 2] = ["--lease-length", "2s"];

fn a_migration_of_a_release_may_be_killed_at_any_write(testbed: &Testbed) {
    let scene = Scene::begin(testbed, "migrate-release-alone", "helm4", &["--server-side=true"]);
    let proxy = testbed.proxy();
    ended_with(&scene.command(&KILLED).kubeconfig(proxy.kubeconfig()).run(), 0);
    scene.is_at_its_end();
    let requests = proxy.seen();
    let points: Vec<_> = kill::of_writes(&requests).into_iter().step_by(STRIDE).collect();
    let count = points.len();
    let hits = kill::through(points, WORKERS, drop, |(), number, point| {
        let name = Box::leak(format!("migrate-release-kill-{number}").into_boxed_str());
        let scene = Scene::begin(testbed, name, "helm4", &["--server-side=true"]);
        let is_hit = point.kills(&testbed.proxy(), |proxy| scene.command(&KILLED).kubeconfig(proxy), ALL);
        kill::goes_on(ALL, point, || scene.again());
        scene.is_at_its_end();
        is_hit
    });
    assert!(hits * 10 >= count * 9, "{hits} of {count} points were reached");
    report(&format!(
        "a migration of a release of {} requests killed at {count} points (of both sides of its writes, every \
         {STRIDE}rd): {hits} were reached, all came to the same end",
        requests.len()
    ));
}

impl Scene<'_> {
    /// The same command; with the word that it gives itself where Helm's lock was left.
    fn again(&self) -> Output {
        let output = self.migrate(&KILLED);
        if output.code == Some(3) && output.stdout.contains("MV0901") {
            says(&output.stdout, "kubectl milvus migrate release/my");
            says(&output.stdout, "--unlock");
            return self.migrate(&["--unlock", KILLED[0], KILLED[1]]);
        }
        output
    }

    /// Everything new, with the replicas that it had; one run that is done, and nothing that keeps others out.
    fn is_at_its_end(&self) {
        self.runs(NEW);
        // A backup may be made anew: what an attempt kept is good only while everything stood still.
        let jobs = self.jobs();
        let rewritten = jobs.iter().filter(|(name, is_complete)| name.contains("-run-") && *is_complete).count();
        assert_eq!(rewritten, 1, "{jobs:?}");
        let runs: Vec<_> = secrets(&self.vec).iter().map(run_of).collect();
        assert_eq!(runs.len(), 1, "{runs:?}");
        assert_eq!(ending(&runs[0]), "done");
        assert_eq!(leases(&self.vec).len(), 0);
        let records = self.vec.list("v1", "secrets?labelSelector=owner=helm");
        assert!(records.iter().all(|it| it["metadata"]["labels"]["status"] != "pending-upgrade"), "no lock is left");
    }
}
