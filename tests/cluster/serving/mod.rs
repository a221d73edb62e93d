//! Whether it serves, asked through a forwarded port of a pod.

mod answer;
#[path = "../../../src/serving/fake.rs"]
mod fake;
mod real;

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    // The real one takes a minute and more.
    [real::trials(), answer::trials()].into_iter().flatten().collect()
}
