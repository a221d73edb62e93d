//! One request, with a limit and a few second tries for what passes by itself.

use std::{future::Future, time::Duration};

use kube::Error;

use super::Cluster;

/// Waits between the tries of a read. The client itself answers 429, 503 and 504 with patience.
const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1600)];

impl Cluster {
    /// A read, tried again where the connection broke or the server stumbled (500).
    pub(super) async fn read<T, F, R>(&self, request: R) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
        R: Fn() -> F,
    {
        for pause in PAUSES {
            match self.limited(request()).await {
                Err(error) if passes_by_itself(&error) => tokio::time::sleep(pause).await,
                other => return other,
            }
        }
        self.limited(request()).await
    }

    /// A request within the time that the user allows for one.
    pub(super) async fn limited<T>(&self, request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::time::timeout(self.timeout, request).await.unwrap_or_else(|_| {
            let message = format!("no answer within {} s", self.timeout.as_secs());
            Err(Error::Service(message.into()))
        })
    }
}

/// Whether a second try may go better: a cut connection, an internal error. A refused connection may not.
fn passes_by_itself(error: &Error) -> bool {
    match error {
        Error::Api(status) => status.code == 500,
        Error::HyperError(_) | Error::ReadEvents(_) => true,
        Error::Service(source) => {
            let text = format!("{source:?}");
            ["IncompleteMessage", "ConnectionReset", "BrokenPipe", "UnexpectedEof", "Canceled"]
                .iter()
                .any(|word| text.contains(word))
        }
        _ => false,
    }
}
