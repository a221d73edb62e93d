//! Text into lists and back: `split`, `splitList`, `join`, `toStrings`, `sortAlpha`.

use std::rc::Rc;

use super::super::{
    Function, Host,
    Kind::{Any, Int, Text},
    argument,
    limit::{self, Growing},
    list, print,
};
use crate::helm::{
    error::Result,
    value::{List, ListKind, Map, MapKind, Value},
};

/// What makes lists of text and text of lists.
pub const FUNCTIONS: &[Function] = &[
    Function::new("split", &[Text, Text], |_, arguments| {
        numbered(parts(argument::text(arguments, 0)?, argument::text(arguments, 1)?, -1))
    }),
    Function::new("splitn", &[Text, Int, Text], |_, arguments| {
        let count = argument::int(arguments, 1)?;
        numbered(parts(argument::text(arguments, 0)?, argument::text(arguments, 2)?, count))
    }),
    Function::new("splitList", &[Text, Text], |_, arguments| {
        let parts = parts(argument::text(arguments, 0)?, argument::text(arguments, 1)?, -1);
        limit::items(parts.len())?;
        Ok(Value::strings(parts))
    }),
    Function::new("join", &[Text, Any], join),
    Function::new("toStrings", &[Any], |_, arguments| Ok(strings(argument::any(arguments, 0)?)?.into())),
    Function::new("sortAlpha", &[Any], sort),
];

/// `strings.SplitN`: at most `count` parts, all where it is negative. An empty separator parts all characters.
fn parts<'a>(separator: &str, text: &'a str, count: i64) -> Vec<&'a str> {
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    if most == 0 {
        return vec![];
    }
    if !separator.is_empty() {
        return text.splitn(most, separator).collect();
    }
    let mut parts = vec![];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if parts.len() + 1 == most {
            parts.push(rest);
            break;
        }
        let (part, behind) = rest.split_at(first.len_utf8());
        parts.push(part);
        rest = behind;
    }
    parts
}

/// The parts as `_0`, `_1` and so on.
fn numbered(parts: Vec<&str>) -> Result<Value> {
    limit::items(parts.len())?;
    let fields = parts.into_iter().enumerate().map(|(place, part)| (Rc::from(format!("_{place}")), Value::text(part)));
    Ok(Map::of_kind(MapKind::Strings, fields.collect()).into())
}

/// sprig's `strslice`: what is in a list, nil left out, as text; a single value as a list of one. A `[]string` stays itself.
fn strings(value: &Value) -> Result<List> {
    let items = match value {
        Value::List(list) if list.kind() == ListKind::Strings => return Ok(list.clone()),
        Value::Nil => vec![],
        other => list::items(other).unwrap_or_else(|| vec![other.clone()]),
    };
    let texts = items.iter().filter(|item| !matches!(item, Value::Nil));
    let texts = texts.map(|item| print::string(item).map(Value::from)).collect::<Result<_>>()?;
    Ok(List::of_kind(ListKind::Strings, texts))
}

fn join(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let separator = argument::text(arguments, 0)?;
    let mut joined = Growing::default();
    for (place, item) in strings(argument::any(arguments, 1)?)?.to_vec().iter().enumerate() {
        if place > 0 {
            joined.push(separator)?;
        }
        joined.push(item.as_text().unwrap_or_default())?;
    }
    Ok(joined.into_text().into())
}

/// Sorts by bytes; a `[]string` in place, as sprig does, so that whoever shares it sees it sorted.
fn sort(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let value = argument::any(arguments, 0)?;
    if list::items(value).is_none() {
        return Ok(Value::strings([print::string(value)?]));
    }
    let sorted = strings(value)?;
    sorted.reorder(|one, other| one.as_text().cmp(&other.as_text()));
    Ok(sorted.into())
}
