//! Migrations of metadata: what there is of them, and how one begins.

use kube::{
    Api, Error, ResourceExt,
    api::{ApiResource, DynamicObject, ListParams, ObjectList},
};
use serde_json::{Value, json};

use super::{
    Cluster, DryRun, Kind, PatchForm, Refusal, Writing,
    bare::{Pod, StorageClass},
    observe::{part, seen},
    view,
};
use crate::{
    plan::Action,
    snapshot::{Migration, MigrationScene, Snapshot},
};

/// What marks the class that claims get which name none.
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

impl Cluster {
    /// Looks at the migrations that there are, and at what a new one needs: six requests, all at once.
    pub async fn look_at_migrations(&self, snapshot: &mut Snapshot) {
        let namespace = &snapshot.milvus.namespace;
        let labelled = ListParams::default().labels(view::MIGRATION_LABEL);
        let classes: Api<StorageClass> = Api::all(self.client.clone());
        let all = ListParams::default();
        let (migrations, tasks, classes, may_migrate) = tokio::join!(
            self.migrations(namespace),
            self.list::<Pod>(Some(namespace), &labelled),
            self.read(|| classes.list(&all)),
            self.may_migrate(namespace),
        );
        let migrations = part(migrations, "milvusupgrades");
        snapshot.migration_scene = Some(MigrationScene {
            migrations: migrations.map(|list| list.items.into_iter().map(view::migration).collect()),
            tasks: seen(tasks, "pods", view::task),
            default_class: part(classes, "storageclasses").map(default_class),
            may_migrate: part(may_migrate, "access reviews"),
            before: None,
            rewriting: None,
        });
    }

    /// Of the whole cluster; of the namespace where the caller sees no more.
    async fn migrations(&self, namespace: &str) -> Result<ObjectList<DynamicObject>, Error> {
        let (everywhere, here) = (self.upgrades(None), self.upgrades(Some(namespace)));
        let all = ListParams::default();
        match self.read(|| everywhere.list(&all)).await {
            Err(Error::Api(status)) if status.code == 403 => self.read(|| here.list(&all)).await,
            answer => answer,
        }
    }

    pub(super) fn upgrades(&self, namespace: Option<&str>) -> Api<DynamicObject> {
        let kind = ApiResource {
            group: "milvus.io".into(),
            version: "v1beta1".into(),
            api_version: "milvus.io/v1beta1".into(),
            kind: "MilvusUpgrade".into(),
            plural: "milvusupgrades".into(),
        };
        match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &kind),
            None => Api::all_with(self.client.clone(), &kind),
        }
    }

    /// Begins a migration, or tells one to go back. Both may be done twice.
    pub async fn write_migration(
        &self,
        namespace: &str,
        action: &Action,
        dry_run: DryRun,
    ) -> Result<Migration, Refusal> {
        match action {
            Action::Migrate { migration } => self.begin_migration(migration, dry_run).await,
            Action::Turn { migration } => self.turn_migration(namespace, migration, dry_run).await,
            _ => Err(Refusal::local("this is no step of a migration".to_owned())),
        }
    }

    /// Begins a migration. One of this name that wants the same is the one that was begun.
    async fn begin_migration(&self, object: &Value, dry_run: DryRun) -> Result<Migration, Refusal> {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        match self.create(&upgrade_kind(), namespace, object, writing(dry_run)).await {
            Err(refusal) if refusal.is_existing() => {
                let found = self.object(&upgrade_kind(), namespace, name).await?;
                let same = found.filter(|found| found["spec"]["targetImage"] == object["spec"]["targetImage"]);
                same.map(read).ok_or(refusal)
            }
            created => created.map(read),
        }
    }

    /// Whether a migration of this name is there.
    pub async fn has_migration(&self, namespace: &str, name: &str) -> Result<bool, Refusal> {
        Ok(self.object(&upgrade_kind(), namespace, name).await?.is_some())
    }

    /// Tells a migration to go back.
    async fn turn_migration(&self, namespace: &str, name: &str, dry_run: DryRun) -> Result<Migration, Refusal> {
        let patch = json!({"spec": {"operation": "rollback"}});
        let place = (namespace, name);
        self.patch_object(&upgrade_kind(), place, PatchForm::Merge, &patch, writing(dry_run)).await.map(read)
    }
}

fn upgrade_kind() -> Kind {
    Kind::of("milvus.io", "v1beta1", "MilvusUpgrade", "milvusupgrades")
}

pub(super) fn writing(dry_run: DryRun) -> Writing<'static> {
    Writing { manager: "kubectl-milvus", dry_run, is_strict: true }
}

/// A `MilvusUpgrade` as a write gave it back.
fn read(object: Value) -> Migration {
    view::migration(serde_json::from_value(object).unwrap_or_else(|_| DynamicObject {
        types: None,
        metadata: kube::core::ObjectMeta::default(),
        data: Value::Null,
    }))
}

/// The newest default, which is the one that Kubernetes takes.
pub(super) fn default_class(classes: ObjectList<StorageClass>) -> Option<String> {
    let is_default = |class: &StorageClass| class.annotations().get(DEFAULT_CLASS).is_some_and(|value| value == "true");
    let newest =
        classes.items.into_iter().filter(is_default).max_by_key(|class| class.creation_timestamp().map(|it| it.0));
    newest.map(|class| class.name_any())
}
