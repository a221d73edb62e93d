//! HTTP repositories: an `index.yaml`, and the archives that it names.

use url::Url;

use super::{
    Access, Available, Listing, Loaded, Request, archive,
    fault::{Fault, Kind},
    fetch::{Fetcher, Wanted},
    home::{Cached, Repository},
    mask::shown,
    reference::Reference,
    registry,
};
use crate::{
    failure::Failure,
    helm::index::{self, Choice, Entry, Versions},
};

/// Finds a chart in a repository and reads it.
pub(super) async fn load(request: &Request, repository: &Repository, chart: &str) -> Result<Loaded, Failure> {
    let session = Session::new(request, repository, chart)?;
    let (versions, mut notes) = session.versions().await?;
    let wanted = session.version();
    let choice = index::choose(&versions.entries, wanted).map_err(|error| session.unfound(&error, &versions))?;
    notes.extend(notes_on(choice, chart, wanted));
    let mut loaded = session.fetch(choice.entry).await?;
    loaded.notes.splice(0..0, notes);
    Ok(loaded)
}

/// The versions of a chart in a repository.
pub(super) async fn versions(request: &Request, repository: &Repository, chart: &str) -> Result<Listing, Failure> {
    let session = Session::new(request, repository, chart)?;
    let (found, notes) = session.versions().await?;
    let is_wanted = |entry: &&Entry| {
        session.version().is_empty() || index::choose(std::slice::from_ref(*entry), session.version()).is_ok()
    };
    let versions: Vec<_> = found.entries.iter().filter(is_wanted).map(Available::of_entry).collect();
    if versions.is_empty() {
        index::choose(&found.entries, session.version()).map_err(|error| session.unfound(&error, &found))?;
    }
    Ok(Listing { versions, origin: format!("{chart} of {}", shown(&repository.url)), notes })
}

/// Reads the archive at an address.
pub(super) async fn load_archive(request: &Request, url: &Url) -> Result<Loaded, Failure> {
    let mut url = url.clone();
    let own = request.access.taking_from(&mut url);
    // Where helm knows the repository that it lies in, it knows how to get at it.
    let access = match request.home.repository_of(&url) {
        Some(repository) => own.or(&repository.access),
        None => own,
    };
    let fetcher = Fetcher::new(&access, request.limits, &url)?;
    match fetcher.fetch(&url, access.credentials(), Wanted::Archive).await {
        Ok(bytes) => archive::read(&bytes, shown(&url)),
        Err(fault) => Err(fault.failure(&bring(&url))),
    }
}

/// What a request has to do with one repository.
struct Session<'a> {
    request: &'a Request,
    repository: &'a Repository,
    chart: &'a str,
    access: Access,
    fetcher: Fetcher,
}

impl<'a> Session<'a> {
    fn new(request: &'a Request, repository: &'a Repository, chart: &'a str) -> Result<Self, Failure> {
        let access = request.access.or(&repository.access);
        let fetcher = Fetcher::new(&access, request.limits, &repository.url)?;
        Ok(Self { request, repository, chart, access, fetcher })
    }

    fn version(&self) -> &str {
        self.request.version.as_deref().unwrap_or_default().trim()
    }

    /// What the repository has of the chart; what it had when helm asked last, where it cannot be reached.
    async fn versions(&self) -> Result<(Versions, Vec<String>), Failure> {
        let address = resolved(&self.repository.url, "index.yaml")
            .ok_or_else(|| Failure::failed(format!("`{}` can have no index", shown(&self.repository.url))))?;
        let credentials = self.access.credentials_for(&address, &self.repository.url);
        let fault = match self.fetcher.fetch(&address, credentials, Wanted::Index).await {
            Ok(bytes) => return Ok((self.read(&bytes, &shown(&address))?, vec![])),
            Err(fault) => fault,
        };
        let (home, limit) = (&self.request.home, self.request.limits.index);
        match home.index(self.repository, limit).filter(|_| fault.kind() == Kind::Unreachable) {
            Some(cached) => {
                let versions = self.read(&cached.bytes, &cached.path.display().to_string())?;
                Ok((versions, vec![self.note(&fault, &cached)]))
            }
            None if fault.kind() == Kind::Absent => Err(fault
                .failure("")
                .hint(format!("there is no chart repository at `{}`", shown(&self.repository.url)))),
            None => Err(fault.failure(&self.bring_from_elsewhere(&address))),
        }
    }

    fn read(&self, bytes: &[u8], origin: &str) -> Result<Versions, Failure> {
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|_| Failure::failed(format!("cannot use the index `{origin}`: it is no text")))?;
        let read = index::read(text, self.chart);
        read.map_err(|error| Failure::failed(format!("cannot use the index `{origin}`: {error}")))
    }

    /// Fetches the archive of an entry, or takes helm's copy of it.
    async fn fetch(&self, entry: &Entry) -> Result<Loaded, Failure> {
        let no_address = || {
            let (chart, version) = (self.chart, entry.version());
            Failure::failed(format!("the index names no address of `{chart}` {version}"))
        };
        let address = entry.urls.first().ok_or_else(no_address)?;
        if address.starts_with("oci://") {
            return self.fetch_from_registry(address).await;
        }
        let mut url = resolved(&self.repository.url, address)
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(no_address)?;
        let file = url.path().rsplit('/').next().unwrap_or_default().to_owned();
        let (home, limit) = (&self.request.home, self.request.limits.archive);
        if let Some(digest) = entry.sha256()
            && let Some(cached) = home.archive_of(&digest, &file, limit)
        {
            return archive::read(&cached.bytes, shown(&url));
        }
        // An index may have them in its addresses, for whoever may read it.
        let named = Access::default().taking_from(&mut url);
        let credentials = named.credentials().or_else(|| self.access.credentials_for(&url, &self.repository.url));
        let fault = match self.fetcher.fetch(&url, credentials, Wanted::Archive).await {
            Ok(bytes) => {
                if let Some(digest) = entry.sha256() {
                    archive::check(&bytes, &digest, &shown(&url))?;
                }
                return archive::read(&bytes, shown(&url));
            }
            Err(fault) => fault,
        };
        // Without a digest its name is all that speaks for it; with one it would have been taken before.
        let is_last_resort = fault.kind() == Kind::Unreachable && entry.sha256().is_none();
        match home.archive_named(&file, limit).filter(|_| is_last_resort) {
            Some(cached) => {
                let mut loaded = archive::read(&cached.bytes, cached.path.display().to_string())?;
                loaded.notes.push(self.note(&fault, &cached));
                Ok(loaded)
            }
            None => Err(fault.failure(&bring(&url))),
        }
    }

    /// Some indexes only say where in a registry their charts are.
    async fn fetch_from_registry(&self, address: &str) -> Result<Loaded, Failure> {
        let reference = Reference::read(address)?;
        // The version was chosen already, and its tag stands in the address.
        let request = Request { version: None, ..self.request.clone() };
        registry::load(&request, &self.access.without_credentials(), reference).await
    }

    fn unfound(&self, error: &crate::helm::error::Error, versions: &Versions) -> Failure {
        let failure =
            Failure::failed(format!("cannot choose `{}` of `{}`: {error}", self.chart, shown(&self.repository.url)));
        match versions.skipped {
            0 => failure,
            count => failure.hint(format!("{count} more are in the index, but something is wrong with them")),
        }
    }

    fn note(&self, fault: &Fault, cached: &Cached) -> String {
        format!(
            "`{}` cannot be reached ({}); what helm fetched before is used: `{}`, {}",
            shown(&self.repository.url),
            fault.reason(),
            cached.path.display(),
            cached.age()
        )
    }

    fn bring_from_elsewhere(&self, index: &Url) -> String {
        let (chart, repository) = (self.chart, shown(&self.repository.url));
        let version = match self.version() {
            "" => String::new(),
            version => format!(" --version '{version}'"),
        };
        format!(
            "bring the chart's file: where there is a network, `helm pull {chart} --repo {repository}{version}` fetches it \
             (`{}` has its address); then name it with --chart {chart}-VERSION.tgz",
            shown(index)
        )
    }
}

/// What to do where an archive cannot be reached.
fn bring(url: &Url) -> String {
    let file = url.path().rsplit('/').next().filter(|file| !file.is_empty()).unwrap_or("FILE.tgz");
    format!("bring the file: fetch `{}` where there is a network, then name it with --chart {file}", shown(url))
}

fn notes_on(choice: Choice, chart: &str, wanted: &str) -> Vec<String> {
    let mut notes = vec![];
    let version = choice.entry.version();
    if choice.is_stand_in {
        notes.push(format!("there is no `{chart}` {wanted}; {version} is taken, the newest that satisfies it"));
    }
    if choice.entry.metadata.deprecated {
        notes.push(format!("the chart `{chart}` is deprecated, say those who make it"));
    }
    notes
}

/// An address in an index, seen from its repository. A query of the repository goes with it, as with helm, but only to
/// the same server: it may be a signature.
fn resolved(repository: &Url, address: &str) -> Option<Url> {
    if let Ok(absolute) = Url::parse(address) {
        return Some(absolute);
    }
    let mut base = repository.clone();
    base.set_path(&format!("{}/", repository.path().trim_end_matches('/')));
    let mut url = base.join(address).ok()?;
    if url.origin() == repository.origin() {
        url.set_query(repository.query());
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::resolved;

    #[test]
    fn addresses_are_seen_from_their_repository() {
        for (repository, address, expected) in [
            ("https://h/charts", "a.tgz", "https://h/charts/a.tgz"),
            ("https://h/charts/", "./x/a.tgz", "https://h/charts/x/a.tgz"),
            ("https://h/charts", "/a.tgz", "https://h/a.tgz"),
            ("https://h/charts", "../a.tgz", "https://h/a.tgz"),
            ("https://h/charts", "//i/a.tgz", "https://i/a.tgz"),
            ("https://h/charts", "http://i/a.tgz?x=1", "http://i/a.tgz?x=1"),
            ("https://h/charts?token=t", "a.tgz?x=1", "https://h/charts/a.tgz?token=t"),
            ("https://h?token=t", "//i/a.tgz", "https://i/a.tgz"),
            ("https://h", "index.yaml", "https://h/index.yaml"),
        ] {
            assert_eq!(resolved(&Url::parse(repository).unwrap(), address).unwrap().as_str(), expected);
        }
    }
}
