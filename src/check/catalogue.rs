//! What every code means: the table that `explain` and reports read.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{Code, Severity};
use crate::knowledge::{Knowledge, LogLine};

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
    /// Numbers in the project's list of what a tool should refuse, warn about and do; none for a line of a log.
    pub rules: Vec<u16>,
    /// The first version of this program that knows it.
    #[serde(default = "first_version")]
    pub since: String,
    /// The pieces of logs and status texts that are its sign, where it is one of those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signs: Vec<String>,
}

fn first_version() -> String {
    "0.1.0".to_owned()
}

/// What the codes of each hundred are about.
const TOPICS: [(u16, &str); 13] = [
    (1, "Versions"),
    (2, "Dependencies and operator"),
    (3, "Storage"),
    (4, "Configuration and state"),
    (5, "Capacity"),
    (6, "Access, and lines of logs"),
    (7, "Backup"),
    (8, "Ownership"),
    (9, "Helm"),
    (10, "The operator's own upgrade"),
    (11, "What a run leaves behind"),
    (12, "The way back"),
    (13, "Migrations of metadata"),
];

impl Entry {
    /// What its hundred of codes is about.
    pub fn topic(&self) -> &'static str {
        let hundred = self.code.number() / 100;
        TOPICS.iter().find(|(number, _)| *number == hundred).map_or("More", |(_, topic)| topic)
    }

    /// The same form for a line of a log; `None` where its code is none.
    fn of_log(row: &LogLine) -> Option<Self> {
        let sentence = |text: &str| {
            let mut letters = text.chars();
            let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            format!("{first}{}.", letters.as_str())
        };
        let exit = row.exit.map(|code| format!("exit code {code}"));
        Some(Self {
            code: row.code.parse().ok()?,
            severity: Severity::Problem,
            title: row.title.clone(),
            why: sentence(&row.meaning),
            fix: if row.cure.starts_with("kubectl ") { row.cure.clone() } else { sentence(&row.cure) },
            link: row.link.clone(),
            rules: vec![],
            since: first_version(),
            signs: row.text.iter().cloned().chain(exit).collect(),
        })
    }
}

/// The entries of all rules and of all lines of logs that are known, in the order of their codes.
pub fn with_logs(knowledge: &Knowledge) -> Vec<Entry> {
    let logs = knowledge.log_lines().iter().filter_map(Entry::of_log);
    let mut entries: Vec<Entry> = all().iter().cloned().chain(logs).collect();
    entries.sort_by_key(|entry| entry.code);
    entries
}

/// The codes among `entries` that are most like `code`, the likest first: those that differ in one digit or in two that
/// changed places, then those of the nearest numbers.
pub fn nearest(code: Code, entries: &[Entry]) -> Vec<Code> {
    let mut codes: Vec<Code> = entries.iter().map(|entry| entry.code).collect();
    codes.sort_by_key(|other| (unlike(code, *other), other.number().abs_diff(code.number())));
    codes.truncate(3);
    codes
}

/// In how many places two codes differ; two digits that changed places count once.
fn unlike(one: Code, other: Code) -> usize {
    let (one, other) = (one.to_string().into_bytes(), other.to_string().into_bytes());
    let places: Vec<usize> = (0..one.len().min(other.len())).filter(|place| one[*place] != other[*place]).collect();
    match places.as_slice() {
        [first, second] if one[*first] == other[*second] && one[*second] == other[*first] => 1,
        places => places.len(),
    }
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

    use super::{all, find, nearest, with_logs};
    use crate::{
        check::{Code, RULES, manifest, values},
        knowledge::Knowledge,
    };

    #[test]
    fn the_catalogue_and_the_rules_have_the_same_codes_once() {
        let entries: Vec<Code> = all().iter().map(|entry| entry.code).collect();
        let used: Vec<Code> = RULES.iter().map(|rule| rule.code).chain(manifest::CODES).chain(values::CODES).collect();
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
    fn lines_of_logs_have_codes_of_their_own() {
        let entries = with_logs(Knowledge::builtin());
        let distinct: BTreeSet<Code> = entries.iter().map(|entry| entry.code).collect();
        assert_eq!(distinct.len(), entries.len(), "a code is used twice");
        assert_eq!(entries.len(), all().len() + Knowledge::builtin().log_lines().len());
        let log = entries.iter().find(|entry| entry.code == Code::new(604)).expect("a line of a log");
        assert!(log.signs.len() == 2 && log.why.ends_with('.') && log.why.starts_with('S'), "{log:?}");
        assert!(entries.iter().all(|entry| entry.topic() != "More"));
    }

    #[test]
    fn the_nearest_codes_are_those_that_one_may_have_meant() {
        let near = |code| nearest(Code::new(code), &with_logs(Knowledge::builtin()));
        assert_eq!(near(710)[0], Code::new(701), "two digits changed places");
        assert!(near(9104).contains(&Code::new(104)), "a digit too much: {:?}", near(9104));
        assert_eq!(near(1).len(), 3);
    }

    #[test]
    fn codes_are_grouped_by_hundred() {
        for entry in all() {
            let group = entry.code.to_string()[2..4].parse::<u8>().expect("two digits");
            assert!((1..=13).contains(&group), "{}", entry.code);
        }
        assert_eq!(find(Code::new(604)), None, "MV0604 is the code of a line of a log");
    }
}
