//! What the API server would not take is said before anything is written: by object, field, value now and value wanted.

use serde_json::{Value, json};

use super::chart::{chart, small};
use super::course::{Course, METHODS};
use crate::testbed::run::Output;
use crate::testbed::trial::trials;
use crate::testbed::wait::{self, Look};
use crate::testbed::{Testbed, sure};
use crate::upgrade::{SOON, ended_with, own_writes, says};

trials![
    an_immutable_field_is_told_before_anything_is_written,
    quotas_policies_and_missing_kinds_are_told_before_anything_is_written,
    fields_of_others_are_told_before_anything_is_written,
    values_of_secrets_are_never_told,
];

fn an_immutable_field_is_told_before_anything_is_written(testbed: &Testbed) {
    for (name, method) in ["immutable-c", "immutable-s"].into_iter().zip(METHODS) {
        let namespace = testbed.namespace(name);
        let (old, new) = (chart("1.0.0"), chart("2.0.0"));
        let [old, new] = [&old, &new].map(|folder| folder.path().display().to_string());
        let output = testbed.command_of("helm4", &["install", "twin", &old, method, "-n", name]).run();
        ended_with(&output, 0);
        let upgrade = ["release", "upgrade", "twin", &new, "--dry-run=server"];
        ended_with(&namespace.command(&upgrade).run(), 0);
        let output = namespace.command(&upgrade).args(&["--set", "etcd.size=5Gi,etcd.replicas=3"]).run();
        ended_with(&output, 3);
        says(&output.stdout, "statefulset/twin-etcd: ");
        let field = "spec.volumeClaimTemplates[0].spec.resources.requests.storage";
        says(&output.stdout, &format!("\n  {field}: \"1Gi\" -> \"5Gi\"\n"));
        assert_eq!(output.stdout.matches(" -> ").count(), 1, "{}", output.stdout);
        assert_eq!(own_writes(&namespace), []);
    }
}

fn quotas_policies_and_missing_kinds_are_told_before_anything_is_written(testbed: &Testbed) {
    let folder = small();
    for (name, method) in ["refused-c", "refused-s"].into_iter().zip(METHODS) {
        let course = Course::begin(testbed, name, folder.path(), method);
        let namespace = course.namespace;
        let missing = json!([{"apiVersion": "example.org/v7", "kind": "Unheard", "metadata": {"name": "of"}}]);
        let output = with_extra(&course, &missing);
        ended_with(&output, 3);
        says(&output.stderr, "Unheard");
        says(&output.stderr, "example.org/v7");

        let foreign = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "foreign", "labels": {"app.kubernetes.io/managed-by": "somebody"}},
        });
        sure(testbed.client().create(&namespace.path("v1", "configmaps"), &foreign));
        let output = with_extra(&course, &json!([foreign]));
        ended_with(&output, 3);
        says(&output.stderr, "ConfigMap \"foreign\" in namespace");
        says(&output.stderr, "\"app.kubernetes.io/managed-by\" must equal \"Helm\": current value is \"somebody\"");

        let wrong = json!([{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "wrong"},
            "spec": {"clusterIP": "None", "ports": [{"port": 70_000}]}}]);
        let output = with_extra(&course, &wrong);
        ended_with(&output, 3);
        says(&output.stdout, "service/wrong: ");
        says(&output.stdout, "  spec.ports[0].port: null -> 70000\n");

        limit(&course, &json!({"count/services": "1"}));
        let extra = json!([{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "many"},
            "spec": {"clusterIP": "None", "ports": [{"port": 1}]}}]);
        let output = with_extra(&course, &extra);
        ended_with(&output, 3);
        says(&output.stdout, "service/many: ");
        says(&output.stdout, "exceeded quota: tight, requested: count/services=1, used: count/services=1, limited:");

        forbid(&course, "deployments", "object.spec.template.spec.containers[0].image != 'example.org/main:b'");
        forbid(&course, "jobs", "!object.metadata.name.endsWith('-before')");
        let output = course.run(&course.there(), &["--dry-run=server"]);
        ended_with(&output, 3);
        says(&output.stdout, "deployment/one: ");
        says(&output.stdout, "no deployments like that");
        says(&output.stdout, "job/one-before: ");
        says(&output.stdout, "no jobs like that");
        assert_eq!(own_writes(&namespace), []);
    }
}

fn fields_of_others_are_told_before_anything_is_written(testbed: &Testbed) {
    let folder = small();
    let course = Course::begin(testbed, "owned", folder.path(), METHODS[1]);
    let path = course.namespace.path("apps/v1", "deployments/one");
    let theirs = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "one"},
        "spec": {"template": {"spec": {"containers": [{"name": "main", "image": "example.org/main:theirs"}]}}},
    });
    sure(testbed.client().apply(&path, &theirs));
    let output = course.run(&course.there(), &["--dry-run=server"]);
    ended_with(&output, 3);
    says(&output.stdout, "deployment/one: Apply failed with 1 conflict");
    says(
        &output.stdout,
        r#"  spec.template.spec.containers[name="main"].image: "example.org/main:theirs" -> "example.org/main:b""#,
    );
    assert_eq!(own_writes(&course.namespace), []);
}

fn values_of_secrets_are_never_told(testbed: &Testbed) {
    let folder = small();
    for (name, method) in ["secret-c", "secret-s"].into_iter().zip(METHODS) {
        let course = Course::begin(testbed, name, folder.path(), method);
        let secret = |value: &str| {
            json!([{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "fixed"}, "immutable": true,
                "data": {"password": value}}])
        };
        let file = extra(&course, &secret("b2xk"));
        ended_with(&course.run(&course.there(), &["--values", &file]), 0);
        let output = with_extra(&course, &secret("bmV3"));
        ended_with(&output, 3);
        says(&output.stdout, "secret/fixed: ");
        says(&output.stdout, "\n  data.password: \"(hidden)\" -> \"(hidden)\"\n");
        assert!(!output.stdout.contains("b2xk") && !output.stdout.contains("bmV3"), "{}", output.stdout);
    }
}

/// A dry run with these objects in the chart, too.
fn with_extra(course: &Course, objects: &Value) -> Output {
    let file = extra(course, objects);
    course.run(&course.there(), &["--dry-run=server", "--values", &file])
}

/// A file of values that brings these objects into the chart.
fn extra(course: &Course, objects: &Value) -> String {
    course.namespace.file("extra.yaml", &json!({ "extra": objects }).to_string()).display().to_string()
}

/// Sets a quota and waits until it is counted.
fn limit(course: &Course, hard: &Value) {
    let client = course.namespace.testbed.client();
    let path = course.namespace.path("v1", "resourcequotas");
    let quota =
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "tight"}, "spec": {"hard": hard}});
    sure(client.create(&path, &quota));
    sure(wait::until(SOON, "the count of the quota", || {
        let live = client.get(&format!("{path}/tight"))?;
        Ok(if live["status"]["used"].is_object() { Look::Done(()) } else { Look::NotYet(live.to_string()) })
    }));
}

/// Forbids what does not meet an expression, and waits until that is in force.
fn forbid(course: &Course, resource: &str, expression: &str) {
    let client = course.namespace.testbed.client();
    let group = "admissionregistration.k8s.io/v1";
    let name = format!("{}-{resource}", course.namespace.name());
    let message = format!("no {resource} like that");
    let rule = json!({"apiGroups": ["apps", "batch"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": [resource]});
    let policy = json!({
        "apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": expression, "message": message}],
        },
    });
    sure(client.create(&format!("/apis/{group}/validatingadmissionpolicies"), &policy));
    let binding = json!({
        "apiVersion": group, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name},
        "spec": {
            "policyName": name, "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": course.namespace.name()}}},
        },
    });
    sure(client.create(&format!("/apis/{group}/validatingadmissionpolicybindings"), &binding));
    sure(wait::until(SOON, "the policy", || {
        let output = course.run(&course.there(), &["--dry-run=server"]);
        Ok(if output.stdout.contains(&message) { Look::Done(()) } else { Look::NotYet(output.stdout) })
    }));
}
