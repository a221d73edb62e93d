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
//! | [`history`] | the revisions of a release: which counts, which goes, which comes next |
//! | [`hook`] | the order of hooks, and when their objects go |
//! | [`index`] | the versions of a chart in a repository, and which of them is meant |
//! | [`json`] | JSON as Go reads and writes it |
//! | [`manifest`] | documents and hooks, in Helm's order |
//! | [`number`] | floats as Go prints them |
//! | [`ownership`] | whose an object is |
//! | [`patch`] | what to send to bring an object on a server from one release to the next |
//! | [`place`] | fields of objects by the API server's paths |
//! | [`quote`](mod@quote) | text between double quotes as Go writes it |
//! | [`raw`] | strings that are not UTF-8 |
//! | [`readiness`] | whether an object does what it was applied for |
//! | [`record`] | what Helm keeps of every revision of a release |
//! | [`render`] | a chart and values in, a manifest out |
//! | [`resource`] | the objects of a manifest, and what an update does with them |
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
pub mod history;
pub mod hook;
pub mod index;
pub mod json;
pub mod manifest;
pub mod number;
pub mod ownership;
pub mod patch;
pub mod place;
pub mod quote;
pub mod raw;
pub mod readiness;
pub mod record;
pub mod render;
pub mod resource;
pub mod scope;
pub mod set;
pub mod template;
pub mod toml;
pub mod value;
pub mod values;
pub mod yaml;
