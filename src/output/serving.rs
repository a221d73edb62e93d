//! Whether Milvus serves, for people.

use jiff::Timestamp;

use super::{Line, Role, Screen, age};
use crate::{
    milvus::count,
    rollout::{Asked, Interruption, Latency, Reason, Severity, Verdict},
};

/// Reasons that are shown.
const REASONS: usize = 5;

/// One line while it is waited for, or while it serves and is asked on.
pub fn waiting(verdict: &Verdict) -> Screen {
    if matches!(verdict, Verdict::Serving { .. }) {
        return Screen::from(Line::from("it serves; asking on for as long as --soak says"));
    }
    let reasons = verdict.reasons();
    let first = reasons.first().map_or(String::new(), |reason| format!(": {}", sentence(reason)));
    let more = if reasons.len() > 1 { format!(", and {} more", reasons.len() - 1) } else { String::new() };
    Screen::from(Line::from("rolled out, not yet serving").text(format!("{first}{more}")).hang(2))
}

/// What a look said, below the first line of a result.
pub(super) fn lines(verdict: Option<&Verdict>) -> Vec<Line> {
    match verdict {
        None => vec![Line::from("  every pod is new and ready; whether it answers queries was not tried").hang(2)],
        Some(Verdict::Unknown { reason }) => {
            let line = Line::from("  every pod is new and ready; serving: ").with(Role::Warning, "unknown");
            vec![line.text(format!(", {reason}")).hang(2)]
        }
        Some(Verdict::Serving { collections, answered, compared, notes }) => {
            let mut text = extent_served(*collections, *answered);
            text.push_str(if *compared { ", as before" } else { "; there is no look before to compare with" });
            let notes = notes.iter().map(|note| Line::from("    ").text(note).hang(4));
            std::iter::once(Line::from("  ").text(text).hang(2)).chain(notes).collect()
        }
        Some(verdict) => {
            let shown = verdict.reasons().iter().take(REASONS).flat_map(reason);
            let left = verdict.reasons().len().saturating_sub(REASONS);
            let more = (left > 0).then(|| Line::new().with(Role::Faint, format!("  and {left} more; -o json has all")));
            shown.chain(more).collect()
        }
    }
}

/// The last answer, as a status has it: what it said, who asked, and when.
pub(super) fn last(asked: Option<&Asked>, now: Timestamp) -> Line {
    let line = Line::new();
    let Some(Asked { at, by, found }) = asked else {
        return line.text("nobody is known to have asked; --serving asks now");
    };
    let line = match found {
        Verdict::Serving { collections, answered, .. } => line.text(extent_served(*collections, *answered)),
        Verdict::Unknown { reason } => line.with(Role::Warning, "unknown").text(format!(", {reason}")),
        Verdict::NotYet { .. } | Verdict::Lost { .. } => {
            let first = found.reasons().first().map(|reason| format!(": {}", sentence(reason))).unwrap_or_default();
            line.with(Role::Bad, extent(found)).text(first)
        }
    };
    let seconds = (now.as_second() - at.as_second()).max(0);
    let when = by.as_ref().map(|run| format!(" ({run}, {} ago)", age(seconds)));
    line.text(when.unwrap_or_default())
}

fn extent_served(collections: usize, answered: usize) -> String {
    match (collections, answered) {
        (0, _) => "it answers, and has no collections".to_owned(),
        (all, 0) => format!("it answers; {}, none loaded", count(all, "collection")),
        (all, loaded) if all == loaded => format!("it serves: {}, each answers a query", count(all, "collection")),
        (all, loaded) => {
            format!("it serves: {}, {loaded} loaded, each of those answers a query", count(all, "collection"))
        }
    }
}

/// What clients felt of it.
pub(super) fn felt(interruption: &Interruption) -> Line {
    let Interruption { asked, calls, failed, longest_gap_milliseconds: gap, before, during, after } = interruption;
    let latency = |latency: &Latency| match (latency.p50, latency.p95) {
        (Some(half), Some(most)) => format!("{half}/{most} ms"),
        _ => "none".to_owned(),
    };
    let gap =
        if *failed == 0 { "no gap".to_owned() } else { format!("longest gap {}.{} s", gap / 1000, gap % 1000 / 100) };
    let [before, during, after] = [before, during, after].map(latency);
    Line::from(format!(
        "  {gap}: {failed} of {calls} calls failed ({asked}); p50/p95 {before} before, {during} meanwhile, {after} after"
    ))
    .hang(4)
}

/// How much of it does not serve: `1 of 14 collections does not serve as before`.
pub(super) fn extent(verdict: &Verdict) -> String {
    let (Verdict::NotYet { collections, reasons } | Verdict::Lost { collections, reasons }) = verdict else {
        return String::new();
    };
    if reasons.iter().any(|reason| reason.collection.is_empty()) {
        return "nothing of it serves as before".to_owned();
    }
    let mut names: Vec<&str> = reasons.iter().map(|reason| reason.collection.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let verb = if names.len() == 1 { "does" } else { "do" };
    format!("{} of {} {verb} not serve as before", names.len(), count(*collections, "collection"))
}

fn sentence(reason: &Reason) -> String {
    if reason.collection.is_empty() { reason.text.clone() } else { format!("{}: {}", reason.collection, reason.text) }
}

fn reason(reason: &Reason) -> Vec<Line> {
    let role = if reason.severity <= Severity::Loss { Role::Bad } else { Role::Warning };
    let mut lines = vec![Line::from("  ").with(role, sentence(reason)).hang(4)];
    if let Some(known) = &reason.known {
        lines.push(
            Line::from("    known: ").text(format!("{}, {}; cure: {}", known.code, known.title, known.cure)).hang(4),
        );
        lines.push(Line::from("    more: ").text(&known.link));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{extent, felt, lines, waiting};
    use crate::{
        output::{Screen, Style},
        rollout::{Interruption, Known, Latency, Reason, Severity, Verdict},
    };

    fn render(verdict: &Verdict) -> String {
        let mut screen = Screen::new();
        screen.extend(lines(Some(verdict)));
        screen.render(Style::Plain, None)
    }

    fn reason(collection: &str, text: &str) -> Reason {
        Reason { severity: Severity::Outage, collection: collection.into(), text: text.into(), known: None }
    }

    #[test]
    fn what_clients_felt_is_a_line() {
        let latency = |p50, p95| Latency { p50, p95 };
        let mut interruption = Interruption {
            asked: "a query on docs".into(),
            calls: 320,
            failed: 14,
            longest_gap_milliseconds: 3_240,
            before: latency(Some(3), Some(9)),
            during: latency(Some(4), Some(60)),
            after: latency(None, None),
        };
        let render = |interruption: &Interruption| Screen::from(felt(interruption)).render(Style::Plain, None);
        insta::assert_snapshot!(render(&interruption), @"  longest gap 3.2 s: 14 of 320 calls failed (a query on docs); p50/p95 3/9 ms before, 4/60 ms meanwhile, none after");
        interruption.failed = 0;
        assert!(render(&interruption).starts_with("  no gap: 0 of 320 calls failed"));
    }

    #[test]
    fn what_serves_says_how_much_was_asked() {
        let serving =
            |collections, answered, compared| Verdict::Serving { collections, answered, compared, notes: vec![] };
        let said = [serving(14, 12, true), serving(1, 1, true), serving(2, 0, true), serving(0, 0, false)];
        insta::assert_snapshot!(said.each_ref().map(render).join(""), @"
          it serves: 14 collections, 12 loaded, each of those answers a query, as before
          it serves: 1 collection, each answers a query, as before
          it answers; 2 collections, none loaded, as before
          it answers, and has no collections; there is no look before to compare with
        ");
    }

    #[test]
    fn what_does_not_serve_says_why_and_what_is_known_of_it() {
        let mut first = reason("docs", "a query is not answered; the server says \"channel not available\"");
        first.known = Some(Known {
            code: "MV0609".into(),
            title: "segments cannot be loaded".into(),
            cure: "restart the coordinator".into(),
            link: "https://example.org".into(),
        });
        let verdict = Verdict::NotYet { collections: 14, reasons: vec![first, reason("tags", "it is loading (0 %)")] };
        assert_eq!(extent(&verdict), "2 of 14 collections do not serve as before");
        insta::assert_snapshot!(render(&verdict), @r#"
          docs: a query is not answered; the server says "channel not available"
            known: MV0609, segments cannot be loaded; cure: restart the coordinator
            more: https://example.org
          tags: it is loading (0 %)
        "#);
        let serving = Verdict::Serving { collections: 1, answered: 1, compared: true, notes: vec![] };
        insta::assert_snapshot!(waiting(&serving).render(Style::Plain, None), @"it serves; asking on for as long as --soak says");
        insta::assert_snapshot!(waiting(&verdict).render(Style::Plain, None), @r#"rolled out, not yet serving: docs: a query is not answered; the server says "channel not available", and 1 more"#);
    }

    #[test]
    fn what_nobody_could_ask_is_unknown_and_says_why() {
        let verdict = Verdict::Unknown { reason: "no right to forward ports to pods in namespace `vec`".into() };
        insta::assert_snapshot!(render(&verdict), @"  every pod is new and ready; serving: unknown, no right to forward ports to pods in namespace `vec`");
    }
}
