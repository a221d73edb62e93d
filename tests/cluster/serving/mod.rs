//! Whether it serves, asked through a forwarded port of a pod.

mod answer;
#[path = "../../../src/serving/fake.rs"]
mod fake;

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    answer::trials()
}
