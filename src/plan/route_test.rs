use proptest::prelude::*;
use semver::Version;

use super::{Method, Route, Runner, Start};
use crate::{
    check::Ground,
    knowledge::{Edge, Knowledge},
    milvus::{MilvusVersion, Mode},
    plan::Undo,
    snapshot::sample::{self, healthy_cluster},
};

fn version(text: &str) -> MilvusVersion {
    text.parse().expect("a version")
}

fn operator(milvus: &str, operator: &str, is_apart: bool) -> Start {
    let runner = Runner::Operator(Some(operator.parse().expect("a version")));
    Start { milvus: version(milvus), mode: Mode::Cluster, is_apart, rolls: true, runner }
}

fn helm(milvus: &str, chart: &str, is_apart: bool) -> Start {
    let runner = Runner::Helm(chart.parse().expect("a version"));
    Start { milvus: version(milvus), mode: Mode::Cluster, is_apart, rolls: false, runner }
}

fn route(start: &Start, to: &str) -> Route {
    Route::between(start, &version(to), Knowledge::builtin())
}

#[test]
fn the_way_is_told_in_one_line() {
    for (start, to, words, runs) in [
        (operator("2.5.22", "1.3.7", false), "2.6.22", "2.5.22 -> 2.6.22", 1),
        (operator("2.5.10", "1.3.7", true), "2.6.6", "2.5.10 -> 2.5.27 -> mixcoord -> 2.6.6", 2),
        (operator("2.3.5", "1.3.7", false), "2.6.22", "2.3.5 -> 2.5.27 -> 2.6.22", 2),
        (operator("2.3.5", "1.1.9", true), "2.6.22", "2.3.5 -> operator 1.3.7 -> 2.5.27 -> mixcoord -> 2.6.22", 2),
        (operator("2.1.4", "1.3.7", true), "2.5.27", "2.1.4 -> migration to 2.2.16 -> 2.5.27", 2),
        (operator("2.6.6", "1.3.7", false), "3.0.0", "2.6.6 -> 2.6.22 -> 3.0.0", 2),
        (helm("2.5.10", "4.2.47", true), "2.6.22", "2.5.10 -> 2.5.16 -> 2.6.22", 1),
        (helm("2.5.27", "4.2.58", true), "2.6.22", "2.5.27 -> mixcoord -> 2.6.22", 1),
        (helm("2.4.1", "4.1.30", true), "3.0.0", "2.4.1 -> 2.5.27 -> mixcoord -> 2.6.22 -> 3.0.0", 3),
        (helm("2.6.22", "5.0.19", false), "3.0.0", "2.6.22 -> 3.0.0", 1),
    ] {
        let route = route(&start, to);
        assert_eq!((route.words().as_str(), route.runs()), (words, runs), "{start:?}");
    }
}

#[test]
fn a_hop_says_how_it_is_done_felt_and_taken_back() {
    let route = route(&operator("2.4.24", "1.2.0", true), "3.0.0");
    let told: Vec<String> =
        route.hops.iter().map(|hop| format!("{:?} {} {}", hop.method, hop.to, hop.undo.word())).collect();
    let wanted = [
        "Operator 1.3.7 nothing to undo",
        "Image 2.5.27 reverse roll",
        "Mixcoord 2.5.27 patch back",
        "Image 2.6.22 restore",
        "Image 3.0.0 restore",
    ];
    assert_eq!(told, wanted);
    assert_eq!(route.hops[1].conditions.len(), 2, "back to 2.4 there are conditions");
    assert_eq!(route.hops[3].order, "streamingnode, mixcoord, querynode, datanode, proxy");
    assert!(route.hops[0].why.contains("1.3.0 or newer"), "{}", route.hops[0].why);
    assert_eq!((route.next(), route.operator()), (Some(version("2.5.27")), Some("1.3.7")));
}

#[test]
fn charts_move_with_milvus_and_never_back() {
    let charts = |start: &Start, to: &str| -> Vec<String> {
        let chart = |hop: &super::Hop| match &hop.method {
            Method::Chart { chart } => Some(chart.to_string()),
            _ => None,
        };
        route(start, to).hops.iter().filter_map(chart).collect()
    };
    assert_eq!(charts(&helm("2.4.1", "4.1.30", true), "3.0.0"), ["4.2.58", "5.0.22", "5.0.22"]);
    assert_eq!(charts(&helm("2.6.15", "5.0.19", false), "3.0.0"), ["5.0.19", "5.0.19"]);
    assert_eq!(charts(&helm("2.5.10", "4.2.47", true), "2.5.27"), ["4.2.47"]);
    assert_eq!(charts(&helm("2.4.24", "5.0.5", false), "2.5.27"), ["5.0.5"]);
}

#[test]
fn where_nothing_leads_the_reason_is_given() {
    for (from, to, reason) in [
        ("2.6.6", "2.5.22", "2.5.22 is older than 2.6.6"),
        ("2.6.0-rc1", "2.6.22", "2.6.0-rc1: no 2.6 release can take over"),
        ("2.5.22", "2.6.0-rc1", "2.6.0-rc1: no 2.6 release"),
    ] {
        let route = route(&operator(from, "1.3.7", false), to);
        assert!(route.obstacle.as_deref().is_some_and(|found| found.starts_with(reason)), "{route:?}");
        assert_eq!((route.next(), route.hops.len()), (None, 0));
    }
}

#[test]
fn it_starts_from_what_was_seen() {
    let mut snapshot = sample::separate_coordinators();
    sample::run_image(&mut snapshot, "milvusdb/milvus:v2.3.5");
    let ground = Ground { snapshot: &snapshot, target: None, knowledge: Knowledge::builtin() };
    let found = Route::of(&ground, &version("2.6.22")).expect("a version runs");
    assert_eq!(found.words(), "2.3.5 -> 2.5.27 -> mixcoord -> 2.6.22");
    let mut silent = healthy_cluster();
    sample::run_image(&mut silent, "milvusdb/milvus:latest");
    let ground = Ground { snapshot: &silent, target: None, knowledge: Knowledge::builtin() };
    assert_eq!(Route::of(&ground, &version("2.6.22")), None);
}

/// What holds for every way.
fn is_sound(start: &Start, to: &MilvusVersion) {
    let knowledge = Knowledge::builtin();
    let route = Route::between(start, to, knowledge);
    let told = || format!("{start:?} to {to}: {route:?}");
    if let Some(obstacle) = &route.obstacle {
        assert!(route.hops.is_empty() && !obstacle.is_empty(), "{}", told());
        return;
    }
    let (mut milvus, mut chart, mut operator) = (start.milvus.clone(), None, None);
    match &start.runner {
        Runner::Operator(version) => operator.clone_from(version),
        Runner::Helm(version) => chart = Some(version.clone()),
    }
    let mut joined = !start.is_apart;
    for hop in &route.hops {
        assert!(!hop.why.is_empty() && !hop.order.is_empty() && !hop.felt.is_empty(), "{}", told());
        if let Method::Chart { chart: next } = &hop.method {
            assert!(chart.as_ref().is_some_and(|chart| chart <= next), "{}", told());
            chart = Some(next.clone());
        }
        if hop.method == Method::Operator {
            let next: Version = hop.to.parse().expect("a version");
            assert!(operator.as_ref().is_some_and(|known| *known < next), "{}", told());
            operator = Some(next);
            continue;
        }
        let next: MilvusVersion = hop.to.parse().expect("a version");
        assert!(milvus <= next && (hop.with_next || milvus < next), "{}", told());
        joined |= hop.with_next;
        assert!(!matches!(knowledge.edge(&milvus, &next), Edge::Denied { .. }), "{}", told());
        assert!(joined || !knowledge.is_mixcoord_only(&next) || knowledge.is_mixcoord_only(&milvus), "{}", told());
        let floor = knowledge.operator_floor(&next).map(|floor| &floor.minimum);
        let fits = operator.as_ref().zip(floor).is_none_or(|(operator, floor)| operator >= floor);
        assert!(fits, "{}", told());
        let needs_backup = knowledge.needs_backup(&milvus, &next);
        let restores = matches!(hop.undo, Undo::RestoreBackup | Undo::RestoreMetadata);
        assert_eq!(restores, needs_backup, "{}", told());
        milvus = next;
    }
    assert_eq!(&milvus, to, "{}", told());
    // From its end nothing is left to do.
    let runner = match chart {
        Some(chart) => Runner::Helm(chart),
        None => Runner::Operator(operator),
    };
    let end = Start { milvus, is_apart: !joined, runner, ..start.clone() };
    let again = Route::between(&end, to, knowledge);
    assert!(again.hops.is_empty() && again.obstacle.is_none(), "{}", told());
}

#[test]
fn every_pair_of_known_releases_has_a_sound_way_or_a_reason() {
    let releases = Knowledge::builtin().releases();
    for from in releases {
        for to in releases {
            is_sound(&operator(&from.version.to_string(), "1.2.8", true), &to.version);
        }
    }
}

fn any_start() -> impl Strategy<Value = Start> {
    let releases = Knowledge::builtin().releases();
    let known = (0..releases.len()).prop_map(|place| releases[place].version.clone());
    let other = (1u64..5, 0u64..8, 0u64..30).prop_map(|(major, minor, patch)| MilvusVersion::new(major, minor, patch));
    let operators = Knowledge::builtin().operators();
    let charts = Knowledge::builtin().charts();
    let runner = prop_oneof![
        Just(Runner::Operator(None)),
        (0..operators.len()).prop_map(|place| Runner::Operator(Some(operators[place].version.clone()))),
        (0..charts.len()).prop_map(|place| Runner::Helm(charts[place].version.clone())),
    ];
    let mode = prop_oneof![Just(Mode::Cluster), Just(Mode::Standalone)];
    (prop_oneof![3 => known, 1 => other], mode, any::<bool>(), any::<bool>(), runner).prop_map(
        |(milvus, mode, is_apart, rolls, runner)| Start {
            is_apart: is_apart && mode == Mode::Cluster,
            milvus,
            mode,
            rolls,
            runner,
        },
    )
}

proptest! {
    #[test]
    fn a_way_never_goes_down_never_over_what_is_denied_and_ends_or_says_why(start in any_start(), end in any_start()) {
        is_sound(&start, &end.milvus);
    }
}
