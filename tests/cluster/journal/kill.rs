//! `kill -9` at the requests of an upgrade: a new run ends where an undisturbed one ends.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{ending, leases, run_of, secrets};
use crate::testbed::milvus::Milvus;
use crate::testbed::proxy::{Seen, Trouble};
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, report, sure};
use crate::upgrade::{SOON, ended_with, runs_wholly};

trials![a_run_may_be_killed_anywhere];

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

fn a_run_may_be_killed_anywhere(testbed: &Testbed) {
    let vec = testbed.namespace("kill-alone");
    let lone = vec.milvus("lone").standalone().version("2.5.5").create_and_wait_until_healthy();
    let requests = undisturbed(&lone, VERSIONS[0]);
    let end = state(&lone, VERSIONS[0]);
    let points = Mutex::new(points(&requests));
    let count = points.lock().expect("no one failed").len();
    let (survivors, hits) = (Mutex::new(0), Mutex::new(0));
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (points, survivors, hits, end) = (&points, &survivors, &hits, &end);
            scope.spawn(move || {
                let name: &'static str = Box::leak(format!("kill-{worker}").into_boxed_str());
                let vec = testbed.namespace(name);
                let lone = vec.milvus("lone").standalone().version("2.5.5").create_and_wait_until_healthy();
                for version in VERSIONS {
                    let Some(point) = points.lock().expect("no one failed").pop_front() else { return };
                    let is_hit = kill(&lone, version, &point);
                    goes_on(&lone, version, &point);
                    assert_eq!(state(&lone, version), *end, "{point:?}");
                    *survivors.lock().expect("no one failed") += 1;
                    *hits.lock().expect("no one failed") += usize::from(is_hit);
                }
            });
        }
    });
    let (survivors, hits) = (survivors.into_inner().expect("no one failed"), hits.into_inner().expect("no one failed"));
    assert_eq!(survivors, count, "every point had its turn");
    report(&format!(
        "an upgrade of {} requests killed at {count} points (both sides of every write, every {STRIDE}th read): \
         {hits} were reached, {survivors} came to the same end",
        requests.len()
    ));
}

fn arguments(version: &str) -> [String; 7] {
    ["upgrade", "lone", "--to", version, "--yes", "--lease-length", "2s"].map(str::to_owned)
}

fn undisturbed(lone: &Milvus, version: &str) -> Vec<Seen> {
    let proxy = lone.namespace.testbed.proxy();
    let arguments = arguments(version);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    ended_with(&lone.namespace.command(&arguments).kubeconfig(proxy.kubeconfig()).run(), 0);
    proxy.seen()
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

/// Kills a run at a point; whether it came there.
fn kill(lone: &Milvus, version: &str, point: &Point) -> bool {
    let vec = &lone.namespace;
    let proxy = vec.testbed.proxy();
    let mut rule = proxy.make(if point.is_after { Trouble::HoldAnswer } else { Trouble::Hold });
    if !point.method.is_empty() {
        rule = rule.method(&point.method).path(&point.path);
    }
    let hits = rule.after(point.number).times(1).begin();
    let arguments = arguments(version);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut running = vec.command(&arguments).kubeconfig(proxy.kubeconfig()).spawn();
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
fn goes_on(lone: &Milvus, version: &str, point: &Point) {
    let arguments = arguments(version);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    sure(wait::until(SOON, "the end of the lease", || {
        let output = lone.namespace.command(&arguments).run();
        if output.code == Some(3) && output.stderr.contains("works on milvus/lone since") {
            return Ok(Look::NotYet(output.stderr));
        }
        assert_eq!(output.code, Some(0), "{point:?}: {}\n{}", output.stdout, output.stderr);
        Ok(Look::Done(()))
    }));
    runs_wholly(lone, &format!("milvusdb/milvus:v{version}"));
}

/// What is left, but for what differs from version to version: the spec, the newest run, and Leases.
fn state(lone: &Milvus, version: &str) -> Value {
    let object = lone.get();
    let secrets = secrets(&lone.namespace);
    let runs: Vec<Value> = secrets.iter().map(run_of).filter(|run| run["to"] == version).collect();
    // Where the first run died before its Secret was written, or after everything was done, there is one all the same.
    let steps: Vec<&Value> = runs.iter().flat_map(|run| run["steps"].as_array().expect("steps")).collect();
    let spec = object["spec"].to_string().replace(version, "VERSION");
    let endings: Vec<&Value> = runs.iter().map(ending).collect();
    json!({
        "spec": serde_json::from_str::<Value>(&spec).expect("JSON"),
        "annotations": object["metadata"]["annotations"],
        "leases": leases(&lone.namespace).len(),
        "endings": endings,
        "steps": steps.iter().map(|step| json!([step["id"], step["progress"]])).collect::<Vec<_>>(),
    })
}
