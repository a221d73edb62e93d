//! Lays out YAML text as libyaml's emitter does in block style, column by column.

use super::{
    Dialect,
    scalar::{Style, is_printable},
    source::is_break,
};

/// From this column on version 2 folds at spaces.
const WIDTH: usize = 80;

/// Text as it grows, and where its end stands.
pub(super) struct Emitter {
    text: String,
    dialect: Dialect,
    column: usize,
    indent: usize,
    /// Whether the last character was a space or the like.
    is_white: bool,
    /// Whether only indentation and indicators stand on this line.
    is_indention: bool,
}

impl Emitter {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { text: String::new(), dialect, column: 0, indent: 0, is_white: true, is_indention: true }
    }

    /// The whole text, the last line ended.
    pub(super) fn finish(mut self) -> String {
        self.indent = 0;
        self.write_indent();
        self.text
    }

    pub(super) fn indent(&self) -> usize {
        self.indent
    }

    pub(super) fn set_indent(&mut self, indent: usize) {
        self.indent = indent;
    }

    /// Whether a list that is a map's value stands as deep as its key: version 2's `- ` counts as indentation.
    pub(super) fn is_compact(&self) -> bool {
        self.dialect == Dialect::Second && !self.is_indention
    }

    /// Begins a line at the indentation, unless the end of the text stands there.
    pub(super) fn write_indent(&mut self) {
        let is_there = self.column == self.indent && self.is_white;
        if !self.is_indention || self.column > self.indent || (self.column == self.indent && !is_there) {
            self.end_line();
        }
        while self.column < self.indent {
            self.put(' ');
        }
        self.is_white = true;
        self.is_indention = true;
    }

    /// Writes `-`, `:`, `?` or a quote.
    pub(super) fn write_indicator(&mut self, indicator: &str, needs_space: bool, indents: bool) {
        if needs_space && !self.is_white {
            self.put(' ');
        }
        for character in indicator.chars() {
            self.put(character);
        }
        self.is_white = false;
        self.is_indention = self.is_indention && indents;
    }

    /// Writes a scalar; where its lines are broken, they stand at the indentation.
    pub(super) fn write_scalar(&mut self, text: &str, style: Style, may_fold: bool) {
        match style {
            Style::Plain => self.write_plain(text, may_fold),
            Style::SingleQuoted => self.write_single_quoted(text, may_fold),
            Style::DoubleQuoted => self.write_double_quoted(text, may_fold),
            Style::Literal => self.write_literal(text),
        }
    }

    fn put(&mut self, character: char) {
        self.text.push(character);
        self.column += 1;
    }

    fn end_line(&mut self) {
        self.put_break('\n');
    }

    fn put_break(&mut self, character: char) {
        self.text.push(character);
        self.column = 0;
        self.is_indention = true;
    }

    fn is_full(&self) -> bool {
        self.dialect == Dialect::Second && self.column > WIDTH
    }

    fn write_plain(&mut self, text: &str, may_fold: bool) {
        if !text.is_empty() && !self.is_white {
            self.put(' ');
        }
        self.write_folded(text, may_fold, false);
        self.is_white = false;
        self.is_indention = false;
    }

    fn write_single_quoted(&mut self, text: &str, may_fold: bool) {
        self.write_indicator("'", true, false);
        self.write_folded(text, may_fold, true);
        self.write_indicator("'", false, false);
    }

    fn write_folded(&mut self, text: &str, may_fold: bool, is_quoted: bool) {
        let (mut after_space, mut after_break) = (false, false);
        let mut characters = text.char_indices().peekable();
        while let Some((place, character)) = characters.next() {
            let before_space = characters.peek().is_some_and(|(_, next)| *next == ' ');
            if character == ' ' {
                let inside = !is_quoted || (place > 0 && place + 1 < text.len());
                if may_fold && !after_space && self.is_full() && inside && !before_space {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                after_space = true;
            } else if is_break(character) {
                if !after_break && character == '\n' {
                    self.end_line();
                }
                self.put_break(character);
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                if is_quoted && character == '\'' {
                    self.put('\'');
                }
                self.put(character);
                self.is_indention = false;
                after_space = false;
                after_break = false;
            }
        }
    }

    fn write_double_quoted(&mut self, text: &str, may_fold: bool) {
        self.write_indicator("\"", true, false);
        // libyaml's Go port looks at the first character to see whether any is a byte order mark.
        let all_escaped = text.starts_with('\u{feff}');
        let mut after_space = false;
        let mut characters = text.char_indices().peekable();
        while let Some((place, character)) = characters.next() {
            let escaped = all_escaped || !is_printable(character) || is_break(character);
            if escaped || matches!(character, '"' | '\\') {
                self.write_escape(character);
                after_space = false;
            } else if character == ' ' {
                let inside = place > 0 && place + 1 < text.len();
                if may_fold && !after_space && self.is_full() && inside {
                    self.write_indent();
                    if characters.peek().is_some_and(|(_, next)| *next == ' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                after_space = true;
            } else {
                self.put(character);
                after_space = false;
            }
        }
        self.write_indicator("\"", false, false);
    }

    fn write_escape(&mut self, character: char) {
        self.put('\\');
        let code = u32::from(character);
        let short = match character {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' | '\\' => character,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let escape = match code {
                    0..=0xFF => format!("x{code:02X}"),
                    0x100..=0xFFFF => format!("u{code:04X}"),
                    _ => format!("U{code:08X}"),
                };
                escape.chars().for_each(|character| self.put(character));
                return;
            }
        };
        self.put(short);
    }

    fn write_literal(&mut self, text: &str) {
        self.write_indicator("|", true, false);
        if text.starts_with(|first: char| first == ' ' || is_break(first)) {
            self.write_indicator("2", false, false);
        }
        let mut ends = text.chars().rev();
        match (ends.next().is_some_and(is_break), ends.next()) {
            (false, _) => self.write_indicator("-", false, false),
            (true, None) => self.write_indicator("+", false, false),
            (true, Some(before)) if is_break(before) => self.write_indicator("+", false, false),
            (true, Some(_)) => {}
        }
        self.end_line();
        self.is_white = true;
        let mut after_break = true;
        for character in text.chars() {
            if is_break(character) {
                self.put_break(character);
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                self.put(character);
                self.is_indention = false;
                after_break = false;
            }
        }
    }
}
