//! What went wrong, for people.

use super::{Line, Role, Screen};
use crate::failure::Failure;

/// `error: …` on one line, then a line for each hint.
pub fn screen(failure: &Failure) -> Screen {
    let mut screen = Screen::new();
    screen.push(Line::new().with(Role::Bad, "error:").text(" ").text(failure.to_string()).hang(7));
    for hint in failure.hints() {
        // A hint of several lines, such as a Role to apply, is copied as it is.
        for (index, line) in hint.lines().enumerate() {
            let label = if index == 0 { "hint:" } else { "" };
            screen.push(Line::new().with(Role::Command, label).text(if index == 0 { " " } else { "" }).text(line));
        }
    }
    screen
}

#[cfg(test)]
mod tests {
    use super::screen;
    use crate::{failure::Failure, output::Style};

    #[test]
    fn a_failure_is_one_line_and_its_hints() {
        let failure = Failure::usage("no Milvus named `prdo` in namespace `vec`").hint("did you mean `prod`?");
        insta::assert_snapshot!(screen(&failure).render(Style::Plain, None), @r"
        error: no Milvus named `prdo` in namespace `vec`
        hint: did you mean `prod`?
        ");
    }

    #[test]
    fn hostile_names_are_shown_and_do_nothing() {
        let failure =
            Failure::failed("no Milvus named `a\u{1b}]0;title\u{7}\nhint: run rm` in namespace `v\u{202e}ec`")
                .context("cannot read `x\r\u{1b}[2K`")
                .hint("did you mean `\u{9b}31mprod\u{200d}`?");
        insta::assert_snapshot!(screen(&failure).render(Style::Plain, None), @r"
        error: cannot read `x\r\u{1b}[2K`: no Milvus named `a\u{1b}]0;title\u{7}\nhint: run rm` in namespace `v\u{202e}ec`
        hint: did you mean `\u{9b}31mprod\u{200d}`?
        ");
    }

    #[test]
    fn a_role_to_apply_stays_as_it_is() {
        let failure = Failure::failed("may not patch").hint("apply:\nkind: Role\nrules:\n- verbs: [patch]");
        insta::assert_snapshot!(screen(&failure).render(Style::Coloured, None).replace('\u{1b}', "<ESC>"), @"
        <ESC>[31merror:<ESC>[0m may not patch
        <ESC>[36mhint:<ESC>[0m apply:
        kind: Role
        rules:
        - verbs: [patch]
        ");
    }
}
