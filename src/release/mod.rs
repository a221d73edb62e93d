//! Helm's operations on a cluster, and where their charts come from.

pub mod source;
