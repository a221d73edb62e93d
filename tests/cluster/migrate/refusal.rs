//! Migrations that are refused before anything stops, each with the right way instead.

use serde_json::json;

use crate::testbed::Testbed;
use crate::testbed::proxy::Trouble;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, own_writes, says};

trials![
    pairs_that_no_migration_leads_over_are_refused,
    what_the_operator_would_fail_at_is_refused,
    without_a_default_class_a_claim_has_to_be_named,
];

fn pairs_that_no_migration_leads_over_are_refused(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-pairs");
    let versions = ["2.0.2", "2.1.4", "2.2.9", "2.3.1"];
    let created: Vec<_> = versions
        .iter()
        .map(|version| vec.milvus(&format!("v{}", version.replace('.', "-"))).standalone().version(version).create())
        .collect();
    for milvus in &created {
        milvus.hasten();
        milvus.wait_until_healthy();
    }
    for (name, to, code, instead) in [
        ("v2-1-4", "2.4.24", "MV0102", "kubectl milvus migrate v2-1-4 -n migrate-pairs --to 2.2.16"),
        ("v2-1-4", "2.5.27", "MV0102", "go to 2.2.16"),
        ("v2-2-9", "2.3.22", "MV1301", "kubectl milvus upgrade v2-2-9 -n migrate-pairs --to 2.3.22"),
        ("v2-3-1", "2.4.24", "MV1301", "kubectl milvus upgrade v2-3-1 -n migrate-pairs --to 2.4.24"),
        ("v2-3-1", "2.2.16", "MV1301", "kubectl milvus rollback v2-3-1 -n migrate-pairs --to 2.2.16"),
        ("v2-0-2", "2.2.16", "MV0102", "kubectl milvus upgrade v2-0-2 -n migrate-pairs --to 2.1"),
    ] {
        let output = vec.run(["migrate", name, "--to", to, "--yes"]);
        ended_with(&output, 3);
        says(&output.stdout, code);
        says(&output.stdout, instead);
    }
    let newer = vec.run(["migrate", "v2-3-1", "--yes"]);
    ended_with(&newer, 3);
    says(&newer.stderr, "there is nothing to migrate");
    let back = vec.run(["migrate", "v2-2-9", "--rollback", "--yes"]);
    ended_with(&back, 3);
    says(&back.stderr, "only a backup of the data leads back");
    ended_with(&vec.run(["migrate", "operator", "--yes"]), 2);
    let release = vec.run(["migrate", "release/my", "--yes"]);
    ended_with(&release, 1);
    says(&release.stderr, "no release `my` in namespace");
    assert_eq!(own_writes(&vec).len(), 0);
}

fn what_the_operator_would_fail_at_is_refused(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-refused");
    let prod = vec.milvus("prod").standalone().version("2.1.4").create_and_wait_until_healthy();
    let refused = |code: &str| {
        let output = vec.run(["migrate", "prod", "--yes"]);
        ended_with(&output, 3);
        says(&output.stdout, code);
    };
    let etcd = testbed.etcd();
    prod.patch(&json!({"spec": {"dependencies": {"etcd": {"endpoints": [etcd, etcd]}}}}));
    prod.wait_until_healthy();
    refused("MV1304");
    prod.patch(&json!({"spec": {"dependencies": {"etcd": {"endpoints": [etcd]}}, "components": {"version": "2.1.4"}}}));
    prod.wait_until_healthy();
    refused("MV1312");
    prod.patch(&json!({"spec": {"components": {"version": null}, "config": {"etcd": {"use": {"embed": true}}}}}));
    prod.wait_until_healthy();
    refused("MV1306");
    prod.patch(&json!({"spec": {"config": {"etcd": {"use": null}}}}));
    prod.wait_until_healthy();
    let other = json!({
        "apiVersion": "milvus.io/v1beta1", "kind": "MilvusUpgrade", "metadata": {"name": "other"},
        "spec": {
            "milvus": {"name": "prod", "namespace": "migrate-refused"}, "sourceVersion": "2.1.4",
            "targetVersion": "2.2.9", "targetImage": "milvusdb/milvus:v2.2.9", "toolImage": "testbed/tool:v1",
        },
    });
    testbed.client().create(&vec.path("milvus.io/v1beta1", "milvusupgrades"), &other).expect("it is created");
    refused("MV1305");
    assert_eq!(own_writes(&vec).len(), 0);
}

fn without_a_default_class_a_claim_has_to_be_named(testbed: &Testbed) {
    let vec = testbed.namespace("migrate-class");
    vec.milvus("lone").standalone().version("2.1.4").create_and_wait_until_healthy();
    let proxy = testbed.proxy();
    proxy.make(Trouble::Nothing).path("/storageclasses").begin();
    let run =
        |more: &[&str]| vec.command(&["migrate", "lone", "--yes"]).args(more).kubeconfig(proxy.kubeconfig()).run();
    let refused = run(&[]);
    ended_with(&refused, 3);
    says(&refused.stdout, "MV1302");
    says(&refused.stdout, "--backup-claim");
    assert_eq!(own_writes(&vec).len(), 0);
    let named = run(&["--backup-claim", "kept", "--dry-run=server"]);
    ended_with(&named, 0);
    assert_eq!(own_writes(&vec).len(), 0);
}
