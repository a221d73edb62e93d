use jiff::Timestamp;

use crate::{
    cluster::{Cluster, DryRun, Kind, Refusal, Writing},
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

    /// Writes a new record. Whoever creates the next revision first holds the release.
    pub(super) async fn create(&self, record: &Record) -> Result<(), Refusal> {
        let object = self.object(record, Stamp::Created(Timestamp::now()))?;
        self.cluster.create(&self.kind, &self.namespace, &object, WRITING).await.map(drop)
    }

    /// Writes a record over what is there, whoever wrote it: only the one who holds the release does this.
    pub(super) async fn update(&self, record: &Record) -> Result<(), Refusal> {
        let object = self.object(record, Stamp::Modified(Timestamp::now()))?;
        let name = key(&record.name, record.version);
        self.cluster.replace(&self.kind, &self.namespace, &name, &object, WRITING).await.map(drop)
    }

    /// Deletes a record; whether there was one.
    pub(super) async fn delete(&self, name: &str, version: i64) -> Result<bool, Refusal> {
        self.cluster.delete(&self.kind, &self.namespace, &key(name, version)).await
    }

    fn object(&self, record: &Record, stamp: Stamp) -> Result<serde_json::Value, Refusal> {
        let stored = record.store(stamp).map_err(|error| Refusal::local(error.to_string()))?;
        Ok(self.driver.object(&stored, &self.namespace))
    }
}

/// How records are written: as by Helm, whose requests about them name no manager, so that its user agent counts.
const WRITING: Writing<'_> = Writing { manager: "Helm", dry_run: DryRun::No, is_strict: false };
