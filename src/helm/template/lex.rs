//! Cuts a template's text into tokens, as Go's `text/template/parse` does: comments and trimmed space are gone after it.

use std::borrow::Cow;

use super::{
    format::quote,
    token::{Keyword, Token, TokenKind},
};

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
const TRIMMED_RIGHT: &str = "-}}";
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// Cuts one text, a token at a time.
pub(super) struct Lexer<'s> {
    source: &'s str,
    /// Where the token being read starts.
    start: usize,
    /// Up to where it has been read.
    position: usize,
    /// The line of `start`, from 1.
    line: usize,
    inside_action: bool,
    open_parens: usize,
}

impl<'s> Lexer<'s> {
    /// At the start of `source`.
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, start: 0, position: 0, line: 1, inside_action: false, open_parens: 0 }
    }

    /// Somewhere inside an action, to read a piece of it again.
    pub(super) fn inside_action(source: &'s str) -> Self {
        Self { inside_action: true, ..Self::new(source) }
    }

    /// The next token; after the end or a fault, the end.
    pub(super) fn next(&mut self) -> Token<'s> {
        if self.inside_action { self.action() } else { self.text() }
    }

    #[inline]
    fn rest(&self) -> &'s str {
        &self.source[self.position..]
    }

    #[inline]
    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    #[inline]
    fn bump(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().is_some_and(|character| set.contains(character));
        if found {
            self.position += 1;
        }
        found
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }

    fn accept_name(&mut self) {
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
    }

    fn take(&mut self, kind: TokenKind) -> Token<'s> {
        let text = &self.source[self.start..self.position];
        let token = Token { kind, start: self.start, text: Cow::Borrowed(text), line: self.line };
        self.skip();
        token
    }

    fn skip(&mut self) {
        self.line += self.source[self.start..self.position].bytes().filter(|byte| *byte == b'\n').count();
        self.start = self.position;
    }

    fn fault(&mut self, text: impl Into<Cow<'static, str>>) -> Token<'s> {
        let token = Token { kind: TokenKind::Fault, start: self.start, text: text.into(), line: self.line };
        self.source = "";
        (self.start, self.position, self.inside_action) = (0, 0, false);
        token
    }

    /// Text up to the next action, or what follows it where there is none.
    fn text(&mut self) -> Token<'s> {
        loop {
            let rest = self.rest();
            let Some(length) = rest.find(LEFT) else {
                self.position = self.source.len();
                return self.take(if rest.is_empty() { TokenKind::End } else { TokenKind::Text });
            };
            let delimiter = self.position + length;
            let trims = is_left_trim(&self.source[delimiter + LEFT.len()..]);
            let kept = if trims { rest[..length].trim_end_matches(SPACES).len() } else { length };
            self.position += kept;
            let text = (kept > 0).then(|| self.take(TokenKind::Text));
            self.position = delimiter;
            self.skip();
            if let Some(text) = text {
                return text;
            }
            let inside = delimiter + LEFT.len() + if trims { 2 } else { 0 };
            if self.source[inside..].starts_with("/*") {
                self.position = inside;
                self.skip();
                if let Some(fault) = self.comment() {
                    return fault;
                }
                continue;
            }
            self.position = delimiter + LEFT.len();
            let token = self.take(TokenKind::LeftDelimiter);
            self.position = inside;
            self.skip();
            (self.inside_action, self.open_parens) = (true, 0);
            return token;
        }
    }

    fn comment(&mut self) -> Option<Token<'s>> {
        let Some(length) = self.rest()[2..].find("*/") else { return Some(self.fault("unclosed comment")) };
        self.position += 2 + length + 2;
        let Some(trims) = self.right_delimiter() else {
            return Some(self.fault("comment ends before closing delimiter"));
        };
        self.position += RIGHT.len() + if trims { 2 } else { 0 };
        self.trim(trims);
        None
    }

    /// Whether a right delimiter is next, and whether it trims.
    fn right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with(RIGHT) {
            return Some(false);
        }
        rest.strip_prefix(SPACES).is_some_and(|rest| rest.starts_with(TRIMMED_RIGHT)).then_some(true)
    }

    fn trim(&mut self, trims: bool) {
        if trims {
            let rest = self.rest();
            self.position += rest.len() - rest.trim_start_matches(SPACES).len();
        }
        self.skip();
    }

    fn action(&mut self) -> Token<'s> {
        if let Some(trims) = self.right_delimiter() {
            if self.open_parens > 0 {
                return self.fault("unclosed left paren");
            }
            if trims {
                self.position += 2;
                self.skip();
            }
            self.position += RIGHT.len();
            let token = self.take(TokenKind::RightDelimiter);
            self.trim(trims);
            self.inside_action = false;
            return token;
        }
        let Some(first) = self.bump() else { return self.fault("unclosed action") };
        match first {
            ' ' | '\t' | '\r' | '\n' => self.space(),
            '=' => self.take(TokenKind::Assign),
            ':' if self.bump() == Some('=') => self.take(TokenKind::Declare),
            ':' => self.fault("expected :="),
            '|' => self.take(TokenKind::Pipe),
            '"' => self.quoted('"', TokenKind::String, "unterminated quoted string"),
            '\'' => self.quoted('\'', TokenKind::Character, "unterminated character constant"),
            '`' => match self.rest().find('`') {
                Some(length) => {
                    self.position += length + 1;
                    self.take(TokenKind::RawString)
                }
                None => self.fault("unterminated raw quoted string"),
            },
            '$' => self.name(TokenKind::Variable, TokenKind::Variable),
            '.' if self.peek().is_some_and(|next| !next.is_ascii_digit()) => {
                self.name(TokenKind::Keyword(Keyword::Dot), TokenKind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => self.number(),
            '(' => {
                self.open_parens += 1;
                self.take(TokenKind::LeftParen)
            }
            ')' if self.open_parens == 0 => self.fault("unexpected right paren"),
            ')' => {
                self.open_parens -= 1;
                self.take(TokenKind::RightParen)
            }
            _ if is_alphanumeric(first) => self.word(),
            _ if first.is_ascii_graphic() => self.take(TokenKind::Other),
            _ => self.fault(format!("unrecognized character in action: {}", quote::code_point(first))),
        }
    }

    /// Space; the last of it may belong to a trim marker.
    fn space(&mut self) -> Token<'s> {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches(SPACES);
        self.position += rest.len() - trimmed.len();
        if trimmed.starts_with(TRIMMED_RIGHT) {
            self.position -= 1;
        }
        self.take(TokenKind::Space)
    }

    fn quoted(&mut self, mark: char, kind: TokenKind, unterminated: &'static str) -> Token<'s> {
        loop {
            match self.bump() {
                Some('\\') if self.bump().is_some_and(|next| next != '\n') => {}
                None | Some('\n' | '\\') => return self.fault(unterminated),
                Some(character) if character == mark => return self.take(kind),
                Some(_) => {}
            }
        }
    }

    /// A dot, a field or a variable, of which the first character is read.
    fn name(&mut self, alone: TokenKind, named: TokenKind) -> Token<'s> {
        if self.at_terminator() {
            return self.take(alone);
        }
        self.accept_name();
        if self.at_terminator() { self.take(named) } else { self.bad_character() }
    }

    fn word(&mut self) -> Token<'s> {
        self.accept_name();
        if !self.at_terminator() {
            return self.bad_character();
        }
        let word = &self.source[self.start..self.position];
        let keyword = Keyword::find(word).map(TokenKind::Keyword);
        let kind = if matches!(word, "true" | "false") { TokenKind::Bool } else { TokenKind::Identifier };
        self.take(keyword.unwrap_or(kind))
    }

    fn bad_character(&mut self) -> Token<'s> {
        let shown = self.peek().map_or_else(String::new, quote::code_point);
        self.fault(format!("bad character {shown}"))
    }

    /// Whether a name may end here. So `$x+2` is not taken for three tokens.
    fn at_terminator(&self) -> bool {
        let ends = |next| SPACES.contains(&next) || matches!(next, '.' | ',' | '|' | ':' | ')' | '(');
        self.peek().is_none_or(ends) || self.rest().starts_with(RIGHT)
    }

    fn number(&mut self) -> Token<'s> {
        self.position = self.start;
        if !self.scan_number() {
            return self.bad_number();
        }
        if !matches!(self.peek(), Some('+' | '-')) {
            return self.take(TokenKind::Number);
        }
        if !self.scan_number() || !self.source[..self.position].ends_with('i') {
            return self.bad_number();
        }
        self.take(TokenKind::Complex)
    }

    fn bad_number(&mut self) -> Token<'s> {
        let shown = quote::double(&self.source[self.start..self.position]);
        self.fault(format!("bad number syntax: {shown}"))
    }

    /// Reads over a number, and somewhat more than numbers: the parser looks closer.
    fn scan_number(&mut self) -> bool {
        const DECIMAL: &str = "0123456789_";
        const HEXADECIMAL: &str = "0123456789abcdefABCDEF_";
        self.accept("+-");
        let mut digits = DECIMAL;
        if self.accept("0") {
            if self.accept("xX") {
                digits = HEXADECIMAL;
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if digits == DECIMAL && self.accept("eE") || digits == HEXADECIMAL && self.accept("pP") {
            self.accept("+-");
            self.accept_run(DECIMAL);
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }
}

/// Whether Go counts it among letters, digits and the underscore.
#[inline]
fn is_alphanumeric(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn is_left_trim(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| rest.starts_with(SPACES))
}

#[cfg(test)]
mod tests {
    use super::{Lexer, TokenKind};

    fn cut(source: &str) -> Vec<(TokenKind, String, usize)> {
        let mut lexer = Lexer::new(source);
        let mut tokens = vec![];
        loop {
            let token = lexer.next();
            if token.kind == TokenKind::End {
                return tokens;
            }
            if token.kind != TokenKind::Space {
                tokens.push((token.kind, token.text.to_string(), token.line));
            }
        }
    }

    #[test]
    fn trim_markers_take_the_space_around_them() {
        let texts: Vec<_> =
            cut("a \n{{- .x -}} \n b {{/* c */}}d {{- /* e */ -}} f").into_iter().map(|t| t.1).collect();
        assert_eq!(texts, ["a", "{{", ".x", "}}", "b ", "d", "f"]);
    }

    #[test]
    fn lines_are_counted_over_trimmed_space_and_comments() {
        let tokens = cut("\n{{/*\n\n*/ -}}\n\n{{ .x }}");
        assert_eq!(tokens.iter().find(|token| token.0 == TokenKind::Field).map(|token| token.2), Some(6));
    }

    #[test]
    fn a_minus_may_belong_to_a_number_or_to_a_trim_marker() {
        let tokens = cut("{{-3}}{{ -3 -}} ");
        let numbers: Vec<_> =
            tokens.iter().filter(|token| token.0 == TokenKind::Number).map(|t| t.1.as_str()).collect();
        assert_eq!(numbers, ["-3", "-3"]);
    }

    #[test]
    fn what_cannot_be_cut_is_said_as_go_says_it() {
        for (source, fault) in [
            ("{{ .x", "unclosed action"),
            ("{{ (.x }}", "unclosed left paren"),
            ("{{ .x) }}", "unexpected right paren"),
            ("{{ \"a", "unterminated quoted string"),
            ("{{ `a", "unterminated raw quoted string"),
            ("{{ 'a", "unterminated character constant"),
            ("{{/* a", "unclosed comment"),
            ("{{/* a */ }}", "comment ends before closing delimiter"),
            ("{{ $x+2 }}", "bad character U+002B '+'"),
            ("{{ 3x }}", "bad number syntax: \"3x\""),
            ("{{ \u{1} }}", "unrecognized character in action: U+0001"),
            ("{{ : }}", "expected :="),
        ] {
            let tokens = cut(source);
            assert_eq!(tokens.last().map(|token| token.1.as_str()), Some(fault), "{source}");
        }
    }
}
