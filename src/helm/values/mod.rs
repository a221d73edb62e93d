//! Values: what a chart brings, what the user gives, and how Helm 4.3.1 puts the two together for a chart and all charts
//! in it.
//!
//! In the order in which they happen: [`source`] reads what the user gives, [`reuse`] brings back what was given before,
//! [`dependency`] takes disabled charts out and [`import`]s values from others, [`coalesce`] lays the user's values over
//! the charts', [`schema`] checks them. [`misfit`] finds what no schema says.

pub mod coalesce;
pub mod dependency;
mod import;
pub mod misfit;
pub mod reuse;
pub mod schema;
pub mod source;
mod table;

pub use coalesce::{coalesce, merge};
pub use dependency::process;
pub use misfit::{Misfit, Mold, Why};
pub use reuse::{Reuse, Reused};
pub use source::{Sources, documents, read};
pub use table::merge_maps;

/// What Helm would say on its standard error: something in the values has no effect.
pub type Warnings = Vec<String>;
