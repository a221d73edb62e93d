use super::target::Subject;
use crate::{
    check::Direction,
    cli::HelmArgs,
    cluster::Cluster,
    failure::Failure,
    helm::record::Driver,
    knowledge::Knowledge,
    release::{Storage, look_at_objects, look_at_rendered},
    snapshot::Snapshot,
};

/// Looks at an instance, whichever way it is run, or at the operator itself; for a way back at older revisions too.
pub(super) async fn observe(
    cluster: &Cluster,
    subject: &Subject,
    helm: &HelmArgs,
    knowledge: &Knowledge,
    direction: Direction,
) -> Result<Snapshot, Failure> {
    let namespace = cluster.namespace();
    if !subject.is_release {
        let mut snapshot = Box::pin(cluster.observe(namespace, &subject.name)).await?;
        if knowledge.is_near_migration(snapshot.milvus.current_version().as_ref()) {
            Box::pin(cluster.look_at_migrations(&mut snapshot)).await;
        }
        return Ok(snapshot);
    }
    let driver = Driver::read(&helm.helm_driver).map_err(Failure::usage)?;
    let storage = Storage::new(cluster, driver, namespace);
    if let Some(deployment) = &subject.operator {
        let (release, declared) = storage.look_at_operator(&subject.name).await?.unzip();
        return Box::pin(cluster.observe_operator(deployment, release, declared.unwrap_or_default())).await;
    }
    let keys = knowledge.chart_settings();
    let looked = match direction {
        Direction::Forward | Direction::Migrate | Direction::Join => storage.look_to_change(&subject.name, &keys).await,
        Direction::Back | Direction::Restore => storage.look_back(&subject.name, &keys).await,
    };
    let mut release = match looked {
        Ok(release) => release,
        Err(failure) => {
            let is_recorded = storage.heads(&subject.name).await.map_or(true, |heads| !heads.is_empty());
            let rendered = if is_recorded { None } else { look_at_rendered(cluster, &subject.name).await? };
            rendered.ok_or(failure)?
        }
    };
    release.repositories = HelmArgs::home().addresses().into();
    Box::pin(look_at_objects(cluster, &mut release, namespace)).await;
    let mut snapshot = Box::pin(cluster.observe_release(namespace, &subject.name, release)).await;
    if knowledge.is_near_migration(snapshot.milvus.current_version().as_ref()) {
        Box::pin(cluster.look_at_rewriting(&mut snapshot)).await;
    }
    Ok(snapshot)
}
