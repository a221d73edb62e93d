use serde_json::{Value, json};

use super::{Code, Finding, Outcome, Problem, Report, Target, ValuesFile, values_report};
use crate::{
    helm::values::{Misfit, Why},
    knowledge::Knowledge,
    snapshot::{Release, Snapshot, sample},
};

/// A release of this chart, with these settings over those of a cluster on Pulsar 3, of which the file says `given`.
fn release(chart: &str, over: &Value, given: &[&str]) -> Snapshot {
    let mut settings = json!({
        "cluster.enabled": true, "pulsarv3.enabled": true, "image.all.tag": "v2.5.16", "mixCoordinator.enabled": true,
        "indexNode.enabled": true, "streaming.enabled": false, "etcd.enabled": true, "standalone.messageQueue": "rocksmq",
    });
    for (key, value) in over.as_object().expect("settings") {
        settings[key] = value.clone();
    }
    let mut snapshot = sample::release(chart, &settings);
    let release = snapshot.release.as_mut().expect("a release");
    release.given = given.iter().map(|key| (*key).to_owned()).collect();
    snapshot
}

fn after(chart: &str, over: &Value, given: &[&str]) -> Release {
    release(chart, over, given).release.expect("a release")
}

fn target(release: &Release) -> Target {
    let image = release.image().expect("an image");
    Target { chart: Some(release.chart.clone()), ..Target::new(image.version().expect("a version"), image) }
}

fn judge(live: Option<&Snapshot>, after: &Release, misfits: &[Misfit], forgotten: &[&str]) -> Report {
    let forgotten: Vec<String> = forgotten.iter().map(|line| (*line).to_owned()).collect();
    let given = json!({"pulsar": {"enabled": true}, "foo": 1});
    let file = ValuesFile { name: "values.yaml", given: Some(&given), after, misfits, forgotten: &forgotten };
    values_report(&file, live, Some(&target(after)), Knowledge::builtin())
}

fn outcome(report: &Report, code: u16) -> Option<&Outcome> {
    let finding: Option<&Finding> = report.findings.iter().find(|finding| finding.code == Code::new(code));
    finding.map(|finding| &finding.result)
}

fn problem(report: &Report, code: u16) -> &Problem {
    match outcome(report, code) {
        Some(Outcome::Found { problem, .. }) => problem,
        other => panic!("MV0{code}: {other:?}"),
    }
}

fn passed(report: &Report, code: u16) -> bool {
    outcome(report, code) == Some(&Outcome::Passed)
}

#[test]
fn the_same_values_again_ask_nothing() {
    let live = release("4.2.58", &json!({}), &["image.all.tag"]);
    let report = judge(Some(&live), &after("4.2.58", &json!({}), &["image.all.tag"]), &[], &[]);
    assert!(!report.is_blocked(), "{report:?}");
    for code in [409, 415, 914, 915, 916, 917] {
        assert!(passed(&report, code), "MV0{code}");
    }
    for code in [601, 802, 1101] {
        assert_eq!(outcome(&report, code), None, "who applies the file is not this program: MV{code:04}");
    }
}

#[test]
fn another_queue_is_refused_though_it_has_the_same_name() {
    let live = release("4.2.20", &json!({"pulsar.enabled": true, "pulsarv3.enabled": false}), &[]);
    let same = after("4.2.20", &json!({"pulsar.enabled": true, "pulsarv3.enabled": false}), &["pulsar.enabled"]);
    assert!(passed(&judge(Some(&live), &same, &[], &[]), 415));
    let flipped = judge(Some(&live), &after("4.2.58", &json!({"pulsar.enabled": false}), &[]), &[], &[]);
    let found = problem(&flipped, 415);
    assert_eq!(
        found.summary,
        "the message queue pulsar (pulsar.enabled) would be replaced under its data by another pulsar (pulsarv3.enabled)"
    );
    assert_eq!(found.fix, "write into the file:  pulsar.enabled: true, pulsarv3.enabled: false");
    assert!(flipped.is_blocked());
    let none = json!({"pulsar.enabled": false, "pulsarv3.enabled": false});
    assert!(problem(&judge(Some(&live), &after("4.2.20", &none, &[]), &[], &[]), 415).summary.ends_with("by none"));
}

#[test]
fn a_standalone_is_asked_about_its_queue_where_only_the_chart_says_another() {
    let alone = json!({"cluster.enabled": false});
    let live = release("4.2.58", &alone, &[]);
    let other = json!({"cluster.enabled": false, "standalone.messageQueue": "woodpecker", "image.all.tag": "v2.6.22"});
    let report = judge(Some(&live), &after("5.0.19", &other, &[]), &[], &[]);
    assert!(passed(&report, 415));
    assert_eq!(problem(&report, 915).fix, "write into the file:  standalone.messageQueue: rocksmq");
    let said = judge(Some(&live), &after("5.0.19", &other, &["standalone.messageQueue"]), &[], &[]);
    assert!(passed(&said, 915));
    assert_eq!(problem(&said, 415).fix, "write into the file:  standalone.messageQueue: rocksmq");
}

#[test]
fn a_default_that_the_target_needs_is_no_question_and_any_other_is() {
    let live = release("4.2.58", &json!({}), &[]);
    let new = json!({"indexNode.enabled": false, "streaming.enabled": true, "image.all.tag": "v2.6.22"});
    assert!(passed(&judge(Some(&live), &after("5.0.19", &new, &[]), &[], &[]), 915));
    let kept = json!({"indexNode.enabled": false, "streaming.enabled": true});
    let report = judge(Some(&live), &after("5.0.19", &kept, &[]), &[], &[]);
    assert_eq!(problem(&report, 915).fix, "write into the file:  indexNode.enabled: true, streaming.enabled: false");
    assert!(problem(&report, 903).summary.contains("2.5 has no streaming node"), "judged by what the file makes");
    let apart = json!({"mixCoordinator.enabled": false, "rootCoordinator.enabled": true, "image.all.tag": "v2.4.6"});
    let live = release("4.2.0", &apart, &[]);
    let joined = json!({"rootCoordinator.enabled": false, "image.all.tag": "v2.4.6"});
    let found = judge(Some(&live), &after("4.2.20", &joined, &[]), &[], &[]);
    let found = problem(&found, 915);
    assert_eq!(found.summary, "chart 4.2.20 brings 2 defaults that nobody asked for");
    assert!(found.evidence[0].starts_with("mixCoordinator.enabled: false now, true by chart 4.2.20: one"), "{found:?}");
    let said = after("4.2.20", &joined, &["mixCoordinator.enabled", "rootCoordinator.enabled"]);
    assert!(passed(&judge(Some(&live), &said, &[], &[]), 915));
}

#[test]
fn the_mode_and_what_is_forgotten_are_told() {
    let live = release("4.2.58", &json!({}), &[]);
    let report = judge(Some(&live), &after("4.2.58", &json!({"cluster.enabled": false}), &[]), &[], &["a.b: 1 -> 2"]);
    assert_eq!(problem(&report, 409).fix, "write into the file:  cluster.enabled: true");
    assert_eq!(outcome(&report, 415), Some(&Outcome::NotApplicable));
    let found = problem(&report, 914);
    assert!(
        found.summary.starts_with("a value that was set goes back") && found.evidence == ["a.b: 1 -> 2"],
        "{found:?}"
    );
    let many = judge(Some(&live), &after("4.2.58", &json!({}), &[]), &[], &["a: 1 -> 2"; 11]);
    let found = problem(&many, 914);
    assert!(found.summary.starts_with("11 values") && found.evidence[8] == "and 3 more", "{found:?}");
}

#[test]
fn what_does_not_fit_the_chart_is_named() {
    let unknown = |path: &str, like: Option<&str>| Misfit {
        path: path.to_owned(),
        why: Why::Unknown { like: like.map(str::to_owned) },
    };
    let kind = Misfit { path: "cluster.enabled".into(), why: Why::Kind { wanted: "true or false", found: "text" } };
    let wanted = after("4.2.58", &json!({"cluster.enabled": "false"}), &[]);
    let live = release("4.2.58", &json!({}), &[]);
    let report = judge(Some(&live), &wanted, &[kind, unknown("foo", Some("fool"))], &[]);
    assert_eq!(problem(&report, 916).evidence, ["cluster.enabled: text, and the chart has true or false there"]);
    assert_eq!(problem(&report, 917).evidence, ["foo: there is fool"]);
    assert!(passed(&report, 409), "it is not told twice");
    let none = judge(None, &after("4.2.58", &json!({}), &[]), &[unknown("pulsar", None), unknown("foo", None)], &[]);
    assert_eq!(problem(&none, 916).summary, "none of its keys is a value of the chart milvus");
}

#[test]
fn without_a_release_the_values_are_judged_by_themselves() {
    let sound =
        judge(None, &after("5.0.19", &json!({"image.all.tag": "v2.6.22", "streaming.enabled": true}), &[]), &[], &[]);
    assert!(!sound.is_blocked() && sound.findings.iter().all(|it| !matches!(it.result, Outcome::Unknown { .. })));
    for code in [409, 415, 914, 915] {
        assert_eq!(outcome(&sound, code), Some(&Outcome::NotApplicable), "MV0{code}");
    }
    let two = json!({"pulsar.enabled": true, "streaming.enabled": true, "image.all.tag": "v2.6.6"});
    let report = judge(None, &after("5.0.19", &two, &[]), &[], &[]);
    assert_eq!(problem(&report, 905).object, "values.yaml");
    assert_eq!(problem(&report, 114).fix, "write into the file:  image.all.tag: v2.6.22");
}

#[test]
fn a_tag_that_says_no_version_is_told_and_one_that_is_none_refused() {
    let given = json!({"image": {"all": {"tag": "blessed"}}});
    let live = release("4.2.58", &json!({}), &[]);
    let told = |tag: &Value, live: Option<&Snapshot>| {
        let after = after("4.2.58", &json!({"image.all.tag": "v2.5.16"}), &[]);
        let settings = after.settings.into_iter().chain([("image.all.tag".to_owned(), tag.clone())]).collect();
        let after = Release { settings, ..after };
        let file = ValuesFile { name: "values.yaml", given: Some(&given), after: &after, misfits: &[], forgotten: &[] };
        values_report(&file, live, None, Knowledge::builtin())
    };
    for live in [None, Some(&live)] {
        let report = told(&json!("blessed"), live);
        assert!(problem(&report, 115).summary.contains("`milvusdb/milvus:blessed` names no version"), "{report:?}");
        assert_eq!(
            problem(&told(&json!(2.6), live), 916).evidence,
            ["image.all.tag: 2.6 is no text; write it in quotes"]
        );
        let broken = told(&json!("a b"), live);
        assert_eq!(problem(&broken, 916).evidence, ["image.all.tag: `a b` is no tag of an image"]);
    }
}

#[test]
fn what_a_chart_made_has_no_values_to_judge_and_says_what_it_makes() {
    let live = release("4.2.58", &json!({}), &[]);
    let other = json!({"pulsar.enabled": true, "pulsarv3.enabled": false, "image.all.tag": "v2.5.27"});
    let after = after("4.2.58", &other, &[]);
    let file = ValuesFile { name: "all.yaml", given: None, after: &after, misfits: &[], forgotten: &[] };
    let report = values_report(&file, Some(&live), Some(&target(&after)), Knowledge::builtin());
    for code in [914, 916, 917] {
        assert_eq!(outcome(&report, code), Some(&Outcome::NotApplicable), "MV0{code}");
    }
    let queue = problem(&report, 415);
    assert_eq!(queue.fix, "write into the values of the chart:  pulsarv3.enabled: true, pulsar.enabled: false");
    assert_eq!(queue.evidence[0], "all.yaml makes pulsarv3.enabled: false");
    assert!(outcome(&report, 918).is_none(), "it is not this program that applies it");
}
