//! Signals in the middle of an upgrade: what is under way is finished, the record says `failed`, and the lock is open.

use std::time::Duration;

use super::chart::small;
use super::course::{Course, METHODS};
use super::look;
use crate::testbed::proxy::Trouble;
use crate::testbed::run::Running;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};
use crate::upgrade::{SOON, ended_with, own_writes, says};

trials![
    ctrl_c_while_a_hook_runs_leaves_a_failed_revision,
    a_request_to_end_among_the_objects_leaves_a_failed_revision,
    a_signal_before_the_first_write_changes_nothing,
];

fn ctrl_c_while_a_hook_runs_leaves_a_failed_revision(testbed: &Testbed) {
    let folder = small();
    let course = Course::begin(testbed, "signal-hook", folder.path(), METHODS[0]);
    let before = course.state();
    let running = spawn(&course, &["--set", "waits=true"]);
    sure(wait::until(SOON, "the hook", || {
        let records = course.records();
        let runs = records.iter().any(|(_, record)| record["hooks"].to_string().contains("\"Running\""));
        Ok(if runs { Look::Done(()) } else { Look::NotYet(format!("{} records", records.len())) })
    }));
    running.interrupt();
    let output = running.wait(SOON);
    ended_with(&output, 130);
    let why = "pre-upgrade hooks failed: interrupted by a signal";
    says(&output.stderr, why);
    says(&output.stderr, "the same command again goes on");
    is_failed(&course, why);
    let differences = look::differences(&before, &course.state());
    // The Job of the hook is there, and nothing else.
    assert!(differences.iter().all(|line| line.starts_with("jobs/one-before")), "{}", differences.join("\n"));
    goes_on(&course);
}

fn a_request_to_end_among_the_objects_leaves_a_failed_revision(testbed: &Testbed) {
    let folder = small();
    let course = Course::begin(testbed, "signal-object", folder.path(), METHODS[1]);
    let proxy = testbed.proxy();
    let hits = proxy.make(Trouble::Delay(Duration::from_secs(2))).method("PATCH").path("/services/one").begin();
    let arguments = course.there();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let running = course.namespace.command(&arguments).kubeconfig(proxy.kubeconfig()).spawn();
    sure(wait::until(SOON, "the patch", || {
        Ok(if hits.count() > 0 { Look::Done(()) } else { Look::NotYet("none".to_owned()) })
    }));
    running.terminate();
    let output = running.wait(SOON);
    ended_with(&output, 130);
    is_failed(&course, "interrupted by a signal");
    let objects = look::of(&course.namespace);
    // The patch that was under way is made, the next object is as it was.
    assert_eq!(objects["services/one"]["spec"]["ports"][1]["port"], 9092);
    assert_eq!(objects["deployments/one"]["spec"]["template"]["spec"]["containers"][0]["image"], "example.org/main:a");
    goes_on(&course);
}

fn a_signal_before_the_first_write_changes_nothing(testbed: &Testbed) {
    let folder = small();
    let course = Course::begin(testbed, "signal-early", folder.path(), METHODS[1]);
    let proxy = testbed.proxy();
    let hits = proxy.make(Trouble::Hold).path("/secrets/sh.helm.release.v1.one.v1").begin();
    let arguments = course.there();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let running = course.namespace.command(&arguments).kubeconfig(proxy.kubeconfig()).spawn();
    sure(wait::until(SOON, "the read", || {
        Ok(if hits.count() > 0 { Look::Done(()) } else { Look::NotYet("none".to_owned()) })
    }));
    running.terminate();
    let output = running.wait(SOON);
    ended_with(&output, 130);
    says(&output.stderr, "interrupted; no object was changed");
    assert_eq!(own_writes(&course.namespace), []);
}

fn spawn<'a>(course: &Course<'a>, more: &[&str]) -> Running<'a> {
    let arguments = course.there();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    course.namespace.command(&arguments).spawn()
}

/// The second revision failed for this reason, and the first is deployed.
fn is_failed(course: &Course, why: &str) {
    let records = course.records();
    let info = |number: usize| &records[number].1["info"];
    assert_eq!(info(0)["status"], "deployed");
    assert_eq!(info(1)["status"], "failed");
    assert_eq!(info(1)["description"], format!("Upgrade \"one\" failed: {why}"));
}

/// The same again ends well.
fn goes_on(course: &Course) {
    ended_with(&course.run(&course.there(), &[]), 0);
    let (name, _) = course.deployed();
    assert_eq!(name, "sh.helm.release.v1.one.v3");
}
