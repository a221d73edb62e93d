//! The library behind `kubectl milvus`.
//!
//! A pure core in a shell that acts. CORE modules know no cluster, clock, environment, file or terminal; SHELL modules
//! decide nothing. Floors from the ground up; an import never goes up:
//!
//! | module | floor | what it holds |
//! |---|---|---|
//! | [`milvus`] | CORE | the domain in its own words |
//! | [`helm`] | CORE | a Helm engine: bytes in, bytes out |
//! | [`knowledge`] | CORE | what is known of releases, as tables |
//! | [`snapshot`] | CORE | what was seen of a cluster |
//! | [`check`] | CORE | rules over a snapshot and a target |
//! | [`rollout`] | CORE | a roll as it is now: done or not, who waits for whom and why |
//! | [`plan`] | CORE | what would be done, in which order, and how it is undone |
//! | [`journal`] | CORE | what a run writes down, and who works on what |
//! | [`cluster`] | SHELL | the only place that knows the kube crate |
//! | [`output`] | SHELL | the only place that writes to a terminal |
//! | [`release`] | SHELL | Helm's operations on a cluster, and where their charts come from |
//! | [`serving`] | SHELL | asks Milvus itself whether it serves |
//! | [`execute`] | SHELL | carries a plan out |
//! | [`command`] | SHELL | one function per subcommand |
//! | [`cli`] | SHELL | what was typed |

pub mod check;
pub mod cli;
pub mod cluster;
pub mod command;
pub mod execute;
pub mod exit;
pub mod failure;
pub mod helm;
pub mod journal;
pub mod knowledge;
pub mod milvus;
pub mod output;
pub mod plan;
pub mod release;
pub mod rollout;
pub mod serving;
pub mod snapshot;

#[cfg(test)]
mod law;
