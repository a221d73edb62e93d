//! The migration of a Helm release, which this program carries out itself: what there is of it, and each write.

use kube::{Api, api::ListParams};
use serde_json::{Value, json};

use super::{
    Cluster, DryRun, Kind, PatchForm, Refusal,
    bare::{Job, Pod, StorageClass},
    migration::{default_class, writing},
    observe::{part, seen},
    view,
};
use crate::snapshot::{Kept, MetadataJob, MigrationScene, Part, REPLICAS_BEFORE, Rewriting, STOPPED_AT, Snapshot};

/// The manager of the fields that are written here.
const MANAGER: &str = "kubectl-milvus";
/// How often a write is tried that somebody else came before: controllers write the status all the time.
const TRIES: usize = 10;

/// What a migration has made.
#[derive(Clone, Debug)]
pub enum Made {
    /// A Job.
    Job(Box<MetadataJob>),
    /// A claim or a Secret.
    Kept(Kept),
}

impl Cluster {
    /// Looks at what this program has made for migrations of a release: six requests, all at once.
    pub async fn look_at_rewriting(&self, snapshot: &mut Snapshot) {
        let milvus = &snapshot.milvus;
        let (namespace, label) = (&milvus.namespace, view::rewriting_labels(&milvus.name));
        let labelled = ListParams::default().labels(&label);
        let classes: Api<StorageClass> = Api::all(self.client.clone());
        let all = ListParams::default();
        let [secret, claim] = [secret_kind(), claim_kind()];
        let (jobs, tasks, secrets, claims, classes, may_migrate) = tokio::join!(
            self.list::<Job>(Some(namespace), &labelled),
            self.list::<Pod>(Some(namespace), &labelled),
            // Of Secrets no value is asked for.
            self.metadata(&secret, Some(namespace), &label),
            self.metadata(&claim, Some(namespace), &label),
            self.read(|| classes.list(&all)),
            self.may_rewrite(namespace),
        );
        let kept = |kind: &str, found: Vec<Value>| -> Vec<Kept> {
            found.iter().map(|object| view::kept(kind, object)).collect()
        };
        let kept =
            secrets.and_then(|secrets| Ok([kept("secret", secrets), kept("persistentvolumeclaim", claims?)].concat()));
        snapshot.migration_scene = Some(MigrationScene {
            migrations: Part::Known(vec![]),
            tasks: seen(tasks, "pods", view::metadata_pod),
            default_class: part(classes, "storageclasses").map(default_class),
            may_migrate: part(may_migrate, "access reviews"),
            before: None,
            rewriting: Some(Rewriting { jobs: seen(jobs, "jobs", view::metadata_job), kept: kept.into() }),
        });
    }

    /// Stops a Deployment, and notes how many pods it had. May be done twice.
    pub async fn stop_deployment(&self, namespace: &str, name: &str, replicas: i64) -> Result<(), Refusal> {
        let notes = json!({REPLICAS_BEFORE: replicas.to_string(), STOPPED_AT: null});
        let patch = json!({"metadata": {"annotations": notes}, "spec": {"replicas": 0}});
        self.patch_named(&deployment_kind(), namespace, name, &patch).await.map(drop)
    }

    /// Notes since when nothing of a stopped Deployment runs. May be done twice: the first word stays.
    pub async fn rest_deployment(&self, namespace: &str, name: &str, since: &str) -> Result<(), Refusal> {
        self.note(namespace, name, &json!({STOPPED_AT: since})).await
    }

    /// Gives a Deployment its replicas back, and then takes the notes away. May be done twice; one that is gone has none.
    pub async fn resume_deployment(&self, namespace: &str, name: &str, replicas: i64) -> Result<(), Refusal> {
        let patch = json!({"spec": {"replicas": replicas}});
        match self.patch_named(&deployment_kind(), namespace, name, &patch).await {
            Err(refusal) if refusal.code == 404 => Ok(()),
            Err(refusal) => Err(refusal),
            Ok(_) => self.note(namespace, name, &json!({REPLICAS_BEFORE: null, STOPPED_AT: null})).await,
        }
    }

    /// Notes something on a Deployment, and gives up to own its replicas: whoever applies it next by the server would meet
    /// a conflict otherwise, and that is Helm.
    async fn note(&self, namespace: &str, name: &str, notes: &Value) -> Result<(), Refusal> {
        let kind = deployment_kind();
        let mut left = TRIES;
        loop {
            left -= 1;
            let Some(live) = self.object(&kind, namespace, name).await? else { return Ok(()) };
            let metadata = &live["metadata"];
            if notes[STOPPED_AT].is_string() && metadata["annotations"][STOPPED_AT].is_string() {
                return Ok(());
            }
            let patch = json!({"metadata": {
                "annotations": notes,
                "managedFields": without_replicas(&metadata["managedFields"]),
                "resourceVersion": metadata["resourceVersion"],
            }});
            match self.patch_named(&kind, namespace, name, &patch).await {
                Err(refusal) if refusal.is_conflict() && left > 0 => {}
                answer => return answer.map(drop),
            }
        }
    }

    /// Ends the pods of a Job, which stays with all that it tells. May be done twice.
    pub async fn suspend_job(&self, namespace: &str, name: &str) -> Result<(), Refusal> {
        let patch = json!({"spec": {"suspend": true}});
        match self.patch_named(&job_kind(), namespace, name, &patch).await {
            Err(refusal) if refusal.code == 404 => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Creates a claim or a Job of a migration. One that is there and of the same migration is the one that was made.
    pub async fn make(&self, object: &Value) -> Result<Made, Refusal> {
        let kind = if object["kind"] == "Job" { job_kind() } else { claim_kind() };
        let (namespace, name) = place(object);
        let made = match self.create(&kind, namespace, object, writing(DryRun::No)).await {
            Err(refusal) if refusal.is_existing() => {
                let found = self.object(&kind, namespace, name).await?;
                found.filter(|found| found["metadata"]["labels"] == object["metadata"]["labels"]).ok_or_else(|| {
                    Refusal::local(format!("{}/{name} is there, and not of this migration", kind.name().to_lowercase()))
                })?
            }
            created => created?,
        };
        Ok(
            match serde_json::from_value(made.clone())
                .ok()
                .filter(|_| object["kind"] == "Job")
                .and_then(view::metadata_job)
            {
                Some(job) => Made::Job(Box::new(job)),
                None => Made::Kept(view::kept("persistentvolumeclaim", &made)),
            },
        )
    }

    /// Writes the Secret of a migration, over an older one of the same. May be done twice.
    pub async fn write_configuration(&self, metadata: &Value, versions: &str, files: &Value) -> Result<Made, Refusal> {
        let kind = secret_kind();
        let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": files});
        object["metadata"]["annotations"][view::VERSIONS] = versions.into();
        let (namespace, name) = place(&object);
        let written = match self.create(&kind, namespace, &object, writing(DryRun::No)).await {
            Err(refusal) if refusal.is_existing() => {
                let found = self.object(&kind, namespace, name).await?;
                let is_ours = |found: &Value| found["metadata"]["labels"] == metadata["labels"];
                if !found.as_ref().is_some_and(is_ours) {
                    return Err(Refusal::local(format!("secret/{name} is there, and not of this migration")));
                }
                self.patch_named(&kind, namespace, name, &object).await?
            }
            created => created?,
        };
        Ok(Made::Kept(view::kept("secret", &written)))
    }

    async fn patch_named(&self, kind: &Kind, namespace: &str, name: &str, patch: &Value) -> Result<Value, Refusal> {
        self.patch_object(kind, (namespace, name), PatchForm::Merge, patch, writing(DryRun::No)).await
    }
}

fn place(object: &Value) -> (&str, &str) {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    (text("namespace"), text("name"))
}

/// The managers of an object but for ours of its replicas.
fn without_replicas(managers: &Value) -> Value {
    let is_ours =
        |entry: &Value| entry["manager"] == MANAGER && entry["fieldsV1"]["f:spec"].get("f:replicas").is_some();
    let kept: Vec<&Value> = managers.as_array().into_iter().flatten().filter(|entry| !is_ours(entry)).collect();
    json!(kept)
}

fn deployment_kind() -> Kind {
    Kind::of("apps", "v1", "Deployment", "deployments")
}

fn job_kind() -> Kind {
    Kind::of("batch", "v1", "Job", "jobs")
}

fn secret_kind() -> Kind {
    Kind::core("Secret", "secrets")
}

fn claim_kind() -> Kind {
    Kind::core("PersistentVolumeClaim", "persistentvolumeclaims")
}
