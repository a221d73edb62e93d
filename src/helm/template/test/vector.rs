//! Helm's answers that the project keeps for all its parts.

use serde::Deserialize;

use super::{from_json, render};

#[derive(Deserialize)]
struct Vectors {
    values: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    group: String,
    name: String,
    helpers: String,
    template: String,
    output: Option<String>,
    error: Option<String>,
}

#[test]
fn the_language_is_that_of_helm() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/template.json"));
    let vectors: Vectors = serde_json::from_str(text).unwrap();
    let values = from_json(&serde_saphyr::from_str(&vectors.values).unwrap());
    let mut wrong = vec![];
    let cases: Vec<_> = vectors.cases.iter().filter(|case| case.group == "lang").collect();
    for case in &cases {
        let answer = render(&case.helpers, &case.template, &values);
        let expected = case.output.clone().ok_or_else(|| case.error.clone().unwrap_or_default());
        let answer = answer.map_err(|error| error.text().to_owned());
        if answer != expected {
            wrong.push(format!("{}: {answer:?}, Helm says {expected:?}", case.name));
        }
    }
    assert_eq!(cases.len(), 61);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
