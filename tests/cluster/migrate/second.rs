//! Two who migrate at once: the second is told who works on the instance, and nothing of it is mixed in.

use std::time::Duration;

use super::release::Scene;
use super::{ALL, NEW, begun, cluster};
use crate::journal::leases;
use crate::testbed::Testbed;
use crate::testbed::proxy::Trouble;
use crate::testbed::run::Output;
use crate::testbed::sure;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::upgrade::{SOON, ended_with, runs_wholly, says};

trials![a_second_migration_of_a_resource_is_refused, a_second_migration_of_a_release_is_refused];

fn is_refused(second: &Output, reference: &str) {
    ended_with(second, 3);
    says(&second.stderr, &format!("works on {reference} since 20"));
    says(&second.stderr, "admin@");
    says(&second.stderr, "migrate to 2.2.16");
    says(&second.stderr, &format!("kubectl milvus status {reference}"));
}

fn a_second_migration_of_a_resource_is_refused(testbed: &Testbed) {
    let vec = testbed.namespace("second-migrate");
    let prod = cluster(&vec);
    let first = vec.spawn(["migrate", "prod", "--yes"]);
    sure(wait::until(SOON, "the first migration to begin", || {
        Ok(if begun(&vec) == 1 { Look::Done(()) } else { Look::NotYet(first.stderr()) })
    }));
    is_refused(&vec.run(["migrate", "prod", "--yes"]), "milvus/prod");
    is_refused(&vec.run(["migrate", "prod", "--resume"]), "milvus/prod");
    is_refused(&vec.run(["migrate", "prod", "--rollback", "--yes"]), "milvus/prod");
    is_refused(&vec.run(["upgrade", "prod", "--to", "2.2.16", "--yes"]), "milvus/prod");
    ended_with(&first.wait(ALL), 0);
    runs_wholly(&prod, NEW);
    assert_eq!(begun(&vec), 1, "one migration alone");
    assert!(leases(&vec).is_empty());
}

fn a_second_migration_of_a_release_is_refused(testbed: &Testbed) {
    let scene = Scene::begin(testbed, "second-release", "helm4", &[]);
    let proxy = testbed.proxy();
    let held = proxy.make(Trouble::Delay(Duration::from_secs(20))).method("POST").path("/jobs").times(1).begin();
    let first = scene.command(&[]).kubeconfig(proxy.kubeconfig()).spawn();
    sure(wait::until(ALL, "everything to stand still", || {
        Ok(if held.count() == 1 { Look::Done(()) } else { Look::NotYet(first.stderr()) })
    }));
    is_refused(&scene.command(&[]).run(), "release/my");
    is_refused(&scene.command(&["--rollback"]).run(), "release/my");
    ended_with(&first.wait(ALL), 0);
    scene.runs(NEW);
    assert_eq!(scene.jobs().len(), 2, "one of each task: {:?}", scene.jobs());
    assert!(leases(&scene.vec).is_empty());
}
