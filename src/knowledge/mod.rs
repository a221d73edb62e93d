//! What is known of Milvus, its operator and its chart, as tables that are compiled in, and the look-ups into them.
//!
//! A row is a fact with its source. Whatever people could argue about stands in a row; a new release line is a change
//! of tables only.

mod api;
mod back;
mod chart;
mod edge;
mod edition;
mod image;
mod invalid;
mod lever;
mod line;
mod log;
mod operator;
mod owner;
mod pulsar;
mod release;
mod route;
#[cfg(test)]
mod schema;
mod service;
mod storage;
mod table;
mod time;
mod topology;

use std::sync::LazyLock;

pub use api::RemovedApi;
pub use back::{Back, BackClass, Boundary, Condition, ConditionSetting, WayBack};
pub use chart::{Ability, AbilityRow, ChartRelease, Flip, SUBCHARTS, Shortcut};
pub use edge::{Doubt, Edge, EdgeRow, EdgeStanding};
pub use edition::{Age, Edition};
pub use image::{Moved, PartImage};
pub use invalid::InvalidTables;
pub use lever::{Lever, LeverRow};
pub use line::{Advisory, Driver, LineRules, Migration, Removal, Trouble};
pub use log::LogLine;
pub use operator::{DefaultQueue, Floor, OperatorRelease, Quirk, QuirkRow};
pub use owner::Owner;
pub use pulsar::PulsarRow;
pub use release::{Release, Standing};
pub use service::{Pause, Privilege, Restore};
pub use storage::Store;
use table::Tables;
pub use time::{Time, TimeRow};
pub use topology::Topology;

/// Everything that the tables say. The look-ups stand beside the rows they read.
#[derive(Debug)]
pub struct Knowledge {
    tables: Tables,
    /// The file of a user's rows, where one was laid over the tables.
    file: Option<String>,
}

/// The tables that are compiled in.
const BUILT_IN: [&str; 16] = [
    include_str!("release.toml"),
    include_str!("line.toml"),
    include_str!("edge.toml"),
    include_str!("back.toml"),
    include_str!("operator.toml"),
    include_str!("owner.toml"),
    include_str!("chart.toml"),
    include_str!("pulsar.toml"),
    include_str!("api.toml"),
    include_str!("image.toml"),
    include_str!("service.toml"),
    include_str!("lever.toml"),
    include_str!("storage.toml"),
    include_str!("log.toml"),
    include_str!("time.toml"),
    include_str!("edition.toml"),
];

static KNOWLEDGE: LazyLock<Knowledge> =
    LazyLock::new(|| Knowledge::read(&BUILT_IN).expect("a test reads the tables that are compiled in"));

impl Knowledge {
    /// The tables that are compiled in; read at the first call.
    pub fn builtin() -> &'static Self {
        &KNOWLEDGE
    }

    /// Reads tables (TOML). A row of a later document takes the place of an earlier one about the same.
    ///
    /// Fails on a table or field that it does not know, on a row that cannot be read, and on one that names what is in no row.
    pub fn read(documents: &[&str]) -> Result<Self, InvalidTables> {
        let tables = Tables::read(documents)?;
        Ok(Self { tables, file: None })
    }

    /// The compiled-in tables with a user's rows laid over them.
    pub fn builtin_with(document: &str) -> Result<Self, InvalidTables> {
        let mut documents = BUILT_IN.to_vec();
        documents.push(document);
        Self::read(&documents)
    }

    /// The same, of a file that is named in commands to type (`--knowledge FILE`).
    pub fn builtin_with_file(document: &str, file: &str) -> Result<Self, InvalidTables> {
        Ok(Self { file: Some(file.to_owned()), ..Self::builtin_with(document)? })
    }

    /// The file of a user's rows, where one was laid over the tables.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }
}
