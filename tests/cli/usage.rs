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
    hint: `kubectl milvus explain` lists all codes
    ");
    assert_snapshot!(milvus(&["explain", "mv0111"]), @"
    exit 0
    --- stdout
    MV0111  the target is older than what runs (problem)

      why   Going back has its own conditions: what the newer release wrote may be unreadable to the older one. An upgrade never goes back.

      fix   Within a line, set the old image with imageUpdateMode rollingDowngrade. Across a line that only a backup undoes, restore the backup.

      link  https://milvus.io/docs/upgrade_milvus_cluster-operator.md
    --- stderr
    ");
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
