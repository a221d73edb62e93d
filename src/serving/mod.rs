//! Asks Milvus itself whether it serves, over the REST interface of its proxies.
//!
//! Everything that is asked only reads, but for `scratch.rs`, which writes where it was told to. The interface speaks JSON over HTTP on the port that clients use, from 2.2.9 on;
//! older releases cannot be asked. Forms: `v1.rs` was seen with 2.2.16 and 2.3.5, `v2.rs` follows the public definitions
//! (milvus-io/milvus, `internal/distributed/proxy/httpserver`).

mod address;
mod answer;
mod client;
mod encryption;
#[cfg(test)]
mod fake;
mod golden;
mod key;
mod lever;
mod look;
#[cfg(test)]
mod look_test;
mod probe;
mod scratch;
mod v1;
mod v2;

pub use address::{Address, Door, Way};
pub use client::{Client, Connection, Fault};
pub use golden::{GoldenQuery, ask_all};
pub use key::Keys;
pub use lever::{hold, let_go, path_back};
pub use look::{Limits, Scope, look};
pub use probe::Probe;
pub use scratch::write_and_read;
