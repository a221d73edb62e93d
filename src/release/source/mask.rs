//! Addresses without secrets: users and passwords in them, and queries, which may be signatures.

use url::Url;

/// What stands for a secret.
const MASK: &str = "***";

/// An address for people.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    if !shown.username().is_empty() || shown.password().is_some() {
        // Only addresses without a host refuse this, and those have no user.
        let _ = shown.set_password(None);
        let _ = shown.set_username(MASK);
    }
    if shown.query().is_some_and(|query| !query.is_empty()) {
        shown.set_query(Some(MASK));
    }
    shown.set_fragment(None);
    shown.into()
}

/// What was typed, which may be an address or not.
pub(super) fn typed(text: &str) -> String {
    if let Ok(url) = Url::parse(text)
        && url.has_host()
        && (url.scheme() == "oci" || !has_user(url.path()))
    {
        return if url.username().is_empty() && url.query().is_none() { text.to_owned() } else { shown(&url) };
    }
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => format!("{}://{MASK}{}", &text[..scheme], &text[at..]),
        (None, Some(at)) if has_user(text) => format!("{MASK}{}", &text[at..]),
        _ => text.to_owned(),
    }
}

/// Whether it looks as if a user and a password stood in it.
fn has_user(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(before, _)| before.contains(':'))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{shown, typed};

    #[test]
    fn users_passwords_and_queries_are_masked() {
        for (text, expected) in [
            ("https://ana:secret@h:8443/charts", "https://***@h:8443/charts"),
            ("https://token@h/charts", "https://***@h/charts"),
            ("https://:secret@h/", "https://***@h/"),
            ("https://h/a.tgz?sig=secret#secret", "https://h/a.tgz?***"),
            ("https://h/charts", "https://h/charts"),
        ] {
            assert_eq!(shown(&Url::parse(text).unwrap()), expected);
        }
    }

    #[test]
    fn what_is_no_address_is_masked_too() {
        for (text, expected) in [
            ("oci://ana:secret@h:5000/charts/milvus", "oci://***@h:5000/charts/milvus"),
            ("oci://h/charts/milvus@sha256:00", "oci://h/charts/milvus@sha256:00"),
            ("https://ana:sec ret@h:x/", "https://***@h:x/"),
            ("ana:secret@h/charts", "***@h/charts"),
            ("repo/milvus", "repo/milvus"),
            ("https://h/charts", "https://h/charts"),
        ] {
            assert_eq!(typed(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_password_is_ever_shown(before in "[a-z:/@]{0,8}", after in "[a-z0-9:/.]{0,12}") {
            let text = format!("{before}://ana:SECRET@{after}");
            assert!(!typed(&text).contains("SECRET"), "{text}");
            if let Ok(url) = Url::parse(&text) && url.has_host() && !super::has_user(url.path()) {
                assert!(!shown(&url).contains("SECRET"), "{text}");
            }
        }
    }
}
