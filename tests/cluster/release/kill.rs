//! `kill -9` at every request of an upgrade and of a rollback: the same command again ends where it would have ended.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::chart::small;
use super::course::{Course, METHODS, State};
use super::look;
use crate::kill::Point;
use crate::testbed::proxy::Seen;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, report};
use crate::upgrade::{ended_with, says};

trials![a_patching_run_may_be_killed_anywhere, an_applying_run_may_be_killed_anywhere];

const SOON: Duration = Duration::from_mins(1);
/// Releases that are worked on at once.
const WORKERS: usize = 4;

fn a_patching_run_may_be_killed_anywhere(testbed: &Testbed) {
    everywhere(testbed, "kill-c", METHODS[0]);
}

fn an_applying_run_may_be_killed_anywhere(testbed: &Testbed) {
    everywhere(testbed, "kill-s", METHODS[1]);
}

fn everywhere(testbed: &Testbed, name: &str, method: &str) {
    let folder = small();
    let course = Course::begin(testbed, &format!("{name}-alone"), folder.path(), method);
    let (back, before) = (course.back(), course.state());
    let there = requests(&course, &course.there());
    let after = course.state();
    assert_ne!(before, after);
    let home = requests(&course, &back);
    // What a rollback leaves is its own measure: helm keeps other owners of fields then.
    let home_state = course.state();

    let [upgrades, rollbacks] = [&there, &home].map(|requests| Mutex::new(points(requests)));
    let counts = [&upgrades, &rollbacks].map(|queue| queue.lock().expect("no one failed").len());
    let survivors = Mutex::new([0, 0]);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (upgrades, rollbacks, survivors) = (&upgrades, &rollbacks, &survivors);
            let (after, home_state, folder) = (&after, &home_state, folder.path());
            scope.spawn(move || {
                let course = Course::begin(testbed, &format!("{name}-{worker}"), folder, method);
                loop {
                    let (up, down) = (next(upgrades), next(rollbacks));
                    if up.is_none() && down.is_none() {
                        return;
                    }
                    let back = course.back();
                    for (at, (point, arguments, end)) in
                        [(up, course.there(), after), (down, back, home_state)].into_iter().enumerate()
                    {
                        survive(&course, &arguments, point.as_ref(), end);
                        survivors.lock().expect("no one failed")[at] += usize::from(point.is_some());
                    }
                }
            });
        }
    });
    let survivors = survivors.into_inner().expect("no one failed");
    assert_eq!(survivors, counts);
    report(&format!(
        "{name}: an upgrade of {} requests killed at {} points, a rollback of {} at {}: all came to the same end",
        there.len(),
        survivors[0],
        home.len(),
        survivors[1]
    ));
}

/// The requests of a run that nobody disturbs.
fn requests(course: &Course, arguments: &[String]) -> Vec<Seen> {
    let proxy = course.namespace.testbed.proxy();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = course.namespace.command(&arguments).kubeconfig(proxy.kubeconfig()).run();
    ended_with(&output, 0);
    proxy.seen()
}

fn points(requests: &[Seen]) -> VecDeque<Point> {
    let mut points = VecDeque::new();
    for (number, request) in requests.iter().enumerate() {
        points.push_back(Point::at_request(number, false));
        if request.method != "GET" {
            points.push_back(Point::at_request(number, true));
        }
    }
    points
}

fn next(queue: &Mutex<VecDeque<Point>>) -> Option<Point> {
    queue.lock().expect("no one failed").pop_front()
}

/// Kills a run at a point, runs it again as it says, and looks where that ends.
fn survive(course: &Course, arguments: &[String], point: Option<&Point>, end: &State) {
    let told = point.and_then(|point| kill(course, arguments, point));
    let again = course.run(arguments, &[]);
    if again.code == Some(3) {
        says(&again.stderr, "another operation is in progress: revision");
        says(&again.stderr, "kubectl milvus upgrade release/one --unlock");
        says(&again.stderr, "kubectl milvus release rollback one");
        ended_with(&course.run(arguments, &["--unlock"]), 3);
        ended_with(&course.run(arguments, &["--unlock", "--stale-after", "0s"]), 0);
    } else {
        ended_with(&again, 0);
    }
    let differences = look::differences(end, &course.state());
    assert!(differences.is_empty(), "{arguments:?} {point:?} {told:?}:\n{}", differences.join("\n"));
    course.is_free(&format!("after {point:?}"));
}

/// The request at which the run was killed; `None` where it ended before.
fn kill(course: &Course, arguments: &[String], point: &Point) -> Option<Seen> {
    let proxy = course.namespace.testbed.proxy();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let is_held = point.kills(&proxy, |proxy| course.namespace.command(&arguments).kubeconfig(proxy), SOON);
    is_held.then(|| proxy.seen().pop()).flatten()
}
