//! What was done to an instance, for people.

use jiff::Timestamp;

use super::{Line, Screen, Table, age, elapsed};
use crate::journal::{Accepted, Deed, Row};

/// A row for each run or revision, the latest last; ages are counted up to `now`.
pub fn table(rows: &[Row], wide: bool, now: Timestamp) -> Screen {
    let has_revisions = rows.iter().any(|row| !row.revisions.is_empty());
    let is_shown = |name: &str| match name {
        "revision" => has_revisions,
        "backup" | "steps" | "run" => wide,
        _ => true,
    };
    let heads = ["age", "by", "does", "from", "to", "ended", "took", "revision", "accepted", "backup", "steps", "run"];
    let heads: Vec<&str> = heads.into_iter().filter(|name| is_shown(name)).collect();
    let mut table = Table::with_heads(&heads);
    for row in rows {
        table.row(cells(row, wide, now).into_iter().filter(|(name, _)| is_shown(name)).map(|(_, cell)| cell));
    }
    let mut screen = Screen::new();
    screen.extend(table.lines());
    let reasons = rows.iter().filter_map(|row| row.reason.as_ref().map(|reason| (row, reason)));
    let reasons: Vec<Line> = reasons
        .map(|(row, reason)| {
            let begun = row.begun.map_or_else(String::new, |begun| begun.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
            Line::from(format!("{begun} {}: ", row.state)).text(reason).hang(2)
        })
        .collect();
    if !reasons.is_empty() {
        screen.blank();
        screen.extend(reasons);
    }
    screen
}

fn cells(row: &Row, wide: bool, now: Timestamp) -> [(&'static str, String); 12] {
    let (does, steps, run) = match &row.deed {
        Deed::Run { id, operation, steps } => {
            let done = steps.iter().filter(|step| step.is_done()).count();
            (operation.to_string(), format!("{done}/{}", steps.len()), id.clone())
        }
        Deed::Revision => ("helm".to_owned(), String::new(), String::new()),
    };
    let took = row.begun.zip(row.ended).map(|(begun, ended)| ended.duration_since(begun).as_secs());
    let revisions: Vec<String> = row.revisions.iter().map(|revision| revision.revision.to_string()).collect();
    let who = row.user.iter().zip(&row.host).map(|(user, host)| format!("{user}@{host}"));
    let who: Vec<String> = who.chain(row.others.iter().cloned()).collect();
    [
        ("age", row.begun.map_or_else(String::new, |begun| age(now.as_second() - begun.as_second()))),
        ("by", who.join(", ")),
        ("does", does),
        ("from", row.from.clone().unwrap_or_default()),
        ("to", row.to.clone().unwrap_or_default()),
        ("ended", row.state.clone()),
        ("took", took.and_then(|seconds| u64::try_from(seconds).ok()).map_or_else(String::new, elapsed)),
        ("revision", revisions.join(",")),
        ("accepted", accepted(&row.accepted, wide)),
        ("backup", row.backup.clone().unwrap_or_default()),
        ("steps", steps),
        ("run", run),
    ]
}

/// Codes with the reasons that were given; in detail also what they said.
fn accepted(accepted: &[Accepted], wide: bool) -> String {
    let one = |accepted: &Accepted| {
        let reason = accepted.reason.as_deref().or(wide.then_some(&accepted.summary));
        reason.map_or_else(|| accepted.code.to_string(), |reason| format!("{} ({reason})", accepted.code))
    };
    accepted.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What to say where nothing is written down.
pub fn none(reference: &str, namespace: &str) -> Screen {
    Screen::from(Line::from(format!("No run on {reference} in namespace {namespace} is written down")))
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::{
        check::Code,
        journal::{Accepted, Deed, Operation, Revision, Row},
        output::{Style, sample},
    };

    fn rows() -> Vec<Row> {
        let moment = |text: &str| Some(text.parse().unwrap());
        let revision = |revision, status: &str| Revision { revision, status: status.into(), made: None };
        let run = Row {
            begun: moment("2026-08-20T10:00:00Z"),
            ended: moment("2026-08-20T10:06:41Z"),
            user: Some("ana".into()),
            host: Some("bastion".into()),
            others: vec!["bob@laptop".into()],
            from: Some("2.5.22".into()),
            to: Some("2.6.6".into()),
            state: "stopped".into(),
            reason: Some("querynode waits\u{1b}[2J".into()),
            backup: Some("nightly".into()),
            accepted: vec![Accepted {
                code: Code::new(701),
                summary: "no backup is named".into(),
                reason: Some("a test system".into()),
            }],
            deed: Deed::Run { id: "20260820-100000-000".into(), operation: Operation::Upgrade, steps: vec![] },
            interruption: None,
            revisions: vec![revision(3, "deployed")],
        };
        let foreign = Row {
            user: None,
            host: None,
            others: vec![],
            from: None,
            to: None,
            ended: None,
            state: "superseded".into(),
            reason: None,
            backup: None,
            accepted: vec![],
            deed: Deed::Revision,
            interruption: None,
            revisions: vec![revision(2, "superseded")],
            begun: moment("2026-08-01T00:00:00Z"),
        };
        vec![foreign, run]
    }

    #[test]
    fn runs_and_revisions_stand_in_one_table() {
        insta::assert_snapshot!(table(&rows(), false, sample::now()).render(Style::Plain, None), @r"
        AGE    BY                        DOES      FROM     TO      ENDED        TOOK    REVISION   ACCEPTED
        112d                             helm                       superseded           2
        93d    ana@bastion, bob@laptop   upgrade   2.5.22   2.6.6   stopped      6m41s   3          MV0701 (a test system)

        2026-08-20T10:00:00Z stopped: querynode waits\u{1b}[2J
        ");
        insta::assert_snapshot!(table(&rows()[1..], true, sample::now()).render(Style::Plain, None), @r"
        AGE   BY                        DOES      FROM     TO      ENDED     TOOK    REVISION   ACCEPTED                 BACKUP    STEPS   RUN
        93d   ana@bastion, bob@laptop   upgrade   2.5.22   2.6.6   stopped   6m41s   3          MV0701 (a test system)   nightly   0/0     20260820-100000-000

        2026-08-20T10:00:00Z stopped: querynode waits\u{1b}[2J
        ");
    }
}
