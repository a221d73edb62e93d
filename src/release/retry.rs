//! Requests that are made again where the next may go better.

use std::{future::Future, time::Duration};

use crate::cluster::Refusal;

/// Between the tries of a write. The client itself has patience with 429, 503 and 504.
const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1600)];

/// Between the tries of writing a record: a release that stays pending locks everybody out.
const LONG_PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(6)];

/// Makes a write that does no harm twice, and makes it again where no answer tells what became of it.
pub(super) async fn again<T, R: Future<Output = Result<T, Refusal>>>(write: impl Fn() -> R) -> Result<T, Refusal> {
    with(&PAUSES, Refusal::may_pass, write).await
}

/// As [`again`], also where somebody else wrote in between: for what is meant whatever that was.
pub(super) async fn firmly<T, R: Future<Output = Result<T, Refusal>>>(write: impl Fn() -> R) -> Result<T, Refusal> {
    with(&PAUSES, |refusal| refusal.may_pass() || refusal.is_conflict(), write).await
}

/// As [`firmly`], for longer.
pub(super) async fn insistently<T, R>(write: impl Fn() -> R) -> Result<T, Refusal>
where
    R: Future<Output = Result<T, Refusal>>,
{
    with(&LONG_PAUSES, |refusal| refusal.may_pass() || refusal.is_conflict(), write).await
}

async fn with<T, R: Future<Output = Result<T, Refusal>>>(
    pauses: &[Duration],
    may_pass: impl Fn(&Refusal) -> bool,
    write: impl Fn() -> R,
) -> Result<T, Refusal> {
    for pause in pauses {
        match write().await {
            Err(refusal) if may_pass(&refusal) => tokio::time::sleep(*pause).await,
            answer => return answer,
        }
    }
    write().await
}
