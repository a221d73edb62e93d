//! What `helm registry login` and `docker login` have stored.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::{Access, Home, Secret};

/// What is known of a registry's credentials.
#[derive(Debug)]
pub(super) enum Stored {
    /// User and password.
    Known(Access),
    /// A program keeps them; it is not run.
    KeptBy(String),
    /// Nothing.
    None,
}

/// A file of logins.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Logins {
    auths: BTreeMap<String, Login>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Login {
    auth: String,
    username: String,
    password: String,
}

/// What is stored for a registry, in helm's file first.
pub(super) fn of(home: &Home, host: &str) -> Stored {
    let mut keeper = None;
    for path in [&home.registry_config, &home.docker_config] {
        // What cannot be read says nothing; most registries give charts to anybody.
        let Some(logins) = read(path) else { continue };
        match logins.of(host) {
            Stored::None => {}
            Stored::KeptBy(program) => keeper = keeper.or(Some(program)),
            known @ Stored::Known(_) => return known,
        }
    }
    keeper.map_or(Stored::None, Stored::KeptBy)
}

fn read(path: &Path) -> Option<Logins> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

impl Logins {
    fn of(&self, host: &str) -> Stored {
        let login = self.auths.iter().find(|(key, _)| is_of(key, host)).and_then(|(_, login)| login.credentials());
        if let Some((username, password)) = login {
            let (username, password) = (Some(username), Some(Secret::new(password)));
            return Stored::Known(Access { username, password, ..Access::default() });
        }
        let helper = self.cred_helpers.iter().find(|(key, _)| is_of(key, host)).map(|(_, helper)| helper);
        match helper.or(Some(&self.creds_store)).filter(|program| !program.is_empty()) {
            Some(program) => Stored::KeptBy(format!("docker-credential-{program}")),
            None => Stored::None,
        }
    }
}

impl Login {
    fn credentials(&self) -> Option<(String, String)> {
        if !self.username.is_empty() && !self.password.is_empty() {
            return Some((self.username.clone(), self.password.clone()));
        }
        let decoded = String::from_utf8(STANDARD.decode(self.auth.trim()).ok()?).ok()?;
        let (username, password) = decoded.split_once(':')?;
        let password = password.trim_end_matches('\0');
        (!username.is_empty() && !password.is_empty()).then(|| (username.to_owned(), password.to_owned()))
    }
}

/// Whether a key of the file is for this host. Docker writes addresses for its own registry, hosts for others.
fn is_of(key: &str, host: &str) -> bool {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest);
    let key = key.split('/').next().unwrap_or_default();
    let docker = ["docker.io", "index.docker.io", "registry-1.docker.io"];
    key.eq_ignore_ascii_case(host) || (docker.contains(&key) && docker.contains(&host))
}

#[cfg(test)]
mod tests {
    use super::{Logins, Stored};

    fn logins() -> Logins {
        serde_json::from_str(
            r#"{"auths": {
                "https://index.docker.io/v1/": {"auth": "YW5hOnM6ZWNyZXQ="},
                "h:5000": {"username": "bo", "password": "pw"},
                "broken": {"auth": "%"},
                "empty": {}
            }, "credHelpers": {"gcr.io": "gcloud"}, "other": 1}"#,
        )
        .unwrap()
    }

    #[test]
    fn credentials_are_for_their_own_host() {
        for (host, expected) in [
            ("docker.io", Some(("ana", "s:ecret"))),
            ("registry-1.docker.io", Some(("ana", "s:ecret"))),
            ("h:5000", Some(("bo", "pw"))),
            ("H:5000", Some(("bo", "pw"))),
            ("h", None),
            ("h:5001", None),
            ("broken", None),
            ("empty", None),
        ] {
            match logins().of(host) {
                Stored::Known(access) => assert_eq!(access.credentials(), expected, "{host}"),
                Stored::None => assert_eq!(None, expected, "{host}"),
                Stored::KeptBy(program) => panic!("{host}: {program}"),
            }
        }
    }

    #[test]
    fn a_program_that_keeps_them_is_named() {
        let Stored::KeptBy(program) = logins().of("gcr.io") else { panic!("nobody keeps them") };
        assert_eq!(program, "docker-credential-gcloud");
    }
}
