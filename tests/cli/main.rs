//! The command line as a user meets it, without a cluster: the real binary, its exit code, stdout and stderr.

mod check;
mod docs;
mod knowledge;
mod render;
mod situation;
mod usage;

use assert_cmd::Command;

/// A run of the binary that sees nothing of this machine: no kubeconfig, no colour settings.
fn milvus(arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("kubectl-milvus").expect("the binary is built");
    command.env_clear().env("HOME", "/nonexistent").current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    let output = command.output().expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it writes text");
    let code = output.status.code().map_or_else(|| "a signal".to_owned(), |code| code.to_string());
    format!("exit {code}\n--- stdout\n{}--- stderr\n{}", text(&output.stdout), text(&output.stderr))
}
