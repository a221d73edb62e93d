//! Rules about what the data lies on: volumes, claims and object storage.

use super::{Answer, Ground, Problem, evidence};
use crate::{
    milvus::{Image, MessageQueue, Mode},
    snapshot::{Claim, Deployment, StatefulSet, VolumeClaim, shell_word},
};

/// The `StatefulSet`s of the dependencies, or the answer that they are not known.
pub(super) fn sets<'a>(ground: &Ground<'a>) -> Result<&'a [StatefulSet], Answer> {
    let sets = ground.snapshot.surroundings.sets.as_result();
    sets.map(Vec::as_slice).map_err(|reason| {
        let namespace = shell_word(&ground.milvus().namespace);
        Answer::Unknown(format!("{reason}; look with kubectl -n {namespace} get statefulsets"))
    })
}

fn claims<'a>(ground: &Ground<'a>) -> Result<&'a [VolumeClaim], Answer> {
    let claims = ground.snapshot.surroundings.claims.as_result();
    claims.map(Vec::as_slice).map_err(|reason| {
        let namespace = shell_word(&ground.milvus().namespace);
        Answer::Unknown(format!("{reason}; look with kubectl -n {namespace} get pvc"))
    })
}

pub(super) fn of_set(ground: &Ground<'_>, set: &StatefulSet) -> String {
    format!("statefulset/{} in {}", set.name, ground.milvus().namespace)
}

/// MV0301: etcd of the instance lies on no volume.
pub(super) fn metadata_unkept(ground: &Ground<'_>) -> Answer {
    let sets = match sets(ground) {
        Ok(sets) => sets,
        Err(answer) => return answer,
    };
    let mut etcds = sets.iter().filter(|set| set.part == "etcd" && set.wanted > 0).peekable();
    if etcds.peek().is_none() {
        return Answer::NotApplicable;
    }
    let Some(bare) = etcds.find(|set| set.claims.is_empty()) else { return Answer::Fine };
    Problem::new(of_set(ground, bare), "etcd keeps the metadata in its pods: when the last of them goes, it is gone")
        .seen(["spec.volumeClaimTemplates: absent".to_owned(), format!("spec.replicas: {}", bare.wanted)])
        .fix("take a backup, and set up etcd with persistence.enabled; it cannot be added to a StatefulSet that is there")
        .into()
}

/// MV0302: a claim is gone, lost, or waits while its pods wait too.
pub(super) fn claim_unbound(ground: &Ground<'_>) -> Answer {
    let (sets, claims) = match (sets(ground), claims(ground)) {
        (Ok(sets), Ok(claims)) => (sets, claims),
        (Err(answer), _) | (_, Err(answer)) => return answer,
    };
    let deployments = ground.snapshot.workload.deployments().iter().filter(|deployment| !deployment.is_idle());
    let of_deployments = deployments.flat_map(|deployment| {
        let owner = format!("deployment/{}", deployment.name);
        let is_whole = deployment.is_complete();
        deployment.claims.iter().map(move |claim| (claim.clone(), owner.clone(), is_whole))
    });
    let of_sets = sets.iter().flat_map(|set| {
        let owner = format!("statefulset/{}", set.name);
        set.claim_names().map(move |claim| (claim, owner.clone(), set.ready >= set.wanted))
    });
    let mut seen = vec![];
    let mut mounted = 0;
    for (name, owner, is_whole) in of_deployments.chain(of_sets) {
        mounted += 1;
        match claims.iter().find(|claim| claim.name == name) {
            None => seen.push(format!("pvc/{name}: not there, and {owner} mounts it")),
            Some(claim) if claim.phase == "Lost" => seen.push(format!("pvc/{name}: Lost; {owner} mounts it")),
            // A claim that waits for its first pod is no trouble where every pod runs.
            Some(claim) if claim.phase != "Bound" && !is_whole => {
                seen.push(format!("pvc/{name}: {}; {owner} waits for it", claim.phase));
            }
            Some(_) => {}
        }
    }
    if mounted == 0 {
        return Answer::NotApplicable;
    }
    if seen.is_empty() {
        return Answer::Fine;
    }
    let namespace = &ground.milvus().namespace;
    Problem::new(
        evidence::milvus(ground.milvus()),
        "a volume is missing: a pod that starts anew waits, or starts with nothing".to_owned(),
    )
    .seen(seen)
    .fix(format!("kubectl -n {} get pvc,events", shell_word(namespace)))
    .into()
}

/// Whether only one node, or one pod, can have the volume.
fn is_exclusive(claim: &VolumeClaim) -> bool {
    !claim.modes.is_empty() && claim.modes.iter().all(|mode| mode.starts_with("ReadWriteOnce"))
}

/// MV0303: a new pod would come before the old one lets its volume go.
pub(super) fn volume_held(ground: &Ground<'_>) -> Answer {
    if ground.target.is_none() || ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let claims = match claims(ground) {
        Ok(claims) => claims,
        Err(answer) => return answer,
    };
    let deployments = match ground.snapshot.workload.deployments.as_result() {
        Ok(deployments) => deployments,
        Err(reason) => return Answer::Unknown(format!("{reason}; nobody knows what its pods mount")),
    };
    let mounting: Vec<&Deployment> =
        deployments.iter().filter(|deployment| !deployment.is_idle() && !deployment.claims.is_empty()).collect();
    if mounting.is_empty() {
        return Answer::NotApplicable;
    }
    let held = mounting.iter().find_map(|deployment| {
        let exclusive = |claim: &&VolumeClaim| deployment.claims.contains(&claim.name) && is_exclusive(claim);
        (deployment.strategy != "Recreate").then(|| claims.iter().find(exclusive).map(|claim| (deployment, claim)))?
    });
    let Some((deployment, claim)) = held else { return Answer::Fine };
    let milvus = ground.milvus();
    let fix = if milvus.is_release {
        "let the Deployment replace its pod at once (strategy Recreate), or use a volume that many can mount".to_owned()
    } else {
        milvus.patch_command(&serde_json::json!({"spec": {"components": {"enableRollingUpdate": false}}}))
    };
    Problem::new(
        format!("deployment/{} in {}", deployment.name, milvus.namespace),
        format!(
            "the new pod waits for the volume of pvc/{}, and the old pod goes only when the new one is ready",
            claim.name
        ),
    )
    .seen([
        format!("pvc/{}: {}", claim.name, claim.modes.join(", ")),
        format!("deployment/{}: strategy {}", deployment.name, deployment.strategy),
    ])
    .fix(fix)
    .into()
}

/// MV0304: a dependency runs with fewer pods than it should.
pub(super) fn dependency_thin(ground: &Ground<'_>) -> Answer {
    if ground.is_resumed() {
        return Answer::NotApplicable;
    }
    let sets = match sets(ground) {
        Ok(sets) => sets,
        Err(answer) => return answer,
    };
    if sets.is_empty() {
        return Answer::NotApplicable;
    }
    let thin: Vec<&StatefulSet> = sets.iter().filter(|set| set.ready < set.wanted).collect();
    let Some(first) = thin.first() else { return Answer::Fine };
    let words = |set: &StatefulSet| {
        let spare = set.ready - (set.wanted / 2 + 1);
        let quorum = match set.part.as_str() {
            "etcd" if spare < 0 => "; no quorum",
            "etcd" if spare == 0 => "; the next one that goes stops it",
            _ => "",
        };
        format!("{} of {} pods ready{quorum}", set.ready, set.wanted)
    };
    let seen = thin.iter().map(|set| format!("statefulset/{}: {}", set.name, words(set)));
    let namespace = shell_word(&ground.milvus().namespace);
    Problem::new(of_set(ground, first), format!("statefulset/{} has {}", first.name, words(first)))
        .seen(seen)
        .fix(format!("kubectl -n {namespace} describe statefulset {}", shell_word(&first.name)))
        .into()
}

/// MV0306: Woodpecker on a storage that may not keep writers apart.
pub(super) fn unfit_for_woodpecker(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    if milvus.message_queue() != Some(MessageQueue::Woodpecker) {
        return Answer::NotApplicable;
    }
    let storage = milvus.spec.pointer("/config/woodpecker/storage/type").and_then(serde_json::Value::as_str);
    if matches!(storage, Some("local" | "service")) {
        return Answer::NotApplicable;
    }
    let unknown = |what: &str| {
        Answer::Unknown(format!("{what}; ask its makers whether it knows conditional writes (If-None-Match)"))
    };
    if milvus.is_external("storage") {
        let address = milvus.spec.pointer("/dependencies/storage/endpoint").and_then(serde_json::Value::as_str);
        let Some(address) = address else { return unknown("the resource names no address of its storage") };
        return match ground.knowledge.store_at(address) {
            Some(store) if store.writes_conditionally => Answer::Fine,
            Some(store) => {
                Problem::new(evidence::milvus(milvus), format!("{} cannot hold the log of Woodpecker", store.store))
                    .seen([evidence::spec(milvus, "/dependencies/storage/endpoint")])
                    .fix("move to a storage with conditional writes before the upgrade")
                    .into()
            }
            None => unknown(&format!("nobody here knows the storage at {address}")),
        };
    }
    let Some(image) = minio_image(ground) else { return unknown("the image of MinIO was not seen") };
    let tag = image.parse::<Image>().ok().and_then(|image| image.tag().map(str::to_owned));
    let since = ground.knowledge.store("MinIO").and_then(|store| store.since.as_deref()).unwrap_or_default();
    match tag {
        // The tags are times, so that the older one comes first in the alphabet too.
        Some(tag) if tag.starts_with("RELEASE.") && tag.as_str() >= since => Answer::Fine,
        Some(tag) if tag.starts_with("RELEASE.") => {
            Problem::new(evidence::milvus(milvus), format!("MinIO {tag} cannot hold the log of Woodpecker safely"))
                .seen([format!("image of MinIO: {image}"), format!("conditional writes since {since}")])
                .fix(format!("run MinIO {since} or newer"))
                .into()
        }
        _ => unknown(&format!("the image {image} does not say which MinIO it is")),
    }
}

/// The image of the MinIO that belongs to the instance: as it runs, else as the resource or the values say.
fn minio_image(ground: &Ground<'_>) -> Option<String> {
    let sets = ground.snapshot.surroundings.sets.known()?;
    let runs = sets.iter().find(|set| set.part == "minio").and_then(|set| set.images.first().cloned());
    let said = || {
        let values = ground.milvus().spec.pointer("/dependencies/storage/inCluster/values/image")?;
        let tag = values.get("tag")?.as_str()?;
        let repository = values.get("repository").and_then(serde_json::Value::as_str).unwrap_or("minio/minio");
        Some(format!("{repository}:{tag}"))
    };
    let of_release = || {
        let release = ground.snapshot.release.as_ref()?;
        let repository = release.text("minio.image.repository").unwrap_or("minio/minio");
        Some(format!("{repository}:{}", release.text("minio.image.tag")?))
    };
    runs.or_else(said).or_else(of_release)
}

/// MV0307: the queue inside a standalone goes with its pod.
pub(super) fn queue_unkept(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let built_in = milvus.message_queue().filter(MessageQueue::is_built_in);
    let (Some(queue), Some(_), Mode::Standalone) = (built_in, ground.target, milvus.mode()) else {
        return Answer::NotApplicable;
    };
    // Snapshots from before claims were looked at have Deployments without any.
    if let Err(answer) = claims(ground) {
        return answer;
    }
    let deployments = match ground.snapshot.workload.deployments.as_result() {
        Ok(deployments) => deployments,
        Err(reason) => return Answer::Unknown(format!("{reason}; nobody knows what its pod mounts")),
    };
    let mut running = deployments.iter().filter(|deployment| !deployment.is_idle()).peekable();
    if running.peek().is_none() {
        return Answer::NotApplicable;
    }
    let Some(bare) = running.find(|deployment| deployment.claims.is_empty()) else { return Answer::Fine };
    Problem::new(
        evidence::milvus(milvus),
        format!("{queue} keeps nothing when its pod goes: what is not flushed by then is lost"),
    )
    .seen([format!("deployment/{}: mounts no claim", bare.name), evidence::spec(milvus, "/dependencies/msgStreamType")])
    .fix("stop the writers and flush every collection before the upgrade")
    .into()
}

/// What the operator installs, by their sections below `spec.dependencies` and the ends of the names of their releases.
const INSTALLED: [(&str, &str); 4] = [("etcd", "etcd"), ("storage", "minio"), ("pulsar", "pulsar"), ("kafka", "kafka")];

/// MV0311: the data goes with the resource.
pub(super) fn volumes_go(ground: &Ground<'_>) -> Answer {
    let milvus = ground.milvus();
    let says = |section: &str, field: &str| milvus.spec.pointer(&format!("/dependencies/{section}/inCluster/{field}"));
    let goes = |(section, _): &&(&str, &str)| {
        !milvus.is_external(section)
            && says(section, "deletionPolicy").is_some_and(|policy| policy == "Delete")
            && says(section, "pvcDeletion").is_some_and(|deletion| *deletion == true)
    };
    let going: Vec<_> = INSTALLED.iter().filter(goes).collect();
    if going.is_empty() {
        return Answer::NotApplicable;
    }
    let (sets, reclaims) = match (sets(ground), ground.snapshot.surroundings.reclaims.as_result()) {
        (Ok(sets), Ok(reclaims)) => (sets, reclaims),
        (Err(answer), _) => return answer,
        (_, Err(reason)) => return Answer::Unknown(format!("{reason}; look with kubectl get pv")),
    };
    let (mut seen, mut lost) = (vec![], 0);
    for (section, release) in going {
        let release = format!("{}-{release}", milvus.name);
        let own = sets
            .iter()
            .filter(|set| set.name.strip_prefix(&release).is_some_and(|it| it.is_empty() || it.starts_with('-')));
        let claims: Vec<String> = own.flat_map(StatefulSet::claim_names).collect();
        let deleted = reclaims.iter().filter(|it| claims.contains(&it.claim) && it.policy != "Retain");
        let deleted: Vec<String> =
            deleted.map(|it| format!("pvc/{}: volume {}, {}", it.claim, it.volume, it.policy)).collect();
        if !deleted.is_empty() {
            lost += deleted.len();
            seen.push(evidence::spec(milvus, &format!("/dependencies/{section}/inCluster/deletionPolicy")));
            seen.push(evidence::spec(milvus, &format!("/dependencies/{section}/inCluster/pvcDeletion")));
            seen.extend(deleted);
        }
    }
    if lost == 0 {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(milvus),
        format!("whoever deletes the resource deletes the data too, with volumes and claims: {lost}"),
    )
    .seen(seen)
    .fix("set pvcDeletion to false, or the reclaim policy of the volumes to Retain: kubectl edit pv")
    .into()
}

/// MV0309: the resource wants other claims than the operator can make.
pub(super) fn claims_fixed(ground: &Ground<'_>) -> Answer {
    let sets = match sets(ground) {
        Ok(sets) => sets,
        Err(answer) => return answer,
    };
    let milvus = ground.milvus();
    let (mut seen, mut compared) = (vec![], 0);
    for (part, key) in [("etcd", "etcd"), ("kafka", "kafka"), ("minio", "storage")] {
        let pointer = format!("/dependencies/{key}/inCluster/values/persistence");
        let Some(wanted) = milvus.spec.pointer(&pointer) else { continue };
        let text = |field: &str| wanted.get(field).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
        let named = format!("{}-{part}", milvus.name);
        for set in sets.iter().filter(|set| set.part == part && set.name == named) {
            for claim in &set.claims {
                compared += 1;
                let asked = text("size").map(|size| Claim { size: size.to_owned(), ..claim.clone() });
                if asked.is_some_and(|asked| !asked.has_size_of(claim)) {
                    let wanted = evidence::spec(milvus, &format!("{pointer}/size"));
                    seen.push(format!("statefulset/{named} {}: size {}; {wanted}", claim.name, claim.size));
                }
                if let Some(class) = text("storageClass").filter(|class| Some(*class) != claim.class.as_deref()) {
                    let live = claim.class.as_deref().unwrap_or("the default");
                    seen.push(format!(
                        "statefulset/{named} {}: storage class {live}; the resource says {class}",
                        claim.name
                    ));
                }
            }
        }
    }
    if compared == 0 {
        return Answer::NotApplicable;
    }
    if seen.is_empty() {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(milvus),
        "the resource wants other claims than a StatefulSet has: the operator fails there, and comes no further",
    )
    .seen(seen)
    .fix("set the values back to what is there, and grow the claims themselves with kubectl edit pvc")
    .into()
}
