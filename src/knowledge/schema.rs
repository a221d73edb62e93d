//! One test of the schema over all tables.

use std::collections::BTreeSet;

use super::{BUILT_IN, BackClass, Knowledge, Quirk, Time};
use crate::milvus::MilvusVersion;

fn raw() -> toml::Table {
    let mut all = toml::Table::new();
    for document in BUILT_IN {
        for (name, rows) in toml::from_str::<toml::Table>(document).expect("TOML") {
            assert!(all.insert(name.clone(), rows).is_none(), "the table `{name}` is in two files");
        }
    }
    all
}

/// What tells a row of this table from its neighbours.
fn identity(table: &str) -> &'static [&'static str] {
    match table {
        "release" | "operator" | "chart" => &["version"],
        "edge" | "back" | "migration" => &["from", "into"],
        "condition" => &["condition"],
        "image" => &["part", "since"],
        "moved" => &["from"],
        "store" => &["store"],
        "pause" => &["from", "into", "since"],
        "privilege" => &["since"],
        "log" => &["code"],
        "time" => &["time"],
        "edition" => &["about"],
        "pulsar" => &["generation"],
        "ability" => &["ability"],
        "flip" => &["since", "key"],
        "shortcut" => &["key"],
        "api" => &["api_version", "kind"],
        "line" | "restore" => &["line"],
        "lever" => &["lever", "line"],
        "advisory" => &["id"],
        "owner" => &["owner", "marks"],
        "quirk" => &["quirk", "since"],
        "queue" => &["mode", "milvus"],
        "floor" | "driver" => &["milvus"],
        "trouble" => &["into", "below"],
        "removal" => &["setting", "value"],
        other => panic!("say what tells the rows of the table `{other}` apart"),
    }
}

#[test]
fn every_row_has_a_source_and_is_there_once() {
    for (table, rows) in raw() {
        let mut seen = BTreeSet::new();
        for row in rows.as_array().expect("an array of rows") {
            let source = row.get("source").and_then(toml::Value::as_str).unwrap_or_default();
            assert!(source.len() >= 8, "{table}: no source for {row:?}");
            let identity: Vec<_> = identity(&table).iter().map(|key| format!("{:?}", row.get(*key))).collect();
            assert!(seen.insert(identity), "{table}: twice {row:?}");
        }
    }
}

#[test]
fn rows_stand_in_the_order_of_their_versions() {
    let knowledge = Knowledge::builtin();
    let raw = raw();
    let written = |table: &str| -> Vec<String> {
        let rows = raw[table].as_array().expect("an array of rows");
        let key = identity(table)[0];
        rows.iter().map(|row| row[key].as_str().expect("a text").to_owned()).collect()
    };
    let releases: Vec<String> = knowledge.tables.release.iter().map(|row| row.version.to_string()).collect();
    assert_eq!(written("release"), releases);
    let operators: Vec<String> = knowledge.tables.operator.iter().map(|row| row.version.to_string()).collect();
    assert_eq!(written("operator"), operators);
    let lines: Vec<String> = knowledge.tables.line.iter().map(|row| row.line.to_string()).collect();
    assert_eq!(written("line"), lines);
}

#[test]
fn every_release_belongs_to_a_line_and_every_line_has_a_release() {
    let knowledge = Knowledge::builtin();
    for release in &knowledge.tables.release {
        assert!(knowledge.line_rules(release.version.line()).is_some(), "{}", release.version);
    }
    for line in knowledge.lines() {
        assert!(knowledge.newest_of(line).is_some(), "{line}");
    }
}

#[test]
fn every_floor_is_an_operator_that_was_released() {
    let knowledge = Knowledge::builtin();
    let operators: Vec<_> = knowledge.operators().iter().map(|row| &row.version).collect();
    for floor in &knowledge.tables.floor {
        assert!(floor.minimum <= floor.advised && operators.contains(&&floor.minimum), "{floor:?}");
        assert!(operators.contains(&&floor.advised), "{floor:?}");
    }
}

#[test]
fn every_time_has_a_row() {
    for time in Time::ALL {
        assert_ne!(Knowledge::builtin().seconds(time), 0, "{time:?}");
    }
}

#[test]
fn log_lines_are_codes_of_their_own_with_a_cure_and_a_link() {
    for row in Knowledge::builtin().log_lines() {
        let number = row.code.strip_prefix("MV06").and_then(|digits| digits.parse::<u8>().ok());
        assert!(number.is_some_and(|number| number >= 3), "{}", row.code);
        assert!(row.text.iter().all(|piece| piece.len() >= 6) && !row.text.is_empty(), "{}", row.code);
        assert!(row.link.starts_with("https://") && row.title.len() > 10, "{}", row.code);
        assert!(!row.meaning.ends_with('.') && !row.cure.ends_with('.') && !row.cure.is_empty(), "{}", row.code);
    }
}

#[test]
fn images_and_the_charts_of_operators_are_of_known_charts() {
    let knowledge = Knowledge::builtin();
    for row in &knowledge.tables.image {
        assert_eq!(row.repository.is_some(), row.tag.is_some(), "{row:?}");
        assert!(knowledge.chart(&row.since).is_some(), "{row:?}");
    }
}

#[test]
fn a_repeated_row_takes_the_place_of_a_built_in_one() {
    let rows = "
        [[back]]
        from = '2.5'
        into = '2.4'
        class = 'safe'
        reason = ''
        source = 'made up for this test'
        [[queue]]
        mode = 'cluster'
        milvus = '2.0.0'
        queue = 'kafka'
        source = 'made up for this test'
        [[quirk]]
        quirk = 'misreads-registry-port'
        since = '1.3.0'
        below = '1.3.2'
        reason = 'made up'
        source = 'made up for this test'
    ";
    let (before, after) = (Knowledge::builtin(), Knowledge::builtin_with(rows).expect("well written"));
    for (old, new) in [
        (before.tables.back.len(), after.tables.back.len()),
        (before.tables.queue.len(), after.tables.queue.len()),
        (before.tables.quirk.len(), after.tables.quirk.len()),
    ] {
        assert_eq!(old, new);
    }
    let (now, to) = (MilvusVersion::new(2, 5, 1), MilvusVersion::new(2, 4, 1));
    assert_eq!(after.way_back(&now, &to).class, BackClass::Safe);
    assert!(after.quirk(Quirk::MisreadsRegistryPort, &semver::Version::new(1, 3, 3)).is_none());
}
