//! Waits until Milvus serves as it did, once everything is rolled out.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Interrupt;
use crate::{
    knowledge::Knowledge,
    rollout::{Verdict, judge},
    snapshot::{Part, Serving},
};

/// How often something has to be seen to be gone before that is believed: a server that has just started may know less
/// for a moment.
const SURE: usize = 3;

/// How long to wait for it to serve.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// In all.
    pub limit: Duration,
    /// Between two looks.
    pub pause: Duration,
    /// How long it has to go on serving, once it does.
    pub soak: Duration,
}

/// How waiting ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waited {
    /// With this, once and for all.
    Ended(Verdict),
    /// A signal came; this was seen last.
    Interrupted(Option<Verdict>),
}

/// Looks until it serves as `before` and has done so for a while, or nobody can be asked, or what is gone stays gone, or
/// the time is over, or it no longer serves after it did. `tell` is called with every look after which it goes on.
pub async fn until_it_serves(
    look: impl AsyncFn() -> Part<Serving>,
    before: &Part<Serving>,
    knowledge: &Knowledge,
    waiting: Waiting,
    interrupt: &Interrupt,
    mut tell: impl FnMut(&Verdict),
) -> Waited {
    let deadline = Instant::now() + waiting.limit;
    let (mut last, mut losses, mut serving_since) = (None, 0, None);
    loop {
        let now = tokio::select! {
            biased;
            () = interrupt.came() => return Waited::Interrupted(last),
            now = look() => now,
        };
        let verdict = judge(before, &now).explained(knowledge);
        losses = if matches!(verdict, Verdict::Lost { .. }) { losses + 1 } else { 0 };
        let is_over = if matches!(verdict, Verdict::Serving { .. }) {
            serving_since.get_or_insert_with(Instant::now).elapsed() >= waiting.soak
        } else {
            let may_change = verdict.may_come() || (1..SURE).contains(&losses);
            // What falls back while nothing rolls any more is what the soak is there to find.
            serving_since.is_some() || !may_change || Instant::now() + waiting.pause >= deadline
        };
        if is_over {
            return Waited::Ended(verdict);
        }
        tell(&verdict);
        last = Some(verdict);
        tokio::select! {
            biased;
            () = interrupt.came() => return Waited::Interrupted(last),
            () = sleep(waiting.pause) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, time::Duration};

    use super::{Waited, Waiting, until_it_serves};
    use crate::{
        execute::Interrupt,
        knowledge::Knowledge,
        rollout::Verdict,
        snapshot::{Collection, CollectionName, Interface, Load, Part, Reply, Serving},
    };

    fn seen(query: Option<Reply>) -> Part<Serving> {
        let name = CollectionName { database: "default".into(), name: "docs".into() };
        let (rows, indexes) = (Part::Known(1), Part::Known(vec![]));
        let collection = |query| Collection { name, load: Part::Known(Load::Loaded), rows, indexes, query };
        let collections = query.map(collection).into_iter().collect();
        Part::Known(Serving::of(Interface::V2, Part::Known(vec![]), collections))
    }

    fn answered() -> Part<Serving> {
        seen(Some(Reply::Answered { milliseconds: 1 }))
    }

    fn failed() -> Part<Serving> {
        seen(Some(Reply::Failed { words: "collection not loaded".into() }))
    }

    /// Waits for a minute over looks that come one after the other, the last again and again; how often it was looked.
    async fn waited(before: Part<Serving>, looks: Vec<Part<Serving>>) -> (Waited, usize, usize) {
        waited_for(Duration::ZERO, before, looks).await
    }

    async fn waited_for(soak: Duration, before: Part<Serving>, looks: Vec<Part<Serving>>) -> (Waited, usize, usize) {
        let (looked, mut told) = (RefCell::new(0), 0);
        let look = async || {
            *looked.borrow_mut() += 1;
            looks.get(*looked.borrow() - 1).or(looks.last()).cloned().unwrap_or_default()
        };
        let waiting = Waiting { limit: Duration::from_mins(1), pause: Duration::from_secs(2), soak };
        let interrupt = Interrupt::listen();
        let knowledge = Knowledge::builtin();
        let waited = until_it_serves(look, &before, knowledge, waiting, &interrupt, |_| told += 1).await;
        (waited, looked.into_inner(), told)
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_the_query_and_tells() {
        let (waited, looked, told) = waited(answered(), vec![failed(), failed(), answered()]).await;
        assert!(matches!(waited, Waited::Ended(Verdict::Serving { answered: 1, .. })), "{waited:?}");
        assert_eq!((looked, told), (3, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_soak_goes_on_looking_and_ends_with_the_first_fall() {
        let soak = Duration::from_mins(2);
        let (waited, looked, told) = waited_for(soak, answered(), vec![failed(), answered()]).await;
        assert!(matches!(waited, Waited::Ended(Verdict::Serving { .. })), "{waited:?}");
        assert_eq!((looked, told), (62, 61), "every two seconds for two minutes, longer than the limit without one");
        let (waited, looked, _) = waited_for(soak, answered(), vec![answered(), answered(), failed()]).await;
        assert!(matches!(waited, Waited::Ended(Verdict::NotYet { .. })), "{waited:?}");
        assert_eq!(looked, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn it_does_not_wait_for_ever() {
        let (waited, looked, _) = waited(answered(), vec![failed()]).await;
        assert!(matches!(waited, Waited::Ended(Verdict::NotYet { .. })), "{waited:?}");
        assert_eq!(looked, 30, "every two seconds for a minute");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_gone_for_a_moment_is_not_lost() {
        let (waited, looked, _) = waited(answered(), vec![seen(None), seen(None), answered()]).await;
        assert!(matches!(waited, Waited::Ended(Verdict::Serving { .. })), "{waited:?}");
        assert_eq!(looked, 3);
        let (waited, looked, _) = self::waited(answered(), vec![seen(None)]).await;
        assert!(matches!(&waited, Waited::Ended(verdict) if verdict.is_disaster()), "{waited:?}");
        assert_eq!(looked, 3, "and then every minute counts");
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_could_ever_be_asked_nobody_waits() {
        let (waited, looked, told) =
            waited(Part::Unknown("no right".into()), vec![Part::Unknown("no right".into())]).await;
        assert_eq!(waited, Waited::Ended(Verdict::Unknown { reason: "no right".into() }));
        assert_eq!((looked, told), (1, 0));
    }
}
