use super::target::Subject;
use crate::{
    cli::HelmArgs,
    cluster::Cluster,
    failure::Failure,
    helm::record::Driver,
    knowledge::Knowledge,
    release::{Storage, look_at_objects},
    snapshot::Snapshot,
};

/// Looks at an instance, whichever way it is run.
pub(super) async fn observe(
    cluster: &Cluster,
    subject: &Subject,
    helm: &HelmArgs,
    knowledge: &Knowledge,
) -> Result<Snapshot, Failure> {
    let namespace = cluster.namespace();
    if !subject.is_release {
        return Box::pin(cluster.observe(namespace, &subject.name)).await;
    }
    let driver = Driver::read(&helm.helm_driver).map_err(Failure::usage)?;
    let storage = Storage::new(cluster, driver, namespace);
    let mut release = storage.look(&subject.name, &knowledge.chart_settings()).await?;
    Box::pin(look_at_objects(cluster, &mut release, namespace)).await;
    Ok(Box::pin(cluster.observe_release(namespace, &subject.name, release)).await)
}
