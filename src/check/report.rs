use serde::{Deserialize, Serialize};

use super::{Answer, Finding, Ground, Outcome, RULES, Severity};

/// What all rules said, in the order of their codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// One for each rule.
    pub findings: Vec<Finding>,
}

/// How many rules said what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Fine.
    pub passed: usize,
    /// Stops the way on.
    pub problems: usize,
    /// Found something that does not stop.
    pub warnings: usize,
    /// Worth knowing.
    pub infos: usize,
    /// Nothing to say.
    pub not_applicable: usize,
    /// Could not look.
    pub unknown: usize,
}

impl Report {
    /// Asks every rule.
    pub fn of(ground: &Ground<'_>) -> Self {
        let accepted = |code| ground.target.is_some_and(|target| target.accepted.contains(&code));
        let findings = RULES.iter().map(|rule| {
            let entry = rule.code.entry();
            let severity = entry.map_or(Severity::Problem, |entry| entry.severity);
            let result = match (rule.judge)(ground) {
                Answer::Fine => Outcome::Passed,
                Answer::Problem(problem) => Outcome::Found { severity, accepted: accepted(rule.code), problem },
                Answer::NotApplicable => Outcome::NotApplicable,
                Answer::Unknown(reason) => Outcome::Unknown { reason },
            };
            Finding {
                code: rule.code,
                title: entry.map(|entry| entry.title.clone()).unwrap_or_default(),
                result,
                link: entry.map(|entry| entry.link.clone()).unwrap_or_default(),
            }
        });
        let mut findings: Vec<Finding> = findings.collect();
        findings.sort_by_key(|finding| finding.code);
        Self { findings }
    }

    /// Whether anything forbids to go on.
    pub fn is_blocked(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }

    /// How many rules said what. An accepted question counts as a warning.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for finding in &self.findings {
            let counter = match &finding.result {
                Outcome::Passed => &mut tally.passed,
                Outcome::NotApplicable => &mut tally.not_applicable,
                Outcome::Unknown { .. } => &mut tally.unknown,
                Outcome::Found { severity: Severity::Info, .. } => &mut tally.infos,
                Outcome::Found { .. } if finding.blocks() => &mut tally.problems,
                Outcome::Found { .. } => &mut tally.warnings,
            };
            *counter += 1;
        }
        tally
    }
}
