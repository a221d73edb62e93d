//! What kubectl completes after `kubectl milvus`, by the program under its second name.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};
use crate::upgrade::{SOON, ended_with, says};

trials![kubectl_completes_instances_versions_and_codes, where_nobody_answers_there_are_no_words];

/// A folder with the plugin, as krew lays it out, and a `PATH` that begins with it.
fn installed(testbed: &Testbed) -> (TempDir, OsString) {
    let folder = TempDir::new().expect("a folder");
    symlink(&testbed.program, folder.path().join("kubectl-milvus")).expect("a link");
    let mut path = OsString::from(folder.path());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let install = testbed.command(&["completion", "kubectl", "--install"]).env("PATH", path.clone()).run();
    ended_with(&install, 0);
    let link = folder.path().join("kubectl_complete-milvus");
    assert_eq!(fs::read_link(&link).expect("a link"), folder.path().join("kubectl-milvus"), "{}", install.stderr);
    // Once more is no failure.
    ended_with(&testbed.command(&["completion", "kubectl", "--install"]).env("PATH", path.clone()).run(), 0);
    (folder, path)
}

fn kubectl_completes_instances_versions_and_codes(testbed: &Testbed) {
    let vec = testbed.namespace("completes");
    vec.milvus("prod").standalone().version("2.5.22").create_and_wait_until_healthy();
    vec.milvus("lab").standalone().version("2.5.22").create();
    let (_folder, path) = installed(testbed);
    let complete = |words: &[&str]| {
        let words: Vec<&str> = ["__complete", "milvus"].iter().chain(words).copied().collect();
        let output = testbed.command_of("kubectl", &words).env("PATH", path.clone()).run();
        ended_with(&output, 0);
        output.stdout
    };
    // A busy server does not answer within the time that somebody who types has.
    let asked = |words: &[&str], part: &str| {
        sure(wait::until(SOON, part, || {
            let text = complete(words);
            Ok(if text.contains(part) { Look::Done(text) } else { Look::NotYet(text) })
        }))
    };
    let named = asked(&["check", "-n", vec.name(), "p"], "prod\t2.5.22");
    assert!(!named.contains("lab"), "{named}");
    asked(&["check", "-n", vec.name(), "milvus/"], "milvus/lab");
    says(&complete(&[""]), "rollback\t");
    says(&complete(&["upgrade", "prod", "--to", "2.6"]), "2.6\tthe newest release of 2.6");
    says(&complete(&["explain", "MV07"]), "MV0701\t");
    asked(&["get", "-n", "completes"], "completes");
    says(&complete(&["upgrade", "--plan", ""]), ":0");
}

fn where_nobody_answers_there_are_no_words(testbed: &Testbed) {
    let (_folder, path) = installed(testbed);
    let words = ["__complete", "milvus", "check", "--server", "https://127.0.0.1:1", ""];
    let begun = std::time::Instant::now();
    let output = testbed.command_of("kubectl", &words).env("PATH", path).env("KUBECONFIG", "/nowhere").run();
    ended_with(&output, 0);
    assert_eq!(output.stdout.trim(), ":4", "{}", output.stderr);
    // Far more than 300 ms on a busy machine, far less than any limit of a connection.
    assert!(begun.elapsed().as_secs() < 20);
}
