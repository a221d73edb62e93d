use super::{Doubt, Edge, Knowledge, LineRules};
use crate::milvus::MilvusVersion;

/// What a step weighs. A stop more is worth it where a release should be left from a later one, or where the makers tried the step
/// from a later one; not for a line that is merely jumped over.
const STEP: u32 = 10;
const UNTRIED: u32 = 4;
const TROUBLE: u32 = 3;
const EARLY: u32 = 15;

impl Knowledge {
    /// The line on the way from `from` to `to` that asks for a newer source than `from`.
    pub fn barrier(&self, from: &MilvusVersion, to: &MilvusVersion) -> Option<&LineRules> {
        let too_old = |rules: &&LineRules| {
            rules.minimum_source.as_ref().is_some_and(|minimum| from.numbers() < minimum.numbers())
        };
        self.entered(from, to).find(too_old)
    }

    /// The versions to go through, ending with `to`: the cheapest chain of steps of which none is denied. Just `to` where
    /// one step does it; empty where `to` is not newer, or where nothing leads there.
    pub fn hops(&self, from: &MilvusVersion, to: &MilvusVersion) -> Vec<MilvusVersion> {
        self.way(from, to).unwrap_or_default()
    }

    /// The same, or why there is no way.
    pub fn way(&self, from: &MilvusVersion, to: &MilvusVersion) -> Result<Vec<MilvusVersion>, String> {
        if from == to {
            return Ok(vec![]);
        }
        let stops = self.stops(from, to);
        // The cheapest way to each stop, and the stop before it, the newest of those that cost the same; versions climb, so one
        // pass does it.
        let mut best: Vec<Option<(u32, usize)>> = vec![None; stops.len()];
        for there in 1..stops.len() {
            for here in 0..there {
                let so_far = if here == 0 { Some(0) } else { best[here].map(|(cost, _)| cost) };
                let (Some(so_far), Some(step)) = (so_far, self.cost(&stops[here], &stops[there])) else { continue };
                let cost = so_far + step;
                if best[there].is_none_or(|(known, _)| cost <= known) {
                    best[there] = Some((cost, here));
                }
            }
        }
        let mut hops = vec![];
        let mut place = stops.len() - 1;
        while place != 0 {
            let Some((_, before)) = best[place] else { return Err(self.obstacle(from, to)) };
            hops.push(stops[place].clone());
            place = before;
        }
        hops.reverse();
        if hops.is_empty() { Err(self.obstacle(from, to)) } else { Ok(hops) }
    }

    /// Where a way may stop, oldest first: both ends, the newest release of every line between, and those that a row names.
    fn stops(&self, from: &MilvusVersion, to: &MilvusVersion) -> Vec<MilvusVersion> {
        let newest = self.lines().into_iter().filter_map(|line| self.newest_of(line)).map(|release| &release.version);
        let rules = self.tables.line.iter();
        let named = rules.flat_map(|rules| [&rules.leave_from, &rules.minimum_source, &rules.validated_source]);
        let mut stops: Vec<MilvusVersion> = newest.chain(named.flatten()).cloned().collect();
        stops.retain(|stop| from < stop && stop < to);
        stops.sort();
        stops.dedup();
        stops.insert(0, from.clone());
        stops.extend((from < to).then(|| to.clone()));
        stops
    }

    /// What one step weighs; `None` where it is denied.
    fn cost(&self, from: &MilvusVersion, to: &MilvusVersion) -> Option<u32> {
        let doubts = match self.edge(from, to) {
            Edge::Denied { .. } => return None,
            Edge::Migration { .. } => vec![],
            Edge::Image { doubts } => doubts,
        };
        let jumped = u32::try_from(self.entered(from, to).count()).unwrap_or(u32::MAX).saturating_sub(1).max(1);
        let weights = doubts.iter().map(|doubt| match doubt {
            Doubt::Untried(_) => UNTRIED.saturating_mul(jumped),
            Doubt::LeavesEarly(_) | Doubt::BelowValidated(_) => EARLY,
            Doubt::Trouble(_) => TROUBLE,
        });
        Some(STEP + weights.sum::<u32>())
    }

    /// Why nothing leads there.
    fn obstacle(&self, from: &MilvusVersion, to: &MilvusVersion) -> String {
        match self.edge(from, to) {
            Edge::Denied { reason } => reason,
            _ => format!("nothing leads from {from} to {to}"),
        }
    }

    /// The version to propose for an instance that runs `from`: the newest of its line; from there a release of the furthest
    /// recommended line, or the first stop on the way to it. None where it runs the newest that is recommended.
    pub fn recommended_target(&self, from: &MilvusVersion) -> Option<MilvusVersion> {
        if let Some(newest) = self.newest_patch(from) {
            return Some(newest.version.clone());
        }
        let lines = self.lines();
        let newer = lines.iter().rev().filter(|line| **line > from.line());
        let mut recommended = newer.filter(|line| self.line_rules(**line).is_some_and(|rules| rules.recommended));
        let furthest = recommended.find_map(|line| self.newest_of(*line))?;
        self.hops(from, &furthest.version).into_iter().next()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        knowledge::{Edge, Knowledge},
        milvus::MilvusVersion,
    };

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
            ("2.2.3", "2.5.27", "2.2.16 2.5.27"),
            ("2.2.14", "2.3.22", "2.2.16 2.3.22"),
            ("2.6.6", "3.0.0", "2.6.22 3.0.0"),
            ("2.6.20", "3.0.0", "3.0.0"),
            ("2.0.2", "3.0.0", "2.1.4 2.2.16 2.5.27 2.6.22 3.0.0"),
            ("2.6.0-rc1", "2.6.22", ""),
        ] {
            assert_eq!(hops(knowledge, from, to), way, "{from} to {to}");
        }
    }

    #[test]
    fn what_is_proposed_is_one_step_away() {
        let knowledge = Knowledge::builtin();
        for (from, target) in [
            ("2.1.4", Some("2.2.16")),
            ("2.1.0", Some("2.1.4")),
            ("2.4.1", Some("2.4.24")),
            ("2.4.24", Some("2.5.27")),
            ("2.5.10", Some("2.5.27")),
            ("2.5.27", Some("2.6.22")),
            ("2.6.6", Some("2.6.22")),
            ("2.6.22", None),
            ("3.0.0", None),
        ] {
            assert_eq!(knowledge.recommended_target(&version(from)), target.map(version), "{from}");
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
            leaves = ['datanode']
            source = 'made up for this test'
            [[back]]
            from = '3.1'
            into = '3.0'
            class = 'restore-only'
            reason = 'it writes what 3.0 cannot read'
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
        fn a_way_climbs_over_allowed_steps_and_ends_at_its_target_or_says_why(from in any_version(), to in any_version()) {
            let knowledge = Knowledge::builtin();
            match knowledge.way(&from, &to) {
                Err(reason) => prop_assert!(!reason.is_empty()),
                Ok(hops) => {
                    prop_assert_eq!(hops.is_empty(), from == to);
                    let mut here = from;
                    for hop in &hops {
                        prop_assert!(here < *hop);
                        let denied = matches!(knowledge.edge(&here, hop), Edge::Denied { .. });
                        prop_assert!(!denied, "{} to {}", here, hop);
                        here = hop.clone();
                    }
                    prop_assert_eq!(here, to);
                }
            }
        }
    }
}
