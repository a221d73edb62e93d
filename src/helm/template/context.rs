//! How error texts show where in a template something happened.

use super::{
    ast::Place,
    format::quote,
    lex::Lexer,
    literal::unquote,
    program::Template,
    token::{Token, TokenKind},
};

/// `template: FILE:LINE:COLUMN: executing "NAME" at <TEXT>`; without a place only the name of the template.
///
/// Columns count bytes, from 0.
pub(super) fn locate(template: &Template, place: Option<Place>) -> String {
    let Some(place) = place else { return format!("template: {}", template.name) };
    let program = &template.program;
    let before = &program.source[..place.reported.min(program.source.len())];
    let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
    let (file, name) = (&program.name, quote::double(&template.name));
    format!("template: {file}:{line}:{column}: executing {name} at <{}>", text(&program.source, place))
}

/// The text at `place`, with space only where Go prints space.
pub(super) fn text(source: &str, place: Place) -> String {
    let mut lexer = Lexer::inside_action(&source[place.start..place.end]);
    let mut shown = String::new();
    let mut is_spaced = false;
    let mut is_first = true;
    loop {
        let token = lexer.next();
        match token.kind {
            TokenKind::End | TokenKind::Fault => break,
            TokenKind::Space => is_spaced = true,
            _ => {
                push(&mut shown, &token, is_spaced, place.is_template && is_first);
                (is_spaced, is_first) = (false, false);
            }
        }
    }
    if place.is_template { format!("{{{{template {shown}}}}}") } else { shown }
}

fn push(shown: &mut String, token: &Token<'_>, is_spaced: bool, is_template_name: bool) {
    let is_other = token.kind == TokenKind::Other;
    let opens = shown.is_empty() || shown.ends_with('(') || shown.ends_with(' ');
    match token.kind {
        TokenKind::Pipe => shown.push_str(" | "),
        TokenKind::Declare => shown.push_str(" := "),
        TokenKind::Assign => shown.push_str(" = "),
        _ if is_other => shown.extend([&*token.text, " "]),
        _ => {
            let joins = match token.kind {
                TokenKind::RightParen => true,
                TokenKind::Field => !is_spaced,
                _ => false,
            };
            if !opens && !joins {
                shown.push(' ');
            }
            match unquote(&token.text) {
                Ok(name) if is_template_name => shown.push_str(&quote::double(&name)),
                _ => shown.push_str(&token.text),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, text};

    #[test]
    fn text_is_shown_as_go_prints_its_nodes() {
        for (source, shown) in [
            (".a.b", ".a.b"),
            ("f  .a   (  g 1|h ).x \"s  t\"", "f .a (g 1 | h).x \"s  t\""),
            ("$i ,$v:=  .a", "$i, $v := .a"),
            ("index\n .a  $x.b  'c' `d\ne` nil true", "index .a $x.b 'c' `d\ne` nil true"),
            ("f (  (g)  )", "f ((g))"),
        ] {
            let place = Place { reported: 0, start: 0, end: source.len(), is_template: false };
            assert_eq!(text(source, place), shown, "{source}");
        }
        let place = Place { reported: 0, start: 0, end: 6, is_template: true };
        assert_eq!(text("`a`  .", place), "{{template \"a\" .}}");
    }
}
