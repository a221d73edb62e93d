//! From files to a chart.

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::Timestamp;

use super::{
    Chart, File, Lock,
    archive::{self, Budget},
    ignore::{self, Rules},
};
use crate::helm::{
    decode::Decode,
    error::{Error, Result},
    value::Value,
    values, yaml,
};

/// How deep charts may lie in charts. Helm has no such limit; nobody has more than five.
const MAXIMUM_DEPTH: usize = 64;

/// A file on its way into a chart.
#[derive(Clone, Debug)]
pub struct ChartFile {
    /// The path relative to the chart, with `/`.
    pub path: String,
    /// What it holds.
    pub data: Vec<u8>,
    /// When it was last changed, where that is known.
    pub modified: Option<Timestamp>,
}

/// Reads charts in charts, as long as the budget lasts.
struct Loader {
    budget: Budget,
}

impl Chart {
    /// Reads a chart from the files of its directory, in any order; those that its `.helmignore` names are left out.
    pub fn from_directory(files: Vec<ChartFile>) -> Result<Self> {
        let rules = files.iter().find(|file| file.path == ignore::FILE).map(|file| text(&file.data, ignore::FILE));
        let rules = Rules::parse(rules.transpose()?.unwrap_or_default())?;
        let mut files: Vec<_> = files.into_iter().filter(|file| !rules.ignores_file(&file.path)).collect();
        files.sort_by(|one, other| walked(&one.path, &other.path));
        let mut budget = Budget::default();
        for file in &files {
            budget
                .take(file.data.len() as u64)
                .map_err(|error| error.during(format!("error reading {}", file.path)))?;
        }
        let file = |file: ChartFile| File { name: file.path.into(), data: file.data.into(), modified: file.modified };
        Loader { budget }.root(files.into_iter().map(file).collect())
    }

    /// Reads a packaged chart, a `.tgz`.
    pub fn from_archive(bytes: &[u8]) -> Result<Self> {
        let mut budget = Budget::default();
        let files = archive::unpack(bytes, &mut budget)?;
        Loader { budget }.root(files)
    }
}

impl Loader {
    fn root(&mut self, files: Vec<File>) -> Result<Chart> {
        let chart = self.chart(files, 0)?;
        match chart.metadata.api_version.as_str() {
            "v1" | "v2" => Ok(chart),
            other => Err(Error::new(format!("unsupported chart version: apiVersion `{other}` is neither v1 nor v2"))),
        }
    }

    fn chart(&mut self, files: Vec<File>, depth: usize) -> Result<Chart> {
        if depth > MAXIMUM_DEPTH {
            return Err(Error::new(format!("charts lie in charts deeper than {MAXIMUM_DEPTH}")));
        }
        let mut chart = Chart::default();
        let mut described = false;
        for file in files.iter().filter(|file| &*file.name == "Chart.yaml") {
            read_over(&mut chart.metadata, file)?;
            chart.modified = file.modified;
            described = true;
            if chart.metadata.api_version.is_empty() {
                "v1".clone_into(&mut chart.metadata.api_version);
            }
        }
        let mut inner: BTreeMap<String, Vec<File>> = BTreeMap::new();
        for file in files {
            if let Some(path) = file.name.strip_prefix("charts/").filter(|path| extension(path) != Some("prov")) {
                let (name, _) = path.split_once('/').unwrap_or((path, ""));
                let moved = File { name: path.into(), ..file };
                inner.entry(name.to_owned()).or_default().push(moved);
            } else {
                described |= matches!(&*file.name, "requirements.yaml" | "requirements.lock");
                chart.take(file)?;
            }
        }
        if !described {
            return Err(Error::new("Chart.yaml file is missing"));
        }
        chart.metadata.validate()?;
        for (name, files) in inner {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let read = self.dependency(&name, files, depth + 1);
            let attempt = || format!("error unpacking subchart {name} in {}", chart.name());
            let dependency = read.map_err(|error| error.during(attempt()))?;
            chart.dependencies.push(dependency);
        }
        Ok(chart)
    }

    /// A chart below `charts/`, a directory or an archive.
    fn dependency(&mut self, name: &str, files: Vec<File>, depth: usize) -> Result<Chart> {
        if extension(name) == Some("tgz") {
            let file = files.first().filter(|file| &*file.name == name);
            let file = file.ok_or_else(|| Error::new("it is a folder, though a name in .tgz is for an archive"))?;
            let files = archive::unpack(&file.data, &mut self.budget)?;
            return self.chart(files, depth);
        }
        let inside = |file: File| Some(File { name: file.name.split_once('/')?.1.into(), ..file });
        self.chart(files.into_iter().filter_map(inside).collect(), depth)
    }
}

impl Chart {
    /// Takes a file that lies not in `charts/`.
    fn take(&mut self, file: File) -> Result<()> {
        match &*file.name {
            "Chart.yaml" => {}
            "Chart.lock" => self.lock = Some(read(&file)?),
            "values.yaml" => {
                let attempt = "cannot load values.yaml";
                let text = text(&file.data, "values.yaml").map_err(|error| error.during(attempt))?;
                self.values = values::read(text).map_err(|error| error.during(attempt))?;
            }
            "values.schema.json" => self.schema = Some(kept(file)),
            "requirements.yaml" => {
                read_over(&mut self.metadata, &file)?;
                self.keep_in_v1(file);
            }
            "requirements.lock" => {
                self.lock = Some(read::<Lock>(&file)?);
                self.keep_in_v1(file);
            }
            path if path.starts_with("templates/") => self.templates.push(kept(file)),
            _ => self.files.push(kept(file)),
        }
        Ok(())
    }

    /// Charts of version v1 have the files of Helm 2 among their `.Files`.
    fn keep_in_v1(&mut self, file: File) {
        if self.metadata.api_version == "v1" {
            self.files.push(kept(file));
        }
    }
}

fn read<T: Decode>(file: &File) -> Result<T> {
    let mut read = T::default();
    read_over(&mut read, file)?;
    Ok(read)
}

fn read_over(into: &mut impl Decode, file: &File) -> Result<()> {
    let document: Result<Value> = text(&file.data, &file.name).and_then(yaml::read_with_integers);
    document
        .and_then(|document| into.decode(&document))
        .map_err(|error| error.during(format!("cannot load {}", file.name)))
}

fn text<'a>(data: &'a [u8], path: &str) -> Result<&'a str> {
    let data = std::str::from_utf8(without_mark(data));
    data.map_err(|error| Error::new(format!("`{path}` is no UTF-8 text: {error}")))
}

/// The file without a byte order mark, and without a copy where there is none.
fn kept(file: File) -> File {
    let sound = without_mark(&file.data);
    if sound.len() == file.data.len() { file } else { File { data: sound.into(), ..file } }
}

/// Without the byte order mark of UTF-8.
fn without_mark(data: &[u8]) -> &[u8] {
    data.strip_prefix("\u{feff}".as_bytes()).unwrap_or(data)
}

/// What stands behind the last dot, in letters that count as they are.
pub(super) fn extension(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.rsplit_once('.').map(|(_, extension)| extension)
}

/// The order in which Helm walks a directory: by the names in each folder.
fn walked(one: &str, other: &str) -> Ordering {
    one.split('/').cmp(other.split('/'))
}
