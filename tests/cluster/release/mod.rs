//! Helm's operations, against the real helms: what helm alone would have made of a release, and what we made of it.

mod chart;
mod corpus;
mod course;
mod kill;
mod look;
mod twin;
mod way;

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [kill::trials(), twin::trials(), way::trials(), corpus::trials()].into_iter().flatten().collect()
}
