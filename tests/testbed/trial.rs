//! Tests that share one cluster.
//!
//! The cluster is started by the first test that runs, so that listing tests, or running none of them,
//! costs nothing.

use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Failed, Trial};

use super::{Testbed, end_on_signals, is_off, own_part, report};

/// How many tests run at once: far more than there are cores, because they mostly wait.
const THREADS: usize = 8;

static PROGRAM: OnceLock<&'static str> = OnceLock::new();
static TESTBED: OnceLock<Result<Testbed, String>> = OnceLock::new();

/// A test of the name `MODULE::TEST`.
pub(crate) fn trial(module: &str, name: &str, test: fn(&Testbed)) -> Trial {
    // The first part is the test binary, which Cargo has named already.
    let module = module.split_once("::").map_or(module, |(_, rest)| rest);
    Trial::test(format!("{module}::{name}"), move || {
        let shared = TESTBED.get_or_init(|| {
            let program = PROGRAM.get().ok_or("no program to test")?;
            Testbed::start(Path::new(program)).map_err(|error| format!("{error:#}"))
        });
        let testbed = shared.as_ref().map_err(Failed::from)?;
        test(testbed);
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
    if let Err(error) = end_on_signals() {
        report(&format!("{error:#}"));
        return ExitCode::FAILURE;
    }
    let _ = PROGRAM.set(program);
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    if is_off() && !arguments.list {
        report("MILVUS_TESTBED=off: these tests on a real cluster are left out:");
        for trial in &trials {
            report(&format!("  {}", trial.name()));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(Ok(testbed)) = TESTBED.get() {
        testbed.stop();
    }
    conclusion.exit_code()
}
