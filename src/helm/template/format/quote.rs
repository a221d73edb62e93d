//! Text in quotes, as Go's `strconv` puts it.

use std::fmt::Write as _;

/// `strconv.Quote`: in double quotes, with escapes for what cannot be printed.
pub fn double(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    text.chars().for_each(|character| push_escaped(&mut quoted, character, '"', false));
    quoted.push('"');
    quoted
}

/// `strconv.QuoteToASCII`: the same, with escapes for everything outside of ASCII too.
pub fn double_ascii(text: &str) -> String {
    let mut quoted = String::from('"');
    text.chars().for_each(|character| push_escaped(&mut quoted, character, '"', true));
    quoted.push('"');
    quoted
}

/// `strconv.Quote` of a string that need not be UTF-8: bytes that are not are escaped one by one.
pub(super) fn double_bytes(bytes: &[u8], ascii: bool) -> String {
    let mut quoted = String::from('"');
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|character| push_escaped(&mut quoted, character, '"', ascii));
        for byte in chunk.invalid() {
            push(&mut quoted, format_args!("\\x{byte:02x}"));
        }
    }
    quoted.push('"');
    quoted
}

/// `strconv.QuoteRune` and `strconv.QuoteRuneToASCII`.
pub(super) fn single(character: char, ascii: bool) -> String {
    let mut quoted = String::from('\'');
    push_escaped(&mut quoted, character, '\'', ascii);
    quoted.push('\'');
    quoted
}

/// Go's `%#U`: `U+0021 '!'`.
pub(in crate::helm::template) fn code_point(character: char) -> String {
    let number = u32::from(character);
    if is_printable(character) { format!("U+{number:04X} '{character}'") } else { format!("U+{number:04X}") }
}

/// `strconv.CanBackquote`: whether the text can stand in backquotes on one line.
pub(super) fn can_backquote(text: &str) -> bool {
    !text.chars().any(|c| c == '\u{feff}' || c == '`' || c == '\u{7f}' || (c < ' ' && c != '\t'))
}

/// `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(in crate::helm::template) fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    // Rust escapes in debug output what Unicode holds to be control, format, space and unassigned, as Go does. It also
    // escapes marks, but only where they come first.
    let mut buffer = ['a', character].iter().collect::<String>();
    let length = buffer.len();
    buffer = buffer.escape_debug().collect();
    buffer.len() == length
}

fn push_escaped(quoted: &mut String, character: char, mark: char, ascii: bool) {
    match character {
        '\\' => quoted.push_str("\\\\"),
        _ if character == mark => quoted.extend(['\\', mark]),
        _ if is_printable(character) && (!ascii || character.is_ascii()) => quoted.push(character),
        '\u{7}' => quoted.push_str("\\a"),
        '\u{8}' => quoted.push_str("\\b"),
        '\u{c}' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\u{b}' => quoted.push_str("\\v"),
        _ => match u32::from(character) {
            number @ (0..0x20 | 0x7f) => push(quoted, format_args!("\\x{number:02x}")),
            number @ ..0x1_0000 => push(quoted, format_args!("\\u{number:04x}")),
            number => push(quoted, format_args!("\\U{number:08x}")),
        },
    }
}

fn push(quoted: &mut String, piece: std::fmt::Arguments<'_>) {
    quoted.write_fmt(piece).expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::{can_backquote, code_point, double, double_ascii, double_bytes, single};

    #[test]
    fn text_is_quoted_as_go_quotes_it() {
        assert_eq!(
            double("say \"hi\" \\ back\n\t\u{1}é日\u{301}"),
            "\"say \\\"hi\\\" \\\\ back\\n\\t\\x01é日\u{301}\""
        );
        assert_eq!(double("\u{a0}\u{200b}\u{e000}\u{10ffff}"), "\"\\u00a0\\u200b\\ue000\\U0010ffff\"");
        assert_eq!(double_ascii("é😀"), "\"\\u00e9\\U0001f600\"");
        assert_eq!(double_bytes(b"a\xff", false), "\"a\\xff\"");
        assert_eq!(single('\'', false), "'\\''");
        assert_eq!(code_point('é'), "U+00E9 'é'");
        assert!(can_backquote("a\tb") && !can_backquote("a\nb"));
    }
}
