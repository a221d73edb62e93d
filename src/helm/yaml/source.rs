//! A text and the place where it is being read, as libyaml counts: lines and columns in characters.

use crate::helm::error::Error;

/// A place in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Characters before it.
    pub(super) index: usize,
    pub(super) line: usize,
    pub(super) column: isize,
}

/// What of the text has not been read.
pub(super) struct Source<'a> {
    rest: &'a str,
    mark: Mark,
    /// Whether the text is cut off before characters that YAML does not allow.
    is_cut: bool,
}

/// go-yaml looks at so many bytes together for characters that are not allowed.
const BLOCK: usize = 512;

/// What libyaml takes for a line break.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A space or a tab.
pub(super) fn is_blank(character: Option<char>) -> bool {
    matches!(character, Some(' ' | '\t'))
}

/// A line break, or the end of the text.
pub(super) fn is_break_or_end(character: Option<char>) -> bool {
    character.is_none_or(is_break)
}

/// A space, a tab, a line break or the end of the text.
pub(super) fn is_blank_or_end(character: Option<char>) -> bool {
    is_blank(character) || is_break_or_end(character)
}

/// What names of anchors, tags and directives consist of.
pub(super) fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

/// Where the first character stands that YAML does not allow.
fn first_forbidden(text: &str) -> Option<usize> {
    let is_plain = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let mut from = 0;
    loop {
        // Nearly all of a text is plain ASCII, which need not be decoded.
        let place = from + text.as_bytes()[from..].iter().position(|byte| !is_plain(byte))?;
        let character = text[place..].chars().next()?;
        if !matches!(character, '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}') {
            return Some(place);
        }
        from = place + character.len_utf8();
    }
}

impl<'a> Source<'a> {
    /// The text without its byte order mark.
    pub(super) fn new(text: &'a str) -> Self {
        let bad = first_forbidden(text);
        let sound = bad.map_or(text, |bad| &text[..text.floor_char_boundary(bad - bad % BLOCK)]);
        let rest = sound.strip_prefix('\u{feff}').unwrap_or(sound);
        Self { rest, mark: Mark::default(), is_cut: bad.is_some() }
    }

    /// Whether the text goes on, but not with what YAML allows.
    pub(super) fn is_at_cut(&self) -> bool {
        self.is_cut && self.rest.is_empty()
    }

    #[inline]
    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    #[inline]
    pub(super) fn column(&self) -> isize {
        self.mark.column
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// The character behind the next one.
    pub(super) fn peek_second(&self) -> Option<char> {
        self.rest.chars().nth(1)
    }

    pub(super) fn starts_with(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    /// Whether a line begins here that starts or ends a document.
    pub(super) fn is_at_document_mark(&self, mark: &str) -> bool {
        self.mark.column == 0 && self.rest.strip_prefix(mark).is_some_and(|rest| is_blank_or_end(rest.chars().next()))
    }

    /// Takes one character that is no line break.
    #[inline]
    pub(super) fn take(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.rest = &self.rest[character.len_utf8()..];
        self.mark.index += 1;
        self.mark.column += 1;
        Some(character)
    }

    /// Takes so many characters.
    pub(super) fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.take();
        }
    }

    /// Takes characters as long as they are wanted.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        self.take_while_pair(|character, _| wanted(character))
    }

    /// Takes characters as long as they are wanted, each seen with the one behind it. None of them is a line break.
    pub(super) fn take_while_pair(&mut self, wanted: impl Fn(char, Option<char>) -> bool) -> &'a str {
        let (mut count, mut characters) = (0, self.rest.chars());
        let left = loop {
            let left = characters.as_str();
            match characters.next() {
                Some(character) if wanted(character, characters.clone().next()) => count += 1,
                _ => break left,
            }
        };
        let taken = &self.rest[..self.rest.len() - left.len()];
        self.rest = left;
        self.mark.index += count;
        self.mark.column += count.cast_signed();
        taken
    }

    /// Takes a line break, where there is one: as `\n`, but Unicode's separators as they are.
    pub(super) fn take_break(&mut self) -> Option<char> {
        let character = self.peek().filter(|character| is_break(*character))?;
        let width = if self.rest.starts_with("\r\n") { 2 } else { character.len_utf8() };
        self.mark.index += if width == 2 && character == '\r' { 2 } else { 1 };
        self.rest = &self.rest[width..];
        self.mark.column = 0;
        self.mark.line += 1;
        Some(if matches!(character, '\u{2028}' | '\u{2029}') { character } else { '\n' })
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|character| matches!(character, ' ' | '\t'));
    }

    /// Takes a comment, where there is one, up to the end of its line.
    pub(super) fn skip_comment(&mut self) {
        if self.peek() == Some('#') {
            // Half of a file of values is comments, and nearly all of them are ASCII.
            let plain =
                self.rest.bytes().position(|byte| matches!(byte, b'\r' | b'\n' | 0x80..)).unwrap_or(self.rest.len());
            self.rest = &self.rest[plain..];
            self.mark.index += plain;
            self.mark.column += plain.cast_signed();
            self.take_while(|character| !is_break(character));
        }
    }

    /// Goes to the beginning of a line that the text does not have, at its end.
    pub(super) fn end_line(&mut self) {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
    }

    /// An error of the scanner here, in go-yaml's words, which leave out the first line.
    pub(super) fn error(&self, problem: &str) -> Error {
        match self.mark.line {
            _ if self.is_at_cut() => Error::new("yaml: control characters are not allowed"),
            0 => Error::new(format!("yaml: {problem}")),
            line => Error::new(format!("yaml: line {}: {problem}", line + 1)),
        }
    }
}

impl Mark {
    /// An error of the parser here, in go-yaml's words, which count lines from zero then.
    pub(super) fn error(self, problem: &str) -> Error {
        match self.line {
            0 => Error::new(format!("yaml: {problem}")),
            line => Error::new(format!("yaml: line {line}: {problem}")),
        }
    }
}
