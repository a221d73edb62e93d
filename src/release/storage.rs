use jiff::Timestamp;

use super::retry::{firmly, insistently};
use crate::{
    cluster::{Cluster, DryRun, Kind, Refusal, Writing},
    exit::Exit,
    failure::Failure,
    helm::record::{Driver, Head, Record, Stamp, key},
};

/// The records of releases in one namespace.
#[derive(Clone)]
pub struct Storage<'a> {
    cluster: &'a Cluster,
    driver: Driver,
    namespace: String,
    kind: Kind,
}

impl<'a> Storage<'a> {
    /// The records of `namespace`, kept as `driver` says.
    pub fn new(cluster: &'a Cluster, driver: Driver, namespace: &str) -> Self {
        let kind = match driver {
            Driver::Secret => Kind::core("Secret", "secrets"),
            Driver::ConfigMap => Kind::core("ConfigMap", "configmaps"),
        };
        Self { cluster, driver, namespace: namespace.to_owned(), kind }
    }

    /// The cluster that they are in.
    pub(super) fn cluster(&self) -> &'a Cluster {
        self.cluster
    }

    /// Where the releases are.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// What the labels tell of all revisions of a release, oldest first. The records themselves, up to a megabyte each,
    /// stay where they are.
    pub async fn heads(&self, name: &str) -> Result<Vec<Head>, Failure> {
        let objects = self.cluster.metadata(&self.kind, Some(&self.namespace), &Driver::selector(name)).await;
        let objects = objects.map_err(|refusal| {
            Failure::from(refusal).context(format!("cannot list the revisions of release `{name}`"))
        })?;
        let mut heads: Vec<Head> = objects.iter().filter_map(Head::read).collect();
        heads.sort_by_key(|head| head.version);
        Ok(heads)
    }

    /// A revision of a release.
    pub async fn record(&self, name: &str, version: i64) -> Result<Record, Failure> {
        let attempt = format!("cannot read revision {version} of release `{name}`");
        let object = self.cluster.object(&self.kind, &self.namespace, &key(name, version)).await;
        let object = object.map_err(|refusal| Failure::from(refusal).context(attempt.clone()))?;
        let object = object.ok_or_else(|| {
            Failure::failed(format!("release `{name}` has no revision {version} in namespace `{}`", self.namespace))
        })?;
        self.driver.record(&object).map_err(|error| Failure::failed(error).context(attempt))
    }

    /// Writes a new record, and says when the server took it. Whoever creates the next revision first holds the release.
    ///
    /// # Errors
    ///
    /// [`is_existing`](Refusal::is_existing) where somebody else came first. Where it
    /// [`may_pass`](Refusal::may_pass), the record may have been written all the same.
    pub(super) async fn create(&self, record: &Record) -> Result<Option<Timestamp>, Refusal> {
        let object = self.object(record, Stamp::Created(Timestamp::now()))?;
        firmly(|| async {
            match self.cluster.create(&self.kind, &self.namespace, &object, WRITING).await {
                Ok(created) => Ok(created_at(&created)),
                // It may be the one whose answer was lost.
                Err(refusal) if refusal.is_existing() => self.taken(record).await?.ok_or(refusal),
                Err(refusal) => Err(refusal),
            }
        })
        .await
    }

    /// Whether this very record is there, and since when: its time tells it from that of anybody else.
    async fn taken(&self, record: &Record) -> Result<Option<Option<Timestamp>>, Refusal> {
        let name = key(&record.name, record.version);
        let Some(object) = self.cluster.object(&self.kind, &self.namespace, &name).await? else { return Ok(None) };
        let is_the_same = self.driver.record(&object).is_ok_and(|found| found.info == record.info);
        Ok(is_the_same.then(|| created_at(&object)))
    }

    /// Writes a record over what is there, whoever wrote it: only the one who holds the release does this.
    pub(super) async fn update(&self, record: &Record) -> Result<(), Refusal> {
        let object = self.object(record, Stamp::Modified(Timestamp::now()))?;
        let name = key(&record.name, record.version);
        insistently(|| self.cluster.replace(&self.kind, &self.namespace, &name, &object, WRITING)).await.map(drop)
    }

    /// Deletes a record; whether there was one.
    pub(super) async fn delete(&self, name: &str, version: i64) -> Result<bool, Refusal> {
        firmly(|| async { self.cluster.delete(&self.kind, &self.namespace, &key(name, version)).await }).await
    }

    /// Fails where a record is larger than what the server keeps.
    pub(super) fn check(record: &Record) -> Result<(), Failure> {
        record.store(Stamp::Created(Timestamp::UNIX_EPOCH)).map(drop).map_err(|error| {
            Failure::new(Exit::Blocked, anyhow::anyhow!(error.text().to_owned()))
                .context(format!("revision {} of release `{}` cannot be kept", record.version, record.name))
        })
    }

    fn object(&self, record: &Record, stamp: Stamp) -> Result<serde_json::Value, Refusal> {
        let stored = record.store(stamp).map_err(|error| Refusal::local(error.to_string()))?;
        Ok(self.driver.object(&stored, &self.namespace))
    }
}

/// When the server says that it was created.
pub(super) fn created_at(object: &serde_json::Value) -> Option<Timestamp> {
    object["metadata"]["creationTimestamp"].as_str()?.parse().ok()
}

/// How records are written: as by Helm, whose requests about them name no manager, so that its user agent counts.
const WRITING: Writing<'_> = Writing { manager: "Helm", dry_run: DryRun::No, is_strict: false };
