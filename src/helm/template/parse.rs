//! Parses a template's text, by the grammar of Go 1.26's `text/template/parse` and with its error texts.
//!
//! The parser is our own. The one of the gotmpl crate takes texts that Helm refuses and loses what follows in them: it
//! takes an `if` without an `end`, and drops all that stands behind a lonely `end`.

use std::{collections::HashSet, rc::Rc};

use super::{
    ast::{self, Branches, Definition, Pipeline, Place, Statement},
    lex::Lexer,
    literal::unquote,
    registry::Registry,
    token::{Keyword, Token, TokenKind},
};
use crate::helm::error::{Error, Result};

/// How deep actions and parentheses may be nested. Go's own limit is that of its stack, which grows.
const DEPTH: usize = 200;

/// Parses `text`, and gives its definitions: those of its `define`s and `block`s, and its own under `name`.
///
/// Unknown functions and variables are faults here already, also where they would never be called.
pub(super) fn parse(name: &str, text: &str, registry: &Registry) -> Result<Vec<Definition>> {
    let mut parser = Parser::new(name, text, registry);
    let result = parser.file();
    result.map(|()| parser.definitions).map_err(|fault| {
        let line = parser.line;
        Error::new(fault).at(format_args!("template: {name}:{line}"))
    })
}

/// A fault is only its words; where it is, is where the parser stands.
pub(super) type Parsed<T> = std::result::Result<T, String>;

pub(super) struct Parser<'s> {
    name: &'s str,
    pub(super) source: &'s str,
    pub(super) registry: &'s Registry,
    lexer: Lexer<'s>,
    /// Tokens that were put back, the next one last.
    waiting: Vec<Token<'s>>,
    /// The line of the token that was cut last.
    line: usize,
    /// Where the last token ended that was no space.
    pub(super) end: usize,
    /// The line the present action starts on.
    action_line: usize,
    /// The variables that are known.
    pub(super) variables: Vec<Rc<str>>,
    names: HashSet<Rc<str>>,
    loops: usize,
    pub(super) depth: usize,
    definitions: Vec<Definition>,
}

/// How a list of statements ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    End,
    /// `else`, with what may follow it: `if` or `with`.
    Else(Option<Keyword>),
}

impl Ending {
    /// As Go's error texts show it.
    fn shown(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else(_) => "{{else}}",
        }
    }
}

/// A statement, or what ends a list of them.
enum Piece {
    Statement(Statement),
    Ending(Ending),
}

impl<'s> Parser<'s> {
    fn new(name: &'s str, source: &'s str, registry: &'s Registry) -> Self {
        Self {
            name,
            source,
            registry,
            lexer: Lexer::new(source),
            waiting: vec![],
            line: 1,
            end: 0,
            action_line: 0,
            variables: vec!["$".into()],
            names: HashSet::new(),
            loops: 0,
            depth: 0,
            definitions: vec![],
        }
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Token<'s> {
        let token = self.waiting.pop().unwrap_or_else(|| {
            let token = self.lexer.next();
            self.line = token.line;
            token
        });
        if !matches!(token.kind, TokenKind::Space | TokenKind::Fault | TokenKind::End) {
            self.end = token.end();
        }
        token
    }

    /// Puts a token back.
    pub(super) fn back(&mut self, token: Token<'s>) {
        self.waiting.push(token);
    }

    /// The kind of the next token, and where it starts.
    pub(super) fn peek(&mut self) -> (TokenKind, usize) {
        let end = self.end;
        let token = self.next();
        let seen = (token.kind, token.start);
        self.back(token);
        self.end = end;
        seen
    }

    /// The next token that is no space.
    pub(super) fn next_word(&mut self) -> Token<'s> {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    /// The same, only looked at; space before it is gone.
    pub(super) fn peek_word(&mut self) -> (TokenKind, usize) {
        let end = self.end;
        let token = self.next_word();
        let seen = (token.kind, token.start);
        self.back(token);
        self.end = end;
        seen
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Parsed<()> {
        let token = self.next_word();
        if token.kind == kind { Ok(()) } else { Err(self.unexpected(&token, context)) }
    }

    /// What to say of a token that does not belong here.
    pub(super) fn unexpected(&self, token: &Token<'_>, context: &str) -> String {
        if token.kind != TokenKind::Fault {
            return format!("unexpected {token} in {context}");
        }
        if self.action_line == 0 || self.action_line == token.line {
            return token.to_string();
        }
        let action = if token.text.ends_with(" action") { "" } else { " in action" };
        format!("{token}{action} started at {}:{}", self.name, self.action_line)
    }

    /// The name of a field or variable, one allocation for all its uses in the text.
    pub(super) fn name(&mut self, name: &str) -> Rc<str> {
        if let Some(known) = self.names.get(name) {
            return Rc::clone(known);
        }
        let name: Rc<str> = name.into();
        self.names.insert(Rc::clone(&name));
        name
    }

    /// One level deeper, where that is allowed.
    pub(super) fn descend(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH { Err(format!("actions are nested more than {DEPTH} deep")) } else { Ok(()) }
    }

    fn file(&mut self) -> Parsed<()> {
        let mut body = vec![];
        loop {
            let token = self.next();
            match token.kind {
                TokenKind::End => break,
                TokenKind::LeftDelimiter => {
                    let word = self.next_word();
                    if word.kind == TokenKind::Keyword(Keyword::Define) {
                        self.definition()?;
                        continue;
                    }
                    self.back(word);
                    self.back(token);
                }
                _ => self.back(token),
            }
            match self.piece()? {
                Piece::Statement(statement) => body.push(statement),
                Piece::Ending(ending) => return Err(format!("unexpected {}", ending.shown())),
            }
        }
        self.define(self.name.into(), body)
    }

    /// Keeps a definition. Of two of one name in one text, one must be empty.
    fn define(&mut self, name: Rc<str>, body: Vec<Statement>) -> Parsed<()> {
        let source = self.source;
        let Some(known) = self.definitions.iter_mut().find(|known| known.name == name) else {
            self.definitions.push(Definition { name, body });
            return Ok(());
        };
        if ast::is_empty(&known.body, source) {
            known.body = body;
        } else if !ast::is_empty(&body, source) {
            return Err(format!("template: multiple definition of template {}", super::format::quote::double(&name)));
        }
        Ok(())
    }

    fn definition(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let name = self.template_name(CONTEXT)?.1;
        self.expect(TokenKind::RightDelimiter, CONTEXT)?;
        self.named_body(name, CONTEXT)
    }

    /// The body of a `define` or `block`, which knows no variables of what is around it.
    fn named_body(&mut self, name: Rc<str>, context: &str) -> Parsed<()> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let loops = std::mem::take(&mut self.loops);
        self.action_line = 0;
        let (body, ending) = self.list()?;
        (self.variables, self.loops) = (variables, loops);
        if ending != Ending::End {
            return Err(format!("unexpected {} in {context}", ending.shown()));
        }
        self.define(name, body)
    }

    fn template_name(&mut self, context: &str) -> Parsed<(usize, Rc<str>)> {
        let token = self.next_word();
        match token.kind {
            TokenKind::String | TokenKind::RawString => Ok((token.start, unquote(&token.text)?.into())),
            _ => Err(self.unexpected(&token, context)),
        }
    }

    /// Statements up to an `end` or `else`.
    fn list(&mut self) -> Parsed<(Vec<Statement>, Ending)> {
        self.descend()?;
        let mut body = vec![];
        while self.peek_word().0 != TokenKind::End {
            match self.piece()? {
                Piece::Statement(statement) => body.push(statement),
                Piece::Ending(ending) => {
                    self.depth -= 1;
                    return Ok((body, ending));
                }
            }
        }
        Err("unexpected EOF".to_owned())
    }

    fn piece(&mut self) -> Parsed<Piece> {
        let token = self.next_word();
        match token.kind {
            TokenKind::Text => Ok(Piece::Statement(Statement::Text(token.start, token.end()))),
            TokenKind::LeftDelimiter => {
                self.action_line = token.line;
                let piece = self.action()?;
                self.action_line = 0;
                Ok(piece)
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Parsed<Piece> {
        let token = self.next_word();
        let TokenKind::Keyword(keyword) = token.kind else {
            self.back(token);
            return Ok(Piece::Statement(Statement::Action(self.pipeline("command", TokenKind::RightDelimiter)?)));
        };
        Ok(Piece::Statement(match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break => self.leave("{{break}}", Statement::Break)?,
            Keyword::Continue => self.leave("{{continue}}", Statement::Continue)?,
            Keyword::Else => return Ok(Piece::Ending(self.otherwise()?)),
            Keyword::End => {
                self.expect(TokenKind::RightDelimiter, "end")?;
                return Ok(Piece::Ending(Ending::End));
            }
            Keyword::If => Statement::If(self.branches("if", Keyword::If)?),
            Keyword::With => Statement::With(self.branches("with", Keyword::With)?),
            Keyword::Range => self.range()?,
            Keyword::Template => self.template()?,
            Keyword::Define | Keyword::Dot | Keyword::Nil => {
                self.back(token);
                Statement::Action(self.pipeline("command", TokenKind::RightDelimiter)?)
            }
        }))
    }

    fn leave(&mut self, shown: &str, statement: Statement) -> Parsed<Statement> {
        self.expect(TokenKind::RightDelimiter, shown)?;
        if self.loops == 0 { Err(format!("{shown} outside {{{{range}}}}")) } else { Ok(statement) }
    }

    fn otherwise(&mut self) -> Parsed<Ending> {
        match self.peek_word().0 {
            TokenKind::Keyword(keyword @ (Keyword::If | Keyword::With)) => Ok(Ending::Else(Some(keyword))),
            _ => self.expect(TokenKind::RightDelimiter, "else").map(|()| Ending::Else(None)),
        }
    }

    /// The body of `else`, which must end with `end`.
    fn last_list(&mut self) -> Parsed<Vec<Statement>> {
        let (body, ending) = self.list()?;
        if ending == Ending::End { Ok(body) } else { Err(format!("expected end; found {}", ending.shown())) }
    }

    fn branches(&mut self, context: &str, keyword: Keyword) -> Parsed<Branches> {
        let known = self.variables.len();
        let mut branches = Branches { arms: vec![], otherwise: vec![] };
        loop {
            let pipeline = self.pipeline(context, TokenKind::RightDelimiter)?;
            let (body, ending) = self.list()?;
            branches.arms.push((pipeline, body));
            match ending {
                Ending::End => break,
                Ending::Else(Some(next)) if next == keyword => {
                    self.next_word();
                }
                Ending::Else(_) => {
                    branches.otherwise = self.last_list()?;
                    break;
                }
            }
        }
        self.variables.truncate(known);
        Ok(branches)
    }

    fn range(&mut self) -> Parsed<Statement> {
        let known = self.variables.len();
        let pipeline = self.pipeline("range", TokenKind::RightDelimiter)?;
        self.loops += 1;
        let (body, ending) = self.list()?;
        self.loops -= 1;
        let otherwise = if ending == Ending::End { vec![] } else { self.last_list()? };
        self.variables.truncate(known);
        Ok(Statement::Range { pipeline, body, otherwise })
    }

    fn template(&mut self) -> Parsed<Statement> {
        const CONTEXT: &str = "template clause";
        let (start, name) = self.template_name(CONTEXT)?;
        let mut end = self.end;
        let token = self.next_word();
        let mut pipeline = None;
        if token.kind != TokenKind::RightDelimiter {
            self.back(token);
            let given = self.pipeline(CONTEXT, TokenKind::RightDelimiter)?;
            end = given.place.end;
            pipeline = Some(given);
        }
        Ok(Statement::Template { place: template_place(start, end), name, pipeline })
    }

    fn block(&mut self) -> Parsed<Statement> {
        const CONTEXT: &str = "block clause";
        let (start, name) = self.template_name(CONTEXT)?;
        let pipeline: Pipeline = self.pipeline(CONTEXT, TokenKind::RightDelimiter)?;
        self.named_body(Rc::clone(&name), CONTEXT)?;
        Ok(Statement::Template { place: template_place(start, pipeline.place.end), name, pipeline: Some(pipeline) })
    }
}

fn template_place(start: usize, end: usize) -> Place {
    Place { reported: start, start, end, is_template: true }
}
