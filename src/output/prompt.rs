use std::io::BufRead;

use super::{Line, Printer, Role, Screen, printer::lock};
use crate::failure::Failure;

/// Something that only the user can answer.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// The name has to be typed, so that nobody agrees to the wrong instance.
    TypeName(&'a str),
    /// Yes or no; no, where nothing is typed.
    YesNo(&'a str),
}

impl Printer {
    /// Asks, and says whether the answer is yes. Where there is no terminal it is a usage failure that names `--yes`.
    pub fn ask(&self, question: Question<'_>) -> Result<bool, Failure> {
        if !(self.terminal.stdin && self.terminal.stderr) {
            return Err(Failure::usage("it needs an answer, and there is no terminal to ask on")
                .hint("give `--yes` to begin without asking"));
        }
        let text = match question {
            Question::TypeName(name) => format!("Type {name} to begin: "),
            Question::YesNo(text) => format!("{text} [y/N] "),
        };
        let asked = Screen::from(Line::new().with(Role::Strong, text)).render(self.aside().1, None);
        let (mut stream, _) = self.aside();
        stream.clear(self.size().0);
        stream.write(&format!("{} ", asked.trim_end()));
        drop(stream);
        let mut answer = String::new();
        // A name is at most 253 long; more than that is no answer.
        let read = std::io::Read::take(&mut *lock(&self.stdin), 1024).read_line(&mut answer);
        read.map_err(|error| Failure::failed(format!("cannot read the answer: {error}")))?;
        if !answer.ends_with('\n') {
            self.aside().0.write("\n");
        }
        let answer = answer.trim();
        Ok(match question {
            Question::TypeName(name) => answer == name,
            Question::YesNo(_) => matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Printer, Question};
    use crate::{
        exit::Exit,
        output::printer::{Settings, captured::printer},
    };

    fn on_terminal(typed: &'static str) -> Printer {
        printer(Settings::default(), Some((80, 24)), typed).0
    }

    #[test]
    fn only_the_name_itself_begins() {
        for (typed, yes) in
            [("prod\n", true), (" prod \n", true), ("prod2\n", false), ("y\n", false), ("\n", false), ("", false)]
        {
            assert_eq!(on_terminal(typed).ask(Question::TypeName("prod")).unwrap(), yes, "{typed:?}");
        }
    }

    #[test]
    fn nothing_typed_is_no() {
        for (typed, yes) in [("y\n", true), ("YES\n", true), ("\n", false), ("", false), ("no\n", false)] {
            assert_eq!(on_terminal(typed).ask(Question::YesNo("Go on?")).unwrap(), yes, "{typed:?}");
        }
    }

    #[test]
    fn the_question_stands_on_one_line_and_is_escaped() {
        let (printer, stdout, stderr) = printer(Settings::default(), Some((80, 24)), "x\n");
        printer.ask(Question::TypeName("pr\u{1b}[1mod")).unwrap();
        assert_eq!((stdout.take(), stderr.take()), (String::new(), "Type pr\\u{1b}[1mod to begin: ".to_owned()));
    }

    #[test]
    fn without_a_terminal_it_is_wrong_usage() {
        let (printer, _, stderr) = printer(Settings::default(), None, "prod\n");
        let failure = printer.ask(Question::TypeName("prod")).unwrap_err();
        assert_eq!(failure.exit(), Exit::Usage);
        assert!(failure.hints()[0].contains("--yes"));
        assert_eq!(stderr.take(), "");
    }
}
