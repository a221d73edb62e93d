//! From text to tokens, by libyaml's rules: indentation becomes tokens, and a key is known for one when its `:` is seen.

use std::collections::VecDeque;

use super::source::{Mark, Source, is_blank_or_end};
use crate::helm::error::Result;

/// A key without `?` must end on its line and within so many characters.
const LONGEST_KEY: usize = 1024;

/// A token and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: Mark,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamEnd,
    Version { major: u8, minor: u8 },
    TagDirective { handle: String, prefix: String },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag { handle: String, suffix: String },
    Scalar { text: String, is_plain: bool },
}

/// What may turn out to be a key.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    is_possible: bool,
    /// Whether only a key can stand there.
    is_required: bool,
    /// The number of its first token.
    token: usize,
    mark: Mark,
}

/// The scanner.
pub(super) struct Scanner<'a> {
    pub(super) source: Source<'a>,
    tokens: VecDeque<Token>,
    /// How many tokens were handed on.
    taken: usize,
    pub(super) flow_level: usize,
    /// The column of the block that is being read; -1 outside of all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) is_key_allowed: bool,
    /// One for each flow level.
    keys: Vec<SimpleKey>,
    places: Places,
}

/// Where in the scanner's keys stands what begins with a token: pairs of both, by token. What begins later comes later,
/// and tokens that were taken are never asked for again, so both ends of a queue do.
#[derive(Default)]
struct Places(VecDeque<(usize, usize)>);

impl Places {
    /// The place of the next token to take.
    fn of_next(&mut self, token: usize) -> Option<usize> {
        while self.0.front().is_some_and(|(first, _)| *first < token) {
            self.0.pop_front();
        }
        self.0.front().filter(|(first, _)| *first == token).map(|(_, place)| *place)
    }

    /// Puts down where the token stands that is scanned next.
    fn put(&mut self, token: usize, place: usize) {
        self.forget(token);
        self.0.push_back((token, place));
    }

    fn forget(&mut self, token: usize) {
        if let Some(index) = self.0.iter().rposition(|(other, _)| *other == token) {
            self.0.remove(index);
        }
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            source: Source::new(text),
            tokens: VecDeque::new(),
            taken: 0,
            flow_level: 0,
            indent: -1,
            indents: vec![],
            is_key_allowed: true,
            keys: vec![SimpleKey::default()],
            places: Places::default(),
        }
    }

    /// The next token; the last one is [`TokenKind::StreamEnd`], which must not be taken.
    pub(super) fn peek(&mut self) -> Result<&Token> {
        while self.needs_more()? {
            self.fetch()?;
        }
        Ok(&self.tokens[0])
    }

    /// Takes the token that was peeked at.
    pub(super) fn take(&mut self) -> Result<Token> {
        self.peek()?;
        self.taken += 1;
        Ok(self.tokens.pop_front().expect("peek leaves a token"))
    }

    /// Whether the first token is not known: there is none, or a key may still have to be put before it.
    fn needs_more(&mut self) -> Result<bool> {
        if self.tokens.is_empty() {
            return Ok(true);
        }
        match self.places.of_next(self.taken) {
            Some(place) => self.is_key_valid(place),
            None => Ok(false),
        }
    }

    fn is_key_valid(&mut self, place: usize) -> Result<bool> {
        let mark = self.source.mark();
        let Some(key) = self.keys.get_mut(place).filter(|key| key.is_possible) else { return Ok(false) };
        if key.mark.line < mark.line || key.mark.index + LONGEST_KEY < mark.index {
            if key.is_required {
                return Err(self.source.error("could not find expected ':'"));
            }
            key.is_possible = false;
        }
        Ok(key.is_possible)
    }

    fn fetch(&mut self) -> Result<()> {
        self.skip_to_token();
        self.unroll(self.source.column());
        let Some(first) = self.source.peek() else { return self.fetch_end() };
        if self.source.column() == 0 && first == '%' {
            self.leave_blocks()?;
            let start = self.source.mark();
            let kind = self.scan_directive()?;
            self.push(kind, start);
            return Ok(());
        }
        for (text, kind) in [("---", TokenKind::DocumentStart), ("...", TokenKind::DocumentEnd)] {
            if self.source.is_at_document_mark(text) {
                self.leave_blocks()?;
                self.push_indicator(kind, 3);
                return Ok(());
            }
        }
        let (is_flow, is_alone) = (self.flow_level > 0, is_blank_or_end(self.source.peek_second()));
        match first {
            '[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            '{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            ']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            '}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            ',' => self.fetch_flow_entry(),
            '-' if is_alone => self.fetch_block_entry(),
            '?' if is_flow || is_alone => self.fetch_key(),
            ':' if is_flow || is_alone => self.fetch_value(),
            '*' | '&' => self.fetch_property(Self::scan_anchor),
            '!' => self.fetch_property(Self::scan_tag),
            '|' | '>' if !is_flow => self.fetch_block_scalar(),
            '\'' | '"' => self.fetch_property(Self::scan_quoted),
            ' ' | '\t' | '#' | '|' | '>' | '%' | '@' | '`' => {
                Err(self.source.error("found character that cannot start any token"))
            }
            _ => self.fetch_property(Self::scan_plain),
        }
    }

    /// Skips spaces, comments and line breaks. Tabs are no indentation.
    fn skip_to_token(&mut self) {
        loop {
            let are_tabs_allowed = self.flow_level > 0 || !self.is_key_allowed;
            self.source.take_while(|character| character == ' ' || (are_tabs_allowed && character == '\t'));
            self.source.skip_comment();
            if self.source.take_break().is_none() {
                return;
            }
            if self.flow_level == 0 {
                self.is_key_allowed = true;
            }
        }
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token { kind, start });
    }

    /// Takes an indicator of so many characters.
    fn push_indicator(&mut self, kind: TokenKind, width: usize) {
        let start = self.source.mark();
        self.source.skip(width);
        self.push(kind, start);
    }

    /// Begins a block where the column is deeper than the last one; its token stands before the given one or at the end.
    fn roll(&mut self, column: isize, before: Option<usize>, kind: TokenKind, start: Mark) {
        if self.flow_level > 0 || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        match before {
            Some(token) => self.insert(token, kind, start),
            None => self.push(kind, start),
        }
    }

    fn insert(&mut self, token: usize, kind: TokenKind, start: Mark) {
        let place = token.saturating_sub(self.taken).min(self.tokens.len());
        self.tokens.insert(place, Token { kind, start });
    }

    /// Ends all blocks that are deeper than the column.
    fn unroll(&mut self, column: isize) {
        while self.flow_level == 0 && self.indent > column {
            self.push(TokenKind::BlockEnd, self.source.mark());
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn leave_blocks(&mut self) -> Result<()> {
        self.unroll(-1);
        self.remove_key()?;
        self.is_key_allowed = false;
        Ok(())
    }

    fn fetch_end(&mut self) -> Result<()> {
        if self.source.is_at_cut() {
            return Err(self.source.error(""));
        }
        self.source.end_line();
        self.leave_blocks()?;
        self.push(TokenKind::StreamEnd, self.source.mark());
        Ok(())
    }

    /// Keeps in mind that a key may begin here.
    fn save_key(&mut self) -> Result<()> {
        if !self.is_key_allowed {
            return Ok(());
        }
        self.remove_key()?;
        let mark = self.source.mark();
        let is_required = self.flow_level == 0 && self.indent == mark.column;
        let token = self.taken + self.tokens.len();
        let place = self.keys.len() - 1;
        self.keys[place] = SimpleKey { is_possible: true, is_required, token, mark };
        self.places.put(token, place);
        Ok(())
    }

    /// Gives up the key that may have begun at this flow level.
    fn remove_key(&mut self) -> Result<()> {
        let Some(key) = self.keys.last_mut().filter(|key| key.is_possible) else { return Ok(()) };
        if key.is_required {
            return Err(self.source.error("could not find expected ':'"));
        }
        key.is_possible = false;
        self.places.forget(key.token);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<()> {
        self.save_key()?;
        let token = self.taken + self.tokens.len();
        self.keys.push(SimpleKey { token, mark: self.source.mark(), ..SimpleKey::default() });
        self.flow_level += 1;
        self.is_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<()> {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            // As in go-yaml, this forgets the key that an empty collection is: `{}: a` ends behind `{}`.
            if let Some(key) = self.keys.pop() {
                self.places.forget(key.token);
            }
        }
        self.is_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<()> {
        self.remove_key()?;
        self.is_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry, 1);
        Ok(())
    }

    /// Begins a block for an indicator that stands in one, where it may.
    fn enter_block(&mut self, kind: TokenKind, what: &str) -> Result<()> {
        if self.flow_level > 0 {
            return Ok(());
        }
        if !self.is_key_allowed {
            return Err(self.source.error(&format!("{what} are not allowed in this context")));
        }
        let mark = self.source.mark();
        self.roll(mark.column, None, kind, mark);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<()> {
        self.enter_block(TokenKind::BlockSequenceStart, "block sequence entries")?;
        self.remove_key()?;
        self.is_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<()> {
        self.enter_block(TokenKind::BlockMappingStart, "mapping keys")?;
        self.remove_key()?;
        self.is_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<()> {
        let place = self.keys.len() - 1;
        if self.is_key_valid(place)? {
            let key = self.keys[place];
            self.insert(key.token, TokenKind::Key, key.mark);
            self.roll(key.mark.column, Some(key.token), TokenKind::BlockMappingStart, key.mark);
            self.keys[place].is_possible = false;
            self.places.forget(key.token);
            self.is_key_allowed = false;
        } else {
            self.enter_block(TokenKind::BlockMappingStart, "mapping values")?;
            self.is_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    /// Takes what may be a key, or begin one: an anchor, a tag, a scalar on one line.
    fn fetch_property(&mut self, scan: fn(&mut Self) -> Result<TokenKind>) -> Result<()> {
        self.save_key()?;
        self.is_key_allowed = false;
        let start = self.source.mark();
        let kind = scan(self)?;
        self.push(kind, start);
        Ok(())
    }

    fn fetch_block_scalar(&mut self) -> Result<()> {
        self.remove_key()?;
        self.is_key_allowed = true;
        let start = self.source.mark();
        let kind = self.scan_block_scalar()?;
        self.push(kind, start);
        Ok(())
    }
}
