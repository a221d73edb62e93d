//! Tests of the rules about storage and dependencies.

use serde_json::{Value, json};

use super::trial::{Verdict, trial};
use crate::{
    milvus::Component,
    snapshot::{
        Deployment, Part, Sharing, Snapshot, StatefulSet, VolumeClaim,
        sample::{self, healthy_cluster, release, standalone},
    },
};

fn sets(snapshot: &mut Snapshot) -> &mut Vec<StatefulSet> {
    let Part::Known(sets) = &mut snapshot.surroundings.sets else { panic!("the sample has sets") };
    sets
}

fn claims(snapshot: &mut Snapshot) -> &mut Vec<VolumeClaim> {
    let Part::Known(claims) = &mut snapshot.surroundings.claims else { panic!("the sample has claims") };
    claims
}

fn deployments(snapshot: &mut Snapshot) -> &mut Vec<Deployment> {
    let Part::Known(deployments) = &mut snapshot.workload.deployments else { panic!("the sample has deployments") };
    deployments
}

fn bent(change: impl FnOnce(&mut Snapshot)) -> Snapshot {
    let mut snapshot = healthy_cluster();
    change(&mut snapshot);
    snapshot
}

#[test]
fn without_a_look_at_the_dependencies_nothing_is_said_of_them() {
    let blind = bent(|snapshot| snapshot.surroundings.sets = Part::Unknown("no right to list statefulsets".into()));
    for code in [301, 302, 304, 308, 309] {
        assert_eq!(trial(&blind, Some("2.5.27"), code).verdict(), Verdict::Unknown, "MV0{code}");
    }
    let alone = bent(|snapshot| sets(snapshot).clear());
    for code in [301, 302, 304, 308, 309] {
        assert_eq!(trial(&alone, Some("2.5.27"), code).verdict(), Verdict::Absent, "MV0{code}");
    }
}

#[test]
fn etcd_needs_volumes() {
    assert_eq!(trial(&healthy_cluster(), None, 301).verdict(), Verdict::Fine);
    let bare = bent(|snapshot| sets(snapshot)[0].claims.clear());
    assert_eq!(trial(&bare, None, 301).problem().object, "statefulset/prod-etcd in vec");
    let kafka = bent(|snapshot| sets(snapshot)[1].claims.clear());
    assert_eq!(trial(&kafka, None, 301).verdict(), Verdict::Fine);
}

#[test]
fn a_claim_has_to_be_there_and_bound() {
    assert_eq!(trial(&healthy_cluster(), None, 302).verdict(), Verdict::Fine);
    let gone = bent(|snapshot| drop(claims(snapshot).remove(0)));
    assert_eq!(
        trial(&gone, None, 302).problem().evidence,
        ["pvc/data-prod-etcd-0: not there, and statefulset/prod-etcd mounts it"]
    );
    let lost = bent(|snapshot| claims(snapshot)[1].phase = "Lost".into());
    assert_eq!(trial(&lost, None, 302).verdict(), Verdict::Fires);
    let mut waits = bent(|snapshot| claims(snapshot)[1].phase = "Pending".into());
    assert_eq!(trial(&waits, None, 302).verdict(), Verdict::Fine, "its pod runs all the same");
    sets(&mut waits)[0].ready = 2;
    assert_eq!(trial(&waits, None, 302).verdict(), Verdict::Fires);
    waits.surroundings.claims = Part::Unknown("no right".into());
    assert_eq!(trial(&waits, None, 302).verdict(), Verdict::Unknown);
}

fn mounting(strategy: &str, mode: &str) -> Snapshot {
    let mut snapshot = standalone();
    deployments(&mut snapshot)[0].claims = vec!["demo-milvus".into()];
    deployments(&mut snapshot)[0].strategy = strategy.into();
    let claim = VolumeClaim {
        name: "demo-milvus".into(),
        phase: "Bound".into(),
        modes: vec![mode.into()],
        volume: String::new(),
    };
    claims(&mut snapshot).push(claim);
    snapshot
}

#[test]
fn a_volume_that_one_pod_holds_cannot_be_handed_over_while_it_runs() {
    for (strategy, mode, verdict) in [
        ("RollingUpdate", "ReadWriteOnce", Verdict::Fires),
        ("RollingUpdate", "ReadWriteOncePod", Verdict::Fires),
        ("RollingUpdate", "ReadWriteMany", Verdict::Fine),
        ("Recreate", "ReadWriteOnce", Verdict::Fine),
    ] {
        assert_eq!(trial(&mounting(strategy, mode), Some("2.5.27"), 303).verdict(), verdict, "{strategy} {mode}");
    }
    assert_eq!(trial(&mounting("RollingUpdate", "ReadWriteOnce"), None, 303).verdict(), Verdict::Absent);
    assert_eq!(trial(&standalone(), Some("2.5.27"), 303).verdict(), Verdict::Absent);
    let mut blind = mounting("RollingUpdate", "ReadWriteOnce");
    blind.workload.deployments = Part::Unknown("no right".into());
    assert_eq!(trial(&blind, Some("2.5.27"), 303).verdict(), Verdict::Unknown);
    blind.surroundings.claims = Part::Unknown("no right".into());
    assert_eq!(trial(&blind, Some("2.5.27"), 303).verdict(), Verdict::Unknown);
}

#[test]
fn a_dependency_that_lost_pods_is_told_with_what_is_left() {
    assert_eq!(trial(&healthy_cluster(), None, 304).verdict(), Verdict::Fine);
    for (ready, words) in [
        (2, "statefulset/prod-etcd: 2 of 3 pods ready; the next one that goes stops it"),
        (1, "statefulset/prod-etcd: 1 of 3 pods ready; no quorum"),
    ] {
        let thin = bent(|snapshot| sets(snapshot)[0].ready = ready);
        assert_eq!(trial(&thin, None, 304).problem().evidence, [words]);
    }
    let mut resumed = bent(|snapshot| sets(snapshot)[0].ready = 2);
    sample::set(&mut resumed.milvus.spec, "/components/image", json!("milvusdb/milvus:v2.5.27"));
    assert_eq!(trial(&resumed, Some("2.5.27"), 304).verdict(), Verdict::Absent);
}

#[test]
fn a_place_belongs_to_one_instance() {
    assert_eq!(trial(&healthy_cluster(), None, 305).verdict(), Verdict::Absent);
    let mut snapshot = healthy_cluster();
    let external = json!({"external": true, "endpoints": ["etcd.infra:2379"]});
    sample::set(&mut snapshot.milvus.spec, "/dependencies/etcd", external);
    assert_eq!(trial(&snapshot, None, 305).verdict(), Verdict::Fine);
    let places = vec!["etcd etcd.infra:2379/prod".into()];
    snapshot.surroundings.sharing =
        Part::Known(vec![Sharing { is_release: false, namespace: "test".into(), name: "prod".into(), places }]);
    assert_eq!(trial(&snapshot, None, 305).problem().evidence, ["milvus/prod in test: etcd etcd.infra:2379/prod too"]);
    snapshot.surroundings.sharing = Part::Unknown("no right".into());
    assert_eq!(trial(&snapshot, None, 305).verdict(), Verdict::Unknown);
}

fn woodpecker(storage: Value) -> Snapshot {
    bent(|snapshot| {
        sample::set(&mut snapshot.milvus.spec, "/dependencies/msgStreamType", json!("woodpecker"));
        sample::set(&mut snapshot.milvus.spec, "/dependencies/storage", storage);
    })
}

#[test]
fn woodpecker_needs_a_storage_that_keeps_writers_apart() {
    let external = |endpoint: &str| json!({"external": true, "endpoint": endpoint});
    let minio = |tag: &str| json!({"inCluster": {"values": {"image": {"tag": tag}}}});
    for (storage, verdict) in [
        (external("s3.us-east-1.amazonaws.com:443"), Verdict::Fine),
        (external("obs.cn-north-4.myhuaweicloud.com:443"), Verdict::Fires),
        (external("minio.infra:9000"), Verdict::Unknown),
        (json!({"external": true}), Verdict::Unknown),
        (minio("RELEASE.2024-12-18T13-15-44Z"), Verdict::Fine),
        (minio("RELEASE.2024-05-28T17-19-04Z"), Verdict::Fires),
        (minio("latest"), Verdict::Unknown),
        (json!({}), Verdict::Unknown),
    ] {
        assert_eq!(trial(&woodpecker(storage.clone()), None, 306).verdict(), verdict, "{storage}");
    }
    assert_eq!(trial(&healthy_cluster(), None, 306).verdict(), Verdict::Absent);
    let mut local = woodpecker(json!({}));
    sample::set(&mut local.milvus.spec, "/config/woodpecker/storage/type", json!("local"));
    assert_eq!(trial(&local, None, 306).verdict(), Verdict::Absent);
    let mut runs = woodpecker(minio("RELEASE.2024-12-18T13-15-44Z"));
    sets(&mut runs).push(StatefulSet {
        part: "minio".into(),
        images: vec!["minio/minio:RELEASE.2023-03-20T20-16-18Z".into()],
        ..StatefulSet::default()
    });
    assert_eq!(trial(&runs, None, 306).verdict(), Verdict::Fires, "what runs counts, not what is said");
    let settings = json!({
        "cluster.enabled": true, "woodpecker.enabled": true, "image.all.tag": "v2.6.22",
        "minio.image.tag": "RELEASE.2024-05-28T17-19-04Z",
    });
    assert_eq!(trial(&release("5.0.19", &settings), None, 306).verdict(), Verdict::Fires);
}

#[test]
fn a_built_in_queue_needs_a_volume() {
    assert_eq!(trial(&standalone(), Some("2.5.27"), 307).verdict(), Verdict::Fires);
    assert_eq!(trial(&mounting("Recreate", "ReadWriteOnce"), Some("2.5.27"), 307).verdict(), Verdict::Fine);
    assert_eq!(trial(&standalone(), None, 307).verdict(), Verdict::Absent);
    assert_eq!(trial(&healthy_cluster(), Some("2.5.27"), 307).verdict(), Verdict::Absent);
    let mut stopped = standalone();
    *deployments(&mut stopped) = vec![sample::deployment("demo", Component::Standalone, "", 0)];
    assert_eq!(trial(&stopped, Some("2.5.27"), 307).verdict(), Verdict::Absent);
    stopped.workload.deployments = Part::Unknown("no right".into());
    assert_eq!(trial(&stopped, Some("2.5.27"), 307).verdict(), Verdict::Unknown);
    stopped.surroundings.claims = Part::default();
    assert_eq!(trial(&stopped, Some("2.5.27"), 307).verdict(), Verdict::Unknown);
}

#[test]
fn images_that_moved_away_are_named() {
    assert_eq!(trial(&healthy_cluster(), None, 308).verdict(), Verdict::Fine);
    let moved = bent(|snapshot| sets(snapshot)[1].images = vec!["docker.io/bitnami/kafka:3.1.0-debian-10-r52".into()]);
    assert_eq!(
        trial(&moved, None, 308).problem().evidence,
        ["prod-kafka: docker.io/bitnami/kafka:3.1.0-debian-10-r52, moved to bitnamilegacy/"]
    );
}

#[test]
fn claims_cannot_be_changed_through_the_resource() {
    let wanting = |part: &str, persistence: Value| {
        let path = format!("/dependencies/{part}/inCluster/values/persistence");
        bent(|snapshot| sample::set(&mut snapshot.milvus.spec, &path, persistence))
    };
    assert_eq!(trial(&healthy_cluster(), None, 309).verdict(), Verdict::Absent);
    assert_eq!(trial(&wanting("etcd", json!({"size": "10240Mi"})), None, 309).verdict(), Verdict::Fine);
    assert_eq!(
        trial(&wanting("etcd", json!({"size": "20Gi"})), None, 309).problem().evidence,
        ["statefulset/prod-etcd data: size 10Gi; spec.dependencies.etcd.inCluster.values.persistence.size: 20Gi"]
    );
    assert_eq!(trial(&wanting("kafka", json!({"storageClass": "fast"})), None, 309).verdict(), Verdict::Fires);
}

#[test]
fn a_migration_needs_an_etcd_that_runs_on() {
    let mut old = healthy_cluster();
    sample::run_image(&mut old, "milvusdb/milvus:v2.1.4");
    assert_eq!(trial(&old, Some("2.2.16"), 310).verdict(), Verdict::Fine);
    sample::set(&mut old.milvus.spec, "/config/etcd/use/embed", json!(true));
    assert_eq!(trial(&old, Some("2.2.16"), 310).verdict(), Verdict::Fires);
    assert_eq!(trial(&old, Some("2.1.4"), 310).verdict(), Verdict::Absent);
    sample::run_image(&mut old, "milvusdb/milvus:latest");
    assert_eq!(trial(&old, Some("2.2.16"), 310).verdict(), Verdict::Unknown);
}

#[test]
fn volumes_that_go_with_the_resource_are_told_of() {
    let doomed = |policy: &str, release: &str| {
        bent(|snapshot| {
            let section = json!({"deletionPolicy": release, "pvcDeletion": true});
            sample::set(&mut snapshot.milvus.spec, "/dependencies/etcd/inCluster", section);
            let Part::Known(reclaims) = &mut snapshot.surroundings.reclaims else { panic!("the sample has volumes") };
            for reclaim in reclaims {
                reclaim.policy = policy.into();
            }
        })
    };
    assert_eq!(trial(&healthy_cluster(), None, 311).verdict(), Verdict::Absent);
    assert_eq!(trial(&doomed("Delete", "Retain"), None, 311).verdict(), Verdict::Absent);
    assert_eq!(trial(&doomed("Retain", "Delete"), None, 311).verdict(), Verdict::Fine);
    let problem = trial(&doomed("Delete", "Delete"), None, 311).problem();
    assert_eq!(
        problem.summary, "whoever deletes the resource deletes the data too, with volumes and claims: 3",
        "those of Kafka stay"
    );
    assert_eq!(
        problem.evidence[..3],
        [
            "spec.dependencies.etcd.inCluster.deletionPolicy: Delete",
            "spec.dependencies.etcd.inCluster.pvcDeletion: true",
            "pvc/data-prod-etcd-0: volume pv-data-prod-etcd-0, Delete",
        ]
    );
    let mut outside = doomed("Delete", "Delete");
    sample::set(&mut outside.milvus.spec, "/dependencies/etcd/external", json!(true));
    assert_eq!(trial(&outside, None, 311).verdict(), Verdict::Absent);
    let mut blind = doomed("Delete", "Delete");
    blind.surroundings.reclaims = Part::Unknown("no right to list persistentvolumes".into());
    assert_eq!(trial(&blind, None, 311).verdict(), Verdict::Unknown);
}
