use std::{future::ready, pin::Pin};

use futures::{Stream, StreamExt};
use kube::{
    Api, ResourceExt,
    api::{DynamicObject, TypeMeta},
    runtime::watcher::{self, Config, watcher},
};
use serde_json::Value;

use super::stream::{broke, is_forbidden, patient};
use crate::cluster::{Cluster, Kind};

/// Which objects of a kind are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow<'a> {
    /// The one of this name.
    Name(&'a str),
    /// Those with these labels.
    Labels(&'a str),
    /// All of them.
    All,
}

/// What is seen of objects that are followed.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// One is there, and looks like this.
    Seen(Box<Value>),
    /// The one of this name is gone.
    Gone(String),
    /// All that are there were seen once; what was not is not there.
    Whole,
    /// The watch broke and is being taken up again.
    Trouble(String),
    /// The caller may not watch.
    Forbidden(String),
}

impl Cluster {
    /// Follows objects of any kind. The stream never ends by itself.
    pub fn follow(&self, kind: &Kind, namespace: &str, what: Follow<'_>) -> Pin<Box<dyn Stream<Item = Sighting>>> {
        let api: Api<DynamicObject> = if kind.is_namespaced() {
            Api::namespaced_with(self.client.clone(), namespace, kind.resource())
        } else {
            Api::all_with(self.client.clone(), kind.resource())
        };
        let config = match what {
            Follow::Name(name) => Config::default().fields(&format!("metadata.name={name}")),
            Follow::Labels(labels) => Config::default().labels(labels),
            Follow::All => Config::default(),
        };
        let name = kind.resource().plural.clone();
        let types = TypeMeta { api_version: kind.resource().api_version.clone(), kind: kind.resource().kind.clone() };
        let sighting = move |event: Result<watcher::Event<DynamicObject>, watcher::Error>| match event {
            Ok(watcher::Event::Init) => None,
            Ok(watcher::Event::Apply(mut object) | watcher::Event::InitApply(mut object)) => {
                // The items of a list do not say what they are.
                object.types.get_or_insert_with(|| types.clone());
                serde_json::to_value(object).ok().map(|object| Sighting::Seen(Box::new(object)))
            }
            Ok(watcher::Event::InitDone) => Some(Sighting::Whole),
            Ok(watcher::Event::Delete(object)) => Some(Sighting::Gone(object.name_any())),
            Err(error) if is_forbidden(&error) => Some(Sighting::Forbidden(format!("no right to watch {name}"))),
            Err(error) => Some(Sighting::Trouble(broke(&name, &error))),
        };
        Box::pin(patient(watcher(api, config)).filter_map(move |event| ready(sighting(event))))
    }
}
