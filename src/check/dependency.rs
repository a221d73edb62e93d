//! Rules about what Milvus leans on: places that others use too, images, and etcd inside its pod.

use super::{Answer, Ground, Problem, evidence, storage};
use crate::{milvus::Image, snapshot::shell_word};

/// MV0305: another instance keeps its data in the same place.
pub(super) fn place_shared(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let is_alone = match &ground.snapshot.release {
        Some(release) => release.places.is_empty(),
        None => !milvus.has_external_dependency(),
    };
    if is_alone {
        return Answer::NotApplicable;
    }
    let others = match ground.snapshot.surroundings.sharing.as_result() {
        Ok(others) => others,
        Err(reason) => {
            return Answer::Unknown(format!("{reason}; nobody knows whether another instance uses the same places"));
        }
    };
    let Some(first) = others.first() else { return Answer::Fine };
    let seen = others.iter().flat_map(|other| {
        other.places.iter().map(move |place| format!("{} in {}: {place} too", other.reference(), other.namespace))
    });
    let (namespace, name) = (shell_word(&first.namespace), shell_word(&first.name));
    let look = if first.is_release {
        format!("helm -n {namespace} get values {name}")
    } else {
        format!("kubectl -n {namespace} get milvus {name} -o yaml")
    };
    Problem::new(
        evidence::milvus(milvus),
        format!(
            "{} in {} keeps its data in the same place: each takes the other's for its own",
            first.reference(),
            first.namespace
        ),
    )
    .seen(seen)
    .fix(format!(
        "give the instance that holds no data a place of its own ({} etcd.rootPath, minio.rootPath, \
         msgChannel.chanNamePrefix.cluster), or remove it; {look}",
        if milvus.is_release { "extraConfigFiles user.yaml," } else { "spec.config" },
    ))
    .into()
}

/// How full the database of etcd may be, in hundredths of its quota, before it is worth a word.
const FULL: i64 = 80;

/// MV0312: the database of etcd comes near its quota.
pub(super) fn etcd_full(ground: &Ground<'_>) -> Answer {
    if ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let namespace = shell_word(&ground.milvus().namespace);
    let space = match ground.snapshot.surroundings.etcd_space.as_result() {
        Ok(Some(space)) => space,
        Ok(None) => return Answer::NotApplicable,
        // Where nothing is to be changed it says nothing of what runs.
        Err(_) if ground.target.is_none() => return Answer::NotApplicable,
        Err(reason) => {
            return Answer::Unknown(format!(
                "{reason}; look with etcdctl endpoint status in a pod of etcd in {namespace}"
            ));
        }
    };
    if space.used.saturating_mul(100) < space.quota.saturating_mul(FULL) {
        return Answer::Fine;
    }
    let hundredths = space.used.saturating_mul(100) / space.quota.max(1);
    let mebibytes = |bytes: i64| format!("{} MiB", bytes >> 20);
    Problem::new(
        format!("pod/{} in {}", space.pod, ground.milvus().namespace),
        format!("the database of etcd is {hundredths} % full: at its quota it takes no more writes"),
    )
    .seen([format!("etcd_mvcc_db_total_size_in_bytes: {}", mebibytes(space.used)), format!("etcd_server_quota_backend_bytes: {}", mebibytes(space.quota))])
    .fix(format!("compact and defragment it, member by member: kubectl -n {namespace} exec {} -- etcdctl defrag; or give it a larger quota", shell_word(&space.pod)))
    .into()
}

/// MV0308: pods that are scheduled anew cannot pull their image.
pub(super) fn images_moved(ground: &Ground<'_>) -> Answer {
    let sets = match storage::sets(ground) {
        Ok(sets) => sets,
        Err(answer) => return answer,
    };
    let (mut images, mut seen, mut object, mut reason) = (0, vec![], None, "");
    for set in sets {
        for reference in &set.images {
            images += 1;
            let Ok(image) = reference.parse::<Image>() else { continue };
            let Some(moved) = ground.knowledge.moved(image.repository()) else { continue };
            seen.push(format!("{}: {reference}, moved to {}", set.name, moved.into));
            reason = &moved.reason;
            object.get_or_insert_with(|| storage::of_set(ground, set));
        }
    }
    let Some(object) = object else {
        return if images == 0 { Answer::NotApplicable } else { Answer::Fine };
    };
    Problem::new(object, format!("a dependency runs from images that moved away: {reason}"))
        .seen(seen)
        .fix("name the new place, or a mirror of your own, among the values of the dependency")
        .into()
}

/// MV0310: the migration of metadata runs in a pod of its own, and cannot reach an etcd inside Milvus.
pub(super) fn etcd_inside(ground: &Ground<'_>) -> Answer {
    const POINTER: &str = "/config/etcd/use/embed";
    let (from, target) = match ground.way() {
        Ok(way) => way,
        Err(answer) => return answer,
    };
    if ground.knowledge.migration(&from, &target.version).is_none() {
        return Answer::NotApplicable;
    }
    let milvus = ground.milvus();
    let embedded = milvus.spec.pointer(POINTER).and_then(serde_json::Value::as_bool) == Some(true);
    Answer::of(embedded.then(|| {
        Problem::new(
            evidence::milvus(milvus),
            "etcd runs inside Milvus, and the migration runs while Milvus stands still: it cannot reach the metadata",
        )
        .seen([evidence::spec(milvus, POINTER)])
        .fix("run etcd by itself on the same data for the migration, or set up a new instance and bring the data over")
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        check::trial::{Verdict, trial},
        snapshot::{
            EtcdSpace, Part, Sharing,
            sample::{healthy_cluster, release},
        },
    };

    #[test]
    fn an_etcd_near_its_quota_is_told_of_with_or_without_a_target() {
        let mut snapshot = healthy_cluster();
        let space =
            |used: i64| Part::Known(Some(EtcdSpace { pod: "prod-etcd-0".into(), used: used << 20, quota: 2 << 30 }));
        for to in [None, Some("2.6.6")] {
            for (space, verdict) in [
                (space(64), Verdict::Fine),
                (space(1638), Verdict::Fine),
                (space(1639), Verdict::Fires),
                (space(2048), Verdict::Fires),
                (Part::Known(None), Verdict::Absent),
            ] {
                snapshot.surroundings.etcd_space = space;
                assert_eq!(trial(&snapshot, to, 312).verdict(), verdict, "{:?}", snapshot.surroundings.etcd_space);
            }
        }
        snapshot.surroundings.etcd_space = space(2000);
        let problem = trial(&snapshot, Some("2.6.6"), 312).problem();
        assert_eq!(problem.summary, "the database of etcd is 97 % full: at its quota it takes no more writes");
        assert_eq!(problem.evidence[0], "etcd_mvcc_db_total_size_in_bytes: 2000 MiB");
        snapshot.surroundings.etcd_space = Part::Unknown("no right to create pods/portforward".into());
        assert_eq!(trial(&snapshot, Some("2.6.6"), 312).verdict(), Verdict::Unknown);
        assert_eq!(trial(&snapshot, None, 312).verdict(), Verdict::Absent);
    }

    #[test]
    fn a_release_shares_its_place_with_a_resource_as_two_resources_do() {
        let mut snapshot = release("5.0.22", &json!({"image.all.tag": "v2.6.6"}));
        snapshot.surroundings.sharing = Part::Known(vec![]);
        assert_eq!(
            trial(&snapshot, Some("2.6.22"), 305).verdict(),
            Verdict::Absent,
            "nobody knows where it keeps anything"
        );
        let place = "etcd etcd.infra:2379/by-dev".to_owned();
        snapshot.release.as_mut().expect("a release").places = vec![place.clone()];
        assert_eq!(trial(&snapshot, Some("2.6.22"), 305).verdict(), Verdict::Fine);
        snapshot.surroundings.sharing = Part::Known(vec![Sharing {
            is_release: false,
            namespace: "web".into(),
            name: "other".into(),
            places: vec![place],
        }]);
        let problem = trial(&snapshot, Some("2.6.22"), 305).problem();
        assert_eq!(problem.evidence, ["milvus/other in web: etcd etcd.infra:2379/by-dev too"]);
        assert!(problem.fix.contains("extraConfigFiles user.yaml, etcd.rootPath"), "{}", problem.fix);
        if let Part::Known(others) = &mut snapshot.surroundings.sharing {
            others[0].is_release = true;
        }
        let problem = trial(&snapshot, Some("2.6.22"), 305).problem();
        assert_eq!(problem.evidence, ["release/other in web: etcd etcd.infra:2379/by-dev too"]);
        assert!(problem.fix.ends_with("helm -n web get values other"), "{}", problem.fix);
        snapshot.surroundings.sharing = Part::Unknown("no right to list milvuses in all namespaces".into());
        assert_eq!(trial(&snapshot, Some("2.6.22"), 305).verdict(), Verdict::Unknown);
    }
}
