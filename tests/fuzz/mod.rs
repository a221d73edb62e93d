//! What nobody would write, given to the Helm engine: it may answer or refuse, but never panic, hang or eat the memory.
//!
//! | module | what it holds |
//! |---|---|
//! | [`random`] | numbers that only look random: each execution can be had again by its number |
//! | [`corpus`] | the inputs of the vectors and charts beside, of which others are made |
//! | [`mutation`] | what is done to them |
//! | [`grammar`] | templates and YAML that are made up |
//! | [`target`] | what is run: a template, values, settings, an archive |
//!
//! `cargo run --release --example fuzz -- --executions 1000000` runs many; the tests of the engine run a few.

mod corpus;
mod grammar;
mod mutation;
mod random;
mod target;

pub(crate) use corpus::Corpus;
pub(crate) use target::{Parts, TARGETS, Target};

use random::Random;

impl Target {
    /// The input of the execution of this number.
    pub(crate) fn input(&self, corpus: &Corpus, seed: u64, number: u64) -> Parts {
        (self.make)(&mut Random::of(seed, self.name, number), corpus)
    }
}
