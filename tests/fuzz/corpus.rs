//! The inputs that are written down beside: vectors and charts.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context, Result};
use kubectl_milvus::helm::{
    function::{self, Kind},
    template::registry::Registry,
};
use serde_json::Value as Json;

/// Functions that make keys or hash passwords: each call takes up to a second, as it should, and shows nothing here.
const SLOW: [&str; 12] = [
    "bcrypt",
    "derivePassword",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
    "buildCustomCert",
    "randBytes",
];

/// All inputs, by what they are inputs of.
pub(crate) struct Corpus {
    /// All functions but the slow ones, each with what its parameters take.
    pub(super) functions: Vec<(&'static str, Vec<Kind>)>,
    pub(super) templates: Vec<String>,
    pub(super) calls: Vec<String>,
    pub(super) documents: Vec<String>,
    pub(super) settings: Vec<String>,
    /// The values of the templates.
    pub(super) values: String,
    /// Charts: the paths of their files and what these hold.
    pub(super) charts: Vec<Vec<(String, String)>>,
}

impl Corpus {
    /// Reads them.
    pub(crate) fn read() -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/helm");
        let json = |name: &str| -> Result<Json> {
            let path = folder.join("vectors").join(name);
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
            Ok(serde_json::from_str(&text)?)
        };
        let (language, template) = (json("language.json")?, json("template.json")?);
        let cases = |vectors: &Json| texts(&vectors["cases"], |case| &case["template"]);
        let is_quick = |text: &String| !SLOW.iter().any(|name| text.contains(name));
        let conversions = json("conversion.json")?;
        let operation = |row: &Json| row["op"].as_str().unwrap_or_default().to_owned();
        let conversion = |is_wanted: fn(&str) -> bool| {
            let rows = conversions.as_array().into_iter().flatten().filter(move |row| is_wanted(&operation(row)));
            rows.filter_map(|row| row["in"].as_str().map(ToOwned::to_owned)).collect::<Vec<_>>()
        };
        let mut documents = conversion(|operation| !operation.starts_with("set"));
        documents.extend(texts(&json("yaml.json")?, |row| &row["input"]));
        Ok(Self {
            functions: functions(),
            templates: cases(&language).into_iter().chain(cases(&template)).filter(is_quick).collect(),
            calls: texts(&json("function.json")?, |row| &row[0]).into_iter().filter(is_quick).collect(),
            documents,
            settings: conversion(|operation| operation.starts_with("set")),
            values: template["values"].as_str().unwrap_or_default().to_owned(),
            charts: charts(&folder.join("chart"))?,
        })
    }
}

fn functions() -> Vec<(&'static str, Vec<Kind>)> {
    let parameters: HashMap<_, _> = function::all()
        .into_iter()
        .flatten()
        .map(|function| {
            (function.name, [function.parameters, function.rest.as_slice(), function.rest.as_slice()].concat())
        })
        .collect();
    let names = Registry::new(&function::all());
    let names = names.names().filter(|name| !SLOW.contains(name));
    // What is not in the tables belongs to the executor, and mostly takes two of anything.
    let with_parameters =
        names.map(|name| (name, parameters.get(name).cloned().unwrap_or_else(|| vec![Kind::Any, Kind::Any])));
    let mut functions: Vec<_> = with_parameters.collect();
    // Their order is another in each run, and an execution is to be the same in each.
    functions.sort_unstable_by_key(|(name, _)| *name);
    functions
}

fn texts(rows: &Json, field: impl Fn(&Json) -> &Json) -> Vec<String> {
    let rows = rows.as_array().into_iter().flatten();
    rows.filter_map(|row| field(row).as_str().map(ToOwned::to_owned)).collect()
}

/// The charts of the tests, without what lies beside them or in archives.
fn charts(folder: &Path) -> Result<Vec<Vec<(String, String)>>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let chart = |path| -> Result<Vec<(String, String)>> {
        let mut files: Vec<(String, String)> = vec![];
        for line in fs::read_to_string(path)?.lines() {
            if let Some(path) = line.strip_prefix("-- ").and_then(|line| line.strip_suffix(" --")) {
                files.push((path.replace(':', "/"), String::new()));
            } else if let Some((_, text)) = files.last_mut() {
                text.push_str(line);
                text.push('\n');
            }
        }
        files.retain(|(path, _)| !path.starts_with("../"));
        Ok(files)
    };
    paths.iter().map(chart).collect()
}
