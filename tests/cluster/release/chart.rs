//! Charts of our own. One has milvus' shapes: claims, checksums, hooks, a lookup that depends on the revision, an alias. A
//! small one has what matters where it is gone through again and again.

use std::{
    fs::{self, File},
    io::Write,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

const LARGE: &str = include_str!("chart.txt");
const SMALL: &str = include_str!("small.txt");
const MILVUS: &str = include_str!("milvus.txt");

/// Lays the large chart out at a version. What it renders depends on that.
pub(super) fn chart(version: &str) -> TempDir {
    lay_out(LARGE, version, "")
}

/// Lays out the chart with milvus' own switches, and the defaults that its real namesake has at that version.
pub(super) fn milvus_chart(version: &str, milvus: &str) -> TempDir {
    lay_out(MILVUS, version, milvus)
}

/// Lays the small one out. What it renders depends on its value `shape`, `a` or `b`.
pub(super) fn small() -> TempDir {
    lay_out(SMALL, "1.0.0", "")
}

fn lay_out(files: &str, version: &str, milvus: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for file in files.split("\n-- ").map(|file| file.trim_start_matches("-- ")) {
        let (path, text) = file.split_once(" --\n").expect("a path between dashes");
        // A file of one line of releases: `values.yaml@5`.
        let (path, major) = path.split_once('@').unwrap_or((path, ""));
        if !version.starts_with(major) {
            continue;
        }
        let text = text.replace("APPVERSION", milvus).replace("VERSION", version);
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        let mut file = File::create(path).expect("it can be made");
        file.write_all((text + "\n").as_bytes()).expect("it can be written");
        // Helm 4 keeps it in records, which are compared between two copies of a chart.
        let changed = SystemTime::UNIX_EPOCH + Duration::new(1_732_197_845, 120_000_000);
        file.set_modified(changed).expect("it can be set");
    }
    folder
}
