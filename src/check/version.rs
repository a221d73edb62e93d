//! Rules about the way from one version to another.

use super::{Answer, Ground, Problem, Target, evidence, migration::right_way};
use crate::{
    knowledge::LineRules,
    milvus::{MilvusVersion, Mode},
};

type Way<'a> = (MilvusVersion, &'a Target);

/// The stops after `from`, as `2.5.27, then 2.6.6`.
fn stops(hops: &[MilvusVersion]) -> String {
    hops.iter().map(ToString::to_string).collect::<Vec<_>>().join(", then ")
}

/// The first stop as a command, and what comes after it.
fn first_stop(ground: &Ground<'_>, (from, target): &Way<'_>) -> String {
    let hops = ground.knowledge.hops(from, &target.version);
    let Some((first, rest)) = hops.split_first() else {
        return format!("go to a newer release than {from} first");
    };
    let command = evidence::upgrade(ground.milvus(), first);
    if rest.is_empty() { command } else { format!("{command}   and from there to {}", stops(rest)) }
}

/// MV0101: between the two lies a migration of metadata.
pub(super) fn needs_migration(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let Some(migration) = ground.knowledge.migration(&from, &target.version) else { return Answer::Fine };
    let is_pair = from.line() == migration.from && target.version.line() == migration.into;
    if is_pair && target.is_migration() {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("{from} cannot become {} by another image: {}", target.version, migration.what),
    )
    .seen([evidence::running(ground)])
    .fix(right_way(ground, migration, &from))
    .into()
}

/// MV0102: there is a migration between the two, but it starts or ends elsewhere.
pub(super) fn migration_ends_short(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let Some(migration) = ground.knowledge.migration(&from, &target.version) else { return Answer::NotApplicable };
    if from.line() == migration.from && target.version.line() == migration.into {
        return Answer::Fine;
    }
    let hops = ground.knowledge.hops(&from, &target.version);
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!(
            "the migration leads from {} to {} only, not from {} to {}",
            migration.from,
            migration.into,
            from.line(),
            target.version.line()
        ),
    )
    .seen([evidence::running(ground)])
    .fix(format!("go to {}", stops(&hops)))
    .into()
}

/// MV0103: nothing says what runs.
pub(super) fn unreadable(ground: &Ground<'_>) -> Answer {
    match (ground.running(), ground.target) {
        (Ok(_), _) => Answer::Fine,
        (Err(answer), None) => answer,
        (Err(_), Some(target)) => Problem::new(
            evidence::milvus(ground.milvus()),
            "the running version cannot be read from its image, so it is not known whether there is a way",
        )
        .seen([evidence::running(ground)])
        .fix(format!("{} --from-version VERSION", evidence::upgrade(ground.milvus(), &target.version)))
        .into(),
    }
}

/// MV0104: a line on the way asks for a newer source.
pub(super) fn out_of_reach(ground: &Ground<'_>) -> Answer {
    let way = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let (from, target) = &way;
    let Some(barrier) = ground.knowledge.barrier(from, &target.version) else { return Answer::Fine };
    // A release goes over the version that can hand over in a step of its own.
    let stops_here = barrier.minimum_source.as_ref().is_some_and(|stop| stop.line() == from.line());
    if ground.snapshot.release.is_some() && stops_here && barrier.line == target.version.line() {
        return Answer::Fine;
    }
    let minimum = barrier.minimum_source.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut seen = vec![evidence::running(ground)];
    let apart = ground.milvus().separate_coordinators();
    if barrier.mixcoord_only && !apart.is_empty() {
        seen.push(format!("apart in spec.components: {}", evidence::list(&apart)));
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!(
            "{from} cannot go to {} in one step: {} takes over from {minimum} or newer",
            target.version, barrier.line
        ),
    )
    .seen(seen)
    .fix(first_stop(ground, &way))
    .into()
}

/// MV0105: the way leads into a line without separate coordinators, and there are some.
pub(super) fn separate_coordinators(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let entered = ground.knowledge.entered(&from, &target.version).find(|rules| rules.mixcoord_only);
    let out_of_reach = ground.knowledge.barrier(&from, &target.version).is_some();
    let (Some(line), false, Mode::Cluster) = (entered, out_of_reach, ground.milvus().mode()) else {
        return Answer::NotApplicable;
    };
    let apart = ground.milvus().separate_coordinators();
    if apart.is_empty() {
        return Answer::Fine;
    }
    let paths = apart.iter().map(|it| evidence::spec(ground.milvus(), &format!("/components/{}", it.spec_key())));
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("{} become one mixcoord in a step of their own, before {}", evidence::list(&apart), line.line),
    )
    .seen(paths)
    .fix("nothing to do: the plan does it")
    .into()
}

/// The line that the way enters with a validated source, where the way is open at all.
fn validated<'a>(ground: &Ground<'a>, (from, target): &Way<'_>) -> Option<(&'a LineRules, &'a MilvusVersion)> {
    let knowledge = ground.knowledge;
    if knowledge.barrier(from, &target.version).is_some() {
        return None;
    }
    knowledge.entered(from, &target.version).find_map(|rules| Some((rules, rules.validated_source.as_ref()?)))
}

/// MV0107: the makers tried the step from a newer release than the one that runs.
pub(super) fn below_validated(ground: &Ground<'_>) -> Answer {
    let way = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let Some((rules, validated)) = validated(ground, &way) else { return Answer::NotApplicable };
    if way.0.numbers() >= validated.numbers() {
        return Answer::Fine;
    }
    let newest = ground.knowledge.newest_patch(&way.0).map_or(validated, |release| &release.version);
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("the step into {} was validated from {validated}, this is {}: no way back", rules.line, way.0),
    )
    .seen([evidence::running(ground)])
    .fix(evidence::upgrade(ground.milvus(), newest))
    .into()
}

/// MV0118: the makers tried the step from an older release than the one that runs.
pub(super) fn beside_validated(ground: &Ground<'_>) -> Answer {
    let way = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let Some((rules, validated)) = validated(ground, &way) else { return Answer::NotApplicable };
    if way.0.numbers() <= validated.numbers() {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("the step into {} was validated from {validated} only, this is {}", rules.line, way.0),
    )
    .seen([evidence::running(ground)])
    .fix("try it on a copy of the instance first")
    .into()
}

/// MV0108: the line that is left should be left from a newer release.
pub(super) fn leaves_too_early(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let leaves = ground.knowledge.line_rules(from.line()).and_then(|rules| rules.leave_from.as_ref());
    let Some(leaves) = leaves.filter(|_| target.version.line() > from.line()) else { return Answer::NotApplicable };
    if from.numbers() >= leaves.numbers() {
        return Answer::Fine;
    }
    Problem::new(evidence::milvus(ground.milvus()), format!("{from} should become {leaves} before it leaves its line"))
        .seen([evidence::running(ground)])
        .fix(evidence::upgrade(ground.milvus(), leaves))
        .into()
}

/// MV0109: lines lie between the two, and none of them is a mandatory stop.
pub(super) fn jumps_over_lines(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let to = &target.version;
    if ground.knowledge.hops(&from, to).len() > 1 {
        return Answer::NotApplicable;
    }
    let between: Vec<MilvusVersion> = ground
        .knowledge
        .entered(&from, to)
        .filter(|rules| rules.line < to.line())
        .filter_map(|rules| ground.knowledge.newest_of(rules.line))
        .map(|release| release.version.clone())
        .collect();
    let Some(first) = between.first() else { return Answer::Fine };
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("from {from} to {to} jumps over {}: nobody says that this was tried", stops(&between)),
    )
    .seen([evidence::running(ground)])
    .fix(evidence::upgrade(ground.milvus(), first))
    .into()
}

/// MV0110: the instance uses a setting that the target no longer knows.
pub(super) fn setting_removed(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let milvus = ground.milvus();
    let found = ground.knowledge.removals(&from, &target.version).find_map(|removal| {
        let pointer = format!("/{}", removal.setting.replace('.', "/"));
        let value = milvus.spec["config"].pointer(&pointer)?.as_str()?;
        value.eq_ignore_ascii_case(&removal.value).then_some((removal, pointer))
    });
    Answer::of(found.map(|(removal, pointer)| {
        Problem::new(
            evidence::milvus(milvus),
            format!("{} knows no {} {}: {}", target.version, removal.setting, removal.value, removal.reason),
        )
        .seen([evidence::config(milvus, &pointer)])
        .fix("move the metadata to etcd while the old release runs, or restore a backup into a new instance")
    }))
}

/// MV0111: the target is older.
pub(super) fn goes_back(ground: &Ground<'_>) -> Answer {
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    let rank = |version: &MilvusVersion| (version.numbers(), !version.is_before_release());
    if rank(&target.version) >= rank(&from) {
        return Answer::Fine;
    }
    let fix = if let Some(rules) = ground.knowledge.undo_boundary(&target.version, &from) {
        format!("restore a backup that was taken before {}; the old image cannot read what is there", rules.line)
    } else {
        ground.milvus().plugin_command("rollback", &format!("--to {}", target.version))
    };
    Problem::new(evidence::milvus(ground.milvus()), format!("{} is older than {from}, which runs", target.version))
        .seen([evidence::running(ground)])
        .fix(fix)
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::trial::{Verdict, trial, trial_with};
    use crate::snapshot::sample::{self, healthy_cluster};

    #[test]
    fn the_way_is_judged_by_both_ends() {
        use Verdict::{Absent, Fine, Fires};
        for (from, to, code, verdict) in [
            ("2.1.4", "2.2.16", 101, Fires),
            ("2.1.4", "2.2.16", 102, Fine),
            ("2.1.4", "2.5.27", 101, Fires),
            ("2.1.4", "2.5.27", 102, Fires),
            ("2.0.2", "2.2.16", 102, Fires),
            ("2.2.1", "2.2.16", 101, Fine),
            ("2.2.1", "2.2.16", 102, Absent),
            ("2.5.10", "2.6.6", 104, Fires),
            ("2.5.15", "2.6.22", 104, Fires),
            ("2.5.16", "2.6.22", 104, Fine),
            ("2.4.24", "2.6.22", 104, Fires),
            ("2.5.27", "3.0.0", 104, Fires),
            ("2.6.20", "3.0.0", 104, Fine),
            ("2.3.1", "2.5.27", 104, Fine),
            ("2.6.19", "3.0.0", 107, Fires),
            ("2.6.20", "3.0.0", 107, Fine),
            ("2.5.22", "2.6.6", 107, Absent),
            ("2.6.20", "3.0.0", 118, Fine),
            ("2.6.22", "3.0.0", 118, Fires),
            ("2.2.14", "2.3.22", 108, Fires),
            ("2.2.16", "2.3.22", 108, Fine),
            ("2.2.14", "2.2.16", 108, Absent),
            ("2.2.16", "2.5.27", 109, Fires),
            ("2.4.1", "2.5.27", 109, Fine),
            ("2.5.10", "3.0.0", 109, Absent),
            ("2.6.6", "2.5.22", 111, Fires),
            ("2.6.0", "2.6.0-rc1", 111, Fires),
            ("2.6.6", "2.6.6", 111, Fine),
            ("2.5.22", "2.6.6", 111, Fine),
        ] {
            let mut snapshot = healthy_cluster();
            sample::run_image(&mut snapshot, &format!("milvusdb/milvus:v{from}"));
            assert_eq!(trial(&snapshot, Some(to), code).verdict(), verdict, "MV0{code} from {from} to {to}");
        }
    }

    #[test]
    fn the_stop_is_named_with_the_command_that_goes_there() {
        let mut snapshot = sample::separate_coordinators();
        sample::run_image(&mut snapshot, "milvusdb/milvus:v2.5.10");
        let problem = trial(&snapshot, Some("2.6.6"), 104).problem();
        assert_eq!(problem.summary, "2.5.10 cannot go to 2.6.6 in one step: 2.6 takes over from 2.5.16 or newer");
        assert_eq!(problem.fix, "kubectl milvus upgrade prod -n vec --to 2.5.27   and from there to 2.6.6");
        assert_eq!(problem.evidence[0], "status.currentImage: milvusdb/milvus:v2.5.10");
        assert!(problem.evidence[1].ends_with("rootcoord, datacoord, indexcoord and querycoord"));
        assert_eq!(problem.object, "milvus/prod in vec");
    }

    #[test]
    fn a_migration_is_offered_where_it_starts() {
        for (from, fix) in [
            ("2.1.4", "kubectl milvus migrate prod -n vec --to 2.2.16"),
            ("2.0.2", "kubectl milvus upgrade prod -n vec --to 2.1"),
        ] {
            let mut snapshot = healthy_cluster();
            sample::run_image(&mut snapshot, &format!("milvusdb/milvus:v{from}"));
            assert_eq!(trial(&snapshot, Some("2.2.16"), 101).problem().fix, fix);
        }
    }

    #[test]
    fn a_version_that_nobody_says_is_asked_for_and_never_guessed() {
        let mut snapshot = healthy_cluster();
        sample::run_image(&mut snapshot, "milvusdb/milvus@sha256:0123");
        let problem = trial(&snapshot, Some("2.6.6"), 103).problem();
        assert!(problem.fix.ends_with("--to 2.6.6 --from-version VERSION"));
        assert_eq!(trial(&snapshot, None, 103).verdict(), Verdict::Unknown);
        assert_eq!(trial(&snapshot, Some("2.6.6"), 104).verdict(), Verdict::Unknown);
        let stated = |from: &'static str, code| {
            let say =
                move |target: &mut crate::check::Target| target.stated_from = Some(from.parse().expect("a version"));
            trial_with(&snapshot, "2.6.6", code, say).verdict()
        };
        assert_eq!(stated("2.5.22", 103), Verdict::Fine);
        assert_eq!(stated("2.5.22", 104), Verdict::Fine);
        assert_eq!(stated("2.5.1", 104), Verdict::Fires);
    }

    #[test]
    fn separate_coordinators_are_worth_knowing_where_the_way_is_open() {
        let apart = sample::separate_coordinators();
        assert_eq!(trial(&apart, Some("2.6.6"), 105).verdict(), Verdict::Fires);
        assert_eq!(trial(&apart, Some("2.5.27"), 105).verdict(), Verdict::Absent);
        assert_eq!(trial(&healthy_cluster(), Some("2.6.6"), 105).verdict(), Verdict::Fine);
        assert_eq!(trial(&sample::standalone(), Some("2.6.6"), 105).verdict(), Verdict::Absent);
    }

    #[test]
    fn metadata_in_mysql_is_found() {
        let mut snapshot = healthy_cluster();
        sample::run_image(&mut snapshot, "milvusdb/milvus:v2.2.14");
        assert_eq!(trial(&snapshot, Some("2.2.16"), 110).verdict(), Verdict::Fine);
        sample::set(&mut snapshot.milvus.spec, "/config/metastore/type", json!("mysql"));
        assert_eq!(trial(&snapshot, Some("2.2.14"), 110).verdict(), Verdict::Fine);
        let mut release = sample::release("4.0.20", &json!({"cluster.enabled": true, "image.all.tag": "v2.2.14"}));
        sample::set(&mut release.milvus.spec, "/config/metastore/type", json!("mysql"));
        assert_eq!(trial(&release, Some("2.3.22"), 110).verdict(), Verdict::Fires);
        for to in ["2.2.15", "2.3.22", "2.5.27"] {
            assert_eq!(trial(&snapshot, Some(to), 110).verdict(), Verdict::Fires, "{to}");
        }
    }

    #[test]
    fn without_a_target_the_way_is_no_question() {
        for code in [101, 102, 104, 105, 107, 108, 109, 110, 111, 118] {
            assert_eq!(trial(&healthy_cluster(), None, code).verdict(), Verdict::Absent, "MV0{code}");
        }
    }
}
