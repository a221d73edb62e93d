//! Rules about a release by itself: the wanted one, or the running one where none is wanted.

use super::{Answer, Ground, Problem, evidence};
use crate::{
    knowledge::Standing,
    milvus::{MilvusVersion, Mode},
};

/// The version that is judged.
fn subject(ground: &Ground<'_>) -> Result<MilvusVersion, Answer> {
    ground.target.map_or_else(|| ground.running(), |target| Ok(target.version.clone()))
}

/// Where that version was seen.
fn seen(ground: &Ground<'_>) -> String {
    match ground.target {
        Some(target) => format!("target: {}", target.image),
        None => evidence::running(ground),
    }
}

/// The command that takes the newest release of the same line, where there is a newer one.
fn newest(ground: &Ground<'_>, version: &MilvusVersion) -> String {
    match ground.knowledge.newest_patch(version) {
        Some(release) => evidence::upgrade(ground.milvus(), &release.version),
        None => "no release of this line is better; take one of a later line".to_owned(),
    }
}

/// MV0106: nothing leads to the wanted release, or away from the running one.
pub(super) fn incompatible(ground: &Ground<'_>) -> Answer {
    let target = ground.target.map(|target| target.version.clone());
    let from = ground.from();
    let unknown = from.is_none();
    let found = [from, target].into_iter().flatten().find_map(|version| {
        let release = ground.knowledge.release(&version)?;
        (release.standing == Some(Standing::Incompatible)).then_some(release)
    });
    match found {
        Some(release) => Problem::new(
            evidence::milvus(ground.milvus()),
            format!("{}: {}", release.version, release.reason.as_deref().unwrap_or("it is incompatible")),
        )
        .seen([evidence::running(ground)])
        .fix("set up a new instance of a released version and bring the data over")
        .into(),
        None if unknown => ground.running().err().unwrap_or(Answer::Fine),
        None => Answer::Fine,
    }
}

/// MV0112: the release was withdrawn, or came before its release.
pub(super) fn withdrawn_or_preview(ground: &Ground<'_>) -> Answer {
    let version = match subject(ground) {
        Ok(version) => version,
        Err(answer) => return answer,
    };
    let listed = ground.knowledge.release(&version).and_then(|release| match release.standing {
        Some(Standing::Deprecated | Standing::Preview) => Some(release.reason.clone().unwrap_or_default()),
        _ => None,
    });
    let incompatible = ground.knowledge.release(&version).is_some_and(|it| it.standing == Some(Standing::Incompatible));
    let by_name = (version.is_before_release() && !incompatible).then(|| "a preview".to_owned());
    Answer::of(listed.or(by_name).map(|reason| {
        Problem::new(evidence::milvus(ground.milvus()), format!("{version}: {reason}"))
            .seen([seen(ground)])
            .fix(newest(ground, &version))
    }))
}

/// MV0113: people got into trouble on the way to this release.
pub(super) fn troubled(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let reasons: Vec<&str> =
        ground.knowledge.troubles(&from, &target.version).map(|trouble| trouble.reason.as_str()).collect();
    if reasons.is_empty() {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("from {} to {}: {}", from.line(), target.version, reasons.join("; ")),
    )
    .seen([evidence::running(ground), seen(ground)])
    .fix(newest(ground, &target.version))
    .into()
}

/// MV0114: the release has a hole that a later one mends.
pub(super) fn insecure(ground: &Ground<'_>) -> Answer {
    let version = match subject(ground) {
        Ok(version) => version,
        Err(answer) => return answer,
    };
    let holes: Vec<_> = ground.knowledge.advisories(&version).collect();
    if holes.is_empty() {
        return Answer::Fine;
    }
    let names: Vec<&str> = holes.iter().map(|advisory| advisory.id.as_str()).collect();
    let words = holes.iter().map(|advisory| {
        let mended: Vec<String> = advisory.mended.iter().map(ToString::to_string).collect();
        format!("{}: {}; mended in {}", advisory.id, advisory.what, mended.join(", "))
    });
    let newer = ground.knowledge.newest_patch(&version).map(|release| &release.version);
    let fix = match newer.filter(|newer| ground.knowledge.advisories(newer).next().is_none()) {
        Some(newer) => evidence::upgrade(ground.milvus(), newer),
        None => "no release of this line mends it all; go to a later line".to_owned(),
    };
    let verb = if ground.target.is_some() { "has" } else { "runs with" };
    Problem::new(evidence::milvus(ground.milvus()), format!("{version} {verb} {}", names.join(" and ")))
        .seen([seen(ground)].into_iter().chain(words))
        .fix(fix)
        .into()
}

/// MV0119: the line is known, the release is not.
pub(super) fn unknown_release(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let version = &target.version;
    if ground.knowledge.line_rules(version.line()).is_none() {
        return Answer::NotApplicable;
    }
    if ground.knowledge.release(version).is_some() {
        return Answer::Fine;
    }
    let known = ground.knowledge.newest_of(version.line()).map(|release| &release.version);
    let newest = known.map(|known| format!(", the newest of {} that is known is {known}", version.line()));
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("{version} is not among the known releases{}", newest.unwrap_or_default()),
    )
    .seen([seen(ground)])
    .fix(format!("look whether the image {} exists", target.image))
    .into()
}

/// MV0120: not even the line is known.
pub(super) fn unknown_line(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let line = target.version.line();
    if ground.knowledge.line_rules(line).is_some() {
        return Answer::Fine;
    }
    let known: Vec<String> = ground.knowledge.lines().iter().map(ToString::to_string).collect();
    let what = match ground.milvus().mode() {
        Mode::Cluster => "cluster",
        Mode::Standalone => "standalone",
    };
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("nothing is known of {line}: what a step into it asks of a {what}, and whether it can be undone"),
    )
    .seen([seen(ground), format!("known lines: {}", known.join(", "))])
    .fix("use a newer kubectl-milvus, or add the line with --knowledge FILE")
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Verdict, trial};
    use crate::snapshot::sample::{self, healthy_cluster};

    #[test]
    fn a_release_is_judged_by_the_tables() {
        use Verdict::{Absent, Fine, Fires};
        for (from, to, code, verdict) in [
            ("2.6.0-rc1", Some("2.6.6"), 106, Fires),
            ("2.6.0-rc1", None, 106, Fires),
            ("2.5.22", Some("2.6.0-rc1"), 106, Fires),
            ("2.6.0", Some("2.6.6"), 106, Fine),
            ("2.3.1", Some("2.4.13"), 112, Fires),
            ("2.4.13", None, 112, Fires),
            ("2.4.13", Some("2.4.24"), 112, Fine),
            ("2.3.1", Some("2.4.13-hotfix"), 112, Fine),
            ("2.6.20", Some("3.0.0-beta"), 112, Fires),
            ("2.6.20", Some("2.6.30-rc1"), 112, Fires),
            ("2.6.0-rc1", None, 112, Fine),
            ("2.5.22", Some("2.6.6"), 113, Fires),
            ("2.5.22", Some("2.6.16"), 113, Fine),
            ("2.6.1", Some("2.6.6"), 113, Fine),
            ("2.2.16", Some("2.4.9"), 113, Fires),
            ("2.2.16", Some("2.4.10"), 113, Fine),
            ("2.5.22", None, 113, Absent),
            ("2.5.22", None, 114, Fires),
            ("2.5.27", None, 114, Fine),
            ("2.4.24", None, 114, Fires),
            ("2.3.22", None, 114, Fires),
            ("2.5.22", Some("2.6.22"), 114, Fine),
            ("2.5.27", Some("2.6.6"), 114, Fires),
            ("2.6.22", Some("3.0.0"), 114, Fine),
            ("2.5.22", Some("2.6.60"), 119, Fires),
            ("2.5.22", Some("2.6.6"), 119, Fine),
            ("2.5.22", Some("2.6.6-gpu"), 119, Fine),
            ("2.5.22", Some("4.0.0"), 119, Absent),
            ("2.5.22", Some("4.0.0"), 120, Fires),
            ("2.5.22", Some("2.6.60"), 120, Fine),
            ("2.5.22", None, 120, Absent),
        ] {
            let mut snapshot = healthy_cluster();
            sample::run_image(&mut snapshot, &format!("milvusdb/milvus:v{from}"));
            assert_eq!(trial(&snapshot, to, code).verdict(), verdict, "MV0{code} from {from} to {to:?}");
        }
    }

    #[test]
    fn the_mended_release_is_one_command_away_where_there_is_one() {
        let mut snapshot = healthy_cluster();
        assert_eq!(trial(&snapshot, None, 114).problem().fix, "kubectl milvus upgrade prod -n vec --to 2.5.27");
        sample::run_image(&mut snapshot, "milvusdb/milvus:v2.4.1");
        assert!(trial(&snapshot, None, 114).problem().fix.contains("later line"));
    }

    #[test]
    fn an_unreadable_running_version_is_unknown_and_a_target_can_still_be_judged() {
        let mut snapshot = healthy_cluster();
        sample::run_image(&mut snapshot, "milvusdb/milvus:latest");
        for (to, code, verdict) in [
            (None, 114, Verdict::Unknown),
            (None, 106, Verdict::Unknown),
            (Some("2.6.6"), 106, Verdict::Unknown),
            (Some("2.6.0-rc1"), 106, Verdict::Fires),
            (Some("2.6.22"), 114, Verdict::Fine),
        ] {
            assert_eq!(trial(&snapshot, to, code).verdict(), verdict, "MV0{code} {to:?}");
        }
    }
}
