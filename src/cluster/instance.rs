use kube::{Api, ResourceExt, api::ListParams};

use super::{
    Cluster,
    bare::{Deployment, Namespace},
    error,
    group::{Groups, by_instance},
    view,
};
use crate::{
    failure::Failure,
    knowledge::Knowledge,
    milvus::{Component, Image, Mode},
    rollout::summary,
    snapshot::{Deployment as Part, Instance, Resource},
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
        let parts = ListParams::default().labels("app.kubernetes.io/name=milvus");
        let (resources, deployments) = tokio::join!(
            self.some_milvuses(selection),
            self.groups(selection.namespace.as_deref(), &parts, by_instance, view::deployment),
        );
        let resources = match resources {
            // Without the operator there may still be Helm releases.
            Err(missing) if error::is_missing_kind(&missing) => vec![],
            other => other.map_err(|error| self.explain(error, "cannot list milvuses"))?,
        };
        let deployments = deployments.map_err(|error| self.explain(error, "cannot list deployments"))?;
        let mut instances: Vec<Instance> =
            resources.iter().map(|milvus| of_resource(milvus, &deployments, knowledge)).collect();
        if selection.labels.is_empty() {
            let releases = deployments.entries().filter(|(_, release, _)| !release.is_empty());
            instances.extend(releases.filter_map(|(namespace, release, own)| of_release(namespace, release, own)));
        }
        instances.sort_by(|a, b| (&a.namespace, &a.reference).cmp(&(&b.namespace, &b.reference)));
        Ok(instances)
    }
}

fn is_managed_by(deployment: &Part, manager: &str) -> bool {
    deployment.labels.get("app.kubernetes.io/managed-by").is_some_and(|label| label == manager)
}

fn of_resource(milvus: &Resource, deployments: &Groups<Part>, knowledge: &Knowledge) -> Instance {
    let own = deployments.of(&milvus.namespace, &milvus.name).iter();
    let own: Vec<Part> = own.filter(|deployment| is_managed_by(deployment, "milvus-operator")).cloned().collect();
    summary(milvus, &own, knowledge)
}

/// A release of chart `milvus`, from the labels that the chart puts on its Deployments; `None` where there are none.
fn of_release(namespace: &str, release: &str, deployments: &[Part]) -> Option<Instance> {
    let mut found: Option<Instance> = None;
    for part in deployments.iter().filter(|deployment| is_managed_by(deployment, "Helm")) {
        let Some(chart) = part.labels.get("helm.sh/chart").and_then(|chart| chart_version(chart)) else { continue };
        let image: Option<Image> = part.image.parse().ok();
        let version = image.as_ref().and_then(Image::version).map(|version| version.to_string());
        let state = if part.is_complete() { "healthy".to_owned() } else { format!("rolling: {}", part.component) };
        match &mut found {
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
            None => {
                found = Some(Instance {
                    namespace: namespace.to_owned(),
                    reference: format!("release/{release}"),
                    manager: format!("helm, {chart}"),
                    mode: if part.component == Component::Standalone { Mode::Standalone } else { Mode::Cluster },
                    version,
                    target: None,
                    state,
                    created: part.created,
                    image: Some(part.image.clone()),
                });
            }
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
