use std::time::Duration;

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinHandle,
    time::Instant,
};

use crate::exit::Exit;

/// Two signals within this time mean: at once.
const AT_ONCE: Duration = Duration::from_secs(3);

/// SIGINT and SIGTERM, kept from the moment it is made: after the first, what is in flight is finished and written down;
/// a second one soon after asks to leave all of that.
pub struct Interrupt {
    asked: watch::Receiver<Asked>,
    task: JoinHandle<()>,
}

/// What signals ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Nothing,
    ToEnd,
    AtOnce,
}

impl Interrupt {
    /// Begins to keep them. Where the system refuses, they end the process as usual.
    pub fn listen() -> Self {
        let (tell, asked) = watch::channel(Asked::Nothing);
        let signals = signal(SignalKind::interrupt()).ok().zip(signal(SignalKind::terminate()).ok());
        let task = tokio::spawn(async move {
            let Some((mut interrupt, mut terminate)) = signals else { return std::future::pending().await };
            let mut last: Option<Instant> = None;
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                let now = Instant::now();
                let soon = last.is_some_and(|last| now - last <= AT_ONCE);
                tell.send_replace(if soon { Asked::AtOnce } else { Asked::ToEnd });
                last = Some(now);
            }
        });
        Self { asked, task }
    }

    /// Does something that waits for the user, who may end the process with a signal meanwhile. Whoever once listened has
    /// taken that from the system, and reading an answer looks for no signals.
    #[expect(clippy::disallowed_methods, reason = "the thread that main would return on waits for an answer")]
    pub fn ends_while<T>(work: impl FnOnce() -> T) -> T {
        let (done, is_done) = tokio::sync::oneshot::channel::<()>();
        let watch = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let interrupt = Self::listen();
                tokio::select! {
                    _ = is_done => {}
                    () = interrupt.came() => std::process::exit(i32::from(Exit::Interrupted as u8)),
                }
            });
        };
        let watcher = std::thread::spawn(watch);
        let answer = work();
        // Whether the watcher has ended already does not matter, nor how.
        drop(done);
        let _ = watcher.join();
        answer
    }

    /// Whether one has come.
    pub fn has_come(&self) -> bool {
        *self.asked.borrow() >= Asked::ToEnd
    }

    /// Waits for one; comes at once where one has come before.
    pub async fn came(&self) {
        self.wait_for(Asked::ToEnd).await;
    }

    /// Waits for a second one soon after another.
    pub async fn came_twice(&self) {
        self.wait_for(Asked::AtOnce).await;
    }

    async fn wait_for(&self, least: Asked) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked >= least).await.is_err() {
            // Nobody listens any more.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.task.abort();
    }
}
