//! Parses what stands inside actions: pipelines, commands and their operands.

use std::rc::Rc;

use super::{
    ast::{Command, Operand, Pipeline, Place, Term},
    format::quote,
    literal::{character, number, unquote},
    parse::{Parsed, Parser},
    token::{Keyword, Token, TokenKind},
};

impl Parser<'_> {
    /// A pipeline up to `closing`, which is read too.
    pub(super) fn pipeline(&mut self, context: &str, closing: TokenKind) -> Parsed<Pipeline> {
        let start = self.peek_word().1;
        let (variables, assigns) = self.declarations(context)?;
        let mut commands = vec![];
        let mut end = self.end;
        loop {
            let token = self.next_word();
            match token.kind {
                kind if kind == closing => break,
                TokenKind::Bool
                | TokenKind::Character
                | TokenKind::Complex
                | TokenKind::Field
                | TokenKind::Identifier
                | TokenKind::Keyword(Keyword::Dot | Keyword::Nil)
                | TokenKind::LeftParen
                | TokenKind::Number
                | TokenKind::RawString
                | TokenKind::String
                | TokenKind::Variable => {
                    self.back(token);
                    let command = self.command()?;
                    end = command.place.end;
                    commands.push(command);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
        if commands.is_empty() {
            return Err(format!("missing value for {context}"));
        }
        let is_value = |command: &Command| {
            let first = command.operands.first().map(|operand| &operand.term);
            matches!(first, Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::Text(_)))
        };
        if let Some(stage) = commands.iter().skip(1).position(is_value) {
            return Err(format!("non executable command in pipeline stage {}", stage + 2));
        }
        Ok(Pipeline { place: place(start, start, end), variables, assigns, commands })
    }

    /// `$x :=`, `$x =` or, in a range, `$x, $y :=`; and whether it is `=`.
    fn declarations(&mut self, context: &str) -> Parsed<(Vec<Rc<str>>, bool)> {
        let mut variables = vec![];
        while self.peek_word().0 == TokenKind::Variable {
            let variable = self.next_word();
            let space = self.next();
            let (space, next) = match space.kind {
                TokenKind::Space => (Some(space), self.next_word()),
                _ => (None, space),
            };
            let is_comma = next.kind == TokenKind::Other && next.text == ",";
            if !is_comma && !matches!(next.kind, TokenKind::Assign | TokenKind::Declare) {
                self.back(next);
                if let Some(space) = space {
                    self.back(space);
                }
                self.back(variable);
                break;
            }
            let name = self.name(&variable.text);
            variables.push(Rc::clone(&name));
            self.variables.push(name);
            if !is_comma {
                return Ok((variables, next.kind == TokenKind::Assign));
            }
            if context != "range" || variables.len() > 1 {
                return Err(format!("too many declarations in {context}"));
            }
            let following = self.peek_word().0;
            if !matches!(following, TokenKind::Variable | TokenKind::RightDelimiter | TokenKind::RightParen) {
                return Err("range can only initialize variables".to_owned());
            }
        }
        Ok((variables, false))
    }

    fn command(&mut self) -> Parsed<Command> {
        let start = self.peek_word().1;
        let mut operands: Vec<Operand> = vec![];
        let mut end = start;
        loop {
            self.peek_word();
            if let Some(operand) = self.operand()? {
                operands.push(operand);
                end = self.end;
            }
            let token = self.next();
            match token.kind {
                TokenKind::Space => continue,
                TokenKind::RightDelimiter | TokenKind::RightParen => self.back(token),
                TokenKind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        if operands.is_empty() {
            return Err("empty command".to_owned());
        }
        Ok(Command { place: place(start, start, end), operands })
    }

    /// A term and the fields behind it; `None` where something else is next.
    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let start = self.peek_word().1;
        let Some(operand) = self.term()? else { return Ok(None) };
        let (kind, reported) = self.peek();
        if kind != TokenKind::Field {
            return Ok(Some(operand));
        }
        let mut fields = vec![];
        while self.peek().0 == TokenKind::Field {
            let token = self.next();
            fields.push(self.name(&token.text[1..]));
        }
        let place = place(reported, start, self.end);
        let term = match operand.term {
            Term::Field(mut names) => {
                names.append(&mut fields);
                Term::Field(names)
            }
            Term::Variable(name, _) => Term::Variable(name, fields),
            Term::Function(_) | Term::Pipeline(_) => Term::Chain(Box::new(operand), fields),
            _ => {
                let shown = quote::double(&self.source[operand.place.start..operand.place.end]);
                return Err(format!("unexpected . after term {shown}"));
            }
        };
        Ok(Some(Operand { place, term }))
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.next_word();
        let start = token.start;
        let term = match token.kind {
            TokenKind::Identifier => Term::Function(
                self.registry
                    .find(&token.text)
                    .ok_or_else(|| format!("function {} not defined", quote::double(&token.text)))?,
            ),
            TokenKind::Keyword(Keyword::Dot) => Term::Dot,
            TokenKind::Keyword(Keyword::Nil) => Term::Nil,
            TokenKind::Variable => self.variable(&token)?,
            TokenKind::Field => Term::Field(vec![self.name(&token.text[1..])]),
            TokenKind::Bool => Term::Bool(token.text == "true"),
            TokenKind::Character => Term::Number(character(&token.text)?),
            TokenKind::Number | TokenKind::Complex => Term::Number(number(&token.text)?),
            TokenKind::String | TokenKind::RawString => Term::Text(unquote(&token.text)?.into()),
            TokenKind::LeftParen => {
                self.descend()?;
                let pipeline = self.pipeline("parenthesized pipeline", TokenKind::RightParen)?;
                self.depth -= 1;
                return Ok(Some(Operand { place: pipeline.place, term: Term::Pipeline(Box::new(pipeline)) }));
            }
            _ => {
                self.back(token);
                return Ok(None);
            }
        };
        Ok(Some(Operand { place: place(start, start, token.end()), term }))
    }

    fn variable(&mut self, token: &Token<'_>) -> Parsed<Term> {
        let known = self.variables.iter().rev().find(|name| ***name == *token.text);
        match known {
            Some(name) => Ok(Term::Variable(Rc::clone(name), vec![])),
            None => Err(format!("undefined variable {}", quote::double(&token.text))),
        }
    }
}

fn place(reported: usize, start: usize, end: usize) -> Place {
    Place { reported, start, end, is_template: false }
}
