//! Tests on a real cluster with the real Milvus operator.

#[path = "../testbed/mod.rs"]
mod testbed;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = testbed::own_part() {
        return code;
    }
    testbed::end_on_signals().expect("signals");
    let bed = testbed::Testbed::start(Path::new(env!("CARGO_BIN_EXE_kubectl-milvus"))).unwrap_or_else(|e| panic!("{e:#}"));
    println!("{}", bed.kubeconfig().display());
    let mut s = String::new();
    std::io::stdin().read_line(&mut s).ok();
    ExitCode::SUCCESS
}
