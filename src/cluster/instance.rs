use k8s_openapi::api::{apps::v1::Deployment, core::v1::Namespace};
use kube::{Api, Error, ResourceExt, api::ListParams};

use super::{Cluster, error, view};
use crate::{
    failure::Failure,
    knowledge::Knowledge,
    milvus::{Component, Image, Mode},
    rollout::summary,
    snapshot::{Instance, Resource},
};

/// Which instances to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The namespace; `None` is all of them.
    pub namespace: Option<String>,
    /// A label selector; empty is all.
    pub labels: String,
}

impl Cluster {
    /// Whether a Helm release of this name runs Milvus in the namespace.
    pub async fn has_release(&self, name: &str) -> bool {
        let deployments: Api<Deployment> = Api::namespaced(self.client.clone(), &self.namespace);
        let labels = format!("app.kubernetes.io/instance={name},app.kubernetes.io/managed-by=Helm");
        let params = ListParams::default().labels(&labels).limit(50);
        let list = self.read(|| deployments.list_metadata(&params)).await;
        let charts = list.map(|list| list.items).unwrap_or_default();
        charts.iter().any(|part| part.labels().get("helm.sh/chart").and_then(|chart| chart_version(chart)).is_some())
    }

    /// The names of all namespaces.
    pub async fn namespace_names(&self) -> Result<Vec<String>, Failure> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let all = ListParams::default();
        let list = self.read(|| namespaces.list_metadata(&all)).await;
        let list = list.map_err(|error| self.explain(error, "cannot list namespaces"))?;
        Ok(list.items.iter().map(ResourceExt::name_any).collect())
    }

    /// Instances of both ways to run Milvus, in two requests however many there are.
    pub async fn instances(&self, selection: &Selection, knowledge: &Knowledge) -> Result<Vec<Instance>, Failure> {
        let milvuses = self.milvuses(selection.namespace.as_deref());
        let deployments: Api<Deployment> = match &selection.namespace {
            Some(namespace) => Api::namespaced(self.client.clone(), namespace),
            None => Api::all(self.client.clone()),
        };
        let asked = ListParams::default().labels(&selection.labels);
        let parts = ListParams::default().labels("app.kubernetes.io/name=milvus");
        let (resources, deployments) =
            tokio::join!(self.read(|| milvuses.list(&asked)), self.read(|| deployments.list(&parts)));
        let resources = match resources {
            Ok(list) => list.items.into_iter().map(view::resource).collect(),
            // Without the operator there may still be Helm releases.
            Err(missing) if error::is_missing_kind(&missing) => vec![],
            Err(other) => return Err(self.explain(other, "cannot list milvuses")),
        };
        let deployments = deployments.map_err(|error: Error| self.explain(error, "cannot list deployments"))?.items;
        let mut instances: Vec<Instance> =
            resources.iter().map(|milvus| of_resource(milvus, &deployments, knowledge)).collect();
        if selection.labels.is_empty() {
            instances.extend(of_releases(&deployments));
        }
        instances.sort_by(|a, b| (&a.namespace, &a.reference).cmp(&(&b.namespace, &b.reference)));
        Ok(instances)
    }
}

fn of_resource(milvus: &Resource, deployments: &[Deployment], knowledge: &Knowledge) -> Instance {
    let own = deployments.iter().filter(|deployment| {
        deployment.namespace().as_deref() == Some(&milvus.namespace)
            && deployment.labels().get("app.kubernetes.io/instance") == Some(&milvus.name)
            && deployment
                .labels()
                .get("app.kubernetes.io/managed-by")
                .is_some_and(|manager| manager == "milvus-operator")
    });
    let own: Vec<_> = own.cloned().filter_map(view::deployment).collect();
    summary(milvus, &own, knowledge)
}

/// Releases of chart `milvus`, from the labels that the chart puts on its Deployments; one instance a release.
fn of_releases(deployments: &[Deployment]) -> Vec<Instance> {
    let mut found: Vec<Instance> = vec![];
    for deployment in deployments {
        let label = |key: &str| deployment.labels().get(key).map(String::as_str);
        let Some(chart) = label("helm.sh/chart").and_then(chart_version) else { continue };
        let Some(release) =
            label("app.kubernetes.io/instance").filter(|_| label("app.kubernetes.io/managed-by") == Some("Helm"))
        else {
            continue;
        };
        let Some(part) = view::deployment(deployment.clone()) else { continue };
        let (namespace, reference) = (deployment.namespace().unwrap_or_default(), format!("release/{release}"));
        let image: Option<Image> = part.image.parse().ok();
        let version = image.as_ref().and_then(Image::version).map(|version| version.to_string());
        let state = if part.is_complete() { "healthy".to_owned() } else { format!("rolling: {}", part.component) };
        match found.iter_mut().find(|other| other.namespace == namespace && other.reference == reference) {
            Some(known) => {
                known.created = known.created.into_iter().chain(part.created).min();
                if known.state == "healthy" {
                    known.state = state;
                }
                if version.is_some() && known.version != version {
                    known.target = known.version.clone().max(version.clone());
                    known.version = known.version.take().min(version);
                }
            }
            None => found.push(Instance {
                namespace,
                reference,
                manager: format!("helm, {chart}"),
                mode: if part.component == Component::Standalone { Mode::Standalone } else { Mode::Cluster },
                version,
                target: None,
                state,
                created: part.created,
                image: Some(part.image),
            }),
        }
    }
    found
}

/// `milvus-4.2.58` is a chart version of chart milvus; `milvus-operator-1.3.7` is not.
fn chart_version(label: &str) -> Option<String> {
    let version = label.strip_prefix("milvus-")?;
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::chart_version;

    #[test]
    fn the_chart_of_the_operator_is_not_the_chart_of_milvus() {
        assert_eq!(chart_version("milvus-4.2.58").as_deref(), Some("4.2.58"));
        assert_eq!(chart_version("milvus-operator-1.3.7"), None);
    }
}
