//! Upgrades that fail leave what a real helm's would, word by word, and the next one goes on from there.

use serde_json::json;

use super::chart::small;
use super::pair::{HELMS, Helm, Pair};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, says};

trials![
    what_fails_under_helm_3_fails_alike,
    what_fails_under_helm_4_that_patches_fails_alike,
    what_fails_under_helm_4_that_applies_fails_alike,
];

fn what_fails_under_helm_3_fails_alike(testbed: &Testbed) {
    fail(testbed, HELMS[0]);
}

fn what_fails_under_helm_4_that_patches_fails_alike(testbed: &Testbed) {
    fail(testbed, HELMS[1]);
}

fn what_fails_under_helm_4_that_applies_fails_alike(testbed: &Testbed) {
    fail(testbed, HELMS[2]);
}

fn fail(testbed: &Testbed, helm: Helm) {
    let folder = small();
    let pair = Pair::begin(testbed, "fails", helm, folder.path(), &[]);
    let [_, ours] = pair.upgrade(&["--set", "shape=b,fails=true"]);
    ended_with(&ours, 5);
    says(&ours.stderr, "pre-upgrade hooks failed: ");
    says(&ours.stderr, "BackoffLimitExceeded: Job has reached the specified backoff limit");

    let object = |name: &str, port: u32| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"clusterIP": "None", "ports": [{"port": port}]}})
    };
    let values =
        |port: u32| json!({"extra": [object("early", 1), object("wrong", port), object("xlate", 1)]}).to_string();
    let file = |port: u32| pair.ours.file(&format!("{port}.yaml"), &values(port)).display().to_string();
    // One that cannot be created ends it, one that cannot be patched does not.
    let [_, ours] = pair.upgrade(&["--set", "shape=b", "--values", &file(70_000)]);
    ended_with(&ours, 5);
    pair.upgrade(&["--set", "shape=b", "--values", &file(7)]).iter().for_each(|output| ended_with(output, 0));
    let [_, ours] = pair.upgrade(&["--set", "shape=a", "--values", &file(70_000)]);
    ended_with(&ours, 5);
    // A failed revision is rolled back from, and upgraded over.
    pair.roll_back("1").iter().for_each(|output| ended_with(output, 0));
    pair.upgrade(&["--set", "shape=b"]).iter().for_each(|output| ended_with(output, 0));
}
