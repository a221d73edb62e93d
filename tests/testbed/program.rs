//! The program under test, for examples; Cargo tells tests where it is.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::report;

const NAME: &str = "kubectl-milvus";

/// Builds kubectl-milvus as this program was built, debug or release, and says where it is.
///
/// # Errors
/// It does not build.
pub(crate) fn build() -> Result<PathBuf> {
    report(&format!("building {NAME}"));
    // Cargo sets CARGO for what it runs; started by hand, the one on the PATH must do.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--bin", NAME, "--message-format=json", "--manifest-path"]);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run cargo to build {NAME}"))?;
    if !output.status.success() {
        bail!("cannot build {NAME}");
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let program = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == NAME)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.with_context(|| format!("cargo did not say where {NAME} is"))
}
