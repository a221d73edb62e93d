//! Where charts come from: directories and archives, HTTP repositories, registries, and what helm itself has stored.
//!
//! | module | what it holds |
//! |---|---|
//! | `access` | who asks, and how far a server is trusted |
//! | `archive` | an archive and its digest |
//! | `challenge` | the token that a registry asks for |
//! | `credential` | what `helm registry login` and `docker login` have stored |
//! | `directory` | charts on this machine |
//! | `fault` | why something could not be fetched |
//! | `fetch` | HTTP, with limits |
//! | `home` | helm's own files: repositories, cached indexes and archives |
//! | `mask` | addresses without secrets |
//! | `place` | what was typed as a chart |
//! | `reference` | what `oci://…` names |
//! | `registry` | `oci://` |
//! | `repository` | `index.yaml` |
//!
//! Credentials go to the scheme, host and port that they are for, and nowhere else. What comes over a network is
//! bounded in size and time. Nothing is written: helm's caches are read only.

mod access;
mod archive;
mod challenge;
mod credential;
mod directory;
mod fault;
mod fetch;
mod home;
mod mask;
mod place;
mod reference;
mod registry;
mod repository;

use std::time::Duration;

pub use access::{Access, Secret};
pub use home::Home;

use crate::{
    failure::Failure,
    helm::{
        chart::{Chart, MAXIMUM_SIZE},
        index::Entry,
    },
};
use place::Place;

/// Which chart is wanted, and how to get at it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// A directory, an archive, `REPO/NAME` of helm's own repositories, `oci://…`, the address of a `.tgz`, or, with
    /// [`repository`](Self::repository), a name.
    pub chart: Option<String>,
    /// A version or a constraint; without it the newest release. Files and addresses of archives have no other.
    pub version: Option<String>,
    /// The address of an HTTP repository.
    pub repository: Option<String>,
    /// Who asks, and how far a server is trusted.
    pub access: Access,
    /// Helm's own files.
    pub home: Home,
    /// How long and how large answers may be.
    pub limits: Limits,
}

/// How long and how large answers may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// Without a byte.
    pub silence: Duration,
    /// For a whole answer.
    pub whole: Duration,
    /// Of an index, in bytes.
    pub index: u64,
    /// Of a packaged chart, in bytes.
    pub archive: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            whole: Duration::from_mins(10),
            index: 64 << 20,
            archive: MAXIMUM_SIZE,
        }
    }
}

/// A chart that was found.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The chart.
    pub chart: Chart,
    /// Where it came from, for people; without secrets.
    pub origin: String,
    /// `sha256:` and the digest of the archive; `None` for a directory.
    pub digest: Option<String>,
    /// What people should know of it: another version than the one named, an index of yesterday.
    pub notes: Vec<String>,
}

/// A version of a chart that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Available {
    /// The chart's version.
    pub version: String,
    /// The version of what it runs; registries do not tell.
    pub app_version: Option<String>,
}

/// The versions of a chart that there are, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The versions.
    pub versions: Vec<Available>,
    /// Where they are, for people; without secrets.
    pub origin: String,
    /// What people should know of them: that they are those of yesterday.
    pub notes: Vec<String>,
}

/// Finds a chart and reads it.
///
/// # Errors
///
/// Where it is not there, is not what it should be, or cannot be reached; hints say how to go on without a network.
pub async fn load(request: &Request) -> Result<Loaded, Failure> {
    match Place::of(request)? {
        Place::File(path) => directory::load(&path),
        Place::Archive(url) => repository::load_archive(request, &url).await,
        Place::Registry(reference) => registry::load(request, &request.access, reference).await,
        Place::Repository { repository, chart } => repository::load(request, &repository, &chart).await,
    }
}

/// Says which versions of a chart there are, as `helm search repo --versions` does; prereleases are among them. Those
/// that do not satisfy [`version`](Request::version), where it is given, are left out.
///
/// # Errors
///
/// As of [`load`].
pub async fn versions(request: &Request) -> Result<Listing, Failure> {
    match Place::of(request)? {
        Place::File(path) => {
            let loaded = directory::load(&path)?;
            Ok(Listing {
                versions: vec![Available::of(&loaded.chart.metadata)],
                origin: loaded.origin,
                notes: loaded.notes,
            })
        }
        Place::Archive(url) => {
            let loaded = repository::load_archive(request, &url).await?;
            let versions = vec![Available::of(&loaded.chart.metadata)];
            Ok(Listing { versions, origin: loaded.origin, notes: loaded.notes })
        }
        Place::Registry(reference) => registry::versions(request, reference).await,
        Place::Repository { repository, chart } => repository::versions(request, &repository, &chart).await,
    }
}

impl Available {
    fn of(metadata: &crate::helm::chart::Metadata) -> Self {
        Self { version: metadata.version.clone(), app_version: Some(metadata.app_version.clone()) }
    }

    fn of_entry(entry: &Entry) -> Self {
        Self::of(&entry.metadata)
    }
}
