//! `--set` and its kin: values on the command line, as Helm's `strvals` reads them.

mod parser;
mod typed;

#[cfg(test)]
mod set_test;

use super::{error::Result, value::Map};
use parser::{Parser, Stop};

/// The largest index that a list may be given (Helm's `MaxIndex`).
const MAX_INDEX: i64 = 65_536;

/// How deep names may be nested (Helm's `MaxNestedNameLevel`); here lists too, which Helm leaves without a limit.
const MAX_LEVEL: usize = 30;

/// Gives the content of a file of this name.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Result<String>;

/// The flags.
#[derive(Clone, Copy)]
pub enum SetKind<'a> {
    /// `--set`: `true`, `false`, `null` and whole numbers are such, everything else is text.
    Typed,
    /// `--set-string`: all values are text.
    Text,
    /// `--set-json`: values are JSON; an empty one is null.
    Json,
    /// `--set-file`: values are the names of files, whose content the caller gives.
    File(ReadFile<'a>),
    /// `--set-literal`: everything behind the first `=` is one text.
    Literal,
}

/// Reads what stands behind a flag and merges it into `map`, which keeps what was set before an error, as in Helm.
///
/// # Errors
///
/// In Helm's words, without the flag's own `failed parsing --set data: `.
pub fn parse_into(map: &Map, text: &str, kind: SetKind<'_>) -> Result<()> {
    let mut parser = Parser::new(text, kind);
    loop {
        match parser.key(map, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Fault(error)) => return Err(error),
        }
    }
}
