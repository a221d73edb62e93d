use tokio::sync::watch;

/// Tells an operation on a release to end at the next place where nothing is under way.
#[derive(Clone, Debug)]
pub struct Stop {
    asked: watch::Receiver<bool>,
}

/// What asks it to.
#[derive(Debug)]
pub struct Stopper {
    ask: watch::Sender<bool>,
}

impl Stopper {
    /// Asks for the end.
    pub fn stop(&self) {
        self.ask.send_replace(true);
    }
}

impl Stop {
    /// One that is not asked yet, and what asks it.
    pub fn new() -> (Stopper, Self) {
        let (ask, asked) = watch::channel(false);
        (Stopper { ask }, Self { asked })
    }

    /// Whether the end was asked for.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// An error once the end was asked for.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.is_asked() { Err(INTERRUPTED.to_owned()) } else { Ok(()) }
    }

    /// Waits until the end is asked for.
    pub(super) async fn came(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            // Nobody is left who could ask.
            std::future::pending::<()>().await;
        }
    }
}

/// What the record of an operation says that was told to end.
pub(super) const INTERRUPTED: &str = "interrupted by a signal";
