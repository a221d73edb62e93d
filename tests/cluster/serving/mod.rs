//! Whether it serves, asked through a forwarded port of a pod.

mod answer;
mod back;
mod drain;
#[path = "../../../src/serving/fake.rs"]
mod fake;
mod real;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::journal::{ending, run_of, secrets};
use crate::testbed::milvus::Milvus;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Running;
use crate::testbed::sure;
use crate::testbed::wait::{self, Look};
use crate::upgrade::ROLL;

/// How long the tests wait for a query that will not be answered.
const SHORT: &str = "[[time]]\ntime = \"serving-limit\"\nseconds = 6\nwhat = \"short\"\nsource = \"a test\"\n";

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

/// What the runs of an instance did and how they ended, the oldest first.
fn runs(vec: &Namespace) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let runs = secrets(vec).iter().map(run_of).collect::<Vec<_>>();
    runs.iter().map(|run| format!("{} {}", word(&run["operation"]), word(ending(run)))).collect()
}

pub(crate) fn trials() -> Vec<Trial> {
    // The real one takes a minute and more.
    [real::trials(), drain::trials(), back::trials(), answer::trials()].into_iter().flatten().collect()
}
