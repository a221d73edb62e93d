//! JSON as Go's `encoding/json` reads and writes it.

mod convert;
mod read;
mod write;

#[cfg(test)]
mod json_test;

pub use convert::{from_json, from_live, from_object, to_json, to_object, to_text};
pub(crate) use read::mismatch;
pub use read::{read, read_list, read_map, read_prefix};
pub use write::{write, write_pretty, write_raw};
