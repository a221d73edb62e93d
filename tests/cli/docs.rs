//! What `docs` prints holds for what the program really prints.

use boon::{Compiler, Schemas};
use serde_json::Value;

use super::milvus;

/// The stdout of a run.
fn stdout(text: &str) -> &str {
    let (_, rest) = text.split_once("--- stdout\n").expect("a part");
    rest.split_once("--- stderr\n").expect("another part").0
}

#[test]
fn real_documents_are_as_the_schema_says() {
    const ADDRESS: &str = "file:///schema.json";
    let schema: Value = serde_json::from_str(stdout(&milvus(&["docs", "schema"]))).expect("a schema");
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource(ADDRESS, schema).expect("a schema");
    let index = compiler.compile(ADDRESS, &mut schemas).expect("a schema");
    let seen = ["--snapshot", "tests/cli/fixture/cluster-2.5.22.json"];
    for line in [
        &["check", "--to", "2.6", seen[0], seen[1]][..],
        &["check", "--to", "3.0", seen[0], seen[1]],
        &["check", seen[0], seen[1]],
        &["check", "--to", "2.6", "--images", seen[0], seen[1]],
        &["explain", "MV0701", "--to", "2.6", seen[0], seen[1]],
        &["explain"],
        &["version"],
    ] {
        let text = milvus(&[line, &["-o", "json"]].concat());
        let document: Value = serde_json::from_str(stdout(&text)).expect("a document");
        let faults = schemas.validate(&document, index).map_err(|fault| fault.to_string());
        assert_eq!(faults, Ok(()), "{line:?}: {text}");
        let mut other = document;
        other.as_object_mut().expect("an object").remove("kind");
        assert!(schemas.validate(&other, index).is_err(), "{line:?}");
    }
}
