//! Rules about Helm releases (milvus.md §9.4).

use semver::Version;

use super::{Answer, Ground, Problem, Target, evidence};
use crate::{milvus::Mode, snapshot::Release};

/// The first chart made for 2.6, with its streaming node.
const STREAMING: Version = Version::new(5, 0, 0);
/// Charts that take Pulsar 2 away where it is in use, both ends included (README of the chart).
const WITHOUT_PULSAR_2: (Version, Version) = (Version::new(4, 2, 21), Version::new(4, 2, 29));
/// The first chart that no longer supports Milvus 2.3.
const WITHOUT_2_3: Version = Version::new(4, 2, 0);
/// The oldest Kubernetes that the chart is made for.
const OLDEST_KUBERNETES: (u64, u64) = (1, 20);
/// Each switches a message queue on for a cluster.
const QUEUES: [&str; 6] = [
    "pulsar.enabled",
    "pulsarv3.enabled",
    "kafka.enabled",
    "woodpecker.enabled",
    "externalPulsar.enabled",
    "externalKafka.enabled",
];

pub(super) fn release<'a>(ground: &Ground<'a>) -> Result<&'a Release, Answer> {
    ground.snapshot.release.as_ref().ok_or(Answer::NotApplicable)
}

pub(super) fn with_target<'a>(ground: &Ground<'a>) -> Result<(&'a Release, &'a Target), Answer> {
    Ok((release(ground)?, ground.target.ok_or(Answer::NotApplicable)?))
}

/// The chart to go to, where it is not the present one.
pub(super) fn chart_to_go(ground: &Ground<'_>, release: &Release, target: &Target) -> Version {
    // A revision brings its chart.
    if let Some(earlier) = target.revision.and_then(|revision| release.revision_at(revision)) {
        return earlier.chart.clone();
    }
    let streams = |version| ground.knowledge.topology(version).streams();
    let made = ground.knowledge.chart_for(target.version.line()).map(|chart| chart.version.clone());
    target.chart.clone().or_else(|| made.filter(|_| streams(&target.version))).unwrap_or_else(|| release.chart.clone())
}

fn problem(ground: &Ground<'_>, summary: impl Into<String>) -> Problem {
    Problem::new(evidence::milvus(ground.milvus()), summary)
}

fn value(release: &Release, key: &str) -> String {
    let text = release.settings.get(key).map_or_else(|| "absent".to_owned(), ToString::to_string);
    format!("values {key}: {text}")
}

/// MV0901: somebody works on the release, or gave up.
pub(super) fn pending(ground: &Ground<'_>) -> Answer {
    let release = match release(ground) {
        Ok(release) => release,
        Err(answer) => return answer,
    };
    if !release.is_pending() {
        return Answer::Fine;
    }
    let since = release.updated.map(|updated| ground.snapshot.workload.taken.duration_since(updated).as_secs() / 60);
    let since = since.map_or_else(String::new, |minutes| format!(" for {minutes} min"));
    let milvus = ground.milvus();
    let (namespace, name) = (&milvus.namespace, &milvus.name);
    problem(
        ground,
        format!(
            "revision {} is {}{since}: an operation is under way, or was given up",
            release.revision, release.status
        ),
    )
    .seen([format!("secret/sh.helm.release.v1.{name}.v{}: status {}", release.revision, release.status)])
    .fix(match ground.target.filter(|target| target.is_migration()) {
        // Everything is stopped, and a Lease tells whether anybody works on it.
        Some(_) => format!("once nobody works on it any more:  {}", milvus.plugin_command("migrate", "--unlock")),
        None => format!(
            "wait for it; after 10 min, or once a run of this program died at it, {}, or helm -n {namespace} rollback {name}",
            milvus.plugin_command("upgrade", "--to VERSION --unlock")
        ),
    })
    .into()
}

/// MV0902: the last operation failed, so what runs may be a mixture.
pub(super) fn failed(ground: &Ground<'_>) -> Answer {
    match release(ground) {
        Err(answer) => answer,
        Ok(release) if release.status == "failed" => {
            problem(ground, format!("revision {} failed; what runs may be partly of it", release.revision))
                .seen([format!("release status: {}", release.status)])
                .fix(format!("helm -n {} history {}", ground.milvus().namespace, ground.milvus().name))
                .into()
        }
        Ok(_) => Answer::Fine,
    }
}

/// MV0903: the chart was not made for that Milvus.
pub(super) fn chart_and_milvus(ground: &Ground<'_>) -> Answer {
    let (release, target) = match with_target(ground) {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let chart = chart_to_go(ground, release, target);
    let streams = ground.knowledge.topology(&target.version).streams();
    let without_streaming = !release.is_on("streaming.enabled") && release.is_on("indexNode.enabled");
    let why = if streams && chart < STREAMING {
        format!("chart {chart} has no streaming node, which Milvus {} needs", target.version.line())
    } else if !streams && chart >= STREAMING && !without_streaming {
        format!("chart {chart} is made for 2.6: {} has no streaming node", target.version.line())
    } else if target.version.numbers() < (2, 4, 0) && chart >= WITHOUT_2_3 {
        format!("chart {chart} no longer supports Milvus {}", target.version.line())
    } else {
        return Answer::Fine;
    };
    let fit = ground.knowledge.chart_for(target.version.line()).map(|chart| chart.version.to_string());
    problem(ground, why)
        .seen([format!("chart {} now", release.chart), format!("target: {}", target.image)])
        .fix(format!("--chart-version {}", fit.as_deref().unwrap_or("VERSION")))
        .into()
}

/// MV0904: charts that take Pulsar 2 away.
pub(super) fn pulsar_taken_away(ground: &Ground<'_>) -> Answer {
    let (release, target) = match with_target(ground) {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let chart = chart_to_go(ground, release, target);
    let (first, last) = WITHOUT_PULSAR_2;
    if chart < first || chart > last || !release.is_on("pulsar.enabled") || chart == release.chart {
        return Answer::Fine;
    }
    problem(ground, format!("chart {chart} breaks Pulsar 2, which carries the data that is not yet stored"))
        .seen([value(release, "pulsar.enabled")])
        .fix("--chart-version 4.2.30 or newer")
        .into()
}

/// MV0905: more than one message queue is on, so that nobody can tell which one holds the data.
pub(super) fn several_queues(ground: &Ground<'_>) -> Answer {
    let release = match release(ground) {
        Ok(release) if release.mode() == Mode::Cluster => release,
        Ok(_) => return Answer::NotApplicable,
        Err(answer) => return answer,
    };
    let on: Vec<&str> = QUEUES.into_iter().filter(|key| release.is_on(key)).collect();
    match on.len() {
        0 | 1 => Answer::Fine,
        count => problem(ground, format!("{count} message queues are on; which one is used depends on the chart"))
            .seen(on.iter().map(|key| value(release, key)))
            .fix("switch off those that hold no data, by values")
            .into(),
    }
}

/// MV0906: pods of etcd or MinIO restart with the chart.
pub(super) fn dependencies_restart(ground: &Ground<'_>) -> Answer {
    let (release, target) = match with_target(ground) {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let to = chart_to_go(ground, release, target);
    if to == release.chart {
        return Answer::Fine;
    }
    let charts = (ground.knowledge.chart(&release.chart), ground.knowledge.chart(&to));
    let (Some(before), Some(after)) = charts else {
        return Answer::Unknown(format!("chart {} or {to} is not in the tables; compare them by hand", release.chart));
    };
    let mut moved: Vec<String> = [("etcd", &before.etcd, &after.etcd), ("minio", &before.minio, &after.minio)]
        .into_iter()
        .filter_map(|(name, old, new)| match (old, new) {
            (Some(old), Some(new)) if old != new && release.is_on(&format!("{name}.enabled")) => {
                Some(format!("{name} chart {old} -> {new}"))
            }
            _ => None,
        })
        .collect();
    let images = ground.knowledge.moved_images(&release.chart, &to);
    let images = images.into_iter().filter(|(of, ..)| release.is_on(&format!("{of}.enabled")));
    moved
        .extend(images.map(|(of, before, after)| format!("{of} image {before} -> {after}, where the values set none")));
    if moved.is_empty() {
        return Answer::Fine;
    }
    problem(ground, "pods of dependencies restart with the chart".to_owned())
        .seen(moved)
        .fix("have a quorum of etcd: etcd.replicaCount 3, and its claims as they are")
        .into()
}

/// MV0907: what runs is not what the values say.
pub(super) fn image_by_hand(ground: &Ground<'_>) -> Answer {
    let release = match release(ground) {
        Ok(release) => release,
        Err(answer) => return answer,
    };
    let Some(said) = release.image() else { return Answer::NotApplicable };
    let deployments = match ground.snapshot.workload.deployments.as_result() {
        Ok(deployments) => deployments,
        Err(reason) => return Answer::Unknown(reason.to_owned()),
    };
    let others: Vec<String> = deployments
        .iter()
        .filter(|found| !found.is_idle() && !found.image.is_empty() && found.image != said.to_string())
        .map(|found| format!("deployment/{}: {}", found.name, found.image))
        .collect();
    if others.is_empty() || ground.is_resumed() {
        return Answer::Fine;
    }
    problem(ground, format!("the values say {said}, and other images run: somebody set them by hand"))
        .seen(others)
        .fix("say the version that runs with --from-version; the upgrade sets all images")
        .into()
}

/// MV0908: a Kubernetes older than the chart is made for.
pub(super) fn old_kubernetes(ground: &Ground<'_>) -> Answer {
    if let Err(answer) = release(ground) {
        return answer;
    }
    let version = match ground.snapshot.kubernetes.as_result() {
        Ok(version) => version,
        Err(reason) => return Answer::Unknown(reason.to_owned()),
    };
    let mut numbers = version.trim_start_matches('v').split('.').map(|part| part.parse::<u64>().unwrap_or_default());
    let found = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    if found >= OLDEST_KUBERNETES {
        return Answer::Fine;
    }
    problem(ground, format!("Kubernetes {version} is older than 1.20, which the chart is made for"))
        .seen([format!("server version: {version}")])
        .fix("upgrade Kubernetes first")
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{
        Answer, Code, Ground, RULES, Target,
        trial::{Verdict, target},
    };
    use crate::{
        knowledge::Knowledge,
        snapshot::{Snapshot, sample::release},
    };

    fn judge(snapshot: &Snapshot, target: Option<&Target>, code: u16) -> Answer {
        let rule = RULES.iter().find(|rule| rule.code == Code::new(code)).expect("a rule");
        (rule.judge)(&Ground { snapshot, target, knowledge: Knowledge::builtin() })
    }

    fn bent(settings: &Value, change: impl FnOnce(&mut crate::snapshot::Release)) -> Snapshot {
        let mut snapshot = release("4.2.58", settings);
        let seen = snapshot.release.as_mut().expect("a release");
        change(seen);
        let seen = seen.clone();
        snapshot.milvus = seen.as_resource("vec", "my", &snapshot.workload);
        snapshot
    }

    fn cluster() -> Value {
        json!({"cluster.enabled": true, "pulsarv3.enabled": true, "etcd.enabled": true, "image.all.tag": "v2.5.16"})
    }

    #[test]
    fn each_rule_fires_where_it_should_and_only_there() {
        let sound = bent(&cluster(), |_| {});
        let pending = bent(&cluster(), |it| it.status = "pending-upgrade".to_owned());
        let failed = bent(&cluster(), |it| it.status = "failed".to_owned());
        let two = bent(
            &json!({"cluster.enabled": true, "pulsar.enabled": true, "pulsarv3.enabled": true, "image.all.tag": "v2.5.16"}),
            |_| {},
        );
        let mut old = sound.clone();
        old.kubernetes = crate::snapshot::Part::Known("v1.19.4".to_owned());
        let mut by_hand = sound.clone();
        if let crate::snapshot::Part::Known(deployments) = &mut by_hand.workload.deployments {
            deployments[0].image = "milvusdb/milvus:v2.5.20".to_owned();
        }
        for (name, snapshot, code, verdict) in [
            ("pending", &pending, 901, Verdict::Fires),
            ("pending", &sound, 901, Verdict::Fine),
            ("failed", &failed, 902, Verdict::Fires),
            ("failed", &sound, 902, Verdict::Fine),
            ("queues", &two, 905, Verdict::Fires),
            ("queues", &sound, 905, Verdict::Fine),
            ("by hand", &by_hand, 907, Verdict::Fires),
            ("by hand", &sound, 907, Verdict::Fine),
            ("kubernetes", &old, 908, Verdict::Fires),
            ("kubernetes", &sound, 908, Verdict::Fine),
        ] {
            assert_eq!(judge(snapshot, None, code).verdict(), verdict, "{name}");
        }
        let wanted = target(&sound, "2.6.15");
        assert_eq!(judge(&sound, Some(&wanted), 903).verdict(), Verdict::Fine);
        let mut chosen = wanted.clone();
        chosen.chart = Some("4.2.58".parse().expect("a version"));
        assert_eq!(judge(&sound, Some(&chosen), 903).verdict(), Verdict::Fires);
        chosen.chart = Some("5.0.19".parse().expect("a version"));
        assert_eq!(judge(&sound, Some(&chosen), 906).verdict(), Verdict::Fires, "etcd 6 becomes 8");
        chosen.chart = Some("4.2.58".parse().expect("a version"));
        assert_eq!(judge(&sound, Some(&chosen), 906).verdict(), Verdict::Fine, "the chart stays");
        let image = bent(&cluster(), |it| it.chart = "5.0.8".parse().expect("a version"));
        chosen.chart = Some("5.0.10".parse().expect("a version"));
        let seen = judge(&image, Some(&chosen), 906).problem().evidence;
        assert!(seen[0].contains("milvusdb/etcd:3.5.18-r1 -> milvusdb/etcd:3.5.25-r1"), "{seen:?}");
        chosen.chart = Some("9.0.0".parse().expect("a version"));
        assert_eq!(judge(&image, Some(&chosen), 906).verdict(), Verdict::Unknown);
        let pulsar =
            bent(&json!({"cluster.enabled": true, "pulsar.enabled": true, "image.all.tag": "v2.4.17"}), |it| {
                it.chart = "4.2.20".parse().expect("a version");
            });
        let mut early = target(&pulsar, "2.5.0");
        early.chart = Some("4.2.25".parse().expect("a version"));
        assert_eq!(judge(&pulsar, Some(&early), 904).verdict(), Verdict::Fires);
        early.chart = Some("4.2.58".parse().expect("a version"));
        assert_eq!(judge(&pulsar, Some(&early), 904).verdict(), Verdict::Fine);
    }

    #[test]
    fn rules_of_one_way_are_silent_about_the_other() {
        let operator = crate::snapshot::sample::healthy_cluster();
        for code in 901..=912 {
            assert_eq!(judge(&operator, None, code).verdict(), Verdict::Absent, "MV0{code}");
        }
        let report = super::super::Report::of(&Ground {
            snapshot: &bent(&cluster(), |_| {}),
            target: None,
            knowledge: Knowledge::builtin(),
        });
        let of_operator = report.findings.iter().filter(|it| it.code.to_string().starts_with("MV02"));
        assert!(of_operator.clone().count() > 5);
        assert!(of_operator.into_iter().all(|it| it.found().is_none()), "{report:?}");
    }
}
