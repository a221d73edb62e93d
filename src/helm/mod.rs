//! A Helm engine: bytes in, bytes out. The reference is Helm 4.3.1; Helm 3.22.0 where the two agree.
//!
//! | module | what it holds |
//! |---|---|
//! | [`capability`] | what the cluster can do |
//! | [`chart`] | charts, from directories and archives |
//! | [`constraint`] | versions, and what they must be like |
//! | [`decode`] | from YAML into the fields of structs |
//! | [`error`] | what a chart author or user can act on, on one line |
//! | [`function`] | what templates can call, by family |
//! | [`index`] | the versions of a chart in a repository, and which of them is meant |
//! | [`json`] | JSON as Go reads and writes it |
//! | [`manifest`] | documents and hooks, in Helm's order |
//! | [`number`] | floats as Go prints them |
//! | [`quote`](mod@quote) | text between double quotes as Go writes it |
//! | [`raw`] | strings that are not UTF-8 |
//! | [`render`] | a chart and values in, a manifest out |
//! | [`scope`] | what each template has for its dot |
//! | [`set`] | values on the command line |
//! | [`template`] | Go's templates: parsing, execution, formatting, Helm's engine |
//! | [`toml`](mod@toml) | TOML as Helm reads and writes it |
//! | [`value`] | Go values as templates see them: numbers kept apart, maps and lists shared |
//! | [`values`] | the user's values over those of charts |
//! | [`yaml`] | YAML as Helm reads and writes it |

pub mod capability;
pub mod chart;
pub mod constraint;
pub mod decode;
pub mod error;
pub mod function;
#[cfg(test)]
mod golden;
pub mod index;
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
