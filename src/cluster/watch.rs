use std::{collections::BTreeMap, fmt::Debug, pin::Pin};

use futures::{Stream, StreamExt, stream::SelectAll};
use jiff::Timestamp;
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Event, Pod},
};
use kube::{
    Api, Resource,
    api::DynamicObject,
    runtime::{
        WatchStreamExt,
        watcher::{self, Config, watcher},
    },
};
use serde::de::DeserializeOwned;

use super::{Cluster, error, instance_labels, view};
use crate::snapshot::{self, Part, Snapshot};

/// A snapshot that keeps itself up to date by watches: the resource, its Deployments and pods, the namespace's warnings.
///
/// A watch that breaks is taken up again with growing pauses, for as long as the caller goes on asking.
pub struct Live {
    snapshot: Snapshot,
    stream: SelectAll<Pin<Box<dyn Stream<Item = Seen>>>>,
    deployments: Store<snapshot::Deployment>,
    pods: Store<snapshot::Pod>,
    events: Store<snapshot::Event>,
    trouble: BTreeMap<&'static str, String>,
    gone: bool,
}

/// Something that a watch saw.
enum Seen {
    Milvus(Box<snapshot::Resource>),
    Gone,
    Deployments(Change<snapshot::Deployment>),
    Pods(Change<snapshot::Pod>),
    Events(Change<snapshot::Event>),
    Trouble(&'static str, String),
}

enum Change<T> {
    Restart,
    Put(String, Option<T>),
    Ready,
    Remove(String),
}

/// Objects of one kind by name. A list that begins anew replaces all of them once it is whole.
struct Store<T> {
    items: BTreeMap<String, T>,
    coming: Option<BTreeMap<String, T>>,
}

impl<T: Clone> Store<T> {
    fn of(part: &Part<Vec<T>>, name: impl Fn(&T) -> String) -> Self {
        let known = part.known().into_iter().flatten();
        Self { items: known.map(|item| (name(item), item.clone())).collect(), coming: None }
    }

    fn apply(&mut self, change: Change<T>) {
        match change {
            Change::Restart => self.coming = Some(BTreeMap::new()),
            Change::Ready => self.items = self.coming.take().unwrap_or_default(),
            Change::Put(name, item) => {
                let items = self.coming.as_mut().unwrap_or(&mut self.items);
                match item {
                    Some(item) => drop(items.insert(name, item)),
                    None => drop(items.remove(&name)),
                }
            }
            Change::Remove(name) => drop(self.items.remove(&name)),
        }
    }

    fn all(&self) -> Part<Vec<T>> {
        Part::Known(self.items.values().cloned().collect())
    }
}

impl Cluster {
    /// Begins to watch what `snapshot` shows.
    pub fn watch(&self, snapshot: Snapshot) -> Live {
        let (namespace, name) = (snapshot.milvus.namespace.clone(), snapshot.milvus.name.clone());
        let instance = Config::default().labels(&instance_labels(Some(&name)));
        let warnings = Config::default().fields("type=Warning");
        let deployments: Api<Deployment> = Api::namespaced(self.client.clone(), &namespace);
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &namespace);
        let events: Api<Event> = Api::namespaced(self.client.clone(), &namespace);
        let mut stream = SelectAll::new();
        stream.push(milvus_stream(self.milvuses(Some(&namespace)), &name));
        stream.push(changes("deployments", deployments, instance.clone(), view::deployment, Seen::Deployments));
        stream.push(changes("pods", pods, instance, view::pod, Seen::Pods));
        stream.push(changes("events", events, warnings, |event| Some(view::event(event)), Seen::Events));
        Live {
            stream,
            deployments: Store::of(&snapshot.deployments, |deployment| deployment.name.clone()),
            pods: Store::of(&snapshot.pods, |pod| pod.name.clone()),
            events: Store { items: BTreeMap::new(), coming: None },
            trouble: BTreeMap::new(),
            gone: false,
            snapshot,
        }
    }
}

impl Live {
    /// What is seen now.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Whether the resource was deleted.
    pub fn is_gone(&self) -> bool {
        self.gone
    }

    /// Watches that are broken and being taken up again, and why.
    pub fn trouble(&self) -> impl Iterator<Item = &str> {
        self.trouble.values().map(String::as_str)
    }

    /// Takes over the resource as a write gave it back, so that nothing older is looked at again.
    pub fn put(&mut self, milvus: snapshot::Resource) {
        self.snapshot.milvus = milvus;
        self.tick();
    }

    /// Makes the clock of the snapshot go on, for ages.
    pub fn tick(&mut self) {
        self.snapshot.taken = Timestamp::now();
    }

    /// Takes over the parts that are not watched, such as the operator, from a fresh look.
    pub fn refresh(&mut self, fresh: Snapshot) {
        self.snapshot.operators = fresh.operators;
        self.snapshot.autoscalers = fresh.autoscalers;
        self.snapshot.nodes = fresh.nodes;
    }

    /// Waits until something changes, and takes it over.
    pub async fn changed(&mut self) {
        match self.stream.next().await {
            Some(seen) => self.take(seen),
            // The streams never end by themselves; should they, nothing more will come.
            None => std::future::pending().await,
        }
        self.tick();
    }

    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Milvus(milvus) => {
                self.trouble.remove("milvuses");
                // The first list of a watch may be older than what a write gave back.
                if milvus.generation >= self.snapshot.milvus.generation || milvus.uid != self.snapshot.milvus.uid {
                    self.snapshot.milvus = *milvus;
                }
            }
            Seen::Gone => self.gone = true,
            Seen::Deployments(change) => {
                self.trouble.remove("deployments");
                self.deployments.apply(change);
                self.snapshot.deployments = self.deployments.all();
            }
            Seen::Pods(change) => {
                self.trouble.remove("pods");
                self.pods.apply(change);
                self.snapshot.pods = self.pods.all();
            }
            Seen::Events(change) => {
                self.trouble.remove("events");
                self.events.apply(change);
                self.snapshot.events = self.events.all();
            }
            Seen::Trouble(kind, reason) => drop(self.trouble.insert(kind, reason)),
        }
    }
}

fn milvus_stream(milvuses: Api<DynamicObject>, name: &str) -> Pin<Box<dyn Stream<Item = Seen>>> {
    let config = Config::default().fields(&format!("metadata.name={name}"));
    let stream = watcher(milvuses, config).default_backoff().scan(false, |listed, event| {
        let seen = match event {
            Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => {
                *listed = true;
                Some(Seen::Milvus(Box::new(view::resource(object))))
            }
            Ok(watcher::Event::Init) => {
                *listed = false;
                None
            }
            Ok(watcher::Event::InitDone) => (!*listed).then_some(Seen::Gone),
            Ok(watcher::Event::Delete(_)) => Some(Seen::Gone),
            Err(error) => Some(trouble("milvuses", &error)),
        };
        futures::future::ready(Some(seen))
    });
    Box::pin(stream.filter_map(futures::future::ready))
}

fn changes<K, T: 'static>(
    kind: &'static str,
    api: Api<K>,
    config: Config,
    convert: fn(K) -> Option<T>,
    wrap: fn(Change<T>) -> Seen,
) -> Pin<Box<dyn Stream<Item = Seen>>>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let name = |object: &K| object.meta().name.clone().unwrap_or_default();
    Box::pin(watcher(api, config).default_backoff().map(move |event| match event {
        Ok(watcher::Event::Init) => wrap(Change::Restart),
        Ok(watcher::Event::InitDone) => wrap(Change::Ready),
        Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => {
            wrap(Change::Put(name(&object), convert(object)))
        }
        Ok(watcher::Event::Delete(object)) => wrap(Change::Remove(name(&object))),
        Err(error) => trouble(kind, &error),
    }))
}

fn trouble(kind: &'static str, error: &watcher::Error) -> Seen {
    Seen::Trouble(kind, format!("the watch of {kind} broke: {}", error::root(error)))
}
