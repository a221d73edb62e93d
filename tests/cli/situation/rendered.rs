//! What a chart made, which somebody means to apply.

use insta::assert_snapshot;

use super::{RELEASE, bent, milvus};

/// Objects as the chart makes them for release `my`: chart, Milvus, components, queue.
fn objects(chart: &str, version: &str, components: &[&str], queue: &str) -> String {
    let part = |component: &&str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: my-milvus-{component}\n  labels: {{helm.sh/chart: \
             milvus-{chart}, app.kubernetes.io/instance: my, component: {component}}}\nspec:\n  template:\n    spec:\n      \
             containers: [{{name: {component}, image: 'milvusdb/milvus:v{version}'}}]\n      volumes: [{{name: \
             milvus-config, configMap: {{name: my-milvus}}}}]\n"
        )
    };
    let parts: String = components.iter().map(part).collect();
    let section = if queue == "pulsar" { "\n    pulsar: {address: my-pulsarv3-proxy, port: 6650}" } else { "" };
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: my-milvus}}\ndata:\n  default.yaml: |\n    mq: {{type: \
         {queue}}}{section}\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: my-pulsarv3-broker, labels: \
         {{chart: pulsarv3-3.3.0, release: my}}}}\n{parts}"
    )
}

/// What `check` says of them.
fn check(objects: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("rendered.yaml");
    std::fs::write(&file, objects).expect("it can be written");
    let file = file.display().to_string();
    milvus(&[&["check", "-f", &file], arguments].concat()).replace(&file, "rendered.yaml")
}

const CLUSTER: [&str; 5] = ["mixcoord", "querynode", "datanode", "indexnode", "proxy"];

#[test]
fn another_mode_and_another_queue_are_refused() {
    let release = bent(RELEASE, |_| {});
    let snapshot = ["--snapshot", release.path().to_str().expect("a name")];
    assert_snapshot!(check(&objects("4.2.58", "2.5.27", &["standalone"], "rocksmq"), &snapshot), @"
    exit 3
    --- stdout
    release/my in vec: cluster 2.5.16, chart 4.2.58, Kubernetes 1.36

    Not ready for 2.5.27: 1 question to answer

      question  MV0409  cluster becomes standalone, and the Deployments of the cluster are removed
                seen    release/my in vec with rendered.yaml, rendered.yaml makes cluster.enabled: false
                        revision 1 cluster.enabled: true
                fix     write into the values of the chart:  cluster.enabled: true
                more    kubectl milvus explain MV0409

    What changes
      image           milvusdb/milvus:v2.5.16 -> milvusdb/milvus:v2.5.27
      mode            cluster -> standalone
      message queue   pulsar (pulsarv3.enabled) -> rocksmq
    --- stderr
    ");
    assert_snapshot!(check(&objects("4.2.58", "2.5.27", &CLUSTER, "kafka"), &snapshot), @"
    exit 3
    --- stdout
    release/my in vec: cluster 2.5.16, chart 4.2.58, Kubernetes 1.36

    Not ready for 2.5.27: 2 problems

      problem  MV0415  the message queue pulsar (pulsarv3.enabled) would be replaced under its data by kafka (externalKafka.enabled)
               seen    release/my in vec with rendered.yaml, rendered.yaml makes pulsarv3.enabled: true
                       revision 1 pulsarv3.enabled: true
               fix     write into the values of the chart:  pulsarv3.enabled: true, externalKafka.enabled: false
               more    kubectl milvus explain MV0415

      problem  MV0905  2 message queues are on; which one is used depends on the chart
               seen    release/my in vec, values pulsarv3.enabled: true
                       values externalKafka.enabled: true
               fix     switch off those that hold no data, by values
               more    kubectl milvus explain MV0905

    What changes
      image           milvusdb/milvus:v2.5.16 -> milvusdb/milvus:v2.5.27
      message queue   pulsar (pulsarv3.enabled) -> kafka (externalKafka.enabled)
    --- stderr
    ");
}

#[test]
fn what_a_newer_chart_made_is_told_with_what_it_brings() {
    let release = bent(RELEASE, |_| {});
    let snapshot = ["--snapshot", release.path().to_str().expect("a name"), "--backup", "nightly"];
    let streaming = ["mixcoord", "querynode", "datanode", "streamingnode", "proxy"];
    assert_snapshot!(check(&objects("5.0.19", "2.6.15", &streaming, "pulsar"), &snapshot), @"
    exit 0
    --- stdout
    release/my in vec: cluster 2.5.16, chart 4.2.58, Kubernetes 1.36

    Ready for 2.6.15, with three things to know
      32 rules passed, 2 warnings, 1 note, 78 do not apply

      warning  MV0113  from 2.5 to 2.6.15: rolling upgrades from 2.5 were mended in 2.6.13, 2.6.14 and 2.6.16, inserts into collections with dynamic fields in 2.6.15
      warning  MV0906  pods of dependencies restart with the chart
      info     MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on

    What changes
      image           milvusdb/milvus:v2.5.16 -> milvusdb/milvus:v2.6.15
      chart           4.2.58 -> 5.0.19
      message queue   pulsar (pulsarv3.enabled)                            stays
      streamingnode   new
      indexnode       removed
    --- stderr
    ");
}

#[test]
fn without_a_release_it_is_told_what_it_makes() {
    assert_snapshot!(check(&objects("4.2.58", "2.5.16", &CLUSTER, "pulsar"), &[]), @"
    exit 0
    --- stdout
    Ready for 2.5.16, with one thing to know
      6 rules passed, 1 warning, 6 do not apply

      warning  MV0114  2.5.16 has CVE-2025-64513 and CVE-2026-26190

    What it makes
      image           milvusdb/milvus:v2.5.16
      chart           4.2.58
      mode            cluster
      message queue   pulsar (pulsarv3.enabled)
      components      indexnode, mixcoord, querynode, datanode, proxy
    --- stderr
    warning: not compared with what runs: no kubeconfig: cannot read `/nonexistent/.kube/config`: No such file or directory (os error 2)
    ");
}
