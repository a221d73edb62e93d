//! A journal as text: JSON with a version, packed where it is large.

use std::io::Read;

use flate2::{Compression, read::GzDecoder, read::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Journal;

/// The most bytes that all data of a Secret may have (Kubernetes, `pkg/apis/core/types.go`, `MaxSecretSize`).
pub const SECRET_LIMIT: usize = 1024 * 1024;
/// From this size on the text is packed: below it everybody can read it with `kubectl` and `base64`.
const PLAIN_LIMIT: usize = 64 * 1024;
/// What a packed journal may unfold to. Ours are far smaller; anything else is no journal.
const UNPACKED_LIMIT: u64 = 64 * 1024 * 1024;
/// The version of the format.
const API_VERSION: &str = "kubectl-milvus/v1";
/// What the document is.
const KIND: &str = "Journal";

/// The bytes of a journal, and whether they are packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether they are compressed with gzip.
    pub is_packed: bool,
}

#[derive(Serialize, Deserialize)]
struct Document<J> {
    #[serde(rename = "apiVersion")]
    api_version: String,
    kind: String,
    #[serde(flatten)]
    journal: J,
}

impl Packed {
    /// The text of a journal.
    ///
    /// # Errors
    ///
    /// Where a Secret cannot hold it.
    pub fn of(journal: &Journal) -> Result<Self, String> {
        let document = Document { api_version: API_VERSION.to_owned(), kind: KIND.to_owned(), journal };
        let text = serde_json::to_vec(&document).map_err(|error| format!("cannot write the run down: {error}"))?;
        if text.len() <= PLAIN_LIMIT {
            return Ok(Self { bytes: text, is_packed: false });
        }
        let mut bytes = vec![];
        GzEncoder::new(text.as_slice(), Compression::best())
            .read_to_end(&mut bytes)
            .map_err(|error| format!("cannot pack the run: {error}"))?;
        if bytes.len() > SECRET_LIMIT {
            let size = bytes.len();
            return Err(format!("the record of the run has {size} bytes packed, and a Secret holds {SECRET_LIMIT}"));
        }
        Ok(Self { bytes, is_packed: true })
    }

    /// Reads it again.
    pub fn journal(&self) -> Result<Journal, String> {
        let value: Value = if self.is_packed {
            let mut text = vec![];
            let unpacked = GzDecoder::new(self.bytes.as_slice()).take(UNPACKED_LIMIT).read_to_end(&mut text);
            unpacked.map_err(|error| format!("cannot unpack it: {error}"))?;
            serde_json::from_slice(&text)
        } else {
            serde_json::from_slice(&self.bytes)
        }
        .map_err(|error| format!("it is no JSON: {error}"))?;
        let header = (value["apiVersion"].as_str(), value["kind"].as_str());
        if header != (Some(API_VERSION), Some(KIND)) {
            let (version, kind) = (header.0.unwrap_or("none"), header.1.unwrap_or("none"));
            return Err(format!(
                "it is {kind} of {version}, and this program reads {KIND} of {API_VERSION}; a newer one may read it"
            ));
        }
        let document: Document<Journal> =
            serde_json::from_value(value).map_err(|error| format!("it cannot be read: {error}"))?;
        Ok(document.journal)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Packed, SECRET_LIMIT};
    use crate::journal::{Before, sample};

    fn with_spec(size: usize) -> crate::journal::Journal {
        // Digits of a fraction do not pack well.
        let noise: String =
            (1..).map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string()).take(size / 19).collect();
        let before =
            Before::Milvus { uid: "1".into(), generation: 1, annotations: json!({}), spec: json!({"config": noise}) };
        crate::journal::Journal { before, ..sample::journal() }
    }

    #[test]
    fn a_journal_comes_back_as_it_was_plain_and_packed() {
        for (size, is_packed) in [(0, false), (200_000, true)] {
            let journal = with_spec(size);
            let packed = Packed::of(&journal).unwrap();
            assert_eq!(packed.is_packed, is_packed);
            assert_eq!(packed.journal().unwrap(), journal);
        }
    }

    #[test]
    fn what_a_secret_cannot_hold_is_refused_with_both_sizes() {
        let refused = Packed::of(&with_spec(4_000_000)).unwrap_err();
        assert!(refused.contains(&SECRET_LIMIT.to_string()), "{refused}");
    }

    #[test]
    fn a_newer_format_is_named_and_unknown_fields_are_let_be() {
        let packed = Packed::of(&sample::journal()).unwrap();
        let text = String::from_utf8(packed.bytes).unwrap();
        let read = |text: String| Packed { bytes: text.into_bytes(), is_packed: false }.journal();
        let newer = read(text.replace("kubectl-milvus/v1", "kubectl-milvus/v2")).unwrap_err();
        assert!(newer.contains("kubectl-milvus/v2") && newer.contains("a newer one"), "{newer}");
        let more = text.replacen('{', r#"{"tomorrow":1,"#, 1);
        assert_eq!(read(more).unwrap(), sample::journal());
        assert!(read("[]".into()).is_err() && read("x".into()).is_err());
    }
}
