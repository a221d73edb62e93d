//! A file that somebody means to apply, against what was kept of the live resource.

use std::io::Write;

use insta::assert_snapshot;
use tempfile::NamedTempFile;

use super::{CLUSTER, bent, milvus};

/// What `check` says of this manifest.
fn check(manifest: &str) -> String {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(manifest.as_bytes()).expect("it can be written");
    let kept = bent(CLUSTER, |_| ());
    let paths = [&kept, &file].map(|file| file.path().to_str().expect("a path in Unicode"));
    milvus(&["check", "--snapshot", paths[0], "-f", paths[1]])
}

/// A snippet as tutorials have them: a name and an image.
const SNIPPET: &str = "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata: {name: my-release}\n\
    spec: {components: {image: 'milvusdb/milvus:v2.5.27'}}\n";

#[test]
fn an_image_alone_would_make_a_standalone_of_a_cluster() {
    assert_snapshot!(check(SNIPPET), @"
    exit 3
    --- stdout
    Not ready: 1 problem, 1 question to answer

      problem   MV0415  the message queue custom is not named, and the operator chooses
                seen    milvus/my-release in the file, file.spec.dependencies.msgStreamType: absent
                        live spec.dependencies.msgStreamType: custom
                fix     write into the file:  spec.dependencies.msgStreamType: custom
                more    kubectl milvus explain MV0415

      question  MV0409  cluster becomes standalone, and the Deployments of the cluster are removed
                seen    milvus/my-release in the file, file.spec.mode: absent
                        live spec.mode: cluster
                fix     write into the file:  spec.mode: cluster
                more    kubectl milvus explain MV0409
    --- stderr
    ");
}

#[test]
fn a_file_that_says_what_runs_is_ready() {
    let whole = SNIPPET.replace("spec: {", "spec: {mode: cluster, dependencies: {msgStreamType: custom}, ");
    assert_snapshot!(check(&whole), @"
    exit 0
    --- stdout
    Sound
      no rule was asked
    --- stderr
    ");
    let other = check(&SNIPPET.replace("my-release", "another"));
    assert!(other.contains("without spec.mode this makes a standalone"), "{other}");
}
