//! The token that a registry asks for, before anything is fetched.
//!
//! The client for registries would fetch it too, but hides why that failed, and takes for a token whatever comes.

use http::header::WWW_AUTHENTICATE;
use oci_client::secrets::RegistryAuth;
use serde::Deserialize;
use url::Url;

use super::{
    fault::{Fault, Kind},
    fetch::{Fetcher, Wanted},
    mask::shown,
};

/// Whom a registry sends for tokens, and for what.
#[derive(Debug, PartialEq, Eq)]
enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String> },
}

#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
}

/// How to authorize oneself to the registry at `registry` for reading `repository`.
///
/// A registry may name another host for its tokens, as that of Docker does: that is its own choice to make, and part of
/// its protocol.
pub(super) async fn meet(
    fetcher: &Fetcher,
    registry: &Url,
    repository: &str,
    credentials: Option<(&str, &str)>,
) -> Result<RegistryAuth, Fault> {
    let mut address = registry.clone();
    address.set_path("/v2/");
    let (status, headers) = fetcher.ask(&address).await?;
    match status {
        401 => {}
        407 | 429 | 502..=504 => return Err(Fault::of_status(status, shown(&address))),
        _ => return Ok(RegistryAuth::Anonymous),
    }
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    match (choose(challenges), credentials) {
        (Some(Challenge::Bearer { realm, service }), _) => {
            let realm = realm_address(registry, &realm)?;
            token(fetcher, realm, service.as_deref(), repository, credentials).await
        }
        (Some(Challenge::Basic), Some((username, password))) => {
            Ok(RegistryAuth::Basic(username.to_owned(), password.to_owned()))
        }
        _ => Ok(RegistryAuth::Anonymous),
    }
}

/// A token before a password.
fn choose<'a>(values: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let mut chosen = None;
    for value in values {
        for challenge in http_auth::parse_challenges(value).unwrap_or_default() {
            let parameter = |name: &str| {
                let found = challenge.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.to_unescaped())
            };
            if challenge.scheme.eq_ignore_ascii_case("bearer")
                && let Some(realm) = parameter("realm")
            {
                return Some(Challenge::Bearer { realm, service: parameter("service") });
            }
            if challenge.scheme.eq_ignore_ascii_case("basic") {
                chosen = Some(Challenge::Basic);
            }
        }
    }
    chosen
}

/// Where tokens are; never in the clear where the registry is not.
fn realm_address(registry: &Url, realm: &str) -> Result<Url, Fault> {
    let broken = |reason: &str| Fault::new(Kind::Broken, shown(registry), reason);
    let realm = Url::parse(realm).map_err(|_| broken("it names no address for tokens"))?;
    match (registry.scheme(), realm.scheme()) {
        (_, "https") | ("http", "http") => Ok(realm),
        _ => Err(broken("it wants tokens to be fetched without TLS")),
    }
}

async fn token(
    fetcher: &Fetcher,
    mut realm: Url,
    service: Option<&str>,
    repository: &str,
    credentials: Option<(&str, &str)>,
) -> Result<RegistryAuth, Fault> {
    realm.query_pairs_mut().append_pair("scope", &format!("repository:{repository}:pull"));
    if let Some(service) = service {
        realm.query_pairs_mut().append_pair("service", service);
    }
    let bytes = fetcher.fetch(&realm, credentials, Wanted::Token).await?;
    let answer: Option<Answer> = serde_json::from_slice(&bytes).ok();
    let token = answer.and_then(|answer| answer.token.or(answer.access_token));
    // What a header can carry.
    let token = token.filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
    token.map(RegistryAuth::Bearer).ok_or_else(|| Fault::new(Kind::Broken, shown(&realm), "what came is no token"))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Challenge, choose, realm_address};

    #[test]
    fn a_token_goes_before_a_password() {
        let bearer = r#"Bearer realm="https://auth.h/token",service="registry.h",scope="x""#;
        let expected = Challenge::Bearer { realm: "https://auth.h/token".into(), service: Some("registry.h".into()) };
        assert_eq!(choose([r#"Basic realm="x""#, bearer].into_iter()), Some(expected));
        assert_eq!(choose([r#"basic realm="x""#].into_iter()), Some(Challenge::Basic));
        assert_eq!(choose(["Bearer", "Negotiate", "\u{1}"].into_iter()), None);
    }

    #[test]
    fn tokens_are_not_fetched_in_the_clear() {
        let address = |registry: &str, realm: &str| realm_address(&Url::parse(registry).unwrap(), realm).is_ok();
        assert!(address("https://h", "https://auth.h/token") && address("http://h", "http://h/token"));
        assert!(!address("https://h", "http://h/token") && !address("http://h", "file:///token"));
        assert!(!address("https://h", "/token"));
    }
}
