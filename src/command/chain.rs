//! A way over several versions: one run after the other, each only once the one before it is verified.

use std::{cell::RefCell, time::Duration};

use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::look::Look;
use crate::{check::Code, execute::Interrupt, exit::Exit, failure::Failure, plan::RunResult};

/// How long the operator may take to say that all is well after a run has ended: it writes its conditions every 30 s
/// while anything changes (milvus.md §1.5).
const SETTLING: Duration = Duration::from_mins(2);

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// Rules about a state that passes by itself when a run has just ended: dependencies, health, an unfinished roll, and an
/// old coordinator that is not gone yet.
const PASSING: [Code; 4] = [Code::new(207), Code::new(405), Code::new(406), Code::new(416)];

/// The runs of a way so far.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// What became of those that are done.
    done: RefCell<Vec<RunResult>>,
    ended: RefCell<Option<Instant>>,
}

/// The last run, with those before it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told<'a> {
    #[serde(flatten)]
    last: &'a RunResult,
    #[serde(skip_serializing_if = "<[RunResult]>::is_empty")]
    earlier: &'a [RunResult],
}

/// What to do about a look between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Go on with it.
    Go,
    /// Look again.
    Again,
    /// Somebody stops here.
    Stop,
}

impl Chain {
    /// Keeps what became of a run behind which more come.
    pub(super) fn keep(&self, result: &RunResult) {
        self.done.borrow_mut().push(result.clone());
        *self.ended.borrow_mut() = Some(Instant::now());
    }

    /// What the process ends with: where an earlier run has changed the instance, nothing ends before that any more.
    pub(super) fn exit(&self, exit: Exit) -> Exit {
        let untouched = matches!(exit, Exit::Failed | Exit::Usage | Exit::Blocked);
        if untouched && self.is_begun() { Exit::PartWay } else { exit }
    }

    /// The same of a failure.
    pub(super) fn failure(&self, failure: Failure) -> Failure {
        if self.exit(failure.exit()) == failure.exit() {
            return failure;
        }
        let hints = failure.hints().to_vec();
        let failure = Failure::new(Exit::PartWay, anyhow::anyhow!("{failure}"));
        hints.into_iter().fold(failure, Failure::hint).hint("the same command again goes on from here")
    }

    fn is_begun(&self) -> bool {
        !self.done.borrow().is_empty()
    }

    /// Asks the user. Once a run has listened for signals they no longer end the process by themselves, so they are looked
    /// for while the answer is awaited.
    pub(super) fn asking<T>(&self, ask: impl FnOnce() -> T) -> T {
        if self.is_begun() { Interrupt::ends_while(ask) } else { ask() }
    }

    /// The same for something that may take long, before anything of this run is written.
    pub(super) async fn unless_interrupted<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        if !self.is_begun() {
            return work.await;
        }
        let mut interrupt = Interrupt::listen();
        tokio::select! {
            done = work => done,
            () = interrupt.came() => {
                Err(Failure::new(Exit::Interrupted, anyhow::anyhow!("interrupted between two runs; nothing is under way"))
                    .hint("the same command again goes on from here"))
            }
        }
    }

    /// Shows the last run with those before it.
    pub(super) fn told<T>(&self, last: &RunResult, show: impl FnOnce(&Told<'_>) -> T) -> T {
        show(&Told { last, earlier: &self.done.borrow() })
    }

    /// After a run its end is waited for as the rules see it; before the first one there is nothing to wait for.
    pub(super) async fn settle(&self, look: &Look) -> Between {
        let Some(ended) = *self.ended.borrow() else { return Between::Go };
        let mut blocking = look.report.findings.iter().filter(|finding| finding.blocks()).peekable();
        let passes = blocking.peek().is_some() && blocking.all(|finding| PASSING.contains(&finding.code));
        if !passes || ended.elapsed() > SETTLING {
            return Between::Go;
        }
        let mut interrupt = Interrupt::listen();
        tokio::select! {
            () = sleep(PAUSE) => Between::Again,
            () = interrupt.came() => Between::Stop,
        }
    }
}
