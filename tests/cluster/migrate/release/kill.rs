//! `kill -9` at the writes of the migration of a release, and of the way back over it: the same command ends where an
//! undisturbed one ends.

use super::{NEW, OLD, Scene};
use crate::journal::{ending, leases, run_of, secrets};
use crate::kill;
use crate::migrate::ALL;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, report};
use crate::upgrade::{ended_with, says};

trials![
    a_rollback_of_a_migration_of_a_release_may_be_killed_at_any_write,
    a_migration_of_a_release_may_be_killed_at_any_write,
    a_migration_of_a_release_of_helm_3_may_be_killed,
];

/// Releases that are worked on at once.
const WORKERS: usize = 6;

/// Runs of one kind that are killed, each on a release of its own.
struct Course {
    name: &'static str,
    program: &'static str,
    /// Of the installation.
    flags: &'static [&'static str],
    command: &'static [&'static str],
    is_back: bool,
    /// A migration of a release takes long. All points were gone through once; every so many of them are each time.
    stride: usize,
}

const FORTH: Course = Course {
    name: "migrate-release",
    program: "helm4",
    flags: &["--server-side=true"],
    command: &["--lease-length", "2s"],
    is_back: false,
    stride: 5,
};

fn a_migration_of_a_release_may_be_killed_at_any_write(testbed: &Testbed) {
    FORTH.is_killed_everywhere(testbed);
}

fn a_rollback_of_a_migration_of_a_release_may_be_killed_at_any_write(testbed: &Testbed) {
    let command = &["--rollback", "--lease-length", "2s"];
    Course { name: "restore-release", command, is_back: true, stride: 9, ..FORTH }.is_killed_everywhere(testbed);
}

/// Helm 3 patches by what its records say was there, not by who owns what.
fn a_migration_of_a_release_of_helm_3_may_be_killed(testbed: &Testbed) {
    let course = Course { name: "migrate-release-patched", program: "helm3", flags: &[], stride: 11, ..FORTH };
    course.is_killed_everywhere(testbed);
}

impl Course {
    fn is_killed_everywhere(&self, testbed: &Testbed) {
        let scene = self.begin(testbed, "alone");
        let proxy = testbed.proxy();
        ended_with(&scene.command(self.command).kubeconfig(proxy.kubeconfig()).run(), 0);
        self.is_at_its_end(&scene);
        let requests = proxy.seen();
        let points: Vec<_> = kill::of_writes(&requests).into_iter().step_by(self.stride).collect();
        let count = points.len();
        let hits = kill::through(points, WORKERS, drop, |(), number, point| {
            let scene = self.begin(testbed, &format!("kill-{number}"));
            let is_hit = point.kills(&testbed.proxy(), |proxy| scene.command(self.command).kubeconfig(proxy), ALL);
            kill::goes_on(ALL, point, || self.again(&scene));
            self.is_at_its_end(&scene);
            is_hit
        });
        report(&format!(
            "{}: {} requests killed at {count} points (both sides of its writes, one of {}): {hits} were reached, all \
             came to the same end",
            self.name,
            requests.len(),
            self.stride
        ));
    }

    /// A release that such a run may begin with.
    fn begin<'a>(&self, testbed: &'a Testbed, name: &str) -> Scene<'a> {
        let name = Box::leak(format!("{}-{name}", self.name).into_boxed_str());
        let scene = Scene::begin(testbed, name, self.program, self.flags);
        if self.is_back {
            ended_with(&scene.migrate(&[]), 0);
        }
        scene
    }

    /// The same command; with the word that it gives itself where Helm's lock was left.
    fn again(&self, scene: &Scene) -> Output {
        let output = scene.migrate(self.command);
        if output.code == Some(3) && output.stdout.contains("MV0901") {
            says(&output.stdout, "kubectl milvus migrate release/my");
            says(&output.stdout, "--unlock");
            return scene.command(self.command).args(&["--unlock"]).run();
        }
        output
    }

    /// All components of one release, with the replicas that they had; all runs done, and nothing that keeps others out.
    fn is_at_its_end(&self, scene: &Scene) {
        scene.runs(if self.is_back { OLD } else { NEW });
        // A backup may be made anew: what an attempt kept is good only while everything stood still.
        let jobs = scene.jobs();
        let done = |task: &str| jobs.iter().filter(|(name, is_complete)| name.contains(task) && *is_complete).count();
        assert_eq!((done("-run-"), done("-rollback-")), (1, usize::from(self.is_back)), "{jobs:?}");
        let runs: Vec<_> = secrets(&scene.vec).iter().map(run_of).collect();
        assert_eq!(runs.len(), 1 + usize::from(self.is_back), "{runs:?}");
        assert!(runs.iter().all(|run| ending(run) == "done"), "{runs:?}");
        assert_eq!(leases(&scene.vec).len(), 0);
        let records = scene.vec.list("v1", "secrets?labelSelector=owner=helm");
        let status = |record: &serde_json::Value| record["metadata"]["labels"]["status"].to_string();
        let statuses: Vec<_> = records.iter().map(status).collect();
        assert!(!statuses.iter().any(|it| it.contains("pending")), "no lock is left: {statuses:?}");
        assert_eq!(statuses.iter().filter(|it| it.contains("deployed")).count(), 1, "{statuses:?}");
    }
}
