//! What is known of releases, and rows of a user laid over it.

use std::io::Write;

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
}
