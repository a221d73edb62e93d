//! Answers of the real thing, for the tests beside the code.

use serde_json::Value;

/// All rows of an operation, without its name; the `README.md` beside the vectors tells what is in them.
pub(super) fn rows(operation: &str) -> Vec<Vec<Value>> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/patch.json"));
    let rows: Vec<Vec<Value>> = serde_json::from_str(text).unwrap();
    let rows: Vec<_> = rows.into_iter().filter(|row| row[0] == operation).map(|row| row[1..].to_vec()).collect();
    assert!(!rows.is_empty(), "{operation} has rows");
    rows
}

/// Fails with all differences at once, where there are some.
pub(super) fn assert_all(differences: &[String]) {
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}
