//! Cutting text by bytes, as Go does: `trunc`, `substr`, `abbrev`, `wrap`.

use super::super::{
    Function,
    Kind::{Int, Text},
    argument, limit,
};
use crate::helm::{
    error::{Error, Result},
    raw,
    value::Value,
};

/// The cutting functions.
pub const FUNCTIONS: &[Function] = &[
    Function::new("trunc", &[Int, Text], |_, arguments| {
        cut(arguments, 1, |text| Ok(truncated(text, argument::int(arguments, 0)?).to_vec()))
    }),
    Function::new("substr", &[Int, Int, Text], |_, arguments| {
        cut(arguments, 2, |text| Ok(part(text, argument::int(arguments, 0)?, argument::int(arguments, 1)?)?.to_vec()))
    }),
    Function::new("abbrev", &[Int, Text], |_, arguments| {
        cut(arguments, 1, |text| {
            let width = argument::int(arguments, 0)?;
            Ok(if width < 4 { text.to_vec() } else { abbreviated(text, 0, width) })
        })
    }),
    Function::new("abbrevboth", &[Int, Int, Text], |_, arguments| {
        cut(arguments, 2, |text| {
            let (left, right) = (argument::int(arguments, 0)?, argument::int(arguments, 1)?);
            let too_narrow = right < 4 || left > 0 && right < 7;
            Ok(if too_narrow { text.to_vec() } else { abbreviated(text, left, right) })
        })
    }),
    Function::new("wrap", &[Int, Text], |_, arguments| {
        cut(arguments, 1, |text| wrapped(text, argument::int(arguments, 0)?, b"\n", Long::Kept))
    }),
    Function::new("wrapWith", &[Int, Text, Text], |_, arguments| {
        let separator = raw::bytes(argument::text(arguments, 1)?);
        let separator = if separator.is_empty() { b"\n" } else { separator.as_ref() };
        cut(arguments, 2, |text| wrapped(text, argument::int(arguments, 0)?, separator, Long::Broken))
    }),
];

/// What a cut leaves of the text at `place`.
fn cut(arguments: &[Value], place: usize, left: impl FnOnce(&[u8]) -> Result<Vec<u8>>) -> Result<Value> {
    let text = raw::bytes(argument::text(arguments, place)?);
    Ok(Value::Text(raw::text(&left(&text)?)))
}

/// The first bytes, or with a negative count the last.
fn truncated(text: &[u8], count: i64) -> &[u8] {
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if size >= text.len() {
        text
    } else if count < 0 {
        &text[text.len() - size..]
    } else {
        &text[..size]
    }
}

/// `text[start:end]`; a negative `start` is 0, an `end` that is negative or too large is the end of the text.
fn part(text: &[u8], start: i64, end: i64) -> Result<&[u8]> {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let fault = |bounds: String| Err(Error::new(format!("runtime error: slice bounds out of range {bounds}")));
    let (from, to) = if start < 0 {
        match end {
            end if end < 0 => return fault(format!("[:{end}]")),
            end if end > length => return fault(format!("[:{end}] with length {length}")),
            end => (0, end),
        }
    } else {
        (start, if end < 0 || end > length { length } else { end })
    };
    match (usize::try_from(from), usize::try_from(to)) {
        (Ok(from), Ok(to)) if from <= to => Ok(&text[from..to]),
        _ => fault(format!("[{from}:{to}]")),
    }
}

const DOTS: &[u8] = b"...";

/// goutils' `AbbreviateFull`: at most `width` bytes, with dots for what is left out behind and, from `offset` on, before.
fn abbreviated(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let Ok(width) = usize::try_from(width) else { return vec![] };
    if text.len() <= width {
        return text.to_vec();
    }
    if width < 4 {
        return vec![];
    }
    let offset = usize::try_from(offset).unwrap_or(0).min(text.len() - (width - DOTS.len()));
    if offset <= 4 {
        return [&text[..width - DOTS.len()], DOTS].concat();
    }
    if width < 7 {
        return vec![];
    }
    if offset + width - DOTS.len() < text.len() {
        let kept = abbreviated(&text[offset..], 0, i64::try_from(width - DOTS.len()).unwrap_or(0));
        return [DOTS, &kept].concat();
    }
    [DOTS, &text[text.len() - (width - DOTS.len())..]].concat()
}

/// What becomes of words that are longer than a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Long {
    Kept,
    Broken,
}

/// goutils' `WrapCustom`: lines of at most `width` bytes, broken at spaces.
fn wrapped(text: &[u8], width: i64, separator: &[u8], long: Long) -> Result<Vec<u8>> {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let is_space = |byte: &u8| *byte == b' ';
    let mut lines = vec![];
    let mut rest = text;
    while rest.len() > width {
        if rest.starts_with(b" ") {
            rest = &rest[1..];
            continue;
        }
        let (line, next) = match rest[..=width].iter().rposition(is_space) {
            Some(space) => (&rest[..space], &rest[space + 1..]),
            None if long == Long::Broken => rest.split_at(width),
            None => match rest[width..].iter().position(is_space) {
                Some(space) => (&rest[..width + space], &rest[width + space + 1..]),
                None => break,
            },
        };
        lines.extend_from_slice(line);
        lines.extend_from_slice(separator);
        limit::length(lines.len())?;
        rest = next;
    }
    lines.extend_from_slice(rest);
    Ok(lines)
}
