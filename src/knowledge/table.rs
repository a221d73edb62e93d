use semver::Version;
use serde::Deserialize;

use super::{
    Advisory, ChartImage, ChartRelease, DefaultQueue, Driver, Flip, Floor, LineRules, Migration, OperatorRelease,
    Owner, QuirkRow, Release, Removal, RemovedApi, Shortcut, Trouble,
};
use crate::milvus::{Line, MilvusVersion};

/// All rows of all documents.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tables {
    pub(super) release: Vec<Release>,
    pub(super) line: Vec<LineRules>,
    pub(super) migration: Vec<Migration>,
    pub(super) removal: Vec<Removal>,
    pub(super) trouble: Vec<Trouble>,
    pub(super) advisory: Vec<Advisory>,
    pub(super) driver: Vec<Driver>,
    pub(super) operator: Vec<OperatorRelease>,
    pub(super) floor: Vec<Floor>,
    pub(super) quirk: Vec<QuirkRow>,
    pub(super) queue: Vec<DefaultQueue>,
    pub(super) owner: Vec<Owner>,
    pub(super) chart: Vec<ChartRelease>,
    pub(super) flip: Vec<Flip>,
    pub(super) image: Vec<ChartImage>,
    pub(super) shortcut: Vec<Shortcut>,
    pub(super) api: Vec<RemovedApi>,
}

impl Tables {
    pub(super) fn read(documents: &[&str]) -> Result<Self, String> {
        let mut all = Self::default();
        for document in documents {
            let read: Self = toml::from_str(document).map_err(|error| format!("cannot read the tables: {error}"))?;
            all.lay(read);
        }
        Ok(all)
    }

    /// Lays `rows` over these; rows with an identity replace their like, all are in order afterwards.
    fn lay(&mut self, rows: Self) {
        replace::<_, MilvusVersion>(&mut self.release, rows.release, |row| row.version.clone());
        replace::<_, Line>(&mut self.line, rows.line, |row| row.line);
        replace::<_, Version>(&mut self.operator, rows.operator, |row| row.version.clone());
        replace::<_, String>(&mut self.advisory, rows.advisory, |row| row.id.clone());
        replace::<_, String>(&mut self.owner, rows.owner, |row| row.owner.clone());
        replace::<_, MilvusVersion>(&mut self.floor, rows.floor, |row| row.milvus.clone());
        replace::<_, MilvusVersion>(&mut self.driver, rows.driver, |row| row.milvus.clone());
        replace::<_, Version>(&mut self.chart, rows.chart, |row| row.version.clone());
        replace::<_, (Version, String)>(&mut self.flip, rows.flip, |row| (row.since.clone(), row.key.clone()));
        replace::<_, (Version, String)>(&mut self.image, rows.image, |row| (row.since.clone(), row.of.clone()));
        replace::<_, String>(&mut self.shortcut, rows.shortcut, |row| row.key.clone());
        replace::<_, (String, String)>(&mut self.api, rows.api, |row| (row.api_version.clone(), row.kind.clone()));
        self.migration.extend(rows.migration);
        self.removal.extend(rows.removal);
        self.trouble.extend(rows.trouble);
        self.quirk.extend(rows.quirk);
        self.queue.extend(rows.queue);
    }
}

fn replace<Row, Key: Ord>(rows: &mut Vec<Row>, new: Vec<Row>, key: impl Fn(&Row) -> Key) {
    rows.retain(|row| new.iter().all(|other| key(other) != key(row)));
    rows.extend(new);
    rows.sort_by_key(key);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::knowledge::{BUILT_IN, Knowledge};

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
            "flip" => &["since", "key"],
            "image" => &["since", "of"],
            "shortcut" => &["key"],
            "api" => &["api_version", "kind"],
            "line" => &["line"],
            "advisory" => &["id"],
            "owner" => &["owner"],
            "quirk" => &["quirk", "since"],
            "queue" => &["mode", "milvus"],
            "floor" | "driver" => &["milvus"],
            "trouble" => &["into", "below"],
            "migration" => &["from", "into"],
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
    fn every_stop_that_a_row_names_is_a_release() {
        let knowledge = Knowledge::builtin();
        for row in &knowledge.tables.line {
            for stop in
                [&row.minimum_source, &row.validated_source, &row.leave_from, &row.rolls_from].into_iter().flatten()
            {
                assert!(knowledge.release(stop).is_some(), "{stop} of line {}", row.line);
            }
        }
        let operators: Vec<_> = knowledge.operators().iter().map(|row| &row.version).collect();
        for floor in &knowledge.tables.floor {
            assert!(floor.minimum <= floor.advised && operators.contains(&&floor.minimum), "{floor:?}");
            assert!(operators.contains(&&floor.advised), "{floor:?}");
        }
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let error = Knowledge::builtin_with("[[line]]\nline = '3.1'\nminimum_sauce = '3.0.0'\nsource = 'x'\n");
        assert!(error.expect_err("an unknown field").contains("minimum_sauce"));
    }
}
