//! What a template's text is cut into.

use std::{borrow::Cow, fmt};

use super::format::quote;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// The text could not be cut; the token says why.
    Fault,
    /// `true` or `false`.
    Bool,
    /// Some other printable character, such as a comma.
    Other,
    /// `'a'`.
    Character,
    /// A complex number; Go has them, Helm's charts do not.
    Complex,
    /// `=`.
    Assign,
    /// `:=`.
    Declare,
    /// The end of the text.
    End,
    /// `.name`.
    Field,
    /// The name of a function.
    Identifier,
    /// `{{`.
    LeftDelimiter,
    /// `(`.
    LeftParen,
    /// A number.
    Number,
    /// `|`.
    Pipe,
    /// A string in backquotes.
    RawString,
    /// `}}`.
    RightDelimiter,
    /// `)`.
    RightParen,
    /// Space between arguments.
    Space,
    /// A string in double quotes.
    String,
    /// Text outside of actions.
    Text,
    /// `$name`.
    Variable,
    /// A word of the language.
    Keyword(Keyword),
}

/// A word of the language. Go counts the dot and `nil` among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Dot,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Keyword {
    /// The keyword of this spelling.
    pub(super) fn find(word: &str) -> Option<Self> {
        Some(match word {
            "block" => Self::Block,
            "break" => Self::Break,
            "continue" => Self::Continue,
            "define" => Self::Define,
            "else" => Self::Else,
            "end" => Self::End,
            "if" => Self::If,
            "nil" => Self::Nil,
            "range" => Self::Range,
            "template" => Self::Template,
            "with" => Self::With,
            _ => return None,
        })
    }
}

/// A piece of a template's text.
#[derive(Clone, Debug)]
pub(super) struct Token<'s> {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Where it starts, in bytes.
    pub(super) start: usize,
    /// Its text; of a fault, what is wrong.
    pub(super) text: Cow<'s, str>,
    /// The line it starts on, from 1.
    pub(super) line: usize,
}

impl Token<'_> {
    /// Where it ends, in bytes.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// As Go's error texts show a token.
impl fmt::Display for Token<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TokenKind::End => formatter.write_str("EOF"),
            TokenKind::Fault => formatter.write_str(&self.text),
            TokenKind::Keyword(_) => write!(formatter, "<{}>", self.text),
            _ if self.text.len() > 10 => {
                let start: String = self.text.chars().take(10).collect();
                write!(formatter, "{}...", quote::double(&start))
            }
            _ => formatter.write_str(&quote::double(&self.text)),
        }
    }
}
