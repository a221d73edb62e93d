mod object;
mod store;
mod stream;

use std::{collections::BTreeMap, pin::Pin};

use futures::{Stream, StreamExt, stream::SelectAll};
use jiff::Timestamp;
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Event, Pod},
};
use kube::{Api, runtime::watcher::Config};

pub use object::{Follow, Sighting};

use self::{
    store::{Change, Store},
    stream::{changes, milvus_stream},
};
use super::{Cluster, instance_labels, release_labels, view};
use crate::snapshot::{self, Snapshot};

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
    MilvusTrouble(String),
}

impl Cluster {
    /// Begins to watch what `snapshot` shows.
    pub fn watch(&self, snapshot: Snapshot) -> Live {
        let (namespace, name) = (snapshot.milvus.namespace.clone(), snapshot.milvus.name.clone());
        let is_release = snapshot.release.is_some();
        let labels = if is_release { release_labels(&name) } else { instance_labels(Some(&name)) };
        let instance = Config::default().labels(&labels);
        let warnings = Config::default().fields("type=Warning");
        let deployments: Api<Deployment> = Api::namespaced(self.client.clone(), &namespace);
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &namespace);
        let events: Api<Event> = Api::namespaced(self.client.clone(), &namespace);
        let mut stream = SelectAll::new();
        if !is_release {
            stream.push(milvus_stream(self.milvuses(Some(&namespace)), &name));
        }
        stream.push(changes("deployments", deployments, instance.clone(), view::deployment, Seen::Deployments));
        stream.push(changes("pods", pods, instance, view::pod, Seen::Pods));
        stream.push(changes("events", events, warnings, |event| Some(view::event(event)), Seen::Events));
        Live {
            stream,
            deployments: Store::new("deployments"),
            pods: Store::new("pods"),
            events: Store::new("events"),
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

    /// Takes over a release as a write left it.
    pub fn put_release(&mut self, release: snapshot::Release) {
        let Snapshot { milvus, workload, .. } = &self.snapshot;
        self.snapshot.milvus = release.as_resource(&milvus.namespace, &milvus.name, workload);
        self.snapshot.release = Some(release);
        self.tick();
    }

    /// Takes over which objects of the release are not ready.
    pub fn put_unready(&mut self, unready: Vec<snapshot::Unready>) {
        if let Some(release) = &mut self.snapshot.release {
            release.unready = snapshot::Part::Known(unready);
        }
    }

    /// Makes the clock of the snapshot go on, for ages.
    pub fn tick(&mut self) {
        self.snapshot.workload.taken = Timestamp::now();
    }

    /// Takes over the parts that are not watched, such as the operator, from a fresh look.
    pub fn refresh(&mut self, fresh: Snapshot) {
        self.snapshot.operators = fresh.operators;
        self.snapshot.workload.autoscalers = fresh.workload.autoscalers;
        self.snapshot.workload.nodes = fresh.workload.nodes;
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
        let Self { snapshot, trouble, .. } = self;
        match seen {
            Seen::Milvus(milvus) => {
                trouble.remove("milvuses");
                // The first list of a watch may be older than what a write gave back.
                if milvus.generation >= snapshot.milvus.generation || milvus.uid != snapshot.milvus.uid {
                    snapshot.milvus = *milvus;
                }
            }
            Seen::Gone => self.gone = true,
            Seen::MilvusTrouble(reason) => drop(trouble.insert("milvuses", reason)),
            Seen::Deployments(change) => self.deployments.apply(change, &mut snapshot.workload.deployments, trouble),
            Seen::Pods(change) => self.pods.apply(change, &mut snapshot.workload.pods, trouble),
            Seen::Events(change) => self.events.apply(change, &mut snapshot.workload.events, trouble),
        }
    }
}
