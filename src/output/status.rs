//! An instance as it is now, for people: its components, what it stands on, and what waits.

use jiff::Timestamp;

use super::{Detail, Line, Role, Screen, Table, age, log, progress, serving, tree};
use crate::rollout::{ComponentRoll, ComponentStatus, Dependency, PodStatus, State, Status, WorkloadStatus};

/// How much of it to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Whether Deployments and pods have lines too.
    pub wide: bool,
    /// Whether everything that is missing is listed.
    pub detail: Detail,
}

/// All of it.
pub fn screen(status: &Status, extent: Extent) -> Screen {
    let mut screen = Screen::from(head(status));
    if extent.wide {
        screen.extend(wide_lines(status));
    } else {
        screen.extend(component_lines(status));
    }
    if status.components.is_empty() {
        screen.push(Line::from("  no component runs"));
    }
    screen.blank();
    screen.extend(below(status, extent.wide));
    let mut lines: Vec<Line> = status.blockers.iter().flat_map(tree::blocker_lines).collect();
    if status.blockers.is_empty() || extent.detail == Detail::All {
        let missing = status.missing.iter().map(|it| Line::from("  missing: ").text(progress::missing(it)).hang(4));
        lines.extend(missing);
    }
    lines.extend(log::lines(&status.logs));
    lines.extend(status.unseen.iter().map(|why| Line::from("  not looked at: ").text(why).hang(4)));
    if !lines.is_empty() {
        screen.blank();
        screen.extend(lines);
    }
    screen
}

/// `milvus/prod in vec: cluster 2.5.22 -> 2.6.6, rolling: querynode (3 of 5)`
fn head(status: &Status) -> Line {
    let version = status.version.as_deref().unwrap_or("of unknown version");
    let target = status.target.as_ref().map(|target| format!(" -> {target}")).unwrap_or_default();
    let chart = status.chart.as_ref().map(|chart| format!(", chart {chart}")).unwrap_or_default();
    let place = format!(" in {}: {} {version}{target}{chart}, ", status.namespace, status.mode);
    let role = if status.state == "healthy" { Role::Good } else { Role::Command };
    Line::new().with(Role::Strong, &status.reference).text(place).with(role, &status.state).hang(2)
}

fn component_lines(status: &Status) -> Vec<Line> {
    let mut table = Table::new().indent(2);
    for ComponentStatus { roll, .. } in &status.components {
        table.row([
            Line::from(roll.component.label()),
            Line::from(tree::image(roll)),
            Line::from(format!("{}/{}", roll.ready, roll.wanted)),
            Line::from(since(status.taken, roll.youngest)),
            state(status, roll),
        ]);
    }
    table.lines()
}

fn wide_lines(status: &Status) -> Vec<Line> {
    let mut table = Table::with_heads(&["name", "image", "ready", "restarts", "age", "node", "state"]);
    for ComponentStatus { roll, workloads } in &status.components {
        table.row([
            Line::new().with(Role::Strong, roll.component.label()),
            Line::from(tree::image(roll)),
            Line::from(format!("{}/{}", roll.ready, roll.wanted)),
            Line::from(roll.restarts.to_string()),
            Line::from(since(status.taken, roll.youngest)),
            Line::new(),
            state(status, &ComponentRoll { restarts: 0, ..roll.clone() }),
        ]);
        for workload in workloads {
            if !workload.reference.is_empty() {
                table.row(workload_row(status, workload));
            }
            workload.pods.iter().for_each(|pod| table.row(pod_row(status, pod)));
        }
    }
    table.lines()
}

fn workload_row(status: &Status, workload: &WorkloadStatus) -> [Line; 5] {
    [
        Line::from("  ").text(&workload.reference),
        Line::from(&workload.image),
        Line::from(format!("{}/{}", workload.ready, workload.wanted)),
        Line::new(),
        Line::from(since(status.taken, workload.created)),
    ]
}

fn pod_row(status: &Status, pod: &PodStatus) -> [Line; 7] {
    let role = if pod.ready { Role::Good } else { Role::Warning };
    [
        Line::from("    pod/").text(&pod.name),
        Line::from(&pod.image),
        Line::from(if pod.ready { "yes" } else { "no" }),
        Line::from(pod.restarts.to_string()),
        Line::from(since(status.taken, pod.created)),
        Line::from(pod.node.as_deref().unwrap_or("none")),
        Line::new().with(role, &pod.state),
    ]
}

/// A cluster's clock may be ahead of ours.
fn since(now: Timestamp, then: Option<Timestamp>) -> String {
    then.map(|then| age((now.as_second() - then.as_second()).max(0))).unwrap_or_default()
}

/// The word for where a component is: that of a roll while one is under way.
fn state(status: &Status, component: &ComponentRoll) -> Line {
    let (role, text) = tree::state(component);
    let text = match &component.state {
        _ if status.is_rolling() => text,
        State::Done => text.replacen("done", "ready", 1),
        State::Rolling { new, old } => {
            text.replacen(&format!("rolling   {new} new ready, {old} old left"), "not ready", 1)
        }
        _ => text,
    };
    Line::new().with(role, text)
}

/// What it stands on, and what Milvus itself says.
fn below(status: &Status, wide: bool) -> Vec<Line> {
    let mut table = Table::new().indent(2);
    for dependency in &status.dependencies {
        table.row([Line::from(&dependency.name), standing(dependency)]);
        for part in dependency.parts.iter().filter(|part| wide || part.ready != Some(true)) {
            table.row([Line::from("  ").text(&part.name), standing(part)]);
        }
    }
    table.row([Line::from("serving"), serving::last(status.serving.as_ref(), status.taken)]);
    table.lines()
}

fn standing(dependency: &Dependency) -> Line {
    let (role, word) = match dependency.ready {
        Some(true) => (Role::Good, "ready"),
        Some(false) => (Role::Bad, "not ready"),
        None => (Role::Warning, "unknown"),
    };
    let line = Line::new().with(role, word);
    dependency.reason.iter().fold(line, |line, reason| line.text(": ").text(reason.trim_end_matches([':', ' '])))
}

/// What is worth a line since `before` (`None`: nothing was said yet). Ages alone are no change.
pub fn changes(before: Option<&Status>, after: &Status) -> Vec<String> {
    let mut lines = vec![];
    let headline = |status: &Status| plain(&head(status));
    if before.is_none_or(|before| headline(before) != headline(after)) {
        lines.push(headline(after));
    }
    let row = |status: &Status, roll: &ComponentRoll| {
        let state = plain(&state(status, roll)).replace("rolling   ", "rolling, ");
        format!("{}: {state}; {}, {}/{} ready", roll.component, tree::image(roll), roll.ready, roll.wanted)
    };
    let rows = |status: &Status| status.components.iter().map(|it| row(status, &it.roll)).collect::<Vec<_>>();
    let known = before.map(rows).unwrap_or_default();
    lines.extend(rows(after).into_iter().filter(|row| !known.contains(row)));
    let has = |status: &Status, of: &ComponentStatus| {
        status.components.iter().any(|it| it.roll.component == of.roll.component)
    };
    let gone = before.iter().flat_map(|before| &before.components).filter(|it| !has(after, it));
    lines.extend(gone.map(|it| format!("{}: gone", it.roll.component)));
    let stands = |status: &Status| {
        let all = status.dependencies.iter().flat_map(|it| std::iter::once(it).chain(&it.parts));
        all.map(|it| format!("{}: {}", it.name, plain(&standing(it)))).collect::<Vec<_>>()
    };
    let known = before.map(stands).unwrap_or_default();
    lines.extend(stands(after).into_iter().filter(|row| !known.contains(row)));
    lines.extend(progress::of_blockers(before.map_or(&[][..], |before| &before.blockers), &after.blockers));
    let known = before.map_or(&[][..], |before| &before.unseen);
    lines.extend(after.unseen.iter().filter(|why| !known.contains(why)).map(|why| format!("not looked at: {why}")));
    lines
}

fn plain(line: &Line) -> String {
    line.glyphs().iter().map(|(character, _)| character).collect()
}

#[cfg(test)]
mod tests {
    use super::{Extent, changes, screen};
    use crate::{
        output::{Detail, Style, sample},
        rollout::{Asked, State},
    };

    fn render(status: &crate::rollout::Status, wide: bool) -> String {
        screen(status, Extent { wide, detail: Detail::Normal }).render(Style::Plain, None)
    }

    #[test]
    fn during_a_roll_it_is_the_tree_of_the_roll() {
        insta::assert_snapshot!(render(&sample::status(), false), @"
        milvus/prod in vec: cluster 2.5.22 -> 2.6.6, rolling: querynode (3 of 6)
          streamingnode   2.6.6             1/1   40s   done
          mixcoord        2.6.6             2/2   40s   done
          querynode       2.5.22 -> 2.6.6   1/2   40s   rolling   1 new ready, 1 old left
          datanode        2.5.22            1/1   40s   waits for querynode
          proxy           2.5.22            2/2   40s   waits for datanode
          indexnode       2.5.22            1/1   40s   leaves when proxy is done

          etcd                      not ready: EtcdReady=False EtcdNotReady: one member is away
            statefulset/prod-etcd   not ready: 2 of 3 pods are ready
          storage                   ready
          message queue             ready
          serving                   nobody is known to have asked; --serving asks now

          querynode waits: pod prod-milvus-querynode-1-7d9f-x2k is unschedulable for 40s
            0/3 nodes are available: 3 Insufficient memory
            it asks for 32Gi; the largest node has 11Gi
        ");
    }

    #[test]
    fn without_a_roll_what_runs_is_ready_and_nothing_waits() {
        insta::assert_snapshot!(render(&sample::healthy_status(), false), @"
        milvus/prod in vec: cluster 2.5.22, healthy
          mixcoord    2.5.22   2/2   40s   ready
          querynode   2.5.22   2/2   40s   ready
          datanode    2.5.22   1/1   40s   ready
          proxy       2.5.22   2/2   40s   ready
          indexnode   2.5.22   1/1   40s   ready

          etcd            ready
          storage         ready
          message queue   ready
          serving         nobody is known to have asked; --serving asks now
        ");
    }

    #[test]
    fn what_milvus_itself_said_last_stands_below_with_who_asked() {
        let lines = sample::verdicts().map(|found| {
            let mut status = sample::healthy_status();
            let at = status.taken - jiff::SignedDuration::from_hours(3);
            status.serving = Some(Asked { at, by: Some("upgrade to 2.5.22".into()), found });
            render(&status, false).lines().last().unwrap_or_default().to_owned()
        });
        insta::assert_snapshot!(lines.join("\n"), @r#"
        serving         it serves: 14 collections, each answers a query (upgrade to 2.5.22, 3h ago)
        serving         1 of 14 collections does not serve as before: docs: a query is not answered; the server says "channel not available" (upgrade to 2.5.22, 3h ago)
        serving         nothing of it serves as before: all 14 collections are gone (upgrade to 2.5.22, 3h ago)
        serving         unknown, no right (upgrade to 2.5.22, 3h ago)
        "#);
        let mut status = sample::healthy_status();
        let [found, ..] = sample::verdicts();
        status.serving = Some(Asked { at: status.taken, by: None, found });
        assert!(render(&status, false).ends_with("serving         it serves: 14 collections, each answers a query\n"));
    }

    #[test]
    fn a_pod_that_starts_again_without_a_roll_is_not_called_one() {
        let mut status = sample::healthy_status();
        let proxy = &mut status.components[3].roll;
        (proxy.state, proxy.restarts) = (State::Rolling { new: 1, old: 0 }, 3);
        let text = render(&status, false);
        assert!(text.contains("proxy       2.5.22   2/2   40s   not ready, 3 restarts\n"), "{text}");
    }

    #[test]
    fn wide_goes_down_to_the_pods_and_the_objects_below() {
        insta::assert_snapshot!(render(&sample::status(), true), @"
        milvus/prod in vec: cluster 2.5.22 -> 2.6.6, rolling: querynode (3 of 6)
        NAME                                         IMAGE             READY   RESTARTS   AGE   NODE     STATE
        streamingnode                                2.6.6             1/1     0          40s            done
          deployment/prod-milvus-streamingnode       2.6.6             1/1                41d
            pod/prod-milvus-streamingnode-7d9f-x0k   2.6.6             yes     0          40s   node-1   ready
        mixcoord                                     2.6.6             2/2     0          40s            done
          deployment/prod-milvus-mixcoord            2.6.6             2/2                41d
            pod/prod-milvus-mixcoord-7d9f-x0k        2.6.6             yes     0          40s   node-1   ready
            pod/prod-milvus-mixcoord-7d9f-x1k        2.6.6             yes     0          40s   node-1   ready
        querynode                                    2.5.22 -> 2.6.6   1/2     0          40s            rolling   1 new ready, 1 old left
          deployment/prod-milvus-querynode           2.6.6             1/2                41d
            pod/prod-milvus-querynode-7d9f-x0k       2.6.6             yes     0          40s   node-1   ready
            pod/prod-milvus-querynode-7d9f-x1k       2.6.6             no      0          40s   none     unschedulable
        datanode                                     2.5.22            1/1     0          40s            waits for querynode
          deployment/prod-milvus-datanode            2.5.22            1/1                41d
            pod/prod-milvus-datanode-7d9f-x0k        2.5.22            yes     0          40s   node-1   ready
        proxy                                        2.5.22            2/2     0          40s            waits for datanode
          deployment/prod-milvus-proxy               2.5.22            2/2                41d
            pod/prod-milvus-proxy-7d9f-x0k           2.5.22            yes     0          40s   node-1   ready
            pod/prod-milvus-proxy-7d9f-x1k           2.5.22            yes     0          40s   node-1   ready
        indexnode                                    2.5.22            1/1     0          40s            leaves when proxy is done
          deployment/prod-milvus-indexnode           2.5.22            1/1                41d
            pod/prod-milvus-indexnode-7d9f-x0k       2.5.22            yes     0          40s   node-1   ready

          etcd                       not ready: EtcdReady=False EtcdNotReady: one member is away
            statefulset/prod-etcd    not ready: 2 of 3 pods are ready
          storage                    ready
            statefulset/prod-minio   ready
          message queue              ready
          serving                    nobody is known to have asked; --serving asks now

          querynode waits: pod prod-milvus-querynode-1-7d9f-x2k is unschedulable for 40s
            0/3 nodes are available: 3 Insufficient memory
            it asks for 32Gi; the largest node has 11Gi
        ");
    }

    #[test]
    fn each_change_has_a_line_and_time_has_none() {
        let (before, mut after) = (sample::healthy_status(), sample::healthy_status());
        after.taken += jiff::SignedDuration::from_secs(30);
        assert_eq!(changes(Some(&before), &after), [""; 0]);
        assert_eq!(changes(None, &before)[0], "milvus/prod in vec: cluster 2.5.22, healthy");
        insta::assert_snapshot!(changes(Some(&before), &sample::status()).join("\n"), @"
        milvus/prod in vec: cluster 2.5.22 -> 2.6.6, rolling: querynode (3 of 6)
        streamingnode: done; 2.6.6, 1/1 ready
        mixcoord: done; 2.6.6, 2/2 ready
        querynode: rolling, 1 new ready, 1 old left; 2.5.22 -> 2.6.6, 1/2 ready
        datanode: waits for querynode; 2.5.22, 1/1 ready
        proxy: waits for datanode; 2.5.22, 2/2 ready
        indexnode: leaves when proxy is done; 2.5.22, 1/1 ready
        etcd: not ready: EtcdReady=False EtcdNotReady: one member is away
        statefulset/prod-etcd: not ready: 2 of 3 pods are ready
        statefulset/prod-minio: ready
        querynode waits: pod prod-milvus-querynode-1-7d9f-x2k is unschedulable for 40s; 0/3 nodes are available: 3 Insufficient memory; it asks for 32Gi; the largest node has 11Gi
        ");
    }
}
