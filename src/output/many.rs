//! What the rules said of many instances, for people: one table, the worst first.

use std::cmp::Reverse;

use super::{Line, Role, Screen, Table};
use crate::{
    check::{Finding, Report, Severity},
    milvus::count,
};

/// An instance, and what the rules said of it.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// `milvus/NAME`.
    pub reference: String,
    /// The version that runs, where it is known.
    pub version: Option<String>,
    /// The version asked for.
    pub target: Option<String>,
    /// What the rules said.
    pub report: &'a Report,
    /// The command that tells all of it.
    pub command: String,
}

/// A row for each, and how to see more of the worst. Namespaces are told where there may be several.
pub fn screen(mut judged: Vec<Judged<'_>>, tells_namespaces: bool) -> Screen {
    judged.sort_by_cached_key(|one| {
        let tally = one.report.tally();
        let weight = (one.report.is_blocked(), tally.problems, tally.warnings, tally.unknown);
        (Reverse(weight), one.namespace.to_owned(), one.reference.clone())
    });
    let heads = ["namespace", "name", "version", "state", "problems", "warnings", "unknown", "first"];
    let skipped = usize::from(!tells_namespaces);
    let mut table = Table::with_heads(&heads[skipped..]);
    for one in &judged {
        table.row(cells(one).into_iter().skip(skipped));
    }
    let mut screen = Screen::new();
    screen.extend(table.lines());
    let blocked = judged.iter().filter(|one| one.report.is_blocked()).count();
    screen.blank();
    screen.push(match blocked {
        0 => Line::new().with(Role::Good, "Nothing stands in the way").text(format!(" of {}", instances(judged.len()))),
        blocked => Line::new().with(Role::Bad, format!("{blocked} of {}", instances(judged.len()))).text(" not ready"),
    });
    screen.extend(judged.first().map(|worst| Line::from("Next:").pad_to(7).with(Role::Command, &worst.command)));
    screen
}

fn instances(number: usize) -> String {
    count(number, "instance")
}

fn cells(one: &Judged<'_>) -> [Line; 8] {
    let tally = one.report.tally();
    let version = one.version.clone().unwrap_or_else(|| "<unknown>".to_owned());
    let version = match &one.target {
        Some(target) if *target != version => format!("{version} -> {target}"),
        _ => version,
    };
    let state = match (one.report.is_blocked(), &one.target) {
        (true, _) => Line::new().with(Role::Bad, "blocked"),
        (false, Some(_)) => Line::new().with(Role::Good, "ready"),
        (false, None) => Line::new().with(Role::Good, "sound"),
    };
    let first = first(one.report).map(|(code, summary)| format!("{code}  {summary}")).unwrap_or_default();
    [
        Line::from(one.namespace),
        Line::from(&one.reference),
        Line::from(version),
        state,
        Line::from(tally.problems.to_string()),
        Line::from(tally.warnings.to_string()),
        Line::from(tally.unknown.to_string()),
        Line::from(first),
    ]
}

/// What weighs most: what stands in the way, else the first warning.
fn first(report: &Report) -> Option<(String, &str)> {
    let found = |finding: &&Finding| finding.found().is_some_and(|(severity, _)| severity > Severity::Info);
    let weight = |finding: &&Finding| {
        let severity = finding.found().map(|(severity, _)| severity);
        (Reverse((finding.blocks(), severity)), finding.code)
    };
    let worst = report.findings.iter().filter(found).min_by_key(weight)?;
    Some((worst.code.to_string(), worst.found()?.1.summary.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{Judged, screen};
    use crate::{
        check::{Finding, Report, Severity},
        output::{Style, sample},
    };

    fn judged<'a>(name: &str, target: Option<&str>, report: &'a Report) -> Judged<'a> {
        Judged {
            namespace: "vec",
            reference: format!("milvus/{name}"),
            version: (name != "odd").then(|| "2.5.22".to_owned()),
            target: target.map(str::to_owned),
            report,
            command: format!("kubectl milvus check {name} -n vec"),
        }
    }

    fn report(findings: &[Finding]) -> Report {
        Report { findings: findings.to_vec() }
    }

    #[test]
    fn the_worst_comes_first_and_says_why() {
        let warning = sample::found(301, Severity::Warning, "etcd keeps nothing", &[], "");
        let question = sample::found(701, Severity::Question, "no backup is named", &[], "");
        let problem = sample::found(202, Severity::Problem, "no operator is at work", &[], "");
        let info = sample::found(121, Severity::Info, "not everything works", &[], "");
        let (fine, warned) = (report(&[sample::finding(201), info]), report(std::slice::from_ref(&warning)));
        let blocked = report(&[warning, question.clone(), problem]);
        let mut accepted = question.clone();
        sample::accept(&mut accepted);
        let (asked, let_go) = (report(&[question]), report(&[accepted]));
        let all = vec![
            judged("a", Some("2.6.6"), &fine),
            judged("odd", Some("2.6.6"), &warned),
            judged("c", Some("2.6.6"), &blocked),
            judged("d", Some("2.6.6"), &asked),
            judged("e", Some("2.5.22"), &let_go),
        ];
        insta::assert_snapshot!(screen(all, true).render(Style::Plain, None), @"
        NAMESPACE   NAME         VERSION              STATE     PROBLEMS   WARNINGS   UNKNOWN   FIRST
        vec         milvus/c     2.5.22 -> 2.6.6      blocked   2          1          0         MV0202  no operator is at work
        vec         milvus/d     2.5.22 -> 2.6.6      blocked   1          0          0         MV0701  no backup is named
        vec         milvus/e     2.5.22               ready     0          1          0         MV0701  no backup is named
        vec         milvus/odd   <unknown> -> 2.6.6   ready     0          1          0         MV0301  etcd keeps nothing
        vec         milvus/a     2.5.22 -> 2.6.6      ready     0          0          0

        2 of 5 instances not ready
        Next:  kubectl milvus check c -n vec
        ");
        insta::assert_snapshot!(screen(vec![judged("a", None, &fine)], false).render(Style::Plain, None), @"
        NAME       VERSION   STATE   PROBLEMS   WARNINGS   UNKNOWN   FIRST
        milvus/a   2.5.22    sound   0          0          0

        Nothing stands in the way of 1 instance
        Next:  kubectl milvus check a -n vec
        ");
    }
}
