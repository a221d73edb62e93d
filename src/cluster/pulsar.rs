//! What there is of the Pulsar that an instance brings along.

use kube::{ResourceExt, api::ListParams};

use super::{
    Cluster,
    bare::{PersistentVolumeClaim, StatefulSet},
    observe::seen,
};
use crate::snapshot::{PulsarClaim, PulsarScene, PulsarSet, Snapshot};

impl Cluster {
    /// Looks at the sets of Pulsar, and at the claims of those and of sets that are gone: two requests, at once.
    pub async fn look_at_pulsar(&self, snapshot: &mut Snapshot) {
        let milvus = &snapshot.milvus;
        // The operator installs Pulsar as a release of its own, whose name is the same for both generations.
        let release = if milvus.is_release { milvus.name.clone() } else { format!("{}-pulsar", milvus.name) };
        let labels = ListParams::default().labels(&format!("release={release}"));
        let apps = ListParams::default().labels(&format!("release={release},app in (pulsar,pulsarv3)"));
        let namespace = Some(milvus.namespace.as_str());
        let (sets, claims) = tokio::join!(
            self.list::<StatefulSet>(namespace, &labels),
            self.list::<PersistentVolumeClaim>(namespace, &apps),
        );
        snapshot.pulsar_scene = Some(PulsarScene {
            sets: seen(sets, "statefulsets", set),
            claims: seen(claims, "persistentvolumeclaims", |object| Some(claim(object))),
        });
    }
}

/// A set of Pulsar; nothing where it is of another part of the release.
fn set(object: StatefulSet) -> Option<PulsarSet> {
    let label = object.labels().get("chart").cloned().unwrap_or_default();
    let is_named = object.labels().get("app").is_some_and(|app| app.starts_with("pulsar"));
    if !is_named && !label.starts_with("pulsar") {
        return None;
    }
    let name = object.name_any();
    let spec = object.spec.unwrap_or_default();
    let ready = object.status.and_then(|status| status.ready_replicas).unwrap_or_default();
    Some(PulsarSet {
        name,
        chart: label.split_once('-').and_then(|(_, version)| version.parse().ok()),
        wanted: i64::from(spec.replicas.unwrap_or(1)),
        ready: i64::from(ready),
    })
}

fn claim(object: PersistentVolumeClaim) -> PulsarClaim {
    let app = object.labels().get("app").cloned().unwrap_or_default();
    let created = object.creation_timestamp().map(|time| time.0);
    let name = object.name_any();
    let volume = object.spec.and_then(|spec| spec.volume_name).unwrap_or_default();
    PulsarClaim { name, app, volume, created }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{claim, set};

    #[test]
    fn the_generation_is_told_by_the_chart_and_other_parts_are_left_out() {
        let of = |labels: serde_json::Value| {
            let object = json!({"metadata": {"name": "s", "labels": labels}, "spec": {"replicas": 3}});
            set(serde_json::from_value(object).expect("a set"))
        };
        let second = of(json!({"app": "pulsar", "chart": "pulsar-2.7.8", "release": "my"})).expect("of Pulsar");
        assert!(!second.is_from(3) && second.is_from(2));
        assert!(of(json!({"app": "pulsarv3", "chart": "pulsarv3-3.3.0"})).expect("of Pulsar").is_from(3));
        let untold = of(json!({"app": "pulsar"})).expect("of Pulsar");
        assert!(!untold.is_from(2) && untold.wanted == 3 && untold.ready == 0);
        assert_eq!(of(json!({"app": "minio", "chart": "minio-8.0.17", "release": "my"})), None);
    }

    #[test]
    fn a_claim_keeps_what_tells_its_age() {
        let object = json!({
            "metadata": {"name": "c", "labels": {"app": "pulsar"}, "creationTimestamp": "2026-07-10T08:00:00Z"},
            "spec": {"volumeName": "pv-c"},
        });
        let claim = claim(serde_json::from_value(object).expect("a claim"));
        assert_eq!((claim.app.as_str(), claim.volume.as_str()), ("pulsar", "pv-c"));
        assert_eq!(claim.created.map(|time| time.to_string()).as_deref(), Some("2026-07-10T08:00:00Z"));
    }
}
