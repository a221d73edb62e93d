//! What could not be checked, for people: everything that one thing is missing for in one entry.

use super::{Line, Role};
use crate::{
    check::{Finding, Outcome},
    milvus::count,
};

/// How a reason begins that is a matter of rights.
const RIGHT: &str = "no right to ";

/// Findings that could not be made for the same reason.
pub(super) struct Unknown<'a> {
    findings: Vec<&'a Finding>,
    /// The reason, without what to do about it.
    reasons: Vec<&'a str>,
    whole: &'a str,
}

/// The reason of a finding, without what to do about it; of one that a right is missing for, the right.
fn short(reason: &str) -> &str {
    let reason = &reason[reason.find(RIGHT).unwrap_or_default()..];
    reason.split_once("; ").map_or(reason, |(short, _)| short)
}

fn lacks_a_right(reason: &str) -> bool {
    reason.contains(RIGHT)
}

/// Findings that could not be made, those of one reason together, and all that rights are missing for.
pub(super) fn joined<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Unknown<'a>> {
    let mut groups: Vec<Unknown<'a>> = vec![];
    for finding in findings {
        let Outcome::Unknown { reason } = &finding.result else { continue };
        let is_same =
            |group: &&mut Unknown<'_>| group.whole == reason || (lacks_a_right(group.whole) && lacks_a_right(reason));
        match groups.iter_mut().find(is_same) {
            Some(group) => {
                group.findings.push(finding);
                if !group.reasons.contains(&short(reason)) {
                    group.reasons.push(short(reason));
                }
            }
            None => groups.push(Unknown { findings: vec![finding], reasons: vec![short(reason)], whole: reason }),
        }
    }
    groups
}

impl Unknown<'_> {
    /// Its lines, the first behind `head`; texts begin at `column`.
    pub(super) fn lines(&self, head: Line, column: usize) -> Vec<Line> {
        let is_right = lacks_a_right(self.whole);
        let ask = if is_right { "Go on without, or ask for:  " } else { "Go on without, or read:  " };
        let command = match self.findings.as_slice() {
            _ if is_right => "kubectl milvus docs rbac --for check".to_owned(),
            [first, ..] => format!("kubectl milvus explain {}", first.code),
            [] => return vec![],
        };
        let go_on = Line::new().pad_to(column).text(ask).with(Role::Command, command);
        if let [only] = self.findings.as_slice() {
            let code = format!("{}  ", only.code);
            let hang = column + code.len();
            let reason = if is_right { short(self.whole) } else { self.whole };
            return vec![head.text(code).text(format!("{}: {reason}", only.title)).hang(hang), go_on];
        }
        let reason = if is_right {
            let kinds: Vec<&str> = self.reasons.iter().map(|reason| &reason[RIGHT.len()..]).collect();
            format!("{RIGHT}{}", shared(&kinds))
        } else {
            self.whole.to_owned()
        };
        let codes: Vec<String> = self.findings.iter().map(|finding| finding.code.to_string()).collect();
        let rules = format!("{}: ", count(codes.len(), "rule"));
        let codes = Line::new().pad_to(column).text(codes.join(", ")).hang(column);
        vec![head.text(rules).text(reason).hang(column), codes, go_on]
    }
}

/// `list nodes`, `list pods` and `watch pods` as `list nodes, pods, watch pods`.
fn shared(kinds: &[&str]) -> String {
    let mut told: Vec<String> = vec![];
    let mut last = "";
    for kind in kinds {
        let (verb, rest) = kind.split_once(' ').unwrap_or(("", kind));
        told.push(if verb == last && !verb.is_empty() { rest.to_owned() } else { (*kind).to_owned() });
        last = verb;
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{joined, shared};
    use crate::{
        check::{Finding, Outcome},
        output::{Line, Screen, Style, sample},
    };

    fn unknown(number: u16, reason: &str) -> Finding {
        Finding { result: Outcome::Unknown { reason: reason.into() }, ..sample::finding(number) }
    }

    fn told(findings: &[Finding]) -> String {
        let mut screen = Screen::new();
        for group in joined(findings) {
            screen.extend(group.lines(Line::from("unknown  "), 9));
        }
        screen.render(Style::Plain, None)
    }

    #[test]
    fn one_that_a_right_is_missing_for_says_which_command_asks_for_it() {
        insta::assert_snapshot!(told(&[unknown(301, "no right to list nodes; look with kubectl get nodes")]), @"
        unknown  MV0301  the title of 301: no right to list nodes
                 Go on without, or ask for:  kubectl milvus docs rbac --for check
        ");
    }

    #[test]
    fn all_that_rights_are_missing_for_are_one_and_the_rest_by_its_reason() {
        let findings = [
            unknown(301, "no right to list nodes; look with kubectl get nodes"),
            unknown(302, "the image names no version"),
            unknown(303, "no right to list pods"),
            unknown(304, "the nodes are not known: no right to list nodes"),
            unknown(305, "the image names no version"),
            unknown(306, "the operator is of no release"),
        ];
        insta::assert_snapshot!(told(&findings), @"
        unknown  3 rules: no right to list nodes, pods
                 MV0301, MV0303, MV0304
                 Go on without, or ask for:  kubectl milvus docs rbac --for check
        unknown  2 rules: the image names no version
                 MV0302, MV0305
                 Go on without, or read:  kubectl milvus explain MV0302
        unknown  MV0306  the title of 306: the operator is of no release
                 Go on without, or read:  kubectl milvus explain MV0306
        ");
    }

    #[test]
    fn verbs_are_said_once() {
        assert_eq!(shared(&["list nodes", "list pods", "watch pods"]), "list nodes, pods, watch pods");
    }
}
