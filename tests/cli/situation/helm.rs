//! Instances that Helm runs.

use insta::assert_snapshot;

use super::{RELEASE, bent, check};

#[test]
fn a_release_goes_to_the_chart_of_the_next_line() {
    assert_snapshot!(check(&bent(RELEASE, |_| {}), "2.6.22"), @"
    exit 0
    --- stdout
    release/my in vec: cluster 2.5.16, chart 4.2.58, Kubernetes 1.36

    Ready for 2.6.22, with two things to know
      34 rules passed, 1 warning, 1 note, 77 do not apply

      warning  MV0906  pods of dependencies restart with the chart
      info     MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on

    Next:  kubectl milvus upgrade release/my -n vec --to 2.6.22 --backup nightly --dry-run=server

    Charts for 2.6, by the tables of this program
      CHART VERSION   APP VERSION
      5.1.0           2.6.7
      5.0.22          -
      5.0.19          2.6.15
      5.0.18          2.6.15
      5.0.17          2.6.14
    --- stderr
    ");
}

#[test]
fn an_operation_was_killed_and_its_lock_is_left() {
    let file = bent(RELEASE, |snapshot| snapshot["release"]["status"] = "pending-upgrade".into());
    assert_snapshot!(check(&file, "2.5.27"), @"
    exit 3
    --- stdout
    release/my in vec: cluster 2.5.16, chart 4.2.58, Kubernetes 1.36

    Not ready for 2.5.27: 1 problem

      problem  MV0901  revision 1 is pending-upgrade for 0 min: an operation is under way, or was given up
               seen    release/my in vec, secret/sh.helm.release.v1.my.v1: status pending-upgrade
               fix     wait for it; after 10 min, or once a run of this program died at it, kubectl milvus upgrade release/my -n vec --to VERSION --unlock, or helm -n vec rollback my
               more    kubectl milvus explain MV0901

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
