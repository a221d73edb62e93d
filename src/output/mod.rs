//! The only place that writes to a terminal.
//!
//! A rendering function takes plain values and returns a [`Screen`]: lines of spans with roles. A [`Printer`] writes it:
//! results to stdout; progress, notes, failures and questions to stderr. Every text is escaped when it becomes a span,
//! so what came from a cluster or a user cannot drive the terminal, and width and colour are decided in one place.

mod age;
pub mod catalogue;
pub mod charts;
mod document;
pub mod drain;
mod escape;
pub mod explain;
pub mod failure;
pub mod finding;
pub mod handover;
mod header;
pub mod history;
pub mod image;
pub mod instances;
mod live;
mod log;
pub mod manual;
pub mod many;
pub mod objects;
pub mod outcome;
pub mod plan;
mod printer;
pub mod procedure;
pub mod progress;
mod prompt;
pub mod right;
pub mod route;
pub mod schema;
mod screen;
pub mod serving;
pub mod status;
mod stream;
mod table;
pub mod tree;
mod unknown;
mod watch;

#[cfg(test)]
mod sample;

pub use age::{age, elapsed, estimate};
pub use document::{Format, Kind, document};
pub use escape::escape;
pub use header::Header;
pub use live::Live;
pub use printer::{ColorChoice, Detail, Printer, ProgressChoice, Settings};
pub use prompt::Question;
pub use screen::{Line, Role, Screen, Style};
pub use table::Table;
pub use watch::Watching;
