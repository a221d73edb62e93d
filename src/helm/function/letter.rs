//! Letters as Go's `unicode` knows them: case one letter to one letter, and the general categories.

use std::sync::LazyLock;

use regex::Regex;

static UPPER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Lu}").ok());
static LOWER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Ll}").ok());
static TITLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Lt}").ok());
static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}").ok());
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{N}").ok());
static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}").ok());
static PUNCTUATION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{P}").ok());

fn belongs(character: char, category: &LazyLock<Option<Regex>>) -> bool {
    category.as_ref().is_some_and(|category| category.is_match(character.encode_utf8(&mut [0; 4])))
}

/// `unicode.IsUpper`.
pub(super) fn is_upper(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_uppercase() } else { belongs(character, &UPPER) }
}

/// `unicode.IsLower`.
pub(super) fn is_lower(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_lowercase() } else { belongs(character, &LOWER) }
}

/// `unicode.IsTitle`.
pub(super) fn is_title(character: char) -> bool {
    !character.is_ascii() && belongs(character, &TITLE)
}

/// `unicode.IsLetter`.
pub(super) fn is_letter(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_alphabetic() } else { belongs(character, &LETTER) }
}

/// `unicode.IsNumber`.
pub(super) fn is_number(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_digit() } else { belongs(character, &NUMBER) }
}

/// `unicode.IsDigit`.
pub(super) fn is_digit(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_digit() } else { belongs(character, &DIGIT) }
}

/// `unicode.IsPunct`, which does not count signs such as `$`, `+` and `~`.
pub(super) fn is_punctuation(character: char) -> bool {
    belongs(character, &PUNCTUATION)
}

/// `unicode.ToUpper`: one letter, so that `ß` stays.
pub(super) fn upper(character: char) -> char {
    match u32::from(character) {
        // Greek letters with iota: Rust spells them out in two, Go has them in one.
        code @ (0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7) => char::from_u32(code + 8).unwrap_or(character),
        code @ (0x1FB3 | 0x1FC3 | 0x1FF3) => char::from_u32(code + 9).unwrap_or(character),
        _ => only(character.to_uppercase()).unwrap_or(character),
    }
}

/// `unicode.ToLower`: one letter.
pub(super) fn lower(character: char) -> char {
    if character == 'İ' { 'i' } else { only(character.to_lowercase()).unwrap_or(character) }
}

/// `unicode.ToTitle`: upper case but for letters that are two in one, and Georgian.
pub(super) fn title(character: char) -> char {
    match u32::from(character) {
        0x01C4..=0x01C6 => '\u{01C5}',
        0x01C7..=0x01C9 => '\u{01C8}',
        0x01CA..=0x01CC => '\u{01CB}',
        0x01F1..=0x01F3 => '\u{01F2}',
        0x10D0..=0x10FA | 0x10FD..=0x10FF => character,
        _ => upper(character),
    }
}

fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let letter = letters.next();
    letters.next().map_or(letter, |_| None)
}

#[cfg(test)]
mod tests {
    use super::{lower, title, upper};

    #[test]
    fn one_letter_becomes_one_letter() {
        assert_eq!(['ß', 'ŉ', 'ᾳ', 'ǆ', 'é', 'ﬁ'].map(upper), ['ß', 'ŉ', 'ᾼ', 'Ǆ', 'É', 'ﬁ']);
        assert_eq!(['Σ', 'İ', 'Ǆ'].map(lower), ['σ', 'i', 'ǆ']);
        assert_eq!(['ǆ', 'ა', 'a'].map(title), ['ǅ', 'ა', 'A']);
    }
}
