//! Text: sprig's string functions, by what they do to it.

pub mod case;
pub mod cut;
pub mod split;

mod word;

use super::{
    Function, Host,
    Kind::{Any, Int, Text},
    argument,
    limit::{self, Growing},
    print,
};
use crate::helm::{
    error::{Error, Result},
    value::Value,
};

/// What puts text together, trims it and looks into it.
pub const FUNCTIONS: &[Function] = &[
    Function::new("hello", &[], |_, _| Ok("Hello!".into())),
    Function::new("trim", &[Text], |_, arguments| Ok(argument::text(arguments, 0)?.trim().into())),
    Function::new("trimAll", &[Text, Text], trim_all),
    Function::new("trimall", &[Text, Text], trim_all),
    Function::new("trimSuffix", &[Text, Text], |_, arguments| {
        let (end, text) = pair(arguments)?;
        Ok(text.strip_suffix(end).unwrap_or(text).into())
    }),
    Function::new("trimPrefix", &[Text, Text], |_, arguments| {
        let (start, text) = pair(arguments)?;
        Ok(text.strip_prefix(start).unwrap_or(text).into())
    }),
    Function::new("contains", &[Text, Text], |_, arguments| {
        let (part, text) = pair(arguments)?;
        Ok(text.contains(part).into())
    }),
    Function::new("hasPrefix", &[Text, Text], |_, arguments| {
        let (start, text) = pair(arguments)?;
        Ok(text.starts_with(start).into())
    }),
    Function::new("hasSuffix", &[Text, Text], |_, arguments| {
        let (end, text) = pair(arguments)?;
        Ok(text.ends_with(end).into())
    }),
    Function::new("repeat", &[Int, Text], |_, arguments| {
        Ok(repeated(argument::text(arguments, 1)?, argument::int(arguments, 0)?)?.into())
    }),
    Function::new("replace", &[Text, Text, Text], replace),
    Function::new("indent", &[Int, Text], |_, arguments| Ok(indented(arguments)?.into())),
    Function::new("nindent", &[Int, Text], |_, arguments| Ok(format!("\n{}", indented(arguments)?).into())),
    Function::new("quote", &[], quote).with_rest(Any),
    Function::new("squote", &[], squote).with_rest(Any),
    Function::new("cat", &[], cat).with_rest(Any),
    Function::new("plural", &[Text, Text, Int], |_, arguments| {
        let place = usize::from(argument::int(arguments, 2)? != 1);
        Ok(argument::text(arguments, place)?.into())
    }),
    Function::new("toString", &[Any], |_, arguments| Ok(print::string(argument::any(arguments, 0)?)?.into())),
];

fn pair(arguments: &[Value]) -> Result<(&str, &str)> {
    Ok((argument::text(arguments, 0)?, argument::text(arguments, 1)?))
}

fn trim_all(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let (characters, text) = pair(arguments)?;
    Ok(text.trim_matches(|character| characters.contains(character)).into())
}

/// `strings.Repeat`.
fn repeated(text: &str, count: i64) -> Result<String> {
    let Ok(count) = usize::try_from(count) else {
        return Err(Error::new("strings: negative Repeat count"));
    };
    match text.len().checked_mul(count) {
        Some(length) if isize::try_from(length).is_ok() => limit::length(length)?,
        _ => return Err(Error::new("strings: Repeat output length overflow")),
    }
    Ok(text.repeat(count))
}

fn replace(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let (old, new) = pair(arguments)?;
    let text = argument::text(arguments, 2)?;
    let mut replaced = Growing::default();
    let mut end = 0;
    for (start, found) in text.match_indices(old) {
        replaced.push(&text[end..start])?;
        replaced.push(new)?;
        end = start + found.len();
    }
    replaced.push(&text[end..])?;
    Ok(replaced.into_text().into())
}

fn indented(arguments: &[Value]) -> Result<String> {
    let pad = repeated(" ", argument::int(arguments, 0)?)?;
    let mut indented = Growing::default();
    for (place, line) in argument::text(arguments, 1)?.split('\n').enumerate() {
        if place > 0 {
            indented.push("\n")?;
        }
        indented.push(&pad)?;
        indented.push(line)?;
    }
    Ok(indented.into_text())
}

/// What `written` makes of all arguments that are not nil, with spaces between.
fn spaced(arguments: &[Value], written: fn(&Value) -> Result<String>) -> Result<Value> {
    let mut spaced = Growing::default();
    for (place, value) in arguments.iter().filter(|value| !matches!(value, Value::Nil)).enumerate() {
        if place > 0 {
            spaced.push(" ")?;
        }
        spaced.push(&written(value)?)?;
    }
    Ok(spaced.into_text().into())
}

fn quote(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    spaced(arguments, |value| Ok(print::quoted(&print::string(value)?)))
}

fn squote(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    spaced(arguments, |value| Ok(format!("'{}'", print::plain(value)?)))
}

fn cat(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    spaced(arguments, print::plain)
}
