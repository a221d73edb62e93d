use std::{future::Future, time::Duration};

use serde_json::{Value, json};

use super::{Cluster, DryRun, Kind, Refusal, Writing};
use crate::{
    failure::Failure,
    journal::{Before, Head, Journal, Subject},
    snapshot::Resource,
};

/// Between the tries of a write. A record that is not written is missed by whoever comes next.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(800), Duration::from_secs(2), Duration::from_secs(4)];

/// How our own objects are written.
pub(super) const WRITING: Writing<'_> = Writing { manager: "kubectl-milvus", dry_run: DryRun::No, is_strict: false };

/// A run that is written down, and the version of its Secret: only who wrote last writes again.
#[derive(Clone, Debug)]
pub struct Written {
    version: String,
}

impl Cluster {
    /// What the metadata tell of the runs of an instance, the oldest first. The runs themselves stay where they are.
    pub async fn journal_heads(&self, subject: &Subject) -> Result<Vec<Head>, Refusal> {
        let objects = self.metadata(&secrets(), Some(&subject.namespace), &subject.selector()).await?;
        Ok(subject.heads(&objects))
    }

    /// A run; `None` where it is gone.
    pub async fn journal(&self, subject: &Subject, head: &Head) -> Result<Option<(Journal, Written)>, Failure> {
        let attempt = format!("cannot read the run in secret/{} of namespace `{}`", head.key, subject.namespace);
        let object = self.object(&secrets(), &subject.namespace, &head.key).await;
        let object = object.map_err(|refusal| Failure::from(refusal).context(attempt.clone()))?;
        let Some(object) = object else { return Ok(None) };
        let journal = Journal::read(&object).map_err(|reason| Failure::failed(reason).context(attempt))?;
        Ok(Some((journal, written(&object))))
    }

    /// Writes a new run down.
    pub async fn create_journal(&self, journal: &Journal) -> Result<Written, Refusal> {
        let object = journal.object().map_err(Refusal::local)?;
        let namespace = &journal.subject.namespace;
        again(|| async {
            match self.create(&secrets(), namespace, &object, WRITING).await {
                // The answer of an earlier try was lost.
                Err(refusal) if refusal.is_existing() => self.own(journal).await?.ok_or(refusal),
                created => created.map(|created| written(&created)),
            }
        })
        .await
    }

    /// Writes a run over what was written last.
    ///
    /// # Errors
    ///
    /// [`is_conflict`](Refusal::is_conflict) where somebody else goes on with it.
    pub async fn write_journal(&self, journal: &Journal, last: &Written) -> Result<Written, Refusal> {
        match self.replace_journal(journal, &last.version).await {
            // The answer of an earlier try was lost, or somebody else goes on with it.
            Err(refusal) if refusal.is_conflict() => match self.own(journal).await? {
                Some(found) => self.replace_journal(journal, &found.version).await,
                None => Err(refusal),
            },
            replaced => replaced,
        }
    }

    async fn replace_journal(&self, journal: &Journal, version: &str) -> Result<Written, Refusal> {
        let mut object = journal.object().map_err(Refusal::local)?;
        object["metadata"]["resourceVersion"] = version.into();
        let (kind, namespace, key) = (secrets(), &journal.subject.namespace, journal.key());
        let replaced = again(|| self.replace(&kind, namespace, &key, &object, WRITING)).await?;
        Ok(written(&replaced))
    }

    /// Deletes runs; one that is gone already is no failure.
    pub async fn delete_journals(&self, namespace: &str, keys: &[String]) -> Result<(), Refusal> {
        let kind = secrets();
        for key in keys {
            again(|| self.delete(&kind, namespace, key)).await?;
        }
        Ok(())
    }

    /// The resource as it is now, with everything in it, for the journal; also its generation.
    pub async fn before(&self, milvus: &Resource) -> Result<Before, Failure> {
        let milvuses = self.milvuses(Some(&milvus.namespace));
        let attempt = format!("cannot read {} in namespace `{}`", milvus.reference(), milvus.namespace);
        let object = self.read(|| milvuses.get(&milvus.name)).await.map_err(|error| self.explain(error, &attempt))?;
        Ok(Before::Milvus {
            uid: object.metadata.uid.unwrap_or_default(),
            generation: object.metadata.generation.unwrap_or_default(),
            annotations: json!(object.metadata.annotations.unwrap_or_default()),
            spec: object.spec,
        })
    }

    /// What is there, where nobody has gone on with the run since.
    async fn own(&self, journal: &Journal) -> Result<Option<Written>, Refusal> {
        let object = self.object(&secrets(), &journal.subject.namespace, &journal.key()).await?;
        let begun = |journal: &Journal| journal.sessions.last().map(|session| (session.host.clone(), session.begun));
        let is_own = |object: &Value| Journal::read(object).is_ok_and(|found| begun(&found) == begun(journal));
        Ok(object.filter(is_own).map(|object| written(&object)))
    }
}

fn secrets() -> Kind {
    Kind::core("Secret", "secrets")
}

fn written(object: &Value) -> Written {
    Written { version: object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned() }
}

async fn again<T, R: Future<Output = Result<T, Refusal>>>(write: impl Fn() -> R) -> Result<T, Refusal> {
    for pause in PAUSES {
        match write().await {
            Err(refusal) if refusal.may_pass() => tokio::time::sleep(pause).await,
            answer => return answer,
        }
    }
    write().await
}
