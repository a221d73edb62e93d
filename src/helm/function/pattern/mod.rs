//! Patterns in Go's syntax (RE2), written anew in that of the regex crate, whose matches are the same.
//!
//! What differs and is minded here: `\d`, `\s`, `\w` and `\b` are ASCII in Go; in a class `[`, `&&` and `--` are plain
//! characters; a brace that is no repetition is plain; `\Q…\E`, octal escapes, and what each of them refuses, with Go's
//! words for it.

mod class;
mod escape;
mod group;

use std::ops::Range;

use ::regex::{Regex, RegexBuilder};

use crate::helm::{
    error::{Error, Result},
    raw,
};

/// The most times that nested counted repetitions may repeat together.
const MOST_REPEATS: u32 = 1_000;

/// How deep groups may nest; Go allows 1,000.
const DEEPEST: usize = 200;

/// How much memory a compiled pattern may take, in bytes.
const LARGEST: usize = 32 << 20;

/// A pattern, ready to be matched.
pub(super) struct Pattern {
    regex: Regex,
    /// The names of the groups, from the first one on.
    names: Vec<Option<String>>,
}

impl Pattern {
    /// Reads a pattern, or says as Go does why it is none.
    pub(super) fn new(text: &str) -> Result<Self> {
        let (written, names) = Translation::new(text).all()?;
        let built = RegexBuilder::new(&written).size_limit(LARGEST).nest_limit(8 * 200).build();
        let regex = built.map_err(|_| fault("expression too large", text))?;
        Ok(Self { regex, names })
    }

    /// The same in the regex crate's form.
    pub(super) fn regex(&self) -> &Regex {
        &self.regex
    }

    /// The numbers of the groups that have this name; Go allows several.
    pub(super) fn groups(&self, name: &str) -> impl Iterator<Item = usize> {
        self.names.iter().enumerate().filter(move |(_, own)| own.as_deref() == Some(name)).map(|(place, _)| place + 1)
    }
}

/// Go's words for what is wrong, and the part of the pattern that is.
fn fault(reason: &str, part: &str) -> Error {
    Error::new(format!("error parsing regexp: {reason}: `{part}`"))
}

/// Something written that a repetition may follow, or that it may not.
#[derive(Debug)]
struct Piece {
    text: String,
    sort: Sort,
    /// How often its counted repetitions repeat together, at most.
    repeats: u32,
    /// Whether `(?U)` held where it was read.
    is_ungreedy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// A character, class, assertion or group.
    Atom,
    /// An atom that is repeated.
    Repeated,
    /// A `|`, behind which nothing can be repeated yet.
    Bar,
    /// Flags, which repetitions look past.
    Flags,
}

/// A group that is still open, or the whole pattern.
#[derive(Debug, Default)]
struct Group {
    opening: &'static str,
    pieces: Vec<Piece>,
    /// Whether `(?U)` holds, which makes repetitions lazy and lazy ones greedy.
    is_ungreedy: bool,
}

/// A pattern on its way into the other syntax.
struct Translation<'a> {
    text: &'a str,
    place: usize,
    groups: Vec<Group>,
    open: Group,
    names: Vec<Option<String>>,
    /// Where the repetition began that was read last, if nothing was read since.
    repetition: Option<usize>,
}

impl<'a> Translation<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, place: 0, groups: vec![], open: Group::default(), names: vec![], repetition: None }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.place..]
    }

    /// The part of the pattern from `start` up to here.
    fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.place]
    }

    fn all(mut self) -> Result<(String, Vec<Option<String>>)> {
        if let Some((place, _)) = self.text.char_indices().find(|(_, character)| raw::byte(*character).is_some()) {
            return Err(fault("invalid UTF-8", &self.text[place..]));
        }
        while let Some(character) = self.rest().chars().next() {
            let before = self.repetition.take();
            match character {
                '(' => self.open_group()?,
                ')' => self.close_group()?,
                '|' => self.push("|", Sort::Bar, 1),
                '^' | '$' | '.' => self.push(character.encode_utf8(&mut [0; 4]), Sort::Atom, 1),
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    let start = self.place..self.place + 1;
                    self.repeat(start, None, before)?;
                    continue;
                }
                '{' => match escape::counts(self.rest()) {
                    Some((counts, length)) => {
                        let start = self.place..self.place + length;
                        self.repeat(start, Some(counts), before)?;
                        continue;
                    }
                    None => self.literal('{'),
                },
                '\\' => {
                    self.backslash()?;
                    continue;
                }
                other => self.literal(other),
            }
            if !matches!(character, '(' | ')' | '[') {
                self.place += character.len_utf8();
            }
        }
        if !self.groups.is_empty() {
            return Err(fault("missing closing )", self.text));
        }
        Ok((self.open.written(), self.names))
    }

    fn push(&mut self, text: &str, sort: Sort, repeats: u32) {
        let is_ungreedy = self.open.is_ungreedy;
        self.open.pieces.push(Piece { text: text.to_owned(), sort, repeats, is_ungreedy });
    }

    fn literal(&mut self, character: char) {
        self.push(&escape::written(character), Sort::Atom, 1);
    }

    /// Repeats what was read last: `sign` is where the repetition stands, without the mark of laziness behind it.
    fn repeat(&mut self, sign: Range<usize>, counts: Option<escape::Counts>, before: Option<usize>) -> Result<()> {
        self.place = sign.end;
        if let Some(counts) = &counts {
            counts.check(self.since(sign.start))?;
        }
        let is_lazy = self.rest().starts_with('?');
        self.place += usize::from(is_lazy);
        if let Some(start) = before {
            return Err(fault("invalid nested repetition operator", self.since(start)));
        }
        let (whole, is_ungreedy) = (self.since(sign.start), self.open.is_ungreedy);
        let last = self.open.pieces.iter_mut().rev().find(|piece| piece.sort != Sort::Flags);
        let Some(piece) = last.filter(|piece| piece.sort != Sort::Bar) else {
            return Err(fault("missing argument to repetition operator", whole));
        };
        if let Some(counts) = &counts {
            piece.repeats = piece.repeats.saturating_mul(counts.at_most());
            if counts.is_real() && piece.repeats > MOST_REPEATS {
                return Err(fault("invalid repeat count", whole));
            }
        }
        if piece.sort == Sort::Repeated {
            piece.text = format!("(?:{})", piece.text);
        }
        // Flags between the piece and its repetition stand behind both here, so the mark says what they would.
        piece.text.push_str(whole.strip_suffix('?').filter(|_| is_lazy).unwrap_or(whole));
        if is_lazy != (piece.is_ungreedy != is_ungreedy) {
            piece.text.push('?');
        }
        piece.sort = Sort::Repeated;
        self.repetition = Some(sign.start);
        Ok(())
    }

    /// What a backslash begins outside of classes.
    fn backslash(&mut self) -> Result<()> {
        let start = self.place;
        let rest = self.rest();
        let assertion = match rest.as_bytes().get(1) {
            Some(b'A') => Some(r"\A"),
            Some(b'z') => Some(r"\z"),
            Some(b'b') => Some(r"(?-u:\b)"),
            Some(b'B') => Some(r"(?-u:\B)"),
            _ => None,
        };
        if let Some(assertion) = assertion {
            self.place += 2;
            self.push(assertion, Sort::Atom, 1);
        } else if rest.starts_with(r"\C") {
            self.place += 2;
            return Err(fault("invalid escape sequence", self.since(start)));
        } else if let Some(quoted) = rest.strip_prefix(r"\Q") {
            let (quoted, behind) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            quoted.chars().for_each(|character| self.literal(character));
            self.place = self.text.len() - behind.len();
        } else if let Some(class) = self.class_escape()? {
            self.push(&format!("[{class}]"), Sort::Atom, 1);
        } else {
            let character = self.character_escape()?;
            self.literal(character);
        }
        Ok(())
    }
}

impl Group {
    fn written(&self) -> String {
        let pieces = self.pieces.iter().map(|piece| piece.text.as_str());
        std::iter::once(self.opening).chain(pieces).collect()
    }

    fn repeats(&self) -> u32 {
        self.pieces.iter().map(|piece| piece.repeats).max().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::Pattern;

    #[test]
    fn what_go_reads_otherwise_matches_as_in_go() {
        for (pattern, text, is_match) in [
            (r"^\d+$", "٣", false),
            (r"^\w$", "ä", false),
            (r"\bä", "ä", false),
            (r"\Bä", "ä", true),
            (r"^[[a]$", "[", true),
            (r"^[a&&b]$", "&", true),
            (r"^[+--b]$", "-", true),
            (r"^[]a]$", "]", true),
            (r"^a{,5}$", "a{,5}", true),
            (r"^a{2}{$", "aa{", true),
            (r"^\Qa.b\E+$", "a.bb", true),
            (r"^\101\x41\x{41}$", "AAA", true),
            (r"(?i)^(?-i:a)B$", "ab", true),
            (r"(?i)^\w$", "\u{212a}", true),
            (r"^[^[:alpha:]\d]$", "-", true),
            (r"^\<\>$", "<>", true),
            (r"^[\pL--]+$", "ä-", true),
            (r"^\p{^Greek}\P{Greek}\p{Greek}$", "aaα", true),
            (r"^(?:)*$", "", true),
            (r"a(?i)*$", "aaa", true),
            (r"a*(?i)*$", "aaa", true),
            (r"^(?U)a+", "aa", true),
            (r"^(?)a$", "a", true),
            (r"(?s)^.$", "\n", true),
            (r"^.$", "\n", false),
            (r"(?m)^b$", "a\nb", true),
            (r"^[a-\x{10ffff}]$", "ä", true),
            (r"[^\x00-\x{10FFFF}]", "a", false),
            (r"^(|a)+$", "aa", true),
            (r"^(?P<x>a)(?<x>b)$", "ab", true),
        ] {
            let read = Pattern::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(read.regex().is_match(text), is_match, "{pattern} {text}");
        }
    }

    #[test]
    fn deep_patterns_are_refused() {
        assert!(Pattern::new(&"(".repeat(100_000)).is_err());
        assert!(Pattern::new(&format!("{}{}", "(".repeat(199), ")".repeat(199))).is_ok());
        assert!(Pattern::new(&"a*(?i)*".repeat(10_000)).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_text_is_a_pattern_or_an_error(
            pattern in "([-a-c(|)*+?{}0-3,.^$:<>=PimsU]|\\[|\\]|\\\\|\\\\[AzbBCQEpdDwWsSx]|\\[\\^|\\[:alpha:\\]|\\PC){0,20}",
        ) {
            if let Err(error) = Pattern::new(&pattern) {
                assert!(error.text().starts_with("error parsing regexp: "));
                assert!(!error.text().contains("too large"), "translated wrongly: {pattern}");
            }
        }
    }
}
