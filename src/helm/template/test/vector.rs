//! Helm's answers that the project keeps.

use serde::Deserialize;

use super::{from_json, render};

#[derive(Deserialize)]
struct Vectors {
    values: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    group: String,
    #[serde(default)]
    helpers: String,
    template: String,
    output: Option<String>,
    error: Option<String>,
}

/// Renders the cases of one group and says which differ from Helm's answers, in output or in error text.
fn differences(text: &str, group: &str) -> (usize, Vec<String>) {
    let vectors: Vectors = serde_json::from_str(text).unwrap();
    let values = from_json(&serde_saphyr::from_str(&vectors.values).unwrap());
    let mut wrong = vec![];
    let cases: Vec<_> = vectors.cases.iter().filter(|case| case.group == group).collect();
    for case in &cases {
        let expected = case.output.clone().ok_or_else(|| case.error.clone().unwrap_or_default());
        let answer = render(&case.helpers, &case.template, &values).map_err(|error| error.text().to_owned());
        if answer == expected {
            continue;
        }
        match (&answer, &expected) {
            (Ok(answer), Ok(expected)) => {
                let lines = case.template.lines().zip(answer.lines().zip(expected.lines()));
                let differing = lines.filter(|(_, (is, not))| is != not);
                wrong.extend(differing.map(|(line, (is, not))| format!("{line}\n   is {is:?}\n  not {not:?}")));
            }
            _ => wrong.push(format!("{}\n   is {answer:?}\n  not {expected:?}", case.template)),
        }
    }
    (cases.len(), wrong)
}

#[test]
fn the_language_is_that_of_helm() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/template.json"));
    let (count, wrong) = differences(text, "lang");
    assert_eq!(count, 61);
    assert!(wrong.is_empty(), "{} in {count} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_construct_comparison_and_verb_is_that_of_helm() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm/vectors/language.json"));
    let (count, wrong) = differences(text, "");
    assert!(count > 1000);
    assert!(wrong.is_empty(), "{} in {count} cases:\n{}", wrong.len(), wrong.join("\n"));
}
