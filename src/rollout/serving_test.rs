//! Two looks, and what they say together.

use super::{Severity, Verdict, judge};
use crate::{
    knowledge::Knowledge,
    snapshot::{Collection, CollectionName, Interface, Load, Part, Reply, Serving},
};

fn collection(name: &str) -> Collection {
    Collection {
        name: CollectionName { database: CollectionName::DEFAULT_DATABASE.into(), name: name.into() },
        load: Part::Known(Load::Loaded),
        rows: Part::Known(10_000),
        indexes: Part::Known(vec!["vector_idx".into()]),
        query: Reply::Answered { milliseconds: 3 },
    }
}

fn seen(collections: Vec<Collection>) -> Part<Serving> {
    let databases = Part::Known(vec!["default".into()]);
    Part::Known(Serving::of(Interface::V2, databases, collections))
}

fn failed(words: &str) -> Reply {
    Reply::Failed { words: words.into() }
}

/// The verdict in a line: its word and its reasons.
fn said(before: &Part<Serving>, now: &Part<Serving>) -> String {
    let verdict = judge(before, now);
    let word = match &verdict {
        Verdict::Serving { collections, answered, compared, notes } => {
            return format!("serving: {answered} of {collections}, compared {compared} {}", notes.join("; "));
        }
        Verdict::Unknown { reason } => return format!("unknown: {reason}"),
        Verdict::NotYet { .. } => "not yet",
        Verdict::Lost { .. } => "lost",
    };
    let reasons = verdict.reasons().iter().map(|reason| format!("{}|{}", reason.collection, reason.text));
    format!("{word}: {}", reasons.collect::<Vec<_>>().join("; "))
}

#[test]
fn what_answers_as_before_serves() {
    let before = seen(vec![collection("docs"), collection("tags")]);
    assert_eq!(said(&before, &before), "serving: 2 of 2, compared true ");
    let mut idle = collection("tags");
    (idle.load, idle.query) = (Part::Known(Load::NotLoaded), Reply::NotAsked);
    let before = seen(vec![collection("docs"), idle]);
    assert_eq!(said(&before, &before), "serving: 1 of 2, compared true ", "what nobody loaded needs no answer");
    let unseen = Part::Unknown("no right".into());
    assert_eq!(said(&unseen, &before), "serving: 1 of 2, compared false ");
}

#[test]
fn loaded_and_healthy_is_not_serving_until_a_query_is_answered() {
    let before = seen(vec![collection("docs")]);
    let mut stale = collection("docs");
    stale.query = failed("failed to query: collection not loaded[collection=7]");
    let text = "a query is not answered; the server says \"failed to query: collection not loaded[collection=7]\"";
    assert_eq!(said(&before, &seen(vec![stale.clone()])), format!("not yet: docs|{text}"));
    assert_eq!(said(&Part::default(), &seen(vec![stale])), format!("not yet: docs|{text}"), "without a baseline too");
}

#[test]
fn what_is_less_than_before_is_said_by_its_weight() {
    let before = seen(vec![collection("docs"), collection("tags"), collection("more"), collection("lost")]);
    let (mut docs, mut tags, mut more) = (collection("docs"), collection("tags"), collection("more"));
    (docs.rows, docs.indexes) = (Part::Known(9_000), Part::Known(vec![]));
    (tags.load, tags.query) = (Part::Known(Load::Loading { progress: Some(0) }), Reply::NotAsked);
    (more.load, more.query) = (Part::Known(Load::NotLoaded), Reply::NotAsked);
    assert_eq!(
        said(&before, &seen(vec![docs, tags, more])),
        "lost: lost|it is gone; tags|it was loaded before, and is loading (0 %); \
         more|it was loaded before, and is not now; \
         docs|it had 10000 rows and has 9000, which deletions by an application look like too; \
         docs|its index is gone: vector_idx"
    );
}

#[test]
fn everything_gone_is_the_worst() {
    let before = seen(vec![collection("docs"), collection("tags")]);
    let verdict = judge(&before, &seen(vec![]));
    assert!(verdict.is_disaster() && !verdict.may_come());
    assert_eq!(verdict.reasons()[0].severity, Severity::Disaster);
    assert_eq!(said(&seen(vec![]), &seen(vec![])), "serving: 0 of 0, compared true ", "there was nothing to lose");
}

#[test]
fn what_failed_before_is_not_laid_on_the_run() {
    let mut broken = collection("docs");
    broken.query = failed("channel not available");
    let look = seen(vec![broken]);
    let note = "docs did not answer before either: channel not available";
    assert_eq!(said(&look, &look), format!("serving: 0 of 1, compared true {note}"));
}

#[test]
fn no_way_to_ask_is_unknown_unless_there_was_one_before() {
    let unseen: Part<Serving> = Part::Unknown("no right to forward ports".into());
    assert_eq!(said(&unseen, &unseen), "unknown: no right to forward ports");
    assert_eq!(
        said(&seen(vec![]), &unseen),
        "not yet: |it answered before, and cannot be asked now: no right to forward ports"
    );
}

#[test]
fn words_of_the_server_that_are_known_come_with_their_cure() {
    let mut stuck = collection("docs");
    stuck.query = failed("channel not available");
    let verdict = judge(&seen(vec![collection("docs")]), &seen(vec![stuck])).explained(Knowledge::builtin());
    let known = verdict.reasons()[0].known.as_ref().expect("it is in the table");
    assert_eq!(known.code, "MV0609");
}

#[test]
fn unknown_parts_are_told_and_not_judged() {
    let mut docs = collection("docs");
    docs.rows = Part::Unknown("this release counts no rows".into());
    let Part::Known(mut now) = seen(vec![docs]) else { unreachable!() };
    now.databases = Part::Unknown("only `default` was looked at".into());
    let before = seen(vec![collection("docs")]);
    let note = "databases: only `default` was looked at";
    assert_eq!(said(&before, &Part::Known(now)), format!("serving: 1 of 1, compared true {note}"));
}
