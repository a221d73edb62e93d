//! Somebody else keeps the resource.

use insta::assert_snapshot;
use serde_json::json;

use super::{CLUSTER, RELEASE, bent, check, document, finding};

#[test]
fn argo_cd_would_put_it_back() {
    let file = bent(CLUSTER, |snapshot| {
        snapshot["milvus"]["annotations"]["argocd.argoproj.io/tracking-id"] =
            "vectors:milvus.io/Milvus:default/my-release".into();
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0802  Argo CD owns the resource and would put it back
                seen    milvus/my-release in default, metadata.annotations.argocd.argoproj.io/tracking-id: vectors:milvus.io/Milvus:default/my-release
                fix     set spec.components.image to milvusdb/milvus:v2.5.27 where Argo CD reads it, then  kubectl milvus upgrade my-release -n default --to 2.5.27 --follow
                more    kubectl milvus explain MV0802
    --- stderr
    ");
    let (exit, document) = document(&file, &["--to", "2.5.27"]);
    assert_eq!((exit.as_str(), &document["ready"]), ("exit 3", &false.into()));
    assert_eq!(finding(&document, "MV0802")["result"]["state"], "found");
}

#[test]
fn flux_applies_it_from_git() {
    let file = bent(CLUSTER, |snapshot| {
        snapshot["milvus"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = "vectors".into();
        let writer = json!({"name": "kustomize-controller", "operation": "Apply", "ownsImage": true});
        snapshot["milvus"]["managers"].as_array_mut().expect("a list").push(writer);
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0802  Flux owns the resource and would put it back
                seen    milvus/my-release in default, metadata.labels.kustomize.toolkit.fluxcd.io/name: vectors
                        metadata.managedFields: kustomize-controller (Apply) owns the image
                fix     set spec.components.image to milvusdb/milvus:v2.5.27 where Flux reads it, then  kubectl milvus upgrade my-release -n default --to 2.5.27 --follow
                more    kubectl milvus explain MV0802
    --- stderr
    ");
}

#[test]
fn a_milvus_cluster_of_long_ago_is_copied_over_it() {
    let file = bent(CLUSTER, |snapshot| {
        snapshot["milvus"]["owners"] = json!([{"kind": "MilvusCluster", "name": "my-release"}]);
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    milvus/my-release in default: cluster 2.5.22, operator 1.3.7, Kubernetes 1.36

    Not ready for 2.5.27: 1 problem

      problem  MV0801  milvuscluster/my-release owns it and is copied over it
               seen    milvus/my-release in default, metadata.ownerReferences: MilvusCluster my-release
               fix     kubectl -n default edit milvuscluster my-release
               more    kubectl milvus explain MV0801
    --- stderr
    ");
}

#[test]
fn flux_runs_the_release() {
    let file = bent(RELEASE, |snapshot| {
        snapshot["milvus"]["labels"]["helm.toolkit.fluxcd.io/name"] = "vectors".into();
    });
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    release/my in vec: cluster 2.5.16, chart 4.2.58, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0802  Flux owns the resource and would put it back
                seen    release/my in vec, metadata.labels.helm.toolkit.fluxcd.io/name: vectors
                fix     set image.all.tag to v2.5.27 where Flux reads the values, then  kubectl milvus upgrade release/my -n vec --to 2.5.27 --follow
                more    kubectl milvus explain MV0802

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
