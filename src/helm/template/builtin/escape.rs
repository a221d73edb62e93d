//! `html`, `js` and `urlquery`.

use std::fmt::Write as _;

use super::super::{
    format::{self, quote},
    slot::Slot,
};
use crate::helm::{error::Result, raw, value::Value};

/// The arguments as one text, as `print` makes it; nil is no value here.
pub(super) fn joined(slots: &[Slot]) -> Result<String> {
    let printable = |slot: &Slot| match &slot.value {
        Value::Nil => Value::text(format::NO_VALUE),
        value => value.clone(),
    };
    format::print(&slots.iter().map(printable).collect::<Vec<_>>())
}

pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0' => escaped.push('\u{fffd}'),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

pub(super) fn js(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '\'' | '"' => escaped.extend(['\\', character]),
            '<' | '>' | '&' | '=' | '\0'..' ' => push_code(&mut escaped, character),
            _ if character.is_ascii() || quote::is_printable(character) || raw::byte(character).is_some() => {
                escaped.push(character);
            }
            _ => push_code(&mut escaped, character),
        }
    }
    escaped
}

fn push_code(escaped: &mut String, character: char) {
    write!(escaped, "\\u{:04X}", u32::from(character)).expect("a string takes all");
}

pub(super) fn url_query(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in raw::bytes(text).iter().copied() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            b' ' => escaped.push('+'),
            _ => write!(escaped, "%{byte:02X}").expect("a string takes all"),
        }
    }
    escaped
}
