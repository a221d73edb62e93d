//! `upgrade -f FILE`: the file changes by the lines that have to, and nothing on the cluster. `check -f FILE`: what a file
//! of values would do to a release.

use std::fs;

use serde_json::{Value, json};

use crate::release::way::{chart, helm, install, running};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ROLL, ended_with, own_writes, runs_wholly, says};

trials![
    the_file_of_a_resource_is_edited_for_whoever_applies_it,
    the_values_of_a_release_are_edited,
    values_say_what_helm_would_make_of_a_release,
    values_for_no_release_are_judged_by_themselves,
];

fn the_file_of_a_resource_is_edited_for_whoever_applies_it(testbed: &Testbed) {
    let vec = testbed.namespace("edited");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    lone.annotate("argocd.argoproj.io/tracking-id", Some("search:milvus.io/Milvus:edited/lone"));
    let owned = vec.run(["upgrade", "lone", "--to", "2.5.27", "--yes"]);
    ended_with(&owned, 3);
    says(&owned.stdout, "MV0802");

    let text = "# applied by Argo CD\napiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata:\n  name: lone\nspec:\n  \
                mode: standalone\n  components:\n    image: milvusdb/milvus:v2.5.22 # reviewed\n";
    let path = vec.file("lone.yaml", text);
    let file = path.to_str().expect("a name");
    let dry = vec.run(["upgrade", "-f", file, "--to", "2.5.27", "--dry-run=client"]);
    ended_with(&dry, 0);
    says(
        &dry.stdout,
        "-    image: milvusdb/milvus:v2.5.22 # reviewed\n+    image: milvusdb/milvus:v2.5.27 # reviewed\n",
    );
    assert_eq!(fs::read_to_string(&path).expect("a file"), text);
    let edited = vec.run(["upgrade", "-f", file, "--to", "2.5.27"]);
    ended_with(&edited, 0);
    says(&edited.stderr, "nothing on the cluster is changed");
    let wanted = text.replace("v2.5.22", "v2.5.27") + "    imageUpdateMode: rollingUpgrade\n";
    assert_eq!(fs::read_to_string(&path).expect("a file"), wanted);
    assert_eq!(own_writes(&vec), []);

    // Who applies it is not us; the roll is watched all the same.
    lone.patch(&json!({"spec": {"components": {"image": "milvusdb/milvus:v2.5.27"}}}));
    let watched = vec.run(["upgrade", "lone", "--to", "2.5.27", "--yes"]);
    ended_with(&watched, 0);
    lone.wait_until(ROLL, "the new image", |object| object["status"]["currentImage"] == "milvusdb/milvus:v2.5.27");
    runs_wholly(&lone, "milvusdb/milvus:v2.5.27");
    assert_eq!(own_writes(&vec), []);
    let again = vec.run(["upgrade", "-f", file, "--to", "2.5.27"]);
    ended_with(&again, 0);
    says(&again.stdout, "asks for 2.5.27 already");
}

fn the_values_of_a_release_are_edited(testbed: &Testbed) {
    let vec = testbed.namespace("edited-values");
    let here = chart("4.2.58", "2.5.16");
    install(&vec, &here, &["--set", "image.all.tag=v2.5.16"]);
    let before = running(&vec);
    let text = "# values of search\nimage:\n  all:\n    tag: v2.5.16\nqueryNode:\n  replicas: 2\n";
    let path = vec.file("values.yaml", text);
    let file = path.to_str().expect("a name");
    let edited = vec.run(["upgrade", "release/my", "-f", file, "--to", "2.6.22", "--backup", "nightly"]);
    ended_with(&edited, 0);
    says(&edited.stderr, "set the chart to 5.0.22 where its version is chosen");
    let new = fs::read_to_string(&path).expect("a file");
    for part in
        ["    tag: v2.6.22\n", "streaming:\n  enabled: true\n", "indexNode:\n  enabled: false\n", "  replicas: 2\n"]
    {
        says(&new, part);
    }
    assert!(new.starts_with("# values of search\nimage:\n  all:\n    tag: v2.6.22\nqueryNode:\n"), "{new}");
    assert_eq!(running(&vec), before);
    let unknown = vec.run(["upgrade", "-f", file, "--to", "2.6.22"]);
    ended_with(&unknown, 2);
    says(&unknown.stderr, "say which release it is for");
}

fn values_say_what_helm_would_make_of_a_release(testbed: &Testbed) {
    let vec = testbed.namespace("values-checked");
    let (here, next) = (chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15"));
    install(&vec, &here, &["--set", "image.all.tag=v2.5.16,queryNode.replicas=2,minio.secretKey=planted"]);
    let path = vec.file("values.yaml", "image: {all: {tag: v2.5.27}}\nproxy: {replicas: 2, replica: 3}\n");
    let file = path.to_str().expect("a name");

    // The record tells the chart; the only release of the namespace is meant.
    let newer = vec.run(["check", "-f", file]);
    ended_with(&newer, 0);
    says(&newer.stdout, "release/my in values-checked: cluster 2.5.16");
    says(&newer.stdout, "Ready for 2.5.27");
    says(&newer.stdout, "2 values that were set go back to the default of the chart");
    says(&newer.stdout, "chart 4.2.58 does not look at proxy.replica");
    says(&newer.stdout, "proxy.replicas");
    assert!(!newer.stdout.contains("planted"), "{}", newer.stdout);
    let other = vec.file("other.yaml", "pulsar: {enabled: true}\npulsarv3: {enabled: false}\ncluster: {enabled: 1}\n");
    let other = vec.run(["check", "release/my", "-f", other.to_str().expect("a name")]);
    ended_with(&other, 3);
    says(&other.stdout, "MV0916");
    let queue = vec.file("queue.yaml", "pulsar: {enabled: true}\npulsarv3: {enabled: false}\n");
    let queue = vec.run(["check", "release/my", "-f", queue.to_str().expect("a name")]);
    ended_with(&queue, 3);
    says(&queue.stdout, "write into the file:  pulsarv3.enabled: true, pulsar.enabled: false");

    // With the chart, what becomes of each object is what helm then does.
    let path = vec.file("new.yaml", "image: {all: {tag: v2.6.22}}\nminio: {secretKey: planted}\n");
    let file = path.to_str().expect("a name");
    let command = ["check", "release/my", "-f", file, "--chart", &next.path(), "-o", "json"];
    let unanswered = vec.run(command);
    ended_with(&unanswered, 3);
    let ready = vec.command(&command).args(&["--backup", "nightly"]).run();
    ended_with(&ready, 0);
    assert!(!ready.stdout.contains("planted"), "{}", ready.stdout);
    let document: Value = serde_json::from_str(&ready.stdout).expect("one document");
    let names = |fate: &str| -> Vec<String> {
        let objects = document["difference"]["objects"].as_array().expect("objects").iter();
        let of_fate = objects.filter(|object| object["change"] == fate);
        of_fate.map(|object| object["object"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names("created"), ["deployment/my-milvus-streamingnode"]);
    assert_eq!(names("removed"), ["deployment/my-milvus-indexnode"]);
    let flip = document["changes"].as_array().expect("changes").iter().find(|it| it["what"] == "streaming.enabled");
    assert_eq!(flip.expect("the default")["why"], "the chart's default");
    assert_eq!(own_writes(&vec), []);
    let before: Vec<String> = running(&vec).into_iter().map(|(component, _)| component).collect();
    helm(&vec, &["upgrade", "my", &next.path(), "-f", file]);
    let mut after: Vec<String> = running(&vec).into_iter().map(|(component, _)| component).collect();
    assert!(before.contains(&"indexnode".to_owned()) && !after.contains(&"indexnode".to_owned()), "{after:?}");
    after.retain(|component| !before.contains(component));
    assert_eq!(after, ["streamingnode"]);
    let missing = vec.run(["check", "release/none", "-f", file]);
    ended_with(&missing, 1);
    says(&missing.stderr, "no release `none`");
}

fn values_for_no_release_are_judged_by_themselves(testbed: &Testbed) {
    let vec = testbed.namespace("values-alone");
    let here = chart("5.0.22", "2.6.15");
    let path = vec.file("values.yaml", "image: {all: {tag: v2.6.22}}\nkafka: {enabled: true}\n");
    let file = path.to_str().expect("a name");
    let two = vec.run(["check", "-f", file, "--chart", &here.path()]);
    ended_with(&two, 3);
    says(&two.stdout, "MV0905");
    says(&two.stdout, "What it makes");
    let wrong = vec.run(["check", "milvus/prod", "-f", file, "--chart", &here.path()]);
    ended_with(&wrong, 2);
    says(&wrong.stderr, "say which:  release/NAME");
}
