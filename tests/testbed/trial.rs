//! Tests that share one cluster.
//!
//! It is started only when a test will run: listing tests, or choosing none of them, costs nothing.

use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;

use anyhow::Result;
use libtest_mimic::{Arguments, Trial};

use super::{Testbed, end_on_signals, is_off, own_part, report};

/// How many tests run at once: far more than there are cores, because they mostly wait.
const THREADS: usize = 8;

/// Tests must be `'static`, so the cluster that they share is too.
static TESTBED: OnceLock<Testbed> = OnceLock::new();

/// A test of the name `MODULE::TEST`.
pub(crate) fn trial(module: &str, name: &str, test: fn(&Testbed)) -> Trial {
    // The first part is the test binary, which Cargo has named already.
    let module = module.split_once("::").map_or(module, |(_, rest)| rest);
    Trial::test(format!("{module}::{name}"), move || {
        test(TESTBED.get().ok_or("the testbed has not been started")?);
        Ok(())
    })
    .with_ignored_flag(is_off())
}

/// Makes `trials()` of a module from the names of its test functions, each `fn(&Testbed)`.
macro_rules! trials {
    ($($test:ident),+ $(,)?) => {
        /// The tests of this module.
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$($crate::testbed::trial::trial(module_path!(), stringify!($test), $test)),+]
        }
    };
}
pub(crate) use trials;

/// The `main` of a test binary: runs the tests against `program`, then ends the cluster.
pub(crate) fn run(program: &'static str, trials: Vec<Trial>) -> ExitCode {
    if let Some(code) = own_part() {
        return code;
    }
    run_on_a_cluster(program, trials).unwrap_or_else(|error| {
        report(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

fn run_on_a_cluster(program: &str, trials: Vec<Trial>) -> Result<ExitCode> {
    end_on_signals()?;
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let chosen = trials.iter().filter(|trial| is_chosen(&arguments, trial.name()));
    if arguments.list {
        // Nothing runs.
    } else if is_off() {
        report("MILVUS_TESTBED=off: these tests on a real cluster are left out:");
        for trial in chosen {
            report(&format!("  {}", trial.name()));
        }
    } else if chosen.count() > 0 {
        let testbed = Testbed::start(Path::new(program))?;
        let _ = TESTBED.set(testbed);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(testbed) = TESTBED.get() {
        testbed.stop();
    }
    Ok(conclusion.exit_code())
}

/// The choice that the harness makes by the words on the command line.
fn is_chosen(arguments: &Arguments, name: &str) -> bool {
    let meets = |word: &String| if arguments.exact { name == word } else { name.contains(word.as_str()) };
    arguments.filter.as_ref().is_none_or(meets) && !arguments.skip.iter().any(meets)
}
