use serde::Serialize;
use serde_json::{Map, Value};

/// The form of a result, where it is not the usual one for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, with more in it.
    Wide,
    /// References only, a line each.
    Name,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
}

impl Format {
    /// As `-o` takes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Name => "name",
            Self::Json => "json",
            Self::Yaml => "yaml",
        }
    }
}

/// What a document is, a public contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the rules said.
    CheckReport,
    /// What would be done.
    UpgradePlan,
    /// What people do step by step.
    Procedure,
    /// What became of it.
    RunResult,
    /// Which instances there are.
    InstanceList,
    /// Which images a way needs.
    ImageList,
    /// How one of them is now.
    InstanceStatus,
    /// What was done to one of them.
    History,
    /// What the catalogue says about codes.
    CodeList,
    /// Which program this is.
    Version,
}

impl Kind {
    /// As the document says it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CheckReport => "CheckReport",
            Self::UpgradePlan => "UpgradePlan",
            Self::Procedure => "Procedure",
            Self::RunResult => "RunResult",
            Self::InstanceList => "InstanceList",
            Self::ImageList => "ImageList",
            Self::InstanceStatus => "InstanceStatus",
            Self::History => "History",
            Self::CodeList => "CodeList",
            Self::Version => "Version",
        }
    }
}

/// One document for programs: `apiVersion` and `kind`, then the fields of `value`; a list goes below `items`.
///
/// Formats for people have no document; they are written as JSON.
pub fn document(kind: Kind, value: &impl Serialize, format: Format) -> anyhow::Result<String> {
    let fields = fields(kind, value)?;
    Ok(match format {
        Format::Yaml => serde_saphyr::to_string(&fields)?,
        _ => format!("{}\n", serde_json::to_string_pretty(&fields)?),
    })
}

/// The same as one of many: JSON in one line, YAML behind a line that begins a document.
pub(super) fn one_of_many(kind: Kind, value: &impl Serialize, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Yaml => format!("---\n{}", document(kind, value, format)?),
        _ => format!("{}\n", serde_json::to_string(&fields(kind, value)?)?),
    })
}

fn fields(kind: Kind, value: &impl Serialize) -> anyhow::Result<Map<String, Value>> {
    let mut fields = Map::new();
    fields.insert("apiVersion".into(), "kubectl-milvus/v1".into());
    fields.insert("kind".into(), kind.word().into());
    match serde_json::to_value(value)? {
        // A field of the value with the name of a header field would change what the document says it is.
        Value::Object(value) => {
            fields.extend(value.into_iter().filter(|(key, _)| key != "apiVersion" && key != "kind"));
        }
        value => fields.extend([("items".to_owned(), value)]),
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Format, Kind, document, one_of_many};

    #[test]
    fn the_header_comes_first_and_a_list_below_items() {
        let report = json!({"zeta": 1, "alpha": ["2.6", "no", "v2.6.6"], "kind": "mine"});
        insta::assert_snapshot!(document(Kind::CheckReport, &report, Format::Json).unwrap(), @r#"
        {
          "apiVersion": "kubectl-milvus/v1",
          "kind": "CheckReport",
          "zeta": 1,
          "alpha": [
            "2.6",
            "no",
            "v2.6.6"
          ]
        }
        "#);
        insta::assert_snapshot!(document(Kind::InstanceList, &["2.6", "no", "1e3", "~", "a: b"], Format::Yaml).unwrap(), @r#"
        apiVersion: kubectl-milvus/v1
        kind: InstanceList
        items:
        - "2.6"
        - "no"
        - "1e3"
        - "~"
        - "a: b"
        "#);
    }

    #[test]
    fn one_of_many_is_a_line_or_begins_with_one() {
        let many = |format| one_of_many(Kind::InstanceStatus, &json!({"state": "healthy"}), format).unwrap();
        let line = r#"{"apiVersion":"kubectl-milvus/v1","kind":"InstanceStatus","state":"healthy"}"#;
        assert_eq!(many(Format::Json), format!("{line}\n"));
        assert_eq!(many(Format::Yaml), "---\napiVersion: kubectl-milvus/v1\nkind: InstanceStatus\nstate: healthy\n");
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~\n\tß日]{0,12}".prop_map(Value::from),
            prop::sample::select(vec!["yes", "on", "0x1f", "1_000", "null", "2026-11-21", "-", "# a", "!x", "&a", "%"])
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-zA-Z. :/-]{0,8}", inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn yaml_says_the_same_as_json(value in value()) {
            let wrapped = json!({"value": value});
            let yaml = document(Kind::RunResult, &wrapped, Format::Yaml).unwrap();
            let json = document(Kind::RunResult, &wrapped, Format::Json).unwrap();
            let of_yaml: Value = serde_saphyr::from_str(&yaml).unwrap();
            let of_json: Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(of_yaml, of_json, "{}", yaml);
        }
    }
}
