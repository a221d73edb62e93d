//! A file of values that somebody means to give to the chart.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use super::{RELEASE, bent, milvus};

/// The values of a chart, as far as they matter here.
const DEFAULTS: &str = "cluster: {enabled: true}\nimage: {all: {repository: milvusdb/milvus, tag: ''}}\n\
    queryNode: {replicas: 1, resources: {}}\nmixCoordinator: {enabled: true}\nindexNode: {enabled: false}\n\
    streaming: {enabled: true}\npulsar: {enabled: false}\npulsarv3: {enabled: true}\nminio: {enabled: true}\n";

/// A chart 5.0.19, a file of values, and a release of chart 4.2.58 that runs 2.5.16.
struct Files(TempDir);

impl Files {
    fn new(values: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        };
        write("chart/Chart.yaml", "apiVersion: v2\nname: milvus\nversion: 5.0.19\nappVersion: 2.6.15\n");
        write("chart/values.yaml", DEFAULTS);
        write("chart/templates/a.yaml", "{{ .Values.deadline }}");
        write("values.yaml", values);
        Self(folder)
    }

    /// What `check` says of the file with these arguments, without the place where it is.
    fn check(&self, arguments: &[&str]) -> String {
        let path = |name: &str| self.0.path().join(name).display().to_string();
        let (chart, file) = (path("chart"), path("values.yaml"));
        let text = milvus(&[&["check", "-f", &file, "--chart", &chart], arguments].concat());
        text.replace(&file, "values.yaml")
    }

    fn check_over_release(&self, arguments: &[&str]) -> String {
        let kept = bent(RELEASE, |_| {});
        let kept = kept.path().to_str().expect("a path in Unicode");
        self.check(&[&["--snapshot", kept], arguments].concat())
    }
}

#[test]
fn values_over_a_release_tell_what_becomes_of_it() {
    let values = "# of search\nimage: {all: {tag: v2.6.22}}\nqueryNode: {replicas: 3}\nminio: {secretKey: planted}\n";
    let text = Files::new(values).check_over_release(&["--backup", "nightly"]);
    assert!(!text.contains("planted"), "{text}");
    assert_snapshot!(text, @"
    exit 0
    --- stdout
    release/my in vec: cluster 2.5.16, chart 4.2.58, Kubernetes 1.36

    Ready for 2.6.22, with two things to know
      36 rules passed, 1 warning, 1 note, 75 do not apply

      warning  MV0906  pods of dependencies restart with the chart
      info     MV0121  while the roll to 2.6 goes on, flushes are refused from the first new data node to the last new proxy, and a part of the writes fails while proxies are replaced; collections, indexes and aliases cannot be made, changed or dropped while the roll goes on

    What changes
      image                     milvusdb/milvus:v2.5.16 -> milvusdb/milvus:v2.6.22
      chart                     4.2.58 -> 5.0.19
      minio image               RELEASE.2024-05-28T17-19-04Z -> RELEASE.2024-12-18T13-15-44Z   its pods restart, unless the values set another
      message queue             pulsar (pulsarv3.enabled)                                      stays
      streamingnode             new
      indexnode                 removed
      indexNode.enabled         true -> false                                                  the chart's default
      standalone.messageQueue   removed                                                        the chart's default
      streaming.enabled         false -> true                                                  the chart's default
      other defaults            5 become others                                                by the chart
    --- stderr
    ");
}

#[test]
fn a_chart_that_turns_defaults_around_is_asked_about_and_another_queue_refused() {
    let values = "image: {all: {tag: v2.5.27}}\npulsar: {enabled: true}\npulsarv3: {enabled: false}\n";
    assert_snapshot!(Files::new(values).check_over_release(&[]), @"
    exit 3
    --- stdout
    release/my in vec: cluster 2.5.16, chart 4.2.58, Kubernetes 1.36

    Not ready for 2.5.27: 2 problems, 1 question to answer

      problem   MV0415  the message queue pulsar (pulsarv3.enabled) would be replaced under its data by another pulsar (pulsar.enabled)
                seen    release/my in vec with values.yaml, values.yaml pulsarv3.enabled: false
                        revision 1 pulsarv3.enabled: true
                fix     write into the file:  pulsarv3.enabled: true, pulsar.enabled: false
                more    kubectl milvus explain MV0415

      problem   MV0903  chart 5.0.19 is made for 2.6: 2.5 has no streaming node
                seen    release/my in vec, chart 4.2.58 now
                        target: milvusdb/milvus:v2.5.27
                fix     --chart-version 4.2.58
                more    kubectl milvus explain MV0903

      question  MV0915  chart 5.0.19 brings 2 defaults that nobody asked for
                seen    release/my in vec with values.yaml, indexNode.enabled: true now, false by chart 5.0.19: Milvus 2.6 has no index node
                        streaming.enabled: false now, true by chart 5.0.19: the streaming node belongs to Milvus 2.6
                fix     write into the file:  indexNode.enabled: true, streaming.enabled: false
                more    kubectl milvus explain MV0915

      warning   MV0906  pods of dependencies restart with the chart

    What changes
      image                     milvusdb/milvus:v2.5.16 -> milvusdb/milvus:v2.5.27
      chart                     4.2.58 -> 5.0.19
      minio image               RELEASE.2024-05-28T17-19-04Z -> RELEASE.2024-12-18T13-15-44Z   its pods restart, unless the values set another
      message queue             pulsar (pulsarv3.enabled) -> pulsar (pulsar.enabled)
      streamingnode             new
      indexnode                 removed
      indexNode.enabled         true -> false                                                  the chart's default
      pulsar.enabled            false -> true
      pulsarv3.enabled          true -> false
      standalone.messageQueue   removed                                                        the chart's default
      streaming.enabled         false -> true                                                  the chart's default
      other defaults            5 become others                                                by the chart
    --- stderr
    ");
}

#[test]
fn values_for_no_release_are_judged_by_themselves() {
    let values = "image: {all: {tag: v2.6.22}}\nquerynode: {replicas: 3}\ncluster: {enabled: 'false'}\ndeadline: 5\n";
    assert_snapshot!(Files::new(values).check(&[]), @"
    exit 3
    --- stdout
    Not ready for 2.6.22: 1 problem

      problem  MV0916  a value is of a kind that the chart cannot use
               seen    values.yaml, cluster.enabled: text, and the chart has true or false there
               fix     write it as the chart's values.yaml has it
               more    kubectl milvus explain MV0916

      warning  MV0917  chart 5.0.19 does not look at querynode

    What it makes
      image           milvusdb/milvus:v2.6.22
      chart           5.0.19
      mode            standalone
      message queue   rocksmq
    --- stderr
    warning: not compared with what runs: no kubeconfig: cannot read `/nonexistent/.kube/config`: No such file or directory (os error 2)
    ");
    let sound = Files::new("image: {all: {tag: v2.6.22}}\n").check(&["--exit-code"]);
    assert!(sound.starts_with("exit 10\n") && sound.contains("Ready for 2.6.22"), "{sound}");
}

#[test]
fn programs_get_findings_and_changes() {
    let text = Files::new("image: {all: {tag: v2.6.22}}\n").check_over_release(&["--accept", "MV0701", "-o", "json"]);
    let (exit, rest) = text.split_once("\n--- stdout\n").expect("an exit code");
    let document: Value = serde_json::from_str(rest.split_once("--- stderr\n").expect("a stream").0).expect("JSON");
    assert_eq!((exit, &document["kind"], &document["ready"]), ("exit 0", &"CheckReport".into(), &true.into()));
    assert_eq!((&document["from"], &document["to"]), (&"2.5.16".into(), &"2.6.22".into()));
    assert_eq!(document["changes"][1]["what"], "chart", "{document:#}");
}

#[test]
fn what_is_neither_manifest_nor_values_is_refused() {
    let text = Files::new("services: {web: {image: nginx}}\nversion: '3'\n").check(&[]);
    assert!(text.starts_with("exit 3\n") && text.contains("none of its keys is a value of the chart milvus"), "{text}");
    let list = Files::new("- a\n- b\n").check(&[]);
    assert!(list.starts_with("exit 0\n") && list.contains("no rule was asked"), "{list}");
    let alone = milvus(&["check", "prod", "--chart", "c"]);
    assert!(alone.starts_with("exit 2\n"), "{alone}");
    let named = Files::new("image: {all: {tag: v2.6.22}}\n").check(&["release/my"]);
    assert!(named.starts_with("exit 1\n") && named.contains("the release cannot be looked at"), "{named}");
    let none = Files::new("# nothing\n").check(&["release/my"]);
    assert!(none.starts_with("exit 1\n") && none.contains("there are no values in `values.yaml`"), "{none}");
    let broken = Files::new("etcd: 3\ncluster: null\npulsar: [1]\n").check(&[]);
    assert!(broken.starts_with("exit 3\n") && broken.contains("pulsar: a list, and the chart has a table"), "{broken}");
}
