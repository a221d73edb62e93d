//! Trouble once at every request of an upgrade and of a rollback: the same end, or a clean refusal and then the same end.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use super::chart::small;
use super::course::{Course, METHODS, State};
use super::look;
use crate::testbed::proxy::{Seen, Trouble};
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::testbed::{Testbed, report};
use crate::upgrade::ended_with;

trials![trouble_at_any_request_does_no_harm_to_patching, trouble_at_any_request_does_no_harm_to_applying];

/// Releases that are worked on at once.
const WORKERS: usize = 4;

/// A trouble, and what it is called.
type Kind = (&'static str, Trouble);

const TROUBLES: [Kind; 5] = [
    ("409", Trouble::Status(409)),
    ("429", Trouble::TooManyRequests { retry_after: 1 }),
    ("500", Trouble::Status(500)),
    ("cut before", Trouble::CutBefore),
    ("answer cut", Trouble::CutAnswer),
];

fn trouble_at_any_request_does_no_harm_to_patching(testbed: &Testbed) {
    everywhere(testbed, "fault-c", METHODS[0], TROUBLES.split_at(3));
}

fn trouble_at_any_request_does_no_harm_to_applying(testbed: &Testbed) {
    let (some, others) = TROUBLES.split_at(3);
    everywhere(testbed, "fault-s", METHODS[1], (others, some));
}

/// Which request, and what happens to it.
type Point = (usize, &'static str, Trouble);

/// How often a trouble went unnoticed, and how often it was refused.
type Counts = BTreeMap<&'static str, [usize; 2]>;

/// The first troubles are made on the way there, the others on the way back: the two share what they are made of.
fn everywhere(testbed: &Testbed, name: &str, method: &str, troubles: (&[Kind], &[Kind])) {
    let folder = small();
    let course = Course::begin(testbed, &format!("{name}-alone"), folder.path(), method);
    let back = course.back();
    let there = points(&disturbed(&course, &course.there(), None).1, troubles.0);
    let after = course.state();
    let home = points(&disturbed(&course, &back, None).1, troubles.1);
    let before = course.state();
    let count = there.len() + home.len();

    let queues = [Mutex::new(there), Mutex::new(home)];
    let counts = Mutex::new(Counts::new());
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (queues, counts, ends, folder) = (&queues, &counts, [&after, &before], folder.path());
            scope.spawn(move || {
                let course = Course::begin(testbed, &format!("{name}-{worker}"), folder, method);
                loop {
                    let points = queues.each_ref().map(|queue| queue.lock().expect("no one failed").pop());
                    if points.iter().all(Option::is_none) {
                        return;
                    }
                    let courses = [course.there(), course.back()];
                    for ((point, arguments), end) in points.into_iter().zip(courses).zip(ends) {
                        let is_refused = endure(&course, &arguments, point.as_ref(), end);
                        let Some((_, kind, _)) = point else { continue };
                        counts.lock().expect("no one failed").entry(kind).or_default()[usize::from(is_refused)] += 1;
                    }
                }
            });
        }
    });
    let counts = counts.into_inner().expect("no one failed");
    assert_eq!(counts.values().flatten().sum::<usize>(), count);
    let line: Vec<String> =
        counts.iter().map(|(kind, [same, refused])| format!("{kind} {same} endured, {refused} refused")).collect();
    report(&format!("{name}: {count} troubles: {}", line.join("; ")));
    // Writes are looked after, and so are reads.
    let refused: usize = counts.values().map(|[_, refused]| refused).sum();
    assert!(refused * 20 <= count, "{refused} of {count} refused");
}

/// Every trouble at every request; somebody else can come before a write only.
fn points(requests: &[Seen], troubles: &[Kind]) -> Vec<Point> {
    let mut points = vec![];
    for (number, request) in requests.iter().enumerate() {
        for (kind, trouble) in troubles {
            if *kind != "409" || request.method != "GET" {
                points.push((number, *kind, trouble.clone()));
            }
        }
    }
    points
}

/// Runs it with trouble at a point, again where it was refused; whether it was.
fn endure(course: &Course, arguments: &[String], point: Option<&Point>, end: &State) -> bool {
    let (output, seen) = disturbed(course, arguments, point);
    let place = point.map(|point| (point, seen.get(point.0)));
    let Output { code, stderr, .. } = &output;
    if *code != Some(0) {
        assert!(matches!(code, Some(1 | 3 | 5)), "{place:?}: {output:?}");
        assert!(stderr.starts_with("error: "), "{place:?}: {stderr}");
        course.is_free(&format!("after {place:?}: {stderr}"));
        ended_with(&course.run(arguments, &[]), 0);
    }
    let differences = look::differences(end, &course.state());
    assert!(differences.is_empty(), "{arguments:?} {place:?} {code:?} {stderr}:\n{}", differences.join("\n"));
    course.is_free(&format!("after {place:?}"));
    *code != Some(0)
}

fn disturbed(course: &Course, arguments: &[String], point: Option<&Point>) -> (Output, Vec<Seen>) {
    let proxy = course.namespace.testbed.proxy();
    if let Some((number, _, trouble)) = point {
        proxy.make(trouble.clone()).after(*number).times(1).begin();
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = course.namespace.command(&arguments).kubeconfig(proxy.kubeconfig()).run();
    (output, proxy.seen())
}
