use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::MilvusVersion;

/// A container image reference, taken apart: `registry:5000/milvusdb/milvus:v2.6.6@sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Image {
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Image {
    /// Registry and path, without tag and digest.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if there is one.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest (`sha256:…`), if there is one.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The version that the tag names. A digest wins over a tag when pulling, so beside one the tag proves nothing.
    pub fn version(&self) -> Option<MilvusVersion> {
        match self.digest {
            Some(_) => None,
            None => self.tag()?.parse().ok(),
        }
    }

    /// The image of `version` from the same registry and repository, in the same writing (`v` or none).
    #[must_use]
    pub fn at(&self, version: &MilvusVersion) -> Self {
        let bare = self.tag().is_some_and(|tag| tag.starts_with(|first: char| first.is_ascii_digit()));
        let prefix = if bare { "" } else { "v" };
        Self { repository: self.repository.clone(), tag: Some(format!("{prefix}{version}")), digest: None }
    }

    /// Whether the registry is named with a port, which operators 1.3.0 to 1.3.3 misread.
    pub fn has_registry_port(&self) -> bool {
        self.repository.contains(':')
    }
}

impl FromStr for Image {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (text, None),
        };
        let path = name.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match name[path..].rfind(':') {
            Some(colon) => (&name[..path + colon], Some(name[path + colon + 1..].to_owned())),
            None => (name, None),
        };
        let allowed =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-._/:".contains(c));
        let parts = [Some(repository), tag.as_deref(), digest.as_deref()];
        if parts.into_iter().flatten().all(allowed) && !name[path..].starts_with(':') {
            Ok(Self { repository: repository.to_owned(), tag, digest })
        } else {
            Err(format!("`{}` is not an image reference", text.escape_debug()))
        }
    }
}

impl fmt::Display for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tag = self.tag.iter().map(|tag| format!(":{tag}"));
        let digest = self.digest.iter().map(|digest| format!("@{digest}"));
        let rest: String = tag.chain(digest).collect();
        formatter.pad(&format!("{}{rest}", self.repository))
    }
}

impl TryFrom<String> for Image {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Image> for String {
    fn from(image: Image) -> Self {
        image.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Image;
    use crate::milvus::MilvusVersion;

    fn image(text: &str) -> Image {
        text.parse().expect("an image")
    }

    #[test]
    fn a_registry_port_is_not_a_tag() {
        let read = image("registry:5000/vector/milvus:v2.6.6");
        assert_eq!((read.repository(), read.tag()), ("registry:5000/vector/milvus", Some("v2.6.6")));
        assert!(read.has_registry_port());
        assert_eq!(image("registry:5000/milvus").tag(), None);
    }

    #[test]
    fn a_digest_hides_the_version() {
        let read = image("milvusdb/milvus:v2.6.6@sha256:0123");
        assert_eq!((read.version(), read.digest()), (None, Some("sha256:0123")));
    }

    #[test]
    fn the_new_image_keeps_registry_and_writing() {
        let target = MilvusVersion::new(2, 6, 6);
        assert_eq!(image("harbor.local/m/milvus:v2.5.22").at(&target).to_string(), "harbor.local/m/milvus:v2.6.6");
        assert_eq!(image("r:5000/milvus:2.5.22").at(&target).to_string(), "r:5000/milvus:2.6.6");
        assert_eq!(image("milvusdb/milvus@sha256:0123").at(&target).to_string(), "milvusdb/milvus:v2.6.6");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in ["", ":", "a/:v1", "a b", "milvus:v1\u{1b}[2J", "milvus@", "milvus:"] {
            assert!(text.parse::<Image>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn writing_and_reading_is_the_identity(text in "[a-z]{1,5}(:[0-9]{2,4}/[a-z]{1,5})?(/[a-z]{1,5})?(:v[0-9.]{1,6})?(@sha256:[0-9a-f]{4})?") {
            prop_assert_eq!(image(&text).to_string(), text);
        }
    }
}
