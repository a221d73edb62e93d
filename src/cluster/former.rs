use kube::{ResourceExt, api::ListParams};

use super::{Cluster, bare::ReplicaSet, instance_labels};
use crate::{failure::Failure, milvus::Image};

impl Cluster {
    /// The images of Milvus that Deployments of an instance had, as their `ReplicaSets` tell, the latest first. A Deployment
    /// keeps ten of them (`revisionHistoryLimit`).
    pub async fn former_images(&self, namespace: &str, name: &str) -> Result<Vec<Image>, Failure> {
        let own = ListParams::default().labels(&instance_labels(Some(name)));
        let list = self.list::<ReplicaSet>(Some(namespace), &own).await;
        let mut sets = list.map_err(|error| self.explain(error, "cannot list replicasets"))?.items;
        sets.sort_by_key(|set| std::cmp::Reverse(set.creation_timestamp()));
        let images = sets.iter().flat_map(|set| {
            let pod = set.spec.as_ref().and_then(|spec| spec.template.as_ref()?.spec.as_ref());
            let containers = pod.map(|pod| pod.containers.as_slice()).unwrap_or_default();
            containers.iter().filter_map(|container| container.image.as_ref()?.parse::<Image>().ok())
        });
        Ok(images.filter(|image| image.version().is_some()).collect())
    }
}
