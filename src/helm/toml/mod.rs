//! TOML as Helm reads and writes it, after `BurntSushi/toml`.

mod read;
mod write;

#[cfg(test)]
mod toml_test;

pub use read::read;
pub use write::write;
