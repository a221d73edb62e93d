//! Rules about the way back by a restore.

use super::{Answer, Ground, Problem, evidence};

/// MV0701: only a restore takes the step back, and nobody said from what.
pub(super) fn not_named(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    // A migration keeps what it rewrites.
    if target.is_migration() {
        return Answer::NotApplicable;
    }
    let Some(boundary) = ground.knowledge.undo_boundary(&from, &target.version) else { return Answer::NotApplicable };
    if target.backup.as_deref().is_some_and(|backup| !backup.trim().is_empty()) {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("the way back from {} is a restore, and no backup is named: {}", boundary.line, boundary.reason),
    )
    .seen([evidence::running(ground), format!("target: {}", target.image)])
    .fix("--backup REF, or --accept MV0701")
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Verdict, trial, trial_with};
    use crate::snapshot::sample::{self, healthy_cluster};

    #[test]
    fn a_backup_is_asked_for_where_nothing_else_leads_back() {
        for (from, to, verdict) in [
            ("2.5.22", Some("2.6.6"), Verdict::Fires),
            ("2.6.20", Some("3.0.0"), Verdict::Fires),
            ("2.6.1", Some("2.6.6"), Verdict::Absent),
            ("2.4.24", Some("2.5.27"), Verdict::Absent),
            ("2.5.22", None, Verdict::Absent),
        ] {
            let mut snapshot = healthy_cluster();
            sample::run_image(&mut snapshot, &format!("milvusdb/milvus:v{from}"));
            assert_eq!(trial(&snapshot, to, 701).verdict(), verdict, "{from} to {to:?}");
        }
        let named = |backup: &'static str| {
            trial_with(&healthy_cluster(), "2.6.6", 701, |target| target.backup = Some(backup.into())).verdict()
        };
        assert_eq!(named("nightly-1120"), Verdict::Fine);
        assert_eq!(named(" "), Verdict::Fires);
    }
}
