//! Waiting for a condition, never for a time.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const POLL: Duration = Duration::from_millis(100);

/// What a look at the awaited thing gave.
pub(crate) enum Look<T> {
    /// It is there.
    Done(T),
    /// Not yet; this is how it stands now.
    NotYet(String),
    /// It will never be there, for this reason.
    Hopeless(String),
}

/// Looks again and again until it is done.
///
/// # Errors
/// The limit is over; the error says what was awaited and the last state.
pub(crate) fn until<T>(limit: Duration, what: &str, look: impl FnMut() -> Result<Look<T>>) -> Result<T> {
    until_every(POLL, limit, what, look)
}

/// Like [`until`], looking at intervals of the caller's choice.
pub(crate) fn until_every<T>(
    interval: Duration,
    limit: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<Look<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        // An error is a state like any other: a server that is starting refuses connections.
        let state = match look() {
            Ok(Look::Done(value)) => return Ok(value),
            Ok(Look::NotYet(state)) => state,
            Ok(Look::Hopeless(reason)) => bail!("waited for {what}, but {reason}"),
            Err(error) => format!("{error:#}"),
        };
        if start.elapsed() > limit {
            bail!("waited {} s for {what}; the last state was: {state}", limit.as_secs());
        }
        sleep(interval);
    }
}
