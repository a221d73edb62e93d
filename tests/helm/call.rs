//! What is asked of each function: the calls of `call.txt` and those of the vectors.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use kubectl_milvus::helm::{function, template::registry::Registry};
use serde_json::Value as Json;

const TABLE: &str = include_str!("call.txt");

/// The calls of one function. One that begins with braces is a whole template.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    pub(crate) rendered: Vec<String>,
    pub(crate) refused: Vec<String>,
}

/// How many refused calls are run for each function and reason: each of them is a run of three programs.
const REFUSED: usize = 1;

/// The names of everything that templates can call.
pub(crate) fn names() -> BTreeSet<&'static str> {
    Registry::new(&function::all()).names().collect()
}

/// All calls, by function.
pub(crate) fn all() -> Result<BTreeMap<String, Calls>> {
    let mut calls = table();
    vectors(&mut calls)?;
    conversions(&mut calls)?;
    dates(&mut calls)?;
    Ok(calls)
}

fn table() -> BTreeMap<String, Calls> {
    let mut calls: BTreeMap<String, Calls> = BTreeMap::new();
    let mut name = None;
    for line in TABLE.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name = Some(section);
        } else if let Some(name) = name {
            let calls = calls.entry(name.to_owned()).or_default();
            match line.strip_prefix("! ") {
                Some(call) => calls.refused.push(call.to_owned()),
                None => calls.rendered.push(line.to_owned()),
            }
        }
    }
    calls
}

/// `function.json`: all calls with an answer, and of the others the first of either kind.
fn vectors(calls: &mut BTreeMap<String, Calls>) -> Result<()> {
    let names = names();
    let rows: Vec<[String; 2]> = serde_json::from_str(include_str!("vectors/function.json"))?;
    let mut refused: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for [call, answer] in rows {
        let words = call.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        let name =
            words.into_iter().find(|word| names.contains(word)).with_context(|| format!("`{call}` calls nothing"))?;
        let name = name.to_owned();
        let is_uncalled = answer == "-";
        if !is_uncalled && !answer.starts_with("error: ") {
            calls.entry(name).or_default().rendered.push(call);
            continue;
        }
        let count = refused.entry((name.clone(), is_uncalled)).or_default();
        *count += 1;
        if *count <= REFUSED {
            calls.entry(name).or_default().refused.push(call);
        }
    }
    Ok(())
}

/// `conversion.json`: what is read and written, through the functions that do it.
fn conversions(calls: &mut BTreeMap<String, Calls>) -> Result<()> {
    let rows: Vec<Json> = serde_json::from_str(include_str!("vectors/conversion.json"))?;
    for row in rows {
        let (operation, input) = (field(&row, "op")?, literal(field(&row, "in")?)?);
        let is_refused = row.get("error").is_some();
        let held = literal(&format!("{{\"x\": {}}}", field(&row, "in")?))?;
        // What never fails is asked what it makes of faults too; `must…` only what it can do.
        let (always, must): (&[&str], &[&str]) = match operation {
            "read" | "readmap" | "readarray" => (&["fromYaml", "fromYamlArray"], &[]),
            "fromjson" | "fromjsonarray" => (&["fromJson", "fromJsonArray"], &[]),
            "fromjsonany" => (&[], &["mustFromJson"]),
            "fromtoml" => (&["fromToml"], &[]),
            "write" => (&["toYaml"], &["mustToYaml"]),
            "pretty" => (&["toYamlPretty"], &[]),
            "json" => (&["toJson", "toRawJson"], &["mustToJson", "mustToRawJson"]),
            "prettyjson" => (&["toPrettyJson"], &["mustToPrettyJson"]),
            "toml" => (&["toToml"], &["mustToToml"]),
            _ => continue,
        };
        let is_written = !operation.contains("from") && !operation.starts_with("read");
        for name in always.iter().chain(must) {
            let argument = if is_written { format!("(get (fromJson {held}) \"x\")") } else { input.clone() };
            // Lists of tables are of another type in Go, which `src/helm/toml/read.rs` tells.
            let shown = if *name == "fromToml" { " | toJson" } else { "" };
            let call = format!("{name} {argument}{shown}");
            let calls = calls.entry((*name).to_owned()).or_default();
            if !is_refused || always.contains(name) {
                calls.rendered.push(call);
            } else if calls.refused.len() < 4 {
                calls.refused.push(call);
            }
        }
    }
    Ok(())
}

/// `date.json`: times written by every layout, in every zone, and read.
fn dates(calls: &mut BTreeMap<String, Calls>) -> Result<()> {
    let vectors: Json = serde_json::from_str(include_str!("vectors/date.json"))?;
    let rows = |name: &str| vectors[name].as_array().cloned().with_context(|| format!("there are {name}"));
    let layouts = rows("layouts")?;
    for row in rows("written")? {
        let (zone, time) = (literal(field(&row, "zone")?)?, &row["time"]);
        for layout in &layouts {
            let layout = literal(layout.as_str().context("a layout is text")?)?;
            let call = format!("dateInZone {layout} (int64 {time}) {zone}");
            calls.entry("dateInZone".to_owned()).or_default().rendered.push(call);
        }
    }
    for row in rows("read")?.iter().filter(|row| row["local"] == "UTC") {
        let (layout, text) = (literal(field(row, "layout")?)?, literal(field(row, "text")?)?);
        calls.entry("toDate".to_owned()).or_default().rendered.push(format!("toDate {layout} {text} | toString"));
        let must = calls.entry("mustToDate".to_owned()).or_default();
        let call = format!("mustToDate {layout} {text} | toString");
        if row.get("error").is_none() {
            must.rendered.push(call);
        } else if must.refused.len() < 3 {
            must.refused.push(call);
        }
    }
    Ok(())
}

fn field<'a>(row: &'a Json, name: &str) -> Result<&'a str> {
    row[name].as_str().with_context(|| format!("a row has a {name}"))
}

/// The text between double quotes as templates read it: JSON's escapes are among Go's.
pub(crate) fn literal(text: &str) -> Result<String> {
    Ok(serde_json::to_string(text)?)
}
