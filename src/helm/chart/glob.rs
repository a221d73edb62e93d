//! Patterns of `.Files.Glob`, after `github.com/gobwas/glob` with `/` as separator.

use regex::Regex;

/// A pattern: `*` and `?` take anything but `/`, `**` takes that too, `[a-z]` and `[!a-z]` one character, `{a,b}` one of
/// several patterns.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    pattern: Option<Regex>,
}

impl Glob {
    /// Reads a pattern. One that cannot be read takes every file, as Helm has it.
    pub(super) fn new(pattern: &str) -> Self {
        let pattern = expression(pattern).and_then(|expression| Regex::new(&format!("(?s)^(?:{expression})$")).ok());
        Self { pattern }
    }

    /// Whether it takes the whole of `name`.
    pub(super) fn matches(&self, name: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(name))
    }
}

/// The pattern as a regular expression; `None` where it cannot be read.
fn expression(pattern: &str) -> Option<String> {
    let mut expression = String::new();
    let mut depth = 0_usize;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.next_if_eq(&'*').is_some() => expression.push_str(".*"),
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '{' => {
                depth += 1;
                expression.push_str("(?:");
            }
            ',' if depth > 0 => expression.push('|'),
            '}' if depth > 0 => {
                depth -= 1;
                expression.push(')');
            }
            '[' => expression.push_str(&range(&mut characters)?),
            // One at the end of a pattern is dropped.
            '\\' => expression.extend(characters.next().map(literal)),
            other => expression.push_str(&literal(other)),
        }
    }
    // The library takes alternatives that are not closed for closed ones.
    expression.extend(std::iter::repeat_n(')', depth));
    Some(expression)
}

fn literal(character: char) -> String {
    regex::escape(character.encode_utf8(&mut [0; 4]))
}

/// What stands between brackets: either one `lo-hi`, or some characters, never both.
fn range(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let negated = characters.next_if_eq(&'!').is_some();
    let first = characters.next()?;
    let class = if characters.next_if_eq(&'-').is_some() {
        let last = characters.next()?;
        characters.next_if_eq(&']')?;
        if last < first {
            return None;
        }
        format!("{}-{}", in_class(first), in_class(last))
    } else {
        let mut class = String::new();
        let mut next = Some(first);
        loop {
            match next? {
                ']' => break,
                '\\' => class.push_str(&in_class(characters.next()?)),
                other => class.push_str(&in_class(other)),
            }
            next = characters.next();
        }
        class
    };
    (!class.is_empty()).then(|| format!("[{}{class}]", if negated { "^" } else { "" }))
}

fn in_class(character: char) -> String {
    format!(r"\x{{{:x}}}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Glob;

    /// Pattern, name, and what `.Files.Glob` of Helm 4.3.1 answers.
    const ANSWERS: &[(&str, &str, bool)] = &[
        ("files/*", "files/a.txt", true),
        ("files/*", "files/b/a.txt", false),
        ("files/**", "files/b/a.txt", true),
        ("**.txt", "files/b/a.txt", true),
        ("**/a.txt", "a.txt", false),
        ("*.txt", "files/a.txt", false),
        ("a?b", "a/b", false),
        ("{a,b/*}.txt", "b/c.txt", true),
        ("{a,b}.txt", "c.txt", false),
        ("{a,{b,c}}.txt", "c.txt", true),
        ("[ab].txt", "a.txt", true),
        ("[!ab].txt", "a.txt", false),
        ("[a-c].txt", "b.txt", true),
        ("[!a-c].txt", "d.txt", true),
        ("[c-a].txt", "anything", true),
        ("[", "anything", true),
        (r"a\*", "a*", true),
        (r"a\*", "ab", false),
        ("a,b", "a,b", true),
        ("a}", "a}", true),
        ("", "", true),
        ("", "a", false),
    ];

    #[test]
    fn patterns_take_what_they_take_in_helm() {
        for (pattern, name, answer) in ANSWERS {
            assert_eq!(Glob::new(pattern).matches(name), *answer, "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn any_pattern_gets_an_answer(pattern in r"[\[\]{}\\*?!,/a-c-]{0,16}", name in "[a-c/]{0,12}") {
            let _ = Glob::new(&pattern).matches(&name);
        }
    }
}
