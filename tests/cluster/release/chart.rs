//! A chart of our own with milvus' shapes: claims, checksums, hooks, a lookup that depends on the revision, an alias.

use std::fs;

use tempfile::TempDir;

const FILES: &str = include_str!("chart.txt");

/// Lays the chart out at a version. What it renders depends on that.
pub(super) fn chart(version: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for file in FILES.split("\n-- ").map(|file| file.trim_start_matches("-- ")) {
        let (path, text) = file.split_once(" --\n").expect("a path between dashes");
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text.replace("VERSION", version) + "\n").expect("it can be written");
    }
    folder
}
