//! Helm's operations, against the real helms: what helm alone would have made of a release, and what we made of it.

mod chart;
mod check;
mod conflict;
mod corpus;
mod course;
mod difference;
mod failure;
mod fault;
mod follow;
mod kill;
mod lock;
mod look;
mod pair;
mod plan;
pub(crate) mod readiness;
mod refusal;
mod rendered;
mod signal;
mod storage;
mod twin;
pub(crate) mod way;

use libtest_mimic::Trial;

/// The tests of all modules, the longest first.
pub(crate) fn trials() -> Vec<Trial> {
    let modules = [
        fault::trials(),
        kill::trials(),
        plan::trials(),
        twin::trials(),
        corpus::trials(),
        way::trials(),
        readiness::trials(),
        check::trials(),
        conflict::trials(),
        difference::trials(),
        storage::trials(),
        failure::trials(),
        follow::trials(),
        rendered::trials(),
        lock::trials(),
        signal::trials(),
        refusal::trials(),
    ];
    modules.into_iter().flatten().collect()
}
