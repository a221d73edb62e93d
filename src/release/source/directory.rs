//! Reads the files of a chart from a path.

use std::{
    fs::{self, File, Metadata},
    io::Read,
    path::{Path, PathBuf},
};

use super::{Loaded, archive};
use crate::{
    failure::Failure,
    helm::chart::{Chart, ChartFile, MAXIMUM_FILES, MAXIMUM_SIZE, ignore},
};

/// How deep folders may lie in a chart; links could make it endless.
const MAXIMUM_DEPTH: usize = 100;

/// Reads a chart from a directory or an archive.
pub(super) fn load(path: &Path) -> Result<Loaded, Failure> {
    let shown = path.display().to_string();
    let about = |error: std::io::Error| Failure::failed(format!("cannot read the chart `{shown}`: {error}"));
    let metadata = fs::metadata(path).map_err(about)?;
    if !metadata.is_dir() {
        return archive::read(&read(path, &metadata).map_err(about)?, shown);
    }
    if !path.join("Chart.yaml").is_file() {
        return Err(Failure::failed(format!("`{shown}` is no chart: it holds no Chart.yaml"))
            .hint("a directory with a Chart.yaml or a packaged chart (.tgz) is wanted"));
    }
    let chart = Chart::from_directory(Walk::new(path)?.files()?);
    let chart = chart.map_err(|error| Failure::failed(format!("cannot load the chart `{shown}`: {error}")))?;
    Ok(Loaded { chart, origin: shown, digest: None, notes: vec![] })
}

/// The files of a directory, those that `.helmignore` names left out.
struct Walk {
    top: PathBuf,
    rules: ignore::Rules,
    files: Vec<ChartFile>,
    left: u64,
}

impl Walk {
    fn new(top: &Path) -> Result<Self, Failure> {
        let rules = match fs::read_to_string(top.join(ignore::FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::failed(format!("cannot read `{}`: {error}", ignore::FILE))),
        };
        let rules = ignore::Rules::parse(&rules).map_err(Failure::failed)?;
        Ok(Self { top: top.to_owned(), rules, files: vec![], left: MAXIMUM_SIZE })
    }

    fn files(mut self) -> Result<Vec<ChartFile>, Failure> {
        self.folder("", 0)?;
        Ok(self.files)
    }

    /// Takes what lies in a folder; `path` is relative to the chart. Links are followed, as Helm does it.
    fn folder(&mut self, path: &str, depth: usize) -> Result<(), Failure> {
        if depth > MAXIMUM_DEPTH {
            return Err(Failure::failed(format!("folders lie deeper than {MAXIMUM_DEPTH}, at `{path}`")));
        }
        let folder = self.top.join(path);
        let about = |error: std::io::Error| Failure::failed(format!("cannot read `{}`: {error}", folder.display()));
        for entry in fs::read_dir(&folder).map_err(about)? {
            let name = entry.map_err(about)?.file_name().into_string().map_err(|name| {
                Failure::failed(format!("a name in `{}` is no UTF-8: {}", folder.display(), name.display()))
            })?;
            let inner = if path.is_empty() { name } else { format!("{path}/{name}") };
            let file = self.top.join(&inner);
            let about = |error: std::io::Error| Failure::failed(format!("cannot read `{}`: {error}", file.display()));
            let metadata = fs::metadata(&file).map_err(about)?;
            if self.rules.ignores(&inner, metadata.is_dir()) {
                continue;
            }
            if metadata.is_dir() {
                self.folder(&inner, depth + 1)?;
                continue;
            }
            if !metadata.is_file() {
                return Err(Failure::failed(format!("cannot load `{inner}`: it is no regular file")));
            }
            // Before it is read, so that a chart that is too large does not fill the memory.
            self.left = self.left.checked_sub(metadata.len()).ok_or_else(|| {
                Failure::failed(format!("the chart is larger than {MAXIMUM_SIZE} bytes, the most that is read"))
            })?;
            if self.files.len() >= MAXIMUM_FILES {
                let message = format!("the chart holds more than {MAXIMUM_FILES} files, the most that is read");
                return Err(Failure::failed(message));
            }
            let data = read(&file, &metadata).map_err(about)?;
            let modified = metadata.modified().ok().and_then(|time| time.try_into().ok());
            self.files.push(ChartFile { path: inner, data, modified });
        }
        Ok(())
    }
}

/// Reads no more of a file than it held when it was looked at.
fn read(path: &Path, metadata: &Metadata) -> std::io::Result<Vec<u8>> {
    let size = metadata.len().min(MAXIMUM_SIZE);
    let mut data = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    File::open(path)?.take(size).read_to_end(&mut data)?;
    Ok(data)
}
