//! Shell patterns after Go's `path/filepath.Match`, as `.helmignore` has them.

/// The pattern has a range that is not closed, or ends in a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPattern;

/// What one place of a pattern takes.
enum Place {
    /// `?`: any character but `/`.
    Any,
    /// `[a-z]`, or `[^a-z]`.
    Range { ranges: Vec<(char, char)>, negated: bool },
    /// The character itself.
    Exactly(char),
}

/// Whether `pattern` takes the whole of `name`: `*` and `?` never take a `/`.
///
/// As in Go, only the part of a pattern that is reached is looked at, so a fault behind it goes unnoticed.
pub fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let (mut pattern, mut name) = (pattern, name);
    'chunks: while !pattern.is_empty() {
        let (starred, chunk, rest) = next_chunk(pattern);
        pattern = rest;
        if starred && chunk.is_empty() {
            return Ok(!name.contains('/'));
        }
        let places = places(chunk)?;
        let last = pattern.is_empty();
        if let Some(left) = take(&places, name)
            && (left.is_empty() || !last)
        {
            name = left;
            continue;
        }
        if starred {
            for (start, character) in name.char_indices().take_while(|(_, character)| *character != '/') {
                if let Some(left) = take(&places, &name[start + character.len_utf8()..])
                    && (left.is_empty() || !last)
                {
                    name = left;
                    continue 'chunks;
                }
            }
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

/// Whether stars come first, what stands up to the next star, and the rest.
fn next_chunk(pattern: &str) -> (bool, &str, &str) {
    let chunk = pattern.trim_start_matches('*');
    let starred = chunk.len() < pattern.len();
    let (mut escaped, mut in_range) = (false, false);
    for (place, character) in chunk.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_range = true,
            ']' => in_range = false,
            '*' if !in_range => return (starred, &chunk[..place], &chunk[place..]),
            _ => {}
        }
    }
    (starred, chunk, "")
}

fn places(chunk: &str) -> Result<Vec<Place>, BadPattern> {
    let mut places = vec![];
    let mut characters = chunk.chars().peekable();
    while let Some(character) = characters.next() {
        places.push(match character {
            '?' => Place::Any,
            '\\' => Place::Exactly(characters.next().ok_or(BadPattern)?),
            '[' => {
                let negated = characters.next_if_eq(&'^').is_some();
                let mut ranges = vec![];
                while ranges.is_empty() || characters.next_if_eq(&']').is_none() {
                    let low = bound(&mut characters)?;
                    let high = match characters.next_if_eq(&'-') {
                        Some(_) => bound(&mut characters)?,
                        None => low,
                    };
                    ranges.push((low, high));
                }
                Place::Range { ranges, negated }
            }
            other => Place::Exactly(other),
        });
    }
    Ok(places)
}

/// One end of a range; something must follow it.
fn bound(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<char, BadPattern> {
    let bound = match characters.next() {
        None | Some('-' | ']') => return Err(BadPattern),
        Some('\\') => characters.next().ok_or(BadPattern)?,
        Some(character) => character,
    };
    characters.peek().map(|_| bound).ok_or(BadPattern)
}

/// What is left of `name` behind the places, where they take its beginning.
fn take<'a>(places: &[Place], name: &'a str) -> Option<&'a str> {
    let mut characters = name.chars();
    for place in places {
        let character = characters.next()?;
        let fits = match place {
            Place::Any => character != '/',
            Place::Exactly(expected) => character == *expected,
            Place::Range { ranges, negated } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
        };
        if !fits {
            return None;
        }
    }
    Some(characters.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BadPattern, matches};

    /// Pattern, name and what Go 1.26 answers.
    const ANSWERS: &[(&str, &str, Result<bool, BadPattern>)] = &[
        ("abc", "abc", Ok(true)),
        ("*", "abc", Ok(true)),
        ("*c", "abc", Ok(true)),
        ("a*", "ab/c", Ok(false)),
        ("a*/b", "abc/b", Ok(true)),
        ("a*/b", "a/c/b", Ok(false)),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f", Ok(true)),
        ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
        ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
        ("ab[c]", "abc", Ok(true)),
        ("ab[b-d]", "abc", Ok(true)),
        ("ab[^b-d]", "abc", Ok(false)),
        ("a\\*b", "a*b", Ok(true)),
        ("a?b", "a☺b", Ok(true)),
        ("a?b", "a/b", Ok(false)),
        ("a[^a]b", "a/b", Ok(true)),
        ("[]a]", "]", Err(BadPattern)),
        ("[\\-x]", "-", Ok(true)),
        ("[-]", "-", Err(BadPattern)),
        ("a[", "a", Err(BadPattern)),
        ("a[", "ab", Err(BadPattern)),
        ("foo*[", "abc", Ok(false)),
        ("*x", "xxx", Ok(true)),
        ("", "", Ok(true)),
    ];

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, name, answer) in ANSWERS {
            assert_eq!(matches(pattern, name), *answer, "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn any_pattern_gets_an_answer(pattern in r"[\[\]\\*?^/a☺-]{0,12}", name in "[a-c/☺]{0,12}") {
            let _ = matches(&pattern, &name);
        }
    }
}
