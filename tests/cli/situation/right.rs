//! Who may not see everything is told what was not looked at, and that it is not known.

use insta::assert_snapshot;
use serde_json::json;

use super::{CLUSTER, RELEASE, bent, check, check_with, document, finding};

#[test]
fn who_may_see_little_is_told_what_was_not_looked_at() {
    let file = bent(CLUSTER, |snapshot| {
        let surroundings = snapshot["surroundings"].as_object_mut().expect("an object");
        for (part, seen) in surroundings {
            *seen = json!({ "unknown": format!("no right to list {part}") });
        }
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Ready for 2.5.27, but 12 rules could not be checked
      46 rules passed, 55 do not apply, 12 could not be checked

      unknown  12 rules: no right to list webhooks, sets, claims, sharing, etcdSpace, pullSecrets, budgets, quotas
               MV0211, MV0301, MV0302, MV0303, MV0304, MV0305, MV0308, MV0309, MV0312, MV0417, MV0505, MV0506
               Go on without, or ask for:  kubectl milvus docs rbac --for check

    Next:  kubectl milvus upgrade my-release -n default --to 2.5.27 --backup nightly --dry-run=server
    --- stderr
    ");
    let (exit, document) = document(&file, &["--to", "2.5.27"]);
    assert_eq!((exit.as_str(), &document["tally"]["unknown"]), ("exit 0", &12.into()));
    assert_eq!(finding(&document, "MV0505")["result"]["state"], "unknown", "programs get them one by one");
}

#[test]
fn the_operator_has_lost_its_role() {
    let file = bent(CLUSTER, |snapshot| {
        snapshot["operators"]["known"][0]["lacks"] = json!({ "known": ["update deployments.apps"] });
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0214  the operator may not update deployments.apps in default
                seen    deployment/milvus-operator in milvus-operator, serviceaccount/milvus-operator in milvus-operator: refused by the API server, right by right
                fix     bind the ClusterRole of the operator's chart to serviceaccount/milvus-operator in milvus-operator again
                more    kubectl milvus explain MV0214
    --- stderr
    ");
}

#[test]
fn who_may_see_pods_only() {
    let file = bent(CLUSTER, |snapshot| {
        for part in ["operators", "definition", "events", "autoscalers", "nodes", "etcdChart"] {
            snapshot[part] = json!({ "unknown": format!("no right to list {part}") });
        }
    });
    assert_snapshot!(check(&file, "2.6.22"), @"
    exit 0
    --- stdout
    milvus/my-release in default: cluster 2.5.22, Kubernetes 1.36

    Ready for 2.6.22, with one thing to know
      40 rules passed, 1 note, 58 do not apply, 14 could not be checked

      info     MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on
      unknown  14 rules: no right to list operators, definition, autoscalers, nodes
               MV0201, MV0202, MV0203, MV0204, MV0208, MV0209, MV0210, MV0212, MV0213, MV0214, MV0502, MV0503, MV0507, MV0508
               Go on without, or ask for:  kubectl milvus docs rbac --for check

    Next:  kubectl milvus upgrade my-release -n default --to 2.6.22 --backup nightly --dry-run=server
    --- stderr
    ");
}

#[test]
fn of_a_release_the_objects_cannot_be_seen() {
    let file = bent(RELEASE, |snapshot| {
        snapshot["release"]["objects"] = json!({ "unknown": "no right to list statefulsets" });
        snapshot["release"]["unready"] = json!({ "unknown": "no right to list statefulsets" });
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 0
    --- stdout
    release/my in vec: cluster 2.5.16, chart 4.2.58, Kubernetes 1.36

    Ready for 2.5.27, but 2 rules could not be checked
      31 rules passed, 80 do not apply, 2 could not be checked

      unknown  2 rules: no right to list statefulsets
               MV0909, MV0910
               Go on without, or ask for:  kubectl milvus docs rbac --for check

    Next:  kubectl milvus upgrade release/my -n vec --to 2.5.27 --backup nightly --dry-run=server

    Charts for 2.5, by the tables of this program
      CHART VERSION   APP VERSION
      4.2.58          2.5.16
      4.2.57          2.5.15
      4.2.56          2.5.14
      4.2.55          2.5.14
      4.2.54          2.5.14
    --- stderr
    ");
}

#[test]
fn an_image_whose_tag_tells_no_version() {
    let file = bent(CLUSTER, |snapshot| {
        super::at_version(snapshot, "2.5.22");
        snapshot["milvus"]["spec"]["components"]["image"] = "harbor.local/milvus:blessed".into();
        snapshot["milvus"]["status"]["currentImage"] = "harbor.local/milvus:blessed".into();
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster of unknown version, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 problem

      problem  MV0103  the running version cannot be read from its image, so it is not known whether there is a way
               seen    milvus/my-release in default, status.currentImage: harbor.local/milvus:blessed
               fix     kubectl milvus upgrade my-release -n default --to 2.5.27 --from-version VERSION
               more    kubectl milvus explain MV0103

      info     MV0420  Milvus comes from harbor.local, and images beside it from docker.io: 1
      unknown  21 rules: the image names no version; say the one that runs with --from-version
               MV0101, MV0102, MV0104, MV0105, MV0106, MV0107, MV0108, MV0109, MV0110, MV0111, MV0113, MV0118, MV0121, MV0122, MV0310, MV0407, MV0411, MV0412, MV0419, MV0701, MV0702
               Go on without, or read:  kubectl milvus explain MV0101
      unknown  MV0116  the new image is of another variant: an image without a version in its tag does not tell its variant
               Go on without, or read:  kubectl milvus explain MV0116
    --- stderr
    ");
    let said = check_with(&file, &["--to", "2.5.27", "--from-version", "2.5.22"]);
    assert!(!said.contains("names no version; say the one"), "{said}");
}
