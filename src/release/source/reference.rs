//! What `oci://…` names.

use std::fmt;

use oci_client::Reference as Image;
use url::Url;

use super::mask;
use crate::{failure::Failure, helm::index::tag};

/// A chart in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Host and port.
    pub(super) host: String,
    /// The path with the chart's name.
    pub(super) repository: String,
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
}

impl Reference {
    /// Reads `oci://HOST/PATH/NAME`, with `:VERSION` or `@sha256:DIGEST` or both behind it.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let refuse = |reason: &str| {
            let message = format!("`{}` is no chart of a registry: {reason}", mask::typed(text));
            Failure::usage(message)
                .hint("it is oci://HOST/PATH/NAME, with :VERSION or @sha256:DIGEST behind it or without")
        };
        let rest = text.strip_prefix("oci://").unwrap_or(text);
        let (host, rest) = rest.split_once('/').ok_or_else(|| refuse("it has no path"))?;
        if host.contains('@') {
            return Err(refuse("it has a user").hint("--username and --password say who asks"));
        }
        if Url::parse(&format!("https://{host}/")).is_err() {
            return Err(refuse("its host is none"));
        }
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (rest, None),
        };
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, version)) => (repository, Some(tag::of_version(version))),
            None => (rest, None),
        };
        if !is_repository(repository) {
            return Err(refuse("its path is of lower-case letters, digits, `.`, `_`, `-` and `/`"));
        }
        if tag.as_deref().is_some_and(|tag| !is_tag(tag)) {
            return Err(refuse("what is behind the colon is no version"));
        }
        if digest.as_deref().is_some_and(|digest| !is_digest(digest)) {
            return Err(refuse("what is behind the @ is not sha256: and 64 digits"));
        }
        Ok(Self { host: host.to_owned(), repository: repository.to_owned(), tag, digest })
    }

    /// As the client takes it.
    pub(super) fn image(&self, tag: Option<&str>, digest: Option<&str>) -> Image {
        let (host, repository) = (self.host.clone(), self.repository.clone());
        match (tag, digest) {
            (_, Some(digest)) => Image::with_digest(host, repository, digest.to_owned()),
            (tag, None) => Image::with_tag(host, repository, tag.unwrap_or_default().to_owned()),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "oci://{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(formatter, "@{digest}")?;
        }
        Ok(())
    }
}

fn is_repository(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    text.split('/').all(|part| !part.is_empty() && !part.starts_with(['.', '_', '-']) && part.bytes().all(is_inner))
}

fn is_tag(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= 128 && !text.starts_with(['.', '-']) && text.bytes().all(is_inner)
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn references_are_read_and_written_back() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for (text, expected) in [
            ("oci://h:5000/charts/milvus", "oci://h:5000/charts/milvus".to_owned()),
            ("oci://h/milvus:1.0.0+b", "oci://h/milvus:1.0.0_b".to_owned()),
            (&format!("oci://h/milvus@{digest}"), format!("oci://h/milvus@{digest}")),
            (&format!("oci://[::1]:5000/milvus:1@{digest}"), format!("oci://[::1]:5000/milvus:1@{digest}")),
        ] {
            assert_eq!(Reference::read(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_reference_is_refused_without_its_secrets() {
        for text in [
            "oci://",
            "oci://h",
            "oci://h/",
            "oci:///a",
            "oci://h/A",
            "oci://h/a:",
            "oci://h/a:b c",
            "oci://h/a@sha256:0",
            "oci://h/a//b",
            "oci://h/../a",
            "oci://ana:SECRET@h/a",
            "oci://h:x/a",
        ] {
            let error = Reference::read(text).unwrap_err().to_string();
            assert!(!error.contains("SECRET"), "{error}");
        }
    }
}
