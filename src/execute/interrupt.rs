use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::Exit;

/// SIGINT and SIGTERM, kept from the moment it is made: what is in flight is finished before they are looked at.
pub struct Interrupt {
    signals: Option<(Signal, Signal)>,
}

impl Interrupt {
    /// Begins to keep them. Where the system refuses, they end the process as usual.
    pub fn listen() -> Self {
        let interrupt = signal(SignalKind::interrupt());
        let terminate = signal(SignalKind::terminate());
        Self { signals: interrupt.ok().zip(terminate.ok()) }
    }

    /// Does something that waits for the user, who may end the process with a signal meanwhile. Whoever once listened has
    /// taken that from the system, and reading an answer looks for no signals.
    #[expect(clippy::disallowed_methods, reason = "the thread that main would return on waits for an answer")]
    pub fn ends_while<T>(work: impl FnOnce() -> T) -> T {
        let (done, is_done) = tokio::sync::oneshot::channel::<()>();
        let watch = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let mut interrupt = Self::listen();
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

    /// Waits for one.
    pub async fn came(&mut self) {
        match &mut self.signals {
            Some((interrupt, terminate)) => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            None => std::future::pending().await,
        }
    }
}
