//! The catalogue of codes, for people.

use super::{Line, Role, Screen, Table};
use crate::check::{Severity, catalogue::Entry};

/// One code: what it means, why it matters, what mends it, and where to read more.
pub fn screen(entry: &Entry) -> Screen {
    let mut screen = Screen::new();
    let title = Line::new().with(Role::Strong, entry.code.to_string()).text("  ").text(&entry.title);
    screen.push(title.text(format!(" ({})", word(entry))).hang(8));
    let signs = entry.signs.join("\n");
    for (label, text) in
        [("sign", &signs), ("why", &entry.why), ("fix", &entry.fix), ("since", &entry.since), ("link", &entry.link)]
    {
        if !text.is_empty() {
            screen.blank();
            screen.extend(paragraphs(label, text));
        }
    }
    screen
}

/// A paragraph a line, for texts of the catalogue have newlines of ours; what is to be copied stays whole.
fn paragraphs(label: &str, text: &str) -> Vec<Line> {
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    let line = |(line, label): (&str, &str)| {
        let is_copied = line.starts_with("kubectl ") || line.starts_with("https://");
        let line = Line::from("  ").with(Role::Faint, label).pad_to(8).text(line);
        if is_copied { line } else { line.hang(8) }
    };
    text.lines().zip(labels).map(line).collect()
}

/// All of them, a row each.
pub fn list<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Screen {
    let mut table = Table::with_heads(&["code", "severity", "title"]);
    for entry in entries {
        table.row([Line::from(entry.code.to_string()), Line::from(word(entry)), Line::from(&entry.title)]);
    }
    let mut screen = Screen::new();
    screen.extend(table.lines());
    screen
}

/// How much it weighs; what is seen in a log is a sign, and weighs what it is a sign of.
pub(super) fn word(entry: &Entry) -> &'static str {
    match entry.severity {
        _ if !entry.signs.is_empty() => "log",
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Question => "question",
        Severity::Problem => "problem",
    }
}

#[cfg(test)]
mod tests {
    use super::{list, screen};
    use crate::{
        check::{Code, Severity, catalogue::Entry},
        output::Style,
    };

    fn entry() -> Entry {
        Entry {
            code: Code::new(201),
            severity: Severity::Problem,
            title: "the operator is too old for the target".into(),
            why: "An operator before 1.3.0 does not know the streaming node, so a roll to 2.6 would stop half-way."
                .into(),
            fix: "kubectl milvus upgrade operator --to 1.3.7".into(),
            link: "https://milvus.io/docs/upgrade_milvus_cluster-operator.md".into(),
            rules: vec![16],
            since: "0.1.0".into(),
            signs: vec![],
        }
    }

    #[test]
    fn a_code_is_explained() {
        insta::assert_snapshot!(screen(&entry()).render(Style::Plain, Some(60)), @"
        MV0201  the operator is too old for the target (problem)

          why   An operator before 1.3.0 does not know the streaming
                node, so a roll to 2.6 would stop half-way.

          fix   kubectl milvus upgrade operator --to 1.3.7

          since 0.1.0

          link  https://milvus.io/docs/upgrade_milvus_cluster-operator.md
        ");
    }

    #[test]
    fn codes_are_listed() {
        insta::assert_snapshot!(list(&[entry()]).render(Style::Plain, None), @"
        CODE     SEVERITY   TITLE
        MV0201   problem    the operator is too old for the target
        ");
    }
}
