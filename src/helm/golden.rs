//! Helm's own answers, for the tests of the rooms that read and write values.

/// What Helm's libraries made of an input.
pub(in crate::helm) struct Row {
    pub(in crate::helm) input: String,
    /// What came out, or the error.
    pub(in crate::helm) answer: Result<String, String>,
    /// What came out even where there is an error.
    pub(in crate::helm) left: String,
}

/// All rows of an operation; the `README.md` beside the vectors tells which there are.
pub(in crate::helm) fn rows(operation: &str) -> Vec<Row> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/conversion.json"));
    let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows: Vec<Row> = rows
        .iter()
        .filter(|row| row["op"] == operation)
        .map(|row| Row {
            input: text(row, "in"),
            answer: row["error"].as_str().map_or_else(|| Ok(text(row, "out")), |error| Err(error.to_owned())),
            left: text(row, "out"),
        })
        .collect();
    assert!(!rows.is_empty(), "{operation} has rows");
    rows
}
