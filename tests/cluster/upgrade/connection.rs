//! Trouble on the way to the API server, in the middle of a roll: the same end, and still one write.

use std::time::Duration;

use super::{ROLL, SOON, ended_with, own_writes, runs_wholly, says};
use crate::testbed::milvus::{Milvus, is_healthy};
use crate::testbed::namespace::Namespace;
use crate::testbed::proxy::{Hits, Proxy, Trouble};
use crate::testbed::run::{Output, Running};
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};

trials![
    a_server_that_is_away_during_the_roll_is_caught_up_with,
    a_write_that_nobody_can_tell_of_is_said_to_be_open,
    watches_that_break_are_taken_up_again,
    a_write_whose_answer_is_lost_is_not_made_again,
    a_write_that_is_put_off_is_made_once,
    a_write_at_which_the_server_stumbles_is_made_once,
];

const IMAGE: &str = "milvusdb/milvus:v2.6.22";

fn upgrade<'a>(vec: &Namespace<'a>, name: &str, proxy: &Proxy) -> Running<'a> {
    let arguments = ["upgrade", name, "--to", "2.6.22", "--backup", "nightly", "--yes"];
    vec.command(&arguments).kubeconfig(proxy.kubeconfig()).spawn()
}

fn is_well_done(milvus: &Milvus, output: &Output) {
    ended_with(output, 0);
    runs_wholly(milvus, IMAGE);
    says(&output.stdout, "1 write)");
    assert_eq!(own_writes(&milvus.namespace).len(), 1);
}

/// Waits until every trouble has been made.
fn wait_for_hits(troubles: &[Hits]) {
    sure(wait::until(SOON, "all of the trouble", || {
        let counts: Vec<u32> = troubles.iter().map(Hits::count).collect();
        Ok(if counts.contains(&0) { Look::NotYet(format!("{counts:?}")) } else { Look::Done(()) })
    }));
}

fn a_server_that_is_away_during_the_roll_is_caught_up_with(testbed: &Testbed) {
    let vec = testbed.namespace("away");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let fault = prod.fault("streamingnode").on_image(":v2.6.22").never_gets_ready();
    let proxy = testbed.proxy();
    let mut running = upgrade(&vec, "prod", &proxy);
    running.wait_for("streamingnode waits: pod", SOON);
    proxy.go_down();
    running.wait_for("watching again: the watch of ", SOON);
    // All of the roll happens unseen.
    fault.release();
    prod.wait_until(ROLL, "the end of the roll", |object| {
        is_healthy(object) && object["status"]["currentImage"] == IMAGE
    });
    proxy.come_back();
    is_well_done(&prod, &running.wait(ROLL));
}

fn watches_that_break_are_taken_up_again(testbed: &Testbed) {
    let vec = testbed.namespace("broken-watches");
    let prod = vec.milvus("prod").cluster().version("2.6.6").create_and_wait_until_healthy();
    let fault = prod.fault("querynode").on_image(":v2.6.22").never_gets_ready();
    let proxy = testbed.proxy();
    let mut running = upgrade(&vec, "prod", &proxy);
    running.wait_for("querynode waits: pod", SOON);

    let troubles = [
        ("/milvuses?", Trouble::Status(500)),
        ("/deployments?", Trouble::Status(503)),
        ("/pods?", Trouble::TooManyRequests { retry_after: 1 }),
        ("/events?", Trouble::CutAfterBytes(200)),
    ];
    let hits = troubles.map(|(path, trouble)| proxy.make(trouble).watches().path(path).times(1).begin());
    proxy.cut_now();
    wait_for_hits(&hits);

    let expired = ["/milvuses?", "/deployments?", "/pods?", "/events?"]
        .map(|path| proxy.make(Trouble::Expired).watches().path(path).times(1).begin());
    proxy.cut_now();
    wait_for_hits(&expired);

    fault.release();
    // One more while everything moves.
    running.wait_for("querynode: done", ROLL);
    proxy.make(Trouble::CutAfterEvents(1)).watches().times(4).begin();
    proxy.cut_now();
    is_well_done(&prod, &running.wait(ROLL));
}

fn a_write_whose_answer_is_lost_is_not_made_again(testbed: &Testbed) {
    let vec = testbed.namespace("lost-answer");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    let hits = proxy.make(Trouble::CutAnswer).method("PATCH").times(1).begin();
    let output = upgrade(&vec, "lone", &proxy).wait(ROLL);
    assert_eq!(hits.count(), 1);
    // Whether it counts the lost one as its own is its affair.
    ended_with(&output, 0);
    runs_wholly(&lone, IMAGE);
    assert_eq!(own_writes(&vec).len(), 1, "{:?}", own_writes(&vec));
}

fn a_write_that_nobody_can_tell_of_is_said_to_be_open(testbed: &Testbed) {
    let vec = testbed.namespace("open-write");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    proxy.make(Trouble::CutAnswer).method("PATCH").begin();
    // It is read once for the plan and once for the journal, and then no more.
    proxy.make(Trouble::CutBefore).method("GET").path("/milvuses/lone").after(2).begin();
    let arguments = ["upgrade", "lone", "--to", "2.6.22", "--backup", "nightly", "--yes", "--timeout", "15s"];
    let output = vec.command(&arguments).kubeconfig(proxy.kubeconfig()).run();
    ended_with(&output, 124);
    says(&output.stdout, "nobody answered whether the write was made; milvus/lone may be on its way to 2.6.22");
    says(&output.stdout, "kubectl milvus upgrade lone -n open-write --to 2.6.22");
    drop(proxy);

    // It has been.
    let output = vec.run(["upgrade", "lone", "--to", "2.6.22", "--backup", "nightly", "--yes"]);
    ended_with(&output, 0);
    runs_wholly(&lone, IMAGE);
    assert_eq!(own_writes(&vec).len(), 1, "{:?}", own_writes(&vec));
}

fn a_write_that_is_put_off_is_made_once(testbed: &Testbed) {
    let vec = testbed.namespace("put-off");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    let unavailable = proxy.make(Trouble::Status(503)).method("PATCH").times(1).begin();
    let busy = proxy.make(Trouble::TooManyRequests { retry_after: 1 }).method("PATCH").times(1).begin();
    let output = upgrade(&vec, "lone", &proxy).wait(ROLL);
    assert_eq!((unavailable.count(), busy.count()), (1, 1));
    assert!(output.time > Duration::from_secs(1), "it was asked to wait: {:?}", output.time);
    is_well_done(&lone, &output);
}

fn a_write_at_which_the_server_stumbles_is_made_once(testbed: &Testbed) {
    let vec = testbed.namespace("stumble");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    let stumbles = proxy.make(Trouble::Status(500)).method("PATCH").times(1).begin();
    let output = upgrade(&vec, "lone", &proxy).wait(ROLL);
    assert_eq!(stumbles.count(), 1);
    is_well_done(&lone, &output);
}
