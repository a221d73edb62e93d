//! A roll as it is now, from a snapshot: which component is where, what is still missing, who waits for whom and why.

mod aim;
mod asked;
mod blocker;
mod branch;
mod completion;
mod dependency;
mod drain;
mod evidence;
mod interruption;
mod meaning;
mod migration;
mod object;
mod operator;
mod order;
mod pod;
mod proof;
mod roll;
mod second;
mod serving;
#[cfg(test)]
mod serving_test;
mod status;
mod summary;

pub use asked::Asked;
pub use blocker::Blocker;
pub use branch::{PodStatus, WorkloadStatus};
pub use completion::{Goal, Missing};
pub use drain::{Drain, Held, Standing};
pub use evidence::{LogEvidence, Sign};
pub use interruption::{Call, Interruption, Latency};
pub use migration::{Migrating, failures};
pub use object::Sight;
pub use order::Order;
pub use proof::proof;
pub use roll::{ComponentRoll, Roll, State};
pub use serving::{Known, Reason, Severity, Verdict, judge};
pub use status::{ComponentStatus, Dependency, Status};
pub use summary::summary;
