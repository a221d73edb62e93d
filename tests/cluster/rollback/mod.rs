//! `rollback`, and upgrades that are taken back by themselves, against the real operator and real helm.

mod milvus;
mod release;

use libtest_mimic::Trial;

/// The tests of all modules, the longest first.
pub(crate) fn trials() -> Vec<Trial> {
    [milvus::trials(), release::trials()].into_iter().flatten().collect()
}
