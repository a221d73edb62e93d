//! A few executions of what `tests/fuzz` gives to the engine, the same in every run.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use anyhow::Result;
use libtest_mimic::{Failed, Trial};

use crate::fuzz::{Corpus, TARGETS, Target};

/// How many executions of each target.
const EXECUTIONS: u64 = 1_500;

/// Of these, no one may take longer, without optimisation and on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

/// One test for each target.
pub(crate) fn trials() -> Vec<Trial> {
    let trial = |target: Target| Trial::test(format!("fuzz::{}", target.name), move || run(&target));
    TARGETS.map(trial).into()
}

fn run(target: &Target) -> Result<(), Failed> {
    let corpus = Corpus::read()?;
    let mut taken = 0;
    for number in 0..EXECUTIONS {
        let input = target.input(&corpus, 0, number);
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        let again = format!("cargo run --release --example fuzz -- --target {} --only {number}", target.name);
        match outcome {
            Ok(is_taken) => taken += u64::from(is_taken),
            Err(_) => return Err(format!("it panics: {again}").into()),
        }
        if start.elapsed() > LONGEST {
            return Err(format!("it takes {:?}: {again}", start.elapsed()).into());
        }
    }
    // Inputs that are all refused would show nothing.
    if taken < EXECUTIONS / 20 { Err(format!("only {taken} of {EXECUTIONS} inputs are taken").into()) } else { Ok(()) }
}
