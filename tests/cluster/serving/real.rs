//! A real Milvus behind a pod of the testbed, replaced by a newer one on the same data while its resource is upgraded.

use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::asks_for;
use crate::testbed::Testbed;
use crate::testbed::real_milvus::{Installed, Ports, RealMilvus, ask};
use crate::testbed::trial::trial;
use crate::testbed::wait::{self, Look};
use crate::upgrade::{ended_with, says};

/// The test of this module, which needs Python's pip for the servers.
pub(crate) fn trials() -> Vec<Trial> {
    let test = ten_thousand_rows_serve_again_after_2_2_16_became_2_3_5;
    let test = trial(module_path!(), "ten_thousand_rows_serve_again_after_2_2_16_became_2_3_5", test);
    vec![if Installed::is_possible() { test } else { test.with_ignored_flag(true) }]
}

const ROWS: u32 = 10_000;
/// The rows of one request.
const BATCH: u32 = 500;
/// A query on a collection that has just been made, and one after the change of servers.
const QUERY: Duration = Duration::from_mins(5);

/// What has to be found by its vector, the only one of those with these numbers, and by its numbers.
const GOLDEN: &str = "\
- {collection: docs, vector: VECTOR, filter: 'n < 97', key: 'n', expect: [5]}
- {collection: docs, filter: 'n in [17, 4711, 9999]', key: 'n', expect: [17, 4711, 9999]}
";

/// The vector of a row.
fn vector(n: u32) -> Vec<f64> {
    (0..8).map(|place| f64::from((n * 7 + place) % 97) / 97.0).collect()
}

fn every_row() -> Value {
    json!({"collectionName": "docs", "filter": "id >= 0 or id < 0", "limit": 16_384, "outputFields": ["id", "n"]})
}

/// The rows of the collection, by their numbers.
fn rows(port: u16) -> Vec<u64> {
    let answer = ask(port, "POST", "/v1/vector/query", Some(&every_row())).expect("an answer");
    let rows = answer["data"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let mut numbers: Vec<u64> = rows.iter().filter_map(|row| row["n"].as_u64()).collect();
    numbers.sort_unstable();
    numbers
}

/// Makes a collection of so many rows, writes them out, and waits until all of them answer.
fn fill(ports: Ports) {
    let post = |path: &str, body: Value| {
        let answer = ask(ports.proxy, "POST", path, Some(&body)).expect("an answer");
        assert_eq!(answer["code"], 200, "{path}: {answer}");
    };
    let collection = json!({
        "collectionName": "docs", "dimension": 8, "metricType": "L2", "primaryField": "id", "vectorField": "vec",
    });
    post("/v1/vector/collections/create", collection);
    for first in (0..ROWS).step_by(usize::try_from(BATCH).expect("it is small")) {
        let row = |n: u32| json!({"n": n, "vec": vector(n)});
        let rows: Vec<Value> = (first..first + BATCH).map(row).collect();
        post("/v1/vector/insert", json!({"collectionName": "docs", "data": rows}));
    }
    // 2.3 begins a queue of its own, so that nothing may be left in that of 2.2.
    ask(ports.web, "POST", "/api/v1/persist", Some(&json!({"collection_names": ["docs"]}))).expect("it is written out");
    wait::until(QUERY, "rows that are written out and answer", || {
        let named = json!({"collection_name": "docs"});
        let told = ask(ports.web, "GET", "/api/v1/collection/statistics", Some(&named))?;
        let answer = ask(ports.proxy, "POST", "/v1/vector/query", Some(&every_row()))?;
        let answered = answer["data"].as_array().and_then(|rows| u32::try_from(rows.len()).ok());
        let written = told["stats"][0]["value"].as_str().and_then(|rows| rows.parse().ok());
        let is_there = (written, answered) == (Some(ROWS), Some(ROWS));
        Ok(if is_there { Look::Done(()) } else { Look::NotYet(format!("{told} {answered:?}")) })
    })
    .expect("rows that answer");
}

fn ten_thousand_rows_serve_again_after_2_2_16_became_2_3_5(testbed: &Testbed) {
    let [older, newer] = ["2.2.16", "2.3.5"].map(|version| Installed::get(testbed, version).expect("a server"));
    let vec = testbed.namespace("real");
    let ports = Ports::free().expect("free ports");
    let data = vec.file("milvus-data-begins", "").with_file_name("milvus");
    let mut server = RealMilvus::start(testbed, &older, &data, ports).expect("a 2.2.16");
    vec.forward_milvus_to(ports.proxy);
    let lone = vec.milvus("lone").standalone().version("2.2.16").create_and_wait_until_healthy();
    server.wait_until_healthy().expect("a healthy 2.2.16");
    fill(ports);

    let golden =
        vec.file("golden.yaml", &GOLDEN.replace("VECTOR", &json!(vector(5)).to_string())).display().to_string();
    let running = vec.command(&["upgrade", "lone", "--to", "2.3.5", "--backup", "nightly", "--yes", "--timeout", "8m"]);
    let mut running = running.args(&["--probe", "--verify-write", "--soak", "5s", "--verify-file", &golden]).spawn();
    asks_for(&mut running, &lone, "milvusdb/milvus:v2.3.5");
    server.kill().expect("it is killed");
    let _server = RealMilvus::start(testbed, &newer, &data, ports).expect("a 2.3.5");
    let output = running.wait(Duration::from_mins(10));
    ended_with(&output, 0);
    says(&output.stdout, "Done: milvus/lone runs 2.3.5");
    says(&output.stdout, "it serves: 1 collection, each answers a query, as before");
    says(&output.stdout, "a row was written, read again and taken away, within ");
    says(&output.stdout, "calls failed (a query on docs)");
    says(&output.stdout, "longest gap ");
    // Pods were new and ready long before.
    says(&output.stderr, "rolled out, not yet serving");
    assert_eq!(rows(ports.proxy), (0..u64::from(ROWS)).collect::<Vec<_>>());
}
