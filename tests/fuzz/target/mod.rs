//! What is run. Each target makes an input of parts with names, and runs it.

mod archive;
mod set;
mod template;
mod values;

use kubectl_milvus::helm::{
    capability::Capabilities,
    chart::{Chart, ChartFile},
    error::Result as HelmResult,
    render::{Purpose, Release, Selection, render},
    template::engine::World,
    value::{Map, Value},
};

use super::{corpus::Corpus, random::Random};

/// An input: what each part is, and what it holds.
pub(crate) type Parts = Vec<(String, Vec<u8>)>;

/// Something that takes input from outside.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(super) make: fn(&mut Random, &Corpus) -> Parts,
    /// Whether the input was taken and not refused.
    pub(crate) run: fn(&Parts) -> bool,
}

/// All of them.
pub(crate) const TARGETS: [Target; 4] = [
    Target { name: "template", make: template::make, run: template::run },
    Target { name: "values", make: values::make, run: values::run },
    Target { name: "set", make: set::make, run: set::run },
    Target { name: "archive", make: archive::make, run: archive::run },
];

fn part(name: &str, data: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    (name.to_owned(), data.into())
}

/// The part of this name as text.
fn text(parts: &Parts, name: &str) -> String {
    let found = parts.iter().find(|(own, _)| own == name);
    found.map(|(_, data)| String::from_utf8_lossy(data).into_owned()).unwrap_or_default()
}

/// The chart of these files, rendered with these values; whether it was rendered.
fn renders(chart: HelmResult<Chart>, values: &Map) -> bool {
    let Ok(chart) = chart else { return false };
    let release =
        Release { name: "rel".to_owned(), namespace: "ns".to_owned(), revision: 1, purpose: Purpose::Install };
    let rendered = render(&chart, values, &release, &Capabilities::default(), &mut Nowhere);
    let selection = Selection { definitions: true, ..Selection::default() };
    rendered.is_ok_and(|rendered| !rendered.template(selection).is_empty())
}

fn file(path: &str, data: impl Into<Vec<u8>>) -> ChartFile {
    ChartFile { path: path.to_owned(), data: data.into(), modified: None }
}

/// A world without anything in it.
struct Nowhere;

impl World for Nowhere {
    fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> HelmResult<Value> {
        Ok(Map::new().into())
    }

    fn now(&self) -> i128 {
        1_700_000_000_000_000_000
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = place.wrapping_mul(151).to_le_bytes()[0];
        }
    }
}
