//! Strings that are not UTF-8. Go's strings hold any bytes: `b64dec` of a binary secret, `trunc` in the midst of a letter.
//!
//! Here text is UTF-8, so each byte that is not part of a letter stands as one character of the end of the last private
//! plane, which no chart uses: byte 0x80 as U+10FF80, 0xFF as U+10FFFF. Whatever counts, cuts, encodes or prints bytes
//! asks [`bytes`]; all else works on the text as it is, one odd byte being one character, as Go's loops see it.

use std::{borrow::Cow, rc::Rc};

/// Where the stand-ins begin: the byte is added to it.
const BASE: u32 = 0x10_FF00;

/// The first byte of every stand-in in UTF-8; rare enough that looking for it tells most texts apart.
const MARK: u8 = 0xF4;

/// The text of these bytes.
pub fn text(bytes: &[u8]) -> Rc<str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.utf8_chunks().fold(String::new(), |text, chunk| with_chunk(text, &chunk)).into(),
    }
}

fn with_chunk(mut text: String, chunk: &std::str::Utf8Chunk<'_>) -> String {
    text.push_str(chunk.valid());
    text.extend(chunk.invalid().iter().filter_map(|byte| char::from_u32(BASE + u32::from(*byte))));
    text
}

/// The bytes of this text, as Go would have them.
pub fn bytes(text: &str) -> Cow<'_, [u8]> {
    if !text.as_bytes().contains(&MARK) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match byte(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

/// The byte that this character stands for, where it stands for one.
pub fn byte(character: char) -> Option<u8> {
    u32::from(character).checked_sub(BASE).and_then(|byte| u8::try_from(byte).ok()).filter(|byte| *byte >= 0x80)
}

#[cfg(test)]
mod tests {
    use super::{byte, bytes, text};

    #[test]
    fn any_bytes_go_in_and_come_out() {
        let all: Vec<u8> = (0..=255).collect();
        for sample in [&b"plain"[..], "ä€😀".as_bytes(), &[0xC3], &[0xFF, b'a', 0xF4, 0x8F], &all] {
            assert_eq!(bytes(&text(sample)).as_ref(), sample);
        }
    }

    #[test]
    fn one_odd_byte_is_one_character() {
        let text = text(&[b'a', 0xC3, b'b']);
        assert_eq!(text.chars().map(byte).collect::<Vec<_>>(), [None, Some(0xC3), None]);
    }
}
