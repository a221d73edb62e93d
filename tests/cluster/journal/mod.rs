//! What a run leaves behind: its Secret, its Lease, its Events; and what those who come later make of them.

mod file;
mod kill;
mod lease;
mod resume;
mod rights;
mod secret;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use libtest_mimic::Trial;
use serde_json::Value;
use std::io::Read;

use crate::testbed::namespace::Namespace;

/// The tests of all modules, the longest first.
pub(crate) fn trials() -> Vec<Trial> {
    let modules =
        [kill::trials(), resume::trials(), lease::trials(), secret::trials(), file::trials(), rights::trials()];
    modules.into_iter().flatten().collect()
}

const IMAGE: &str = "milvusdb/milvus:v2.5.27";
const UPGRADE: [&str; 5] = ["upgrade", "lone", "--to", "2.5.27", "--yes"];

/// The Secrets of runs, by name, oldest first.
pub(crate) fn secrets(vec: &Namespace) -> Vec<Value> {
    let mut secrets = vec.list("v1", "secrets");
    secrets.retain(|secret| secret["type"] == "kubectl-milvus/run.v1");
    secrets.sort_by_key(|secret| secret["metadata"]["name"].as_str().unwrap_or_default().to_owned());
    secrets
}

/// The run in a Secret.
pub(crate) fn run_of(secret: &Value) -> Value {
    let data = |key: &str| secret["data"][key].as_str().map(|text| STANDARD.decode(text).expect("base64"));
    let text = data("run.json").unwrap_or_else(|| {
        let mut text = vec![];
        let packed = data("run.json.gz").expect("a run");
        GzDecoder::new(packed.as_slice()).read_to_end(&mut text).expect("a packed run");
        text
    });
    serde_json::from_slice(&text).expect("JSON")
}

/// The one run that is there.
pub(crate) fn only_run(vec: &Namespace) -> Value {
    let secrets = secrets(vec);
    assert_eq!(secrets.len(), 1, "{secrets:#?}");
    run_of(&secrets[0])
}

/// How the last session of a run ended; null where it did not.
pub(crate) fn ending(run: &Value) -> &Value {
    let sessions = run["sessions"].as_array().expect("sessions");
    &sessions.last().expect("a session")["outcome"]["ending"]
}

pub(crate) fn leases(vec: &Namespace) -> Vec<Value> {
    vec.list("coordination.k8s.io/v1", "leases")
}
