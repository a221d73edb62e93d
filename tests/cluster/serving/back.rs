//! What is rolled out and does not serve is taken back by itself where nothing is lost by that.

use std::time::Duration;

use serde_json::{Value, json};

use super::fake::{Fake, World};
use super::{SHORT, asks_for, runs};
use crate::testbed::Testbed;
use crate::testbed::milvus::Milvus;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Running;
use crate::testbed::trial::trials;
use crate::upgrade::{ROLL, ended_with, own_writes, runs_wholly, says};

trials![
    what_does_not_serve_is_taken_back_until_it_serves_as_before,
    where_going_back_does_not_help_it_is_still_not_serving,
    what_is_not_safe_stays_rolled_out,
];

const OLD: &str = "milvusdb/milvus:v2.5.22";
const REFUSAL: &str = "no shard leader";

fn lone<'a>(vec: &Namespace<'a>, fake: &Fake) -> Milvus<'a> {
    vec.forward_milvus_to(fake.port);
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy()
}

/// An upgrade whose new image is asked for, of which the collection answers no more then.
fn begin<'a>(vec: &Namespace<'a>, lone: &Milvus<'a>, fake: &Fake, to: &str, arguments: &[&str]) -> Running<'a> {
    let knowledge = vec.file("short.toml", SHORT).display().to_string();
    let running = vec.command(&["upgrade", "lone", "--to", to, "--yes", "--on-failure=rollback"]);
    let mut running = running.args(&["--knowledge", &knowledge]).args(arguments).spawn();
    asks_for(&mut running, lone, &format!("milvusdb/milvus:v{to}"));
    fake.world().collections[0].refusal = Some(REFUSAL.into());
    running
}

fn what_does_not_serve_is_taken_back_until_it_serves_as_before(testbed: &Testbed) {
    let vec = testbed.namespace("serves-back");
    let fake = Fake::start(World::serving(&["docs", "tags"]));
    let lone = lone(&vec, &fake);
    let mut running = begin(&vec, &lone, &fake, "2.5.27", &["-o", "json"]);
    asks_for(&mut running, &lone, OLD);
    // The older one answers once it has loaded everything again.
    running.wait_for("rolled out, not yet serving: docs: a query is not answered", ROLL);
    fake.world().collections[0].refusal = None;
    let output = running.wait(ROLL);
    ended_with(&output, 4);
    says(&output.stderr, "taking it back, as --on-failure=rollback asks");
    runs_wholly(&lone, OLD);
    let result: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&result["ending"], &result["plan"]["target"]["version"]), (&json!("done"), &json!("2.5.22")));
    let serving = json!({"state": "serving", "collections": 2, "answered": 2, "compared": true});
    assert_eq!(result["serving"], serving, "as before the upgrade");
    assert_eq!(result["earlier"][0]["ending"], "not-serving");
    assert_eq!(runs(&vec), ["upgrade not-serving", "rollback done"]);
}

fn where_going_back_does_not_help_it_is_still_not_serving(testbed: &Testbed) {
    let vec = testbed.namespace("serves-never");
    let fake = Fake::start(World::serving(&["docs", "tags"]));
    let lone = lone(&vec, &fake);
    let output = begin(&vec, &lone, &fake, "2.5.27", &[]).wait(ROLL + Duration::from_mins(1));
    ended_with(&output, 6);
    // What it answered before the way back, when it did not serve either, is no measure.
    let says_so = "Rolled out, but not serving: milvus/lone runs 2.5.22; 1 of 2 collections does not serve as before";
    says(&output.stdout, says_so);
    runs_wholly(&lone, OLD);
    assert_eq!(runs(&vec), ["upgrade not-serving", "rollback not-serving"]);
}

fn what_is_not_safe_stays_rolled_out(testbed: &Testbed) {
    let vec = testbed.namespace("serves-unsafe");
    let fake = Fake::start(World::serving(&["docs", "tags"]));
    let lone = lone(&vec, &fake);
    // Everything is gone: an older version would clear it away just so.
    let running = begin(&vec, &lone, &fake, "2.5.27", &["--timeout", "5m"]);
    let kept = std::mem::take(&mut fake.world().collections);
    let output = running.wait(ROLL + Duration::from_mins(1));
    ended_with(&output, 6);
    says(&output.stdout, "Stop Milvus at once");
    assert!(!output.stderr.contains("taking it back"), "{}", output.stderr);
    assert_eq!(runs(&vec), ["upgrade not-serving"]);

    // From 2.6 only a backup leads back to 2.5.
    fake.world().collections = kept;
    fake.world().collections[0].refusal = None;
    let output = begin(&vec, &lone, &fake, "2.6.22", &["--backup", "b"]).wait(ROLL + Duration::from_mins(1));
    ended_with(&output, 6);
    says(&output.stderr, "it is not taken back");
    runs_wholly(&lone, "milvusdb/milvus:v2.6.22");
    assert_eq!(own_writes(&vec).len(), 2);
}
