//! Two who come at once, and locks that somebody left behind.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, read::GzEncoder};
use serde_json::{Value, json};
use std::io::Read;

use super::chart::small;
use super::course::{Course, METHODS};
use super::look;
use crate::testbed::proxy::Trouble;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};
use crate::upgrade::{SOON, ended_with, own_writes, says};

trials![of_two_at_once_one_wins, a_lock_is_told_with_two_ways_out_and_both_work];

fn of_two_at_once_one_wins(testbed: &Testbed) {
    let folder = small();
    let course = Course::begin(testbed, "race", folder.path(), METHODS[1]);
    let arguments = course.there();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // One has read everything and is about to write, when the other does it all.
    let proxy = testbed.proxy();
    let hits = proxy.make(Trouble::Delay(Duration::from_secs(8))).method("POST").path("/secrets").begin();
    let late = course.namespace.command(&arguments).kubeconfig(proxy.kubeconfig()).spawn();
    sure(wait::until(SOON, "the write of the record", || {
        Ok(if hits.count() > 0 { Look::Done(()) } else { Look::NotYet("none".to_owned()) })
    }));
    ended_with(&course.namespace.command(&arguments).run(), 0);
    let state = course.state();
    let output = late.wait(SOON);
    ended_with(&output, 3);
    says(&output.stderr, "somebody else began revision 2 of release `one`");
    assert_eq!(look::differences(&state, &course.state()), [""; 0]);
    assert_eq!(course.records().len(), 2);
}

fn a_lock_is_told_with_two_ways_out_and_both_work(testbed: &Testbed) {
    let folder = small();
    let course = Course::begin(testbed, "locked", folder.path(), METHODS[0]);
    let there = course.there();
    let (unlock, roll_back) = ("kubectl milvus upgrade release/one --unlock", "kubectl milvus release rollback one");
    for (age, told, waits) in [(1, "since 60s", true), (9, "since 9m", true), (11, "since 11m", false)] {
        lock(&course, age);
        let output = course.run(&there, &[]);
        ended_with(&output, 3);
        says(&output.stderr, &format!("revision 2 of release `one` is pending-upgrade {told}"));
        assert_eq!(output.stderr.contains("wait until it is done"), waits, "{}", output.stderr);
        says(&output.stderr, unlock);
        says(&output.stderr, roll_back);
        if waits {
            ended_with(&course.run(&there, &["--unlock"]), 3);
        }
    }
    assert_eq!(own_writes(&course.namespace), []);
    let output = course.run(&there, &["--unlock"]);
    ended_with(&output, 0);
    says(&output.stderr, "revision 2 was pending-upgrade and is failed now");
    let description = &course.records()[1].1["info"]["description"];
    assert_eq!(description, "Upgrade \"one\" failed: given up, and unlocked after 11m");
    assert_eq!(course.deployed().0, "sh.helm.release.v1.one.v3");

    lock(&course, 1);
    ended_with(&course.run(&["release", "rollback", "one", "1"].map(str::to_owned), &[]), 0);
    assert_eq!(course.deployed().0, "sh.helm.release.v1.one.v5");
}

/// Puts another revision there that is pending since so many minutes.
fn lock(course: &Course, minutes: i64) {
    let client = course.namespace.testbed.client();
    let (deployed, mut record) = course.deployed();
    let version = record["version"].as_i64().expect("a number") + 1;
    let since = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
    record["version"] = json!(version);
    record["info"]["status"] = json!("pending-upgrade");
    record["info"]["last_deployed"] = json!(since.to_string());
    let secrets = course.namespace.path("v1", "secrets");
    let mut secret = sure(client.get(&format!("{secrets}/{deployed}")));
    let name = format!("sh.helm.release.v1.one.v{version}");
    secret["metadata"] = json!({"name": name, "labels": {
        "name": "one", "owner": "helm", "status": "pending-upgrade", "version": version.to_string(),
    }});
    secret["data"]["release"] = STANDARD.encode(packed(&record)).into();
    sure(client.delete(&format!("{secrets}/{name}")));
    sure(client.create(&secrets, &secret));
}

fn packed(record: &Value) -> String {
    let mut bytes = vec![];
    let text = record.to_string();
    GzEncoder::new(text.as_bytes(), Compression::fast()).read_to_end(&mut bytes).expect("memory can be read");
    STANDARD.encode(bytes)
}
