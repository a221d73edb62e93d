//! Values as Go's `fmt` prints them where a function makes text of one: `%v`, `%q`, and what sprig calls `strval`.

use std::{fmt::Write, sync::LazyLock};

use regex::Regex;

use super::limit;
use crate::helm::{
    error::Result,
    raw,
    value::{List, Map, Value},
};

/// What Go does not print: control, format and unassigned characters, and all spaces but the plain one.
static UNPRINTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{C}\p{Z}]").ok());

/// As sprig's `toString`: text and bytes as they are, all else as `%v` prints it.
pub fn string(value: &Value) -> Result<String> {
    match value {
        Value::Bytes(bytes) => Ok(raw::text(bytes).as_ref().to_owned()),
        other => plain(other),
    }
}

/// As `%v` prints it: `[1 2]`, `map[a:1]`, `<nil>`.
pub fn plain(value: &Value) -> Result<String> {
    let mut text = String::new();
    write(&mut text, value, 0)?;
    Ok(text)
}

fn write(text: &mut String, value: &Value, depth: usize) -> Result<()> {
    limit::depth(depth)?;
    limit::length(text.len())?;
    match value {
        Value::Nil => text.push_str("<nil>"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) | Value::Int64(number) => text.push_str(&number.to_string()),
        Value::Float(number) => text.push_str(&float(*number)),
        Value::Text(value) => text.push_str(value),
        Value::Bytes(bytes) => {
            let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
            text.extend(["[", &bytes.join(" "), "]"]);
        }
        Value::List(list) => write_list(text, list, depth)?,
        Value::Map(map) => write_map(text, map, depth)?,
        Value::Object(object) => text.push_str(&object.print()),
    }
    Ok(())
}

fn write_list(text: &mut String, list: &List, depth: usize) -> Result<()> {
    text.push('[');
    for (place, item) in list.to_vec().iter().enumerate() {
        if place > 0 {
            text.push(' ');
        }
        write(text, item, depth + 1)?;
    }
    text.push(']');
    Ok(())
}

fn write_map(text: &mut String, map: &Map, depth: usize) -> Result<()> {
    text.push_str("map[");
    for (place, (key, value)) in map.entries().iter().enumerate() {
        if place > 0 {
            text.push(' ');
        }
        text.push_str(key);
        text.push(':');
        write(text, value, depth + 1)?;
    }
    text.push(']');
    Ok(())
}

/// As `%v` prints a float64: the shortest digits that read back the same, with an exponent from 1e+06 on and below 1e-04.
pub fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = shortest(number);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => number.to_string(),
    }
}

/// The shortest digits that read back the same, as `1.5e0`. Where two are as short and as near, Go takes the even one and
/// Rust may take the other, so the same number of digits is written anew.
pub(super) fn shortest(number: f64) -> String {
    let shortest = format!("{number:e}");
    let digits = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    let nearest = format!("{number:.*e}", digits.saturating_sub(1));
    if nearest.parse() == Ok(number) { nearest } else { shortest }
}

/// As `%q` prints text: in double quotes, with escapes of Go.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0C' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0B' => quoted.push_str("\\v"),
            ' '..='~' => quoted.push(character),
            other => escape(&mut quoted, other),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(quoted: &mut String, character: char) {
    let code = u32::from(character);
    let written = if let Some(byte) = raw::byte(character) {
        write!(quoted, "\\x{byte:02x}")
    } else if is_printed(character) {
        quoted.push(character);
        return;
    } else if code < 0x80 {
        write!(quoted, "\\x{code:02x}")
    } else if code < 0x1_0000 {
        write!(quoted, "\\u{code:04x}")
    } else {
        write!(quoted, "\\U{code:08x}")
    };
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}

/// Whether `%q` leaves the character as it is (`unicode.IsPrint`).
fn is_printed(character: char) -> bool {
    match character {
        ' '..='~' => true,
        '\0'..='\u{a0}' => false,
        other => UNPRINTED.as_ref().is_some_and(|unprinted| !unprinted.is_match(other.encode_utf8(&mut [0; 4]))),
    }
}

#[cfg(test)]
mod tests {
    use super::{float, plain, quoted};
    use crate::helm::value::{Map, Value};

    #[test]
    fn floats_are_printed_as_go_prints_them() {
        for (number, text) in [
            (1.0, "1"),
            (1.5, "1.5"),
            (-0.0, "-0"),
            (1e6, "1e+06"),
            (123_456.0, "123456"),
            (1_234_567.0, "1.234567e+06"),
            (1e-4, "0.0001"),
            (1.25e-5, "1.25e-05"),
            (1e100, "1e+100"),
            (16_326_530_612_244_898.0 / 8.0, "2.0408163265306122e+15"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(float(number), text);
        }
    }

    #[test]
    fn a_map_that_holds_itself_is_an_error() {
        let map = Map::new();
        map.set("self", map.clone());
        assert!(plain(&Value::Map(map.clone())).is_err());
        map.remove("self");
    }

    #[test]
    fn text_is_quoted_as_go_quotes_it() {
        assert_eq!(quoted("a\"\\\n\u{7f}ä€😀\u{200b}\u{e000}"), r#""a\"\\\n\x7fä€😀\u200b\ue000""#);
    }
}
