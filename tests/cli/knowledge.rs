//! What is known of releases, and rows of a user laid over it.

use std::io::Write;

use insta::assert_snapshot;
use tempfile::NamedTempFile;

use super::milvus;

/// A cluster 2.5.22 that operator 1.3.7 made, seen on a real API server.
const CLUSTER: &str = "tests/cli/fixture/cluster-2.5.22.json";

/// A line that does not exist, with a rule for the step into it.
const MADE_UP: &str = "
    [[release]]
    version = '3.1.0'
    date = '2027-01-15'
    source = 'made up for this test'
    [[line]]
    line = '3.1'
    minimum_source = '3.0.0'
    source = 'made up for this test'
    [[floor]]
    milvus = '3.1.0'
    minimum = '1.3.8'
    advised = '1.3.8'
    reason = 'it is the first that knows 3.1'
    source = 'made up for this test'
";

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("it can be written");
    file
}

fn path(file: &NamedTempFile) -> &str {
    file.path().to_str().expect("a path in Unicode")
}

#[test]
fn the_version_says_how_old_the_tables_are() {
    let text = milvus(&["version", "-o", "yaml"]);
    for line in
        ["newestMilvus: \"3.0.0\"", "newestOperator: \"1.3.8\"", "newestChart: \"5.0.22\"", "read: \"2026-08-22\""]
    {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    let made_up = file(MADE_UP);
    let text = milvus(&["version", "-v", "--knowledge", path(&made_up)]);
    assert!(text.contains("knows releases up to Milvus 3.1.0, operator 1.3.8"), "{text}");
}

#[test]
fn a_bad_file_is_a_usage_error_that_names_line_and_key() {
    let bad = file("[[line]]\nline = '3.1'\nminimum_sauce = '3.0.0'\nsource = 'made up'\n");
    let text = milvus(&["version", "--knowledge", path(&bad)]).replace(path(&bad), "FILE");
    assert!(text.starts_with("exit 2\n--- stdout\n--- stderr\nerror: `FILE` holds no rows"), "{text}");
    assert!(text.contains("line 3, `minimum_sauce`: unknown field `minimum_sauce`"), "{text}");
    let text = milvus(&["version", "--knowledge", "/nonexistent/file"]);
    assert!(text.starts_with("exit 2\n") && text.contains("cannot read `/nonexistent/file`"), "{text}");
}

#[test]
fn a_line_that_exists_in_a_file_only_is_planned_to() {
    let made_up = file(MADE_UP);
    let arguments = ["check", "--snapshot", CLUSTER, "--to", "3.1", "--backup", "nightly"];
    let unknown = milvus(&arguments);
    assert!(unknown.starts_with("exit 2\n") && unknown.contains("no release of the line 3.1 is known"), "{unknown}");
    let with = [&arguments[..], &["--knowledge", path(&made_up)]].concat();
    let text = milvus(&with);
    assert!(text.contains("operator 1.3.7 cannot roll to 3.1: it needs 1.3.8 or newer"), "{text}");
    assert!(text.contains("Route   2.5.22 -> operator 1.3.8 -> 2.6.22 -> 3.0.0 -> 3.1.0"), "{text}");
}

#[test]
fn a_step_into_a_line_that_exists_in_a_file_only_is_ready() {
    let made_up = file(&MADE_UP.replace("1.3.8", "1.3.7"));
    let cluster = std::fs::read_to_string(CLUSTER).expect("the fixture is there");
    let newest = file(&cluster.replace("2.5.22", "3.0.0"));
    let flags = ["--to", "3.1", "--accept", "MV0701", "--knowledge", path(&made_up)];
    let text = milvus(&[&["check", "--snapshot", path(&newest)], &flags[..]].concat());
    assert!(text.starts_with("exit 0\n") && text.contains("Ready for 3.1.0"), "{text}");
    let next = "upgrade my-release -n default --to 3.1.0 --accept MV0701 --knowledge ";
    assert!(text.contains(next), "the file is named in what to type next: {text}");
}

#[test]
fn the_way_over_several_lines_is_shown_and_its_end_is_looked_at() {
    let cluster = std::fs::read_to_string(CLUSTER).expect("the fixture is there");
    let old = file(&cluster.replace("2.5.22", "2.3.5"));
    assert_snapshot!(milvus(&["check", "--snapshot", path(&old), "--to", "2.6"]), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.3.5, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.6.22 by way of 2.5.27: 1 question to answer

      question  MV0701  the way back from 2.4 is a restore, and no backup is named: 2.3 could not search any more what 2.4 had indexed
                seen    milvus/my-release in default, status.currentImage: milvusdb/milvus:v2.3.5
                        target: milvusdb/milvus:v2.5.27
                fix     --backup REF, or --accept MV0701
                more    kubectl milvus explain MV0701

      warning   MV0109  from 2.3.5 to 2.5.27 jumps over 2.4.24: nobody says that this was tried
      warning   MV0702  milvus-backup does not restore into 2.3.5, and the way back leads there

    Route   2.3.5 -> 2.5.27 -> 2.6.22
    --- stderr
    ");
}
