use serde::{Deserialize, Serialize};

use super::Knowledge;
use crate::milvus::{Component, Line, MilvusVersion};

/// How an older release comes to run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackClass {
    /// Its image does it.
    Safe,
    /// Its image does it where all conditions hold.
    Conditional,
    /// Only a backup from before does it.
    RestoreOnly,
}

/// A pair of lines, and what leads back between them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Back {
    /// The line that runs.
    pub from: Line,
    /// The line that would run again.
    pub into: Line,
    /// The row concerns what runs from this release on; within one line, only a step back to before it.
    pub since: Option<MilvusVersion>,
    /// The oldest release that can be started again.
    pub least: Option<MilvusVersion>,
    /// What leads back.
    pub class: BackClass,
    /// Components that have to be newer, every one, before the row holds: until then its step was not wholly taken.
    #[serde(default)]
    pub once: Vec<Component>,
    /// Names of the conditions that must hold.
    #[serde(default)]
    pub conditions: Vec<String>,
    /// Why.
    pub reason: String,
    /// Where this is written.
    pub source: String,
}

/// Something that must be true before one goes back by image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Its name.
    pub condition: String,
    /// What must be true.
    pub what: String,
    /// Keys of the configuration that tell; it holds where each is missing or has its value.
    #[serde(default)]
    pub settings: Vec<ConditionSetting>,
    /// Where this is written.
    pub source: String,
}

/// A key of the configuration, and the value that it may have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionSetting {
    /// The key, with dots between its parts.
    pub key: String,
    /// The value that does no harm; empty where any value does.
    pub value: String,
}

/// The condition that a backup is named.
const BACKUP: &str = "backup";

/// What leads back from one release to an older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack<'a> {
    /// The worst of all pairs of lines between.
    pub class: BackClass,
    /// What must be true besides, in the order of the pairs from the newest down.
    pub conditions: Vec<&'a Condition>,
    /// Why it is no better; empty where it is safe.
    pub reason: String,
    /// The line whose entry made it what it is, where it is not safe.
    pub line: Option<Line>,
    /// Components of which all have to have entered that line, or nothing is lost yet.
    pub once: &'a [Component],
}

impl WayBack<'_> {
    const SAFE: Self =
        Self { class: BackClass::Safe, conditions: vec![], reason: String::new(), line: None, once: &[] };

    /// Whether a backup has to be at hand, for nothing else leads back or it is a condition.
    pub fn needs_backup(&self) -> bool {
        self.class == BackClass::RestoreOnly || self.conditions.iter().any(|condition| condition.condition == BACKUP)
    }
}

/// A line whose entry cannot be taken back without a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// The line.
    pub line: Line,
    /// Why.
    pub reason: String,
}

impl Knowledge {
    /// What leads back from `now` to `to`, an older release. The same or a newer release is safe: nothing is taken back.
    pub fn way_back(&self, now: &MilvusVersion, to: &MilvusVersion) -> WayBack<'_> {
        if now <= to {
            return WayBack::SAFE;
        }
        if now.line() == to.line() {
            let row = self.tables.back.iter().find(|row| row.is_within(now, to));
            return row.map_or(WayBack::SAFE, |row| self.of_row(row));
        }
        let mut lines: Vec<Line> = self.lines().into_iter().filter(|line| *line > to.line()).collect();
        lines.retain(|line| *line < now.line());
        lines.insert(0, to.line());
        lines.push(now.line());
        let pairs = lines.windows(2).rev().map(|pair| self.pair(pair[0], pair[1], now, to));
        pairs.fold(WayBack::SAFE, |mut worst, pair| {
            worst.conditions.extend(
                pair.conditions.iter().filter(|it| !worst.conditions.contains(it)).copied().collect::<Vec<_>>(),
            );
            if pair.class > worst.class {
                worst = WayBack { conditions: worst.conditions, ..pair };
            }
            if worst.class == BackClass::RestoreOnly {
                worst.conditions.clear();
            }
            worst
        })
    }

    /// What leads back over one pair of neighbouring lines.
    fn pair(&self, older: Line, newer: Line, now: &MilvusVersion, to: &MilvusVersion) -> WayBack<'_> {
        let fits = |row: &&Back| {
            let since = row.since.as_ref().is_none_or(|since| now.line() != newer || now >= since);
            row.from == newer && row.into == older && since
        };
        let Some(row) = self.tables.back.iter().find(fits) else {
            let reason = format!("nothing is known of going back from {newer} to {older}");
            return WayBack { class: BackClass::RestoreOnly, conditions: vec![], reason, line: Some(newer), once: &[] };
        };
        match &row.least {
            Some(least) if to.line() == older && to.numbers() < least.numbers() => WayBack {
                class: BackClass::RestoreOnly,
                conditions: vec![],
                reason: format!("of {older} only {least} and newer start on what {newer} has written"),
                line: Some(newer),
                once: &[],
            },
            _ => self.of_row(row),
        }
    }

    fn of_row<'a>(&'a self, row: &'a Back) -> WayBack<'a> {
        let named = |name: &String| self.tables.condition.iter().find(|condition| condition.condition == *name);
        WayBack {
            class: row.class,
            conditions: row.conditions.iter().filter_map(named).collect(),
            reason: row.reason.clone(),
            line: Some(row.from),
            once: &row.once,
        }
    }

    /// The first line on the way from `from` to `to`, a newer release, whose entry only a restore takes back.
    pub fn undo_boundary(&self, from: &MilvusVersion, to: &MilvusVersion) -> Option<Boundary> {
        let entered: Vec<Line> = self.entered(from, to).map(|rules| rules.line).collect();
        let known = entered.into_iter().chain((from.line() < to.line()).then(|| to.line()));
        let mut older = from.clone();
        for line in known {
            let first = if line == to.line() { to.clone() } else { self.newest_of(line)?.version.clone() };
            let back = self.way_back(&first, &older);
            if back.needs_backup() {
                return Some(Boundary { line, reason: back.reason });
            }
            older = first;
        }
        None
    }

    /// Whether a step between these versions is taken back with a backup only.
    pub fn needs_backup(&self, from: &MilvusVersion, to: &MilvusVersion) -> bool {
        self.way_back(to, from).needs_backup()
    }
}

impl Back {
    /// Whether this is about a step back inside one line, over the release that the row names.
    fn is_within(&self, now: &MilvusVersion, to: &MilvusVersion) -> bool {
        let over = self.since.as_ref().is_none_or(|since| now >= since && to < since);
        self.from == now.line() && self.into == now.line() && over
    }
}

#[cfg(test)]
mod tests {
    use super::BackClass::{Conditional, RestoreOnly, Safe};
    use crate::{knowledge::Knowledge, milvus::MilvusVersion};

    fn version(text: &str) -> MilvusVersion {
        text.parse().expect("a version")
    }

    #[test]
    fn every_pair_has_its_class() {
        let knowledge = Knowledge::builtin();
        for (now, to, class, conditions) in [
            ("2.5.27", "2.5.10", Safe, 0),
            ("2.6.22", "2.6.6", Safe, 0),
            ("2.6.22", "2.6.5", Conditional, 1),
            ("2.6.5", "2.6.0", Safe, 0),
            ("2.5.27", "2.4.24", Conditional, 2),
            ("2.5.27", "2.3.22", RestoreOnly, 0),
            ("2.4.1", "2.3.15", RestoreOnly, 0),
            ("2.2.16", "2.1.4", RestoreOnly, 0),
            ("2.6.22", "2.5.27", RestoreOnly, 0),
            ("3.0.0", "2.6.22", Conditional, 3),
            ("3.0.0", "2.6.20", Conditional, 3),
            ("3.0.0", "2.6.19", RestoreOnly, 0),
            ("3.0.0", "2.5.27", RestoreOnly, 0),
            ("3.1.0", "3.0.0", RestoreOnly, 0),
            ("2.5.10", "2.5.10", Safe, 0),
            ("2.5.10", "2.5.27", Safe, 0),
        ] {
            let back = knowledge.way_back(&version(now), &version(to));
            assert_eq!((back.class, back.conditions.len()), (class, conditions), "{now} to {to}: {back:?}");
            assert_eq!(back.reason.is_empty(), class == Safe, "{now} to {to}");
        }
    }

    #[test]
    fn steps_that_need_a_backup_are_known_before_they_are_taken() {
        let knowledge = Knowledge::builtin();
        for (from, to, needed, line) in [
            ("2.5.22", "2.6.6", true, Some("2.6")),
            ("2.6.20", "3.0.0", true, Some("3.0")),
            ("2.1.4", "2.2.16", true, Some("2.2")),
            ("2.6.1", "2.6.6", false, None),
            ("2.4.1", "2.5.27", false, None),
            ("2.3.1", "2.5.27", true, Some("2.4")),
            ("2.6.6", "2.5.27", false, None),
        ] {
            let (from, to) = (version(from), version(to));
            assert_eq!(knowledge.needs_backup(&from, &to), needed, "{from} to {to}");
            let boundary = knowledge.undo_boundary(&from, &to).map(|boundary| boundary.line.to_string());
            assert_eq!(boundary.as_deref(), line, "{from} to {to}");
        }
    }
}
