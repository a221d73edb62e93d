//! Regular expressions in Go's syntax (see `pattern`). Those without `must` panic in Go on a wrong one, which Helm shows as
//! an error too; only `regexMatch` takes it for no match.

use super::{
    Function, Host,
    Kind::{Int, Text},
    argument, letter,
    limit::{self, Growing},
    pattern::Pattern,
    print,
};
use crate::helm::{
    error::{Error, Result},
    raw,
    value::{List, ListKind, Value},
};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("regexMatch", &[Text, Text], |_, arguments| Ok(matches(arguments, must).unwrap_or(false).into())),
    Function::new("mustRegexMatch", &[Text, Text], |_, arguments| Ok(matches(arguments, must)?.into())),
    Function::new("regexFind", &[Text, Text], |_, arguments| find(arguments, compile)),
    Function::new("mustRegexFind", &[Text, Text], |_, arguments| find(arguments, must)),
    Function::new("regexFindAll", &[Text, Text, Int], |_, arguments| find_all(arguments, compile)),
    Function::new("mustRegexFindAll", &[Text, Text, Int], |_, arguments| find_all(arguments, must)),
    Function::new("regexReplaceAll", &[Text, Text, Text], |_, arguments| replace(arguments, compile, expand)),
    Function::new("mustRegexReplaceAll", &[Text, Text, Text], |_, arguments| replace(arguments, must, expand)),
    Function::new("regexReplaceAllLiteral", &[Text, Text, Text], |_, arguments| replace(arguments, compile, literal)),
    Function::new("mustRegexReplaceAllLiteral", &[Text, Text, Text], |_, arguments| replace(arguments, must, literal)),
    Function::new("regexSplit", &[Text, Text, Int], |_, arguments| split(arguments, compile)),
    Function::new("mustRegexSplit", &[Text, Text, Int], |_, arguments| split(arguments, must)),
    Function::new("regexQuoteMeta", &[Text], quote_meta),
];

type Compile = fn(&str) -> Result<Pattern>;

/// `regexp.Compile`.
fn must(pattern: &str) -> Result<Pattern> {
    Pattern::new(pattern)
}

/// `regexp.MustCompile`, with the words of its panic.
fn compile(pattern: &str) -> Result<Pattern> {
    Pattern::new(pattern).map_err(|error| {
        let is_plain = |character: char| {
            character == '\t'
                || !matches!(character, '`' | '\u{feff}' | '\0'..='\x1F' | '\x7F') && raw::byte(character).is_none()
        };
        let quoted = if pattern.chars().all(is_plain) { format!("`{pattern}`") } else { print::quoted(pattern) };
        Error::new(format!("regexp: Compile({quoted}): {error}"))
    })
}

fn matches(arguments: &[Value], compile: Compile) -> Result<bool> {
    Ok(compile(argument::text(arguments, 0)?)?.regex().is_match(argument::text(arguments, 1)?))
}

fn find(arguments: &[Value], compile: Compile) -> Result<Value> {
    let pattern = compile(argument::text(arguments, 0)?)?;
    let found = pattern.regex().find(argument::text(arguments, 1)?);
    Ok(found.map_or("", |found| found.as_str()).into())
}

/// At most so many matches, all where the number is negative.
fn found(pattern: &Pattern, text: &str, most: i64) -> Result<Vec<(usize, usize)>> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let found: Vec<_> = pattern
        .regex()
        .find_iter(text)
        .take(most.min(limit::MOST_ITEMS + 1))
        .map(|found| (found.start(), found.end()))
        .collect();
    limit::items(found.len())?;
    Ok(found)
}

fn find_all(arguments: &[Value], compile: Compile) -> Result<Value> {
    let pattern = compile(argument::text(arguments, 0)?)?;
    let text = argument::text(arguments, 1)?;
    let found = found(&pattern, text, argument::int(arguments, 2)?)?;
    if found.is_empty() {
        return Ok(List::nil(ListKind::Strings).into());
    }
    Ok(Value::strings(found.into_iter().map(|(start, end)| &text[start..end])))
}

/// What is put in place of a match.
type Replacement = fn(&Pattern, &::regex::Captures<'_>, &str, &mut Growing) -> Result<()>;

fn replace(arguments: &[Value], compile: Compile, replacement: Replacement) -> Result<Value> {
    let pattern = compile(argument::text(arguments, 0)?)?;
    let (text, template) = (argument::text(arguments, 1)?, argument::text(arguments, 2)?);
    let mut replaced = Growing::default();
    let mut end = 0;
    for captures in pattern.regex().captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        replaced.push(&text[end..whole.start()])?;
        replacement(&pattern, &captures, template, &mut replaced)?;
        end = whole.end();
    }
    replaced.push(&text[end..])?;
    Ok(replaced.into_text().into())
}

fn literal(_: &Pattern, _: &::regex::Captures<'_>, template: &str, text: &mut Growing) -> Result<()> {
    text.push(template)
}

/// `$1`, `${1}`, `$name` and `$$` in the template. A name goes on as long as letters do: `$1x` is the group `1x`.
fn expand(pattern: &Pattern, captures: &::regex::Captures<'_>, template: &str, text: &mut Growing) -> Result<()> {
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('$') {
        text.push(before)?;
        if let Some(behind) = behind.strip_prefix('$') {
            text.push("$")?;
            rest = behind;
        } else if let Some((name, behind)) = reference(behind) {
            let group = match number(name) {
                Some(number) => captures.get(number),
                None => pattern.groups(name).find_map(|group| captures.get(group)),
            };
            text.push(group.map_or("", |group| group.as_str()))?;
            rest = behind;
        } else {
            text.push("$")?;
            rest = behind;
        }
    }
    text.push(rest)
}

/// The name of a group behind `$`, with or without braces, and what follows; `None` where it is none.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (text, in_braces) = text.strip_prefix('{').map_or((text, false), |text| (text, true));
    let belongs = |character| character == '_' || letter::is_letter(character) || letter::is_digit(character);
    let end = text.find(|character| !belongs(character)).unwrap_or(text.len());
    let (name, behind) = text.split_at(end);
    let behind = if in_braces { behind.strip_prefix('}')? } else { behind };
    (!name.is_empty()).then_some((name, behind))
}

/// The number that a name is: no sign, no zero before it, below a billion.
fn number(name: &str) -> Option<usize> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit()) && !(name.len() > 1 && name.starts_with('0'));
    if is_number && name.len() <= 9 { name.parse().ok() } else { None }
}

/// `Regexp.Split`: at most so many parts, none for 0.
fn split(arguments: &[Value], compile: Compile) -> Result<Value> {
    let pattern = compile(argument::text(arguments, 0)?)?;
    let (text, most) = (argument::text(arguments, 1)?, argument::int(arguments, 2)?);
    if most == 0 {
        return Ok(List::nil(ListKind::Strings).into());
    }
    if text.is_empty() && !argument::text(arguments, 0)?.is_empty() {
        return Ok(Value::strings([""]));
    }
    let last = usize::try_from(most).map_or(usize::MAX, |most| most - 1);
    let (mut parts, mut begin, mut end) = (vec![], 0, 0);
    for (start, stop) in found(&pattern, text, most)? {
        if parts.len() >= last {
            break;
        }
        end = start;
        if stop != 0 {
            parts.push(&text[begin..end]);
        }
        begin = stop;
    }
    if end != text.len() {
        parts.push(&text[begin..]);
    }
    Ok(Value::strings(parts))
}

fn quote_meta(_: &mut dyn Host, arguments: &[Value]) -> Result<Value> {
    let mut quoted = String::new();
    for character in argument::text(arguments, 0)?.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    Ok(quoted.into())
}
