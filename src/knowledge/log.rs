use serde::{Deserialize, Serialize};

use super::Knowledge;

/// A piece of a log or a status, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// Its code, of the same kind as those of the rules.
    pub code: String,
    /// A few words.
    pub title: String,
    /// Pieces of lines; each is the sign by itself.
    pub text: Vec<String>,
    /// The exit code of a container that is a sign too.
    pub exit: Option<i64>,
    /// What it likely means.
    pub meaning: String,
    /// What mends it.
    pub cure: String,
    /// Where to read more.
    pub link: String,
    /// Where this is written.
    pub source: String,
}

impl Knowledge {
    /// All log lines whose meaning is known, by their codes.
    pub fn log_lines(&self) -> &[LogLine] {
        &self.tables.log
    }

    /// What a line of a log or the text of a status means, if that is known.
    pub fn meaning_of(&self, line: &str) -> Option<&LogLine> {
        let has = |piece: &String| line.contains(piece.as_str());
        self.tables.log.iter().find(|row| row.text.iter().any(has))
    }

    /// What the exit code of a container means, if that is known.
    pub fn meaning_of_exit(&self, code: i64) -> Option<&LogLine> {
        self.tables.log.iter().find(|row| row.exit == Some(code))
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::Knowledge;

    #[test]
    fn lines_as_they_are_written_are_recognised() {
        let knowledge = Knowledge::builtin();
        for (line, code) in [
            ("panic: current version(2.6.18), session version(3.0.0-beta): session version check failure", "MV0603"),
            ("rpc error: producer can only be created for RW channel", "MV0604"),
            (r#"{"member-initialized":false,"force":false}"#, "MV0615"),
            ("error: bad member ID arg (strconv.ParseUint: parsing \"\": invalid syntax)", "MV0614"),
            ("version not support : 3 , knowhere current version 1", "MV0610"),
            ("etcdserver: mvcc: database space exceeded", "MV0613"),
        ] {
            assert_eq!(knowledge.meaning_of(line).map(|row| row.code.as_str()), Some(code), "{line}");
        }
        assert_eq!(knowledge.meaning_of("all is well"), None);
        assert_eq!(knowledge.meaning_of_exit(132).map(|row| row.code.as_str()), Some("MV0625"));
        assert_eq!(knowledge.meaning_of_exit(1), None);
    }
}
