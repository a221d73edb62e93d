//! `status` on a real cluster: an instance as it is, and as it changes.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

use crate::journal::run_of;
use crate::release::readiness::{CRASH, etcd_pod, is_crashing, released};
use crate::release::way::helm;
use crate::testbed::Testbed;
use crate::testbed::run::Output;
use crate::testbed::sure;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::upgrade::{ROLL, SOON, ended_with, says};

trials![
    a_roll_that_stands_still_is_explained_and_followed_to_its_end,
    a_release_tells_of_what_it_stands_on_and_of_a_new_revision,
    a_bundle_holds_what_helps_and_no_secret,
    a_healthy_one_is_shown_down_to_its_pods,
    watching_ends_with_ctrl_c_or_with_the_instance,
];

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

/// The documents of a watch, one a line.
fn documents(output: &Output) -> Vec<Value> {
    output.stdout.lines().map(document).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn a_healthy_one_is_shown_down_to_its_pods(testbed: &Testbed) {
    let vec = testbed.namespace("status-healthy");
    let prod = vec.milvus("prod").cluster().version("2.6.6").create_and_wait_until_healthy();
    // Healthy is written first; what the operator saw of each component comes a look later.
    let output = sure(wait::until(SOON, "a status without anything missing", || {
        let output = vec.run(["status"]);
        ended_with(&output, 0);
        Ok(if output.stdout.contains("missing") { Look::NotYet(output.stdout) } else { Look::Done(output) })
    }));
    says(&output.stdout, "milvus/prod in status-healthy: cluster 2.6.6, healthy\n");
    let querynode = output.stdout.lines().find(|line| line.contains("querynode")).unwrap_or_default();
    let words: Vec<&str> = querynode.split_whitespace().collect();
    assert_eq!([&words[..3], &words[4..]].concat(), ["querynode", "2.6.6", "1/1", "ready"]);
    for line in ["  etcd            ready\n", "  storage         ready\n", "  message queue   ready\n"] {
        says(&output.stdout, line);
    }
    assert!(!output.stdout.contains("indexnode"), "{}", output.stdout);

    let wide = vec.run(["status", "prod", "-o", "wide"]);
    ended_with(&wide, 0);
    let found = document(&vec.run(["status", "prod", "-o", "json"]).stdout);
    assert_eq!((text(&found, "apiVersion"), text(&found, "kind")), ("kubectl-milvus/v1", "InstanceStatus"));
    assert_eq!((text(&found, "state"), &found["missing"], &found["blockers"]), ("healthy", &json!([]), &json!([])));
    let told = found.to_string();
    let pods = prod.pods();
    assert!(!pods.is_empty());
    for pod in &pods {
        let (name, node) = (text(&pod["metadata"], "name"), text(&pod["spec"], "nodeName"));
        let line = wide.stdout.lines().find(|line| line.contains(&format!("    pod/{name} "))).unwrap_or_default();
        assert!(!node.is_empty() && line.contains(node), "{name} on {node}\n{}", wide.stdout);
        says(&told, name);
    }
    assert_eq!(vec.audit().of_user_agent("kubectl-milvus").writes(), []);

    let missing = vec.run(["status", "nobody"]);
    let checked = vec.run(["check", "nobody"]);
    assert_eq!((missing.code, missing.stderr), (checked.code, checked.stderr));
}

fn a_roll_that_stands_still_is_explained_and_followed_to_its_end(testbed: &Testbed) {
    const IMAGE: &str = "milvusdb/milvus:v2.6.22";
    let vec = testbed.namespace("status-still");
    let prod = vec.milvus("prod").cluster().version("2.6.6").create_and_wait_until_healthy();
    let fault = prod.fault("querynode").on_image(":v2.6.22").cannot_pull();
    let mut watching = vec.spawn(["status", "prod", "-w", "-o", "json"]);
    watching.wait_for(r#""state":"healthy""#, SOON);
    let running = vec.spawn(["upgrade", "prod", "--to", "2.6.22", "--yes"]);
    prod.wait_until_a_pod("querynode", ROLL, "cannot be pulled", |pod| {
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"
    });
    let output = vec.run(["status", "prod", "-o", "wide"]);
    ended_with(&output, 0);
    says(&output.stdout, "cluster 2.6.6 -> 2.6.22, rolling: querynode (3 of 5)");
    let pods = prod.pods_of("querynode");
    let waiting = pods.iter().find(|pod| pod["spec"]["containers"][0]["image"] == IMAGE).expect("a new pod");
    let name = text(&waiting["metadata"], "name");
    says(&output.stdout, &format!("querynode waits: pod {name} is in ImagePullBackOff for "));
    says(&output.stdout, &format!("Back-off pulling image \"{IMAGE}\""));
    let line = output.stdout.lines().find(|line| line.contains(&format!("    pod/{name} "))).unwrap_or_default();
    assert!(line.contains("2.6.22") && line.ends_with("ImagePullBackOff"), "{}", output.stdout);
    let line = output.stdout.lines().find(|line| line.starts_with("datanode")).unwrap_or_default();
    assert!(line.contains("2.6.6 ") && line.ends_with("waits for querynode"), "{}", output.stdout);
    watching.wait_for("ImagePullBackOff", SOON);

    fault.release();
    ended_with(&running.wait(ROLL), 0);
    watching.wait_for(r#""version":"2.6.22","target":null,"state":"healthy""#, SOON);
    watching.interrupt();
    let output = watching.wait(SOON);
    ended_with(&output, 0);
    let seen = documents(&output);
    let (first, last) = (&seen[0], &seen[seen.len() - 1]);
    assert_eq!((text(first, "version"), text(last, "version")), ("2.6.6", "2.6.22"));
    assert!(seen.iter().any(|it| text(it, "state").starts_with("rolling: querynode")), "{seen:#?}");
    let is_waited = |it: &Value| {
        let rows = it["components"].as_array().cloned().unwrap_or_default();
        rows.iter().any(|row| (text(row, "component"), text(row, "after")) == ("datanode", "querynode"))
    };
    assert!(seen.iter().any(is_waited));
    let timeless = |it: &Value| {
        let mut it = it.clone();
        it["taken"] = Value::Null;
        let blockers = it["blockers"].as_array_mut().into_iter().flatten();
        blockers.for_each(|blocker| blocker["seconds"] = Value::Null);
        it
    };
    assert!(seen.windows(2).all(|pair| timeless(&pair[0]) != timeless(&pair[1])), "a document only where it changed");
}

fn a_release_tells_of_what_it_stands_on_and_of_a_new_revision(testbed: &Testbed) {
    let (vec, here) = released(testbed, "status-release");
    let output = vec.run(["status", "my"]);
    ended_with(&output, 0);
    says(&output.stdout, "release/my in status-release: ");
    says(&output.stdout, " 2.6.15, chart 5.0.22, healthy\n");
    says(&output.stdout, "  statefulset/my-etcd   ready\n");

    let mut watching = vec.spawn(["status", "release/my", "-w", "-o", "json"]);
    watching.wait_for(r#""state":"healthy""#, SOON);
    let path = here.path();
    let arguments: Vec<&str> = ["upgrade", "my", &path, "--reuse-values"].into_iter().chain(CRASH).collect();
    helm(&vec, &arguments);
    sure(wait::until(Duration::from_mins(1), "the crash", || {
        let crashes = etcd_pod(&vec).as_ref().is_some_and(is_crashing);
        Ok(if crashes { Look::Done(()) } else { Look::NotYet("it runs".to_owned()) })
    }));
    let output = vec.run(["status", "my"]);
    ended_with(&output, 0);
    says(&output.stdout, "  statefulset/my-etcd   not ready: 0 of 1 pods are ready\n");
    says(&output.stdout, "statefulset/my-etcd waits: 0 of 1 pods are ready\n");
    says(&output.stdout, "pod/my-etcd-0: container `etcd`: CrashLoopBackOff");
    assert!(!output.stdout.contains("healthy"), "{}", output.stdout);
    watching.wait_for(r#""revision":2"#, SOON);
    watching.wait_for("CrashLoopBackOff", SOON);
    watching.interrupt();
    ended_with(&watching.wait(SOON), 0);
}

fn watching_ends_with_ctrl_c_or_with_the_instance(testbed: &Testbed) {
    let vec = testbed.namespace("status-watch");
    let lone = vec.milvus("lone").standalone().version("2.5.22").create_and_wait_until_healthy();
    let first = "milvus/lone in status-watch: standalone 2.5.22, healthy";
    let mut watching = vec.spawn(["status", "-w"]);
    watching.wait_for(first, SOON);
    let mut other = vec.spawn(["status", "lone", "-w", "-o", "yaml"]);
    other.wait_for("state: healthy", SOON);
    other.interrupt();
    let output = other.wait(SOON);
    ended_with(&output, 0);
    assert!(
        output.stdout.starts_with("---\napiVersion: kubectl-milvus/v1\nkind: InstanceStatus\n"),
        "{}",
        output.stdout
    );

    let pods = lone.pods();
    let pod = text(&pods[0]["metadata"], "name");
    sure(testbed.client().delete(&vec.path("v1", &format!("pods/{pod}"))));
    watching.wait_for("standalone: not ready", SOON);
    sure(testbed.client().delete(&vec.path("milvus.io/v1beta1", "milvuses/lone")));
    let output = watching.wait(ROLL);
    ended_with(&output, 1);
    says(&output.stderr, "error: milvus/lone was deleted");
}

/// The files of a bundle by their names.
pub(crate) fn files(path: &Path) -> BTreeMap<String, String> {
    let file = std::fs::File::open(path).expect("the bundle");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let entries = archive.entries().expect("a packed archive");
    let read = entries.map(|entry| {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        (name, text)
    });
    read.collect()
}

fn a_bundle_holds_what_helps_and_no_secret(testbed: &Testbed) {
    const PLANTED: [&str; 4] = ["planted-config-81c", "planted-env-5d2", "planted-given-7aa", "planted-copy-3e9"];
    let vec = testbed.namespace("status-bundle");
    let spec = json!({
        "config": { "common": { "security": { "defaultRootPassword": PLANTED[0] } } },
        "components": { "env": [{ "name": "ANY_NAME", "value": PLANTED[1] }] },
    });
    let lone = vec.milvus("lone").standalone().version("2.5.22").spec(&spec).create_and_wait_until_healthy();
    lone.annotate("kubectl.kubernetes.io/last-applied-configuration", Some(&json!({ "spec": PLANTED[3] }).to_string()));
    let fault = lone.fault("standalone").on_image(":v2.6.22").crashes(132);
    let upgrade = ["upgrade", "lone", "--to", "2.6.22", "--backup", "b", "--yes", "--timeout", "5s"];
    ended_with(&vec.run(upgrade), 124);
    lone.wait_until_a_pod("standalone", SOON, "crashes", |pod| {
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    });
    // Values as a release would be given them.
    let secret = &vec.list("v1", "secrets?fieldSelector=type=kubectl-milvus/run.v1")[0];
    let mut run = run_of(secret);
    run["given"] = json!({ "minio": { "any": PLANTED[2] } });
    let path = vec.path("v1", &format!("secrets/{}", text(&secret["metadata"], "name")));
    sure(
        testbed
            .client()
            .patch(&path, &json!({ "data": { "run.json.gz": null }, "stringData": { "run.json": run.to_string() } })),
    );
    let written = run_of(&sure(testbed.client().find(&path)).expect("the run"));
    assert_eq!(written["given"]["minio"]["any"], PLANTED[2], "it is planted");
    let pods = lone.pods();
    assert!(pods.iter().any(|pod| pod.to_string().contains(PLANTED[1])), "it is planted");

    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("lone.tar.gz");
    let output = vec.run(["status", "lone", "--bundle", &bundle.display().to_string()]);
    ended_with(&output, 0);
    says(&output.stderr, &format!("Kept in {}: ", bundle.display()));
    let files = files(&bundle);
    for name in ["status.json", "snapshot.json", "plan.json", "journal.json"] {
        assert!(document(&files[name]).is_object(), "{name}");
    }
    let journal = document(&files["journal.json"]);
    assert_eq!((&journal["to"], &journal["given"]), (&json!("2.6.22"), &json!(["minio.any"])));
    says(&files["status.json"], "CrashLoopBackOff");
    says(&files["snapshot.json"], "(masked)");
    // The log of the pod is there, or why it is not.
    let crashing = pods.iter().find(|pod| pod["spec"]["containers"][0]["image"] == "milvusdb/milvus:v2.6.22");
    let log = format!("logs/{}/", text(&crashing.expect("a new pod")["metadata"], "name"));
    let unread = files.get("unread.txt").cloned().unwrap_or_default();
    assert!(files.keys().any(|name| name.starts_with(&log)) || unread.contains(&log), "{:?}\n{unread}", files.keys());
    for (name, content) in &files {
        for planted in PLANTED {
            let packed = base64::engine::general_purpose::STANDARD.encode(planted);
            assert!(
                !content.contains(planted) && !content.contains(packed.trim_end_matches('=')),
                "{planted} in {name}"
            );
        }
    }
    fault.release();
}
