//! Our Helm engine against the real Helm 4.3.1 and 3.22.0, which the testbed builds.
//!
//! | what | against |
//! |---|---|
//! | `vectors/template.json` | Helm's answers, written down; no program needed |
//! | what nobody would write (`../fuzz`) | nothing: it may be refused, but nothing panics or hangs |
//! | `call.txt` and the calls of `vectors` | both Helms, every function, byte for byte, or all fail |
//! | `vectors/language.json`, `template.json` | both Helms live too |
//! | keys and ciphers that one makes | read by all three |
//! | `chart/*.txt` | both Helms, byte for byte, or all fail |
//! | `operator/*.yaml` | both Helms on the real chart of the operator |
//! | `values/*.yaml` | Helm 4 on every release of the milvus chart, where `MILVUS_HELM_GIT` says where they are |

mod call;
mod case;
mod corpus;
mod exchange;
mod function;
#[path = "../fuzz/mod.rs"]
mod fuzz;
mod hostile;
mod language;
mod operator;
mod program;
mod release;
#[path = "../testbed/mod.rs"]
mod testbed;
mod vector;

use std::process::ExitCode;

use anyhow::Result;
use libtest_mimic::Arguments;

use program::Programs;

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
    let mut trials = vector::trials()?;
    trials.extend(hostile::trials());
    if testbed::is_off() {
        testbed::report("MILVUS_TESTBED=off: comparisons with the real Helm are left out");
        trials.extend(function::trials(None)?);
    } else {
        // Built on the first use, so that listing tests costs nothing.
        let programs: &'static Programs = Box::leak(Box::default());
        trials.extend(case::trials(programs)?);
        trials.extend(function::trials(Some(programs))?);
        trials.extend(language::trials(programs)?);
        trials.extend(exchange::trials(programs));
        trials.extend(operator::trials(programs)?);
        trials.extend(corpus::trials(programs)?);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    corpus::conclude();
    Ok(conclusion.exit_code())
}
