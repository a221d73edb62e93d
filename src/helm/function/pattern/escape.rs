//! Single characters and counts: `\n`, `\x{41}`, `\101`, `{2,5}`.

use super::{MOST_REPEATS, Translation, fault};
use crate::helm::error::Result;

/// A character as the regex crate takes it for itself, in classes too.
pub(super) fn written(character: char) -> String {
    if character.is_ascii() && !character.is_ascii_alphanumeric() {
        format!("\\x{:02X}", u32::from(character))
    } else {
        character.to_string()
    }
}

/// What stands in the braces of a counted repetition. A number that is too large to be read is larger than allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    least: u32,
    most: Option<u32>,
}

/// The counts that `text` begins with, braces included, and their length; `None` where the brace is a plain character.
pub(super) fn counts(text: &str) -> Option<(Counts, usize)> {
    let inside = text.strip_prefix('{')?.split_once('}')?.0;
    let (least, most) = inside.split_once(',').map_or((inside, None), |(least, most)| (least, Some(most)));
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = is_number && !(digits.len() > 1 && digits.starts_with('0'));
        is_number.then(|| digits.parse().unwrap_or(u32::MAX))
    };
    let least = number(least)?;
    let most = match most {
        None => Some(least),
        Some("") => None,
        Some(most) => Some(number(most)?),
    };
    Some((Counts { least, most }, inside.len() + 2))
}

impl Counts {
    /// Neither number too large, and the first not above the second.
    pub(super) fn check(&self, written: &str) -> Result<()> {
        let most = self.most.unwrap_or(self.least);
        if self.least > MOST_REPEATS || most > MOST_REPEATS || self.least > most {
            return Err(fault("invalid repeat count", written));
        }
        Ok(())
    }

    /// How often it repeats as Go counts it where repetitions nest: `{2,}` as two, `{0,}` as one.
    pub(super) fn at_most(&self) -> u32 {
        self.most.unwrap_or(self.least.max(1))
    }

    /// Whether it may repeat twice or more, so that Go checks what lies in it.
    pub(super) fn is_real(&self) -> bool {
        self.least >= 2 || self.most.is_some_and(|most| most >= 2)
    }
}

impl Translation<'_> {
    /// Takes one character off the pattern.
    fn take(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.place += character.len_utf8();
        Some(character)
    }

    /// The character that the escape here stands for.
    pub(super) fn character_escape(&mut self) -> Result<char> {
        let start = self.place;
        self.place += 1;
        let Some(letter) = self.take() else { return Err(fault("trailing backslash at end of expression", "")) };
        let character = match letter {
            'a' => Some('\x07'),
            'f' => Some('\x0C'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0B'),
            'x' => self.hexadecimal(),
            '0' => Some(self.octal(0)),
            '1'..='7' if self.rest().starts_with(|next: char| next.is_digit(8)) => {
                Some(self.octal(letter as u32 - 0x30))
            }
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => Some(other),
            _ => None,
        };
        character.ok_or_else(|| fault("invalid escape sequence", self.since(start)))
    }

    /// Up to two more octal digits.
    fn octal(&mut self, first: u32) -> char {
        let mut value = first;
        for _ in 0..2 {
            let Some(digit) = self.rest().chars().next().and_then(|next| next.to_digit(8)) else { break };
            value = value * 8 + digit;
            self.place += 1;
        }
        char::from_u32(value).unwrap_or_default()
    }

    /// Two digits, or any number in braces.
    fn hexadecimal(&mut self) -> Option<char> {
        let first = self.take()?;
        if first != '{' {
            let (first, second) = (first.to_digit(16), self.take().and_then(|second| second.to_digit(16)));
            return char::from_u32(first? * 16 + second?);
        }
        let mut value = None;
        loop {
            match self.take()? {
                '}' => return char::from_u32(value?),
                digit => {
                    let next = value.unwrap_or(0) * 16 + digit.to_digit(16)?;
                    value = Some(next).filter(|next| *next <= 0x10_FFFF);
                    value?;
                }
            }
        }
    }
}
