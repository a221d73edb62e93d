use tokio::signal::unix::{Signal, SignalKind, signal};

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
