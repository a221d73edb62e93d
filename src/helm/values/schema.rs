//! `values.schema.json`: what a chart takes for values, checked for it and for each chart in it.

use jsonschema::{
    Retrieve, Uri, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value as Json;

use crate::helm::{
    chart::Chart,
    error::{Error, Result},
    json,
    value::{Map, Value},
};

/// Checks coalesced values against the schema of a chart and those of the charts in it (`ValidateAgainstSchema`).
///
/// The error says where and what, in Helm's words, but never the value itself, which may be a secret.
pub fn validate(chart: &Chart, values: &Map) -> Result<()> {
    let mut faults = vec![];
    collect(chart, values, &mut faults);
    if faults.is_empty() {
        return Ok(());
    }
    Err(Error::new(faults.join("; "))
        .during("values don't meet the specifications of the schema(s) in the following chart(s)"))
}

fn collect(chart: &Chart, values: &Map, faults: &mut Vec<String>) {
    if let Some(schema) = chart.schema.as_ref().map(|file| &file.data) {
        let found = check(schema, values).unwrap_or_else(|error| vec![error.to_string()]);
        if !found.is_empty() {
            faults.push(format!("{}: {}", chart.name(), found.join(", ")));
        }
    }
    for inner in &chart.dependencies {
        match values.get(inner.name()) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(values)) => collect(inner, &values, faults),
            Some(other) => faults.push(format!(
                "{}: invalid type for values: expected object (map), got {}",
                inner.name(),
                other.type_name()
            )),
        }
    }
}

fn check(schema: &[u8], values: &Map) -> Result<Vec<String>> {
    let wrong = |error: &dyn std::fmt::Display| Error::new(error.to_string()).during("values.schema.json");
    let schema: Json = serde_json::from_slice(schema).map_err(|error| wrong(&error))?;
    let validator = jsonschema::options().with_retriever(Elsewhere).build(&schema);
    let validator = validator.map_err(|error| wrong(&error.masked()))?;
    let values = Json::Object(json::to_object(values));
    Ok(told(validator.iter_errors(&values)))
}

/// What is not in the schema itself. There is no network here: only `urn:` is known, and takes anything as in Helm.
struct Elsewhere;

impl Retrieve for Elsewhere {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Json, Box<dyn std::error::Error + Send + Sync>> {
        if uri.scheme().as_str() == "urn" {
            return Ok(Json::Bool(true));
        }
        Err("schemas are not fetched from elsewhere; put its text into the chart's own schema".into())
    }
}

/// The faults, each with its place; several missing properties of one place are one fault.
fn told<'a>(errors: impl Iterator<Item = ValidationError<'a>>) -> Vec<String> {
    let mut faults: Vec<String> = vec![];
    let mut missing: Vec<(String, Vec<String>)> = vec![];
    for error in errors {
        let place = error.instance_path().to_string();
        if let ValidationErrorKind::Required { property } = error.kind() {
            let name = format!("'{}'", property.as_str().unwrap_or_default());
            match missing.iter_mut().find(|(known, _)| *known == place) {
                Some((_, names)) => names.push(name),
                None => missing.push((place, vec![name])),
            }
            continue;
        }
        faults.push(format!("at '{place}': {}", fault(&error)));
    }
    faults.extend(missing.into_iter().map(|(place, names)| {
        let noun = if names.len() == 1 { "property" } else { "properties" };
        format!("at '{place}': missing {noun} {}", names.join(", "))
    }));
    faults
}

fn fault(error: &ValidationError<'_>) -> String {
    let instance = error.instance();
    let size = || match instance.as_ref() {
        Json::String(text) => text.chars().count(),
        Json::Array(items) => items.len(),
        Json::Object(fields) => fields.len(),
        _ => 0,
    };
    let quoted = |names: &[String]| names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    match error.kind() {
        ValidationErrorKind::Type { kind } => format!("got {}, want {}", type_of(instance), wanted(kind)),
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            format!("additional properties {} not allowed", quoted(unexpected))
        }
        ValidationErrorKind::Enum { options } => match options.as_array().map(Vec::as_slice) {
            Some([only]) => format!("value must be {}", shown(only)),
            Some(all) => format!("value must be one of {}", all.iter().map(shown).collect::<Vec<_>>().join(", ")),
            None => "'enum' failed".to_owned(),
        },
        ValidationErrorKind::Constant { expected_value } => format!("value must be {}", shown(expected_value)),
        ValidationErrorKind::Pattern { pattern } => format!("does not match pattern '{pattern}'"),
        ValidationErrorKind::Format { format } => format!("is not valid {format}"),
        ValidationErrorKind::MinLength { limit } => format!("minLength: got {}, want {limit}", size()),
        ValidationErrorKind::MaxLength { limit } => format!("maxLength: got {}, want {limit}", size()),
        ValidationErrorKind::MinItems { limit } => format!("minItems: got {}, want {limit}", size()),
        ValidationErrorKind::MaxItems { limit } => format!("maxItems: got {}, want {limit}", size()),
        ValidationErrorKind::MinProperties { limit } => format!("minProperties: got {}, want {limit}", size()),
        ValidationErrorKind::MaxProperties { limit } => format!("maxProperties: got {}, want {limit}", size()),
        ValidationErrorKind::Minimum { limit } => format!("minimum: want {limit} or more"),
        ValidationErrorKind::Maximum { limit } => format!("maximum: want {limit} or less"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("exclusiveMinimum: want more than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("exclusiveMaximum: want less than {limit}"),
        ValidationErrorKind::MultipleOf { multiple_of } => format!("multipleOf: want a multiple of {multiple_of}"),
        ValidationErrorKind::Not { .. } => "'not' failed".to_owned(),
        ValidationErrorKind::OneOfNotValid { .. } => "'oneOf' failed, none matched".to_owned(),
        ValidationErrorKind::OneOfMultipleValid { .. } => "'oneOf' failed, several matched".to_owned(),
        ValidationErrorKind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
            "additional properties not allowed".to_owned()
        }
        ValidationErrorKind::FalseSchema => "false schema".to_owned(),
        ValidationErrorKind::Contains => "no items match contains schema".to_owned(),
        ValidationErrorKind::AnyOf { context } => {
            let inner: Vec<String> = context.iter().flatten().map(|error| fault(error)).collect();
            format!("'anyOf' failed ({})", inner.join("; "))
        }
        _ => error.masked().to_string(),
    }
}

fn type_of(instance: &Json) -> &'static str {
    match instance {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(" or "),
    }
}

/// What a schema, not a user, says.
fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::validate;
    use crate::helm::{
        chart::{Chart, File, Metadata},
        yaml,
    };

    fn chart(name: &str, schema: &str, dependencies: Vec<Chart>) -> Chart {
        let metadata = Metadata { name: name.to_owned(), ..Metadata::default() };
        let schema = File { name: "values.schema.json".into(), data: schema.as_bytes().into(), modified: None };
        Chart { metadata, schema: Some(schema), dependencies, ..Chart::default() }
    }

    fn faults(schema: &str, values: &str) -> String {
        let values = yaml::read_map(values).unwrap();
        validate(&chart("c", schema, vec![]), &values).map_or_else(|error| error.to_string(), |()| String::new())
    }

    const BEFORE: &str = "values don't meet the specifications of the schema(s) in the following chart(s): c: ";

    #[test]
    fn faults_are_told_in_the_words_of_helm() {
        for (schema, values, expected) in [
            (r#"{"properties": {"a": {"type": "integer"}}}"#, "a: x", "at '/a': got string, want integer"),
            (
                r#"{"properties": {"a": {"type": ["integer", "null"]}}}"#,
                "a: 1.5",
                "at '/a': got number, want null or integer",
            ),
            (r#"{"required": ["a"]}"#, "{}", "at '': missing property 'a'"),
            (r#"{"required": ["a", "b"]}"#, "{}", "at '': missing properties 'a', 'b'"),
            (
                r#"{"properties": {"b": {}}, "additionalProperties": false}"#,
                "a: 1",
                "at '': additional properties 'a' not allowed",
            ),
            (r#"{"additionalProperties": false}"#, "a: 1", "at '': additional properties not allowed"),
            (r#"{"properties": {"a": {"enum": ["x", "y"]}}}"#, "a: z", "at '/a': value must be one of 'x', 'y'"),
            (r#"{"properties": {"a": {"minLength": 3}}}"#, "a: z", "at '/a': minLength: got 1, want 3"),
            (
                r##"{"properties": {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "number"}}}"##,
                "a: z",
                "at '/a': got string, want number",
            ),
        ] {
            assert_eq!(faults(schema, values), format!("{BEFORE}{expected}"), "{schema} {values}");
        }
    }

    #[test]
    fn whole_numbers_are_integers() {
        assert_eq!(faults(r#"{"properties": {"a": {"type": "integer"}}}"#, "a: 1.0"), "");
    }

    #[test]
    fn values_that_may_be_secret_are_not_told() {
        for schema in [
            r#"{"properties": {"a": {"pattern": "^x"}}}"#,
            r#"{"properties": {"a": {"type": "integer"}}}"#,
            r#"{"properties": {"a": {"anyOf": [{"const": "x"}, {"maxLength": 1}]}}}"#,
            r#"{"properties": {"a": {"not": {"type": "string"}}}}"#,
            r#"{"properties": {"a": {"format": "ipv4"}}, "$schema": "http://json-schema.org/draft-07/schema#"}"#,
            r#"{"propertyNames": {"maxLength": 0}}"#,
            r#"{"if": {"required": ["a"]}, "then": false}"#,
        ] {
            let told = faults(schema, "a: hunter2");
            assert!(!told.is_empty() && !told.contains("hunter2"), "{schema}: {told}");
        }
    }

    #[test]
    fn charts_in_the_chart_have_their_own_schema() {
        let inner = chart("inner", r#"{"required": ["a"]}"#, vec![]);
        let outer = chart("outer", "true", vec![inner]);
        let told = |values: &str| validate(&outer, &yaml::read_map(values).unwrap()).unwrap_err().to_string();
        assert!(told("inner: {}").ends_with(": inner: at '': missing property 'a'"));
        assert!(told("inner: x").ends_with("inner: invalid type for values: expected object (map), got string"));
        assert!(validate(&outer, &yaml::read_map("{}").unwrap()).is_ok());
    }

    #[test]
    fn schemas_that_cannot_be_read_or_need_a_network_are_faults() {
        assert!(faults("{", "{}").contains("values.schema.json: "));
        assert!(faults(r#"{"type": "unheard"}"#, "{}").contains("values.schema.json: "));
        assert!(faults(r#"{"$ref": "https://example.com/x.json"}"#, "{}").contains("not fetched"));
        assert_eq!(faults(r#"{"$ref": "urn:x:y"}"#, "a: 1"), "");
    }
}
