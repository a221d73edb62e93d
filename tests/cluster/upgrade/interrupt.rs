//! Whoever stops watching stops nothing else.

use super::{ROLL, SOON, ended_with, own_writes, says};
use crate::testbed::Testbed;
use crate::testbed::cluster::is_ready;
use crate::testbed::fault::Fault;
use crate::testbed::milvus::{Milvus, is_healthy};
use crate::testbed::run::Running;
use crate::testbed::trial::trials;

trials![ctrl_c_leaves_the_roll_alone, a_request_to_end_leaves_the_roll_alone];

const IMAGE: &str = "milvusdb/milvus:v2.6.22";

fn ctrl_c_leaves_the_roll_alone(testbed: &Testbed) {
    let roll = Roll::begin(testbed, "ctrl-c");
    roll.running.interrupt();
    roll.goes_on();
}

fn a_request_to_end_leaves_the_roll_alone(testbed: &Testbed) {
    let roll = Roll::begin(testbed, "sigterm");
    roll.running.terminate();
    roll.goes_on();
}

/// A roll that stands still, and the program that watches it.
struct Roll<'a> {
    lone: Milvus<'a>,
    fault: Fault<'a>,
    running: Running<'a>,
}

impl<'a> Roll<'a> {
    fn begin(testbed: &'a Testbed, namespace: &'static str) -> Self {
        let vec = testbed.namespace(namespace);
        let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
        let fault = lone.fault("standalone").on_image(":v2.6.22").never_gets_ready();
        let mut running = vec.spawn(["upgrade", "lone", "--to", "2.6.22", "--backup", "nightly", "--yes"]);
        running.wait_for("standalone waits: pod", SOON);
        Self { lone, fault, running }
    }

    /// The program ends and says so; the roll comes to its end without it.
    fn goes_on(self) {
        let Self { lone, fault, running } = self;
        let output = running.wait(SOON);
        ended_with(&output, 130);
        says(&output.stdout, "Stopped watching: milvus/lone is on its way to 2.6.22, the roll goes on");
        says(&output.stdout, &format!("kubectl milvus upgrade lone -n {} --to 2.6.22", lone.namespace.name()));

        fault.release();
        lone.wait_until(ROLL, "the end of the roll", |object| {
            is_healthy(object) && object["status"]["currentImage"] == IMAGE
        });
        lone.wait_until_a_pod("standalone", SOON, "is new and ready", |pod| {
            pod["spec"]["containers"][0]["image"] == IMAGE && is_ready(pod)
        });
        assert_eq!(own_writes(&lone.namespace).len(), 1);
    }
}
