//! What programs may count on in a document, as a JSON Schema.

/// JSON Schema 2020-12 of every kind of document. Fields may be added to a kind; none is renamed, dropped or given
/// another meaning within `kubectl-milvus/v1`.
pub const SCHEMA: &str = include_str!("schema.json");

#[cfg(test)]
mod tests {
    use boon::{Compiler, Schemas};
    use serde_json::{Value, json};

    use super::SCHEMA;
    use crate::{
        check::{Report, catalogue},
        journal,
        knowledge::{Knowledge, Lever},
        output::{Format, Kind, document, sample},
        plan::{Ending, NeededImage, RunResult, pulsar_3},
        rollout::{Asked, Call, Drain, Interruption, Standing},
        snapshot::sample::on_pulsar_2,
    };

    fn schema() -> Value {
        serde_json::from_str(SCHEMA).expect("the schema is JSON")
    }

    /// The same schema, to which a field that it does not describe is a fault.
    fn without_more(schema: &Value) -> Value {
        match schema {
            Value::Object(fields) => {
                let mut fields: serde_json::Map<String, Value> =
                    fields.iter().map(|(key, value)| (key.clone(), without_more(value))).collect();
                if fields.contains_key("properties") && fields.get("type") == Some(&json!("object")) {
                    fields.insert("additionalProperties".into(), json!(false));
                }
                Value::Object(fields)
            }
            Value::Array(items) => items.iter().map(without_more).collect(),
            other => other.clone(),
        }
    }

    fn made(kind: Kind, value: &impl serde::Serialize) -> Value {
        serde_json::from_str(&document(kind, value, Format::Json).unwrap()).unwrap()
    }

    /// A document of each kind, and each ending of a run, made by the code that makes the real ones.
    fn documents() -> Vec<Value> {
        let endings = [
            Ending::Done,
            Ending::NothingToDo,
            Ending::Declined,
            Ending::Interrupted,
            Ending::TimedOut { after_seconds: 4 },
            Ending::Stopped { reason: "why".into(), details: vec!["seen".into()] },
            Ending::RolledBack { reason: "why".into(), details: vec![] },
        ];
        let mut documents: Vec<Value> =
            endings.into_iter().map(|ending| made(Kind::RunResult, &sample::result(ending))).collect();
        documents.push(made(Kind::RunResult, &RunResult { logs: sample::logs(), ..sample::result(Ending::Done) }));
        let image = NeededImage {
            image: "a:b".into(),
            part: "milvus".into(),
            runs: true,
            nodes: Some(1),
            notes: vec!["n".into()],
        };
        let procedure = pulsar_3(&on_pulsar_2(), None, false, Knowledge::builtin()).expect("a way");
        let revision = journal::Revision { revision: 3, status: "deployed".into(), made: Some(sample::now()) };
        documents.extend(
            sample::verdicts().map(|verdict| made(Kind::RunResult, &sample::result(Ending::Done).served(verdict))),
        );
        let mut measured = sample::result(Ending::Done);
        measured.interruption =
            Some(Interruption::of("healthz".into(), &[Call { at: 0, took: 1, is_answered: true }], (1, 2)));
        let mut drain = Drain::nothing("why");
        drain.note(Lever::Balance, Standing::Stuck { reason: "why".into(), ticket: Some("t".into()) });
        measured.drain = Some(drain);
        documents.push(made(Kind::RunResult, &measured));
        let [found, ..] = sample::verdicts();
        let mut asked = sample::status();
        asked.serving = Some(Asked { at: sample::now(), by: Some("upgrade to 2.6.6".into()), found });
        documents.extend([
            made(Kind::UpgradePlan, &sample::plan()),
            made(Kind::Procedure, &procedure),
            made(Kind::CheckReport, &Report { findings: [sample::ready(), sample::blocked()].concat() }),
            made(Kind::InstanceStatus, &sample::status()),
            made(Kind::InstanceStatus, &asked),
            made(Kind::InstanceList, &sample::instances()),
            made(Kind::ImageList, &[image]),
            made(Kind::History, &journal::history(&[], &[revision], None)),
            made(Kind::CodeList, &catalogue::with_logs(Knowledge::builtin())),
            made(Kind::Version, &json!({"version": "0.1.0", "knowledge": Knowledge::builtin().age()})),
        ]);
        documents
    }

    #[test]
    fn the_schema_describes_every_field_of_real_documents() {
        for document in documents() {
            let kind = document["kind"].as_str().unwrap().to_owned();
            // Against its own kind, for a fault of one of many says nothing.
            let mut own = without_more(&schema());
            own.as_object_mut().unwrap().remove("oneOf");
            own["$ref"] = json!(format!("#/$defs/{kind}"));
            assert_eq!(faults(&own, &document), "", "{kind}");
            assert_eq!(faults(&without_more(&schema()), &document), "", "{kind}");
        }
    }

    /// What is wrong with a document; nothing where it is as the schema says.
    fn faults(schema: &Value, document: &Value) -> String {
        const ADDRESS: &str = "file:///schema.json";
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource(ADDRESS, schema.clone()).expect("a schema");
        let index = compiler.compile(ADDRESS, &mut schemas).expect("a schema");
        schemas.validate(document, index).map_or_else(|fault| fault.to_string(), |()| String::new())
    }

    #[test]
    fn what_is_no_such_document_is_refused() {
        for document in documents() {
            for field in ["kind", "apiVersion"] {
                let mut other = document.clone();
                other[field] = json!("Other");
                assert_ne!(faults(&schema(), &other), "", "{other}");
            }
            for field in ["ending", "plan", "findings", "steps", "items", "version"] {
                let mut less = document.clone();
                if less.as_object_mut().unwrap().remove(field).is_some() {
                    assert_ne!(faults(&schema(), &less), "", "{} without {field}", document["kind"]);
                }
            }
        }
    }
}
