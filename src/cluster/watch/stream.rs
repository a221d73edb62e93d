use std::{fmt::Debug, future::ready, pin::Pin, time::Duration};

use futures::{Stream, StreamExt, TryStreamExt};
use kube::{
    Api, Resource,
    runtime::{
        WatchStreamExt,
        utils::Backoff,
        watcher::{self, Config, watcher},
    },
};
use serde::de::DeserializeOwned;

use super::{Seen, store::Change};
use crate::cluster::{bare::Milvus, error, view};

/// The first pause before a broken watch is taken up again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest; a cluster that comes back is not kept waiting.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Pauses that double.
struct Pauses {
    next: Duration,
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST_PAUSE);
        Some(pause)
    }
}

impl Backoff for Pauses {
    fn reset(&mut self) {
        self.next = FIRST_PAUSE;
    }
}

/// Pauses between the tries of a broken watch. `Init` comes before every try and would start them anew, so it is left out.
pub(super) fn patient<K>(
    stream: impl Stream<Item = Result<watcher::Event<K>, watcher::Error>>,
) -> impl Stream<Item = Result<watcher::Event<K>, watcher::Error>> {
    stream.try_filter(|event| ready(!matches!(event, watcher::Event::Init))).backoff(Pauses { next: FIRST_PAUSE })
}

pub(super) fn milvus_stream(milvuses: Api<Milvus>, name: &str) -> Pin<Box<dyn Stream<Item = Seen>>> {
    let config = Config::default().fields(&format!("metadata.name={name}"));
    let stream = patient(watcher(milvuses, config)).scan(false, |listed, event| {
        let seen = match event {
            Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => {
                *listed = true;
                Some(Seen::Milvus(Box::new(view::resource(object))))
            }
            Ok(watcher::Event::InitDone) => (!std::mem::take(listed)).then_some(Seen::Gone),
            Ok(watcher::Event::Delete(_)) => Some(Seen::Gone),
            Ok(watcher::Event::Init) => None,
            Err(error) => Some(Seen::MilvusTrouble(broke("milvuses", &error))),
        };
        ready(Some(seen))
    });
    Box::pin(stream.filter_map(ready))
}

pub(super) fn changes<K, T: 'static>(
    kind: &'static str,
    api: Api<K>,
    config: Config,
    convert: fn(K) -> Option<T>,
    wrap: fn(Change<T>) -> Seen,
) -> Pin<Box<dyn Stream<Item = Seen>>>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    // A watch of all namespaces sees names twice.
    let name = |object: &K| {
        let metadata = object.meta();
        format!(
            "{}/{}",
            metadata.namespace.as_deref().unwrap_or_default(),
            metadata.name.as_deref().unwrap_or_default()
        )
    };
    let change = move |event| match event {
        Ok(watcher::Event::Init) => None,
        Ok(watcher::Event::InitApply(object)) => Some(Change::Listed(name(&object), convert(object))),
        Ok(watcher::Event::InitDone) => Some(Change::Whole),
        Ok(watcher::Event::Apply(object)) => Some(Change::Put(name(&object), convert(object))),
        Ok(watcher::Event::Delete(object)) => Some(Change::Removed(name(&object))),
        Err(error) if is_forbidden(&error) => Some(Change::Forbidden(format!("no right to watch {kind}"))),
        Err(error) => Some(Change::Trouble(broke(kind, &error))),
    };
    Box::pin(patient(watcher(api, config)).filter_map(move |event| ready(change(event).map(wrap))))
}

pub(super) fn is_forbidden(error: &watcher::Error) -> bool {
    use watcher::Error::{InitialListFailed, WatchError, WatchFailed, WatchStartFailed};
    match error {
        InitialListFailed(error) | WatchStartFailed(error) | WatchFailed(error) => {
            matches!(error, kube::Error::Api(status) if status.code == 403)
        }
        WatchError(status) => status.code == 403,
        watcher::Error::NoResourceVersion => false,
    }
}

pub(super) fn broke(kind: &str, error: &watcher::Error) -> String {
    format!("the watch of {kind} broke: {}", error::root(error))
}
