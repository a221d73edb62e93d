//! `values.schema.json`: what a chart takes for values, checked for it and for each chart in it.

use std::error::Error as StdError;

use boon::{Compiler, ErrorKind, Schemas, UrlLoader, ValidationError};
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
    let wrong = |text: String| Error::new(text).during("values.schema.json");
    let schema: Json = serde_json::from_slice(schema).map_err(|error| wrong(error.to_string()))?;
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.use_loader(Box::new(Elsewhere));
    // What is wrong with a schema is told whole: it holds no values of users.
    let cause = |error| wrong(format!("{error:#}"));
    compiler.add_resource(ADDRESS, schema).map_err(cause)?;
    let index = compiler.compile(ADDRESS, &mut schemas).map_err(cause)?;
    let values = Json::Object(json::to_object(values));
    let mut faults = vec![];
    if let Err(error) = schemas.validate(&values, index) {
        tell(&error, &mut faults);
    }
    Ok(faults)
}

/// Under which Helm too reads a chart's schema.
const ADDRESS: &str = "file:///values.schema.json";

/// What is not in the schema itself. There is no network here: only `urn:` is known, and takes anything as in Helm.
struct Elsewhere;

impl UrlLoader for Elsewhere {
    fn load(&self, url: &str) -> Result<Json, Box<dyn StdError>> {
        if url.starts_with("urn:") {
            return Ok(Json::Bool(true));
        }
        Err("schemas are not fetched from elsewhere; put its text into the chart's own schema".into())
    }
}

/// The faults, each with its place.
fn tell(error: &ValidationError, faults: &mut Vec<String>) {
    match fault(error) {
        Some(fault) => faults.push(format!("at '{}': {fault}", error.instance_location)),
        None => error.causes.iter().for_each(|cause| tell(cause, faults)),
    }
}

/// What is wrong at one place, in Helm's words but for the value itself; `None` where only what it holds is wrong.
fn fault(error: &ValidationError) -> Option<String> {
    let within = || {
        let mut faults = vec![];
        error.causes.iter().for_each(|cause| tell(cause, &mut faults));
        faults.join("; ")
    };
    Some(match &error.kind {
        ErrorKind::Group
        | ErrorKind::Schema { .. }
        | ErrorKind::Reference { .. }
        | ErrorKind::AllOf
        | ErrorKind::ContentSchema => return None,
        ErrorKind::Type { got, want } => {
            let wanted: Vec<String> = want.iter().map(|kind| kind.to_string()).collect();
            format!("got {got}, want {}", wanted.join(" or "))
        }
        ErrorKind::Required { want: names } => format!("missing {} {}", properties(names), quoted(names)),
        ErrorKind::AdditionalProperties { got } => format!("additional properties {} not allowed", quoted(got)),
        ErrorKind::PropertyName { prop } => format!("invalid propertyName '{prop}' ({})", within()),
        ErrorKind::Dependency { prop, missing } | ErrorKind::DependentRequired { prop, missing } => {
            format!("{} {} required, if '{prop}' exists", properties(missing), quoted(missing))
        }
        ErrorKind::Enum { want } => match &want[..] {
            [only] => format!("value must be {}", shown(only)),
            all => format!("value must be one of {}", all.iter().map(shown).collect::<Vec<_>>().join(", ")),
        },
        ErrorKind::Const { want } => format!("value must be {}", shown(want)),
        ErrorKind::Pattern { want, .. } => format!("does not match pattern '{want}'"),
        ErrorKind::Format { want, .. } => format!("is not valid {want}"),
        ErrorKind::ContentEncoding { want, .. } => format!("is not {want} encoded"),
        ErrorKind::ContentMediaType { want, .. } => format!("is not of mediatype {want}"),
        ErrorKind::MinLength { got, want } => format!("minLength: got {got}, want {want}"),
        ErrorKind::MaxLength { got, want } => format!("maxLength: got {got}, want {want}"),
        ErrorKind::MinItems { got, want } => format!("minItems: got {got}, want {want}"),
        ErrorKind::MaxItems { got, want } => format!("maxItems: got {got}, want {want}"),
        ErrorKind::MinProperties { got, want } => format!("minProperties: got {got}, want {want}"),
        ErrorKind::MaxProperties { got, want } => format!("maxProperties: got {got}, want {want}"),
        ErrorKind::Minimum { want, .. } => format!("minimum: want {want} or more"),
        ErrorKind::Maximum { want, .. } => format!("maximum: want {want} or less"),
        ErrorKind::ExclusiveMinimum { want, .. } => format!("exclusiveMinimum: want more than {want}"),
        ErrorKind::ExclusiveMaximum { want, .. } => format!("exclusiveMaximum: want less than {want}"),
        ErrorKind::MultipleOf { want, .. } => format!("multipleOf: want a multiple of {want}"),
        ErrorKind::Not => "'not' failed".to_owned(),
        ErrorKind::AnyOf => format!("'anyOf' failed ({})", within()),
        ErrorKind::OneOf(None) => format!("'oneOf' failed, none matched ({})", within()),
        ErrorKind::OneOf(Some((one, other))) => format!("'oneOf' failed, subschemas {one}, {other} matched"),
        // These hold no value either, but numbers, places and names.
        kind @ (ErrorKind::RefCycle { .. }
        | ErrorKind::FalseSchema
        | ErrorKind::Contains
        | ErrorKind::MinContains { .. }
        | ErrorKind::MaxContains { .. }
        | ErrorKind::UniqueItems { .. }
        | ErrorKind::AdditionalItems { .. }) => kind.to_string(),
    })
}

fn properties<T>(names: &[T]) -> &'static str {
    if names.len() == 1 { "property" } else { "properties" }
}

fn quoted<T: std::fmt::Display>(names: &[T]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
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
            (r#"{"additionalProperties": false}"#, "a: 1", "at '': additional properties 'a' not allowed"),
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
