//! Whole situations, as an SRE meets them: a snapshot that was taken of a real cluster and bent, the text that is
//! printed, and the exit code.

mod file;
mod helm;
mod owner;
mod rendered;
mod right;
mod surrounding;
mod under_way;
mod values;
mod way;

use std::io::Write;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::milvus;

/// A cluster 2.5.22 with one mixcoord.
const CLUSTER: &str = "cluster-2.5.22";
/// A cluster 2.4.23 whose four coordinators are apart.
const COORDINATORS: &str = "coordinators-2.4.23";
/// The same of 2.1.4, whose metadata have to be migrated.
const OLD: &str = "cluster-2.1.4";
/// A standalone 2.5.22 on `RocksMQ`.
const STANDALONE: &str = "standalone-2.5.22";
/// A release of chart 4.2.58 that runs 2.5.16.
const RELEASE: &str = "release-4.2.58";

/// A file with one of the snapshots above, after `change`. All were taken of instances that run on a real API server; the
/// resources by operator 1.3.7.
fn bent(fixture: &str, change: impl FnOnce(&mut Value)) -> NamedTempFile {
    let text = std::fs::read_to_string(format!("tests/cli/fixture/{fixture}.json")).expect("the fixture is there");
    let mut snapshot = serde_json::from_str(&text).expect("it is JSON");
    change(&mut snapshot);
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(snapshot.to_string().as_bytes()).expect("it can be written");
    file
}

/// What `check` says of it on the way to this version.
fn check(file: &NamedTempFile, to: &str) -> String {
    check_with(file, &["--to", to, "--backup", "nightly"])
}

/// What `check` says of it with these arguments.
fn check_with(file: &NamedTempFile, arguments: &[&str]) -> String {
    let path = file.path().to_str().expect("a path in Unicode");
    milvus(&[&["check", "--snapshot", path], arguments].concat())
}

/// The exit code and the document that programs get.
fn document(file: &NamedTempFile, arguments: &[&str]) -> (String, Value) {
    let text = check_with(file, &[arguments, &["-o", "json"]].concat());
    let (exit, rest) = text.split_once("\n--- stdout\n").expect("an exit code");
    let document = rest.split_once("--- stderr\n").expect("a standard error").0;
    (exit.to_owned(), serde_json::from_str(document).expect("one document"))
}

/// The finding with this code.
fn finding<'a>(document: &'a Value, code: &str) -> &'a Value {
    let findings = document["findings"].as_array().expect("findings");
    findings.iter().find(|finding| finding["code"] == code).expect("the finding")
}

/// Every image of the instance at this version.
fn at_version(snapshot: &mut Value, version: &str) {
    let image = json!(format!("milvusdb/milvus:v{version}"));
    snapshot["milvus"]["spec"]["components"]["image"] = image.clone();
    snapshot["milvus"]["status"]["currentImage"] = image.clone();
    for part in ["deployments", "pods"] {
        for object in snapshot[part]["known"].as_array_mut().expect("a list") {
            object["image"] = image.clone();
        }
    }
}

/// The operator at this version.
fn by_operator(snapshot: &mut Value, version: &str) {
    let operator = &mut snapshot["operators"]["known"][0];
    operator["version"] = version.into();
    operator["image"] = format!("milvusdb/milvus-operator:v{version}").into();
}
