//! Rules about what a Helm release keeps, and where its charts come from (milvus.md §9.4).

use semver::Version;

use super::{
    Answer, Ground, Problem, evidence,
    helm::{chart_to_go, release, with_target},
};
use crate::snapshot::{Part, Release, ReleaseObject, shell_word};

/// The first chart without shortcuts to the configuration of Milvus (README of the chart).
const WITHOUT_SHORTCUTS: Version = Version::new(4, 0, 0);
/// Where the chart was published until August 2023; its last release there is 4.0.31 (milvus.md §3.1).
const OLD_REPOSITORY: &str = "milvus-io.github.io/milvus-helm";
/// Where the makers of Milvus publish its chart.
pub const CHART_REPOSITORY: &str = "https://zilliztech.github.io/milvus-helm";
/// How many objects evidence names.
const NAMED: usize = 8;

fn objects(release: &Release) -> Result<&[ReleaseObject], Answer> {
    match &release.objects {
        Part::Known(objects) => Ok(objects),
        Part::Unknown(reason) => Err(Answer::Unknown(format!("the objects of the revision are not known: {reason}"))),
    }
}

/// MV0909: the stored manifest has objects in versions that the API server no longer serves.
pub(super) fn versions_not_served(ground: &Ground<'_>) -> Answer {
    let objects = match release(ground).and_then(objects) {
        Ok(objects) => objects,
        Err(answer) => return answer,
    };
    let kubernetes = ground.snapshot.kubernetes.as_result();
    let mut gone = vec![];
    for object in objects {
        let known = ground.knowledge.removed_api(&object.api_version, &object.kind);
        let is_gone = match (object.served, kubernetes) {
            (Some(served), _) => !served,
            (None, Ok(kubernetes)) => known.is_some_and(|known| known.is_gone_from(kubernetes)),
            (None, Err(reason)) => return Answer::Unknown(reason.to_owned()),
        };
        if is_gone {
            let why = match known {
                Some(known) if known.instead.is_empty() => format!("removed in Kubernetes {}", known.removed),
                Some(known) => format!("removed in Kubernetes {}, now {}", known.removed, known.instead),
                None => "no such kind is served; is its definition installed?".to_owned(),
            };
            gone.push(format!("{}: {} ({why})", object.reference(), object.api_version));
        }
    }
    if gone.is_empty() {
        return Answer::Fine;
    }
    let milvus = ground.milvus();
    let (namespace, name) = (shell_word(&milvus.namespace), shell_word(&milvus.name));
    let count = gone.len();
    gone.truncate(NAMED);
    let plural = if count == 1 { "object is" } else { "objects are" };
    Problem::new(
        evidence::milvus(milvus),
        format!("{count} {plural} kept in a version that this Kubernetes does not serve, so nothing can be compared"),
    )
    .seen(gone)
    .fix(format!(
        "helm plugin install https://github.com/helm/helm-mapkubeapis; helm mapkubeapis {name} -n {namespace}"
    ))
    .into()
}

/// MV0910: claims of a `StatefulSet` are not what the release says, and cannot become so.
pub(super) fn claims_differ(ground: &Ground<'_>) -> Answer {
    let objects = match release(ground).and_then(objects) {
        Ok(objects) => objects,
        Err(answer) => return answer,
    };
    let mut seen = vec![];
    for object in objects.iter().filter(|object| !object.claims.is_empty()) {
        let Some(live) = &object.live_claims else {
            return Answer::Unknown(format!("{} was not seen", object.reference()));
        };
        for claim in &object.claims {
            let of = format!("{} {}", object.reference(), claim.name);
            match live.iter().find(|live| live.name == claim.name) {
                None => seen.push(format!("{of}: not there, and the values want it")),
                Some(live) => {
                    if !claim.has_size_of(live) {
                        seen.push(format!("{of}: size {} now, {} by the values", live.size, claim.size));
                    }
                    if claim.class != live.class {
                        let class = |class: &Option<String>| class.clone().unwrap_or_else(|| "the default".to_owned());
                        seen.push(format!(
                            "{of}: storage class {} now, {} by the values",
                            class(&live.class),
                            class(&claim.class)
                        ));
                    }
                }
            }
        }
    }
    if seen.is_empty() {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        "the values want other claims than the StatefulSets have, and those cannot be changed".to_owned(),
    )
    .seen(seen)
    .fix("set the values back to what is there (--set etcd.persistence.size=…); grow claims themselves with kubectl edit pvc")
    .into()
}

/// MV0911: values that a newer chart no longer looks at.
pub(super) fn shortcuts_lost(ground: &Ground<'_>) -> Answer {
    let (release, target) = match with_target(ground) {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let to = chart_to_go(ground, release, target);
    if release.chart >= WITHOUT_SHORTCUTS || to < WITHOUT_SHORTCUTS {
        return Answer::NotApplicable;
    }
    let lost: Vec<String> = ground
        .knowledge
        .shortcuts()
        .filter(|key| release.is_given(key))
        .map(|key| format!("values {key}: set by the user"))
        .collect();
    if lost.is_empty() {
        return Answer::Fine;
    }
    Problem::new(evidence::milvus(ground.milvus()), format!("chart {to} no longer looks at {} values", lost.len()))
        .seen(lost)
        .fix("write them into extraConfigFiles.user.yaml, as milvus.yaml has them")
        .into()
}

/// MV0912: helm on this machine asks a repository that ended.
pub(super) fn old_repository(ground: &Ground<'_>) -> Answer {
    let repositories = match release(ground).map(|release| &release.repositories) {
        Ok(Part::Known(repositories)) => repositories,
        Ok(Part::Unknown(reason)) => return Answer::Unknown(format!("the repositories that helm knows: {reason}")),
        Err(answer) => return answer,
    };
    let old: Vec<String> = repositories
        .iter()
        .filter(|address| address.contains(OLD_REPOSITORY))
        .map(|address| format!("helm repo list: {address}"))
        .collect();
    if old.is_empty() {
        return Answer::Fine;
    }
    Problem::new(evidence::milvus(ground.milvus()), "helm still asks the repository that ended with chart 4.0.31")
        .seen(old)
        .fix(format!("helm repo add --force-update milvus {CHART_REPOSITORY}"))
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{
        Code, Ground, RULES, Target,
        trial::{Verdict, target},
    };
    use crate::{
        knowledge::Knowledge,
        snapshot::{Claim, Part, Release, ReleaseObject, Snapshot, sample},
    };

    fn verdict(snapshot: &Snapshot, target: Option<&Target>, code: u16) -> Verdict {
        let rule = RULES.iter().find(|rule| rule.code == Code::new(code)).expect("a rule");
        (rule.judge)(&Ground { snapshot, target, knowledge: Knowledge::builtin() }).verdict()
    }

    fn bent(change: impl FnOnce(&mut Release)) -> Snapshot {
        let settings = json!({"cluster.enabled": true, "pulsar.enabled": true, "image.all.tag": "v2.2.0"});
        let mut snapshot = sample::release("3.3.0", &settings);
        change(snapshot.release.as_mut().expect("a release"));
        snapshot
    }

    fn budget(api_version: &str, served: Option<bool>) -> Part<Vec<ReleaseObject>> {
        Part::Known(vec![ReleaseObject {
            api_version: api_version.into(),
            kind: "PodDisruptionBudget".into(),
            name: "my-minio".into(),
            served,
            ..ReleaseObject::default()
        }])
    }

    #[test]
    fn what_is_no_longer_served_is_found_by_the_server_or_by_the_table() {
        for (objects, verdict_wanted) in [
            (budget("policy/v1", Some(true)), Verdict::Fine),
            (budget("policy/v1beta1", Some(false)), Verdict::Fires),
            (budget("policy/v1beta1", Some(true)), Verdict::Fine),
            (budget("policy/v1beta1", None), Verdict::Fires),
            (budget("policy/v1", None), Verdict::Fine),
            (budget("example.org/v1", Some(false)), Verdict::Fires),
            (Part::default(), Verdict::Unknown),
        ] {
            let mut snapshot = bent(|release| release.objects = objects.clone());
            snapshot.kubernetes = Part::Known("v1.25.0".into());
            assert_eq!(verdict(&snapshot, None, 909), verdict_wanted, "{objects:?}");
        }
        let mut blind = bent(|release| release.objects = budget("policy/v1beta1", None));
        blind.kubernetes = Part::Unknown("no right".into());
        assert_eq!(verdict(&blind, None, 909), Verdict::Unknown);
        assert_eq!(verdict(&sample::healthy_cluster(), None, 909), Verdict::Absent);
    }

    #[test]
    fn claims_that_cannot_become_what_the_values_want_are_found() {
        let claim = |size: &str, class: Option<&str>| Claim {
            name: "data".into(),
            size: size.into(),
            class: class.map(str::to_owned),
        };
        let etcd = |wanted: Claim, live: Option<Vec<Claim>>| {
            let object = ReleaseObject {
                api_version: "apps/v1".into(),
                kind: "StatefulSet".into(),
                name: "my-etcd".into(),
                claims: vec![wanted],
                live_claims: live,
                ..ReleaseObject::default()
            };
            bent(|release| release.objects = Part::Known(vec![object]))
        };
        for (wanted, live, expected) in [
            (claim("10Gi", None), Some(vec![claim("10Gi", None)]), Verdict::Fine),
            (claim("10240Mi", None), Some(vec![claim("10Gi", None)]), Verdict::Fine),
            (claim("20Gi", None), Some(vec![claim("10Gi", None)]), Verdict::Fires),
            (claim("10Gi", Some("fast")), Some(vec![claim("10Gi", None)]), Verdict::Fires),
            (claim("10Gi", None), Some(vec![]), Verdict::Fires),
            (claim("10Gi", None), None, Verdict::Unknown),
        ] {
            assert_eq!(verdict(&etcd(wanted.clone(), live), None, 910), expected, "{wanted:?}");
        }
        assert_eq!(verdict(&bent(|release| release.objects = Part::Known(vec![])), None, 910), Verdict::Fine);
        assert_eq!(verdict(&bent(|_| {}), None, 910), Verdict::Unknown);
        assert_eq!(verdict(&sample::healthy_cluster(), None, 910), Verdict::Absent);
    }

    #[test]
    fn shortcuts_are_lost_on_the_way_to_chart_4() {
        let given = |key: &str| bent(|release| release.given.push(key.to_owned()));
        let wanted = |chart: &str| {
            let mut wanted = target(&bent(|_| {}), "2.2.16");
            wanted.chart = Some(chart.parse().expect("a version"));
            wanted
        };
        let (old, new) = (wanted("3.3.6"), wanted("4.0.34"));
        assert_eq!(verdict(&given("quotaAndLimits"), Some(&new), 911), Verdict::Fires);
        assert_eq!(verdict(&given("image.all.tag"), Some(&new), 911), Verdict::Fine);
        assert_eq!(verdict(&given("quotaAndLimits"), Some(&old), 911), Verdict::Absent);
        assert_eq!(verdict(&given("quotaAndLimits"), None, 911), Verdict::Absent);
        let already = bent(|release| release.chart = "4.0.0".parse().expect("a version"));
        assert_eq!(verdict(&already, Some(&new), 911), Verdict::Absent);
    }

    #[test]
    fn the_repository_that_ended_is_found() {
        let known = |address: &str| bent(|release| release.repositories = Part::Known(vec![address.to_owned()]));
        assert_eq!(verdict(&known("https://milvus-io.github.io/milvus-helm/"), None, 912), Verdict::Fires);
        assert_eq!(verdict(&known("https://zilliztech.github.io/milvus-helm"), None, 912), Verdict::Fine);
        assert_eq!(verdict(&bent(|_| {}), None, 912), Verdict::Unknown);
        assert_eq!(verdict(&sample::healthy_cluster(), None, 912), Verdict::Absent);
    }
}
