use semver::Version;
use serde::Deserialize;

use super::{
    Ability, AbilityRow, Advisory, Back, ChartRelease, Condition, DefaultQueue, Driver, EdgeRow, Edition, Flip, Floor,
    InvalidTables, Lever, LeverRow, LineRules, LogLine, Migration, Moved, OperatorRelease, Owner, PartImage, Pause,
    Privilege, PulsarRow, QuirkRow, Release, Removal, RemovedApi, Restore, Shortcut, Store, TimeRow, Trouble,
};
use crate::milvus::{Line, MilvusVersion};

/// All rows of all documents.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tables {
    pub(super) release: Vec<Release>,
    pub(super) line: Vec<LineRules>,
    pub(super) edge: Vec<EdgeRow>,
    pub(super) back: Vec<Back>,
    pub(super) condition: Vec<Condition>,
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
    pub(super) pulsar: Vec<PulsarRow>,
    pub(super) ability: Vec<AbilityRow>,
    pub(super) flip: Vec<Flip>,
    pub(super) shortcut: Vec<Shortcut>,
    pub(super) api: Vec<RemovedApi>,
    pub(super) image: Vec<PartImage>,
    pub(super) moved: Vec<Moved>,
    /// Where images stand among the values of the chart.
    #[serde(skip)]
    pub(super) image_settings: Vec<String>,
    pub(super) store: Vec<Store>,
    pub(super) pause: Vec<Pause>,
    pub(super) privilege: Vec<Privilege>,
    pub(super) restore: Vec<Restore>,
    pub(super) lever: Vec<LeverRow>,
    pub(super) log: Vec<LogLine>,
    pub(super) time: Vec<TimeRow>,
    pub(super) edition: Vec<Edition>,
}

impl Tables {
    pub(super) fn read(documents: &[&str]) -> Result<Self, InvalidTables> {
        let mut all = Self::default();
        for document in documents {
            let read: Self = toml::from_str(document).map_err(|error| InvalidTables::of_toml(document, &error))?;
            all.lay(read);
        }
        all.agree()?;
        let keys = all.image.iter().filter_map(|row| row.values.as_deref());
        all.image_settings = keys.flat_map(|key| ["repository", "tag"].map(|field| format!("{key}.{field}"))).collect();
        Ok(all)
    }

    /// Lays `rows` over these; each replaces the one with its key, and all are in the order of their keys afterwards.
    fn lay(&mut self, rows: Self) {
        replace::<_, MilvusVersion>(&mut self.release, rows.release, |row| row.version.clone());
        replace::<_, Line>(&mut self.line, rows.line, |row| row.line);
        replace::<_, (Line, Line)>(&mut self.edge, rows.edge, |row| (row.from, row.into));
        replace::<_, (Line, Line)>(&mut self.back, rows.back, |row| (row.from, row.into));
        replace::<_, String>(&mut self.condition, rows.condition, |row| row.condition.clone());
        replace::<_, (Line, Line)>(&mut self.migration, rows.migration, |row| (row.from, row.into));
        replace::<_, (String, String)>(&mut self.removal, rows.removal, |row| (row.setting.clone(), row.value.clone()));
        replace::<_, (Line, MilvusVersion)>(&mut self.trouble, rows.trouble, |row| (row.into, row.below.clone()));
        replace::<_, String>(&mut self.advisory, rows.advisory, |row| row.id.clone());
        replace::<_, MilvusVersion>(&mut self.driver, rows.driver, |row| row.milvus.clone());
        replace::<_, Version>(&mut self.operator, rows.operator, |row| row.version.clone());
        replace::<_, MilvusVersion>(&mut self.floor, rows.floor, |row| row.milvus.clone());
        replace::<_, (String, Option<Version>)>(&mut self.quirk, rows.quirk, |row| {
            (format!("{:?}", row.quirk), row.since.clone())
        });
        replace::<_, (String, MilvusVersion)>(&mut self.queue, rows.queue, |row| {
            (row.mode.to_string(), row.milvus.clone())
        });
        replace::<_, String>(&mut self.owner, rows.owner, |row| row.owner.clone());
        replace::<_, Version>(&mut self.chart, rows.chart, |row| row.version.clone());
        replace::<_, u64>(&mut self.pulsar, rows.pulsar, |row| row.generation);
        replace::<_, Ability>(&mut self.ability, rows.ability, |row| row.ability);
        replace::<_, (Version, String)>(&mut self.flip, rows.flip, |row| (row.since.clone(), row.key.clone()));
        replace::<_, String>(&mut self.shortcut, rows.shortcut, |row| row.key.clone());
        replace::<_, (String, String)>(&mut self.api, rows.api, |row| (row.api_version.clone(), row.kind.clone()));
        replace::<_, (String, Version)>(&mut self.image, rows.image, |row| (row.part.clone(), row.since.clone()));
        replace::<_, String>(&mut self.moved, rows.moved, |row| row.from.clone());
        replace::<_, String>(&mut self.store, rows.store, |row| row.store.clone());
        replace::<_, (Line, Line, MilvusVersion)>(&mut self.pause, rows.pause, |row| {
            (row.from, row.into, row.since.clone())
        });
        replace::<_, MilvusVersion>(&mut self.privilege, rows.privilege, |row| row.since.clone());
        replace::<_, Line>(&mut self.restore, rows.restore, |row| row.line);
        replace::<_, (Lever, Line)>(&mut self.lever, rows.lever, |row| (row.lever, row.line));
        replace::<_, String>(&mut self.log, rows.log, |row| row.code.clone());
        replace::<_, super::Time>(&mut self.time, rows.time, |row| row.time);
        replace::<_, String>(&mut self.edition, rows.edition, |row| row.about.clone());
    }

    /// Rows may name what other rows are about; what they name has to be there.
    fn agree(&self) -> Result<(), InvalidTables> {
        let lines: Vec<Line> = self.line.iter().map(|row| row.line).collect();
        let known = |row: String, field: &str, line: Line| {
            let problem = || InvalidTables::of_row(&row, field, format!("no row `line` is about {line}"));
            lines.contains(&line).then_some(()).ok_or_else(problem)
        };
        for row in &self.release {
            known(format!("release {}", row.version), "version", row.version.line())?;
        }
        for row in &self.restore {
            known(format!("restore {}", row.line), "line", row.line)?;
        }
        for row in &self.lever {
            known(format!("lever {:?} {}", row.lever, row.line), "line", row.line)?;
        }
        for row in &self.line {
            let stops = [
                ("minimum_source", &row.minimum_source),
                ("validated_source", &row.validated_source),
                ("leave_from", &row.leave_from),
                ("rolls_from", &row.rolls_from),
            ];
            for (field, stop) in stops {
                let Some(stop) = stop else { continue };
                if self.release.iter().all(|release| release.version != *stop) {
                    let problem = format!("no row `release` is about {stop}");
                    return Err(InvalidTables::of_row(&format!("line {}", row.line), field, problem));
                }
            }
        }
        let edges = self.edge.iter().map(|row| ("edge", row.from, row.into));
        let backs = self.back.iter().map(|row| ("back", row.from, row.into));
        let migrations = self.migration.iter().map(|row| ("migration", row.from, row.into));
        let pauses = self.pause.iter().map(|row| ("pause", row.from, row.into));
        for (table, from, into) in edges.chain(backs).chain(migrations).chain(pauses) {
            known(format!("{table} {from} {into}"), "from", from)?;
            known(format!("{table} {from} {into}"), "into", into)?;
        }
        for row in &self.back {
            let unknown = row.conditions.iter().find(|name| self.condition.iter().all(|it| it.condition != **name));
            if let Some(name) = unknown {
                let problem = format!("no row `condition` is named {name}");
                return Err(InvalidTables::of_row(&format!("back {} {}", row.from, row.into), "conditions", problem));
            }
        }
        Ok(())
    }
}

fn replace<Row, Key: Ord>(rows: &mut Vec<Row>, new: Vec<Row>, key: impl Fn(&Row) -> Key) {
    rows.retain(|row| new.iter().all(|other| key(other) != key(row)));
    rows.extend(new);
    rows.sort_by_key(key);
}
