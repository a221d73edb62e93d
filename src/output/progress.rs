//! What changed in a roll, a line a change.

use super::{Detail, tree};
use crate::{
    plan::Progress,
    rollout::{Blocker, ComponentRoll, Migrating, Missing},
};

/// What is worth a line since `before` (`None`: nothing was said yet): a new step, a component in another state,
/// a reason to wait that appeared or went. Ages alone are no change.
pub fn changes(before: Option<&Progress>, after: &Progress, detail: Detail) -> Vec<String> {
    let mut lines = vec![];
    if before.is_none_or(|before| before.step != after.step) {
        lines.push(format!("step {} of {}: {}", after.step, after.steps, after.title));
    }
    let trouble = before.map_or(&[][..], |before| &before.trouble);
    let broke = after.trouble.iter().filter(|why| !trouble.contains(why));
    lines.extend(broke.map(|why| format!("watching again: {why}")));
    let known = before.and_then(|before| before.migration.as_ref()).map(Migrating::words);
    lines.extend(after.migration.as_ref().map(Migrating::words).filter(|words| Some(words) != known.as_ref()));
    // While something is written there is no roll to see; that does not make components go.
    let Some(roll) = &after.roll else { return lines };
    let earlier = before.and_then(|before| before.roll.as_ref());
    let components = earlier.map_or(&[][..], |roll| &roll.components);
    let known = |component: &ComponentRoll| components.iter().find(|line| line.component == component.component);
    for component in &roll.components {
        if known(component).is_none_or(|known| (&known.state, known.restarts) != (&component.state, component.restarts))
        {
            lines.push(component_line(component));
        }
    }
    let gone = components.iter().filter(|line| !roll.components.iter().any(|other| other.component == line.component));
    lines.extend(gone.map(|line| format!("{}: gone", line.component)));

    let blockers = earlier.map_or(&[][..], |roll| &roll.blockers);
    lines.extend(of_blockers(blockers, &roll.blockers));

    if detail == Detail::All {
        let known = earlier.map_or(&[][..], |roll| &roll.missing);
        let new = roll.missing.iter().filter(|entry| !known.contains(entry));
        lines.extend(new.map(|entry| format!("missing: {}", missing(entry))));
        let met = known.iter().filter(|entry| !roll.missing.contains(entry));
        lines.extend(met.map(|entry| format!("no longer missing: {}", missing(entry))));
    }
    lines
}

/// A line for each reason to wait that appeared or went.
pub(super) fn of_blockers(before: &[Blocker], after: &[Blocker]) -> Vec<String> {
    let holds = |list: &[Blocker], blocker: &Blocker| list.iter().any(|other| is_same(other, blocker));
    let appeared = after.iter().filter(|blocker| !holds(before, blocker)).map(blocker_line);
    let went = before.iter().filter(|blocker| !holds(after, blocker));
    let went = went.map(|blocker| format!("{} no longer waits: {}", tree::who(blocker), blocker.reason));
    appeared.chain(went).collect()
}

/// What is missing, in words.
pub fn missing(missing: &Missing) -> String {
    match missing {
        Missing::Observation { generation, observed } => {
            format!("the operator has seen generation {observed}, not yet {generation}")
        }
        Missing::Condition { kind, message } if message.is_empty() => format!("condition {kind} is not True"),
        Missing::Condition { kind, message } => format!("condition {kind} is not True: {message}"),
        Missing::CurrentImage { image } => format!("status.currentImage is still {image}"),
        Missing::Arrival { component } => format!("{component} is not there yet"),
        Missing::Look { component } => format!("the operator has not looked at {component} since it is done"),
        Missing::Departure { component } => format!("{component} is still there"),
        Missing::Deployment { name, .. } => format!("deployment/{name} is not wholly new and available"),
        Missing::Pod { name, .. } => format!("pod/{name} is old or on its way out"),
        Missing::Awaited { fact } => fact.clone(),
        Missing::Object { object, reason } => format!("{object} is not ready: {reason}"),
        Missing::Sight { reason } => format!("it cannot be seen: {reason}"),
    }
}

/// `querynode: rolling, 1 new ready, 1 old left; 2.5.22 -> 2.6.6, 2/2 ready`
fn component_line(component: &ComponentRoll) -> String {
    let (_, state) = tree::state(component);
    let state = state.replace("rolling   ", "rolling, ");
    let ComponentRoll { component: name, ready, wanted, .. } = component;
    format!("{name}: {state}; {}, {ready}/{wanted} ready", tree::image(component))
}

fn blocker_line(blocker: &Blocker) -> String {
    let first = format!("{} waits: {}", tree::who(blocker), tree::reason(blocker));
    let parts: Vec<&str> = std::iter::once(first.as_str()).chain(blocker.details.iter().map(String::as_str)).collect();
    parts.join("; ")
}

/// Whether they differ in age and evidence at most.
fn is_same(one: &Blocker, other: &Blocker) -> bool {
    (one.component, &one.object, &one.reason) == (other.component, &other.object, &other.reason)
}

#[cfg(test)]
mod tests {
    use super::changes;
    use crate::{
        milvus::Component,
        output::{Detail, sample},
        plan::Progress,
        rollout::{Migrating, State},
    };

    #[test]
    fn the_first_look_tells_everything() {
        insta::assert_snapshot!(changes(None, &sample::progress(), Detail::Normal).join("\n"), @"
        step 3 of 4: querynode, datanode
        streamingnode: done; 2.6.6, 1/1 ready
        mixcoord: done; 2.6.6, 2/2 ready
        querynode: rolling, 1 new ready, 1 old left; 2.5.22 -> 2.6.6, 2/2 ready
        datanode: waits for querynode; 2.5.22, 1/1 ready
        proxy: waits for datanode; 2.5.22, 2/2 ready
        indexnode: leaves when proxy is done; 2.5.22, 1/1 ready
        querynode waits: pod prod-milvus-querynode-1-7d9f-x2k is unschedulable for 40s; 0/3 nodes are available: 3 Insufficient memory; it asks for 32Gi; the largest node has 11Gi
        ");
    }

    #[test]
    fn time_alone_is_no_change() {
        let before = sample::progress();
        let mut after = sample::progress();
        after.elapsed_seconds += 30;
        after.roll.as_mut().unwrap().blockers[0].seconds = Some(70);
        assert!(before.roll != after.roll);
        assert_eq!(changes(Some(&before), &after, Detail::All), Vec::<String>::new());
    }

    #[test]
    fn each_change_has_a_line() {
        let before = sample::progress();
        let mut after = sample::progress();
        let roll = after.roll.as_mut().unwrap();
        roll.components.retain(|line| line.component != Component::IndexNode);
        for line in &mut roll.components {
            match line.component {
                Component::QueryNode => line.state = State::Done,
                Component::DataNode => line.state = State::Rolling { new: 0, old: 1 },
                _ => {}
            }
        }
        roll.blockers.clear();
        roll.missing.remove(0);
        (after.step, after.title) = (4, "proxy; indexnode leaves".into());
        after.trouble.push("pods: connection closed".into());
        insta::assert_snapshot!(changes(Some(&before), &after, Detail::All).join("\n"), @"
        step 4 of 4: proxy; indexnode leaves
        watching again: pods: connection closed
        querynode: done; 2.6.6, 2/2 ready
        datanode: rolling, 0 new ready, 1 old left; 2.5.22 -> 2.6.6, 1/1 ready
        indexnode: gone
        querynode no longer waits: pod prod-milvus-querynode-1-7d9f-x2k is unschedulable
        no longer missing: condition MilvusUpdated is not True: querynode is updating
        ");
    }

    #[test]
    fn a_migration_tells_its_states_and_pods() {
        let migrating = |state: &str| Migrating {
            name: "prod-to-2-2-16".into(),
            state: state.into(),
            pods: (state == "OldVersionStopping").then_some(2),
            tasks: vec![],
            retries: 0,
            message: String::new(),
        };
        let at = |state: &str| Progress { roll: None, migration: Some(migrating(state)), ..sample::progress() };
        let lines = changes(Some(&at("OldVersionStopping")), &at("BackupMeta"), Detail::Normal);
        assert_eq!(lines, ["milvusupgrade/prod-to-2-2-16: BackupMeta"]);
        assert_eq!(changes(Some(&at("BackupMeta")), &at("BackupMeta"), Detail::Normal), [""; 0]);
        let first = changes(None, &at("OldVersionStopping"), Detail::Normal);
        assert_eq!(first[1], "milvusupgrade/prod-to-2-2-16: OldVersionStopping; 2 pods left");
    }

    #[test]
    fn a_write_between_two_looks_makes_nothing_go() {
        let before = sample::progress();
        let mut after = sample::progress();
        (after.roll, after.step, after.title) = (None, 4, "put the mode back".into());
        assert_eq!(changes(Some(&before), &after, Detail::All), ["step 4 of 4: put the mode back"]);
    }
}
