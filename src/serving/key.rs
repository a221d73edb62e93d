//! What opens the door: a user, a token, certificates, all from one Secret.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderValue;
use rustls::ClientConfig;

use super::encryption;
use crate::{
    cluster::{Cluster, Kind},
    failure::Failure,
};

/// The keys of a Secret that are read.
const READ: [&str; 6] = ["username", "password", "token", "ca.crt", "tls.crt", "tls.key"];

/// Who asks, and how the connection is encrypted. Nothing of it is ever shown.
#[derive(Clone, Default)]
pub struct Keys {
    /// The header of a request.
    pub(super) authorization: Option<HeaderValue>,
    /// How to encrypt; without it the connection is plain.
    pub(super) encryption: Option<Arc<ClientConfig>>,
}

impl Keys {
    /// Nobody in particular.
    ///
    /// # Errors
    ///
    /// Where the server wants an encrypted connection, and this machine has no certificates to trust.
    pub fn none(is_encrypted: bool, names: &[String]) -> Result<Self, Failure> {
        Self::of(&BTreeMap::new(), is_encrypted, names).map_err(Failure::failed)
    }

    /// The keys of a Secret: `username` and `password`, or `token`; `ca.crt`, `tls.crt` and `tls.key`.
    ///
    /// # Errors
    ///
    /// Where there is no such Secret, or it holds none of them. Nothing of its values is in the message.
    pub async fn read(
        cluster: &Cluster,
        (namespace, name): (&str, &str),
        is_encrypted: bool,
        names: &[String],
    ) -> Result<Self, Failure> {
        let attempt = || format!("cannot use secret/{name} of namespace `{namespace}`");
        let kind = Kind::core("Secret", "secrets");
        let secret = cluster
            .object(&kind, namespace, name)
            .await
            .map_err(|refusal| Failure::from(refusal).context(attempt()))?;
        let secret = secret.ok_or_else(|| {
            Failure::usage(format!("no Secret named `{name}` in namespace `{namespace}`"))
                .hint(format!("--auth-secret reads these keys of one: {}", READ.join(", ")))
        })?;
        let decoded = |key: &str| BASE64_STANDARD.decode(secret["data"][key].as_str()?).ok();
        let values = READ.into_iter().filter_map(|key| Some((key, decoded(key)?))).collect();
        Self::of(&values, is_encrypted, names).map_err(|why| Failure::usage(why).context(attempt()))
    }

    fn of(values: &BTreeMap<&str, Vec<u8>>, is_encrypted: bool, names: &[String]) -> Result<Self, String> {
        let text = |key: &str| match values.get(key).map(|value| std::str::from_utf8(value)) {
            Some(Ok(text)) => Ok(Some(text.trim_end_matches(['\r', '\n']))),
            Some(Err(_)) => Err(format!("its key `{key}` is no text")),
            None => Ok(None),
        };
        let written = match (text("token")?, text("username")?, text("password")?) {
            (Some(token), ..) => Some(format!("Bearer {token}")),
            (None, Some(user), Some(password)) => {
                Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
            }
            (None, None, None) => None,
            (None, ..) => return Err("it has one of `username` and `password`, and both are needed".to_owned()),
        };
        let authorization = match written {
            Some(written) => {
                let mut header =
                    HeaderValue::from_str(&written).map_err(|_| "its user or token cannot be sent".to_owned())?;
                header.set_sensitive(true);
                Some(header)
            }
            None => None,
        };
        let pem = |key: &str| values.get(key).map(Vec::as_slice);
        let pair = match (pem("tls.crt"), pem("tls.key")) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err("it has one of `tls.crt` and `tls.key`, and both are needed".to_owned()),
        };
        let is_encrypted = is_encrypted || pem("ca.crt").is_some() || pair.is_some();
        let encryption = if is_encrypted { Some(encryption::config(pem("ca.crt"), pair, names)?) } else { None };
        Ok(Self { authorization, encryption })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Keys;

    fn keys(pairs: &[(&'static str, &str)]) -> Result<Keys, String> {
        let values: BTreeMap<&str, Vec<u8>> =
            pairs.iter().map(|(key, value)| (*key, value.as_bytes().to_vec())).collect();
        Keys::of(&values, false, &["localhost".to_owned()])
    }

    #[test]
    fn a_token_or_a_user_with_a_password_and_nothing_of_it_is_shown() {
        let header = |pairs: &[(&'static str, &str)]| keys(pairs).unwrap().authorization.unwrap();
        let user = header(&[("username", "root"), ("password", "Milvus\n")]);
        assert_eq!(user.to_str().unwrap(), "Basic cm9vdDpNaWx2dXM=", "a line end of an editor is no part of it");
        assert_eq!(header(&[("token", "a:b")]).to_str().unwrap(), "Bearer a:b");
        assert_eq!(format!("{user:?}"), "Sensitive");
        assert!(keys(&[]).unwrap().authorization.is_none());
    }

    #[test]
    fn halves_and_rubbish_are_refused_by_their_names_only() {
        for (pairs, names) in [
            (&[("username", "s3cret")][..], "`username` and `password`"),
            (&[("tls.crt", "s3cret")], "`tls.crt` and `tls.key`"),
            (&[("ca.crt", "s3cret")], "`ca.crt`"),
            (&[("tls.crt", "s3cret"), ("tls.key", "s3cret")], "`tls.key`"),
        ] {
            let refused = keys(pairs).err().expect("it is refused");
            assert!(refused.contains(names) && !refused.contains("s3cret"), "{refused}");
        }
    }
}
