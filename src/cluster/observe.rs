use http::Request;
use jiff::Timestamp;
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::{Deployment, StatefulSet},
        autoscaling::v2::HorizontalPodAutoscaler,
        core::v1::{Event, Node, Pod},
    },
};
use kube::{
    Api, Error,
    api::{DynamicObject, ListParams, ObjectList},
    core::Resource,
};
use serde::de::DeserializeOwned;

use super::{Cluster, error, instance_labels, view};
use crate::{
    failure::Failure,
    snapshot::{Part, Resource as Milvus, Snapshot},
};

/// The most warnings of a namespace that are looked at; the newest matter, and they come last.
const EVENTS: u32 = 500;

impl Cluster {
    /// Everything that rules look at, of one instance: eleven requests, all at once.
    pub async fn observe(&self, namespace: &str, name: &str) -> Result<Snapshot, Failure> {
        let instance = ListParams::default().labels(&instance_labels(name));
        let operator = ListParams::default().labels("app.kubernetes.io/name=milvus-operator");
        let etcd = ListParams::default().labels(&format!("app.kubernetes.io/instance={name}-etcd"));
        let warnings = ListParams::default().fields("type=Warning").limit(EVENTS);
        let all = ListParams::default();
        let (milvus, deployments, pods, events, autoscalers, etcd, operators, nodes, definition, may_patch, version) = tokio::join!(
            self.milvus(namespace, name),
            self.list::<Deployment>(namespace, &instance),
            self.list::<Pod>(namespace, &instance),
            self.list::<Event>(namespace, &warnings),
            self.list::<HorizontalPodAutoscaler>(namespace, &all),
            self.list::<StatefulSet>(namespace, &etcd),
            self.list_all(&operator),
            self.nodes(),
            self.definition(),
            self.may_patch(namespace, name),
            self.read(|| self.client.apiserver_version()),
        );
        Ok(Snapshot {
            taken: Timestamp::now(),
            kubernetes: part(version, "versions").map(|version| version.git_version),
            milvus: milvus?,
            operators: part(operators, "deployments of all namespaces")
                .map(|list: ObjectList<Deployment>| list.items.into_iter().filter_map(view::operator).collect()),
            definition: part(definition, "customresourcedefinitions").map(Into::into),
            deployments: part(deployments, "deployments")
                .map(|list| list.items.into_iter().filter_map(view::deployment).collect()),
            pods: part(pods, "pods").map(|list| list.items.into_iter().filter_map(view::pod).collect()),
            events: part(events, "events").map(|list| list.items.into_iter().map(view::event).collect()),
            autoscalers: part(autoscalers, "horizontalpodautoscalers")
                .map(|list| list.items.into_iter().filter_map(view::autoscaler).collect()),
            nodes: part(nodes, "nodes").map(|list| list.items.into_iter().map(view::node).collect()),
            etcd_chart: part(etcd, "statefulsets").map(|list| list.items.iter().find_map(etcd_chart)),
            may_patch: part(may_patch, "access reviews"),
        })
    }

    /// The resource alone; where the name is not there, the nearest ones are named.
    pub async fn milvus(&self, namespace: &str, name: &str) -> Result<Milvus, Failure> {
        let milvuses = self.milvuses(namespace);
        match self.read(|| milvuses.get(name)).await {
            Ok(object) => Ok(view::resource(object)),
            Err(error) if is_missing_name(&error) => Err(self.no_such_name(namespace, name).await),
            Err(error) => Err(self.explain(error, &format!("cannot read milvus/{name} in namespace `{namespace}`"))),
        }
    }

    async fn no_such_name(&self, namespace: &str, name: &str) -> Failure {
        let failure = Failure::failed(format!("no Milvus named `{name}` in namespace `{namespace}`"));
        let all: Api<DynamicObject> = Api::all_with(self.client.clone(), &super::milvus_kind());
        let params = ListParams::default();
        let everywhere = self.read(|| all.list_metadata(&params)).await;
        let here = self.milvuses(namespace);
        let list = match everywhere {
            Ok(list) => Ok(list),
            Err(_) => self.read(|| here.list_metadata(&params)).await,
        };
        let Ok(list) = list else { return failure.hint("look with `kubectl milvus get -A`") };
        let mut found: Vec<(f64, String, String)> = list
            .items
            .into_iter()
            .filter_map(|object| {
                let (other, place) = (object.metadata.name?, object.metadata.namespace?);
                Some((strsim::jaro_winkler(name, &other), place, other))
            })
            .filter(|(likeness, place, _)| *likeness > 0.7 || place == namespace)
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let spelled = |(_, place, other): &(f64, String, String)| {
            if place == namespace { format!("`{other}`") } else { format!("`{other} -n {place}`") }
        };
        match found.as_slice() {
            [] => failure.hint("there is none in this namespace; look with `kubectl milvus get -A`"),
            [one] => failure.hint(format!("did you mean {}?", spelled(one))),
            many => {
                let names: Vec<String> = many.iter().take(5).map(spelled).collect();
                failure.hint(format!("did you mean one of {}?", names.join(", ")))
            }
        }
    }

    async fn list<K>(&self, namespace: &str, params: &ListParams) -> Result<ObjectList<K>, Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        self.read(|| api.list(params)).await
    }

    async fn list_all(&self, params: &ListParams) -> Result<ObjectList<Deployment>, Error> {
        let api: Api<Deployment> = Api::all(self.client.clone());
        self.read(|| api.list(params)).await
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

/// The version of the chart that made this set of pods, from its label `helm.sh/chart: etcd-6.3.3`.
fn etcd_chart(set: &StatefulSet) -> Option<String> {
    let chart = set.meta().labels.as_ref()?.get("helm.sh/chart")?;
    chart.strip_prefix("etcd-").map(str::to_owned)
}

fn part<T>(result: Result<T, Error>, what: &str) -> Part<T> {
    result.map_err(|error| error::reason(&error, what)).into()
}

fn is_missing_name(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 404) && !error::is_missing_kind(error)
}
