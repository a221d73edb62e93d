//! The way from 2.5 to 2.6 on the real charts, where `MILVUS_HELM_GIT` says where their repository is.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use tempfile::TempDir;

use super::look;
use crate::testbed::namespace::Namespace;
use crate::testbed::{self, Testbed};
use crate::upgrade::{ended_with, says};

const VARIABLE: &str = "MILVUS_HELM_GIT";
/// The last chart made for 2.5, and one made for 2.6.
const CHARTS: [&str; 2] = ["4.2.58", "5.0.19"];

/// The trials, where the charts are there.
pub(super) fn trials() -> Vec<Trial> {
    if testbed::setting(VARIABLE).is_none() {
        testbed::report(&format!("{VARIABLE} is not set: the ways of the real chart of milvus are not walked"));
        return vec![];
    }
    let trial = testbed::trial::trial;
    vec![
        trial(module_path!(), "a_real_cluster_ends_where_helm_ends", a_real_cluster_ends_where_helm_ends),
        trial(module_path!(), "a_real_standalone_keeps_its_queue", a_real_standalone_keeps_its_queue),
    ]
}

fn chart(version: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let git = testbed::setting(VARIABLE).expect("the variable is set");
    let arguments = ["--git-dir", &git, "archive", "--format=tar", &format!("milvus-{version}"), "charts/milvus"];
    let output = Command::new("git").args(arguments).output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    tar::Archive::new(output.stdout.as_slice()).unpack(folder.path()).expect("an archive");
    folder
}

fn path(folder: &TempDir) -> String {
    Path::new(folder.path()).join("charts/milvus").display().to_string()
}

fn helm(namespace: &Namespace, arguments: &[&str]) {
    let output = namespace.testbed.command_of("helm4", arguments).args(&["-n", namespace.name()]).run();
    assert_eq!(output.code, Some(0), "helm {arguments:?}: {}", output.stderr);
}

/// Upgrades one release by us and its twin as the guide does it with helm, and gives ours and what differs.
fn walk<'a>(
    testbed: &'a Testbed,
    names: [&'static str; 2],
    install: &[&str],
    guide: &[&str],
) -> (Namespace<'a>, Vec<String>) {
    let [old, new] = CHARTS.map(chart);
    let (old, new) = (path(&old), path(&new));
    let [ours, theirs] = names.map(|name| testbed.namespace(name));
    for namespace in [&ours, &theirs] {
        let arguments: Vec<&str> = ["install", "my", &old].into_iter().chain(install.iter().copied()).collect();
        helm(namespace, &arguments);
    }
    let arguments: Vec<&str> =
        ["upgrade", "my", &new, "--reset-then-reuse-values"].into_iter().chain(guide.iter().copied()).collect();
    helm(&theirs, &arguments);
    let upgrade = ["upgrade", "release/my", "--to", "2.6.15", "--chart-version", "5.0.19", "--chart", &new];
    let output = ours.command(&upgrade).args(&["--accept", "MV0701,MV0906", "--yes"]).run();
    ended_with(&output, 0);
    says(&output.stdout, "Done");
    for set in ours.list("apps/v1", "statefulsets") {
        assert_eq!(
            set["status"]["readyReplicas"], set["spec"]["replicas"],
            "done means that dependencies are ready, too"
        );
    }
    let without_records = |namespace: &Namespace| {
        let mut found = look::of(namespace);
        found.retain(|name, _| !name.starts_with("secrets/"));
        found
    };
    let differences = look::differences(&without_records(&theirs), &without_records(&ours));
    (ours, differences)
}

fn a_real_cluster_ends_where_helm_ends(testbed: &Testbed) {
    let guide = ["--set", "image.all.tag=v2.6.15,streaming.enabled=true,indexNode.enabled=false"];
    let (_, differences) =
        walk(testbed, ["real-cluster", "real-cluster-2"], &["--set", "image.all.tag=v2.5.16"], &guide);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn a_real_standalone_keeps_its_queue(testbed: &Testbed) {
    let alone = "cluster.enabled=false,image.all.tag=v2.5.16,pulsarv3.enabled=false,etcd.replicaCount=1,\
                 minio.mode=standalone,standalone.persistence.enabled=false";
    // Said by hand too: what the chart looks up by itself it writes between quotes.
    let guide = ["--set", "image.all.tag=v2.6.15,standalone.messageQueue=rocksmq"];
    let (alone, differences) = walk(testbed, ["real-alone", "real-alone-2"], &["--set", alone], &guide);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let standalone = alone.deployments("my");
    assert_eq!(standalone[0]["metadata"]["annotations"]["milvus.io/message-queue"], "rocksmq");
}
