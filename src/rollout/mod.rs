//! A roll as it is now, from a snapshot: which component is where, what is still missing, who waits for whom and why.

mod blocker;
mod completion;
mod object;
mod order;
mod pod;
mod roll;
mod summary;

pub use blocker::Blocker;
pub use completion::{Goal, Missing};
pub use object::Sight;
pub use order::Order;
pub use roll::{ComponentRoll, Roll, State};
pub use summary::summary;
