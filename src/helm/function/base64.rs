//! Base64 as Go's `base64.StdEncoding` reads and writes it.

use base64::{
    DecodeError, Engine,
    alphabet::STANDARD,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};

use crate::helm::error::{Error, Result};

/// Padding has to be there; bits beyond the last byte are ignored.
const ENGINE: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The bytes in base64.
pub(super) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes that `text` stands for; ends of lines in it are skipped.
pub(super) fn decode(text: &str) -> Result<Vec<u8>> {
    let bare: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    ENGINE.decode(&bare).map_err(|error| {
        let place = match error {
            DecodeError::InvalidByte(place, _) | DecodeError::InvalidLastSymbol { offset: place, .. } => place,
            _ => bare.len(),
        };
        Error::new(format!("illegal base64 data at input byte {place}"))
    })
}
