//! Rolls that stand still: what is said about it, and how they go on.
//!
//! Each ends its first run in the middle, mends the cause, and gives the same command twice more: the first of
//! the two ends well, the second finds nothing to do, and all three have written once.

use std::time::Duration;

use serde_json::Value;

use super::{ROLL, SOON, ended_with, own_writes, runs_wholly, says};
use crate::testbed::Testbed;
use crate::testbed::milvus::Milvus;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;

trials![
    an_operator_that_does_not_look_ends_the_run_early,
    a_pod_that_hangs_in_terminating_is_named,
    an_image_that_cannot_be_pulled_is_named_with_the_words_of_the_kubelet,
    a_pod_without_room_is_named_with_the_words_of_the_scheduler,
    a_crash_loop_is_named_with_its_exit_code,
    a_pause_set_during_the_roll_is_named,
];

const IMAGE: &str = "milvusdb/milvus:v2.6.22";

/// A command whose time runs out, and the one to give afterwards, which has more time.
struct Case<'a> {
    milvus: Milvus<'a>,
    timeout: &'a str,
}

impl Case<'_> {
    fn upgrade(&self) -> Output {
        let vec = &self.milvus.namespace;
        vec.run(["upgrade", &self.milvus.name, "--to", "2.6.22", "--backup", "b", "--yes", "--timeout", self.timeout])
    }

    /// Runs until the time is over; the cluster stays as it is, and the command to go on with is printed.
    ///
    /// A slow machine may need more than one run to come to where the roll stands still, which has these words.
    fn times_out(&self, words: &[&str]) -> Output {
        let output = (0..6).map(|_| self.upgrade()).find(|output| in_a_line(&output.stderr, words));
        let output = output.unwrap_or_else(|| panic!("no run says in a line {words:?}"));
        ended_with(&output, 124);
        let (name, namespace) = (&self.milvus.name, self.milvus.namespace.name());
        says(&output.stdout, &format!("Time ran out after {}: milvus/{name} is on its way to 2.6.22", self.timeout));
        says(&output.stdout, "cluster left as it is");
        says(&output.stdout, &format!("kubectl milvus upgrade {name} -n {namespace} --to 2.6.22"));
        assert_eq!(self.milvus.get()["spec"]["components"]["image"], IMAGE);
        output
    }

    /// The printed command takes the roll up again; the cause goes away meanwhile. Then the same once more.
    fn goes_on_without_a_second_write(&self, printed: &Output, mend: impl FnOnce()) {
        let vec = &self.milvus.namespace;
        let command = printed.stdout.lines().find_map(|line| line.split_once("kubectl milvus ")).expect("a command").1;
        // Without --yes: the answer was given before the write.
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let mut second = vec.testbed.command(&arguments).spawn();
        second.wait_for("Z  step ", SOON);
        mend();
        let second = second.wait(ROLL);
        ended_with(&second, 0);
        runs_wholly(&self.milvus, IMAGE);
        says(&second.stdout, &format!("Done: milvus/{} runs 2.6.22", self.milvus.name));
        says(&second.stdout, "0 writes)");
        let third = self.upgrade();
        ended_with(&third, 0);
        says(&third.stdout, "Nothing to do");
        assert_eq!(own_writes(vec).len(), 1, "{:?}", own_writes(vec));
    }
}

/// Fails where no line of the text has all of these parts: a reason, who has it, and what proves it.
fn says_in_a_line(text: &str, parts: &[&str]) {
    assert!(in_a_line(text, parts), "no line with {parts:?} in\n{text}");
}

fn in_a_line(text: &str, parts: &[&str]) -> bool {
    text.lines().any(|line| parts.iter().all(|part| line.contains(part)))
}

/// The name of the one pod of a component that fits.
fn pod_name(milvus: &Milvus, component: &str, question: impl Fn(&Value) -> bool) -> String {
    let pods = milvus.pods_of(component);
    let pod = pods.iter().find(|pod| question(pod)).expect("a pod");
    pod["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

fn is_new(pod: &Value) -> bool {
    pod["spec"]["containers"][0]["image"] == IMAGE
}

fn an_image_that_cannot_be_pulled_is_named_with_the_words_of_the_kubelet(testbed: &Testbed) {
    let vec = testbed.namespace("no-image");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let fault = prod.fault("streamingnode").on_image(":v2.6.22").cannot_pull();
    let case = Case { milvus: prod, timeout: "20s" };
    let output = case.times_out(&["streamingnode waits: pod ", "ImagePullBackOff"]);
    let waiting = pod_name(&case.milvus, "streamingnode", is_new);
    let reason = format!("streamingnode waits: pod {waiting} is in ImagePullBackOff");
    says_in_a_line(&output.stderr, &[&reason, &format!("Back-off pulling image \"{IMAGE}\"")]);
    // Nothing after it has begun.
    says(&output.stderr, "mixcoord: waits for streamingnode; 2.5.22, 1/1 ready");
    // The same stands at the end.
    says(&output.stdout, &reason);
    case.goes_on_without_a_second_write(&output, || fault.release());
}

fn a_pod_without_room_is_named_with_the_words_of_the_scheduler(testbed: &Testbed) {
    let vec = testbed.namespace("no-room");
    let prod = vec.milvus("prod").cluster().version("2.6.6").create_and_wait_until_healthy();
    let fault = prod.fault("querynode").on_image(":v2.6.22").finds_no_room();
    let case = Case { milvus: prod, timeout: "25s" };
    let output = case.times_out(&["querynode waits: pod ", "unschedulable"]);
    let waiting = pod_name(&case.milvus, "querynode", is_new);
    let reason = format!("querynode waits: pod {waiting} is unschedulable");
    let proof = "0/3 nodes are available: 3 Insufficient memory";
    says_in_a_line(&output.stderr, &[&reason, proof, "it asks for 65536Gi and "]);
    says(&output.stdout, &reason);
    case.goes_on_without_a_second_write(&output, || fault.release());
}

fn a_crash_loop_is_named_with_its_exit_code(testbed: &Testbed) {
    let vec = testbed.namespace("crash-loop");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let fault = lone.fault("standalone").on_image(":v2.6.22").crashes(132);
    let case = Case { milvus: lone, timeout: "20s" };
    let output = case.times_out(&["standalone waits: pod ", "CrashLoopBackOff"]);
    let waiting = pod_name(&case.milvus, "standalone", is_new);
    let reason = format!("standalone waits: pod {waiting} is in CrashLoopBackOff");
    let proof = "back-off 1m20s restarting failed container=";
    says_in_a_line(&output.stderr, &[&reason, proof, "ended with code 132", "AVX"]);
    says(&output.stdout, &reason);
    case.goes_on_without_a_second_write(&output, || fault.release());
}

fn a_pod_that_hangs_in_terminating_is_named(testbed: &Testbed) {
    let vec = testbed.namespace("hangs");
    let prod = vec.milvus("prod").cluster().version("2.6.6").create_and_wait_until_healthy();
    let fault = prod.fault("querynode").on_image(":v2.6.6").hangs_in_terminating();
    let old = pod_name(&prod, "querynode", |_| true);
    // A pod that leaves is given half a minute before a word is said about it.
    let case = Case { milvus: prod, timeout: "50s" };
    let output = case.times_out(&["querynode waits: pod ", "is terminating"]);
    let reason = format!("querynode waits: pod {old} is terminating");
    says_in_a_line(&output.stderr, &[&reason, "while a pod of it is terminating"]);
    says(&output.stdout, &reason);
    case.goes_on_without_a_second_write(&output, || fault.release());
}

fn a_pause_set_during_the_roll_is_named(testbed: &Testbed) {
    let vec = testbed.namespace("paused-meanwhile");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let fault = lone.fault("standalone").on_image(":v2.6.22").never_gets_ready();
    let mut running = vec.spawn(["upgrade", "lone", "--to", "2.6.22", "--backup", "b", "--yes", "--timeout", "40s"]);
    running.wait_for("standalone waits: pod", SOON);
    lone.annotate("milvus.io/pause-reconcile", Some("true"));
    let output = running.wait(SOON);
    ended_with(&output, 124);
    let reason = "the instance waits: the operator was told to leave this instance alone";
    says_in_a_line(&output.stderr, &[reason, r#"milvus/lone: milvus.io/pause-reconcile: "true""#]);
    says(&output.stdout, reason);
    lone.annotate("milvus.io/pause-reconcile", None);
    Case { milvus: lone, timeout: "3m" }.goes_on_without_a_second_write(&output, || fault.release());
}

fn an_operator_that_does_not_look_ends_the_run_early(testbed: &Testbed) {
    let vec = testbed.namespace("unobserved");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    vec.take_the_operator_away();
    let case = Case { milvus: lone, timeout: "30m" };
    let output = case.upgrade();
    ended_with(&output, 5);
    assert!(output.time < Duration::from_mins(3), "{:?}", output.time);
    says(&output.stdout, "Stopped part-way: milvus/lone is on its way to 2.6.22 and cannot go on");
    says(&output.stdout, "the operator has not looked at the change for 90 s");
    says(&output.stdout, "deployment/milvus-operator in milvus-operator: 1 ready, image ");
    says(&output.stdout, "kubectl -n milvus-operator logs deploy/milvus-operator");
    says(&output.stderr, "the operator has not seen the change yet");
    assert_eq!(own_writes(&vec).len(), 1);
    case.goes_on_without_a_second_write(&output, || vec.give_the_operator_back());
}
