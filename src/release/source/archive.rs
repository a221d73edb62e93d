//! An archive and its digest.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::Loaded;
use crate::{failure::Failure, helm::chart::Chart};

/// The SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Reads a packaged chart.
pub(super) fn read(bytes: &[u8], origin: String) -> Result<Loaded, Failure> {
    let chart = Chart::from_archive(bytes);
    let chart = chart.map_err(|error| Failure::failed(format!("cannot load the chart `{origin}`: {error}")))?;
    Ok(Loaded { chart, origin, digest: Some(format!("sha256:{}", sha256(bytes))), notes: vec![] })
}

/// Whether these are the bytes that an index or a registry promised.
pub(super) fn check(bytes: &[u8], promised: &str, origin: &str) -> Result<(), Failure> {
    let found = sha256(bytes);
    if found == promised {
        return Ok(());
    }
    let message = format!("`{origin}` is not what its repository promises: its SHA-256 is {found}, not {promised}");
    Err(Failure::failed(message).hint(
        "the file was replaced or spoilt on its way, or the index is older than the file; \
         when you know that the file is good, give it itself as the chart",
    ))
}
