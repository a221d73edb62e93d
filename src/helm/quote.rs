//! Text between double quotes as Go writes it: `%q`, `strconv.Quote`.

use std::fmt::Write;

use super::raw;

/// As `strconv.Quote` quotes `text`: what cannot be printed is escaped.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        push(&mut quoted, character);
    }
    quoted.push('"');
    quoted
}

/// As `%q` prints the letters of `text` as a slice of runes: `['a' 'b']`.
pub fn quote_letters(text: &str) -> String {
    let letter = |character: char| match character {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        _ => {
            let mut quoted = String::from("'");
            push(&mut quoted, character);
            quoted + "'"
        }
    };
    format!("[{}]", text.chars().map(letter).collect::<Vec<_>>().join(" "))
}

fn push(quoted: &mut String, character: char) {
    let escape = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        _ => return push_letter(quoted, character),
    };
    quoted.push_str(escape);
}

fn push_letter(quoted: &mut String, character: char) {
    let code = raw::byte(character).map_or(u32::from(character), u32::from);
    let written = if raw::byte(character).is_some() || code < 0x20 || code == 0x7f {
        write!(quoted, "\\x{code:02x}")
    } else if is_printed(character) {
        quoted.push(character);
        Ok(())
    } else if code < 0x10000 {
        write!(quoted, "\\u{code:04x}")
    } else {
        write!(quoted, "\\U{code:08x}")
    };
    written.expect("a string takes all that is written to it");
}

/// Whether Go prints it (`strconv.IsPrint`): letters, marks, numbers, symbols, and of the spaces only the common one.
fn is_printed(character: char) -> bool {
    matches!(character, ' ' | '\'') || character.escape_debug().len() == 1 || character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::{super::raw, quote, quote_letters};

    #[test]
    fn letters_are_quoted_one_by_one() {
        assert_eq!(quote_letters("a'\"\n"), r#"['a' '\'' '"' '\n']"#);
    }

    #[test]
    fn text_is_quoted_as_in_go() {
        assert_eq!(quote("a\"b\\c\n\t\u{7}\u{1}\u{7f}"), r#""a\"b\\c\n\t\a\x01\x7f""#);
        assert_eq!(quote("it's"), "\"it's\"");
        assert_eq!(quote("äß€😀 \u{a0}\u{200b}\u{e000}\u{f0000}"), r#""äß€😀 \u00a0\u200b\ue000\U000f0000""#);
        assert_eq!(quote(&raw::text(&[b'a', 0xC3])), r#""a\xc3""#);
    }
}
