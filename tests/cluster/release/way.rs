//! The ways of a release from 2.5 to 2.6, cluster and standalone, on a chart of our own with milvus' switches.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::chart::milvus_chart;
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::upgrade::{ended_with, says};

trials![
    a_cluster_goes_to_2_6_over_one_mixcoord,
    a_cluster_goes_over_2_5_to_2_6_run_by_run,
    a_cluster_with_one_mixcoord_goes_in_one_step,
    a_standalone_keeps_its_queue,
    a_patch_keeps_the_chart,
    a_pending_release_is_refused_with_the_ways_out,
    a_deployment_that_gives_up_ends_the_run,
    what_helm_alone_would_have_lost_stays,
];

/// A chart laid out at a version, with its path as an argument.
pub(crate) struct Chart {
    _folder: TempDir,
    path: PathBuf,
}

pub(crate) fn chart(version: &str, milvus: &str) -> Chart {
    let folder = milvus_chart(version, milvus);
    let path = folder.path().to_owned();
    Chart { _folder: folder, path }
}

impl Chart {
    pub(crate) fn path(&self) -> String {
        self.path.display().to_string()
    }
}

pub(crate) fn helm(namespace: &Namespace, arguments: &[&str]) -> Output {
    let output = namespace.testbed.command_of("helm4", arguments).args(&["-n", namespace.name()]).run();
    assert_eq!(output.code, Some(0), "helm {arguments:?}: {}", output.stderr);
    output
}

pub(crate) fn install(namespace: &Namespace, chart: &Chart, flags: &[&str]) {
    let path = chart.path();
    let arguments: Vec<&str> = ["install", "my", &path].into_iter().chain(flags.iter().copied()).collect();
    helm(namespace, &arguments);
}

/// Component and image of every Deployment.
pub(crate) fn running(namespace: &Namespace) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(String, String)> = namespace
        .deployments("my")
        .iter()
        .map(|it| {
            let image = &it["spec"]["template"]["spec"]["containers"][0]["image"];
            (text(&it["metadata"]["labels"]["component"]), text(image))
        })
        .collect();
    found.sort();
    found
}

fn all_of(components: &[&str], version: &str) -> Vec<(String, String)> {
    let image = format!("milvusdb/milvus:v{version}");
    components.iter().map(|component| ((*component).to_owned(), image.clone())).collect()
}

pub(crate) fn config(namespace: &Namespace) -> String {
    let maps = namespace.list("v1", "configmaps");
    let map = maps.iter().find(|map| map["metadata"]["name"] == "my-milvus").expect("the chart's");
    map["data"]["default.yaml"].as_str().unwrap_or_default().to_owned()
}

const CLUSTER_2_6: [&str; 5] = ["datanode", "mixcoord", "proxy", "querynode", "streamingnode"];

fn a_cluster_goes_to_2_6_over_one_mixcoord(testbed: &Testbed) {
    let vec = testbed.namespace("way-apart");
    let (old, joined, new) = (chart("4.2.0", "2.4.6"), chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15"));
    let apart = "mixCoordinator.enabled=false,rootCoordinator.enabled=true,queryCoordinator.enabled=true,\
                 indexCoordinator.enabled=true,dataCoordinator.enabled=true";
    install(&vec, &old, &["--set", apart, "--set", "image.all.tag=v2.5.10,queryNode.replicas=2"]);
    let upgrade = ["upgrade", "release/my", "--to", "2.6.22", "--backup", "nightly", "--yes"];
    let charts = ["--chart", &joined.path(), "--chart", &new.path()];

    let dry = vec.command(&upgrade).args(&charts).args(&["--dry-run=server"]).run();
    ended_with(&dry, 0);
    says(&dry.stdout, "chart 4.2.58, v2.5.16");
    says(&dry.stdout, "chart 5.0.22, v2.6.22");
    says(&dry.stdout, "from here the way back is a restore");
    says(&dry.stderr, "the API server takes all");
    assert_eq!(running(&vec).len(), 8, "nothing was written");

    let output = vec.command(&upgrade).args(&charts).run();
    ended_with(&output, 0);
    says(&output.stdout, "Done");
    assert_eq!(running(&vec), all_of(&CLUSTER_2_6, "2.6.22"));
    let history = helm(&vec, &["history", "my"]).stdout;
    assert_eq!(history.matches("Upgrade complete").count(), 2, "{history}");
    says(&history, "milvus-5.0.22");
    let values = helm(&vec, &["get", "values", "my"]).stdout;
    says(&values, "tag: v2.6.22");
    assert_eq!(vec.pods("my").iter().filter(|pod| pod["metadata"]["labels"]["component"] == "querynode").count(), 2);

    let runs = vec.run(["history", "release/my", "-o", "json"]);
    ended_with(&runs, 0);
    let runs: Value = serde_json::from_str(&runs.stdout).expect("one document");
    let told: Vec<String> =
        (0..2).map(|row| format!("{} {}", runs["items"][row]["deed"], runs["items"][row]["state"])).collect();
    assert_eq!(told, ["\"revision\" \"superseded\"", "\"run\" \"done\""], "{runs:#}");
    let numbers = |row: usize| runs["items"][row]["revisions"].as_array().map(Vec::len);
    assert_eq!((numbers(0), numbers(1)), (Some(1), Some(2)), "helm's own, and the two that the run made");

    let again = vec.command(&upgrade).args(&charts).run();
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do");
    assert_eq!(helm(&vec, &["history", "my"]).stdout, history, "no revision more");
}

fn a_cluster_goes_over_2_5_to_2_6_run_by_run(testbed: &Testbed) {
    let vec = testbed.namespace("way-runs");
    let (old, joined, new) = (chart("4.2.0", "2.4.6"), chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15"));
    install(&vec, &old, &["--set", "image.all.tag=v2.4.6"]);
    let output = vec
        .command(&["upgrade", "release/my", "--to", "2.6.22", "--backup", "nightly", "--yes", "-o", "json"])
        .args(&["--chart", &joined.path(), "--chart", &new.path()])
        .run();
    ended_with(&output, 0);
    let result: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&result["ending"], &result["plan"]["target"]["version"]), (&"done".into(), &"2.6.22".into()));
    assert_eq!(result["earlier"][0]["plan"]["target"]["version"], "2.5.27");
    says(&output.stderr, "The way: 2.4.6 -> 2.5.27");
    assert_eq!(running(&vec), all_of(&CLUSTER_2_6, "2.6.22"));
    let history = helm(&vec, &["history", "my"]).stdout;
    says(&history, "milvus-4.2.58");
    says(&history, "milvus-5.0.22");
}

fn a_cluster_with_one_mixcoord_goes_in_one_step(testbed: &Testbed) {
    let vec = testbed.namespace("way-joined");
    let (old, new) = (chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15"));
    install(&vec, &old, &["--set", "image.all.tag=v2.5.16"]);
    let output = vec
        .command(&["upgrade", "my", "--to", "2.6.22", "--accept", "MV0701", "--yes", "-o", "json"])
        .args(&["--chart", &new.path()])
        .run();
    ended_with(&output, 0);
    let result: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&result["ending"], &result["writes"]), (&"done".into(), &1.into()));
    assert_eq!(running(&vec), all_of(&CLUSTER_2_6, "2.6.22"));
    says(&config(&vec), "queue: pulsar3");
}

fn a_standalone_keeps_its_queue(testbed: &Testbed) {
    let vec = testbed.namespace("way-alone");
    let (old, new) = (chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15"));
    install(&vec, &old, &["--set", "cluster.enabled=false,image.all.tag=v2.5.16"]);
    let checked = vec.run(["check", "release/my", "--to", "2.6.22", "--accept", "MV0701"]);
    ended_with(&checked, 0);
    let output = vec
        .command(&["upgrade", "release/my", "--to", "2.6.22", "--accept", "MV0701", "--yes"])
        .args(&["--chart", &new.path()])
        .run();
    ended_with(&output, 0);
    says(&output.stdout, "standalone.messageQueue=rocksmq");
    assert_eq!(running(&vec), all_of(&["standalone"], "2.6.22"));
    let standalone = &vec.deployments("my")[0];
    assert_eq!(standalone["metadata"]["annotations"]["milvus.io/message-queue"], "rocksmq");
    says(&config(&vec), "queue: rocksmq");
}

fn a_patch_keeps_the_chart(testbed: &Testbed) {
    let vec = testbed.namespace("way-patch");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15"]);
    let charts = ["--chart", &here.path()];
    let output = vec.command(&["upgrade", "release/my", "--to", "2.6.22", "--yes"]).args(&charts).run();
    ended_with(&output, 0);
    says(&output.stdout, "chart 5.0.22 (as it is), v2.6.22");
    assert_eq!(running(&vec), all_of(&CLUSTER_2_6, "2.6.22"));
    says(&output.stdout, "by Helm, from chart 5.0.22");
    let away = ["upgrade", "release/my", "--to", "3.0", "--backup", "b", "--yes", "--repo", "http://127.0.0.1:1"];
    let missing = vec.run(away);
    ended_with(&missing, 1);
    says(&missing.stderr, "--chart");
}

fn a_pending_release_is_refused_with_the_ways_out(testbed: &Testbed) {
    let vec = testbed.namespace("way-pending");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15,deadline=1"]);
    // An upgrade by helm that waits in vain for a Deployment, and is killed.
    let path = here.path();
    let waits = testbed.command_of("helm4", &["upgrade", "my", &path, "-n", vec.name(), "--wait", "--timeout", "5m"]);
    let fault = "annotations.kubectl-milvus\\.testbed/fault=cannot-pull,image.all.tag=v2.6.16";
    let running = waits.args(&["--set", fault]).spawn();
    let pending = wait::until(Duration::from_mins(1), "the pending record", || {
        let secrets = vec.list("v1", "secrets?labelSelector=owner=helm");
        let is_pending = |it: &Value| it["metadata"]["labels"]["status"] == "pending-upgrade";
        Ok(if secrets.iter().any(is_pending) { Look::Done(()) } else { Look::NotYet("no revision is pending".into()) })
    });
    pending.expect("helm waits");
    let refused = vec.command(&["upgrade", "release/my", "--to", "2.6.22", "--yes"]).args(&["--chart", &path]).run();
    ended_with(&refused, 3);
    says(&refused.stdout, "MV0901");
    says(&refused.stdout, "rollback");
    running.interrupt();
    running.wait(Duration::from_mins(1));
}

fn a_deployment_that_gives_up_ends_the_run(testbed: &Testbed) {
    let vec = testbed.namespace("way-gives-up");
    let here = chart("5.0.22", "2.6.15");
    install(&vec, &here, &["--set", "image.all.tag=v2.6.15,deadline=2"]);
    let output = vec
        .command(&["upgrade", "release/my", "--to", "2.6.22", "--yes"])
        .args(&["--chart", &here.path(), "--set", "annotations.kubectl-milvus\\.testbed/fault=cannot-pull"])
        .run();
    ended_with(&output, 5);
    says(&output.stdout, "gave up");
    says(&output.stdout, "ImagePullBackOff");
    let secrets = vec.list("v1", "secrets?labelSelector=owner=helm");
    assert!(secrets.iter().all(|it| it["metadata"]["labels"]["status"] != "pending-upgrade"), "no lock is left");
}

fn what_helm_alone_would_have_lost_stays(testbed: &Testbed) {
    let vec = testbed.namespace("way-pins");
    // The chart in which Pulsar 2 was still the default: the user never said so.
    let old = chart("4.2.20", "2.4.15");
    let defaults = ["--set", "image.all.tag=v2.4.15", "--set", "pulsar.enabled=true,pulsarv3.enabled=false"];
    install(&vec, &old, &defaults);
    let new = chart("4.2.58", "2.5.16");
    let output =
        vec.command(&["upgrade", "release/my", "--to", "2.5.27", "--yes"]).args(&["--chart", &new.path()]).run();
    ended_with(&output, 0);
    says(&config(&vec), "queue: pulsar2");
}
