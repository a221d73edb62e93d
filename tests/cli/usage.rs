//! Wrong usage, and what needs no cluster at all.

use insta::assert_snapshot;

use super::milvus;

#[test]
fn without_a_kubeconfig_it_says_so() {
    assert_snapshot!(milvus(&["get"]), @"
    exit 1
    --- stdout
    --- stderr
    error: no kubeconfig: cannot read `/nonexistent/.kube/config`: No such file or directory (os error 2)
    hint: set KUBECONFIG, or name a file with --kubeconfig
    ");
}

#[test]
fn an_unknown_code_and_a_known_one() {
    assert_snapshot!(milvus(&["explain", "MV9999"]), @"
    exit 2
    --- stdout
    --- stderr
    error: no code MV9999 is known
    hint: the nearest are MV0909 (the stored manifest has versions that are no longer served), MV1309 (the metadata may be half-way between two forms), MV1009 (the version of the operator cannot be read)
    hint: `kubectl milvus explain` lists all codes
    ");
    assert_snapshot!(milvus(&["explain", "mv0111"]), @"
    exit 0
    --- stdout
    MV0111  the target is older than what runs (problem)

      why   Going back has its own conditions: what the newer release wrote may be unreadable to the older one. An upgrade never goes back.

      fix   kubectl milvus rollback judges the way back and goes it. Across a line that only a backup undoes, restore the backup.

      since 0.1.0

      link  https://milvus.io/docs/upgrade_milvus_cluster-operator.md
    --- stderr
    ");
}

#[test]
fn a_line_of_a_log_is_explained_too() {
    assert_snapshot!(milvus(&["explain", "MV0604"]), @"
    exit 0
    --- stdout
    MV0604  streaming nodes stay read-only after an upgrade into 2.6 (log)

      sign  producer can only be created for RW channel
            node becomes ro node

      why   Streaming nodes are stuck read-only after the upgrade from 2.5, and proxies refuse writes.

      fix   Restart mixcoord, wait until it is ready, then restart the streaming nodes.

      since 0.1.0

      link  https://github.com/milvus-io/milvus/issues/47806
    --- stderr
    ");
}

#[test]
fn a_fresh_look_shows_the_evidence() {
    let look = ["explain", "MV0701", "--snapshot", "tests/cli/fixture/cluster-2.5.22.json", "--to", "2.6"];
    let text = milvus(&look);
    assert!(text.starts_with("exit 0\n") && text.contains("question  MV0701  the way back from 2.6"), "{text}");
    assert!(text.contains("seen    milvus/my-release in default, status.currentImage"), "{text}");
    let text = milvus(&[&look[..], &["-o", "json"]].concat());
    assert!(text.contains("\"finding\": {") && text.contains("\"kind\": \"CodeList\""), "{text}");
    let text = milvus(&["explain", "MV0701", "--to", "2.6"]);
    assert!(text.starts_with("exit 2\n") && text.contains("hint: name it:"), "{text}");
}

#[test]
fn every_usage_error_ends_with_two() {
    for line in [
        "",
        "upgrad",
        "upgrade prod --to two",
        "upgrade prod --dry-run",
        "upgrade prod --accept all",
        "check -o xml",
        "upgrade ../prod --to 2.6",
    ] {
        let words: Vec<&str> = line.split_whitespace().collect();
        let text = milvus(&words);
        assert!(text.starts_with("exit 2\n"), "{line}: {text}");
    }
}

#[test]
fn the_version_is_told() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(milvus(&["--version"]), format!("exit 0\n--- stdout\nkubectl-milvus {version}\n--- stderr\n"));
    assert_eq!(milvus(&["version"]), milvus(&["--version"]));
}
