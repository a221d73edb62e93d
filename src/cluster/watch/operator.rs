use std::{collections::BTreeMap, pin::Pin};

use futures::Stream;
use kube::{
    Api,
    api::{ApiResource, DynamicObject},
    runtime::watcher::Config,
};

use super::{
    Seen,
    store::{Change, Store},
    stream::changes,
};
use crate::{
    cluster::{
        Cluster,
        bare::Pod,
        instance_labels,
        operator::{deployment_kind, own_labels},
        view,
    },
    snapshot::{DEFINITIONS, OperatorDeployment, OperatorPod, OperatorScene, Part, Schema, Watched, WatchedPod},
};

/// Something that a watch saw of an operator.
pub(super) enum OperatorSeen {
    Deployment(Change<OperatorDeployment>),
    Pods(Change<OperatorPod>),
    /// Of the definition with this place among all.
    Definition(usize, Change<Schema>),
    Milvuses(Change<Watched>),
    MilvusPods(Change<WatchedPod>),
}

/// What watches saw of an operator.
pub(super) struct OperatorWatch {
    deployment: (Store<OperatorDeployment>, Part<Vec<OperatorDeployment>>),
    pods: Store<OperatorPod>,
    definitions: [(Store<Schema>, Part<Vec<Schema>>); 3],
    milvuses: Store<Watched>,
    milvus_pods: Store<WatchedPod>,
}

fn definition<const PLACE: usize>(change: Change<Schema>) -> Seen {
    Seen::Operator(Box::new(OperatorSeen::Definition(PLACE, change)))
}

impl Cluster {
    /// Begins to watch an operator, its definitions, and what it looks after.
    pub(super) fn operator_streams(&self, scene: &OperatorScene) -> Vec<Pin<Box<dyn Stream<Item = Seen>>>> {
        let operator = scene.operator();
        let own: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), &operator.namespace, &deployment_kind());
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &operator.namespace);
        let milvus_pods: Api<Pod> = Api::all(self.client.clone());
        let kind = ApiResource {
            group: "apiextensions.k8s.io".into(),
            version: "v1".into(),
            api_version: "apiextensions.k8s.io/v1".into(),
            kind: "CustomResourceDefinition".into(),
            plural: "customresourcedefinitions".into(),
        };
        let named = |name: &str| Config::default().fields(&format!("metadata.name={name}"));
        let labelled = |labels: &str| Config::default().labels(labels);
        let places = [definition::<0>, definition::<1>, definition::<2>];
        let definitions = DEFINITIONS.iter().zip(places).map(|(name, place)| {
            let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &kind);
            changes("definitions", api, named(name), view::schema, place)
        });
        let mut streams: Vec<_> = definitions.collect();
        streams.push(changes("the operator", own, named(&operator.name), view::operator_deployment, |change| {
            Seen::Operator(Box::new(OperatorSeen::Deployment(change)))
        }));
        streams.push(changes(
            "pods of the operator",
            pods,
            labelled(&own_labels(&scene.deployment)),
            |pod| Some(view::operator_pod(pod)),
            |change| Seen::Operator(Box::new(OperatorSeen::Pods(change))),
        ));
        streams.push(changes(
            "milvuses",
            self.milvuses(None),
            Config::default(),
            |milvus| Some(view::watched(view::resource(milvus))),
            |change| Seen::Operator(Box::new(OperatorSeen::Milvuses(change))),
        ));
        let labels = labelled(&instance_labels(None));
        streams.push(changes("pods of Milvus", milvus_pods, labels, view::watched_pod, |change| {
            Seen::Operator(Box::new(OperatorSeen::MilvusPods(change)))
        }));
        streams
    }
}

impl OperatorWatch {
    pub(super) fn new() -> Self {
        let unseen = || "it was not seen yet".to_owned();
        Self {
            deployment: (Store::new("the operator"), Part::Unknown(unseen())),
            pods: Store::new("pods of the operator"),
            definitions: std::array::from_fn(|_| (Store::new("definitions"), Part::Unknown(unseen()))),
            milvuses: Store::new("milvuses"),
            milvus_pods: Store::new("pods of Milvus"),
        }
    }

    /// Takes over what was seen.
    pub(super) fn take(
        &mut self,
        seen: OperatorSeen,
        scene: &mut OperatorScene,
        trouble: &mut BTreeMap<&'static str, String>,
    ) {
        match seen {
            OperatorSeen::Deployment(change) => {
                let (store, part) = &mut self.deployment;
                store.apply(change, part, trouble);
                match part.known().map(|list| list.first()) {
                    Some(Some(deployment)) => scene.deployment = deployment.clone(),
                    Some(None) => scene.deployment.awaits = Some("it is gone".to_owned()),
                    None => {}
                }
            }
            OperatorSeen::Pods(change) => self.pods.apply(change, &mut scene.pods, trouble),
            OperatorSeen::Milvuses(change) => self.milvuses.apply(change, &mut scene.milvuses, trouble),
            OperatorSeen::MilvusPods(change) => self.milvus_pods.apply(change, &mut scene.milvus_pods, trouble),
            OperatorSeen::Definition(place, change) => {
                let is_forbidden = matches!(change, Change::Forbidden(_));
                let (store, part) = &mut self.definitions[place];
                store.apply(change, part, trouble);
                let all: Option<Vec<&Vec<Schema>>> = self.definitions.iter().map(|(_, part)| part.known()).collect();
                match all {
                    Some(all) => scene.definitions = Part::Known(all.into_iter().flatten().cloned().collect()),
                    None if is_forbidden => {
                        scene.definitions = Part::Unknown("no right to watch definitions".to_owned());
                    }
                    // Not all of them were listed yet; what was seen before stands until then.
                    None => {}
                }
            }
        }
    }
}
