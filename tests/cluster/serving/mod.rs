//! Whether it serves, asked through a forwarded port of a pod.

mod answer;
mod drain;
#[path = "../../../src/serving/fake.rs"]
mod fake;
mod real;

use libtest_mimic::Trial;

use crate::testbed::milvus::Milvus;
use crate::testbed::run::Running;
use crate::testbed::sure;
use crate::testbed::wait::{self, Look};
use crate::upgrade::ROLL;

/// Waits until a run asks for an image; what it says is shown where it ends before.
fn asks_for(running: &mut Running, lone: &Milvus, image: &str) {
    sure(wait::until(ROLL, "the image in the spec", || {
        if lone.get()["spec"]["components"]["image"] == image {
            return Ok(Look::Done(()));
        }
        assert!(running.is_running(), "it ended: {}\n{}", running.stdout(), running.stderr());
        Ok(Look::NotYet(running.stderr()))
    }));
}

pub(crate) fn trials() -> Vec<Trial> {
    // The real one takes a minute and more.
    [real::trials(), drain::trials(), answer::trials()].into_iter().flatten().collect()
}
