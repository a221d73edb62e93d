//! The catalogue of codes as a page of documentation.

use std::fmt::Write;

use super::explain;
use crate::check::catalogue::Entry;

/// Markdown: every code with its reason, cure and link, by topic.
pub fn page(entries: &[Entry]) -> String {
    let mut page = String::from(
        "# Checks\n\nEvery code that `kubectl milvus` can print. `kubectl milvus explain CODE` says the same, offline.\n\n\
         A *problem* stops, and no flag lets it pass. A *question* stops unless its code is accepted (`--accept CODE`). \
         A *warning* goes on once it has been read, an *info* is worth knowing, a *log* is a line of a log and its meaning.\n\n\
         This page is made from the catalogue: `kubectl milvus docs checks > docs/checks.md`.\n",
    );
    let mut topic = "";
    for entry in entries {
        if entry.topic() != topic {
            topic = entry.topic();
            // Writing into a text cannot fail.
            let _ = write!(page, "\n## {topic}\n");
        }
        page.push_str(&section(entry));
    }
    page
}

fn section(entry: &Entry) -> String {
    let mut lines = vec![format!("\n### {}: {}", entry.code, entry.title), String::new()];
    lines.push(format!("*{}*, since {}", explain::word(entry), entry.since));
    if !entry.signs.is_empty() {
        lines.push(String::new());
        lines.extend(entry.signs.iter().map(|sign| format!("    {sign}")));
    }
    for text in [&entry.why, &entry.fix] {
        lines.push(String::new());
        lines.push(if text.starts_with("kubectl ") { format!("    {text}") } else { text.clone() });
    }
    lines.push(String::new());
    lines.push(format!("More: <{}>", entry.link));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::page;
    use crate::{check::catalogue, knowledge::Knowledge};

    #[test]
    fn the_page_in_the_repository_is_the_one_of_the_catalogue() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks.md");
        let written = fs::read_to_string(&path).unwrap_or_default();
        let fresh = page(&catalogue::with_logs(Knowledge::builtin()));
        assert!(written == fresh, "docs/checks.md is stale: cargo run -- docs checks > docs/checks.md");
    }

    #[test]
    fn every_code_has_its_section() {
        let entries = catalogue::with_logs(Knowledge::builtin());
        let page = page(&entries);
        for entry in &entries {
            assert_eq!(page.matches(&format!("\n### {}: ", entry.code)).count(), 1, "{}", entry.code);
        }
    }
}
