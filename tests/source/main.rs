//! Where charts come from, against servers on loopback: one of our own, which misbehaves as it is told, and the real
//! registry with charts pushed by the real helm.

#![expect(clippy::unwrap_used, reason = "the harness of this binary is not the one that clippy knows as tests")]

mod cache;
mod command;
mod encryption;
mod fixture;
mod program;
mod registry;
mod repository;
mod server;
#[path = "../testbed/mod.rs"]
mod testbed;
mod token;

use std::process::ExitCode;

use anyhow::Result;
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if let Some(code) = testbed::own_part() {
        return code;
    }
    run().unwrap_or_else(|error| {
        testbed::report(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

fn run() -> Result<ExitCode> {
    testbed::end_on_signals()?;
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> =
        [repository::trials(), cache::trials(), encryption::trials(), token::trials(), command::trials()]
            .into_iter()
            .flatten()
            .collect();
    if testbed::is_off() {
        testbed::report("MILVUS_TESTBED=off: tests with the real helm and the real registry are left out");
    } else {
        trials.extend(registry::trials());
        trials.extend(program::trials());
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

/// Makes `trials()` of a module from the names of its test functions.
macro_rules! trials {
    ($($test:ident),+ $(,)?) => {
        /// The tests of this module.
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            let module = module_path!().rsplit("::").next().unwrap_or_default();
            vec![$(libtest_mimic::Trial::test(format!("{module}::{}", stringify!($test)), || {
                $test();
                Ok(())
            })),+]
        }
    };
}
pub(crate) use trials;
