//! `upgrade -f FILE`: the file changes by the lines that have to, and nothing on the cluster.

use std::fs;

use serde_json::json;

use crate::release::way::{chart, install, running};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ROLL, ended_with, own_writes, runs_wholly, says};

trials![the_file_of_a_resource_is_edited_for_whoever_applies_it, the_values_of_a_release_are_edited];

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
