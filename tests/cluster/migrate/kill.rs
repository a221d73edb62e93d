//! `kill -9` at the writes of a migration, and of the way back over it: the same command ends where an undisturbed one
//! ends.

use super::{ALL, NEW, OLD, begun, migration, replicas};
use crate::journal::{ending, leases, run_of, secrets};
use crate::kill;
use crate::testbed::milvus::Milvus;
use crate::testbed::namespace::Namespace;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, report};
use crate::upgrade::{ended_with, runs_wholly};

trials![a_rollback_of_a_migration_may_be_killed_at_any_write, a_migration_may_be_killed_at_any_write];

/// Instances that are worked on at once; each waits for a minute that sessions expire.
const WORKERS: usize = 12;
const FORTH: [&str; 5] = ["migrate", "lone", "--yes", "--lease-length", "2s"];
const BACK: [&str; 6] = ["migrate", "lone", "--rollback", "--yes", "--lease-length", "2s"];

/// Runs of one kind that are killed, each on an instance of its own.
struct Course {
    name: &'static str,
    command: &'static [&'static str],
    is_back: bool,
    /// Every so many points are gone through.
    stride: usize,
}

fn a_migration_may_be_killed_at_any_write(testbed: &Testbed) {
    Course { name: "migrate", command: &FORTH, is_back: false, stride: 1 }.is_killed_everywhere(testbed);
}

/// Before each there is a whole migration. All points were gone through once; every so many of them are each time.
fn a_rollback_of_a_migration_may_be_killed_at_any_write(testbed: &Testbed) {
    Course { name: "restore", command: &BACK, is_back: true, stride: 3 }.is_killed_everywhere(testbed);
}

impl Course {
    fn is_killed_everywhere(&self, testbed: &Testbed) {
        let lone = self.begin(testbed, "undisturbed");
        let proxy = testbed.proxy();
        ended_with(&lone.namespace.command(self.command).kubeconfig(proxy.kubeconfig()).run(), 0);
        self.is_at_its_end(&lone);
        let requests = proxy.seen();
        let points: Vec<_> = kill::of_writes(&requests).into_iter().step_by(self.stride).collect();
        let count = points.len();
        let hits = kill::through(points, WORKERS, drop, |(), number, point| {
            let lone = self.begin(testbed, &format!("kill-{number}"));
            let run = || lone.namespace.command(self.command);
            let is_hit = point.kills(&testbed.proxy(), |proxy| run().kubeconfig(proxy), ALL);
            kill::goes_on(ALL, point, || run().run());
            self.is_at_its_end(&lone);
            is_hit
        });
        report(&format!(
            "{}: {} requests killed at {count} points (both sides of its writes, one of {}): {hits} were reached, all \
             came to the same end",
            if self.is_back { "the way back over a migration" } else { "a migration" },
            requests.len(),
            self.stride
        ));
    }

    /// An instance that such a run may begin with.
    fn begin<'a>(&self, testbed: &'a Testbed, name: &str) -> Milvus<'a> {
        let vec = testbed.namespace(Box::leak(format!("{}-{name}", self.name).into_boxed_str()));
        let lone = instance(&vec);
        if self.is_back {
            ended_with(&vec.run(FORTH), 0);
        }
        lone
    }

    /// Everything of one release, one migration, all runs done, and nothing that keeps others out.
    fn is_at_its_end(&self, lone: &Milvus<'_>) {
        let vec = &lone.namespace;
        let (image, state) = if self.is_back { (OLD, "RollbackedSucceeded") } else { (NEW, "Succeeded") };
        runs_wholly(lone, image);
        let standalone = replicas(lone).into_iter().find(|(name, _)| name == "standalone");
        assert_eq!(standalone, Some(("standalone".to_owned(), 1.into())));
        assert_eq!((begun(vec), &migration(vec)["status"]["state"]), (1, &state.into()));
        let runs: Vec<_> = secrets(vec).iter().map(run_of).collect();
        assert_eq!(runs.len(), 1 + usize::from(self.is_back), "{runs:?}");
        assert!(runs.iter().all(|run| ending(run) == "done"), "{runs:?}");
        assert_eq!(leases(vec).len(), 0);
    }
}

fn instance<'a>(vec: &Namespace<'a>) -> Milvus<'a> {
    vec.milvus("lone").standalone().version("2.1.4").create_and_wait_until_healthy()
}
