//! `--knowledge FILE`: rows that a user lays over what is known.

use std::path::Path;

use crate::{failure::Failure, knowledge::Knowledge};

/// The most that is read of a file, bytes: all tables that are compiled in have a fifth of it.
const LARGEST: u64 = 1 << 20;

/// What is known, with the rows of this file laid over it. Whatever is wrong with the file is a wrong usage.
pub(super) fn read(path: &Path) -> Result<Knowledge, Failure> {
    use std::io::Read;
    let shown = path.display().to_string();
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    read.map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
    if text.len() as u64 > LARGEST {
        return Err(Failure::usage(format!("`{shown}` has more than {} KiB", LARGEST >> 10)));
    }
    Knowledge::builtin_with_file(&text, &shown).map_err(|error| {
        Failure::usage(format!("`{shown}` holds no rows that can be used: {error}"))
            .hint("rows are written as in the tables of this program: src/knowledge/*.toml")
    })
}
