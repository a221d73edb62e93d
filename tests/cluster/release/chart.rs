//! Charts of our own. One has milvus' shapes: claims, checksums, hooks, a lookup that depends on the revision, an alias. A
//! small one has what matters where it is gone through again and again.

use std::fs;

use tempfile::TempDir;

const MILVUS: &str = include_str!("chart.txt");
const SMALL: &str = include_str!("small.txt");

/// Lays the large chart out at a version. What it renders depends on that.
pub(super) fn chart(version: &str) -> TempDir {
    lay_out(MILVUS, version)
}

/// Lays the small one out. What it renders depends on its value `shape`, `a` or `b`.
pub(super) fn small() -> TempDir {
    lay_out(SMALL, "1.0.0")
}

fn lay_out(files: &str, version: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for file in files.split("\n-- ").map(|file| file.trim_start_matches("-- ")) {
        let (path, text) = file.split_once(" --\n").expect("a path between dashes");
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text.replace("VERSION", version) + "\n").expect("it can be written");
    }
    folder
}
