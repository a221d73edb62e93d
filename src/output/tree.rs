//! The live tree: where each component of a roll is, and what stands still.

use jiff::Timestamp;

use super::{Detail, Line, Role, Table, age, elapsed, progress};
use crate::{
    milvus::count,
    plan::{Plan, Progress},
    rollout::{Blocker, ComponentRoll, State},
};

/// How large the tree may be.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Columns; no line is wider.
    pub columns: usize,
    /// Rows; there are fewer lines.
    pub rows: usize,
}

/// The lines of the tree, no more and no wider than there is room for; the last one says how to stop watching.
pub fn lines(plan: &Plan, progress: &Progress, now: Timestamp, detail: Detail, room: Room) -> Vec<Line> {
    let mut lines = head(plan, progress, room.columns);
    let components = progress.roll.as_ref().map_or(&[][..], |roll| &roll.components);
    let blockers = progress.roll.iter().flat_map(|roll| &roll.blockers);
    let blockers: Vec<Line> = blockers.flat_map(blocker_lines).flat_map(|line| line.broken(room.columns)).collect();
    let trouble = progress.trouble.iter().map(|why| Line::from("  watching again: ").text(why).hang(4));
    let trouble: Vec<Line> = trouble.flat_map(|line| line.broken(room.columns)).collect();
    let missing: Vec<Line> = match (&progress.roll, detail) {
        (Some(roll), Detail::All) => {
            roll.missing.iter().map(|missing| Line::from("  missing: ").text(progress::missing(missing))).collect()
        }
        _ => vec![],
    };
    // One row stays free for the cursor, one for the last line, one between components and what stands still.
    let room_for_components = room.rows.saturating_sub(lines.len() + blockers.len() + trouble.len() + 3);
    lines.extend(component_lines(components, now, Room { rows: room_for_components, ..room }));
    if let Some(migration) = &progress.migration {
        lines.extend(Line::from("  ").text(migration.words()).hang(4).broken(room.columns));
    } else if progress.roll.is_none() {
        lines.push(Line::from("  writing: ").text(&progress.title));
    }
    if !blockers.is_empty() || !missing.is_empty() || !trouble.is_empty() {
        lines.push(Line::new());
        lines.extend(blockers);
        lines.extend(trouble);
        lines.extend(missing);
    }
    let last = Line::new().with(Role::Faint, "Ctrl-C stops watching; the roll goes on");
    lines.truncate(room.rows.saturating_sub(2).max(1));
    lines.push(last);
    lines.into_iter().map(|line| line.clip(room.columns)).collect()
}

/// `milvus/prod in vec: 2.5.22 -> 2.6.6, 1m20s of about 7m          step 3 of 4`
fn head(plan: &Plan, progress: &Progress, columns: usize) -> Vec<Line> {
    let took = elapsed(progress.elapsed_seconds);
    let about = elapsed(progress.estimate_seconds.next_multiple_of(60));
    let text = format!(" in {}: {}, {took} of about {about}", plan.namespace, versions(plan));
    let first = Line::new().with(Role::Strong, plan.reference()).text(text);
    let step = format!("step {} of {}", progress.step, progress.steps);
    // On a terminal of 80 columns the step stands at its right; on a narrower one it has a line of its own.
    let column = first.width().max(61) + 3;
    if column + step.len() <= columns {
        vec![first.pad_to(column).text(step)]
    } else {
        vec![first, Line::from("  ").text(step)]
    }
}

/// `2.5.22 -> 2.6.6`
pub(super) fn versions(plan: &Plan) -> String {
    let from = plan.target.stated_from.clone().or_else(|| plan.from.as_ref()?.version());
    let from = from.map(|version| format!("{version} -> ")).unwrap_or_default();
    format!("{from}{}", plan.target.version)
}

/// A line for each, without their ages where these do not fit; where lines are too many, what is done shares one.
fn component_lines(components: &[ComponentRoll], now: Timestamp, room: Room) -> Vec<Line> {
    let lines = aged_component_lines(components, Some(now), room.rows);
    let fits = lines.iter().all(|line| line.width() <= room.columns);
    if fits { lines } else { aged_component_lines(components, None, room.rows) }
}

fn aged_component_lines(components: &[ComponentRoll], now: Option<Timestamp>, rows: usize) -> Vec<Line> {
    let done = components.iter().filter(|component| component.state == State::Done).count();
    let fold = components.len() > rows && done > 1;
    let mut table = Table::new().indent(2);
    for component in components.iter().filter(|component| !fold || component.state != State::Done) {
        let (role, state) = state(component);
        // A cluster's clock may be ahead of ours.
        let seconds = now.zip(component.youngest).map(|(now, born)| (now.as_second() - born.as_second()).max(0));
        table.row([
            Line::from(component.component.label()),
            Line::from(image(component)),
            Line::from(format!("{}/{}", component.ready, component.wanted)),
            Line::from(seconds.map(age).unwrap_or_default()),
            Line::new().with(role, state),
        ]);
    }
    let folded = fold.then(|| Line::from("  ").with(Role::Good, format!("{done} components are done")));
    folded.into_iter().chain(table.lines()).collect()
}

/// The tag of a component, with the one to come while it moves.
pub(super) fn image(component: &ComponentRoll) -> String {
    let ComponentRoll { old, new, .. } = component;
    match (&component.state, old) {
        (State::Done | State::Comes, _) | (_, None) => new.clone(),
        (State::Rolling { .. }, Some(old)) if old != new => format!("{old} -> {new}"),
        (_, Some(old)) => old.clone(),
    }
}

/// The word for where a component is.
pub(super) fn state(component: &ComponentRoll) -> (Role, String) {
    let (role, mut text) = match &component.state {
        State::Done => (Role::Good, "done".to_owned()),
        State::Rolling { new, old } => (Role::Command, format!("rolling   {new} new ready, {old} old left")),
        State::Waits { after } => (Role::Plain, format!("waits for {after}")),
        State::Comes => (Role::Plain, "comes".to_owned()),
        State::Leaves { after: Some(after) } => (Role::Plain, format!("leaves when {after} is done")),
        State::Leaves { after: None } => (Role::Command, "leaves".to_owned()),
    };
    if component.restarts > 0 {
        text = format!("{text}, {}", count(component.restarts, "restart"));
    }
    (role, text)
}

/// `querynode waits: …`, and the evidence below.
pub(super) fn blocker_lines(blocker: &Blocker) -> Vec<Line> {
    let role = if blocker.stuck { Role::Bad } else { Role::Warning };
    let first = Line::from("  ").with(role, format!("{} waits:", who(blocker))).text(" ").text(reason(blocker));
    let details = blocker.details.iter().map(|detail| Line::from("    ").text(detail).hang(4));
    std::iter::once(first.hang(4)).chain(details).collect()
}

/// Why, and for how long.
pub(super) fn reason(blocker: &Blocker) -> String {
    match blocker.seconds {
        Some(seconds) => format!("{} for {}", blocker.reason, age(seconds.max(0))),
        None => blocker.reason.clone(),
    }
}

/// Who has its turn and waits.
pub(super) fn who(blocker: &Blocker) -> &str {
    let component = blocker.component.map(crate::milvus::Component::label);
    component.or(blocker.object.as_deref()).unwrap_or("the instance")
}

#[cfg(test)]
mod tests {
    use super::{Room, lines};
    use crate::output::{Detail, Screen, Style, sample};

    fn render(progress: &crate::plan::Progress, detail: Detail, columns: usize, rows: usize) -> String {
        let lines = lines(&sample::plan(), progress, sample::now(), detail, Room { columns, rows });
        assert!(lines.iter().all(|line| line.width() <= columns), "too wide");
        assert!(lines.len() < rows, "too tall");
        let mut screen = Screen::new();
        screen.extend(lines);
        screen.render(Style::Plain, None)
    }

    #[test]
    fn each_component_has_a_line_and_what_stands_still_a_reason() {
        insta::assert_snapshot!(render(&sample::progress(), Detail::Normal, 100, 40), @"
        milvus/prod in vec: 2.5.22 -> 2.6.6, 1m20s of about 7m          step 3 of 4
          streamingnode   2.6.6             1/1   40s   done
          mixcoord        2.6.6             2/2   40s   done
          querynode       2.5.22 -> 2.6.6   2/2   40s   rolling   1 new ready, 1 old left
          datanode        2.5.22            1/1   40s   waits for querynode
          proxy           2.5.22            2/2   40s   waits for datanode
          indexnode       2.5.22            1/1   40s   leaves when proxy is done

          querynode waits: pod prod-milvus-querynode-1-7d9f-x2k is unschedulable for 40s
            0/3 nodes are available: 3 Insufficient memory
            it asks for 32Gi; the largest node has 11Gi
        Ctrl-C stops watching; the roll goes on
        ");
    }

    #[test]
    fn a_narrow_terminal_cuts_and_keeps_every_component() {
        insta::assert_snapshot!(render(&sample::progress(), Detail::Normal, 60, 40), @"
        milvus/prod in vec: 2.5.22 -> 2.6.6, 1m20s of about 7m
          step 3 of 4
          streamingnode   2.6.6             1/1   done
          mixcoord        2.6.6             2/2   done
          querynode       2.5.22 -> 2.6.6   2/2   rolling   1 new...
          datanode        2.5.22            1/1   waits for query...
          proxy           2.5.22            2/2   waits for datanode
          indexnode       2.5.22            1/1   leaves when pro...

          querynode waits: pod prod-milvus-querynode-1-7d9f-x2k is
            unschedulable for 40s
            0/3 nodes are available: 3 Insufficient memory
            it asks for 32Gi; the largest node has 11Gi
        Ctrl-C stops watching; the roll goes on
        ");
    }

    #[test]
    fn a_low_terminal_folds_what_is_done_and_keeps_the_last_line() {
        insta::assert_snapshot!(render(&sample::progress(), Detail::Normal, 80, 12), @"
        milvus/prod in vec: 2.5.22 -> 2.6.6, 1m20s of about 7m          step 3 of 4
          2 components are done
          querynode   2.5.22 -> 2.6.6   2/2   40s   rolling   1 new ready, 1 old left
          datanode    2.5.22            1/1   40s   waits for querynode
          proxy       2.5.22            2/2   40s   waits for datanode
          indexnode   2.5.22            1/1   40s   leaves when proxy is done

          querynode waits: pod prod-milvus-querynode-1-7d9f-x2k is unschedulable for 40s
            0/3 nodes are available: 3 Insufficient memory
            it asks for 32Gi; the largest node has 11Gi
        Ctrl-C stops watching; the roll goes on
        ");
        for rows in 3..12 {
            let text = render(&sample::progress(), Detail::All, 80, rows);
            assert!(text.ends_with("Ctrl-C stops watching; the roll goes on\n"), "{text}");
        }
    }

    #[test]
    fn detail_lists_what_is_missing() {
        insta::assert_snapshot!(render(&sample::progress(), Detail::All, 100, 40), @"
        milvus/prod in vec: 2.5.22 -> 2.6.6, 1m20s of about 7m          step 3 of 4
          streamingnode   2.6.6             1/1   40s   done
          mixcoord        2.6.6             2/2   40s   done
          querynode       2.5.22 -> 2.6.6   2/2   40s   rolling   1 new ready, 1 old left
          datanode        2.5.22            1/1   40s   waits for querynode
          proxy           2.5.22            2/2   40s   waits for datanode
          indexnode       2.5.22            1/1   40s   leaves when proxy is done

          querynode waits: pod prod-milvus-querynode-1-7d9f-x2k is unschedulable for 40s
            0/3 nodes are available: 3 Insufficient memory
            it asks for 32Gi; the largest node has 11Gi
          missing: condition MilvusUpdated is not True: querynode is updating
          missing: deployment/prod-milvus-querynode-1 is not wholly new and available
          missing: indexnode is still there
        Ctrl-C stops watching; the roll goes on
        ");
    }

    #[test]
    fn a_watch_that_broke_is_told_without_anything_waiting() {
        let mut progress = sample::progress();
        progress.roll.as_mut().unwrap().blockers.clear();
        progress.trouble.push("pods: connection closed".into());
        let text = render(&progress, Detail::Normal, 80, 40);
        let end = "done\n\n  watching again: pods: connection closed\nCtrl-C stops watching; the roll goes on\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn while_something_is_written_it_says_what() {
        let mut progress = sample::progress();
        (progress.roll, progress.step, progress.title) = (None, 1, "set the image, mode rollingUpgrade".into());
        insta::assert_snapshot!(render(&progress, Detail::Normal, 100, 40), @"
        milvus/prod in vec: 2.5.22 -> 2.6.6, 1m20s of about 7m          step 1 of 4
          writing: set the image, mode rollingUpgrade
        Ctrl-C stops watching; the roll goes on
        ");
    }
}
