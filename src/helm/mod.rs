//! A Helm engine: bytes in, bytes out. The reference is Helm 4.3.1; Helm 3.22.0 where the two agree.
//!
//! | module | what it holds |
//! |---|---|
//! | [`constraint`] | versions, and what they must be like |
//! | [`error`] | what a chart author or user can act on, on one line |
//! | [`function`] | what templates can call, by family |
//! | [`json`] | JSON as Go reads and writes it |
//! | [`number`] | floats as Go prints them |
//! | [`quote`](mod@quote) | text between double quotes as Go writes it |
//! | [`raw`] | strings that are not UTF-8 |
//! | [`set`] | values on the command line |
//! | [`template`] | Go's templates: parsing, execution, formatting, Helm's engine |
//! | [`toml`](mod@toml) | TOML as Helm reads and writes it |
//! | [`value`] | Go values as templates see them: numbers kept apart, maps and lists shared |
//! | [`yaml`] | YAML as Helm reads and writes it |

pub mod constraint;
pub mod error;
pub mod function;
#[cfg(test)]
mod golden;
pub mod json;
pub mod number;
pub mod quote;
pub mod raw;
pub mod set;
pub mod template;
pub mod toml;
pub mod value;
pub mod yaml;
