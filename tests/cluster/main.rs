//! Tests on a real cluster with the real Milvus operator. See `tests/testbed` for how it is made.

mod check;
mod completion;
mod document;
mod file;
mod get;
mod guide;
mod journal;
mod kill;
mod krew;
mod log;
mod login;
mod migrate;
mod operator;
mod proxy;
mod release;
mod rights;
mod rollback;
mod serving;
mod status;
mod surrounding;
#[path = "../testbed/mod.rs"]
mod testbed;
mod testbed_itself;
mod upgrade;

use std::process::ExitCode;

fn main() -> ExitCode {
    // What takes longest begins first.
    let trials = [
        migrate::trials(),
        guide::trials(),
        journal::trials(),
        upgrade::trials(),
        rollback::trials(),
        operator::trials(),
        testbed_itself::trials(),
        check::trials(),
        get::trials(),
        document::trials(),
        completion::trials(),
        file::trials(),
        krew::trials(),
        log::trials(),
        login::trials(),
        proxy::trials(),
        release::trials(),
        rights::trials(),
        serving::trials(),
        status::trials(),
        surrounding::trials(),
    ];
    testbed::trial::run(env!("CARGO_BIN_EXE_kubectl-milvus"), trials.into_iter().flatten().collect())
}
