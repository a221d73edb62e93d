use serde::{Deserialize, Serialize};

use crate::{
    knowledge::{Knowledge, LogLine},
    snapshot::{LogSource, masked_log},
};

/// How many of the last lines of a log are shown where none of them is known.
const LAST: usize = 5;

/// How much of a line is kept, in characters: stacks in JSON are longer than any screen.
const WIDTH: usize = 400;

/// What a log says of why its container does not do what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEvidence {
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Whether it wrote this before it was started again.
    pub previous: bool,
    /// Lines that are known, each kind once.
    pub signs: Vec<Sign>,
    /// Where none is known: its last lines.
    pub last_lines: Vec<String>,
}

/// A line whose meaning is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sign {
    /// The line.
    pub line: String,
    /// The code of what is known.
    pub code: String,
    /// What it likely means.
    pub meaning: String,
    /// What mends it.
    pub cure: String,
    /// Where to read more.
    pub link: String,
}

impl Sign {
    fn new(line: &str, row: &LogLine) -> Self {
        Self {
            line: kept(line),
            code: row.code.clone(),
            meaning: row.meaning.clone(),
            cure: row.cure.clone(),
            link: row.link.clone(),
        }
    }
}

impl LogEvidence {
    /// Reads a log; `None` where nothing is in it. What names a secret is masked.
    pub fn of(source: &LogSource, previous: bool, log: &str, knowledge: &Knowledge) -> Option<Self> {
        let log = masked_log(log);
        let lines: Vec<&str> = log.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let mut signs: Vec<Sign> = vec![];
        // What was written last stands closest to the end.
        for line in lines.iter().rev() {
            if let Some(row) = knowledge.meaning_of(line).filter(|row| signs.iter().all(|sign| sign.code != row.code)) {
                signs.insert(0, Sign::new(line, row));
            }
        }
        let shown = if signs.is_empty() { LAST } else { 0 };
        let last_lines: Vec<String> = lines.iter().rev().take(shown).rev().map(|line| kept(line)).collect();
        (!lines.is_empty()).then(|| Self {
            pod: source.pod.clone(),
            container: source.container.clone(),
            previous,
            signs,
            last_lines,
        })
    }
}

fn kept(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{LogEvidence, WIDTH};
    use crate::{knowledge::Knowledge, snapshot::LogSource};

    fn evidence(log: &str) -> Option<LogEvidence> {
        let source = LogSource { pod: "prod-0".to_owned(), container: "milvus".to_owned(), has_run_before: true };
        LogEvidence::of(&source, true, log, Knowledge::builtin())
    }

    #[test]
    fn every_row_that_is_known_is_found_in_a_log_by_each_of_its_signs() {
        for row in Knowledge::builtin().log_lines() {
            for piece in &row.text {
                let log = format!("[INFO] begin\n[ERROR] [x.go:1] [\"{piece}\"]\n[INFO] {piece} again\n\n");
                let found = evidence(&log).expect("lines");
                let codes: Vec<&str> = found.signs.iter().map(|sign| sign.code.as_str()).collect();
                assert_eq!(codes, [&row.code], "{piece}");
                assert!(found.signs[0].line.ends_with("again"), "the last one that shows it");
                assert!(found.last_lines.is_empty() && found.previous);
            }
        }
    }

    #[test]
    fn of_a_log_that_nobody_knows_the_last_lines_are_shown() {
        let log = "line 1\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\n";
        let found = evidence(log).expect("lines");
        assert_eq!((found.signs.len(), found.last_lines), (0, (3..=7).map(|line| format!("line {line}")).collect()));
        assert_eq!(evidence("\n \n"), None);
    }

    #[test]
    fn secrets_are_masked_and_long_lines_are_cut() {
        let found = evidence(&format!("dial minio: secretAccessKey=hunter2 {}", "ü".repeat(WIDTH))).expect("a line");
        assert!(!found.last_lines[0].contains("hunter2"), "{found:?}");
        assert_eq!(found.last_lines[0].chars().count(), WIDTH + 1);
    }
}
