//! Paths with slashes: `base`, `clean`, `dir`, `ext`, and the `os…` ones, which on Unix are the same.

use super::{Function, Kind::Text, argument};
use crate::helm::{error::Result, value::Value};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("base", &[Text], |_, arguments| map(arguments, base)),
    Function::new("osBase", &[Text], |_, arguments| map(arguments, base)),
    Function::new("dir", &[Text], |_, arguments| map(arguments, dir)),
    Function::new("osDir", &[Text], |_, arguments| map(arguments, dir)),
    Function::new("clean", &[Text], |_, arguments| map(arguments, clean)),
    Function::new("osClean", &[Text], |_, arguments| map(arguments, clean)),
    Function::new("ext", &[Text], |_, arguments| map(arguments, ext)),
    Function::new("osExt", &[Text], |_, arguments| map(arguments, ext)),
    Function::new("isAbs", &[Text], |_, arguments| Ok(argument::text(arguments, 0)?.starts_with('/').into())),
    Function::new("osIsAbs", &[Text], |_, arguments| Ok(argument::text(arguments, 0)?.starts_with('/').into())),
];

fn map(arguments: &[Value], changed: fn(&str) -> String) -> Result<Value> {
    Ok(changed(argument::text(arguments, 0)?).into())
}

/// The last part; `.` of nothing, `/` of slashes alone.
fn base(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match (path, last) {
        ("", _) => ".".to_owned(),
        (_, "") => "/".to_owned(),
        (_, last) => last.to_owned(),
    }
}

/// All but the last part, cleaned.
fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

/// The shortest path that is the same: without `.`, `..` behind a name, and doubled slashes.
fn clean(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut parts = vec![];
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_rooted => {}
            part => parts.push(part),
        }
    }
    match (is_rooted, parts.join("/")) {
        (true, rest) => format!("/{rest}"),
        (false, rest) if rest.is_empty() => ".".to_owned(),
        (false, rest) => rest,
    }
}

/// What follows the last dot of the last part, with the dot.
fn ext(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rfind('.').map_or("", |dot| &last[dot..]).to_owned()
}
