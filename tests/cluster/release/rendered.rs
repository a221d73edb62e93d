//! A chart that another program renders: in the cluster without any record of Helm, and in a file.

use std::fs;

use serde_json::{Value, json};

use super::way::{Chart, chart, install};
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::sure;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::upgrade::{ROLL, SOON, ended_with, says};

trials![
    what_helm_has_no_record_of_is_seen_and_followed,
    whoever_renders_it_is_told_what_to_commit,
    records_that_are_kept_elsewhere_are_asked_for,
    what_a_chart_made_is_judged_before_it_is_applied,
    what_a_chart_made_for_no_release_is_judged_by_itself,
];

const FOLLOW: [&str; 5] = ["upgrade", "release/my", "--to", "2.6.22", "--follow"];

/// What the real helm makes of a chart, as pipelines and Argo CD have it.
fn template(vec: &Namespace, chart: &Chart, values: &str) -> String {
    let path = chart.path();
    let arguments = ["template", "my", &path, "-n", vec.name(), "--set", values];
    let output = vec.testbed.command_of("helm4", &arguments).run();
    ended_with(&output, 0);
    output.stdout
}

fn apply(vec: &Namespace, objects: &str) {
    let apply = vec.testbed.command_of("kubectl", &["apply", "-n", vec.name(), "-f", "-"]).input(objects).run();
    ended_with(&apply, 0);
}

/// Looks until the instance is healthy.
fn is_healthy(vec: &Namespace) -> String {
    sure(wait::until(ROLL, "healthy", || {
        let output = vec.run(["status", "release/my"]);
        ended_with(&output, 0);
        Ok(if output.stdout.contains(", healthy\n") { Look::Done(output.stdout) } else { Look::NotYet(output.stdout) })
    }))
}

fn wrote_nothing(vec: &Namespace) {
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);
}

fn what_helm_has_no_record_of_is_seen_and_followed(testbed: &Testbed) {
    let vec = testbed.namespace("rendered-alone");
    let here = chart("5.0.22", "2.6.15");
    apply(&vec, &template(&vec, &here, "image.all.tag=v2.6.15"));
    says(&is_healthy(&vec), "release/my in rendered-alone: cluster 2.6.15");
    says(&vec.run(["get"]).stdout, "release/my");

    let checked = vec.run(["check", "my", "--to", "2.6.22"]);
    ended_with(&checked, 3);
    says(&checked.stdout, "MV0918");
    says(&checked.stdout, "Helm keeps no record of it: another program renders the chart");
    says(&checked.stdout, "set image.all.tag to v2.6.22 where another program reads the values");
    let refused = vec.run(["upgrade", "release/my", "--to", "2.6.22", "--yes", "--accept", "MV0918"]);
    ended_with(&refused, 3);
    let back = vec.run(["rollback", "release/my", "--to", "2.6.10", "--yes"]);
    ended_with(&back, 3);
    says(&back.stdout, "MV0918");

    let mut following = vec.spawn(FOLLOW);
    following.wait_for("somebody else asks for v2.6.22", SOON);
    apply(&vec, &template(&vec, &here, "image.all.tag=v2.6.22"));
    let followed = following.wait(ROLL);
    ended_with(&followed, 0);
    says(&followed.stdout, "Done: release/my runs 2.6.22");
    says(&is_healthy(&vec), "cluster 2.6.22");
    wrote_nothing(&vec);
}

fn whoever_renders_it_is_told_what_to_commit(testbed: &Testbed) {
    let vec = testbed.namespace("rendered-argo");
    apply(&vec, &template(&vec, &chart("4.2.58", "2.5.16"), "cluster.enabled=false,image.all.tag=v2.5.16"));
    is_healthy(&vec);
    let mark = json!({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "vectors:apps/Deployment"}}});
    sure(testbed.client().patch(&vec.path("apps/v1", "deployments/my-milvus-standalone"), &mark));
    let checked = vec.run(["upgrade", "release/my", "--to", "2.6.22", "--backup", "nightly", "--yes"]);
    ended_with(&checked, 3);
    says(&checked.stdout, "Helm keeps no record of it: Argo CD renders the chart");
    assert!(!checked.stdout.contains("MV0802"), "{}", checked.stdout);
    // Whoever renders without a cluster has to say the queue.
    says(&checked.stdout, "messageQueue: rocksmq");
    says(&checked.stdout, "tag: v2.6.22");
    let path = vec.file("values.yaml", "image:\n  all:\n    tag: v2.5.16\n");
    let file = path.to_str().expect("a name");
    let edited = vec.run(["upgrade", "release/my", "-f", file, "--to", "2.6.22", "--backup", "nightly"]);
    ended_with(&edited, 0);
    let new = fs::read_to_string(&path).expect("a file");
    assert!(new.contains("tag: v2.6.22") && new.contains("messageQueue: rocksmq"), "{new}");
    wrote_nothing(&vec);
}

fn records_that_are_kept_elsewhere_are_asked_for(testbed: &Testbed) {
    let vec = testbed.namespace("records-elsewhere");
    let path = chart("5.0.22", "2.6.15");
    let path = path.path();
    let install = ["install", "my", &path, "-n", vec.name(), "--set", "image.all.tag=v2.6.15", "--wait"];
    ended_with(&testbed.command_of("helm4", &install).env("HELM_DRIVER", "configmap").run(), 0);
    let asked = vec.run(["check", "release/my", "--to", "2.6.22"]);
    ended_with(&asked, 3);
    says(&asked.stdout, "Helm made it, and its records are not where they are looked for");
    ended_with(&vec.run(["check", "release/my", "--to", "2.6.22", "--helm-driver", "configmap"]), 0);
}

fn what_a_chart_made_is_judged_before_it_is_applied(testbed: &Testbed) {
    let vec = testbed.namespace("rendered-file");
    let (here, next) = (chart("4.2.58", "2.5.16"), chart("5.0.22", "2.6.15"));
    let standalone = "cluster.enabled=false,image.all.tag=v2.5.16,minio.secretKey=planted";
    install(&vec, &here, &["--set", standalone, "--wait"]);
    let check = |objects: &str, flags: &[&str]| {
        let path = vec.file("rendered.yaml", objects);
        let file = path.to_str().expect("a name").to_owned();
        let output = vec.command(&["check", "-f", &file]).args(flags).run();
        fs::remove_file(&path).expect("it was there");
        assert!(!output.stdout.contains("planted"), "{}", output.stdout);
        output
    };
    let newer = standalone.replace("v2.5.16", "v2.5.27");
    let fine = check(&template(&vec, &here, &newer), &[]);
    ended_with(&fine, 0);
    says(&fine.stdout, "release/my in rendered-file: standalone 2.5.16");
    says(&fine.stdout, "Ready for 2.5.27");
    says(&fine.stdout, "deployment/my-milvus-standalone");

    // A chart that is rendered without a cluster does not see which queue there is.
    let streaming = standalone.replace("v2.5.16", "v2.6.22");
    let queue = check(&template(&vec, &next, &streaming), &["--backup", "nightly"]);
    ended_with(&queue, 3);
    says(&queue.stdout, "MV0415");
    says(&queue.stdout, "the message queue rocksmq would be replaced under its data by woodpecker");
    says(&queue.stdout, "write into the values of the chart:  standalone.messageQueue: rocksmq");
    let kept = format!("{streaming},standalone.messageQueue=rocksmq");
    ended_with(&check(&template(&vec, &next, &kept), &["--backup", "nightly"]), 0);

    let cluster = check(&template(&vec, &here, "cluster.enabled=true,image.all.tag=v2.5.27"), &["-o", "json"]);
    ended_with(&cluster, 3);
    let document: Value = serde_json::from_str(&cluster.stdout).expect("one document");
    let found = document["findings"].as_array().expect("findings").iter().find(|it| it["code"] == "MV0409");
    says(&found.expect("the mode").to_string(), "standalone becomes cluster");
    wrote_nothing(&vec);
}

fn what_a_chart_made_for_no_release_is_judged_by_itself(testbed: &Testbed) {
    let vec = testbed.namespace("rendered-nowhere");
    let objects = template(&vec, &chart("5.0.22", "2.6.15"), "image.all.tag=v2.6.0-rc1");
    let check = |arguments: &[&str]| vec.command(&[&["check", "-f", "-"], arguments].concat()).input(&objects).run();
    let alone = check(&[]);
    says(&alone.stdout, "What it makes");
    says(&alone.stdout, "streamingnode");
    let other = check(&["release/other"]);
    ended_with(&other, 1);
    says(&other.stderr, "the files hold nothing of release `other`");

    // Whoever cannot look is told that nothing was compared, and is no judge of a release that was named.
    let nobody = ["--server", "https://127.0.0.1:1"];
    says(&check(&nobody).stderr, "not compared with what runs: cannot list");
    ended_with(&check(&[&["release/my"], &nobody[..]].concat()), 1);
    let both = format!("{objects}---\nimage: {{all: {{tag: v2.6.22}}}}\n");
    let both = vec.command(&["check", "-f", "-"]).input(&both).run();
    ended_with(&both, 2);
    says(&both.stderr, "the files hold values and what a chart made of values");
}
