//! A run that was stopped goes on: by the same command, by `--resume`, from anywhere.

use std::time::Duration;

use serde_json::{Value, json};

use super::{IMAGE, UPGRADE, ending, leases, only_run};
use crate::testbed::Testbed;
use crate::testbed::milvus::is_healthy;
use crate::testbed::proxy::Trouble;
use crate::testbed::sure;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::upgrade::{ROLL, SOON, ended_with, own_writes, runs_wholly, says};

trials![
    an_interrupted_run_is_gone_on_with,
    two_signals_at_once_leave_everything_as_it_is,
    a_run_that_wrote_nothing_is_not_resumed_on_moved_ground,
    what_is_done_is_not_resumed,
];

fn an_interrupted_run_is_gone_on_with(testbed: &Testbed) {
    let vec = testbed.namespace("resumed");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let fault = lone.fault("standalone").on_image(":v2.5.27").never_gets_ready();
    let mut running = vec.spawn(UPGRADE);
    running.wait_for("standalone waits: pod", SOON);
    running.interrupt();
    let output = running.wait(SOON);
    ended_with(&output, 130);
    says(&output.stdout, "the roll goes on");
    says(&output.stdout, "kubectl milvus upgrade lone -n resumed --to 2.5.27");
    assert_eq!(ending(&only_run(&vec)), "interrupted");
    assert_eq!(leases(&vec), Vec::<Value>::new());

    // Time that runs out is another session of the same run.
    ended_with(&vec.command(&UPGRADE).args(&["--timeout", "2s"]).run(), 124);
    assert_eq!(ending(&only_run(&vec)), "timed-out");
    // It has to be at work when the roll goes on: what is done already needs no session.
    let mut running = vec.spawn(["upgrade", "lone", "--resume"]);
    running.wait_for("Z  step ", SOON);
    fault.release();
    let output = running.wait(ROLL);
    ended_with(&output, 0);
    runs_wholly(&lone, IMAGE);
    assert_eq!(own_writes(&vec).len(), 1);
    let run = only_run(&vec);
    assert_eq!(ending(&run), "done");
    assert_eq!(run["sessions"].as_array().map(Vec::len), Some(3), "{run:#}");
    assert!(
        run["steps"].as_array().is_some_and(|steps| steps.iter().all(|step| step["progress"] == "done")),
        "{run:#}"
    );
    let history = vec.run(["history", "lone", "-o", "json"]);
    let history: Value = serde_json::from_str(&history.stdout).expect("one document");
    assert_eq!((&history["kind"], &history["items"][0]["state"]), (&json!("History"), &json!("done")));
}

fn two_signals_at_once_leave_everything_as_it_is(testbed: &Testbed) {
    let vec = testbed.namespace("at-once");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    let held = proxy.make(Trouble::Hold).method("PATCH").times(1).begin();
    let arguments = [&UPGRADE[..], &["--lease-length", "2s"]].concat();
    let running = vec.command(&arguments).kubeconfig(proxy.kubeconfig()).spawn();
    sure(wait::until(SOON, "the write to be on its way", || {
        Ok(if held.count() == 1 { Look::Done(()) } else { Look::NotYet(running.stderr()) })
    }));
    // Two signals of one kind that come together may be one.
    running.interrupt();
    running.terminate();
    let output = running.wait(SOON);
    ended_with(&output, 130);
    assert!(output.time < Duration::from_secs(25), "it waited for an answer: {:?}", output.time);
    says(&output.stderr, "left at once");
    says(&output.stderr, "kubectl milvus upgrade lone -n at-once --to 2.5.27");
    assert_eq!(ending(&only_run(&vec)), &Value::Null);
    drop(proxy);
    // Once its Lease has ended, another goes on.
    let again = sure(wait::until(SOON, "the end of the lease", || {
        let again = vec.run(UPGRADE);
        Ok(if again.code == Some(3) { Look::NotYet(again.stderr) } else { Look::Done(again) })
    }));
    ended_with(&again, 0);
    runs_wholly(&lone, IMAGE);
    assert_eq!((ending(&only_run(&vec)), leases(&vec).len()), (&json!("done"), 0));
}

fn a_run_that_wrote_nothing_is_not_resumed_on_moved_ground(testbed: &Testbed) {
    let vec = testbed.namespace("moved-run");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    let held = proxy.make(Trouble::Hold).method("PATCH").times(1).begin();
    let arguments = [&UPGRADE[..], &["--lease-length", "1s"]].concat();
    let running = vec.command(&arguments).kubeconfig(proxy.kubeconfig()).spawn();
    sure(wait::until(SOON, "the write to be on its way", || {
        Ok(if held.count() == 1 { Look::Done(()) } else { Look::NotYet(running.stderr()) })
    }));
    running.kill();
    drop(proxy);
    lone.patch(&json!({ "spec": { "config": { "log": { "level": "debug" } } } }));
    lone.wait_until(SOON, "the operator's look at it", is_healthy);
    let resumed = sure(wait::until(SOON, "the end of the lease", || {
        let resumed = vec.run(["upgrade", "lone", "--resume"]);
        Ok(if resumed.stderr.contains("works on") { Look::NotYet(resumed.stderr) } else { Look::Done(resumed) })
    }));
    ended_with(&resumed, 3);
    says(&resumed.stderr, "milvus/lone is not as it was when the plan was made; nothing was changed");
    says(&resumed.stderr, "metadata.generation: ");
    assert_eq!(own_writes(&vec), []);
    // The same command makes the plan anew.
    ended_with(&vec.run(UPGRADE), 0);
    runs_wholly(&lone, IMAGE);
    // What was before is what was there when the first change was made.
    assert_eq!(only_run(&vec)["before"]["spec"]["config"]["log"]["level"], "debug");
}

fn what_is_done_is_not_resumed(testbed: &Testbed) {
    let vec = testbed.namespace("nothing-left");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let nothing = vec.run(["upgrade", "lone", "--resume"]);
    ended_with(&nothing, 1);
    says(&nothing.stderr, "nothing to go on with: no run on milvus/lone is written down");
    let history = vec.run(["history", "lone"]);
    ended_with(&history, 0);
    says(&history.stderr, "No run on milvus/lone in namespace nothing-left is written down");
    ended_with(&vec.run(UPGRADE), 0);
    let nothing = vec.run(["upgrade", "lone", "--resume"]);
    ended_with(&nothing, 1);
    says(&nothing.stderr, "is done");
}
