//! Errors of templates, as Helm 4 shows them.

use crate::helm::error::Error;

/// What `fail` and `required` put around the author's own words, so that they are found in the chain.
const START: &str = "HELM_ERR_START";
const END: &str = "HELM_ERR_END";

/// The author's own words as an error.
pub(super) fn said(words: &str) -> Error {
    Error::new(format!("{START}{words}{END}"))
}

/// A fault of parsing: `parse error at (FILE:LINE): …`.
pub(super) fn of_parsing(name: &str, error: &Error) -> Error {
    let parts: Vec<_> = error.text().split(": ").collect();
    match parts.as_slice() {
        [_, location, .., message] => Error::new(format!("parse error at ({location}): {message}")),
        _ => error.clone().at(format_args!("parse error in ({name})")),
    }
}

/// A fault of execution: the author's own words alone; else each step of the chain on lines of its own where all of them
/// are those of templates, and the chain on one line where the innermost is a function's.
pub(super) fn of_execution(error: &Error) -> Error {
    let mut parts = error.text().splitn(3, ": ");
    if let (Some(_), Some(location), Some(rest)) = (parts.next(), parts.next(), parts.next())
        && let Some(words) = words(rest)
    {
        return Error::new(format!("execution error at ({location}): {words}"));
    }
    let mut steps: Vec<String> = vec![];
    for text in error.chain() {
        let Some(step) = step(text) else { return error.clone() };
        if steps.last() != Some(&step) {
            steps.push(step);
        }
    }
    Error::new(steps.concat().trim())
}

fn words(text: &str) -> Option<&str> {
    let start = text.find(START)? + START.len();
    let end = text.rfind(END)?;
    text.get(start..end)
}

/// A step of the chain, with its place, what was executed and the message each on a line.
fn step(text: &str) -> Option<String> {
    let rest = text.strip_prefix("template: ")?;
    if rest.starts_with("no template ") {
        return Some(format!("{text}\n"));
    }
    if let Some((location, name, at, message)) = executing(rest) {
        return Some(format!("{location}\n  executing \"{name}\" at <{at}>:\n    {}\n", innermost(message)));
    }
    let (location, message) = rest.rsplit_once(": ")?;
    Some(format!("{location}\n  {}\n", innermost(message)))
}

fn executing(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (location, rest) = text.split_once(": executing ")?;
    let (name, rest) = rest.strip_prefix('"')?.split_once('"')?;
    let (at, message) = rest.strip_prefix(" at <")?.split_once(">: ")?;
    Some((location, name, at, message))
}

/// The message without the next step, which has a line of its own.
fn innermost(message: &str) -> &str {
    message.find(" template:").map_or(message, |next| &message[..next])
}

#[cfg(test)]
mod tests {
    use super::{of_execution, of_parsing, said};
    use crate::helm::error::Error;

    #[test]
    fn what_an_author_says_stands_alone() {
        let error =
            said("set `port`: it is needed").during("error calling required").at("template: t/x.yaml:1:3: executing");
        assert_eq!(of_execution(&error).text(), "execution error at (t/x.yaml:1:3): set `port`: it is needed");
    }

    #[test]
    fn a_chain_of_templates_has_lines_and_one_of_a_function_has_none() {
        let inner = Error::new("nil pointer").at("template: t/a:1:2: executing \"b\" at <.x.y>");
        let chain =
            inner.during("error calling include").at("template: t/c:3:4: executing \"t/c\" at <include \"b\" .>");
        let lines = "t/c:3:4\n  executing \"t/c\" at <include \"b\" .>:\n    error calling include:\n\
                     t/a:1:2\n  executing \"b\" at <.x.y>:\n    nil pointer";
        assert_eq!(of_execution(&chain).text(), lines);
        let error = Error::new("no").during("error calling f").at("template: t/c:3:4: executing \"t/c\" at <f>");
        assert_eq!(of_execution(&error), error);
    }

    #[test]
    fn parsing_says_where_and_the_last_word() {
        let error = Error::new("function \"f\" not defined").at("template: t/c:3");
        assert_eq!(of_parsing("t/c", &error).text(), "parse error at (t/c:3): function \"f\" not defined");
        assert_eq!(of_parsing("t/c", &Error::new("odd")).text(), "parse error in (t/c): odd");
    }
}
