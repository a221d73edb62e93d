//! `kill -9` at the requests of an upgrade or a rollback: a new run ends where an undisturbed one ends.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{ending, leases, run_of, secrets};
use crate::testbed::milvus::Milvus;
use crate::testbed::proxy::{Seen, Trouble};
use crate::testbed::run::Invocation;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, report, sure};
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

/// Where a run is killed.
#[derive(Clone, Debug)]
struct Point {
    method: String,
    /// A part of the path; empty for any.
    path: String,
    /// The number of the request among those that match, from 0.
    number: usize,
    /// Whether the server did what was asked.
    is_after: bool,
}

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
        let points = Mutex::new(points(&requests));
        let count = points.lock().expect("no one failed").len();
        let (survivors, hits) = (Mutex::new(0), Mutex::new(0));
        thread::scope(|scope| {
            for worker in 0..WORKERS {
                let (points, survivors, hits, end, create, name) = (&points, &survivors, &hits, &end, &create, &name);
                scope.spawn(move || {
                    let lone = create(name(&worker.to_string()));
                    for version in &self.versions {
                        let Some(point) = points.lock().expect("no one failed").pop_front() else { return };
                        let is_hit = self.kill(&lone, version, &point);
                        self.goes_on(&lone, version, &point);
                        assert_eq!(state(&lone, version), *end, "{point:?}");
                        *survivors.lock().expect("no one failed") += 1;
                        *hits.lock().expect("no one failed") += usize::from(is_hit);
                    }
                });
            }
        });
        let survivors = survivors.into_inner().expect("no one failed");
        let hits = hits.into_inner().expect("no one failed");
        assert_eq!(survivors, count, "every point had its turn");
        report(&format!(
            "{} of {} requests killed at {count} points (both sides of every write, every {STRIDE}th read): \
             {hits} were reached, {survivors} came to the same end",
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

    /// Kills a run at a point; whether it came there.
    fn kill(&self, lone: &Milvus, version: &str, point: &Point) -> bool {
        let proxy = lone.namespace.testbed.proxy();
        let mut rule = proxy.make(if point.is_after { Trouble::HoldAnswer } else { Trouble::Hold });
        if !point.method.is_empty() {
            rule = rule.method(&point.method).path(&point.path);
        }
        let hits = rule.after(point.number).times(1).begin();
        let mut running = self.command(lone, version).kubeconfig(proxy.kubeconfig()).spawn();
        let is_held = sure(wait::until_every(Duration::from_millis(5), SOON, "the request", || {
            Ok(match (hits.count(), running.is_running()) {
                (0, true) => Look::NotYet(format!("{} requests", proxy.seen().len())),
                (count, _) => Look::Done(count > 0),
            })
        }));
        running.kill();
        is_held
    }

    /// The same command, once the Lease has ended: it never asks for anything else.
    fn goes_on(&self, lone: &Milvus, version: &str, point: &Point) {
        sure(wait::until(SOON, "the end of the lease", || {
            let output = self.command(lone, version).run();
            if output.code == Some(3) && output.stderr.contains("works on milvus/lone since") {
                return Ok(Look::NotYet(output.stderr));
            }
            assert_eq!(output.code, Some(0), "{point:?}: {}\n{}", output.stdout, output.stderr);
            Ok(Look::Done(()))
        }));
        runs_wholly(lone, &format!("milvusdb/milvus:v{version}"));
    }
}

/// Both sides of every write, and some reads. Renewals of the Lease come as often as time passes: one stands for all.
fn points(requests: &[Seen]) -> VecDeque<Point> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut points = VecDeque::new();
    for (number, request) in requests.iter().enumerate() {
        let is_read = request.method == "GET" || request.path.contains("review");
        if is_read {
            if number % STRIDE == 0 {
                let (method, path) = (String::new(), String::new());
                points.push_back(Point { method, path, number, is_after: false });
            }
            continue;
        }
        let kinds = ["/leases", "/secrets", "/events", "/milvuses"];
        let path = kinds.into_iter().find(|kind| request.path.contains(kind)).unwrap_or_default().to_owned();
        let count = counts.entry((request.method.clone(), path.clone())).or_default();
        let is_renewal = path == "/leases" && request.method == "PUT";
        if !is_renewal || *count == 0 {
            for is_after in [false, true] {
                let method = request.method.clone();
                points.push_back(Point { method, path: path.clone(), number: *count, is_after });
            }
        }
        *count += 1;
    }
    points
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
