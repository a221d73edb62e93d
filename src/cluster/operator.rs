//! The operator as something that is looked after itself.

use http::Request;
use jiff::Timestamp;
use kube::{
    Api, Error,
    api::{ApiResource, DynamicObject, ListParams, ObjectList},
};

use super::{
    Cluster, Selection,
    bare::Pod,
    error, instance_labels,
    observe::{part, seen},
    view,
};
use crate::{
    failure::Failure,
    snapshot::{
        DEFINITIONS, OperatorDeployment, OperatorScene, Part, Release, Schema, Snapshot, Surroundings, Watched,
        Workload,
    },
};

/// What the operator's chart and manifest put on its objects.
pub(super) const OPERATOR_LABELS: &str = "app.kubernetes.io/name=milvus-operator";

/// What is on every pod of this operator.
pub(super) fn own_labels(operator: &OperatorDeployment) -> String {
    let instance = operator.instance.as_ref().map(|instance| format!(",app.kubernetes.io/instance={instance}"));
    format!("{OPERATOR_LABELS}{}", instance.unwrap_or_default())
}

pub(super) fn deployment_kind() -> ApiResource {
    ApiResource {
        group: "apps".into(),
        version: "v1".into(),
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        plural: "deployments".into(),
    }
}

impl Cluster {
    /// The same server, with another namespace where none is named.
    #[must_use]
    pub fn at(&self, namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), ..self.clone() }
    }

    /// Deployments of operators, of the whole cluster, or of the namespace where the caller may not see more.
    pub async fn operators(&self) -> Result<Vec<OperatorDeployment>, Failure> {
        let params = ListParams::default().labels(OPERATOR_LABELS);
        let found = match self.deployments(None, &params).await {
            Err(Error::Api(status)) if status.code == 403 => self.deployments(Some(self.namespace()), &params).await,
            answer => answer,
        };
        let found = found.map_err(|error| self.explain(error, "cannot list deployments of the operator"))?;
        Ok(found.items.into_iter().filter_map(view::operator_deployment).collect())
    }

    /// Everything that an upgrade of the operator looks at: eight requests, all at once. `release` and `declared` are from
    /// its newest record, where it has one.
    pub async fn observe_operator(
        &self,
        known: &OperatorDeployment,
        release: Option<Release>,
        declared: Vec<Schema>,
    ) -> Result<Snapshot, Failure> {
        let operator = &known.operator;
        let place = Some(operator.namespace.as_str());
        let own = ListParams::default().fields(&format!("metadata.name={}", operator.name));
        let pods = ListParams::default().labels(&own_labels(known));
        let instances = ListParams::default().labels(&instance_labels(None));
        let everywhere = Selection { namespace: None, labels: String::new() };
        let [first, second, third] = DEFINITIONS.map(|name| self.schema(name));
        let definitions = async { tokio::try_join!(first, second, third) };
        let (deployment, pods, milvus_pods, milvuses, definitions, version, unrecordable) = tokio::join!(
            self.deployments(place, &own),
            self.list::<Pod>(place, &pods),
            self.list::<Pod>(None, &instances),
            self.watched(&everywhere),
            definitions,
            self.read(|| self.client.apiserver_version()),
            self.unrecordable(Some(&operator.namespace)),
        );
        let attempt = format!("cannot read deployment/{} in namespace `{}`", operator.name, operator.namespace);
        let deployment = deployment.map_err(|error| self.explain(error, &attempt))?;
        let deployment = deployment.items.into_iter().find_map(view::operator_deployment);
        let deployment = deployment.ok_or_else(|| Failure::failed(format!("{attempt}: it is gone")))?;
        let definitions = part(definitions, "customresourcedefinitions");
        let scene = OperatorScene {
            pods: seen(pods, "pods", |pod| Some(view::operator_pod(pod))),
            definitions: definitions
                .map(|(first, second, third)| [first, second, third].into_iter().flatten().collect()),
            declared,
            milvuses: part(milvuses, "milvuses in all namespaces"),
            milvus_pods: seen(milvus_pods, "pods in all namespaces", view::watched_pod),
            deployment,
        };
        Ok(Snapshot {
            kubernetes: part(version, "versions").map(|version| version.git_version),
            milvus: scene.as_resource(release.as_ref()),
            release,
            operator_scene: Some(scene),
            migration_scene: None,
            pulsar_scene: None,
            operators: Part::Known(vec![]),
            definition: Part::default(),
            workload: Workload {
                taken: Timestamp::now(),
                deployments: Part::Known(vec![]),
                pods: Part::Known(vec![]),
                events: Part::default(),
                autoscalers: Part::default(),
                nodes: Part::default(),
            },
            etcd_chart: Part::default(),
            may_patch: Part::default(),
            unwatchable: Part::default(),
            unrecordable: part(unrecordable, "access reviews"),
            surroundings: Surroundings::default(),
        })
    }

    /// Deployments as they are: whether they are ready is judged by all that they say.
    async fn deployments(
        &self,
        namespace: Option<&str>,
        params: &ListParams,
    ) -> Result<ObjectList<DynamicObject>, Error> {
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &deployment_kind()),
            None => Api::all_with(self.client.clone(), &deployment_kind()),
        };
        self.read(|| api.list(params)).await
    }

    async fn watched(&self, selection: &Selection) -> Result<Vec<Watched>, Error> {
        match self.some_milvuses(selection).await {
            Ok(all) => Ok(all.into_iter().map(view::watched).collect()),
            // Without the definitions there is no instance either.
            Err(error) if error::is_missing_kind(&error) => Ok(vec![]),
            Err(error) => Err(error),
        }
    }

    async fn schema(&self, name: &str) -> Result<Option<Schema>, Error> {
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
        let request = || Request::get(path.as_str()).body(vec![]).map_err(Error::HttpError);
        let ask = || async { self.client.request::<DynamicObject>(request()?).await };
        match self.read(ask).await {
            Ok(object) => Ok(view::schema(object)),
            Err(Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }
}
