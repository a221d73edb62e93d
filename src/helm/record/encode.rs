//! The text that holds a record: JSON, compressed, in base64.

use std::io::Read;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{
    Compression,
    read::{GzEncoder, MultiGzDecoder},
};
use serde_json::Value as Json;

use super::Record;
use crate::helm::error::{Error, Result};

/// How many bytes the text of a record may take: what the API server lets into a Secret or a `ConfigMap`.
pub const MAXIMUM_SIZE: usize = 1024 * 1024;

/// How many bytes a record may take once it is decompressed: far more than any that fits, far less than the memory.
const MAXIMUM_JSON: u64 = 256 * 1024 * 1024;

/// The beginning of what gzip wrote.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// How many of the largest parts are named where a record is too large.
const NAMED: usize = 3;

impl Record {
    /// The text of this record.
    ///
    /// # Errors
    ///
    /// Where it is larger than [`MAXIMUM_SIZE`], with what takes the room.
    pub fn encode(&self) -> Result<String> {
        let json = self.to_json();
        let text = STANDARD.encode(compressed(&json)?);
        if text.len() <= MAXIMUM_SIZE {
            return Ok(text);
        }
        Err(Error::new(format!(
            "the record of revision {} of release `{}` takes {} bytes, and {MAXIMUM_SIZE} is the most that a Secret or \
             ConfigMap holds; most of it is {}; keep large files out of the chart, with its `.helmignore`",
            self.version,
            self.name,
            text.len(),
            largest(&json)?.join(", "),
        )))
    }

    /// Reads the text of a record, compressed or not. Labels are not in it.
    pub fn decode(text: &str) -> Result<Self> {
        let wrong = |what: &str, error: &dyn std::fmt::Display| Error::new(format!("the record is no {what}: {error}"));
        let text: String = text.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(text).map_err(|error| wrong("base64", &error))?;
        let json = if bytes.starts_with(&MAGIC) {
            let mut json = vec![];
            let mut reader = MultiGzDecoder::new(bytes.as_slice()).take(MAXIMUM_JSON + 1);
            reader.read_to_end(&mut json).map_err(|error| wrong("whole gzip", &error))?;
            if json.len() as u64 > MAXIMUM_JSON {
                return Err(Error::new(format!("the record takes more than {MAXIMUM_JSON} bytes once decompressed")));
            }
            json
        } else {
            bytes
        };
        let json: Json = serde_json::from_slice(&json).map_err(|error| wrong("JSON", &error))?;
        Self::from_json(json).map_err(|error| error.during("the record cannot be read"))
    }
}

fn compressed(json: &Json) -> Result<Vec<u8>> {
    let text = json.to_string();
    let mut bytes = vec![];
    GzEncoder::new(text.as_bytes(), Compression::best())
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(format!("the record cannot be compressed: {error}")))?;
    Ok(bytes)
}

/// The largest parts of a record, each with the bytes it takes when it is stored.
fn largest(json: &Json) -> Result<Vec<String>> {
    let chart = &json["chart"];
    let mut parts = vec![
        ("the manifest".to_owned(), &json["manifest"]),
        ("the hooks".to_owned(), &json["hooks"]),
        ("the notes".to_owned(), &json["info"]["notes"]),
        ("the user's values".to_owned(), &json["config"]),
        ("the chart's values".to_owned(), &chart["values"]),
        ("the chart's schema".to_owned(), &chart["schema"]),
    ];
    for list in ["templates", "files"] {
        for file in chart[list].as_array().into_iter().flatten() {
            parts.push((format!("the chart's `{}`", file["name"].as_str().unwrap_or_default()), file));
        }
    }
    let mut sizes = vec![];
    for (name, part) in parts {
        // Base64 takes four bytes for three.
        sizes.push((compressed(part)?.len() * 4 / 3, name));
    }
    sizes.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    Ok(sizes.into_iter().take(NAMED).map(|(size, name)| format!("{name} ({size})")).collect())
}
