//! In which style text can be written, by libyaml's rules.

use super::{
    Dialect,
    resolve::{Scalar, resolve},
    source::is_break,
};

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// What a text allows.
#[expect(clippy::struct_excessive_bools, reason = "they are what libyaml finds out, each by itself")]
pub(super) struct Analysis {
    /// Whether it has line breaks.
    pub(super) is_multiline: bool,
    plain: bool,
    single_quoted: bool,
    literal: bool,
}

/// What libyaml writes without an escape; beyond the first plane it escapes everything.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && character != '\u{feff}'
}

impl Analysis {
    pub(super) fn of(text: &str, dialect: Dialect) -> Self {
        let mut spaces = Spaces::default();
        let mut indicator = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut tab, mut is_multiline) = (false, false, false);
        let mut before = ' ';
        let mut characters = text.chars().enumerate().peekable();
        while let Some((place, character)) = characters.next() {
            let after = characters.peek().map(|(_, character)| *character);
            indicator |= is_indicator(character, place == 0, before, after);
            if character == '\t' && dialect == Dialect::Third {
                tab = true;
            } else if !is_printable(character) {
                special = true;
            }
            is_multiline |= is_break(character);
            spaces.take(character, place == 0, after.is_none());
            before = character;
        }
        if text.is_empty() {
            return Self { is_multiline, plain: true, single_quoted: true, literal: false };
        }
        let broken = spaces.break_space || spaces.space_break || special;
        Self {
            is_multiline,
            plain: !(indicator || spaces.at_an_end || broken || is_multiline || tab),
            single_quoted: !(broken || tab),
            literal: !(spaces.trailing || spaces.space_break || special),
        }
    }

    /// The style for `text` that is a string, as a key or elsewhere.
    pub(super) fn style(&self, text: &str, is_key: bool, dialect: Dialect) -> Style {
        let wanted = if text.contains('\n') {
            Style::Literal
        } else if can_be_plain(text, dialect) {
            Style::Plain
        } else {
            Style::DoubleQuoted
        };
        match wanted {
            _ if is_key && self.is_multiline => Style::DoubleQuoted,
            Style::Plain if self.plain => Style::Plain,
            Style::Plain if self.single_quoted => Style::SingleQuoted,
            Style::Literal if self.literal && !is_key => Style::Literal,
            _ => Style::DoubleQuoted,
        }
    }
}

/// Whether a character means something to YAML where it stands.
fn is_indicator(character: char, is_first: bool, before: char, after: Option<char>) -> bool {
    let before_space = after.is_none_or(|after| matches!(after, ' ' | '\t'));
    match character {
        '#' => is_first || matches!(before, ' ' | '\t' | '\0') || is_break(before),
        ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => is_first,
        '?' | '-' => is_first && before_space,
        ':' => before_space,
        _ => false,
    }
}

/// Spaces and breaks beside each other and at the ends.
#[expect(clippy::struct_excessive_bools, reason = "they are what libyaml finds out, each by itself")]
#[derive(Default)]
struct Spaces {
    at_an_end: bool,
    trailing: bool,
    break_space: bool,
    space_break: bool,
    after_space: bool,
    after_break: bool,
}

impl Spaces {
    fn take(&mut self, character: char, is_first: bool, is_last: bool) {
        let (is_space, is_break) = (character == ' ', is_break(character));
        self.at_an_end |= (is_space || is_break) && (is_first || is_last);
        self.trailing |= is_space && is_last;
        self.break_space |= is_space && self.after_break;
        self.space_break |= is_break && self.after_space;
        self.after_space = is_space;
        self.after_break = is_break;
    }
}

/// Whether `text` would be read as text if it stood unquoted; base 60 and YAML 1.1's booleans count as something else.
fn can_be_plain(text: &str, dialect: Dialect) -> bool {
    let is_text = match resolve(text) {
        Scalar::Text => true,
        Scalar::Bool(_) => false,
        _ => return false,
    };
    is_text && !is_base_60(text) && (dialect == Dialect::Second || !is_third_octal(text))
}

/// Version 3 reads a sign behind `0o`.
fn is_third_octal(text: &str) -> bool {
    let digits = text.strip_prefix("0o").filter(|digits| digits.starts_with(['+', '-']));
    digits.is_some_and(|digits| i64::from_str_radix(&digits.replace('_', ""), 8).is_ok())
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = text.split(':');
    let whole = parts.next().unwrap_or_default();
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit() || c == b'_');
    let mut parts: Vec<&str> = parts.collect();
    if let Some((last, fraction)) = parts.last().and_then(|last| last.split_once('.')) {
        if !digits(fraction) {
            return false;
        }
        let end = parts.len() - 1;
        parts[end] = last;
    }
    let sixtieth = |part: &&str| match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => matches!(tens, b'0'..=b'5') && ones.is_ascii_digit(),
        _ => false,
    };
    whole.starts_with(|c: char| c.is_ascii_digit()) && digits(whole) && !parts.is_empty() && parts.iter().all(sixtieth)
}

#[cfg(test)]
mod tests {
    use super::is_base_60;

    #[test]
    fn times_are_base_60() {
        for text in ["1:30", "190:20:30", "+1:0", "1_0:59.", "1:2.5_"] {
            assert!(is_base_60(text), "{text}");
        }
        for text in ["1:60", "1", ":1", "_1:1", "1:", "1:2:x", "1:002", "1.5:2"] {
            assert!(!is_base_60(text), "{text}");
        }
    }
}
