//! What the rules said, for people.

use serde_json::Value;

use super::{Detail, Header, Line, Role, Screen, unknown::joined};
use crate::{
    check::{Finding, Outcome, Problem, Report, Severity, Tally},
    milvus::count,
};

/// Everything that the report of `check` shows.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// What it is about.
    pub header: &'a Header,
    /// What the rules said.
    pub report: &'a Report,
    /// The version asked for; `None` where only the health of what runs was.
    pub target: Option<&'a str>,
    /// The versions on the way, where one step does not do: `2.5.10 -> 2.5.27 -> mixCoord -> 2.6.6`.
    pub route: Option<&'a str>,
    /// Commands to type next.
    pub next: &'a [String],
    /// `All` shows every rule, and the evidence of warnings.
    pub detail: Detail,
}

/// The whole report: what came of it, what stands in the way, what to know, what to type next.
pub fn screen(check: &Check<'_>) -> Screen {
    let mut screen = Screen::new();
    screen.push(check.header.line());
    screen.blank();
    screen.extend(findings(check.report, check.target, check.detail).lines().iter().cloned());
    if check.route.is_some() || !check.next.is_empty() {
        screen.blank();
    }
    let wide = if check.route.is_some() { 8 } else { 7 };
    screen.extend(check.route.map(|route| Line::from("Route").pad_to(wide).text(route)));
    for (index, command) in check.next.iter().enumerate() {
        let label = if index == 0 { "Next:" } else { "" };
        screen.push(Line::from(label).pad_to(wide).with(Role::Command, command));
    }
    screen
}

/// The report without its frame: verdict, tally and findings. `upgrade` shows it where it is blocked.
pub fn findings(report: &Report, target: Option<&str>, detail: Detail) -> Screen {
    let mut screen = Screen::new();
    let tally = report.tally();
    let blocked = report.is_blocked();
    screen.push(verdict(report, &tally, target));
    if !blocked || detail == Detail::All {
        screen.push(Line::from("  ").text(tally_line(&tally)).hang(2));
    }
    let mut shown: Vec<(Rank, &Finding)> =
        report.findings.iter().filter_map(|finding| Some((rank(finding, detail)?, finding))).collect();
    shown.sort_by_key(|(rank, finding)| (*rank, finding.code));
    let wide = shown.iter().map(|(rank, _)| rank.word().len()).max().unwrap_or(0).max("problem".len());
    let mut after_block = true;
    let unknown = joined(shown.iter().filter(|_| detail != Detail::All).map(|(_, finding)| *finding));
    shown.retain(|(rank, _)| detail == Detail::All || *rank != Rank::Unknown);
    for (rank, finding) in shown {
        let block = rank <= Rank::Question;
        if block || after_block {
            screen.blank();
        }
        after_block = block;
        screen.extend(finding_lines(rank, finding, wide, detail));
    }
    if after_block && !unknown.is_empty() {
        screen.blank();
    }
    let column = 2 + wide + 2;
    for group in unknown {
        let head = Line::from("  ").with(Rank::Unknown.role(), Rank::Unknown.word()).pad_to(column);
        screen.extend(group.lines(head, column));
    }
    screen
}

/// The order in which findings are shown, and the word for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Problem,
    Question,
    Accepted,
    Warning,
    Info,
    Unknown,
    Passed,
    NotApplicable,
}

impl Rank {
    fn word(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Question => "question",
            Self::Accepted => "accepted",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Unknown => "unknown",
            Self::Passed => "passed",
            Self::NotApplicable => "skipped",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Problem | Self::Question => Role::Bad,
            Self::Accepted | Self::Warning | Self::Unknown => Role::Warning,
            Self::Info => Role::Plain,
            Self::Passed => Role::Good,
            Self::NotApplicable => Role::Faint,
        }
    }
}

fn rank(finding: &Finding, detail: Detail) -> Option<Rank> {
    match &finding.result {
        Outcome::Found { severity: Severity::Problem, .. } => Some(Rank::Problem),
        Outcome::Found { severity: Severity::Question, accepted, .. } => {
            Some(if *accepted { Rank::Accepted } else { Rank::Question })
        }
        Outcome::Found { severity: Severity::Warning, .. } => Some(Rank::Warning),
        Outcome::Found { severity: Severity::Info, .. } => Some(Rank::Info),
        Outcome::Unknown { .. } => Some(Rank::Unknown),
        Outcome::Passed => (detail == Detail::All).then_some(Rank::Passed),
        Outcome::NotApplicable => (detail == Detail::All).then_some(Rank::NotApplicable),
    }
}

fn verdict(report: &Report, tally: &Tally, target: Option<&str>) -> Line {
    let wanted = target.map(|target| format!(" for {target}")).unwrap_or_default();
    if report.is_blocked() {
        let blocking = report.findings.iter().filter(|finding| finding.blocks());
        let questions = blocking.filter(|finding| matches!(finding.found(), Some((Severity::Question, _)))).count();
        let problems = match tally.problems - questions {
            0 => None,
            problems => Some(count(problems, "problem")),
        };
        let questions = (questions > 0).then(|| format!("{} to answer", count(questions, "question")));
        let parts: Vec<String> = problems.into_iter().chain(questions).collect();
        return Line::new().with(Role::Bad, format!("Not ready{wanted}: {}", parts.join(", ")));
    }
    let to_know = tally.warnings + tally.infos;
    let (role, rest) = match (to_know, tally.unknown) {
        (0, 0) => (Role::Good, String::new()),
        (0, unknown) => (Role::Warning, format!(", but {} could not be checked", count(unknown, "rule"))),
        (1, _) => (Role::Good, ", with one thing to know".to_owned()),
        (more, _) => (Role::Good, format!(", with {} things to know", in_words(more))),
    };
    let ready = if target.is_some() { "Ready" } else { "Sound" };
    Line::new().with(role, format!("{ready}{wanted}{rest}"))
}

fn tally_line(tally: &Tally) -> String {
    let verb = if tally.not_applicable == 1 { "does" } else { "do" };
    let parts = [
        (tally.passed, format!("{} passed", count(tally.passed, "rule"))),
        (tally.problems, format!("{} in the way", tally.problems)),
        (tally.warnings, count(tally.warnings, "warning")),
        (tally.infos, count(tally.infos, "note")),
        (tally.not_applicable, format!("{} {verb} not apply", tally.not_applicable)),
        (tally.unknown, format!("{} could not be checked", tally.unknown)),
    ];
    let told: Vec<String> = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text).collect();
    if told.is_empty() { "no rule was asked".to_owned() } else { told.join(", ") }
}

fn finding_lines(rank: Rank, finding: &Finding, wide: usize, detail: Detail) -> Vec<Line> {
    let column = 2 + wide + 2;
    let first = |text: &str| {
        let code = format!("{}  ", finding.code);
        let hang = column + code.len();
        Line::from("  ").with(rank.role(), rank.word()).pad_to(column).text(code).text(text).hang(hang)
    };
    match &finding.result {
        Outcome::Found { problem, .. } => {
            let mut lines = vec![first(&problem.summary)];
            if rank <= Rank::Question || detail == Detail::All {
                lines.extend(proof(problem, column));
                let command = format!("kubectl milvus explain {}", finding.code);
                lines.push(labelled("more", column).with(Role::Command, command));
            }
            lines
        }
        Outcome::Unknown { .. } => {
            let head = || Line::from("  ").with(rank.role(), rank.word()).pad_to(column);
            joined([finding]).iter().flat_map(|group| group.lines(head(), column)).collect()
        }
        Outcome::Passed | Outcome::NotApplicable => vec![first(&finding.title)],
    }
}

/// Where it was seen, and what mends it.
fn proof(problem: &Problem, column: usize) -> Vec<Line> {
    let hang = column + LABEL;
    let mut seen = problem.evidence.iter();
    let beginning = match (problem.object.is_empty(), seen.next()) {
        (true, first) => first.cloned(),
        (false, Some(first)) => Some(format!("{}, {first}", problem.object)),
        (false, None) => Some(problem.object.clone()),
    };
    let mut lines: Vec<Line> =
        beginning.map(|text| labelled("seen", column).text(text).hang(hang)).into_iter().collect();
    lines.extend(seen.map(|text| labelled("", column).text(text).hang(hang)));
    if !problem.fix.is_empty() {
        let is_command = problem.fix.starts_with("kubectl ");
        let fix = labelled("fix", column).with(if is_command { Role::Command } else { Role::Plain }, &problem.fix);
        lines.push(if is_command { fix } else { fix.hang(hang) });
    }
    lines
}

/// One finding by itself, whatever came of it.
pub fn one(finding: &Finding, detail: Detail) -> Vec<Line> {
    // In detail every finding has a rank.
    let Some(rank) = rank(finding, Detail::All) else { return vec![] };
    finding_lines(rank, finding, rank.word().len(), detail)
}

/// The Role that gives the caller what is missing, ready to apply.
pub fn role(role: &Value) -> Screen {
    let text = serde_saphyr::to_string(role).unwrap_or_else(|_| role.to_string());
    let mut screen = Screen::new();
    screen.blank();
    screen.extend(text.lines().map(Line::from));
    screen
}

/// Columns that `seen`, `fix` and `more` take.
pub(super) const LABEL: usize = 8;

pub(super) fn labelled(label: &str, column: usize) -> Line {
    Line::new().pad_to(column).with(Role::Faint, label).pad_to(column + LABEL)
}

fn in_words(number: usize) -> String {
    const WORDS: [&str; 11] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    WORDS.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Check, screen};
    use crate::{
        check::{Finding, Outcome, Report, Severity},
        output::{Detail, Style, sample},
    };

    fn render(findings: Vec<Finding>, detail: Detail, style: Style, width: Option<usize>) -> String {
        let (header, report) = (sample::header(), Report { findings });
        let next = if report.is_blocked() {
            "kubectl milvus upgrade operator --to 1.3.7"
        } else {
            "kubectl milvus upgrade prod --to 2.6.6 --dry-run=server"
        };
        let route = report.is_blocked().then_some("2.5.10 -> 2.5.27 -> mixCoord -> 2.6.6");
        let next = [next.to_owned()];
        let check = Check { header: &header, report: &report, target: Some("2.6.6"), route, next: &next, detail };
        screen(&check).render(style, width)
    }

    #[test]
    fn all_is_well_with_something_to_know() {
        insta::assert_snapshot!(render(sample::ready(), Detail::Normal, Style::Plain, None), @"
        milvus/prod in vec: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

        Ready for 2.6.6, with one thing to know
          38 rules passed, 1 warning, 3 do not apply, 1 could not be checked

          warning  MV0503  querynode needs room for one more pod (8 CPU, 32Gi); 1 of 3 nodes has it
          unknown  MV0301  etcd size against its quota: no right to exec in pods of vec
                   Go on without, or ask for:  kubectl milvus docs rbac --for check

        Next:  kubectl milvus upgrade prod --to 2.6.6 --dry-run=server
        ");
    }

    #[test]
    fn problems_come_with_what_was_seen_and_what_mends_them() {
        insta::assert_snapshot!(render(sample::blocked(), Detail::Normal, Style::Plain, None), @"
        milvus/prod in vec: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

        Not ready for 2.6.6: 2 problems

          problem  MV0104  2.5.10 cannot go to 2.6 in one step
                   seen    milvus/prod in vec, spec.components.image milvusdb/milvus:v2.5.10
                           rootCoord, dataCoord, indexCoord, queryCoord apart
                   fix     the route below does it in three steps
                   more    kubectl milvus explain MV0104

          problem  MV0201  operator 1.2.8 cannot roll to 2.6: it needs 1.3.0 or newer (1.3.7 advised)
                   seen    deployment/milvus-operator in milvus-operator, image milvusdb/milvus-operator:v1.2.8
                   fix     kubectl milvus upgrade operator --to 1.3.7
                   more    kubectl milvus explain MV0201

          warning  MV0503  querynode needs room for one more pod

        Route   2.5.10 -> 2.5.27 -> mixCoord -> 2.6.6
        Next:   kubectl milvus upgrade operator --to 1.3.7
        ");
    }

    #[test]
    fn a_narrow_terminal_wraps_sentences_and_keeps_commands_whole() {
        insta::assert_snapshot!(render(sample::blocked(), Detail::Normal, Style::Plain, Some(60)), @"
        milvus/prod in vec: cluster 2.5.22, operator 1.3.7,
          Kubernetes 1.36

        Not ready for 2.6.6: 2 problems

          problem  MV0104  2.5.10 cannot go to 2.6 in one step
                   seen    milvus/prod in vec, spec.components.image
                           milvusdb/milvus:v2.5.10
                           rootCoord, dataCoord, indexCoord,
                           queryCoord apart
                   fix     the route below does it in three steps
                   more    kubectl milvus explain MV0104

          problem  MV0201  operator 1.2.8 cannot roll to 2.6: it
                           needs 1.3.0 or newer (1.3.7 advised)
                   seen    deployment/milvus-operator in
                           milvus-operator, image
                           milvusdb/milvus-operator:v1.2.8
                   fix     kubectl milvus upgrade operator --to 1.3.7
                   more    kubectl milvus explain MV0201

          warning  MV0503  querynode needs room for one more pod

        Route   2.5.10 -> 2.5.27 -> mixCoord -> 2.6.6
        Next:   kubectl milvus upgrade operator --to 1.3.7
        ");
    }

    #[test]
    fn colour_repeats_the_words() {
        let coloured = render(sample::ready(), Detail::Normal, Style::Coloured, None).replace('\u{1b}', "<ESC>");
        insta::assert_snapshot!(coloured, @"
        <ESC>[1mmilvus/prod<ESC>[0m in vec: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

        <ESC>[32mReady for 2.6.6, with one thing to know<ESC>[0m
          38 rules passed, 1 warning, 3 do not apply, 1 could not be checked

          <ESC>[33mwarning<ESC>[0m  MV0503  querynode needs room for one more pod (8 CPU, 32Gi); 1 of 3 nodes has it
          <ESC>[33munknown<ESC>[0m  MV0301  etcd size against its quota: no right to exec in pods of vec
                   Go on without, or ask for:  <ESC>[36mkubectl milvus docs rbac --for check<ESC>[0m

        Next:  <ESC>[36mkubectl milvus upgrade prod --to 2.6.6 --dry-run=server<ESC>[0m
        ");
    }

    #[test]
    fn a_question_is_told_apart_and_detail_lists_every_rule() {
        let mut findings = sample::ready();
        findings.truncate(4);
        findings.push(sample::found(
            701,
            Severity::Question,
            "no backup is named",
            &[],
            "--backup REF, or --accept MV0701",
        ));
        insta::assert_snapshot!(render(findings, Detail::All, Style::Plain, None), @"
        milvus/prod in vec: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

        Not ready for 2.6.6: 1 question to answer
          1 in the way, 1 warning, 2 do not apply, 1 could not be checked

          question  MV0701  no backup is named
                    fix     --backup REF, or --accept MV0701
                    more    kubectl milvus explain MV0701

          warning   MV0503  querynode needs room for one more pod (8 CPU, 32Gi); 1 of 3 nodes has it
                    seen    milvus/prod in vec, spec.components.queryNode.resources
                    fix     add a node
                    more    kubectl milvus explain MV0503
          unknown   MV0301  etcd size against its quota: no right to exec in pods of vec
                    Go on without, or ask for:  kubectl milvus docs rbac --for check
          skipped   MV0401  the title of 401
          skipped   MV0402  the title of 402

        Route   2.5.10 -> 2.5.27 -> mixCoord -> 2.6.6
        Next:   kubectl milvus upgrade operator --to 1.3.7
        ");
    }

    #[test]
    fn what_could_not_be_looked_at_is_never_plainly_ready() {
        let mut unknown = sample::finding(301);
        unknown.result = Outcome::Unknown { reason: "no right to exec in pods of vec".into() };
        let text = render(vec![sample::finding(101), unknown], Detail::Normal, Style::Plain, None);
        assert!(text.contains("Ready for 2.6.6, but 1 rule could not be checked\n"), "{text}");
        let plain = render(vec![sample::finding(101)], Detail::Normal, Style::Plain, None);
        assert!(plain.contains("Ready for 2.6.6\n  1 rule passed\n"), "{plain}");
    }
}
