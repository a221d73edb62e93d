//! Rules about what Milvus leans on: places that others use too, images, and etcd inside its pod.

use super::{Answer, Ground, Problem, evidence, storage};
use crate::{milvus::Image, snapshot::shell_word};

/// MV0305: another instance keeps its data in the same place.
pub(super) fn place_shared(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    if !milvus.has_external_dependency() {
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
        other.places.iter().map(move |place| format!("milvus/{} in {}: {place} too", other.name, other.namespace))
    });
    Problem::new(
        evidence::milvus(milvus),
        format!(
            "milvus/{} in {} keeps its data in the same place: each takes the other's for its own",
            first.name, first.namespace
        ),
    )
    .seen(seen)
    .fix(format!(
        "give the instance that holds no data a place of its own (spec.config etcd.rootPath, minio.rootPath, \
         msgChannel.chanNamePrefix.cluster), or remove it; kubectl -n {} get milvus {} -o yaml",
        shell_word(&first.namespace),
        shell_word(&first.name)
    ))
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
