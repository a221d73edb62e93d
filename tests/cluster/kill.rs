//! `kill -9` at the requests of a run, for all who try it.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use crate::testbed::proxy::{Proxy, Seen, Trouble};
use crate::testbed::run::{Invocation, Output};
use crate::testbed::sure;
use crate::testbed::wait::{self, Look};

/// Where a run is killed.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// Empty for any.
    method: String,
    /// A part of the path; empty for any.
    path: String,
    /// The number of the request among those that match, from 0.
    number: usize,
    /// Whether the server did what was asked.
    is_after: bool,
}

impl Point {
    /// The request of this number, whatever it asks: before the server sees it, or after it did what was asked.
    pub(crate) fn at_request(number: usize, is_after: bool) -> Self {
        Self { method: String::new(), path: String::new(), number, is_after }
    }

    /// Kills a run, which talks through `proxy`, here; whether it came so far.
    pub(crate) fn kills<'a>(&self, proxy: &Proxy, run: impl FnOnce(&Path) -> Invocation<'a>, limit: Duration) -> bool {
        let mut rule = proxy.make(if self.is_after { Trouble::HoldAnswer } else { Trouble::Hold });
        if !self.method.is_empty() {
            rule = rule.method(&self.method).path(&self.path);
        }
        let hits = rule.after(self.number).times(1).begin();
        let mut running = run(proxy.kubeconfig()).spawn();
        let is_held = sure(wait::until_every(Duration::from_millis(5), limit, "the request", || {
            Ok(match (hits.count(), running.is_running()) {
                (0, true) => Look::NotYet(format!("{} requests", proxy.seen().len())),
                (count, _) => Look::Done(count > 0),
            })
        }));
        running.kill();
        is_held
    }
}

/// Goes through points with several workers, each with what `begin` makes for it; `survive` says whether the run was
/// killed there. Returns how many were: nearly all, for a run writes once more or less as its time goes by.
pub(crate) fn through<T>(
    points: Vec<Point>,
    workers: usize,
    begin: impl Fn(usize) -> T + Sync,
    survive: impl Fn(&mut T, usize, &Point) -> bool + Sync,
) -> usize {
    let count = points.len();
    let points = Mutex::new(points.into_iter().enumerate().collect::<VecDeque<_>>());
    let hits = Mutex::new(0);
    let next = || points.lock().expect("no one failed").pop_front();
    thread::scope(|scope| {
        for worker in 0..workers {
            let (next, hits, begin, survive) = (&next, &hits, &begin, &survive);
            scope.spawn(move || {
                let mut mine = begin(worker);
                while let Some((number, point)) = next() {
                    *hits.lock().expect("no one failed") += usize::from(survive(&mut mine, number, &point));
                }
            });
        }
    });
    let hits = hits.into_inner().expect("no one failed");
    assert!(hits * 10 >= count * 8, "{hits} of {count} points were reached");
    hits
}

/// Runs the same command until the Lease of the killed run has ended, which lets it go on to its end.
pub(crate) fn goes_on(limit: Duration, point: &Point, mut run: impl FnMut() -> Output) {
    sure(wait::until(limit, "the end of the lease", || {
        let output = run();
        if output.code == Some(3) && output.stderr.contains("works on") {
            return Ok(Look::NotYet(output.stderr));
        }
        assert_eq!(output.code, Some(0), "{point:?}: {}\n{}", output.stdout, output.stderr);
        Ok(Look::Done(()))
    }));
}

/// Whether a request only reads.
pub(crate) fn is_read(request: &Seen) -> bool {
    // What the server is only asked about leaves nothing.
    request.method == "GET" || request.path.contains("review") || request.path.contains("dryRun")
}

/// Both sides of every write. Renewals of the Lease come as often as time passes, and nothing depends on Events: of each
/// one stands for all.
pub(crate) fn of_writes(requests: &[Seen]) -> Vec<Point> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut points = vec![];
    for request in requests.iter().filter(|request| request.method != "GET") {
        let path = collection(&request.path);
        let count = counts.entry((request.method.clone(), path.clone())).or_default();
        let is_many = path == "/events" || (path == "/leases" && request.method == "PUT");
        if !is_read(request) && (!is_many || *count == 0) {
            let point =
                |is_after| Point { method: request.method.clone(), path: path.clone(), number: *count, is_after };
            points.extend([false, true].map(point));
        }
        *count += 1;
    }
    points
}

/// The kind of a path, as it stands there in every namespace: `/secrets`.
fn collection(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let inside = path.split_once("/namespaces/").and_then(|(_, inside)| inside.split('/').nth(1));
    inside.map_or_else(|| path.to_owned(), |kind| format!("/{kind}"))
}
