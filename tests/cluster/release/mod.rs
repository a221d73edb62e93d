//! Helm's operations, against the real helms: what helm alone would have made of a release, and what we made of it.

mod chart;
mod course;
mod fault;
mod kill;
mod look;
mod refusal;
mod signal;
mod twin;

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [fault::trials(), kill::trials(), twin::trials(), signal::trials(), refusal::trials()]
        .into_iter()
        .flatten()
        .collect()
}
