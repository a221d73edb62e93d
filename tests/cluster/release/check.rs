//! What `check` says of a release, from objects, records and files that are really there.

use std::io::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::look::records;
use super::way::{chart, install};
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::sure;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, says};

trials![
    claims_that_helm_could_not_change_are_told,
    owners_repositories_and_versions_are_told,
    two_releases_in_one_place_are_told,
];

fn claims_that_helm_could_not_change_are_told(testbed: &Testbed) {
    let vec = testbed.namespace("check-claims");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15,etcd.inside=true", "--wait"]);
    let sound = vec.run(["check", "release/my", "--to", "2.6.22"]);
    ended_with(&sound, 0);
    says(&sound.stdout, "Charts for 2.6, by the tables of this program");
    says(&sound.stdout, "CHART VERSION   APP VERSION");
    says(&sound.stdout, "5.0.19          2.6.15");

    // Helm finds out half-way, and leaves a failed revision whose values nobody can have.
    let path = here.path();
    let grow = ["upgrade", "my", &path, "-n", vec.name(), "--reset-then-reuse-values"];
    let grown = testbed.command_of("helm4", &grow).args(&["--set", "etcd.persistence.size=20Gi"]).run();
    assert_ne!(grown.code, Some(0), "{}", grown.stdout);
    let checked = vec.run(["check", "release/my", "--to", "2.6.22"]);
    ended_with(&checked, 3);
    says(&checked.stdout, "MV0910");
    says(&checked.stdout, "statefulset/my-etcd data: size 10Gi now, 20Gi by the values");
    says(&checked.stdout, "MV0902");
}

fn owners_repositories_and_versions_are_told(testbed: &Testbed) {
    let vec = testbed.namespace("check-marks");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15"]);
    let mark = json!({"metadata": {"labels": {"helm.toolkit.fluxcd.io/name": "vectors"}}});
    sure(testbed.client().patch(&vec.path("apps/v1", "deployments/my-milvus-proxy"), &mark));
    let list = vec.file(
        "repositories.yaml",
        "apiVersion: ''\nrepositories:\n- {name: milvus, url: 'https://ana:hunter2@milvus-io.github.io/milvus-helm/'}\n",
    );
    keep_in_manifest(&vec, "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: my-minio}\n");
    let check = || vec.command(&["check", "release/my", "--to", "2.6.22"]);
    let checked = check().env("HELM_REPOSITORY_CONFIG", list.as_os_str()).run();
    ended_with(&checked, 3);
    says(&checked.stdout, "MV0802  Flux owns the resource");
    says(&checked.stdout, "set image.all.tag to v2.6.22 where Flux reads the values");
    says(&checked.stdout, "MV0909");
    says(&checked.stdout, "poddisruptionbudget/my-minio: policy/v1beta1 (removed in Kubernetes 1.25, now policy/v1)");
    says(&checked.stdout, "helm mapkubeapis my -n check-marks");
    says(&checked.stdout, "MV0912");
    assert!(!checked.stdout.contains("hunter2"), "{}", checked.stdout);
    let document = check().args(&["-o", "json"]).run();
    let report: Value = serde_json::from_str(&document.stdout).expect("one document");
    let versions = report["charts"]["versions"].as_array().expect("charts");
    assert!(versions.contains(&json!({"chartVersion": "5.0.19", "appVersion": "2.6.15"})), "{versions:?}");
}

/// Writes one more object into the manifest of the newest record, as a chart of long ago would have left it.
fn keep_in_manifest(namespace: &Namespace, object: &str) {
    let (name, mut record) = records(namespace).pop().expect("a record");
    let manifest = record["manifest"].as_str().expect("a text").to_owned();
    record["manifest"] = format!("{manifest}---\n# Source: milvus/templates/old.yaml\n{object}").into();
    let mut packed = GzEncoder::new(vec![], Compression::fast());
    packed.write_all(record.to_string().as_bytes()).expect("it fits");
    let release = STANDARD.encode(STANDARD.encode(packed.finish().expect("it fits")));
    let change = json!({"data": {"release": release}});
    sure(namespace.testbed.client().patch(&namespace.path("v1", &format!("secrets/{name}")), &change));
}

fn two_releases_in_one_place_are_told(testbed: &Testbed) {
    let (vec, web) = (testbed.namespace("shared-here"), testbed.namespace("shared-there"));
    let here = chart("5.0.22", "2.6.15");
    let shared =
        "image.all.tag=v2.6.15,extraConfigFiles.user\\.yaml=etcd: {endpoints: ['etcd.infra:2379']\\, rootPath: one}";
    install(&vec, &here, &["--set", shared]);
    let alone = vec.run(["check", "release/my", "--to", "2.6.22"]);
    ended_with(&alone, 0);
    let path = here.path();
    let other = testbed.command_of("helm4", &["install", "other", &path, "-n", web.name(), "--set", shared]).run();
    ended_with(&other, 0);
    let told = vec.run(["check", "release/my", "--to", "2.6.22"]);
    ended_with(&told, 3);
    says(&told.stdout, "MV0305");
    says(&told.stdout, "release/other in shared-there: etcd etcd.infra:2379/one too");
    let apart = shared.replace("rootPath: one", "rootPath: two");
    let path = here.path();
    let moved = testbed.command_of("helm4", &["upgrade", "other", &path, "-n", web.name(), "--set", &apart]).run();
    ended_with(&moved, 0);
    ended_with(&vec.run(["check", "release/my", "--to", "2.6.22"]), 0);
}
