//! Tests on a real cluster with the real Milvus operator. See `tests/testbed` for how it is made.

mod krew;
mod proxy;
#[path = "../testbed/mod.rs"]
mod testbed;
mod testbed_itself;

use std::process::ExitCode;

fn main() -> ExitCode {
    let trials = [testbed_itself::trials(), proxy::trials(), krew::trials()].into_iter().flatten().collect();
    testbed::trial::run(env!("CARGO_BIN_EXE_kubectl-milvus"), trials)
}
