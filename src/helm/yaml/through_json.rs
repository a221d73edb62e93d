//! What becomes of text that `toYaml` writes as JSON and reads again as YAML before it writes it as YAML.

use std::borrow::Cow;

use crate::helm::{
    error::{Error, Result},
    json, raw,
    value::Value,
};

/// YAML takes no longer keys on one line, quotes and escapes included.
const LONGEST_KEY: usize = 1024;

/// A string as a value.
///
/// # Errors
///
/// Where it holds characters that YAML refuses and JSON does not escape.
pub(super) fn text(text: &str) -> Result<Cow<'_, str>> {
    if text.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) {
        return Ok(Cow::Borrowed(text));
    }
    let is_refused = |c| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(is_refused) {
        return Err(Error::new("yaml: control characters are not allowed"));
    }
    let sound = |c| if raw::byte(c).is_some() { char::REPLACEMENT_CHARACTER } else { c };
    let text: String = text.chars().map(sound).collect();
    Ok(Cow::Owned(if text.contains('\u{85}') { folded(&text) } else { text }))
}

/// A string as a key.
///
/// # Errors
///
/// Those of [`text`], and where it is too long or of more than one line.
pub(super) fn key(key: &str) -> Result<Cow<'_, str>> {
    let is_too_long = || json::write(&Value::text(key)).is_ok_and(|json| json.chars().count() > LONGEST_KEY);
    if key.contains('\u{85}') || (key.len() > LONGEST_KEY / 6 - 1 && is_too_long()) {
        return Err(Error::new("yaml: did not find expected ',' or '}'"));
    }
    text(key)
}

/// YAML folds at U+0085, which JSON does not escape: one becomes a space, more become one newline less.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let (mut spaces, mut breaks) = (0, 0);
    let join = |folded: &mut String, spaces: &mut usize, breaks: &mut usize| {
        match *breaks {
            0 => folded.extend(std::iter::repeat_n(' ', *spaces)),
            1 => folded.push(' '),
            breaks => folded.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        (*spaces, *breaks) = (0, 0);
    };
    for character in text.chars() {
        match character {
            ' ' if breaks == 0 => spaces += 1,
            ' ' => {}
            '\u{85}' => breaks += 1,
            _ => {
                join(&mut folded, &mut spaces, &mut breaks);
                folded.push(character);
            }
        }
    }
    join(&mut folded, &mut spaces, &mut breaks);
    folded
}
