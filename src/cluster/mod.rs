//! The only place that knows the kube crate: connecting, observing, writing, watching.

mod access;
mod bare;
mod client;
mod connection;
mod discovery;
mod error;
mod etcd;
mod event;
mod former;
mod forward;
mod group;
mod instance;
mod journal;
mod lease;
mod log;
mod migration;
mod object;
mod observe;
mod operator;
mod owner;
mod pulsar;
mod request;
mod resource;
mod rewriting;
mod selector;
mod surrounding;
mod view;
mod watch;
mod write;

use kube::Client;

pub use connection::{Connection, Impersonate, Session};
pub use discovery::{Kind, Kinds};
pub use event::Announcement;
pub use instance::Selection;
pub use journal::Written;
pub use lease::{Hold, Untaken};
pub use object::{PatchForm, Refusal, Writing};
pub use rewriting::Made;
pub use watch::{Follow, Live, Sighting};
pub use write::{DryRun, WriteError};

/// An API server, as one caller sees it.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    /// The namespace of the flags, else of the context, else `default`.
    namespace: String,
    /// What the server is called in messages.
    address: String,
    /// How long a request other than a watch may take.
    timeout: std::time::Duration,
}

impl Cluster {
    /// The namespace that is looked at where none is named.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }
}

/// What the operator puts on every object of an instance; of all instances where none is named.
fn instance_labels(name: Option<&str>) -> String {
    let all = "app.kubernetes.io/name=milvus,app.kubernetes.io/managed-by=milvus-operator";
    name.map_or_else(|| all.to_owned(), |name| format!("app.kubernetes.io/instance={name},{all}"))
}

/// What the chart puts on every object of a release, pods too.
fn release_labels(name: &str) -> String {
    format!("app.kubernetes.io/instance={name}")
}
