use super::{Knowledge, LineRules};
use crate::milvus::MilvusVersion;

/// Longer ways than this come from rows that contradict each other.
const MOST_HOPS: usize = 16;

impl Knowledge {
    /// The line on the way from `from` to `to` that asks for a newer source than `from`.
    pub fn barrier(&self, from: &MilvusVersion, to: &MilvusVersion) -> Option<&LineRules> {
        let too_old = |rules: &&LineRules| {
            rules.minimum_source.as_ref().is_some_and(|minimum| from.numbers() < minimum.numbers())
        };
        self.entered(from, to).find(too_old)
    }

    /// The versions to go through, ending with `to`: a stop at the newest release wherever a line asks for a newer
    /// source, and around a migration. Just `to` where one step does it; empty where `to` is not newer.
    pub fn hops(&self, from: &MilvusVersion, to: &MilvusVersion) -> Vec<MilvusVersion> {
        let mut hops = Vec::new();
        let mut here = from.clone();
        while here < *to && hops.len() < MOST_HOPS {
            let next = self.stop(&here, to).filter(|stop| here < *stop && stop < to).unwrap_or_else(|| to.clone());
            hops.push(next.clone());
            here = next;
        }
        hops
    }

    /// The next mandatory stop.
    fn stop(&self, here: &MilvusVersion, to: &MilvusVersion) -> Option<MilvusVersion> {
        let newest = |line| self.newest_of(line).map(|release| release.version.clone());
        if let Some(migration) = self.migration(here, to) {
            return newest(if here.line() == migration.from { migration.into } else { migration.from });
        }
        newest(self.barrier(here, to)?.minimum_source.as_ref()?.line())
    }

    /// The version to propose for an instance that runs `from`: a release of the next recommended line that one step
    /// reaches, else the newest of its own line. None where it runs the newest that is recommended.
    pub fn recommended_target(&self, from: &MilvusVersion) -> Option<MilvusVersion> {
        let lines = self.lines();
        let newer = lines.iter().rev().filter(|line| **line > from.line());
        let mut recommended = newer.filter(|line| self.line_rules(**line).is_some_and(|rules| rules.recommended));
        let furthest = recommended.find_map(|line| self.newest_of(*line));
        match furthest {
            Some(release) => self.hops(from, &release.version).into_iter().next(),
            None => self.newest_patch(from).map(|release| release.version.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{knowledge::Knowledge, milvus::MilvusVersion};

    fn version(text: &str) -> MilvusVersion {
        text.parse().expect("a version")
    }

    fn hops(knowledge: &Knowledge, from: &str, to: &str) -> String {
        let hops: Vec<String> = knowledge.hops(&version(from), &version(to)).iter().map(ToString::to_string).collect();
        hops.join(" ")
    }

    #[test]
    fn the_way_stops_where_a_line_asks_for_a_newer_source() {
        let knowledge = Knowledge::builtin();
        for (from, to, way) in [
            ("2.5.22", "2.6.6", "2.6.6"),
            ("2.5.10", "2.6.6", "2.5.27 2.6.6"),
            ("2.3.5", "2.6.6", "2.5.27 2.6.6"),
            ("2.5.10", "3.0.0", "2.5.27 2.6.22 3.0.0"),
            ("2.1.4", "2.2.16", "2.2.16"),
            ("2.1.4", "2.5.27", "2.2.16 2.5.27"),
            ("2.0.2", "2.2.16", "2.1.4 2.2.16"),
            ("2.2.16", "2.5.27", "2.5.27"),
            ("2.6.6", "2.5.27", ""),
            ("2.6.6", "2.6.6", ""),
        ] {
            assert_eq!(hops(knowledge, from, to), way, "{from} to {to}");
        }
    }

    #[test]
    fn what_is_proposed_is_one_step_away() {
        let knowledge = Knowledge::builtin();
        for (from, target) in [
            ("2.1.4", Some("2.2.16")),
            ("2.4.1", Some("2.5.27")),
            ("2.5.10", Some("2.5.27")),
            ("2.5.22", Some("2.6.22")),
            ("2.6.6", Some("2.6.22")),
            ("2.6.22", None),
            ("3.0.0", None),
        ] {
            assert_eq!(knowledge.recommended_target(&version(from)), target.map(version), "{from}");
        }
    }

    #[test]
    fn steps_that_only_a_backup_undoes_are_known() {
        let knowledge = Knowledge::builtin();
        for (from, to, needed) in [
            ("2.5.22", "2.6.6", true),
            ("2.6.20", "3.0.0", true),
            ("2.1.4", "2.2.16", true),
            ("2.6.1", "2.6.6", false),
            ("2.3.1", "2.5.27", false),
            ("2.6.6", "2.5.27", false),
        ] {
            assert_eq!(knowledge.needs_backup(&version(from), &version(to)), needed, "{from} to {to}");
        }
    }

    #[test]
    fn a_new_line_is_a_change_of_tables_only() {
        let rows = "
            [[release]]
            version = '3.1.0'
            date = '2027-01-15'
            source = 'made up for this test'
            [[line]]
            line = '3.1'
            minimum_source = '3.0.0'
            only_backup_undoes = 'it writes what 3.0 cannot read'
            leaves = ['datanode']
            source = 'made up for this test'
            [[floor]]
            milvus = '3.1.0'
            minimum = '1.4.0'
            advised = '1.4.1'
            reason = 'it is the first that knows 3.1'
            source = 'made up for this test'
        ";
        let knowledge = Knowledge::builtin_with(rows).expect("the rows are well written");
        assert_eq!(hops(&knowledge, "2.6.22", "3.1.0"), "3.0.0 3.1.0");
        assert_eq!(knowledge.recommended_target(&version("3.0.0")), Some(version("3.1.0")));
        assert!(knowledge.needs_backup(&version("3.0.0"), &version("3.1.0")));
        assert_eq!(knowledge.leaving(&version("3.0.0"), &version("3.1.0")).len(), 1);
        assert_eq!(
            knowledge.operator_floor(&version("3.1.0")).map(|floor| floor.minimum.to_string()),
            Some("1.4.0".into())
        );
        assert_eq!(
            hops(Knowledge::builtin(), "2.6.22", "3.0.0"),
            "3.0.0",
            "the tables that are compiled in are untouched"
        );
    }

    fn any_version() -> impl Strategy<Value = MilvusVersion> {
        (1u64..5, 0u64..8, 0u64..30).prop_map(|(major, minor, patch)| MilvusVersion::new(major, minor, patch))
    }

    proptest! {
        #[test]
        fn a_way_climbs_and_ends_at_its_target(from in any_version(), to in any_version()) {
            let knowledge = Knowledge::builtin();
            let hops = knowledge.hops(&from, &to);
            prop_assert_eq!(hops.is_empty(), from >= to);
            prop_assert!(hops.is_empty() || hops.last() == Some(&to));
            let mut here = from;
            for hop in hops {
                prop_assert!(here < hop);
                prop_assert!(knowledge.barrier(&here, &hop).is_none());
                here = hop;
            }
        }
    }
}
