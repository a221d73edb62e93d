//! The testbed keeps its promises: without that, no other test here means anything.

use crate::testbed::{Testbed, trial::trials};

trials![a_new_cluster_becomes_healthy];

fn a_new_cluster_becomes_healthy(testbed: &Testbed) {
    let vec = testbed.namespace("new-cluster");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let components: Vec<_> =
        prod.deployments().iter().map(|one| one["metadata"]["name"].clone()).collect();
    assert_eq!(components.len(), 6, "{components:?}");
}
