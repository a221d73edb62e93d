//! What is done to an input.

use super::random::Random;

/// Pieces that mean something to one of the parsers.
const WORDS: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{/*",
    "*/}}",
    "{{ end }}",
    "{{ else }}",
    "{{ define \"a\" }}",
    "(",
    ")",
    "|",
    ":=",
    "$",
    ".",
    "$x",
    "nil",
    "true",
    "\"",
    "`",
    "'",
    "\\",
    "\n",
    "\r\n",
    "\t",
    " ",
    "  ",
    ":",
    ": ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "!!float ",
    "!",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "|\n",
    ">-\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "=",
    "[0]=",
    "[65536]=",
    "[-1]=",
    ".a",
    "null",
    "~",
    "0",
    "-0",
    "1",
    "-1",
    "010",
    "0x1f",
    "0o17",
    "1e400",
    "-9223372036854775808",
    "18446744073709551616",
    "1e3",
    ".inf",
    ".nan",
    "2001-01-01",
    "é",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{10ffff}",
    "😀",
    "\0",
    "#",
    "/",
    "../",
    "*",
    "**",
    "%s",
    "%[2]*.[1]*d",
    "%v",
    "(?i)",
    "{2,1000}",
    "^1.x || >2 - 3",
    "2006-01-02T15:04:05Z07:00",
];

/// Changes the input in a few places; `other` is one of which pieces are taken.
pub(super) fn mutate(random: &mut Random, input: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=random.few() {
        let (place, length) = (random.below(input.len() + 1), 1 + random.few() * random.below(8));
        let end = (place + length).min(input.len());
        match random.below(9) {
            0 => drop(input.drain(place..end)),
            1 => {
                let piece = input[place..end].to_vec();
                let times = 1 + random.few() * random.few();
                insert(input, place, &piece.repeat(times));
            }
            2 => {
                let word = random.word(WORDS).as_bytes();
                insert(input, place, word);
            }
            3 => {
                let word = random.word(WORDS);
                input.splice(place..end, word.bytes());
            }
            4 => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(64)).min(other.len());
                insert(input, place, &other[from..to]);
            }
            5 => input.splice(place..end, (0..random.few()).map(|_| random.byte()).collect::<Vec<_>>()).for_each(drop),
            6 => {
                if let Some(byte) = input.get_mut(place) {
                    *byte ^= 1 << random.below(8);
                }
            }
            7 => {
                let to = random.below(input.len() + 1);
                let piece: Vec<u8> = input.drain(place..end).collect();
                let to = to.min(input.len());
                insert(input, to, &piece);
            }
            _ => {
                let number = random.next().cast_signed() >> random.below(64);
                insert(input, place, number.to_string().as_bytes());
            }
        }
    }
    // Inputs stay small: a large one only does the same more often.
    input.truncate(1 << 14);
}

/// The same for text; what is no UTF-8 any more becomes replacement characters.
pub(super) fn mutated(random: &mut Random, text: &str, other: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    mutate(random, &mut bytes, other.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn insert(input: &mut Vec<u8>, place: usize, piece: &[u8]) {
    input.splice(place..place, piece.iter().copied());
}
