//! Upper, lower, title case, and the cases of names: `camelcase`, `snakecase`, `kebabcase`.

use super::{
    super::{Function, Kind::Text, argument, letter},
    word,
};
use crate::helm::{error::Result, raw, value::Value};

/// The case functions.
pub const FUNCTIONS: &[Function] = &[
    Function::new("upper", &[Text], |_, arguments| map(arguments, |text| letters(text).map(letter::upper).collect())),
    Function::new("lower", &[Text], |_, arguments| map(arguments, |text| letters(text).map(letter::lower).collect())),
    Function::new("title", &[Text], |_, arguments| map(arguments, title)),
    Function::new("untitle", &[Text], |_, arguments| map(arguments, untitle)),
    Function::new("swapcase", &[Text], |_, arguments| map(arguments, swap)),
    Function::new("snakecase", &[Text], |_, arguments| map(arguments, |text| word::joined(text, '_'))),
    Function::new("kebabcase", &[Text], |_, arguments| map(arguments, |text| word::joined(text, '-'))),
    Function::new("camelcase", &[Text], |_, arguments| {
        map(arguments, |text| word::pascal(&letters(text).collect::<String>()))
    }),
    Function::new("initials", &[Text], |_, arguments| map(arguments, initials)),
    Function::new("nospace", &[Text], |_, arguments| map(arguments, without_space)),
];

fn map(arguments: &[Value], changed: impl Fn(&str) -> String) -> Result<Value> {
    Ok(changed(argument::text(arguments, 0)?).into())
}

/// The letters of a text as Go goes over them: what is no UTF-8 becomes U+FFFD.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|character| if raw::byte(character).is_some() { char::REPLACEMENT_CHARACTER } else { character })
}

/// `strings.Title`: letters behind what is no letter, digit or underscore. Beyond ASCII only spaces part words.
fn title(text: &str) -> String {
    let parts = |before: char| match before {
        '_' => false,
        ascii if ascii.is_ascii() => !ascii.is_ascii_alphanumeric(),
        letter if letter::is_letter(letter) || letter::is_digit(letter) => false,
        other => other.is_whitespace(),
    };
    let mut before = ' ';
    let titled =
        |character| if parts(std::mem::replace(&mut before, character)) { letter::title(character) } else { character };
    letters(text).map(titled).collect()
}

fn untitle(text: &str) -> String {
    let mut before = ' ';
    let lowered = |character| {
        let before = std::mem::replace(&mut before, character);
        if before.is_whitespace() && !character.is_whitespace() { letter::lower(character) } else { character }
    };
    letters(text).map(lowered).collect()
}

/// As goutils swaps case: a small letter at the start of a word becomes a title letter.
fn swap(text: &str) -> String {
    let mut behind_space = true;
    let swapped = |character| {
        if letter::is_upper(character) || letter::is_title(character) {
            behind_space = false;
            letter::lower(character)
        } else if letter::is_lower(character) {
            if std::mem::take(&mut behind_space) { letter::title(character) } else { letter::upper(character) }
        } else {
            behind_space = character.is_whitespace();
            character
        }
    };
    letters(text).map(swapped).collect()
}

/// The first letter of each word. goutils takes bytes for letters, so `ä` gives `Ã`.
fn initials(text: &str) -> String {
    let mut before = ' ';
    let bytes = raw::bytes(text);
    let first = bytes.iter().map(|byte| char::from(*byte)).filter(|character| {
        let before = std::mem::replace(&mut before, *character);
        before.is_whitespace() && !character.is_whitespace()
    });
    first.collect()
}

/// The text without spaces. goutils takes bytes for letters where there was any, so `ä b` gives `Ã¤b`.
fn without_space(text: &str) -> String {
    let bytes = raw::bytes(text);
    let kept: Vec<char> = bytes.iter().map(|byte| char::from(*byte)).filter(|byte| !byte.is_whitespace()).collect();
    if kept.len() == bytes.len() { text.to_owned() } else { kept.into_iter().collect() }
}
