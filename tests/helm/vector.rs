//! Helm's own answers on tricky templates, through the whole engine: `vectors/template.json`.

use anyhow::{Context, Result, ensure};
use kubectl_milvus::helm::{
    capability::Capabilities,
    chart::{Chart, ChartFile},
    error::Result as HelmResult,
    render::{Parsed, Purpose, Release},
    template::engine::World,
    value::{Map, Value},
};
use libtest_mimic::{Failed, Trial};
use serde_json::Value as Json;

const VECTORS: &str = include_str!("vectors/template.json");

const DESCRIPTION: &str = "apiVersion: v2\nname: t\nversion: 1.2.3\nappVersion: \"9.9\"\ntype: application\n";

/// One test for each vector.
pub(crate) fn trials() -> Result<Vec<Trial>> {
    let vectors: Json = serde_json::from_str(VECTORS)?;
    let values = text(&vectors, "values")?;
    let cases = vectors["cases"].as_array().context("there are cases")?;
    let trial = |case: &Json| {
        let (case, values) = (case.clone(), values.clone());
        let name = format!("vector::{}::{}", text(&case, "group")?, text(&case, "name")?);
        Ok(Trial::test(name, move || check(&case, &values).map_err(|error| Failed::from(format!("{error:#}")))))
    };
    cases.iter().map(trial).collect()
}

fn text(json: &Json, field: &str) -> Result<String> {
    json[field].as_str().map(ToOwned::to_owned).with_context(|| format!("a vector has a {field}"))
}

fn check(case: &Json, values: &str) -> Result<()> {
    let answer = rendered(&text(case, "template")?, &text(case, "helpers")?, values);
    match (case["output"].as_str(), answer) {
        (Some(expected), Ok(found)) => ensure!(found == expected, "expected\n{expected}\nfound\n{found}"),
        (Some(_), Err(error)) => anyhow::bail!("it is refused: {error}"),
        (None, Ok(found)) => anyhow::bail!("it is not refused, but gives\n{found}"),
        (None, Err(_)) => {}
    }
    Ok(())
}

fn rendered(template: &str, partials: &str, values: &str) -> HelmResult<String> {
    let file =
        |path: &str, text: &str| ChartFile { path: path.to_owned(), data: text.as_bytes().to_vec(), modified: None };
    let chart = Chart::from_directory(vec![
        file("Chart.yaml", DESCRIPTION),
        file("values.yaml", values),
        file("files/hello.txt", "hello file\n"),
        file("templates/_helpers.tpl", partials),
        file("templates/case.yaml", template),
        file("templates/other.yaml", "other: {{ .Values.name }}\n"),
    ])?;
    let release =
        Release { name: "rel".to_owned(), namespace: "ns".to_owned(), revision: 1, purpose: Purpose::Install };
    let parsed = Parsed::new(&chart, &Map::new(), &release, &Capabilities::default())?;
    let mut files = parsed.execute(&mut Nowhere { state: 88_172_645_463_325_252 })?;
    Ok(files.remove("t/templates/case.yaml").unwrap_or_default())
}

/// A world without anything in it, and with numbers that only look random, of which keys can be made.
struct Nowhere {
    state: u64,
}

impl World for Nowhere {
    fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> HelmResult<Value> {
        Ok(Map::new().into())
    }

    fn now(&self) -> i128 {
        1_700_000_000_000_000_000
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            // Xorshift, of which every run gives the same.
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            *byte = self.state.to_be_bytes()[0];
        }
    }
}
