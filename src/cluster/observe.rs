use http::Request;
use jiff::Timestamp;
use k8s_openapi::NamespaceResourceScope;
use kube::{
    Api, Error, Resource,
    api::{ListParams, ObjectList},
};
use serde::de::DeserializeOwned;

use super::{
    Cluster, Selection,
    bare::{Deployment, Event, Node},
    error,
    group::{Deployed, Groups, by_instance, by_namespace},
    instance_labels,
    operator::OPERATOR_LABELS,
    owner::Owner,
    release_labels,
    surrounding::{Far, Near, Reason},
    view,
};
use crate::{
    failure::Failure,
    milvus::Component,
    snapshot::{
        Autoscaler, Definition, Event as SeenEvent, Node as SeenNode, Operator, Part, Pod as SeenPod, Release,
        Resource as Milvus, Snapshot, Workload,
    },
};

/// The most warnings of a namespace that are looked at.
const EVENTS: u32 = 500;

/// What is looked at: one instance, or all of a namespace or cluster. It takes as many requests either way.
struct Scope<'a> {
    namespace: Option<&'a str>,
    name: Option<&'a str>,
}

impl Cluster {
    /// Everything that rules look at, of one instance: fifteen requests, all at once, and then at most seven more for
    /// what the instance has, one for each right of the operator, and one for each right that is not to be seen at once.
    pub async fn observe(&self, namespace: &str, name: &str) -> Result<Snapshot, Failure> {
        let scope = Scope { namespace: Some(namespace), name: Some(name) };
        let (milvus, mut around) = tokio::join!(self.milvus(namespace, name), Box::pin(self.look_around(&scope)));
        let milvuses = [milvus?];
        let reason = around.reason(&scope, &milvuses, false);
        let (far, operators) =
            tokio::join!(Box::pin(self.far(&around.near, &reason)), self.with_rights(&around.operators, &scope));
        around.operators = operators;
        let [milvus] = milvuses;
        Ok(around.snapshot(milvus, &far))
    }

    /// The same of every instance that fits, with as many requests as for one.
    pub async fn observe_all(&self, selection: &Selection) -> Result<Vec<Snapshot>, Failure> {
        let scope = Scope { namespace: selection.namespace.as_deref(), name: None };
        let (milvuses, mut around) = tokio::join!(self.resources(selection), Box::pin(self.look_around(&scope)));
        let milvuses = milvuses?;
        let are_all = selection.namespace.is_none() && selection.labels.is_empty();
        let reason = around.reason(&scope, &milvuses, are_all);
        let (far, operators) =
            tokio::join!(Box::pin(self.far(&around.near, &reason)), self.with_rights(&around.operators, &scope));
        around.operators = operators;
        Ok(milvuses.into_iter().map(|milvus| around.snapshot(milvus, &far)).collect())
    }

    /// Everything that rules look at, of a Helm release whose records were read: twelve requests, all at once, and
    /// then at most eight more for what the release has.
    pub async fn observe_release(&self, namespace: &str, name: &str, mut release: Release) -> Snapshot {
        let labels = ListParams::default().labels(&release_labels(name));
        let all = ListParams::default();
        let (deployments, pods, events, autoscalers, nodes, unrecordable, near, version) = tokio::join!(
            self.groups(Some(namespace), &labels, by_instance, |object| Some(Deployed::new(object))),
            self.groups(Some(namespace), &labels, by_instance, view::pod),
            self.warnings(Some(namespace)),
            self.groups(Some(namespace), &all, by_namespace, view::autoscaler),
            self.nodes(),
            self.unrecordable(Some(namespace)),
            self.near(Some(namespace)),
            self.read(|| self.client.apiserver_version()),
        );
        let mut deployments = part(deployments, "deployments");
        let reason = Reason {
            namespace: Some(namespace),
            name: Some(name),
            deployments: &deployments,
            definition: None,
            milvuses: &[],
            places: &release.places,
            are_all: false,
        };
        let far = Box::pin(self.far(&near, &reason)).await;
        let own: &[Deployed] = deployments.known().map_or(&[], |groups| groups.of(namespace, name));
        let surroundings = near
            .around(&far, &Owner { namespace, name, milvus: None, places: release.places.clone(), deployments: own });
        release.kept_queue = kept_queue(own);
        let workload = Workload {
            taken: Timestamp::now(),
            deployments: taken(&mut deployments, namespace, name, |it| it.seen),
            pods: taken(&mut part(pods, "pods"), namespace, name, Some),
            events: taken(&mut part(events, "events"), namespace, "", Some),
            autoscalers: taken(&mut part(autoscalers, "horizontalpodautoscalers"), namespace, "", Some),
            nodes: seen(nodes, "nodes", |node| Some(view::node(node))),
        };
        Snapshot {
            kubernetes: part(version, "versions").map(|version| version.git_version),
            milvus: release.as_resource(namespace, name, &workload),
            release: Some(release),
            operator_scene: None,
            migration_scene: None,
            pulsar_scene: None,
            operators: Part::Known(vec![]),
            definition: Part::default(),
            workload,
            etcd_chart: Part::default(),
            may_patch: Part::default(),
            unwatchable: Part::default(),
            unrecordable: part(unrecordable, "access reviews"),
            surroundings,
        }
    }

    /// Operators with what their accounts may not do in the namespace, or anywhere where none is named.
    async fn with_rights(&self, operators: &Part<Vec<Operator>>, scope: &Scope<'_>) -> Part<Vec<Operator>> {
        let Part::Known(operators) = operators else { return operators.clone() };
        let asked = operators.iter().map(|operator| async {
            let lacks = if scope.namespace.is_none() && operator.watch_namespaces.is_some() {
                Part::Unknown("its rights are in some namespaces only; look at one instance".to_owned())
            } else {
                self.lacking(operator, scope.namespace).await
            };
            Operator { lacks, ..operator.clone() }
        });
        Part::Known(futures::future::join_all(asked).await)
    }

    async fn look_around(&self, scope: &Scope<'_>) -> Around {
        let own = ListParams::default().labels(&instance_labels(scope.name));
        let operator = ListParams::default().labels(OPERATOR_LABELS);
        let all = ListParams::default();
        let namespace = scope.namespace;
        let (deployments, pods, events, autoscalers, near, operators, nodes, definition, rights, version) = tokio::join!(
            self.groups(namespace, &own, by_instance, |object| Some(Deployed::new(object))),
            self.groups(namespace, &own, by_instance, view::pod),
            self.warnings(namespace),
            self.groups(namespace, &all, by_namespace, view::autoscaler),
            self.near(namespace),
            self.list::<Deployment>(None, &operator),
            self.nodes(),
            self.definition(),
            self.rights(namespace, scope.name),
            self.read(|| self.client.apiserver_version()),
        );
        Around {
            kubernetes: part(version, "versions").map(|version| version.git_version),
            operators: seen(operators, "deployments in all namespaces", view::operator),
            definition: part(definition, "customresourcedefinitions").map(Into::into),
            deployments: part(deployments, "deployments"),
            pods: part(pods, "pods"),
            events: part(events, "events"),
            autoscalers: part(autoscalers, "horizontalpodautoscalers"),
            nodes: seen(nodes, "nodes", |node| {
                let mut node = view::node(node);
                if scope.name.is_none() {
                    // Each of many instances would keep the same long list.
                    node.images.clear();
                }
                Some(node)
            }),
            near,
            may_patch: part(rights.may_patch, "access reviews"),
            unwatchable: part(rights.unwatchable, "access reviews"),
            unrecordable: part(rights.unrecordable, "access reviews"),
        }
    }

    pub(super) async fn list<K>(&self, namespace: Option<&str>, params: &ListParams) -> Result<ObjectList<K>, Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug,
    {
        let api: Api<K> = match namespace {
            Some(namespace) => Api::namespaced(self.client.clone(), namespace),
            None => Api::all(self.client.clone()),
        };
        self.read(|| api.list(params)).await
    }

    /// Warnings by namespace: some hundred at most, of however many instances.
    async fn warnings(&self, namespace: Option<&str>) -> Result<Groups<SeenEvent>, Error> {
        let params = ListParams::default().fields("type=Warning").limit(EVENTS);
        let list = self.list::<Event>(namespace, &params).await?;
        let mut groups = Groups::none();
        for event in list.items {
            let place = event.metadata.namespace.clone().unwrap_or_default();
            groups.put(place, String::new(), view::event(event));
        }
        Ok(groups)
    }

    async fn nodes(&self) -> Result<ObjectList<Node>, Error> {
        let api: Api<Node> = Api::all(self.client.clone());
        let params = ListParams::default();
        self.read(|| api.list(&params)).await
    }

    /// Read without keeping the whole schema: it is a quarter of a megabyte of descriptions.
    async fn definition(&self) -> Result<view::BareDefinition, Error> {
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/milvuses.milvus.io";
        let request = || Request::get(path).body(vec![]).map_err(Error::HttpError);
        self.read(|| async { self.client.request(request()?).await }).await
    }
}

/// What surrounds the instances of a scope, not yet told apart by instance.
struct Around {
    kubernetes: Part<String>,
    operators: Part<Vec<Operator>>,
    definition: Part<Definition>,
    deployments: Part<Groups<Deployed>>,
    pods: Part<Groups<SeenPod>>,
    events: Part<Groups<SeenEvent>>,
    autoscalers: Part<Groups<Autoscaler>>,
    nodes: Part<Vec<SeenNode>>,
    near: Near,
    may_patch: Part<bool>,
    unwatchable: Part<Vec<String>>,
    unrecordable: Part<Vec<String>>,
}

impl Around {
    /// What makes a second look worth its requests.
    fn reason<'a>(&'a self, scope: &Scope<'a>, milvuses: &'a [Milvus], are_all: bool) -> Reason<'a> {
        let (namespace, name, definition) = (scope.namespace, scope.name, self.definition.known());
        Reason { namespace, name, deployments: &self.deployments, definition, milvuses, places: &[], are_all }
    }

    /// The part of it that concerns one instance, which is not kept here any longer.
    fn snapshot(&mut self, milvus: Milvus, far: &Far) -> Snapshot {
        let (namespace, name) = (milvus.namespace.as_str(), milvus.name.as_str());
        let own: &[Deployed] = self.deployments.known().map_or(&[], |groups| groups.of(namespace, name));
        let owner = Owner { namespace, name, milvus: Some(&milvus), places: milvus.places(), deployments: own };
        let surroundings = self.near.around(far, &owner);
        Snapshot {
            kubernetes: self.kubernetes.clone(),
            operators: self.operators.clone(),
            definition: self.definition.clone(),
            workload: Workload {
                taken: Timestamp::now(),
                deployments: taken(&mut self.deployments, namespace, name, |it| it.seen),
                pods: taken(&mut self.pods, namespace, name, Some),
                events: self.events.as_ref().map(|groups| groups.of(namespace, "").to_vec()),
                autoscalers: self.autoscalers.as_ref().map(|groups| groups.of(namespace, "").to_vec()),
                nodes: self.nodes.clone(),
            },
            release: None,
            operator_scene: None,
            migration_scene: None,
            pulsar_scene: None,
            etcd_chart: self.near.etcd_chart(namespace, &format!("{name}-etcd")),
            may_patch: self.may_patch.clone(),
            unwatchable: self.unwatchable.clone(),
            unrecordable: self.unrecordable.clone(),
            surroundings,
            milvus,
        }
    }
}

/// The queue that charts from 5.0.0 on keep for a standalone (`_helpers.tpl`, `milvus.standalone.messageQueue`).
fn kept_queue(deployments: &[Deployed]) -> Option<String> {
    let mut seen = deployments.iter().filter_map(|deployment| deployment.seen.as_ref());
    let standalone = seen.find(|deployment| deployment.component == Component::Standalone)?;
    standalone.annotations.get("milvus.io/message-queue").cloned()
}

/// What belongs to an instance, as the snapshot has it, taken out of what was read of all.
fn taken<T, S>(part: &mut Part<Groups<T>>, namespace: &str, name: &str, view: impl Fn(T) -> Option<S>) -> Part<Vec<S>> {
    match part {
        Part::Known(groups) => Part::Known(groups.take(namespace, name).into_iter().filter_map(view).collect()),
        Part::Unknown(reason) => Part::Unknown(reason.clone()),
    }
}

pub(super) fn part<T>(result: Result<T, Error>, what: &str) -> Part<T> {
    result.map_err(|error| error::reason(&error, what)).into()
}

pub(super) fn seen<K: Clone, T>(
    result: Result<ObjectList<K>, Error>,
    what: &str,
    view: impl Fn(K) -> Option<T>,
) -> Part<Vec<T>> {
    part(result, what).map(|list| list.items.into_iter().filter_map(view).collect())
}
