//! The operator itself, by its real chart and the real helms, on a cluster of its own: whoever looks for the operator of
//! an instance finds every one in the cluster.

use std::fs;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::testbed::audit::Request;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{self, Testbed};
use crate::upgrade::{SOON, ended_with, says};

trials![
    an_older_chart_of_helm_3_goes_forward_with_its_definitions,
    a_pinned_operator_goes_forward_and_helm_takes_it_back,
    one_of_several_is_named_and_gives_up_in_the_kubelets_words,
    an_operator_from_a_manifest_is_left_alone,
];

const HOME: &str = "milvus-operator";
const UPGRADE: &str = "upgrade";

/// The cluster of these tests.
fn other(testbed: &Testbed) -> &'static Testbed {
    static OTHER: OnceLock<Testbed> = OnceLock::new();
    OTHER.get_or_init(|| testbed.start_another().expect("a second cluster"))
}

fn chart() -> String {
    testbed::operator_chart().expect("the operator's chart").display().to_string()
}

fn helm(cluster: &Testbed, program: &str, namespace: &str, arguments: &[&str]) -> String {
    let output = cluster.command_of(program, arguments).args(&["-n", namespace]).run();
    assert_eq!(output.code, Some(0), "{program} {arguments:?}: {}", output.stderr);
    output.stdout
}

/// Runs the program under test in no namespace in particular.
fn run(cluster: &Testbed, arguments: &[&str]) -> Output {
    cluster.command(arguments).run()
}

fn image(cluster: &Testbed, namespace: &str, name: &str) -> String {
    let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}");
    let deployment = cluster.client().get(&path).expect("a Deployment");
    deployment["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned()
}

fn official(version: &str) -> String {
    format!("milvusdb/milvus-operator:v{version}")
}

/// What the program under test wrote to a namespace, and to definitions.
fn writes(cluster: &Testbed, namespace: &str) -> Vec<Request> {
    let mut writes = cluster.audit().of_user_agent("kubectl-milvus").writes();
    writes.retain(|it| it.namespace == namespace || it.resource == "customresourcedefinitions");
    writes
}

fn pods(vec: &Namespace) -> Vec<(String, Value)> {
    let seen = |pod: &Value| {
        let uid = pod["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        (uid, pod["status"]["containerStatuses"][0]["restartCount"].clone())
    };
    let mut pods: Vec<(String, Value)> = vec.pods("prod").iter().map(seen).collect();
    pods.sort_by(|one, other| one.0.cmp(&other.0));
    pods
}

const DEFINITION: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/milvusupgrades.milvus.io";
const FIELD: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";

/// Takes a field out of a definition, as an older chart would have left it: in Helm's name, or Helm could not put it back.
fn age_definition(cluster: &Testbed) {
    let live = cluster.client().get(DEFINITION).expect("the definition");
    let mut definition = json!({"apiVersion": live["apiVersion"], "kind": live["kind"], "spec": live["spec"]});
    for name in ["name", "labels", "annotations"] {
        definition["metadata"][name] = live["metadata"][name].clone();
    }
    let fields = definition.pointer_mut(FIELD).and_then(Value::as_object_mut).expect("the fields of the spec");
    assert!(fields.remove("maxRetry").is_some());
    let path = format!("{DEFINITION}?fieldManager=helm&force=true");
    let answer = cluster.client().send("PATCH", &path, "application/apply-patch+yaml", Some(&definition));
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn a_pinned_operator_goes_forward_and_helm_takes_it_back(testbed: &Testbed) {
    let cluster = other(testbed);
    let (chart, name) = (chart(), "operator/milvus-operator");
    helm(cluster, "helm4", HOME, &["upgrade", HOME, &chart, "--set", "image.tag=v1.3.0"]);
    assert_eq!(image(cluster, HOME, HOME), official("1.3.0"), "the values win over the chart");
    let vec = cluster.namespace("operator-vec");
    let prod = vec.milvus("prod").standalone().version("2.5.22").create_and_wait_until_healthy();
    let (before, generation) = (pods(&vec), prod.get()["metadata"]["generation"].clone());
    assert!(!before.is_empty());
    age_definition(cluster);

    let checked = run(cluster, &["check", name, "--to", "1.3.7"]);
    ended_with(&checked, 0);
    says(&checked.stdout, "operator/milvus-operator in milvus-operator: 1.3.0, chart 1.3.7");
    says(&checked.stdout, "MV1002");
    says(&checked.stdout, "MV1011");
    let upgrade = [UPGRADE, name, "--to", "1.3.7", "--chart", &chart];
    for dry in ["--dry-run=client", "--dry-run=server"] {
        let output = cluster.command(&upgrade).args(&[dry, "--exit-code"]).run();
        ended_with(&output, 10);
        says(&output.stdout, "milvusdb/milvus-operator:v1.3.0 -> v1.3.7");
        says(&output.stdout, "your values pin it at v1.3.0");
        says(&output.stdout, "nothing: Milvus runs on");
    }
    assert_eq!(writes(cluster, HOME), [], "a dry run writes nothing");
    let back = cluster.command(&[UPGRADE, name, "--to", "1.2.8", "--chart", &chart, "--yes"]).run();
    ended_with(&back, 3);
    says(&back.stdout, "MV1003");

    let output = cluster.command(&upgrade).args(&["--yes"]).run();
    ended_with(&output, 0);
    says(&output.stdout, "Done: operator/milvus-operator runs 1.3.7");
    says(&output.stdout, "no pod of Milvus was restarted: one is the same as before");
    assert_eq!(image(cluster, HOME, HOME), official("1.3.7"));
    assert_eq!(pods(&vec), before, "Milvus ran on");
    let milvus = prod.get();
    assert_eq!(milvus["metadata"]["generation"], generation);
    assert_eq!(milvus["status"]["currentImage"], "milvusdb/milvus:v2.5.22");
    let definition = cluster.client().get(DEFINITION).expect("the definition");
    assert!(definition.pointer(FIELD).is_some_and(|fields| fields["maxRetry"].is_object()), "it is whole again");
    let values = helm(cluster, "helm4", HOME, &["get", "values", HOME]);
    says(&values, "tag: v1.3.7");
    let again = cluster.command(&upgrade).args(&["--yes"]).run();
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do: operator/milvus-operator runs 1.3.7 already");

    helm(cluster, "helm4", HOME, &["rollback", HOME, "2"]);
    assert_eq!(image(cluster, HOME, HOME), official("1.3.0"));
    let history = helm(cluster, "helm4", HOME, &["history", HOME]);
    says(&history, "Upgrade complete");
    says(&history, "Rollback to 2");
    // Ours after theirs; the chart says which version is meant. Somebody deletes a pod of Milvus meanwhile.
    let mut running = cluster.command(&[UPGRADE, name, "--chart", &chart, "--yes", "-o", "json"]).spawn();
    running.wait_for("gets 30 s to look at every instance", SOON);
    let victim = vec.pods("prod")[0]["metadata"]["name"].as_str().expect("a name").to_owned();
    cluster
        .client()
        .delete(&format!("{}?gracePeriodSeconds=0", vec.path("v1", &format!("pods/{victim}"))))
        .expect("it goes");
    let output = running.wait(SOON * 2);
    ended_with(&output, 0);
    let result: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!((&result["kind"], &result["ending"]), (&json!("RunResult"), &json!("done")));
    assert_eq!((&result["plan"]["isOperator"], &result["plan"]["mode"]), (&json!(true), &Value::Null));
    says(
        result["proof"][0].as_str().unwrap_or_default(),
        "one pod of Milvus was restarted or replaced, 0 are the same",
    );
    says(result["proof"][1].as_str().unwrap_or_default(), &format!("pod {victim} in operator-vec was replaced"));
}

fn one_of_several_is_named_and_gives_up_in_the_kubelets_words(testbed: &Testbed) {
    let cluster = other(testbed);
    let chart = chart();
    cluster.namespace("op-three");
    let values = "installCRDs=false,image.tag=v1.2.8";
    helm(cluster, "helm3", "op-three", &["install", "three", &chart, "--set", values]);
    let deployment = "/apis/apps/v1/namespaces/op-three/deployments/three-milvus-operator";
    let deadline = |seconds: u32| {
        let patch = json!({"spec": {"progressDeadlineSeconds": seconds}});
        cluster.client().patch(deployment, &patch).expect("it is patched");
    };

    let unnamed = run(cluster, &["check", "operator"]);
    ended_with(&unnamed, 2);
    says(&unnamed.stderr, "operator/milvus-operator -n milvus-operator");
    says(&unnamed.stderr, "operator/three -n op-three");
    ended_with(&run(cluster, &["check", "operator/four"]), 1);
    let release = run(cluster, &["check", "release/three", "-n", "op-three"]);
    ended_with(&release, 2);
    says(&release.stderr, "operator/three");
    let checked = run(cluster, &["check", "operator/three", "--to", "1.3.7", "--accept", "MV1006"]);
    ended_with(&checked, 0);
    says(&checked.stdout, "MV1008");

    let upgrade = [UPGRADE, "operator/three", "--chart", &chart, "--yes", "--accept", "MV1006"];
    let fault = "podAnnotations.kubectl-milvus\\.testbed/fault=cannot-pull";
    deadline(2);
    let output = cluster.command(&upgrade).args(&["--set", fault]).run();
    deadline(600);
    ended_with(&output, 5);
    says(&output.stdout, "deployment/three-milvus-operator gave up");
    says(&output.stdout, "ImagePullBackOff");
    says(&output.stdout, "helm -n op-three rollback three 1");
    helm(cluster, "helm3", "op-three", &["rollback", "three", "1"]);
    assert_eq!(image(cluster, "op-three", "three-milvus-operator"), official("1.2.8"));

    let output = cluster.command(&upgrade).run();
    ended_with(&output, 0);
    assert_eq!(image(cluster, "op-three", "three-milvus-operator"), official("1.3.7"));
    let history = helm(cluster, "helm3", "op-three", &["history", "three"]);
    assert_eq!(history.matches("deployed").count(), 1, "{history}");
    helm(cluster, "helm3", "op-three", &["rollback", "three"]);
    assert_eq!(
        image(cluster, HOME, HOME).split(':').next(),
        Some("milvusdb/milvus-operator"),
        "the other is as it was"
    );
}

fn an_operator_from_a_manifest_is_left_alone(testbed: &Testbed) {
    let cluster = other(testbed);
    let chart = chart();
    let vec = cluster.namespace("op-static");
    let values = "installCRDs=false,image.tag=v1.3.0";
    let manifest = helm(cluster, "helm4", "op-static", &["template", "plain", &chart, "--set", values]);
    let file = vec.file("operator.yaml", &manifest);
    let apply = ["apply", "-n", "op-static", "-f", &file.display().to_string()];
    assert_eq!(cluster.command_of("kubectl", &apply).run().code, Some(0));

    let checked = run(cluster, &["check", "operator/plain-milvus-operator"]);
    assert!(checked.stdout.contains("operator/plain-milvus-operator in op-static: 1.3.0"), "{}", checked.stdout);
    for more in [&["--dry-run=server"][..], &["--yes"]] {
        let upgrade = [UPGRADE, "operator/plain", "--to", "1.3.7", "--chart", &chart, "--accept", "MV1006"];
        let output = cluster.command(&upgrade).args(more).run();
        ended_with(&output, 3);
        says(&output.stdout, "MV1001");
        says(&output.stdout, "kubectl apply --server-side");
        says(&output.stdout, "/v1.3.7/deploy/manifests/deployment.yaml");
        says(&output.stdout, "--take-ownership");
    }
    assert!(writes(cluster, "op-static").iter().all(|it| it.namespace != "op-static"), "nothing is written");
    assert_eq!(image(cluster, "op-static", "plain-milvus-operator"), official("1.3.0"));
}

/// The operator's chart as it may have been in an older version: other versions, and a definition without a field.
fn older_chart(version: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let source = testbed::operator_chart().expect("the operator's chart");
    fs::create_dir(folder.path().join("templates")).expect("it can be made");
    for part in ["", "templates"] {
        for entry in fs::read_dir(source.join(part)).expect("the chart is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                continue;
            }
            let text = fs::read_to_string(&path).expect("it is text");
            let text = text
                .replace("1.3.7", version)
                .replace("              maxRetry:\n                default: 3\n                type: integer\n", "");
            let name = path.file_name().expect("a name");
            fs::write(folder.path().join(part).join(name), text).expect("it can be written");
        }
    }
    let metadata = folder.path().join("Chart.yaml");
    let text = fs::read_to_string(&metadata).expect("it is there");
    // Its one dependency is off, and an archive.
    let (head, tail) = text.split_once("dependencies:").expect("it has dependencies");
    let (_, tail) = tail.split_once("maintainers:").expect("it has maintainers");
    fs::write(metadata, format!("{head}maintainers:{tail}")).expect("it can be written");
    folder
}

fn an_older_chart_of_helm_3_goes_forward_with_its_definitions(testbed: &Testbed) {
    let third = testbed.start_another().expect("a third cluster");
    third.stop_operator().expect("it ends");
    helm(&third, "helm4", HOME, &["uninstall", HOME, "--wait"]);
    let (old, new) = (older_chart("1.3.0"), chart());
    helm(&third, "helm3", HOME, &["install", HOME, &old.path().display().to_string()]);
    let served = wait::until(SOON, "the definitions", || {
        let answer = third.client().find("/apis/milvus.io/v1beta1/milvuses")?;
        Ok(answer.map_or_else(|| Look::NotYet("they are not served".to_owned()), |_| Look::Done(())))
    });
    served.expect("they are established");
    third.start_operator().expect("it starts");
    let vec = third.namespace("operator-old");
    vec.milvus("prod").standalone().version("2.5.22").create_and_wait_until_healthy();
    let before = pods(&vec);
    let field = || third.client().get(DEFINITION).expect("the definition").pointer(FIELD).cloned().unwrap_or_default();
    assert!(field()["maxRetry"].is_null());

    let upgrade = ["upgrade", "operator", "--to", "1.3.7", "--chart", &new, "--yes"];
    let output = third.command(&upgrade).run();
    ended_with(&output, 0);
    says(&output.stdout, "1.3.0 -> 1.3.7");
    says(&output.stdout, "no pod of Milvus was restarted");
    assert_eq!(image(&third, HOME, HOME), official("1.3.7"));
    assert!(field()["maxRetry"].is_object(), "the definitions go with the chart");
    assert_eq!(pods(&vec), before);
    let values = helm(&third, "helm3", HOME, &["get", "values", HOME]);
    assert!(!values.contains("tag"), "what was not pinned is not pinned now: {values}");

    // Helm's patches by the client do not see what others did to a definition.
    age_definition(&third);
    let output = third.command(&upgrade).run();
    ended_with(&output, 5);
    says(&output.stdout, "lacks v1beta1:spec/maxRetry");
    helm(&third, "helm3", HOME, &["rollback", HOME, "1"]);
    assert_eq!(image(&third, HOME, HOME), official("1.3.0"));
    third.stop();
}
