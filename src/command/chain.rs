//! A way over several versions: one run after the other, each only once the one before it is verified.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::look::Look;
use crate::{
    check::{Code, Direction},
    execute::Interrupt,
    exit::Exit,
    failure::Failure,
    plan::{Difference, Ending, Plan, Route, RunResult},
    snapshot::{Part, Serving},
};

/// How long the operator may take to say that all is well after a run has ended: it writes its conditions every 30 s
/// while anything changes (operator 1.3.7, `pkg/controllers/milvus_controller.go`).
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
    /// When the last of them ended.
    ended: Cell<Option<Instant>>,
    /// Whether the last of them is to be taken back.
    is_lost: Cell<bool>,
    /// What Milvus answered before the first write of the last of them, where it was asked.
    before: RefCell<Option<Part<Serving>>>,
    /// What it answered before the run that these take back.
    former: Option<Part<Serving>>,
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

/// A plan, with the whole way that it is the beginning of.
#[derive(Debug, Serialize)]
pub(super) struct Planned<'a> {
    #[serde(flatten)]
    pub(super) plan: &'a Plan,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) route: Option<&'a Route>,
    /// What becomes of the resource, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) difference: Option<Difference>,
}

/// What to do about a look between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Go on with it.
    Go,
    /// Look again.
    Again,
}

impl Chain {
    /// Keeps what became of a run behind which more come.
    pub(super) fn keep(&self, result: &RunResult) {
        self.done.borrow_mut().push(result.clone());
        self.ended.set(Some(Instant::now()));
    }

    /// Keeps what became of a run that is to be taken back.
    pub(super) fn lose(&self, result: &RunResult) {
        self.done.borrow_mut().push(result.clone());
        self.is_lost.set(true);
    }

    /// The way back from what was lost: over a migration its metadata are put back too.
    pub(super) fn way_back(&self) -> Direction {
        let over = self.done.borrow().last().is_some_and(|result| result.is_lost);
        if over { Direction::Restore } else { Direction::Back }
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.get()
    }

    /// How the run ended that is to be taken back, for where it is not.
    pub(super) fn lost_exit(&self) -> Exit {
        match self.done.borrow().last() {
            Some(RunResult { ending: Ending::NotServing, .. }) => Exit::NotServing,
            _ => Exit::PartWay,
        }
    }

    /// The same runs with nothing to wait for after them: the way back begins from whatever is there, and ends where it
    /// serves as it did before what is taken back.
    pub(super) fn turned(&self) -> Self {
        Self { done: self.done.clone(), former: self.before.borrow().clone(), ..Self::default() }
    }

    /// Keeps what Milvus answered before the first write of a run.
    pub(super) fn looked(&self, before: Option<&Part<Serving>>) {
        self.before.replace(before.cloned());
    }

    /// What it answered before the run that is taken back.
    pub(super) fn former(&self) -> Option<&Part<Serving>> {
        self.former.as_ref()
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
        self.ended.get().is_some()
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
        let interrupt = Interrupt::listen();
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
    ///
    /// Fails where the instance goes on saying that it runs what it ran before, and where a signal comes.
    pub(super) async fn settle(&self, look: &Look) -> Result<Between, Failure> {
        let Some(ended) = self.ended.get() else { return Ok(Between::Go) };
        let reached = self.done.borrow().last().map(|result| result.plan.target.version.clone());
        let stays = look.target.as_ref().map(|target| &target.version) == reached.as_ref();
        let mut blocking = look.report.findings.iter().filter(|finding| finding.blocks()).peekable();
        let passes = blocking.peek().is_some() && blocking.all(|finding| PASSING.contains(&finding.code));
        let is_late = ended.elapsed() > SETTLING;
        match (stays, passes, is_late) {
            (true, _, true) => {
                let version = reached.map(|version| version.to_string()).unwrap_or_default();
                let problem = format!("the instance does not say that it runs {version}, which was rolled out");
                Err(Failure::new(Exit::PartWay, anyhow::anyhow!(problem))
                    .hint("say the version that runs with --from-version, and go on"))
            }
            (true, ..) | (_, true, false) => {
                self.unless_interrupted(async {
                    sleep(PAUSE).await;
                    Ok(Between::Again)
                })
                .await
            }
            _ => Ok(Between::Go),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Chain;
    use crate::{exit::Exit, failure::Failure};

    #[test]
    fn once_something_was_changed_no_end_says_that_nothing_was() {
        let chain = Chain::default();
        assert_eq!([Exit::Blocked, Exit::Failed].map(|exit| chain.exit(exit)), [Exit::Blocked, Exit::Failed]);
        chain.ended.set(Some(tokio::time::Instant::now()));
        for (exit, after) in [
            (Exit::Blocked, Exit::PartWay),
            (Exit::Failed, Exit::PartWay),
            (Exit::Usage, Exit::PartWay),
            (Exit::TimedOut, Exit::TimedOut),
            (Exit::Interrupted, Exit::Interrupted),
            (Exit::Success, Exit::Success),
        ] {
            assert_eq!(chain.exit(exit), after, "{exit:?}");
        }
        let failure = chain.failure(Failure::failed("the server is away").hint("try later"));
        assert_eq!((failure.exit(), failure.hints().len()), (Exit::PartWay, 2));
        assert_eq!(failure.to_string(), "the server is away");
    }
}
