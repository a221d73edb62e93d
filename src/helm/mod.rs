//! A Helm engine: bytes in, bytes out. The reference is Helm 4.3.1; Helm 3.22.0 where the two agree.
//!
//! | module | what it holds |
//! |---|---|
//! | [`value`] | Go values as templates see them: numbers kept apart, maps and lists shared |
//! | [`error`] | what a chart author or user can act on, on one line |
//! | [`decode`] | from YAML into the fields of structs |
//! | [`function`] | what templates can call, by family |
//! | [`json`] | JSON as Go reads and writes it |
//! | [`number`] | floats as Go prints them |
//! | [`quote`](mod@quote) | text between double quotes as Go writes it |
//! | [`raw`] | strings that are not UTF-8 |
//! | [`set`] | values on the command line |
//! | [`toml`](mod@toml) | TOML as Helm reads and writes it |
//! | [`yaml`] | YAML as Helm reads and writes it |
//! | [`capability`] | what the cluster can do |
//! | [`chart`] | charts, from directories and archives |
//! | [`manifest`] | documents and hooks, in Helm's order |
//! | [`render`] | a chart and values in, a manifest out |
//! | [`scope`] | what each template has for its dot |
//! | [`values`] | the user's values over those of charts |
//! | [`template`] | Go's templates: parsing, execution, formatting, Helm's engine |

pub mod capability;
pub mod chart;
pub mod constraint;
pub mod decode;
pub mod error;
pub mod function;
#[cfg(test)]
mod golden;
pub mod json;
pub mod manifest;
pub mod number;
pub mod quote;
pub mod raw;
pub mod render;
pub mod scope;
pub mod set;
pub mod template;
pub mod toml;
pub mod value;
pub mod values;
pub mod yaml;
