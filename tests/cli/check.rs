//! `check` on snapshots and manifests in files.

use std::io::Write;

use insta::assert_snapshot;
use tempfile::NamedTempFile;

use super::milvus;

/// A cluster 2.5.22 that operator 1.3.7 made, seen on a real API server.
const CLUSTER: &str = "tests/cli/fixture/cluster-2.5.22.json";

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("it can be written");
    file
}

fn path(file: &NamedTempFile) -> &str {
    file.path().to_str().expect("a path in Unicode")
}

#[test]
fn a_snapshot_is_checked_without_a_cluster() {
    assert_snapshot!(milvus(&["check", "--snapshot", CLUSTER, "--to", "2.6.6", "--backup", "nightly"]), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Ready for 2.6.6, with three things to know
      50 rules passed, 2 warnings, 1 note, 60 do not apply

      warning  MV0113  from 2.5 to 2.6.6: rolling upgrades from 2.5 were mended in 2.6.13, 2.6.14 and 2.6.16, inserts into collections with dynamic fields in 2.6.15
      warning  MV0114  2.6.6 has CVE-2026-26190
      info     MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on

    Next:  kubectl milvus upgrade my-release -n default --to 2.6.6 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn a_snapshot_kept_by_an_older_version_is_read_and_what_it_lacks_is_unknown() {
    let text = std::fs::read_to_string(CLUSTER).expect("the fixture is there");
    let mut snapshot: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    snapshot.as_object_mut().expect("an object").remove("unwatchable");
    let older = file(&snapshot.to_string());
    let text = milvus(&["check", "--snapshot", path(&older), "--to", "2.5.27"]);
    assert!(text.starts_with("exit 0\n") && text.contains("1 could not be checked"), "{text}");
}

#[test]
fn what_is_blocked_says_why_and_what_mends_it() {
    assert_snapshot!(milvus(&["check", "--snapshot", CLUSTER, "--to", "2.6.22"]), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.6.22: 1 question to answer

      question  MV0701  the way back from 2.6 is a restore, and no backup is named: 2.6 writes what 2.5 cannot read, as soon as its streaming is switched on
                seen    milvus/my-release in default, status.currentImage: milvusdb/milvus:v2.5.22
                        target: milvusdb/milvus:v2.6.22
                fix     --backup REF, or --accept MV0701
                more    kubectl milvus explain MV0701

      info      MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on
    --- stderr
    ");
    assert_snapshot!(milvus(&["check", "--snapshot", CLUSTER, "--to", "2.5.16"]), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.16: 1 problem

      problem  MV0111  2.5.16 is older than 2.5.22, which runs
               seen    milvus/my-release in default, status.currentImage: milvusdb/milvus:v2.5.22
               fix     kubectl milvus rollback my-release -n default --to 2.5.16
               more    kubectl milvus explain MV0111

      warning  MV0114  2.5.16 has CVE-2025-64513 and CVE-2026-26190

    Next:  kubectl milvus rollback my-release -n default --to 2.5.16
    --- stderr
    ");
}

#[test]
fn differences_have_a_code_of_their_own() {
    let differs = milvus(&["check", "--snapshot", CLUSTER, "--to", "2.5.27", "--exit-code", "-qq"]);
    assert_eq!(differs, "exit 10\n--- stdout\n--- stderr\n");
}

#[test]
fn a_document_says_what_it_is() {
    let text = milvus(&["check", "--snapshot", CLUSTER, "--to", "2.6.22", "-o", "json"]);
    let json = text.trim_start_matches("exit 3\n--- stdout\n").trim_end_matches("--- stderr\n");
    let document: serde_json::Value = serde_json::from_str(json).expect("one document");
    assert_eq!((&document["apiVersion"], &document["kind"]), (&"kubectl-milvus/v1".into(), &"CheckReport".into()));
    assert_eq!(
        (&document["from"], &document["to"], &document["ready"]),
        (&"2.5.22".into(), &"2.6.22".into(), &false.into())
    );
}

#[test]
fn every_image_of_a_way_is_listed_for_mirroring() {
    assert_snapshot!(milvus(&["check", "--snapshot", CLUSTER, "--to", "3.0", "--images", "-o", "name"]), @"
    exit 0
    --- stdout
    milvusdb/milvus:v2.6.22
    milvusdb/milvus:v3.0.0
    milvusdb/milvus-operator:v1.3.7
    --- stderr
    ");
    let document = milvus(&["check", "--snapshot", CLUSTER, "--to", "2.6", "--images", "-o", "json"]);
    assert!(document.contains("\"kind\": \"ImageList\"") && document.contains("\"part\": \"operator\""), "{document}");
}

#[test]
fn a_manifest_without_mode_is_found() {
    let manifest = file(
        "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata: {name: prod}\nspec: {components: {image: 'milvusdb/milvus:v2.6.6'}}\n",
    );
    let text = milvus(&["check", "-f", path(&manifest)]);
    assert!(text.starts_with("exit 3\n") && text.contains("MV0409"), "{text}");
    assert!(text.contains("warning: not compared with what runs"), "{text}");
}

#[test]
fn what_is_no_snapshot_or_manifest_is_refused_with_a_reason() {
    let broken = file("{\"taken\": 3}");
    let text = milvus(&["check", "--snapshot", path(&broken)]);
    assert!(text.starts_with("exit 1\n") && text.contains("is not a snapshot"), "{text}");
    let broken = file("a: [");
    let text = milvus(&["check", "-f", path(&broken)]);
    assert!(text.starts_with("exit 1\n") && text.contains("is not YAML"), "{text}");
    let large = file("");
    std::fs::File::options()
        .write(true)
        .open(path(&large))
        .and_then(|file| file.set_len(33 << 20))
        .expect("it is ours");
    let text = milvus(&["check", "-f", path(&large)]);
    assert!(text.starts_with("exit 1\n") && text.contains("is larger than 32 MiB"), "{text}");
    let text = milvus(&["check", "--snapshot", "/nonexistent/file"]);
    assert!(text.starts_with("exit 1\n") && text.contains("cannot read `/nonexistent/file`"), "{text}");
}
