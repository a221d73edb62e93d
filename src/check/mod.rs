//! Rules over a snapshot and a target, and the catalogue of their codes.

mod acceptance;
mod access;
mod back;
mod backup;
mod capacity;
pub mod catalogue;
mod chart;
mod configuration;
mod definition;
mod dependency;
mod evidence;
mod finding;
mod ground;
mod helm;
mod image;
mod leftover;
mod manifest;
mod migration;
mod operator;
mod operator_upgrade;
#[cfg(test)]
mod operator_upgrade_test;
mod ownership;
mod record;
mod release;
mod report;
mod rewriting;
mod right;
mod room;
mod rule;
mod service;
mod state;
mod storage;
#[cfg(test)]
mod storage_test;
#[cfg(test)]
mod trial;
mod values;
#[cfg(test)]
mod values_test;
mod version;
mod webhook;

pub use acceptance::Acceptance;
pub use access::missing_role;
pub use chart::CHART_REPOSITORY;
pub use finding::{Answer, Code, Finding, Outcome, Problem, Severity};
pub use ground::{Direction, Ground, Target};
pub use manifest::manifest_findings;
pub use ownership::owner;
pub use report::{Report, Tally};
pub use right::{Purpose, far_role, least_role, near_role};
pub use rule::{RULES, Rule};
pub use values::{ValuesFile, values_report};
