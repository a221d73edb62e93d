//! The way from Pulsar 2 to Pulsar 3, gone by typing what is told, with the real kubectl and helm.

use serde_json::{Value, json};

use crate::release::way::{chart, config, install, running};
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};
use crate::upgrade::{SOON, ended_with, own_writes, says};

trials![
    a_resource_goes_to_pulsar_3_by_what_is_told,
    a_release_of_helm_4_goes_to_pulsar_3_by_what_is_told,
    a_release_of_helm_3_goes_to_pulsar_3_by_what_is_told,
    who_may_not_see_claims_is_told_that_nobody_knows,
];

/// A set of bookies as a chart of Pulsar makes it: of the second generation with a claim, which nobody binds.
fn bookies(vec: &Namespace, release: &str, app: &str, version: &str) {
    let name = format!("{release}-{app}-bookie").replace("-pulsar-pulsar-", "-pulsar-");
    let own = json!({"app": app, "release": release, "component": "bookie"});
    let mut labels = own.clone();
    labels["chart"] = json!(format!("{app}-{version}"));
    let claim = json!({
        "metadata": {"name": format!("{name}-journal")},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": "nowhere",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    });
    let claims = if version.starts_with('2') { vec![claim] } else { vec![] };
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "labels": labels},
        "spec": {
            "serviceName": name, "replicas": 1, "selector": {"matchLabels": own}, "volumeClaimTemplates": claims,
            "template": {"metadata": {"labels": own}, "spec": {
                "terminationGracePeriodSeconds": 0, "containers": [{"name": "bookie", "image": "apachepulsar/pulsar"}],
            }},
        },
    });
    sure(vec.testbed.client().create(&vec.path("apps/v1", "statefulsets"), &set));
}

fn claims(vec: &Namespace) -> Vec<String> {
    let name = |claim: &Value| claim["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    vec.list("v1", "persistentvolumeclaims").iter().map(name).collect()
}

/// Waits until so many claims are there.
fn wait_for_claims(vec: &Namespace, count: usize) {
    sure(wait::until(SOON, "claims", || {
        let found = claims(vec);
        Ok(if found.len() == count { Look::Done(()) } else { Look::NotYet(format!("{found:?}")) })
    }));
}

fn look(vec: &Namespace, reference: &str, more: &[&str]) -> Output {
    vec.command(&["migrate", reference, "pulsar-v3"]).args(more).run()
}

/// What is told once the flush is confirmed.
fn told(vec: &Namespace, reference: &str) -> Value {
    let output = look(vec, reference, &["--flushed", "-o", "json"]);
    ended_with(&output, 0);
    serde_json::from_str(&output.stdout).expect("one document")
}

fn standings(procedure: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = procedure["steps"].as_array().expect("steps");
    steps.iter().map(|step| format!("{} {}", text(&step["id"]), text(&step["standing"]))).collect()
}

/// The lines of a step, as they are typed.
fn lines(procedure: &Value, id: &str) -> String {
    let steps = procedure["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["id"] == id).expect("the step");
    let lines = step["commands"].as_array().expect("commands");
    lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// Types lines into a shell that has kubectl and this helm.
fn typed(vec: &Namespace, lines: &str, helm: &str) {
    let programs = vec.testbed.tool("kubectl").parent().expect("a folder").display().to_string();
    let folder = vec.file("typed", "").parent().expect("a folder").to_owned();
    let script = format!("PATH={programs}:$PATH\n{}", lines.replace("helm -n", &format!("{helm} -n")));
    let output = vec.testbed.command_of("/bin/sh", &["-ec", &script]).directory(&folder).run();
    assert_eq!(output.code, Some(0), "{script}\n{}{}", output.stdout, output.stderr);
}

fn a_resource_goes_to_pulsar_3_by_what_is_told(testbed: &Testbed) {
    let vec = testbed.namespace("pulsar-resource");
    let prod = vec.milvus("prod").cluster().version("2.5.22").create_and_wait_until_healthy();
    let output = look(&vec, "prod", &[]);
    ended_with(&output, 2);
    says(&output.stderr, "milvus/prod keeps its messages in custom: there is no Pulsar to bring to 3");
    // The operator of the testbed has no chart of Pulsar: what it would do is played here.
    vec.take_the_operator_away();
    let pulsar = json!({"inCluster": {"chartVersion": "pulsar-v2"}});
    prod.patch(&json!({"spec": {"dependencies": {"msgStreamType": "pulsar", "pulsar": pulsar}}}));
    bookies(&vec, "prod-pulsar", "pulsar", "2.7.8");
    wait_for_claims(&vec, 1);
    let before = prod.get();

    let output = look(&vec, "prod", &[]);
    ended_with(&output, 3);
    says(&output.stdout, "port-forward deploy/prod-milvus-proxy 9091:9091 &");
    says(&output.stdout, "from here what was not flushed is lost for good");
    says(&output.stdout, "kubectl milvus migrate prod -n pulsar-resource pulsar-v3 --flushed");
    assert!(!output.stdout.contains("delete milvus") && !output.stdout.contains("delete pvc"), "{}", output.stdout);
    for refused in [&["--resume"][..], &["--plan-out", "plan.json"], &["--diff"]] {
        ended_with(&look(&vec, "prod", refused), 2);
    }
    ended_with(&vec.run(["migrate", "prod", "mixcoord", "--flushed"]), 2);

    let procedure = told(&vec, "prod");
    let behind = ["keep next", "stop later", "claims later", "start later", "check later"];
    assert_eq!(standings(&procedure)[3..], behind);
    assert_eq!(
        prod.get()["metadata"]["resourceVersion"],
        before["metadata"]["resourceVersion"],
        "it was only looked at"
    );
    typed(&vec, &lines(&procedure, "keep"), "helm4");
    let taken = &prod.get()["spec"]["dependencies"]["pulsar"]["inCluster"];
    assert_eq!((&taken["deletionPolicy"], &taken["pvcDeletion"]), (&json!("Delete"), &json!(true)));
    let procedure = told(&vec, "prod");
    assert_eq!(standings(&procedure)[3..5], ["keep unknown", "stop later"], "who knows of the file?");
    typed(&vec, &lines(&procedure, "keep"), "helm4");

    // The operator would take its finalizer away once Pulsar is uninstalled.
    prod.patch(&json!({"metadata": {"finalizers": null}}));
    typed(&vec, &lines(&procedure, "stop"), "helm4");
    let gone = look(&vec, "prod", &["--flushed"]);
    ended_with(&gone, 1);
    says(&gone.stderr, "deleted on its way to Pulsar 3? then create it again");
    sure(testbed.client().delete(&vec.path("apps/v1", "statefulsets/prod-pulsar-bookie")));
    typed(&vec, &lines(&procedure, "claims"), "helm4");
    assert_eq!(claims(&vec), [""; 0]);

    typed(&vec, &lines(&procedure, "start"), "helm4");
    let spec = &prod.get()["spec"];
    assert_eq!(spec["dependencies"]["pulsar"]["inCluster"]["chartVersion"], "pulsar-v3");
    for same in ["components", "config"] {
        assert_eq!(spec[same], before["spec"][same]);
    }
    bookies(&vec, "prod-pulsar", "pulsar", "3.3.0");
    let procedure = told(&vec, "prod");
    assert_eq!(standings(&procedure), ["check next"]);
    assert_eq!(procedure["steps"][0]["seen"][0], "status.status: none", "nobody has looked at it yet");
    assert_eq!(own_writes(&vec), [], "the program itself has written nothing");
}

fn a_release_of_helm_4_goes_to_pulsar_3_by_what_is_told(testbed: &Testbed) {
    a_release_goes_by_what_is_told(testbed, "pulsar-release-4", "helm4");
}

fn a_release_of_helm_3_goes_to_pulsar_3_by_what_is_told(testbed: &Testbed) {
    a_release_goes_by_what_is_told(testbed, "pulsar-release-3", "helm3");
}

fn a_release_goes_by_what_is_told(testbed: &Testbed, name: &'static str, helm: &str) {
    let vec = testbed.namespace(name);
    let here = chart("4.2.33", "2.5.0");
    install(
        &vec,
        &here,
        &["--set", "pulsar.enabled=true,pulsarv3.enabled=false,queryNode.replicas=2,image.all.tag=v2.5.4"],
    );
    bookies(&vec, "my", "pulsar", "2.7.8");
    wait_for_claims(&vec, 1);
    let before = running(&vec);

    let output = look(&vec, "release/my", &[]);
    ended_with(&output, 3);
    says(&output.stdout, "port-forward deploy/my-milvus-proxy 9091:9091 &");
    assert!(!output.stdout.contains("uninstall my") && !output.stdout.contains("delete pvc"), "{}", output.stdout);

    let procedure = told(&vec, "release/my");
    assert_eq!(standings(&procedure)[3..], ["stop next", "claims later", "start later", "check later"]);
    typed(&vec, &lines(&procedure, "stop"), helm);
    assert_eq!(running(&vec), []);
    // What is uninstalled is still found, with its history kept.
    let procedure = told(&vec, "release/my");
    assert_eq!(standings(&procedure)[3..], ["stop done", "claims next", "start later", "check later"]);
    sure(testbed.client().delete(&vec.path("apps/v1", "statefulsets/my-pulsar-bookie")));
    typed(&vec, &lines(&procedure, "claims"), helm);
    assert_eq!(claims(&vec), [""; 0]);
    let procedure = told(&vec, "release/my");
    assert_eq!(standings(&procedure)[3..], ["stop done", "claims done", "start next", "check later"]);

    // The same chart from a folder, for there is no network here.
    let start = lines(&procedure, "start");
    let repository = "milvus --repo https://zilliztech.github.io/milvus-helm --version 4.2.33";
    says(&start, repository);
    typed(&vec, &start.replace(repository, &here.path()), helm);
    assert_eq!(running(&vec), before, "the same components at the same image");
    says(&config(&vec), "queue: pulsar3");
    bookies(&vec, "my", "pulsarv3", "3.3.0");
    sure(wait::until(SOON, "everything on Pulsar 3", || {
        let output = look(&vec, "release/my", &[]);
        ended_with(&output, 0);
        Ok(if output.stdout.contains("Nothing to do") { Look::Done(()) } else { Look::NotYet(output.stdout) })
    }));
    assert_eq!(own_writes(&vec), [], "the program itself has written nothing");
}

fn who_may_not_see_claims_is_told_that_nobody_knows(testbed: &Testbed) {
    let vec = testbed.namespace("pulsar-rights");
    install(&vec, &chart("4.2.33", "2.5.0"), &["--set", "pulsar.enabled=true,pulsarv3.enabled=false"]);
    let read: &[&str] = &["get", "list", "watch"];
    let role = json!([
        {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets"], "verbs": read},
        {"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": read},
    ]);
    let kubeconfig = vec.kubeconfig_with_rights("reader", &role);
    let command = vec.command(&["migrate", "release/my", "pulsar-v3", "--flushed"]).kubeconfig(&kubeconfig);
    let output = command.run();
    ended_with(&output, 0);
    says(&output.stdout, "5  unknown  delete the claims of Pulsar 2 that are left");
    says(&output.stdout, "no right to list persistentvolumeclaims");
    says(&output.stdout, "kubectl -n pulsar-rights get pvc -l app=pulsar,release=my");
}
