//! What would be done, for people.

use super::{Header, Line, Role, Screen, Table, estimate};
use crate::{
    check::{Finding, Report, Severity},
    plan::{Change, Plan, Step},
};

/// The plan: what changes, the steps with their undo, the line behind which only a backup leads back, and the codes
/// that need an answer.
pub fn screen(header: &Header, plan: &Plan, report: &Report) -> Screen {
    let mut screen = Screen::new();
    screen.push(header.line_to(&plan.target.version.to_string()));
    if !plan.changes.is_empty() {
        screen.blank();
        screen.extend(changes("What changes", &plan.changes).lines().iter().cloned());
    }
    if !plan.is_empty() {
        screen.blank();
        screen.extend(steps(plan));
    }
    if !plan.notes.is_empty() {
        screen.blank();
        screen.extend(plan.notes.iter().map(|note| Line::new().with(Role::Warning, note).hang(2)));
    }
    let warnings: Vec<Line> = report.findings.iter().filter_map(warning).collect();
    if !warnings.is_empty() {
        screen.blank();
        screen.extend(warnings);
    }
    let questions: Vec<Line> = report.findings.iter().filter_map(question).collect();
    if !questions.is_empty() {
        screen.blank();
        screen.extend(questions);
    }
    screen
}

/// What changes, a row each; what was compared and stays is one row.
pub fn changes(title: &str, changes: &[Change]) -> Screen {
    let mut screen = Screen::from(Line::new().with(Role::Strong, title));
    let mut table = Table::new().indent(2);
    let (staying, told): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| is_aside(change));
    for change in told {
        table.row([change.what.as_str(), &change.how, &change.why]);
    }
    if !staying.is_empty() {
        let names: Vec<&str> = staying.iter().map(|change| change.what.as_str()).collect();
        table.row(["everything else", "stays", &names.join(", ")]);
    }
    screen.extend(table.lines());
    screen
}

/// Whether something was compared, is the same, and is not what people look for first.
fn is_aside(change: &Change) -> bool {
    change.is_same() && change.why == "stays" && change.what != "message queue"
}

/// A row for each step, and the line before the first one that only a backup takes back.
fn steps(plan: &Plan) -> Vec<Line> {
    let time = |step: &Step| if step.estimate_seconds > 1 { estimate(step.estimate_seconds) } else { String::new() };
    let wide = plan.steps.iter().map(|step| time(step).len()).max().unwrap_or(0);
    let mut table = Table::new();
    let strong = |text| Line::new().with(Role::Strong, text);
    table.row([strong("Plan"), strong(""), strong("undo"), strong("felt by clients")]);
    for (index, step) in plan.steps.iter().enumerate() {
        let undo = if step.undo.needs_backup() { Role::Warning } else { Role::Plain };
        table.row([
            Line::from(format!("  {}  {}", index + 1, step.title)),
            Line::from(format!("{:>wide$}", time(step))),
            Line::new().with(undo, step.undo.word()),
            Line::from(&step.felt),
        ]);
    }
    let mut lines = table.lines();
    if let Some(place) = plan.point_of_no_return() {
        let text = "  ---- from here the way back is a restore from backup ----";
        lines.insert(place + 1, Line::new().with(Role::Warning, text));
    }
    lines
}

/// The line of a code that is good to know before one begins.
fn warning(finding: &Finding) -> Option<Line> {
    let (_, problem) = finding.found().filter(|(severity, _)| *severity >= Severity::Warning && !finding.blocks())?;
    let word = if finding.found()?.0 == Severity::Warning { "warning" } else { "accepted" };
    let code = format!("  {}  ", finding.code);
    Some(Line::new().with(Role::Warning, word).text(code).text(&problem.summary).hang(2))
}

/// The line of a code that only the user can pass.
fn question(finding: &Finding) -> Option<Line> {
    let (_, problem) = finding.found().filter(|(severity, _)| *severity == Severity::Question && finding.blocks())?;
    let accept = format!("--accept {}", finding.code);
    let fix = match problem.fix.as_str() {
        "" => accept,
        fix if fix.contains("--accept") => fix.to_owned(),
        fix => format!("{fix}, or {accept}"),
    };
    let text = format!(" needs an answer: {}.  ", problem.summary);
    Some(Line::new().with(Role::Warning, finding.code.to_string()).text(text).with(Role::Command, fix).hang(2))
}

#[cfg(test)]
mod tests {
    use super::screen;
    use crate::{
        check::{Report, Severity},
        output::{Style, sample},
    };

    #[test]
    fn the_plan_draws_the_line_behind_which_only_a_backup_leads_back() {
        let fix = "name the backup with --backup REF";
        let question = sample::found(701, Severity::Question, "no backup is named", &[], fix);
        let report = Report { findings: vec![question] };
        let text = screen(&sample::header(), &sample::plan(), &report).render(Style::Plain, None);
        insta::assert_snapshot!(text, @"
        milvus/prod in vec: cluster 2.5.22 -> 2.6.6, by the operator 1.3.7

        What changes
          image             milvusdb/milvus:v2.5.22 -> v2.6.6   (6 components)
          streamingnode     new, 1 replica                      required by 2.6
          indexnode         removed                             its work moves to datanode
          message queue     kafka                               stays
          everything else   stays                               mode, bucket

        Plan                                                undo           felt by clients
          1  set the image, mode rollingUpgrade             patch back     nothing
          2  streamingnode, then mixcoord         ~ 2 min   reverse roll   DDL waits
          ---- from here the way back is a restore from backup ----
          3  querynode, datanode                  ~ 4 min   restore        short stalls of searches
          4  proxy; indexnode leaves               ~ 45 s   restore        clients reconnect

        MV0701 needs an answer: no backup is named.  name the backup with --backup REF, or --accept MV0701
        ");
    }

    #[test]
    fn notes_are_said_and_accepted_codes_are_not_asked_again() {
        let mut plan = sample::plan();
        plan.notes.push("There will be downtime: all Deployments change at once, in no order".into());
        plan.steps.truncate(2);
        plan.changes.truncate(1);
        let mut question = sample::found(701, Severity::Question, "no backup is named", &[], "");
        sample::accept(&mut question);
        let report = Report { findings: vec![question] };
        insta::assert_snapshot!(screen(&sample::header(), &plan, &report).render(Style::Plain, Some(60)), @"
        milvus/prod in vec: cluster 2.5.22 -> 2.6.6, by the operator
          1.3.7

        What changes
          image   milvusdb/milvus:v2.5.22 -> v2.6.6   (6 components)

        Plan                                                undo
            felt by clients
          1  set the image, mode rollingUpgrade
            patch back     nothing
          2  streamingnode, then mixcoord         ~ 2 min
            reverse roll   DDL waits

        There will be downtime: all Deployments change at once, in
          no order

        accepted  MV0701  no backup is named
        ");
    }
}
