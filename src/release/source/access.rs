//! Who asks, and how far a server is trusted.

use std::{fmt, path::PathBuf};

use url::Url;

/// Text that is not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Who asks, and how far a server is trusted: helm's flags.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// `--username`.
    pub username: Option<String>,
    /// `--password`.
    pub password: Option<Secret>,
    /// `--pass-credentials`: also to other hosts that an index names.
    pub pass_credentials: bool,
    /// `--ca-file`: the only authorities that are trusted.
    pub ca_file: Option<PathBuf>,
    /// `--cert-file`, with which we identify ourselves.
    pub certificate_file: Option<PathBuf>,
    /// `--key-file`, the key of that certificate.
    pub key_file: Option<PathBuf>,
    /// `--insecure-skip-tls-verify`.
    pub insecure_skip_tls_verify: bool,
    /// `--plain-http`, for registries.
    pub plain_http: bool,
}

impl Access {
    /// The user and password, where both are there: without one of them, helm sends neither.
    pub(super) fn credentials(&self) -> Option<(&str, &str)> {
        let password = self.password.as_ref().map(Secret::reveal).filter(|password| !password.is_empty())?;
        self.username.as_deref().filter(|username| !username.is_empty()).map(|username| (username, password))
    }

    /// What of it goes to `target`, when it is meant for `home`.
    pub(super) fn credentials_for(&self, target: &Url, home: &Url) -> Option<(&str, &str)> {
        let is_home = target.origin() == home.origin();
        if is_home || self.pass_credentials { self.credentials() } else { None }
    }

    /// The same without credentials and certificate, for another server.
    pub(super) fn without_credentials(&self) -> Self {
        Self { username: None, password: None, certificate_file: None, key_file: None, ..self.clone() }
    }

    /// The same with what is not said here from `other`.
    #[must_use]
    pub(super) fn or(&self, other: &Self) -> Self {
        let (username, password) = match self.credentials() {
            Some(_) => (&self.username, &self.password),
            None => (&other.username, &other.password),
        };
        let (certificate_file, key_file) = match self.certificate_file {
            Some(_) => (&self.certificate_file, &self.key_file),
            None => (&other.certificate_file, &other.key_file),
        };
        Self {
            username: username.clone(),
            password: password.clone(),
            pass_credentials: self.pass_credentials || other.pass_credentials,
            ca_file: self.ca_file.clone().or_else(|| other.ca_file.clone()),
            certificate_file: certificate_file.clone(),
            key_file: key_file.clone(),
            insecure_skip_tls_verify: self.insecure_skip_tls_verify || other.insecure_skip_tls_verify,
            plain_http: self.plain_http || other.plain_http,
        }
    }

    /// Takes the user and the password out of an address.
    pub(super) fn taking_from(&self, url: &mut Url) -> Self {
        let decoded = |text: &str| percent_decoded(text);
        let found = Self {
            username: Some(decoded(url.username())),
            password: url.password().map(|password| Secret::new(decoded(password))),
            ..Self::default()
        };
        // Only addresses without a host refuse this, and those have no user.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        self.or(&found)
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = vec![];
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digit = |place: usize| char::from(*tail.get(place)?).to_digit(16);
        if let (b'%', Some(high), Some(low)) = (first, digit(0), digit(1)) {
            bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Access, Secret};

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn credentials_go_to_their_own_scheme_host_and_port() {
        let mut access =
            Access { username: Some("ana".into()), password: Some(Secret::new("secret")), ..Access::default() };
        let home = url("https://h/charts");
        assert!(access.credentials_for(&url("https://h:443/other/a.tgz"), &home).is_some());
        for other in ["http://h/charts", "https://h:8443/charts", "https://i/charts", "https://h.i/charts"] {
            assert_eq!(access.credentials_for(&url(other), &home), None, "{other}");
        }
        access.pass_credentials = true;
        assert!(access.credentials_for(&url("https://i/charts"), &home).is_some());
    }

    #[test]
    fn an_address_gives_its_credentials_away_once() {
        let mut address = url("https://ana:s%40cret%@h/charts");
        let access = Access::default().taking_from(&mut address);
        assert_eq!(access.credentials(), Some(("ana", "s@cret%")));
        assert_eq!(address.as_str(), "https://h/charts");
        assert!(!format!("{access:?}").contains("s@cret"));
    }

    #[test]
    fn what_was_typed_goes_before_what_is_stored() {
        let stored = Access {
            username: Some("old".into()),
            password: Some(Secret::new("old")),
            ca_file: Some("ca".into()),
            ..Access::default()
        };
        let typed = Access { username: Some("ana".into()), password: Some(Secret::new("new")), ..Access::default() };
        assert_eq!(typed.or(&stored).credentials(), Some(("ana", "new")));
        assert!(typed.or(&stored).ca_file.is_some());
        assert_eq!(Access::default().or(&stored).credentials(), Some(("old", "old")));
    }
}
