//! The index of a chart repository (`index.yaml`) and the tags of a registry: which versions of a chart there are, and
//! which of them is meant.
//!
//! As Helm: newest first; what is named exactly wins, else the first that satisfies the constraint; without a version
//! any release will do, but no prerelease. Entries that Helm passes over with a warning are passed over here too, and
//! so are those of a shape at which Helm gives up on the whole index.

mod choice;
mod cut;
mod entry;
pub mod tag;

pub use choice::{Choice, choose};
pub use entry::Entry;

use super::{
    error::{Error, Result},
    value::{Map, Value},
    yaml,
};

/// How many names an error lists.
const NAMED: usize = 8;

/// The versions of one chart in an index.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// How many entries were passed over because something is wrong with them.
    pub skipped: usize,
}

/// Reads what `text`, an index in YAML or JSON, says of `chart`.
///
/// # Errors
///
/// Where it is no index, or has no such chart.
pub fn read(text: &str, chart: &str) -> Result<Versions> {
    // An index of thousands of charts is read a hundred times faster so; whatever looks unusual is read as a whole.
    if let Some(cut) = cut::cut(text, chart) {
        match cut {
            cut::Cut::Absent(names) => return Err(absent(chart, &names)),
            cut::Cut::Found(part) => {
                if let Ok(Value::List(list)) = yaml::read_with_integers(part) {
                    return Ok(entry::all(&list.to_vec()));
                }
            }
        }
    }
    let Value::Map(document) = yaml::read_with_integers(text)? else { return Err(no_index()) };
    let entries = match document.get("entries") {
        Some(Value::Map(entries)) if document.get("apiVersion").is_some() => entries,
        Some(Value::Nil) | None if document.get("apiVersion").is_some() => Map::new(),
        _ => return Err(no_index()),
    };
    match entries.get(chart) {
        Some(Value::List(list)) => Ok(entry::all(&list.to_vec())),
        _ => Err(absent(chart, &entries.entries().iter().map(|(name, _)| &**name).collect::<Vec<_>>())),
    }
}

fn no_index() -> Error {
    Error::new("it is no index of a chart repository: `apiVersion` and `entries` are wanted")
}

fn absent(chart: &str, names: &[&str]) -> Error {
    let listed = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Error::new(match names.len() {
        0 => format!("it has no chart `{chart}`; it has none at all"),
        count if count > NAMED => format!("it has no chart `{chart}`; it has {listed} and {} more", count - NAMED),
        _ => format!("it has no chart `{chart}`; it has {listed}"),
    })
}

#[cfg(test)]
mod tests;
