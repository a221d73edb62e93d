//! Helm's own files: the repositories that `helm repo add` has stored, and what helm has fetched from them.

use std::{ffi::OsString, fs::File, io::Read, path::PathBuf, time::SystemTime};

use url::Url;

use super::{Access, Secret, archive, mask, place};
use crate::{
    failure::Failure,
    helm::{
        decode::{self, Decode},
        error::Result as Decoded,
        value::Value,
        yaml,
    },
};

/// The most that is read of helm's files of settings, bytes.
const LARGEST: u64 = 16 << 20;

/// Where helm's own files are.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// `repositories.yaml`.
    pub repository_config: PathBuf,
    /// The folder of cached indexes, and of archives that helm 3 fetched.
    pub repository_cache: PathBuf,
    /// The folder of archives that helm 4 fetched, by digest.
    pub content_cache: PathBuf,
    /// What `helm registry login` stores.
    pub registry_config: PathBuf,
    /// What `docker login` stores.
    pub docker_config: PathBuf,
}

/// A repository, with how to get at it where helm knows that.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    /// Its name in helm's list.
    pub(super) name: Option<String>,
    pub(super) url: Url,
    pub(super) access: Access,
}

/// Something of helm's cache.
pub(super) struct Cached {
    pub(super) bytes: Vec<u8>,
    pub(super) path: PathBuf,
    /// When helm fetched it.
    pub(super) fetched: Option<SystemTime>,
}

impl Home {
    /// Where helm's files are by the variables of an environment, as helm looks for them.
    pub fn of(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let user = folder(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).unwrap_or_default();
        let (config, cache) = if cfg!(windows) {
            (folder("APPDATA").unwrap_or_default(), folder("TEMP").unwrap_or_default())
        } else if cfg!(target_os = "macos") {
            (user.join("Library/Preferences"), user.join("Library/Caches"))
        } else {
            (user.join(".config"), user.join(".cache"))
        };
        let own = |helm: &str, general: &str, default: PathBuf| {
            folder(helm).unwrap_or_else(|| folder(general).unwrap_or(default).join("helm"))
        };
        let config = own("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", config);
        let cache = own("HELM_CACHE_HOME", "XDG_CACHE_HOME", cache);
        let file = |name: &str, default: PathBuf| folder(name).unwrap_or(default);
        Self {
            repository_config: file("HELM_REPOSITORY_CONFIG", config.join("repositories.yaml")),
            repository_cache: file("HELM_REPOSITORY_CACHE", cache.join("repository")),
            content_cache: file("HELM_CONTENT_CACHE", cache.join("content")),
            registry_config: file("HELM_REGISTRY_CONFIG", config.join("registry/config.json")),
            docker_config: file("DOCKER_CONFIG", user.join(".docker")).join("config.json"),
        }
    }

    /// The repository of this name.
    pub(super) fn repository(&self, name: &str) -> Result<Repository, Failure> {
        let entries = self.entries()?;
        let entry = entries.iter().find(|entry| entry.name == name).ok_or_else(|| {
            let path = self.repository_config.display();
            let mut known: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
            known.sort_unstable();
            let known = if known.is_empty() { "none is".to_owned() } else { format!("known are {}", known.join(", ")) };
            Failure::failed(format!("helm knows no repository `{name}`: {known} in `{path}`"))
                .hint(format!("`helm repo add {name} URL` adds it; --repo URL does without; a path begins with ./"))
        })?;
        entry.repository()
    }

    /// The addresses of the repositories of helm's list, without secrets.
    ///
    /// # Errors
    ///
    /// Where the list is there and cannot be read.
    pub fn addresses(&self) -> Result<Vec<String>, Failure> {
        Ok(self.entries()?.iter().map(|entry| mask::typed(&entry.url)).collect())
    }

    /// The repository of helm's list at this address, or above it.
    pub(super) fn repository_of(&self, url: &Url) -> Option<Repository> {
        let known = self.entries().ok()?.into_iter().filter_map(|entry| entry.repository().ok());
        let is_inside = |top: &Url| {
            let (top_path, path) = (top.path().trim_end_matches('/'), url.path());
            let rest = path.strip_prefix(top_path);
            top.origin() == url.origin() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        known.filter(|repository| is_inside(&repository.url)).max_by_key(|repository| repository.url.path().len())
    }

    /// The index that helm fetched last of a repository.
    pub(super) fn index(&self, repository: &Repository, limit: u64) -> Option<Cached> {
        let listed = self
            .repository_of(&repository.url)
            .filter(|listed| listed.url.path().trim_end_matches('/') == repository.url.path().trim_end_matches('/'));
        let name = repository.name.clone().or_else(|| listed?.name)?;
        Cached::read(self.repository_cache.join(format!("{name}-index.yaml")), limit)
    }

    /// The archive of this digest, where helm has fetched it; also by its file name, as helm 3 keeps it.
    pub(super) fn archive_of(&self, digest: &str, file: &str, limit: u64) -> Option<Cached> {
        let folder = digest.get(..2)?;
        let paths = [Some(self.content_cache.join(folder).join(format!("{digest}.chart"))), self.archive_path(file)];
        let found = paths.into_iter().flatten().filter_map(|path| Cached::read(path, limit));
        found.into_iter().find(|cached| archive::sha256(&cached.bytes) == digest)
    }

    /// The archive of this file name, as helm 3 keeps it.
    pub(super) fn archive_named(&self, file: &str, limit: u64) -> Option<Cached> {
        Cached::read(self.archive_path(file)?, limit)
    }

    fn archive_path(&self, file: &str) -> Option<PathBuf> {
        let is_plain = !file.is_empty() && !file.starts_with('.') && !file.contains(['/', '\\', ':', '\0']);
        is_plain.then(|| self.repository_cache.join(file))
    }

    fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let path = &self.repository_config;
        let about = |reason: String| Failure::failed(format!("cannot read `{}`: {reason}", path.display()));
        let Some(cached) = Cached::read(path.clone(), LARGEST) else {
            return if path.exists() { Err(about("it is no file that can be read".to_owned())) } else { Ok(vec![]) };
        };
        let text = String::from_utf8(cached.bytes).map_err(|error| about(error.to_string()))?;
        let mut stored = Stored::default();
        let decoded = yaml::read_with_integers(&text).and_then(|value| stored.decode(&value));
        decoded.map_err(|error| about(error.to_string()))?;
        Ok(stored.repositories)
    }
}

impl Repository {
    /// A repository that was named by its address.
    pub(super) fn at(mut url: Url) -> Self {
        let access = Access::default().taking_from(&mut url);
        Self { name: None, url, access }
    }
}

impl Cached {
    fn read(path: PathBuf, limit: u64) -> Option<Self> {
        let file = File::open(&path).ok()?;
        let metadata = file.metadata().ok().filter(|metadata| metadata.is_file() && metadata.len() <= limit)?;
        let mut bytes = vec![];
        file.take(limit).read_to_end(&mut bytes).ok()?;
        (!bytes.is_empty()).then(|| Self { bytes, path, fetched: metadata.modified().ok() })
    }

    /// How old it is, for people.
    pub(super) fn age(&self) -> String {
        let age = self.fetched.and_then(|fetched| fetched.elapsed().ok()).map(|age| age.as_secs());
        match age {
            None => "unknown age".to_owned(),
            Some(seconds) if seconds < 2 * 3600 => format!("{} min old", seconds / 60),
            Some(seconds) if seconds < 2 * 86_400 => format!("{} h old", seconds / 3600),
            Some(seconds) => format!("{} days old", seconds / 86_400),
        }
    }
}

/// `repositories.yaml`.
#[derive(Clone, Debug, Default)]
struct Stored {
    repositories: Vec<Entry>,
}

/// An entry of it.
#[derive(Clone, Debug, Default)]
struct Entry {
    name: String,
    url: String,
    username: String,
    password: Secret,
    certificate_file: String,
    key_file: String,
    ca_file: String,
    insecure_skip_tls_verify: bool,
    pass_credentials: bool,
}

impl Entry {
    fn repository(&self) -> Result<Repository, Failure> {
        let mut url = place::web_address(&self.url, &format!("the repository `{}`", self.name))?;
        let path = |text: &String| Some(text).filter(|text| !text.is_empty()).map(PathBuf::from);
        let access = Access {
            username: Some(self.username.clone()),
            password: Some(self.password.clone()),
            pass_credentials: self.pass_credentials,
            ca_file: path(&self.ca_file),
            certificate_file: path(&self.certificate_file),
            key_file: path(&self.key_file),
            insecure_skip_tls_verify: self.insecure_skip_tls_verify,
            plain_http: false,
        };
        let access = access.taking_from(&mut url);
        Ok(Repository { name: Some(self.name.clone()), url, access })
    }
}

impl Decode for Stored {
    const TYPE: &str = "repo.File";

    fn field(&mut self, name: &str, value: &Value) -> Decoded<()> {
        match name {
            "repositories" => decode::list(&mut self.repositories, value, "File.repositories"),
            _ => Ok(()),
        }
    }
}

impl Decode for Entry {
    const TYPE: &str = "repo.Entry";

    fn field(&mut self, name: &str, value: &Value) -> Decoded<()> {
        match name {
            "name" => decode::text(&mut self.name, value, "Entry.name"),
            "url" => decode::text(&mut self.url, value, "Entry.url"),
            "username" => decode::text(&mut self.username, value, "Entry.username"),
            "password" => {
                let mut password = String::new();
                decode::text(&mut password, value, "Entry.password")?;
                self.password = Secret::new(password);
                Ok(())
            }
            "certfile" => decode::text(&mut self.certificate_file, value, "Entry.certFile"),
            "keyfile" => decode::text(&mut self.key_file, value, "Entry.keyFile"),
            "cafile" => decode::text(&mut self.ca_file, value, "Entry.caFile"),
            "insecure_skip_tls_verify" => {
                decode::boolean(&mut self.insecure_skip_tls_verify, value, "Entry.insecure_skip_tls_verify")
            }
            "pass_credentials_all" => decode::boolean(&mut self.pass_credentials, value, "Entry.pass_credentials_all"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Home;

    fn home(variables: &[(&str, &str)]) -> Home {
        Home::of(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into()))
    }

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn helms_files_are_where_helm_looks_for_them() {
        let found = home(&[("HOME", "/h")]);
        assert_eq!(found.repository_config, Path::new("/h/.config/helm/repositories.yaml"));
        assert_eq!(found.repository_cache, Path::new("/h/.cache/helm/repository"));
        assert_eq!(found.content_cache, Path::new("/h/.cache/helm/content"));
        assert_eq!(found.registry_config, Path::new("/h/.config/helm/registry/config.json"));
        assert_eq!(found.docker_config, Path::new("/h/.docker/config.json"));
    }

    #[test]
    fn the_variables_of_helm_go_before_those_of_everybody() {
        let general = [("HOME", "/h"), ("XDG_CONFIG_HOME", "/xc"), ("XDG_CACHE_HOME", "/xk")];
        let found = home(&general);
        assert_eq!(found.repository_config, Path::new("/xc/helm/repositories.yaml"));
        assert_eq!(found.content_cache, Path::new("/xk/helm/content"));
        let own = [("HELM_CONFIG_HOME", "/c"), ("HELM_CACHE_HOME", "/k"), ("DOCKER_CONFIG", "/d")];
        let found = home(&[&general[..], &own[..]].concat());
        assert_eq!(found.repository_config, Path::new("/c/repositories.yaml"));
        assert_eq!(found.repository_cache, Path::new("/k/repository"));
        assert_eq!(found.docker_config, Path::new("/d/config.json"));
        let single = [("HELM_REPOSITORY_CONFIG", "/r"), ("HELM_REPOSITORY_CACHE", ""), ("HELM_REGISTRY_CONFIG", "/g")];
        let found = home(&[&own[..], &single[..]].concat());
        assert_eq!(found.repository_config, Path::new("/r"));
        assert_eq!(found.repository_cache, Path::new("/k/repository"));
        assert_eq!(found.registry_config, Path::new("/g"));
    }
}
