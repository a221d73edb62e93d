mod object;
mod operator;
mod store;
mod stream;

use std::{collections::BTreeMap, pin::Pin};

use futures::{Stream, StreamExt, stream::SelectAll};
use jiff::Timestamp;
use kube::{Api, runtime::watcher::Config};

pub use object::{Follow, Sighting};

use self::{
    operator::{OperatorSeen, OperatorWatch},
    store::{Change, Store},
    stream::{changes, milvus_stream},
};
use super::{
    Cluster, Made,
    bare::{Deployment, Event, Job, Pod},
    instance_labels, release_labels, view,
};
use crate::snapshot::{self, Snapshot, Subject};

/// A snapshot that keeps itself up to date by watches: the resource, its Deployments and pods, the namespace's warnings.
///
/// A watch that breaks is taken up again with growing pauses, for as long as the caller goes on asking.
pub struct Live {
    snapshot: Snapshot,
    stream: SelectAll<Pin<Box<dyn Stream<Item = Seen>>>>,
    deployments: Store<snapshot::Deployment>,
    pods: Store<snapshot::Pod>,
    events: Store<snapshot::Event>,
    migrations: Store<snapshot::Migration>,
    tasks: Store<snapshot::Task>,
    jobs: Store<snapshot::MetadataJob>,
    operator: OperatorWatch,
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
    Migrations(Change<snapshot::Migration>),
    Tasks(Change<snapshot::Task>),
    Jobs(Change<snapshot::MetadataJob>),
    MilvusTrouble(String),
    Operator(Box<OperatorSeen>),
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
        if let Some(scene) = &snapshot.operator_scene {
            stream.extend(self.operator_streams(scene));
        } else {
            stream.push(changes("deployments", deployments, instance.clone(), view::deployment, Seen::Deployments));
            stream.push(changes("pods", pods, instance, view::pod, Seen::Pods));
            stream.push(changes("events", events, warnings, |event| Some(view::event(event)), Seen::Events));
        }
        if snapshot.subject() == Subject::Resource {
            stream.push(milvus_stream(self.milvuses(Some(&namespace)), &name));
        }
        if snapshot.rewriting().is_some() {
            let jobs: Api<Job> = Api::namespaced(self.client.clone(), &namespace);
            let tasks: Api<Pod> = Api::namespaced(self.client.clone(), &namespace);
            let labelled = Config::default().labels(&view::rewriting_labels(&name));
            stream.push(changes("jobs", jobs, labelled.clone(), view::metadata_job, Seen::Jobs));
            stream.push(changes("pods of migrations", tasks, labelled, view::metadata_pod, Seen::Tasks));
        } else if snapshot.migration_scene.is_some() {
            let tasks: Api<Pod> = Api::namespaced(self.client.clone(), &namespace);
            let labelled = Config::default().labels(view::MIGRATION_LABEL);
            let upgrades = self.upgrades(Some(&namespace));
            let migration = |object| Some(view::migration(object));
            stream.push(changes("milvusupgrades", upgrades, Config::default(), migration, Seen::Migrations));
            stream.push(changes("pods of migrations", tasks, labelled, view::task, Seen::Tasks));
        }
        Live {
            stream,
            deployments: Store::new("deployments"),
            pods: Store::new("pods"),
            events: Store::new("events"),
            migrations: Store::new("milvusupgrades"),
            tasks: Store::new("pods of migrations"),
            jobs: Store::new("jobs"),
            operator: OperatorWatch::new(),
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

    /// Takes over a migration as a write gave it back. A watch that has not seen it yet does not take it away: what it
    /// lists next has it.
    pub fn put_migration(&mut self, migration: snapshot::Migration) {
        if let Some(scene) = &mut self.snapshot.migration_scene {
            let mut known = scene.migrations.known().cloned().unwrap_or_default();
            known.retain(|other| (&other.namespace, &other.name) != (&migration.namespace, &migration.name));
            known.push(migration);
            scene.migrations = snapshot::Part::Known(known);
        }
        self.tick();
    }

    /// Takes over what a migration of a release has made.
    pub fn put_made(&mut self, made: Made) {
        if let Some(rewriting) = self.snapshot.migration_scene.as_mut().and_then(|scene| scene.rewriting.as_mut()) {
            match made {
                Made::Job(job) => {
                    let mut known = rewriting.jobs().to_vec();
                    known.retain(|other| other.name != job.name);
                    known.push(*job);
                    rewriting.jobs = snapshot::Part::Known(known);
                }
                Made::Kept(kept) => {
                    let mut known = rewriting.kept.known().cloned().unwrap_or_default();
                    known.retain(|other| other.object != kept.object);
                    known.push(kept);
                    rewriting.kept = snapshot::Part::Known(known);
                }
            }
        }
        self.tick();
    }

    /// Takes over a release as a write left it.
    pub fn put_release(&mut self, release: snapshot::Release) {
        let Snapshot { milvus, workload, .. } = &self.snapshot;
        self.snapshot.milvus = match &self.snapshot.operator_scene {
            Some(scene) => scene.as_resource(Some(&release)),
            None => release.as_resource(&milvus.namespace, &milvus.name, workload),
        };
        self.snapshot.release = Some(release);
        self.tick();
    }

    /// Takes over what a release of the operator brought, and forgets what was seen before.
    pub fn put_declared(&mut self, declared: Vec<snapshot::Schema>) {
        if let Some(scene) = &mut self.snapshot.operator_scene {
            // What was seen before it was written says nothing about what is there now.
            let unseen = "nobody has looked since it was written";
            scene.declared = declared;
            scene.definitions = snapshot::Part::Unknown(unseen.to_owned());
            (scene.deployment.awaits, scene.deployment.gave_up) = (Some(unseen.to_owned()), false);
        }
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
            Seen::Operator(seen) => {
                if let Some(scene) = &mut snapshot.operator_scene {
                    self.operator.take(*seen, scene, trouble);
                    snapshot.milvus = scene.as_resource(snapshot.release.as_ref());
                }
            }
            Seen::MilvusTrouble(reason) => drop(trouble.insert("milvuses", reason)),
            Seen::Deployments(change) => self.deployments.apply(change, &mut snapshot.workload.deployments, trouble),
            Seen::Pods(change) => self.pods.apply(change, &mut snapshot.workload.pods, trouble),
            Seen::Events(change) => self.events.apply(change, &mut snapshot.workload.events, trouble),
            Seen::Migrations(change) => {
                if let Some(scene) = &mut snapshot.migration_scene {
                    self.migrations.apply(change, &mut scene.migrations, trouble);
                }
            }
            Seen::Jobs(change) => {
                if let Some(rewriting) = snapshot.migration_scene.as_mut().and_then(|scene| scene.rewriting.as_mut()) {
                    self.jobs.apply(change, &mut rewriting.jobs, trouble);
                }
            }
            Seen::Tasks(change) => {
                if let Some(scene) = &mut snapshot.migration_scene {
                    self.tasks.apply(change, &mut scene.tasks, trouble);
                }
            }
        }
    }
}
