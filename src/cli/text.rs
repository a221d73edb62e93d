//! What was typed, made safe to echo.

use std::{fmt::Display, str::FromStr};

use clap::error::ContextValue;

use crate::output::escape;

/// Reads a value; the reason of a refusal is escaped.
pub(super) fn read<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| escape(&error.to_string()).into_owned())
}

/// A text that says something: not empty, no control characters.
pub(super) fn plain(text: &str) -> Result<String, String> {
    match (text.trim().is_empty(), escape(text)) {
        (true, _) => Err("it is empty".to_owned()),
        (false, escaped) if escaped != text => Err("it holds control characters".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// The same error with everything that was typed escaped: clap would echo it as it came.
pub(super) fn escape_echo(mut error: clap::Error) -> clap::Error {
    let escaped: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| {
            let value = match value {
                ContextValue::String(text) => ContextValue::String(escape(text).into_owned()),
                ContextValue::Strings(texts) => {
                    ContextValue::Strings(texts.iter().map(|text| escape(text).into_owned()).collect())
                }
                _ => return None,
            };
            Some((kind, value))
        })
        .collect();
    for (kind, value) in escaped {
        error.insert(kind, value);
    }
    error
}
