//! Rules over a snapshot and a target, and the catalogue of their codes.

pub mod catalogue;
mod finding;
mod ground;
mod report;
mod rule;

pub use finding::{Answer, Code, Finding, Outcome, Problem, Severity};
pub use ground::{Ground, Target};
pub use report::{Report, Tally};
pub use rule::RULES;
