//! How a run ended, for people.

use super::{Detail, Line, Role, Screen, drain, elapsed, log, progress, serving, tree};
use crate::{
    milvus::{Component, count},
    plan::{Ending, RunResult},
};

/// Edits of the operator that are shown without being asked for.
const EDITS: usize = 3;

/// The end: what became of it, why, what the operator wrote by itself, and what to type next.
pub fn screen(result: &RunResult, detail: Detail) -> Screen {
    let mut screen = Screen::new();
    screen.push(first(result).hang(2));
    match &result.ending {
        Ending::Done => {
            if result.plan.is_operator {
                let said =
                    "its pods are new and ready, its definitions are established, and it has looked at every instance";
                screen.push(Line::from("  ").text(said).hang(2));
            } else {
                screen.extend(serving::lines(result.serving.as_ref()));
            }
        }
        Ending::NotServing => screen.extend(serving::lines(result.serving.as_ref())),
        Ending::Stopped { reason, details } | Ending::RolledBack { reason, details } => {
            screen.push(Line::from("  ").with(Role::Bad, reason).hang(2));
            screen.extend(details.iter().map(|detail| Line::from("    ").text(detail).hang(4)));
        }
        Ending::TimedOut { .. } | Ending::Interrupted => {
            screen.extend(result.serving.as_ref().map(|verdict| serving::lines(Some(verdict))).unwrap_or_default());
        }
        Ending::NothingToDo if result.serving.is_some() => screen.extend(serving::lines(result.serving.as_ref())),
        Ending::NothingToDo | Ending::Declined => return with_next(screen, result),
    }
    // What stopped says why by itself.
    let waits = matches!(result.ending, Ending::TimedOut { .. } | Ending::Interrupted) && result.serving.is_none();
    let is_rolled_out = matches!(result.ending, Ending::Done | Ending::NotServing | Ending::NothingToDo);
    if waits || (detail == Detail::All && !is_rolled_out) {
        screen.extend(standstill(result, detail));
    }
    screen.extend(log::lines(&result.logs));
    screen.extend(result.interruption.as_ref().map(serving::felt));
    screen.extend(result.drain.iter().flat_map(drain::lines));
    screen.extend(result.proof.iter().map(|line| Line::from("  ").text(line).hang(4)));
    screen.extend(edits(&result.edits, detail));
    with_next(screen, result)
}

fn first(result: &RunResult) -> Line {
    let plan = &result.plan;
    let (reference, target) = (plan.reference(), &plan.target.version);
    let way = format!("{reference} is on its way to {target}");
    let line = Line::new();
    if result.is_open && matches!(result.ending, Ending::TimedOut { .. } | Ending::Interrupted) {
        let (what, took) = match &result.ending {
            Ending::TimedOut { after_seconds } => ("Time ran out", format!(" after {}:", elapsed(*after_seconds))),
            _ => ("Interrupted", ":".to_owned()),
        };
        let text = format!(" nobody answered whether the write was made; {reference} may be on its way to {target}");
        return line.with(Role::Warning, format!("{what}{took}")).text(text);
    }
    match &result.ending {
        Ending::Done if result.is_followed => {
            let took = elapsed(result.elapsed_seconds);
            line.with(Role::Good, "Done:").text(format!(" {reference} runs {target} ({took}, watched only)"))
        }
        Ending::Stopped { .. } if result.is_followed => {
            line.with(Role::Bad, "Stopped:").text(format!(" {reference} does not come to {target}"))
        }
        Ending::NotServing => {
            let extent = result.serving.as_ref().map(serving::extent).unwrap_or_default();
            let text = format!(" {reference} runs {target}; {extent}");
            line.with(Role::Bad, "Rolled out, but not serving:").text(text)
        }
        Ending::Interrupted if result.serving.is_some() => {
            let text = format!(" {reference} runs {target}, and was not yet seen to serve");
            line.with(Role::Warning, "Stopped watching:").text(text)
        }
        Ending::Done => {
            let writes = count(usize::try_from(result.writes).unwrap_or(usize::MAX), "write");
            let took = elapsed(result.elapsed_seconds);
            line.with(Role::Good, "Done:").text(format!(" {reference} runs {target} ({took}, {writes})"))
        }
        Ending::NothingToDo => {
            line.with(Role::Good, "Nothing to do:").text(format!(" {reference} runs {target} already"))
        }
        Ending::RolledBack { .. } => {
            let before = plan.from.as_ref().and_then(crate::milvus::Image::version);
            let before = before.map_or_else(|| "what ran before".to_owned(), |version| version.to_string());
            line.with(Role::Bad, "Failed, and taken back:").text(format!(" {reference} runs {before} again"))
        }
        Ending::Declined => {
            line.with(Role::Warning, "Nothing was changed:").text(format!(" {reference} stays as it is"))
        }
        Ending::TimedOut { after_seconds } => line
            .with(Role::Warning, format!("Time ran out after {}:", elapsed(*after_seconds)))
            .text(format!(" {way}, cluster left as it is")),
        Ending::Interrupted if is_under_way(result) => {
            line.with(Role::Warning, "Stopped watching:").text(format!(" {way}, the roll goes on"))
        }
        Ending::Interrupted => {
            line.with(Role::Warning, "Interrupted:").text(format!(" {reference} stays as it is, nothing was written"))
        }
        Ending::Stopped { .. } if is_under_way(result) => {
            line.with(Role::Bad, "Stopped part-way:").text(format!(" {way} and cannot go on"))
        }
        Ending::Stopped { .. } => line.with(Role::Bad, "Stopped:").text(format!(" {reference} stays as it is")),
    }
}

/// Whether this run or one before it has asked for the target.
fn is_under_way(result: &RunResult) -> bool {
    result.writes > 0 || result.plan.fingerprint.image.as_deref() == Some(&result.plan.target.image.to_string())
}

/// Why it is not done: what waits, else what is missing.
fn standstill(result: &RunResult, detail: Detail) -> Vec<Line> {
    let Some(roll) = &result.roll else { return vec![] };
    let mut lines: Vec<Line> = roll.blockers.iter().flat_map(tree::blocker_lines).collect();
    if detail == Detail::All || lines.is_empty() {
        let shown = if detail == Detail::All { roll.missing.len() } else { EDITS };
        let entries = roll.missing.iter().take(shown);
        lines.extend(entries.map(|entry| Line::from("  missing: ").text(progress::missing(entry)).hang(4)));
        lines.extend(more(roll.missing.len(), shown));
    }
    lines
}

/// What the operator wrote by itself: all of it in detail, otherwise how much and what matters most.
fn edits(edits: &[String], detail: Detail) -> Vec<Line> {
    if edits.is_empty() {
        return vec![];
    }
    let mut sorted: Vec<&String> = edits.iter().collect();
    sorted.sort_by_key(|edit| !is_important(edit));
    let shown = if detail == Detail::All { edits.len() } else { EDITS };
    let title = format!("  the operator also wrote {} of the spec by itself:", count(edits.len(), "field"));
    let edit = |edit: &&String| {
        let line = Line::from("    ").text(edit.as_str());
        if detail == Detail::All { line } else { line.clip(100).cut() }
    };
    let lines = sorted.iter().take(shown).map(edit);
    std::iter::once(Line::from(title)).chain(lines).chain(more(edits.len(), shown)).collect()
}

/// What decides about data, size and version; the rest are settings that a new version brings along.
fn is_important(edit: &str) -> bool {
    let path = edit.split(':').next().unwrap_or(edit);
    let leaf = path.rsplit('.').next().unwrap_or(path);
    let is_component =
        Component::ALL.iter().any(|component| path == format!("spec.components.{}", component.spec_key()));
    is_component || matches!(leaf, "replicas" | "msgStreamType" | "mode" | "image" | "version")
}

fn more(all: usize, shown: usize) -> Option<Line> {
    (all > shown).then(|| Line::new().with(Role::Faint, format!("    and {} more; -v shows all", all - shown)))
}

fn with_next(mut screen: Screen, result: &RunResult) -> Screen {
    let purpose = |purpose: &str| format!("{}:", purpose.trim_end_matches(':'));
    let wide = result.next.iter().map(|next| Line::from(purpose(&next.purpose)).width()).max().unwrap_or(0);
    for next in &result.next {
        let line = Line::from("  ").text(purpose(&next.purpose)).pad_to(2 + wide + 2);
        screen.push(line.with(Role::Command, &next.command));
    }
    screen
}

#[cfg(test)]
mod tests {
    use super::screen;
    use crate::{
        output::{Detail, Style, sample},
        plan::Ending,
    };

    fn render(ending: Ending, detail: Detail) -> String {
        screen(&sample::result(ending), detail).render(Style::Plain, None)
    }

    #[test]
    fn done_says_what_it_took_and_what_the_operator_wrote() {
        insta::assert_snapshot!(render(Ending::Done, Detail::Normal), @r#"
        Done: milvus/prod runs 2.6.6 (6m41s, 1 write)
          every pod is new and ready; whether it answers queries was not tried
          the operator also wrote 5 fields of the spec by itself:
            spec.components.indexNode: removed (was {"replicas":1})
            spec.components.streamingNode: {"replicas":1,"paused":false}
            spec.components.disableMetric: false
            and 2 more; -v shows all
          Go on watching:  kubectl milvus upgrade prod --to 2.6.6
          Look:            kubectl milvus get prod
        "#);
        insta::assert_snapshot!(render(Ending::Done, Detail::All), @r#"
        Done: milvus/prod runs 2.6.6 (6m41s, 1 write)
          every pod is new and ready; whether it answers queries was not tried
          the operator also wrote 5 fields of the spec by itself:
            spec.components.indexNode: removed (was {"replicas":1})
            spec.components.streamingNode: {"replicas":1,"paused":false}
            spec.components.disableMetric: false
            spec.components.toolImage: "milvusdb/milvus-config-tool:v1.3.7"
            spec.config.a.b: 1
          Go on watching:  kubectl milvus upgrade prod --to 2.6.6
          Look:            kubectl milvus get prod
        "#);
    }

    #[test]
    fn the_end_says_whether_it_serves_and_what_to_type_where_it_does_not() {
        let texts = sample::verdicts().map(|verdict| {
            let mut result = sample::result(Ending::Done);
            (result.edits, result.next) = (vec![], vec![]);
            screen(&result.served(verdict), Detail::Normal).render(Style::Plain, None)
        });
        insta::assert_snapshot!(texts.join("\n"), @r#"
        Done: milvus/prod runs 2.6.6 (6m41s, 1 write)
          it serves: 14 collections, each answers a query, as before
            databases: unseen

        Rolled out, but not serving: milvus/prod runs 2.6.6; 1 of 14 collections does not serve as before
          docs: a query is not answered; the server says "channel not available"
            known: MV0609, t; cure: c
            more: l
          Ask again:  kubectl milvus upgrade prod -n vec --to 2.6.6

        Rolled out, but not serving: milvus/prod runs 2.6.6; nothing of it serves as before
          all 14 collections are gone
          Keep the operator away:  kubectl -n vec annotate milvus prod milvus.io/pause-reconcile=true
          Stop Milvus at once:     kubectl -n vec scale deployment -l app.kubernetes.io/instance=prod,app.kubernetes.io/name=milvus --replicas=0

        Done: milvus/prod runs 2.6.6 (6m41s, 1 write)
          every pod is new and ready; serving: unknown, no right
        "#);
        let mut result = sample::result(Ending::Done);
        result.edits.clear();
        insta::assert_snapshot!(screen(&result.not_waited_for(None), Detail::Normal).render(Style::Plain, None), @"
        Stopped watching: milvus/prod runs 2.6.6, and was not yet seen to serve
          every pod is new and ready; serving: unknown, nobody waited for an answer
          Go on:  kubectl milvus upgrade prod -n vec --to 2.6.6
        ");
    }

    #[test]
    fn what_does_not_serve_may_be_taken_back_but_where_everything_is_gone() {
        let taken_back =
            sample::verdicts().map(|verdict| sample::result(Ending::Done).served(verdict).can_be_taken_back());
        assert_eq!(taken_back, [false, true, false, false]);
    }

    #[test]
    fn time_that_ran_out_leaves_the_reason_and_the_next_commands() {
        insta::assert_snapshot!(render(Ending::TimedOut { after_seconds: 1800 }, Detail::Normal), @r#"
        Time ran out after 30m: milvus/prod is on its way to 2.6.6, cluster left as it is
          querynode waits: pod prod-milvus-querynode-1-7d9f-x2k is unschedulable for 40s
            0/3 nodes are available: 3 Insufficient memory
            it asks for 32Gi; the largest node has 11Gi
          the operator also wrote 5 fields of the spec by itself:
            spec.components.indexNode: removed (was {"replicas":1})
            spec.components.streamingNode: {"replicas":1,"paused":false}
            spec.components.disableMetric: false
            and 2 more; -v shows all
          Go on watching:  kubectl milvus upgrade prod --to 2.6.6
          Look:            kubectl milvus get prod
        "#);
    }

    #[test]
    fn an_interrupted_run_says_whether_the_roll_goes_on() {
        let mut result = sample::result(Ending::Interrupted);
        result.edits.clear();
        result.roll.as_mut().unwrap().blockers.clear();
        insta::assert_snapshot!(screen(&result, Detail::Normal).render(Style::Plain, None), @"
        Stopped watching: milvus/prod is on its way to 2.6.6, the roll goes on
          missing: condition MilvusUpdated is not True: querynode is updating
          missing: deployment/prod-milvus-querynode-1 is not wholly new and available
          missing: indexnode is still there
          Go on watching:  kubectl milvus upgrade prod --to 2.6.6
          Look:            kubectl milvus get prod
        ");
        (result.writes, result.roll) = (0, None);
        result.next.clear();
        insta::assert_snapshot!(screen(&result, Detail::Normal).render(Style::Plain, None), @"Interrupted: milvus/prod stays as it is, nothing was written");
        result.plan.fingerprint.image = Some(result.plan.target.image.to_string());
        let resumed = screen(&result, Detail::Normal).render(Style::Plain, None);
        assert!(resumed.starts_with("Stopped watching:"), "{resumed}");
    }

    #[test]
    fn what_cannot_go_on_says_why() {
        let reason = "the operator did not look at the change within 90s".to_owned();
        let details = vec!["deployment/milvus-operator in milvus-operator: 0 ready".to_owned()];
        insta::assert_snapshot!(render(Ending::Stopped { reason, details }, Detail::Normal), @r#"
        Stopped part-way: milvus/prod is on its way to 2.6.6 and cannot go on
          the operator did not look at the change within 90s
            deployment/milvus-operator in milvus-operator: 0 ready
          the operator also wrote 5 fields of the spec by itself:
            spec.components.indexNode: removed (was {"replicas":1})
            spec.components.streamingNode: {"replicas":1,"paused":false}
            spec.components.disableMetric: false
            and 2 more; -v shows all
          Go on watching:  kubectl milvus upgrade prod --to 2.6.6
          Look:            kubectl milvus get prod
        "#);
    }

    #[test]
    fn what_failed_and_was_taken_back_says_what_runs() {
        let reason = "milvusupgrade/prod-to-2-2-16 failed, and the operator put everything back".to_owned();
        let mut result =
            sample::result(Ending::RolledBack { reason, details: vec!["pod/a failed: exit code 1".into()] });
        (result.edits, result.next) = (vec![], vec![]);
        insta::assert_snapshot!(screen(&result, Detail::Normal).render(Style::Plain, None), @"
        Failed, and taken back: milvus/prod runs 2.5.22 again
          milvusupgrade/prod-to-2-2-16 failed, and the operator put everything back
            pod/a failed: exit code 1
        ");
    }

    #[test]
    fn nothing_to_do_and_no_for_an_answer_are_one_line() {
        insta::assert_snapshot!(render(Ending::NothingToDo, Detail::Normal), @"
        Nothing to do: milvus/prod runs 2.6.6 already
          Go on watching:  kubectl milvus upgrade prod --to 2.6.6
          Look:            kubectl milvus get prod
        ");
        insta::assert_snapshot!(render(Ending::Declined, Detail::Normal), @"
        Nothing was changed: milvus/prod stays as it is
          Go on watching:  kubectl milvus upgrade prod --to 2.6.6
          Look:            kubectl milvus get prod
        ");
    }
}
