//! What lies around the samples.

use crate::snapshot::{Claim, EtcdSpace, Part, Reclaim, StatefulSet, Surroundings, VolumeClaim};

/// etcd of three and, where the instance needs it, Kafka, all on volumes; nothing else around.
pub(super) fn surroundings(instance: &str, queue: &str) -> Surroundings {
    let set = |part: &str, image: &str| StatefulSet {
        name: format!("{instance}-{part}"),
        part: part.into(),
        wanted: 3,
        ready: 3,
        images: vec![image.into()],
        claims: vec![Claim { name: "data".into(), size: "10Gi".into(), class: None }],
    };
    let mut sets = vec![set("etcd", "docker.io/milvusdb/etcd:3.5.18-r1")];
    if queue == "kafka" {
        sets.push(set("kafka", "docker.io/bitnamilegacy/kafka:3.1.0"));
    }
    let claim = |name: String| VolumeClaim {
        volume: format!("pv-{name}"),
        name,
        phase: "Bound".into(),
        modes: vec!["ReadWriteOnce".into()],
    };
    let claims: Vec<VolumeClaim> = sets.iter().flat_map(StatefulSet::claim_names).map(claim).collect();
    let reclaim = |claim: &VolumeClaim| Reclaim {
        claim: claim.name.clone(),
        volume: claim.volume.clone(),
        policy: "Delete".into(),
    };
    let space = EtcdSpace { pod: format!("{instance}-etcd-0"), used: 64 << 20, quota: 4 << 30 };
    Surroundings {
        sets: Part::Known(sets),
        reclaims: Part::Known(claims.iter().map(reclaim).collect()),
        etcd_space: Part::Known(Some(space)),
        claims: Part::Known(claims),
        budgets: Part::Known(vec![]),
        quotas: Part::Known(vec![]),
        webhooks: Part::Known(vec![]),
        services: Part::Known(vec![]),
        pull_secrets: Part::Known(vec![]),
        sharing: Part::Known(vec![]),
    }
}
