use crate::{
    cluster::{Cluster, Kind},
    failure::Failure,
    helm::resource::{self, Resource},
    plan::{INSTANCE_LABELS, configuration_maps, rendered},
    snapshot::Release,
};

/// What a release without a record has made; nothing where nothing of the chart milvus bears its name.
///
/// # Errors
///
/// Where the objects cannot be listed.
pub async fn look_at_rendered(cluster: &Cluster, name: &str) -> Result<Option<Release>, Failure> {
    let namespace = cluster.namespace();
    let kinds =
        [Kind::of("apps", "v1", "Deployment", "deployments"), Kind::of("apps", "v1", "StatefulSet", "statefulsets")];
    let lists = kinds.iter().flat_map(|kind| {
        INSTANCE_LABELS.map(|label| async move { cluster.labelled(kind, namespace, &format!("{label}={name}")).await })
    });
    let mut objects: Vec<Resource> = vec![];
    for list in futures::future::try_join_all(lists).await? {
        for object in resource::of_json(list).map_err(Failure::failed)? {
            // It may bear both labels.
            if !objects.iter().any(|other| (&other.kind, &other.name) == (&object.kind, &object.name)) {
                objects.push(object);
            }
        }
    }
    let maps = configuration_maps(&objects);
    let kind = Kind::core("ConfigMap", "configmaps");
    let maps = maps.into_iter().map(|map| cluster.object(&kind, namespace, map));
    for map in futures::future::try_join_all(maps).await?.into_iter().flatten() {
        objects.extend(resource::of_json(map).map_err(Failure::failed)?);
    }
    let found = rendered(&objects, namespace).into_iter().find(|found| found.name == name);
    Ok(found.map(|found| found.release))
}
