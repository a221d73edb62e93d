//! Rules about going back to an older release by its image.

use super::{Answer, Direction, Ground, Problem, Target, evidence};
use crate::{
    knowledge::{BackClass, Condition, WayBack},
    milvus::{Image, MessageQueue, MilvusVersion, Mode},
    snapshot::Resource,
};

/// A way back: the newest release that anything runs, what is wanted, and what leads from one to the other.
struct Back<'a> {
    now: MilvusVersion,
    target: &'a Target,
    way: WayBack<'a>,
}

/// The way back, where one is asked for.
fn back<'a>(ground: &Ground<'a>) -> Result<Back<'a>, Answer> {
    let target = ground.target.filter(|target| target.direction == Direction::Back).ok_or(Answer::NotApplicable)?;
    ground.running()?;
    let now = ground.furthest().ok_or(Answer::NotApplicable)?;
    let way = ground.knowledge.way_back(&now, &target.version);
    Ok(Back { now, target, way })
}

impl Back<'_> {
    /// A component that still runs from before the line, so that its entry was not wholly taken.
    fn holds_it_open(&self, ground: &Ground<'_>) -> Option<String> {
        let line = self.way.line?;
        let found = ground.snapshot.workload.deployments().iter().find(|found| {
            let version = found.image.parse::<Image>().ok().and_then(|image| image.version());
            let is_older = version.is_some_and(|version| version.line() < line);
            self.way.once.contains(&found.component) && is_older && found.ready > 0
        });
        found.map(|found| format!("deployment/{} still runs {}", found.name, found.image))
    }

    fn is_lost(&self, ground: &Ground<'_>) -> bool {
        self.way.class == BackClass::RestoreOnly && self.holds_it_open(ground).is_none()
    }
}

/// MV1201: the older release cannot read what the newer one has written.
pub(super) fn restore_only(ground: &Ground<'_>) -> Answer {
    let back = match back(ground) {
        Ok(back) => back,
        Err(answer) => return answer,
    };
    if !back.is_lost(ground) {
        return Answer::Fine;
    }
    let milvus = ground.milvus();
    let newest = ground.knowledge.newest_patch(&back.now);
    let forward = newest.map(|newest| format!("; often better: {}", evidence::upgrade(milvus, &newest.version)));
    Problem::new(
        evidence::milvus(milvus),
        format!("no way back from {} to {} by image: {}", back.now, back.target.version, back.way.reason),
    )
    .seen([evidence::running(ground)])
    .seen(stores(milvus))
    .fix(format!(
        "stop writers and scale Milvus to 0, then restore {} into a new {}{}",
        backup(back.target),
        back.target.version,
        forward.unwrap_or_default()
    ))
    .into()
}

/// MV1202: the way back is open under conditions that nobody sees from outside.
pub(super) fn conditional(ground: &Ground<'_>) -> Answer {
    let back = match back(ground) {
        Ok(back) => back,
        Err(answer) => return answer,
    };
    let (now, to) = (&back.now, &back.target.version);
    let open = back.holds_it_open(ground).filter(|_| back.way.class == BackClass::RestoreOnly);
    let (summary, seen) = match (&back.way.class, open) {
        (BackClass::RestoreOnly, Some(open)) => {
            let line = back.way.line.map_or_else(String::new, |line| format!(" into {line}"));
            (format!("the step{line} was not wholly taken, so {to} can still be tried by image"), vec![open])
        }
        (BackClass::Conditional, _) => {
            let conditions: Vec<&str> = back.way.conditions.iter().map(|condition| condition.what.as_str()).collect();
            let seen = back.way.conditions.iter().flat_map(|condition| state(ground, condition));
            (format!("{to} runs again after {now} only where {}", conditions.join("; ")), seen.collect())
        }
        _ => return Answer::Fine,
    };
    Problem::new(evidence::milvus(ground.milvus()), summary)
        .seen([format!("why: {}", back.way.reason)])
        .seen(seen)
        .fix("--accept MV1202 where all of that holds")
        .into()
}

/// MV1203: a condition of the way back does not hold.
pub(super) fn condition_broken(ground: &Ground<'_>) -> Answer {
    let back = match back(ground) {
        Ok(back) => back,
        Err(answer) => return answer,
    };
    let broken = back.way.conditions.iter().find_map(|condition| {
        let settings = condition.settings.iter().map(|setting| (setting, live(ground, &setting.key)));
        let wrong = settings.filter_map(|(setting, value)| Some((setting, value?)));
        let wrong = wrong.filter(|(setting, value)| *value != setting.value).map(|(setting, _)| setting.key.clone());
        let wrong: Vec<String> = wrong.collect();
        (!wrong.is_empty()).then_some((condition, wrong))
    });
    let Some((condition, wrong)) = broken else { return Answer::Fine };
    let milvus = ground.milvus();
    Problem::new(
        evidence::milvus(milvus),
        format!("{} cannot run again: it is not so that {}", back.target.version, condition.what),
    )
    .seen(wrong.iter().map(|key| evidence::spec(milvus, &format!("/config/{}", key.replace('.', "/")))))
    .fix(format!("restore {} into a new {}", backup(back.target), back.target.version))
    .into()
}

/// MV1204: what is asked for is not older than what runs.
pub(super) fn not_older(ground: &Ground<'_>) -> Answer {
    let back = match back(ground) {
        Ok(back) => back,
        Err(answer) => return answer,
    };
    if back.target.version <= back.now {
        return Answer::Fine;
    }
    let milvus = ground.milvus();
    Problem::new(evidence::milvus(milvus), format!("{} is newer than {}, which runs", back.target.version, back.now))
        .seen([evidence::running(ground)])
        .fix(evidence::upgrade(milvus, &back.target.version))
        .into()
}

/// MV1205: the revision to go back to had another message queue.
pub(super) fn another_queue(ground: &Ground<'_>) -> Answer {
    let back = match back(ground) {
        Ok(back) => back,
        Err(answer) => return answer,
    };
    let Some(release) = &ground.snapshot.release else { return Answer::NotApplicable };
    let Some(earlier) = back.target.revision.and_then(|revision| release.revision_at(revision)) else {
        return Answer::NotApplicable;
    };
    let (then, now) = (earlier.message_queue(), release.message_queue());
    // A standalone keeps the queue that it was made with, whatever the values of a revision say.
    if then == now || (release.kept_queue.is_some() && earlier.mode() == Mode::Standalone) {
        return Answer::Fine;
    }
    let word = |queue: Option<MessageQueue>| queue.map_or_else(|| "none".to_owned(), |queue| queue.to_string());
    let milvus = ground.milvus();
    Problem::new(
        evidence::milvus(milvus),
        format!(
            "revision {} had {} as its message queue, and {} holds the data now",
            earlier.revision,
            word(then),
            word(now)
        ),
    )
    .seen([format!("chart {} in revision {}, {} now", earlier.chart, earlier.revision, release.chart)])
    .fix("go back to a revision with the same queue, or only by image: --to VERSION with the chart as it is")
    .into()
}

/// What is known of a condition: what the configuration says, or that nobody sees it from here.
fn state(ground: &Ground<'_>, condition: &Condition) -> Vec<String> {
    if condition.condition == "backup" {
        let named = ground.target.and_then(|target| target.backup.as_deref());
        return vec![named.map_or_else(|| "no backup is named".to_owned(), |backup| format!("backup: {backup}"))];
    }
    if condition.settings.is_empty() || ground.snapshot.release.is_some() {
        return vec![format!("not to be seen from here: {}", condition.what)];
    }
    let keys = condition.settings.iter().map(|setting| format!("/config/{}", setting.key.replace('.', "/")));
    keys.map(|pointer| evidence::spec(ground.milvus(), &pointer)).collect()
}

/// What the configuration of the instance says, as text; of a release it is not looked at.
fn live(ground: &Ground<'_>, key: &str) -> Option<String> {
    let value = ground.milvus().spec.pointer(&format!("/config/{}", key.replace('.', "/")))?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn backup(target: &Target) -> String {
    target.backup.as_ref().map_or_else(|| "the backup from before".to_owned(), |backup| format!("backup {backup}"))
}

/// Where the data of the instance are, with the operator's defaults (operator 1.3.7,
/// `pkg/controllers/utils.go`; the etcd root is the name of the resource). Of a release the values tell.
fn stores(milvus: &Resource) -> Vec<String> {
    if milvus.is_release {
        return vec![];
    }
    let said = |pointer: &str| milvus.spec.pointer(pointer).and_then(|value| value.as_str());
    vec![
        format!("bucket: {}", said("/config/minio/bucketName").unwrap_or("milvus-bucket")),
        format!("root path: {}", said("/config/minio/rootPath").unwrap_or("files")),
        format!("etcd root: {}", said("/config/etcd/rootPath").unwrap_or(&milvus.name)),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{
        Answer, Direction,
        trial::{Verdict, trial, trial_with},
    };
    use crate::snapshot::{
        Part, Snapshot,
        sample::{self, healthy_cluster},
    };

    fn running(version: &str) -> Snapshot {
        let mut snapshot = healthy_cluster();
        sample::run_image(&mut snapshot, &format!("milvusdb/milvus:v{version}"));
        snapshot
    }

    fn back(snapshot: &Snapshot, to: &str, code: u16) -> Answer {
        trial_with(snapshot, to, code, |target| target.direction = Direction::Back)
    }

    #[test]
    fn each_pair_of_releases_has_its_answer() {
        use Verdict::{Fine, Fires};
        for (from, to, answers) in [
            ("2.5.27", "2.5.10", [Fine, Fine, Fine, Fine]),
            ("2.6.22", "2.6.6", [Fine, Fine, Fine, Fine]),
            ("2.6.22", "2.6.5", [Fine, Fires, Fine, Fine]),
            ("2.6.6", "2.5.22", [Fires, Fine, Fine, Fine]),
            ("3.0.0", "2.6.22", [Fine, Fires, Fine, Fine]),
            ("3.0.0", "2.6.19", [Fires, Fine, Fine, Fine]),
            ("2.5.10", "2.5.27", [Fine, Fine, Fine, Fires]),
            ("2.5.27", "2.5.27", [Fine, Fine, Fine, Fine]),
        ] {
            let found = [1201, 1202, 1203, 1204].map(|code| back(&running(from), to, code).verdict());
            assert_eq!(found, answers, "{from} to {to}");
        }
        assert_eq!(trial(&running("2.5.27"), Some("2.6.6"), 1201).verdict(), Verdict::Absent);
        assert_eq!(trial(&running("2.5.27"), None, 1204).verdict(), Verdict::Absent);
    }

    #[test]
    fn a_restore_is_told_with_the_places_of_the_data() {
        let mut snapshot = running("2.6.6");
        sample::set(&mut snapshot.milvus.spec, "/config/minio/bucketName", json!("vectors"));
        let named = trial_with(&snapshot, "2.5.22", 1201, |target| {
            target.direction = Direction::Back;
            target.backup = Some("nightly-1120".to_owned());
        });
        let problem = named.problem();
        assert_eq!(problem.evidence[1..], ["bucket: vectors", "root path: files", "etcd root: prod"]);
        assert!(problem.fix.contains("restore backup nightly-1120 into a new 2.5.22"), "{}", problem.fix);
        assert!(problem.fix.ends_with("kubectl milvus upgrade prod -n vec --to 2.6.22"), "{}", problem.fix);
    }

    #[test]
    fn a_step_that_was_not_wholly_taken_can_still_be_taken_back() {
        let mut snapshot = healthy_cluster();
        sample::set(&mut snapshot.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.6.6"));
        let problem = back(&snapshot, "2.5.22", 1202).problem();
        assert_eq!(back(&snapshot, "2.5.22", 1201).verdict(), Verdict::Fine);
        assert!(problem.summary.contains("not wholly taken"), "{}", problem.summary);
        assert!(problem.evidence.iter().any(|line| line.contains("still runs milvusdb/milvus:v2.5.22")));
        let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("the sample has Deployments") };
        for deployment in deployments {
            deployment.image = "milvusdb/milvus:v2.6.6".to_owned();
        }
        assert_eq!(back(&snapshot, "2.5.22", 1201).verdict(), Verdict::Fires, "now all have moved");
    }

    #[test]
    fn what_the_configuration_says_counts() {
        let mut snapshot = running("3.0.0");
        sample::set(&mut snapshot.milvus.spec, "/config/common/storage/useLoonFFI", json!(true));
        let problem = back(&snapshot, "2.6.22", 1203).problem();
        assert_eq!(problem.evidence, ["spec.config.common.storage.useLoonFFI: true"]);
        sample::set(&mut snapshot.milvus.spec, "/config/common/storage/useLoonFFI", json!(false));
        assert_eq!(back(&snapshot, "2.6.22", 1203).verdict(), Verdict::Fine);
    }

    #[test]
    fn a_release_never_goes_back_to_another_queue() {
        let tag = |tag: &str, queue: &str| json!({"cluster.enabled": true, "image.all.tag": tag, queue: true});
        for (queue, verdict) in [("kafka.enabled", Verdict::Fires), ("pulsarv3.enabled", Verdict::Fine)] {
            let mut snapshot = sample::release("5.0.19", &tag("v2.6.22", "pulsarv3.enabled"));
            let release = snapshot.release.as_mut().expect("a release");
            release.revision = 2;
            let mut earlier = release.clone();
            earlier.revision = 1;
            earlier.settings = serde_json::from_value(tag("v2.6.6", queue)).expect("an object");
            release.earlier.push(earlier);
            let judge = |revision| {
                let change = |target: &mut crate::check::Target| {
                    target.direction = Direction::Back;
                    target.revision = revision;
                };
                trial_with(&snapshot, "2.6.6", 1205, change).verdict()
            };
            assert_eq!(judge(Some(1)), verdict, "{queue}");
            assert_eq!(judge(None), Verdict::Absent);
        }
    }

    #[test]
    fn where_nobody_says_what_runs_nothing_is_judged() {
        let snapshot = running("latest");
        for code in [1201, 1202, 1203, 1204] {
            assert_eq!(back(&snapshot, "2.5.22", code).verdict(), Verdict::Unknown, "MV{code}");
        }
    }
}
