//! Scalars: plain, quoted and in blocks.

use super::{
    scanner::{Scanner, TokenKind},
    source::{Source, is_blank, is_blank_or_end, is_break, is_break_or_end},
};
use crate::helm::error::Result;

/// The white space between two words of a scalar, of which folding leaves a space or some line breaks.
#[derive(Default)]
struct Gap {
    spaces: String,
    first_break: Option<char>,
    more_breaks: String,
    is_broken: bool,
}

impl Gap {
    /// Takes a space, tab or line break, where there is one.
    fn take(&mut self, source: &mut Source<'_>) -> bool {
        if is_blank(source.peek()) {
            let blank = source.take();
            if !self.is_broken {
                self.spaces.extend(blank);
            }
            return true;
        }
        let Some(broken) = source.take_break() else { return false };
        if self.is_broken {
            self.more_breaks.push(broken);
        } else {
            self.first_break = Some(broken);
            self.is_broken = true;
        }
        true
    }

    /// Writes what is left of it, and begins anew.
    fn join(&mut self, text: &mut String) {
        match self.first_break {
            _ if !self.is_broken => text.push_str(&self.spaces),
            Some('\n') if self.more_breaks.is_empty() => text.push(' '),
            Some('\n') => text.push_str(&self.more_breaks),
            other => {
                text.extend(other);
                text.push_str(&self.more_breaks);
            }
        }
        *self = Self::default();
    }
}

impl Scanner<'_> {
    fn is_at_any_document_mark(&self) -> bool {
        self.source.is_at_document_mark("---") || self.source.is_at_document_mark("...")
    }

    pub(super) fn scan_plain(&mut self) -> Result<TokenKind> {
        let (mut text, mut gap) = (String::new(), Gap::default());
        let indent = self.indent + 1;
        while !self.is_at_any_document_mark() && self.source.peek() != Some('#') {
            let is_in_flow = self.flow_level > 0;
            let word = self.source.take_while_pair(|character, second| {
                let ends_key = character == ':' && is_blank_or_end(second);
                let ends_item = is_in_flow && matches!(character, ',' | '?' | '[' | ']' | '{' | '}');
                !(is_blank_or_end(Some(character)) || ends_key || ends_item)
            });
            if !word.is_empty() {
                gap.join(&mut text);
                text.push_str(word);
            }
            if !is_blank(self.source.peek()) && !self.source.peek().is_some_and(is_break) {
                break;
            }
            loop {
                if gap.is_broken && self.source.column() < indent && self.source.peek() == Some('\t') {
                    return Err(self.source.error("found a tab character that violates indentation"));
                }
                if !gap.take(&mut self.source) {
                    break;
                }
            }
            if self.flow_level == 0 && self.source.column() < indent {
                break;
            }
        }
        if gap.is_broken {
            self.is_key_allowed = true;
        }
        Ok(TokenKind::Scalar { text, is_plain: true })
    }

    pub(super) fn scan_quoted(&mut self) -> Result<TokenKind> {
        let quote = self.source.take();
        let is_single = quote == Some('\'');
        let mut text = String::new();
        loop {
            if self.is_at_any_document_mark() {
                return Err(self.source.error("found unexpected document indicator"));
            }
            if self.source.peek().is_none() {
                return Err(self.source.error("found unexpected end of stream"));
            }
            let mut gap = Gap::default();
            while !is_blank_or_end(self.source.peek()) {
                if is_single && self.source.starts_with("''") {
                    text.push('\'');
                    self.source.skip(2);
                } else if self.source.peek() == quote {
                    break;
                } else if !is_single && self.source.peek() == Some('\\') {
                    self.source.take();
                    if self.source.peek().is_some_and(is_break) {
                        self.source.take_break();
                        gap.is_broken = true;
                        break;
                    }
                    text.push(self.scan_escape()?);
                } else {
                    text.extend(self.source.take());
                }
            }
            if self.source.peek() == quote {
                self.source.take();
                return Ok(TokenKind::Scalar { text, is_plain: false });
            }
            while gap.take(&mut self.source) {}
            gap.join(&mut text);
        }
    }

    /// The character that an escape stands for, behind its backslash.
    fn scan_escape(&mut self) -> Result<char> {
        let digits = match self.source.peek() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            letter => {
                let character = match letter {
                    Some('0') => '\0',
                    Some('a') => '\u{7}',
                    Some('b') => '\u{8}',
                    Some('t' | '\t') => '\t',
                    Some('n') => '\n',
                    Some('v') => '\u{b}',
                    Some('f') => '\u{c}',
                    Some('r') => '\r',
                    Some('e') => '\u{1b}',
                    Some(' ' | '"' | '\'' | '\\') => letter.unwrap_or_default(),
                    Some('N') => '\u{85}',
                    Some('_') => '\u{a0}',
                    Some('L') => '\u{2028}',
                    Some('P') => '\u{2029}',
                    _ => return Err(self.source.error("found unknown escape character")),
                };
                self.source.take();
                return Ok(character);
            }
        };
        self.source.take();
        let mut code = 0;
        for _ in 0..digits {
            let digit = self.source.peek().and_then(|c| c.to_digit(16));
            let Some(digit) = digit else {
                return Err(self.source.error("did not find expected hexdecimal number"));
            };
            code = code << 4 | digit;
            self.source.take();
        }
        char::from_u32(code).ok_or_else(|| self.source.error("found invalid Unicode character escape code"))
    }

    pub(super) fn scan_block_scalar(&mut self) -> Result<TokenKind> {
        let is_literal = self.source.take() == Some('|');
        let (chomping, increment) = self.scan_block_header()?;
        let mut indent = increment.map_or(0, |increment| self.indent.max(0) + increment);
        let (mut text, mut last_break, mut breaks) = (String::new(), None, String::new());
        self.scan_block_breaks(&mut indent, &mut breaks)?;
        let mut was_blank = false;
        while self.source.column() == indent && self.source.peek().is_some() {
            let is_blank = is_blank(self.source.peek());
            if !is_literal && !was_blank && !is_blank && last_break == Some('\n') {
                text.push_str(if breaks.is_empty() { " " } else { "" });
            } else {
                text.extend(last_break);
            }
            text.push_str(&breaks);
            breaks.clear();
            was_blank = is_blank;
            text.push_str(self.source.take_while(|character| !is_break(character)));
            last_break = self.source.take_break();
            self.scan_block_breaks(&mut indent, &mut breaks)?;
        }
        if chomping != Some('-') {
            text.extend(last_break);
        }
        if chomping == Some('+') {
            text.push_str(&breaks);
        }
        Ok(TokenKind::Scalar { text, is_plain: false })
    }

    /// What stands behind `|`: how to end the text, and how deep it is indented.
    fn scan_block_header(&mut self) -> Result<(Option<char>, Option<isize>)> {
        let (mut chomping, mut increment) = (None, None);
        for _ in 0..2 {
            match self.source.peek() {
                sign @ Some('+' | '-') if chomping.is_none() => chomping = sign,
                Some('0') if increment.is_none() => {
                    return Err(self.source.error("found an indentation indicator equal to 0"));
                }
                Some(digit @ '1'..='9') if increment.is_none() => {
                    increment = digit.to_digit(10).and_then(|digit| isize::try_from(digit).ok());
                }
                _ => break,
            }
            self.source.take();
        }
        self.source.skip_blanks();
        self.source.skip_comment();
        if !is_break_or_end(self.source.peek()) {
            return Err(self.source.error("did not find expected comment or line break"));
        }
        self.source.take_break();
        Ok((chomping, increment))
    }

    /// Takes empty lines and the indentation of the next line; the first one decides how deep it is.
    fn scan_block_breaks(&mut self, indent: &mut isize, breaks: &mut String) -> Result<()> {
        let mut deepest = 0;
        loop {
            let is_before = |column| *indent == 0 || column < *indent;
            while is_before(self.source.column()) && self.source.peek() == Some(' ') {
                self.source.take();
            }
            deepest = self.source.column().max(deepest);
            if is_before(self.source.column()) && self.source.peek() == Some('\t') {
                return Err(self.source.error("found a tab character where an indentation space is expected"));
            }
            match self.source.take_break() {
                Some(broken) => breaks.push(broken),
                None => break,
            }
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
