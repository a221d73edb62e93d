//! What is printed for programs about a real instance is as the schema says.

use boon::{Compiler, Schemas};
use serde_json::{Value, json};

use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::ended_with;

trials![documents_of_an_upgrade_are_as_the_schema_says];

/// What is wrong with a document by the schema of its own kind, in which no field may be unknown.
fn faults(schema: &Value, document: &Value) -> String {
    let mut own = schema.clone();
    own.as_object_mut().expect("an object").remove("oneOf");
    own["$ref"] = json!(format!("#/$defs/{}", document["kind"].as_str().unwrap_or_default()));
    own["unevaluatedProperties"] = json!(false);
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("file:///schema.json", own).expect("a schema");
    let index = compiler.compile("file:///schema.json", &mut schemas).expect("a schema");
    schemas.validate(document, index).map_or_else(|fault| fault.to_string(), |()| String::new())
}

fn documents_of_an_upgrade_are_as_the_schema_says(testbed: &Testbed) {
    let vec = testbed.namespace("documents");
    vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let schema: Value = serde_json::from_str(&vec.run(["docs", "schema"]).stdout).expect("a schema");
    let plan = vec.file("plan.json", "");
    let path = plan.to_str().expect("a path in text");
    ended_with(&vec.run(["upgrade", "lone", "--to", "2.5.27", "--accept", "MV0307=tried", "--plan-out", path]), 0);
    let file = std::fs::read_to_string(&plan).expect("the plan was written");

    let mut documents = vec![("UpgradePlan", file)];
    for (kind, words) in [
        ("InstanceList", &["get"][..]),
        ("CheckReport", &["check", "lone", "--to", "2.5.27"]),
        ("CheckReport", &["check", "-A", "-l", "nobody!=here"]),
        ("UpgradePlan", &["upgrade", "lone", "--to", "2.5.27", "--dry-run=server"]),
        ("RunResult", &["upgrade", "lone", "--to", "2.5.27", "--yes"]),
        ("RunResult", &["upgrade", "lone", "--to", "2.5.27", "--yes"]),
        ("History", &["history", "lone"]),
    ] {
        let output = vec.command(words).args(&["-o", "json"]).run();
        assert!(matches!(output.code, Some(0 | 3)), "{words:?}: {:?}\n{}", output.code, output.stderr);
        documents.push((kind, output.stdout));
    }
    for (kind, text) in documents {
        let document: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(document["kind"], kind);
        assert_eq!(faults(&schema, &document), "", "{text}");
        let mut more = document;
        more["unheardOf"] = json!(1);
        assert_ne!(faults(&schema, &more), "", "{kind}");
    }
}
