//! What is known of Milvus and its operator, as tables that are compiled in, and the look-ups into them.
//!
//! A row is a fact with its source. Whatever people could argue about stands in a row; a new release line is a change
//! of tables only.

mod api;
mod chart;
mod line;
mod operator;
mod owner;
mod release;
mod route;
mod table;
mod topology;

use std::sync::LazyLock;

pub use api::RemovedApi;
pub use chart::{ChartImage, ChartRelease, Flip, Shortcut};
pub use line::{Advisory, Driver, LineRules, Migration, Removal, Trouble};
pub use operator::{DefaultQueue, Floor, OperatorRelease, Quirk, QuirkRow};
pub use owner::Owner;
pub use release::{Release, Standing};
use table::Tables;
pub use topology::Topology;

/// Everything that the tables say. The look-ups stand beside the rows they read.
#[derive(Debug)]
pub struct Knowledge {
    tables: Tables,
}

/// The tables that are compiled in.
const BUILT_IN: [&str; 6] = [
    include_str!("release.toml"),
    include_str!("line.toml"),
    include_str!("operator.toml"),
    include_str!("owner.toml"),
    include_str!("chart.toml"),
    include_str!("api.toml"),
];

static KNOWLEDGE: LazyLock<Knowledge> =
    LazyLock::new(|| Knowledge::read(&BUILT_IN).expect("a test reads the tables that are compiled in"));

impl Knowledge {
    /// The tables that are compiled in; read at the first call.
    pub fn builtin() -> &'static Self {
        &KNOWLEDGE
    }

    /// Reads tables (TOML). A row of a later document takes the place of an earlier one about the same release or line.
    ///
    /// Fails on a table or field that it does not know, and on a row that cannot be read.
    pub fn read(documents: &[&str]) -> Result<Self, String> {
        Tables::read(documents).map(|tables| Self { tables })
    }

    /// The compiled-in tables with a user's rows laid over them (`--knowledge FILE`).
    pub fn builtin_with(document: &str) -> Result<Self, String> {
        let mut documents = BUILT_IN.to_vec();
        documents.push(document);
        Self::read(&documents)
    }
}
