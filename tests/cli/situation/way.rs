//! The way from version to version: what is denied, what stands between, what only a backup takes back.

use insta::assert_snapshot;

use super::{
    CLUSTER, COORDINATORS, OLD, STANDALONE, at_version, bent, by_operator, check, check_with, document, finding,
};

#[test]
fn two_lines_and_four_coordinators_are_between() {
    let file = bent(COORDINATORS, |_| {});
    assert_snapshot!(check(&file, "2.6.22"), @"
    exit 0
    --- stdout
    milvus/four in vec: cluster 2.4.23, operator 1.3.7, Kubernetes 1.36

    Ready for 2.6.22 by way of 2.5.27
      48 rules passed, 65 do not apply

    Route   2.4.23 -> 2.5.27 -> mixcoord -> 2.6.22
    Next:   kubectl milvus upgrade four -n vec --to 2.6.22 --backup nightly --dry-run=server
    --- stderr
    ");
    let (exit, document) = document(&file, &["--to", "2.6.22", "--backup", "nightly"]);
    assert_eq!(exit, "exit 0");
    let hops = document["route"]["hops"].as_array().expect("hops").iter();
    let told: Vec<String> = hops.map(|hop| format!("{} {}", hop["method"]["by"], hop["to"])).collect();
    assert_eq!(told, [r#""image" "2.5.27""#, r#""mixcoord" "2.5.27""#, r#""image" "2.6.22""#]);
}

#[test]
fn the_operator_is_too_old_for_the_line() {
    let file = bent(CLUSTER, |snapshot| by_operator(snapshot, "1.2.8"));
    assert_snapshot!(check(&file, "2.6.22"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.2.8, Kubernetes 1.36

    Not ready for 2.6.22: 1 problem

      problem  MV0201  operator 1.2.8 cannot roll to 2.6: it needs 1.3.0 or newer (1.3.7 advised)
               seen    deployment/milvus-operator in milvus-operator, image: milvusdb/milvus-operator:v1.2.8
                       1.3.0: it is the first that knows streaming nodes and the order of an upgrade into 2.6
               fix     kubectl milvus upgrade operator --to 1.3.7
               more    kubectl milvus explain MV0201

      info     MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on

    Route   2.5.22 -> operator 1.3.7 -> 2.6.22
    Next:   kubectl milvus upgrade operator --to 1.3.7
    --- stderr
    ");
}

#[test]
fn nobody_named_a_backup() {
    let file = bent(CLUSTER, |_| {});
    assert_snapshot!(check_with(&file, &["--to", "2.6.22"]), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.6.22: 1 question to answer

      question  MV0701  the way back from 2.6 is a restore, and no backup is named: 2.6 writes what 2.5 cannot read, as soon as its streaming is switched on
                seen    milvus/my-release in default, status.currentImage: milvusdb/milvus:v2.5.22
                        target: milvusdb/milvus:v2.6.22
                fix     --backup REF, or --accept MV0701
                more    kubectl milvus explain MV0701

      info      MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on
    --- stderr
    ");
    let (exit, document) = document(&file, &["--to", "2.6.22", "--accept", "MV0701"]);
    assert_eq!((exit.as_str(), &document["ready"]), ("exit 0", &true.into()));
    assert_eq!(finding(&document, "MV0701")["result"]["accepted"], true);
}

#[test]
fn an_old_patch_goes_over_the_one_that_can_hand_over() {
    let file = bent(CLUSTER, |snapshot| at_version(snapshot, "2.5.10"));
    assert_snapshot!(check(&file, "2.6.22"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.5.10, operator 1.3.7, Kubernetes 1.36

    Ready for 2.6.22 by way of 2.5.27, with one thing to know
      48 rules passed, 1 note, 64 do not apply

      info     MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on

    Route   2.5.10 -> 2.5.27 -> 2.6.22
    Next:   kubectl milvus upgrade my-release -n default --to 2.6.22 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn an_older_version_is_no_upgrade() {
    let file = bent(CLUSTER, |_| {});
    assert_snapshot!(check(&file, "2.4.24"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.4.24: 1 problem

      problem  MV0111  2.4.24 is older than 2.5.22, which runs
               seen    milvus/my-release in default, status.currentImage: milvusdb/milvus:v2.5.22
               fix     kubectl milvus rollback my-release -n default --to 2.4.24
               more    kubectl milvus explain MV0111

      warning  MV0114  2.4.24 has CVE-2026-26190

    Next:  kubectl milvus rollback my-release -n default --to 2.4.24
    --- stderr
    ");
}

#[test]
fn a_preview_that_nobody_leaves_by_image() {
    let file = bent(CLUSTER, |snapshot| at_version(snapshot, "2.6.0-rc1"));
    assert_snapshot!(check(&file, "2.6.22"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.6.0-rc1, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.6.22: 1 problem

      problem  MV0106  2.6.0-rc1: no 2.6 release can take over its data: not compatible with 2.6.0 and later
               seen    milvus/my-release in default, status.currentImage: milvusdb/milvus:v2.6.0-rc1
               fix     set up a new instance of a released version and bring the data over
               more    kubectl milvus explain MV0106

      warning  MV0419  2.6.0-rc1 knows no indexnode, and one still runs
    --- stderr
    ");
}

#[test]
fn a_version_that_nobody_knows() {
    let file = bent(CLUSTER, |_| {});
    assert_snapshot!(check(&file, "3.9"), @"
    exit 2
    --- stdout
    --- stderr
    error: no release of the line 3.9 is known (2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 3.0); name the version in full
    ");
}

#[test]
fn it_runs_already() {
    assert_snapshot!(check(&bent(CLUSTER, |_| {}), "2.5.22"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Ready for 2.5.22, with one thing to know
      41 rules passed, 1 warning, 71 do not apply

      warning  MV0114  2.5.22 has CVE-2026-26190
    --- stderr
    ");
}

#[test]
fn the_metadata_of_2_1_have_to_be_migrated() {
    assert_snapshot!(check(&bent(OLD, |_| {}), "2.2.16"), @"
    exit 0
    --- stdout
    milvus/old in vec: cluster 2.1.4, operator 1.3.7, Kubernetes 1.36

    Ready for 2.2.16, with three things to know
      56 rules passed, 3 warnings, 54 do not apply

      warning  MV0114  2.2.16 has CVE-2025-64513 and CVE-2026-26190
      warning  MV0702  milvus-backup does not restore into 2.1.4, and the way back leads there
      warning  MV1307  everything stops for some minutes: nothing is written or searched

    Next:  kubectl milvus migrate old -n vec --to 2.2.16 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn from_2_1_it_is_far_to_2_6() {
    assert_snapshot!(check(&bent(OLD, |_| {}), "2.6.22"), @"
    exit 0
    --- stdout
    milvus/old in vec: cluster 2.1.4, operator 1.3.7, Kubernetes 1.36

    Ready for 2.6.22 by way of 2.2.16, with three things to know
      56 rules passed, 3 warnings, 54 do not apply

      warning  MV0114  2.2.16 has CVE-2025-64513 and CVE-2026-26190
      warning  MV0702  milvus-backup does not restore into 2.1.4, and the way back leads there
      warning  MV1307  everything stops for some minutes: nothing is written or searched

    Route   2.1.4 -> migration to 2.2.16 -> 2.5.27 -> mixcoord -> 2.6.22
    Next:   kubectl milvus upgrade old -n vec --to 2.6.22 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn a_standalone_keeps_its_queue_inside() {
    let file = bent(STANDALONE, |_| {});
    assert_snapshot!(check(&file, "2.6.22"), @"
    exit 0
    --- stdout
    milvus/lone in vec: standalone 2.5.22, operator 1.3.7, Kubernetes 1.36

    Ready for 2.6.22, with two things to know
      47 rules passed, 2 warnings, 64 do not apply

      warning  MV0307  rocksmq keeps nothing when its pod goes: what is not flushed by then is lost
      warning  MV0407  rocksmq lives inside Milvus: the old pod goes before the new one comes

    Next:  kubectl milvus upgrade lone -n vec --to 2.6.22 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn a_standalone_that_names_no_queue() {
    let file = bent(STANDALONE, |snapshot| {
        snapshot["milvus"]["spec"]["dependencies"].as_object_mut().expect("a section").remove("msgStreamType");
    });
    assert_snapshot!(check(&file, "2.6.22"), @r#"
    exit 3
    --- stdout
    milvus/lone in vec: standalone 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.6.22: 1 problem

      problem  MV0412  no message queue is named: the operator chose rocksmq for 2.5.22, and chooses woodpecker for 2.6.22
               seen    milvus/lone in vec, spec.dependencies.msgStreamType: absent
                       spec.mode: standalone
               fix     kubectl -n vec patch milvus lone --type=merge -p '{"spec":{"dependencies":{"msgStreamType":"rocksmq"}}}'
               more    kubectl milvus explain MV0412

      warning  MV0407  rolling updates are off: all components change at once
    --- stderr
    "#);
}

#[test]
fn pulsar_in_the_cluster_of_the_second_generation() {
    let file = bent(CLUSTER, |snapshot| {
        let dependencies = &mut snapshot["milvus"]["spec"]["dependencies"];
        dependencies["msgStreamType"] = "pulsar".into();
        dependencies["pulsar"] =
            serde_json::json!({"inCluster": {"chartVersion": "pulsar-v2", "deletionPolicy": "Retain"}});
    });
    assert_snapshot!(check(&file, "2.6.22"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Ready for 2.6.22, with one thing to know
      52 rules passed, 1 note, 60 do not apply

      info     MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on

    Next:  kubectl milvus upgrade my-release -n default --to 2.6.22 --backup nightly --dry-run=server
    --- stderr
    ");
}
