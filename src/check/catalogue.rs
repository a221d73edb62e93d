//! What every code means: the table that `explain` and reports read.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{Code, Severity};

/// What the catalogue says of one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// A few words: what is wrong.
    pub title: String,
    /// What happens otherwise, and why it weighs what it weighs.
    pub why: String,
    /// What mends it in general.
    pub fix: String,
    /// Where to read more.
    pub link: String,
    /// Numbers in the project's list of what a tool should refuse, warn about and do.
    pub rules: Vec<u16>,
}

#[derive(Deserialize)]
struct Catalogue {
    entry: Vec<Entry>,
}

static CATALOGUE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let read: Catalogue =
        toml::from_str(include_str!("catalogue.toml")).expect("a test reads the catalogue that is compiled in");
    read.entry
});

/// All entries, in the order of their codes. Read at the first call.
pub fn all() -> &'static [Entry] {
    &CATALOGUE
}

/// The entry of `code`.
pub fn find(code: Code) -> Option<&'static Entry> {
    all().iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{all, find};
    use crate::check::{Code, RULES, manifest};

    #[test]
    fn the_catalogue_and_the_rules_have_the_same_codes_once() {
        let entries: Vec<Code> = all().iter().map(|entry| entry.code).collect();
        let used: Vec<Code> = RULES.iter().map(|rule| rule.code).chain(manifest::CODES).collect();
        let distinct: BTreeSet<Code> = used.iter().copied().collect();
        assert_eq!(distinct.len(), used.len(), "a code is used by two rules");
        assert_eq!(entries, distinct.into_iter().collect::<Vec<_>>(), "in order, and none missing on either side");
    }

    #[test]
    fn every_entry_is_complete_and_its_link_is_https() {
        for entry in all() {
            assert!(entry.link.starts_with("https://"), "{}", entry.code);
            assert!(entry.title.len() > 10 && !entry.title.ends_with('.'), "{}", entry.code);
            assert!(entry.why.ends_with('.') && entry.fix.ends_with('.'), "{}", entry.code);
        }
    }

    #[test]
    fn codes_are_grouped_by_hundred() {
        for entry in all() {
            let group = entry.code.to_string()[2..4].parse::<u8>().expect("two digits");
            assert!((1..=12).contains(&group), "{}", entry.code);
        }
        assert_eq!(find(Code::new(604)), None, "MV0604 is kept for a log signature");
    }
}
