//! `kill -9` at the requests of an upgrade or a rollback: a new run ends where an undisturbed one ends.

use serde_json::{Value, json};

use super::{ending, leases, run_of, secrets};
use crate::kill::{self, Point};
use crate::testbed::milvus::Milvus;
use crate::testbed::proxy::Seen;
use crate::testbed::run::Invocation;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, report};
use crate::upgrade::{SOON, ended_with, runs_wholly};

trials![an_upgrade_may_be_killed_anywhere, a_rollback_may_be_killed_anywhere];

/// Instances that are worked on at once.
const WORKERS: usize = 4;
/// Versions of one line, so that an instance goes on from kill to kill.
const VERSIONS: [&str; 16] = [
    "2.5.6", "2.5.7", "2.5.8", "2.5.9", "2.5.10", "2.5.11", "2.5.12", "2.5.13", "2.5.14", "2.5.15", "2.5.16", "2.5.17",
    "2.5.18", "2.5.19", "2.5.21", "2.5.22",
];
/// Of requests that only read, every one of so many: before the first write all are the same to the cluster.
const STRIDE: usize = 6;

/// Runs of one kind, each from where the one before it has ended.
struct Course {
    verb: &'static str,
    /// Where it begins, and where it goes one after the other: each within the line, so that no answer is asked for.
    begin: &'static str,
    versions: Vec<&'static str>,
}

fn an_upgrade_may_be_killed_anywhere(testbed: &Testbed) {
    Course { verb: "upgrade", begin: "2.5.5", versions: VERSIONS.to_vec() }.is_killed_everywhere(testbed);
}

fn a_rollback_may_be_killed_anywhere(testbed: &Testbed) {
    let versions = VERSIONS.iter().rev().copied().collect();
    Course { verb: "rollback", begin: "2.5.27", versions }.is_killed_everywhere(testbed);
}

impl Course {
    fn is_killed_everywhere(&self, testbed: &Testbed) {
        let name =
            |worker: &str| -> &'static str { Box::leak(format!("kill-{}-{worker}", self.verb).into_boxed_str()) };
        let create = |name: &'static str| {
            let vec = testbed.namespace(name);
            vec.milvus("lone").standalone().version(self.begin).create_and_wait_until_healthy()
        };
        let lone = create(name("alone"));
        let requests = self.undisturbed(&lone, self.versions[0]);
        let end = state(&lone, self.versions[0]);
        let points = points(&requests);
        let count = points.len();
        let begin = |worker: usize| (create(name(&worker.to_string())), self.versions.iter());
        let hits = kill::through(points, WORKERS, begin, |(lone, versions), _, point| {
            let version = versions.next().expect("versions enough for all points");
            let proxy = testbed.proxy();
            let is_hit = point.kills(&proxy, |proxy| self.command(lone, version).kubeconfig(proxy), SOON);
            // It never asks for anything else than the same command.
            kill::goes_on(SOON, point, || self.command(lone, version).run());
            runs_wholly(lone, &format!("milvusdb/milvus:v{version}"));
            assert_eq!(state(lone, version), end, "{point:?}");
            is_hit
        });
        report(&format!(
            "{} of {} requests killed at {count} points (both sides of every write, every {STRIDE}th read): \
             {hits} were reached, all came to the same end",
            self.verb,
            requests.len()
        ));
    }

    fn command<'a>(&self, lone: &Milvus<'a>, version: &str) -> Invocation<'a> {
        lone.namespace.command(&[self.verb, "lone", "--to", version, "--yes", "--lease-length", "2s"])
    }

    fn undisturbed(&self, lone: &Milvus, version: &str) -> Vec<Seen> {
        let proxy = lone.namespace.testbed.proxy();
        ended_with(&self.command(lone, version).kubeconfig(proxy.kubeconfig()).run(), 0);
        proxy.seen()
    }
}

/// Both sides of every write, and some reads.
fn points(requests: &[Seen]) -> Vec<Point> {
    let reads = requests.iter().enumerate().filter(|(number, it)| number % STRIDE == 0 && kill::is_read(it));
    reads.map(|(number, _)| Point::at_request(number, false)).chain(kill::of_writes(requests)).collect()
}

/// What is left, but for what differs from version to version: the spec, the newest run, and Leases.
fn state(lone: &Milvus, version: &str) -> Value {
    let object = lone.get();
    let secrets = secrets(&lone.namespace);
    let runs: Vec<Value> = secrets.iter().map(run_of).filter(|run| run["to"] == version).collect();
    // Where the first run died before its Secret was written, or after everything was done, there is one all the same.
    let steps: Vec<&Value> = runs.iter().flat_map(|run| run["steps"].as_array().expect("steps")).collect();
    let spec = object["spec"].to_string().replace(version, "VERSION").replace(lone.namespace.name(), "NAMESPACE");
    let endings: Vec<&Value> = runs.iter().map(ending).collect();
    json!({
        "spec": serde_json::from_str::<Value>(&spec).expect("JSON"),
        "annotations": object["metadata"]["annotations"],
        "leases": leases(&lone.namespace).len(),
        "endings": endings,
        "steps": steps.iter().map(|step| json!([step["id"], step["progress"]])).collect::<Vec<_>>(),
    })
}
