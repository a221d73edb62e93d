//! Names of several words as xstrings takes them apart: `HTTPServer20x` is `HTTP`, `Server`, `20x`.

use super::super::letter;

/// What a run of characters is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    End,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

fn is_connector(character: char) -> bool {
    matches!(character, '-' | '_') || character.is_whitespace()
}

/// Letters of alphabets, not Chinese characters.
fn is_alphabetic(character: char) -> bool {
    letter::is_letter(character)
        && !matches!(character, '\u{3400}'..='\u{4D85}' | '\u{4E00}'..='\u{9FCC}' | '\u{20000}'..='\u{2B81D}')
}

fn is_small(character: char) -> bool {
    is_alphabetic(character) && !letter::is_upper(character)
}

/// The first run of `text` and what follows it.
fn next_run(text: &str) -> (Run, &str, &str) {
    let Some(first) = text.chars().next() else { return (Run::End, "", "") };
    let (run, length) = if is_connector(first) {
        (Run::Connector, length_of(text, is_connector))
    } else if letter::is_punctuation(first) {
        (Run::Punctuation, length_of(text, letter::is_punctuation))
    } else if letter::is_upper(first) {
        (Run::Upper, length_of_upper(text, first))
    } else if is_alphabetic(first) {
        (Run::Letters, length_of(text, is_small))
    } else if letter::is_number(first) {
        (Run::Number, length_of(text, letter::is_number))
    } else {
        let belongs = |character| {
            !(is_connector(character)
                || is_alphabetic(character)
                || letter::is_number(character)
                || letter::is_punctuation(character))
        };
        (Run::Other, length_of(text, belongs))
    };
    let (word, rest) = text.split_at(length);
    (run, word, rest)
}

/// The bytes of the first character and of all behind it that belong to it.
fn length_of(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.char_indices().skip(1).find(|(_, character)| !belongs(*character)).map_or(text.len(), |(place, _)| place)
}

/// Capitals, of which the last goes to the word behind them (`HTTPStatus`), or one capital and small letters.
fn length_of_upper(text: &str, first: char) -> usize {
    let behind = &text[first.len_utf8()..];
    if !behind.starts_with(letter::is_upper) {
        return if behind.starts_with(is_alphabetic) { length_of(text, is_small) } else { first.len_utf8() };
    }
    let length = length_of(text, letter::is_upper);
    if !text[length..].starts_with(is_alphabetic) {
        return length;
    }
    text[..length].char_indices().next_back().map_or(length, |(place, _)| place)
}

/// Words in lower case with `connector` between them: `snakecase` and `kebabcase`.
pub(super) fn joined(text: &str, connector: char) -> String {
    let mut joined = String::with_capacity(text.len() + 8);
    let (mut run, mut word, mut rest) = next_run(text);
    while !rest.is_empty() {
        if run != Run::Connector {
            write(&mut joined, run, word, connector);
        }
        let (before, last) = (run, word);
        (run, word, rest) = next_run(rest);
        match before {
            Run::Number => {
                (run, word, rest) = write_letters(&mut joined, (run, word, rest), connector);
                if !matches!(run, Run::End | Run::Punctuation | Run::Connector) {
                    joined.push(connector);
                }
            }
            Run::Connector => write(&mut joined, before, last, connector),
            Run::Punctuation => {}
            _ if run != Run::Number => {
                if !matches!(run, Run::Connector | Run::Punctuation) {
                    joined.push(connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => (run, word, rest) = write_number(&mut joined, word, next_run(rest), connector),
        }
    }
    write(&mut joined, run, word, connector);
    joined
}

/// A number behind a word: part of that word (`Bld4`), unless small letters follow (`2xx`).
fn write_number<'a>(
    joined: &mut String,
    number: &str,
    next: (Run, &'a str, &'a str),
    connector: char,
) -> (Run, &'a str, &'a str) {
    if next.0 == Run::Letters {
        joined.push(connector);
        write(joined, Run::Number, number, connector);
        let next = write_letters(joined, next, connector);
        if !matches!(next.0, Run::End | Run::Connector | Run::Punctuation) {
            joined.push(connector);
        }
        return next;
    }
    write(joined, Run::Number, number, connector);
    if !matches!(next.0, Run::Connector | Run::Punctuation) {
        joined.push(connector);
    }
    next
}

/// Writes letters and numbers as long as they follow each other.
fn write_letters<'a>(
    joined: &mut String,
    mut next: (Run, &'a str, &'a str),
    connector: char,
) -> (Run, &'a str, &'a str) {
    while matches!(next.0, Run::Letters | Run::Number) {
        write(joined, next.0, next.1, connector);
        next = next_run(next.2);
    }
    next
}

fn write(joined: &mut String, run: Run, word: &str, connector: char) {
    match run {
        Run::Upper | Run::Connector => joined.extend(word.chars().map(|character| {
            if is_connector(character) {
                connector
            } else if letter::is_upper(character) {
                letter::lower(character)
            } else {
                character
            }
        })),
        _ => joined.push_str(word),
    }
}

/// Words put together, each with a capital: `camelcase`. Connectors before the first word stay, and all but one of several.
pub(super) fn pascal(text: &str) -> String {
    let start = text.find(|character| !is_connector(character));
    let Some((start, first)) = start.and_then(|start| Some((start, text[start..].chars().next()?))) else {
        return match text.char_indices().next_back() {
            // xstrings writes the last connector twice where there is nothing else.
            Some((_, last)) => format!("{text}{last}"),
            None => String::new(),
        };
    };
    let mut pascal = text[..start].to_owned();
    let mut capitals = letter::is_upper(first);
    let mut character = letter::upper(first);
    for next in text[start + first.len_utf8()..].chars() {
        let before = character;
        character = next;
        if is_connector(character) && is_connector(before) {
            pascal.push(before);
        } else if is_connector(before) {
            capitals = letter::is_upper(character);
            character = letter::upper(character);
        } else {
            if capitals && letter::is_upper(character) {
                character = letter::lower(character);
            } else {
                capitals = false;
            }
            pascal.push(before);
        }
    }
    pascal.push(character);
    pascal
}
