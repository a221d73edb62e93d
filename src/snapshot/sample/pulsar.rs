//! Samples whose messages are in Pulsar.

use semver::Version;
use serde_json::json;

use super::{instance, release, set, time};
use crate::{
    milvus::{Component, Mode},
    snapshot::{Part, PulsarClaim, PulsarScene, PulsarSet, Snapshot},
};

/// `milvus/prod` on Pulsar 2 that the operator installed.
pub(crate) fn on_pulsar_2() -> Snapshot {
    let components = [(Component::MixCoord, 2), (Component::QueryNode, 2), (Component::Proxy, 2)];
    let mut snapshot = instance("prod", Mode::Cluster, "pulsar", &components);
    let pulsar = json!({"inCluster": {"chartVersion": "pulsar-v2", "deletionPolicy": "Retain"}});
    set(&mut snapshot.milvus.spec, "/dependencies/pulsar", pulsar);
    snapshot.pulsar_scene = Some(scene("prod-pulsar", "pulsar", 2, "2026-07-10T08:00:10Z"));
    snapshot
}

/// The same after the way to Pulsar 3.
pub(crate) fn on_pulsar_3() -> Snapshot {
    let mut snapshot = on_pulsar_2();
    set(&mut snapshot.milvus.spec, "/dependencies/pulsar/inCluster/chartVersion", json!("pulsar-v3"));
    snapshot.pulsar_scene = Some(scene("prod-pulsar", "pulsar", 3, "2026-07-10T08:00:10Z"));
    snapshot
}

/// `release/my` on Pulsar 2 of a chart that has no other yet by default.
pub(crate) fn release_on_pulsar_2() -> Snapshot {
    let settings = json!({
        "cluster.enabled": true, "image.all.tag": "v2.5.4", "pulsar.enabled": true, "mixCoordinator.enabled": true,
    });
    let mut snapshot = release("4.2.20", &settings);
    if let Some(release) = &mut snapshot.release {
        release.objects = Part::Known(vec![]);
    }
    snapshot.pulsar_scene = Some(scene("my-pulsar", "pulsar", 2, "2026-07-10T08:00:10Z"));
    snapshot
}

/// Sets of this generation, and the claims of one bookie.
pub(crate) fn scene(name: &str, app: &str, generation: u64, made: &str) -> PulsarScene {
    let set = |part: &str| PulsarSet {
        name: format!("{name}-{part}"),
        chart: Some(Version::new(generation, 7, 8)),
        wanted: 1,
        ready: 1,
    };
    let claim = |volume: &str| {
        let name = format!("{name}-bookie-{volume}-{name}-bookie-0");
        PulsarClaim { volume: format!("pv-{volume}"), name, app: app.into(), created: Some(time(made)) }
    };
    PulsarScene {
        sets: Part::Known(vec![set("bookie"), set("broker")]),
        claims: Part::Known(vec![claim("journal"), claim("ledgers")]),
    }
}
