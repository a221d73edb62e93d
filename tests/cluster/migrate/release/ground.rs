//! What a migration of a release stands on: an etcd over TLS, a class for its claim, and rights.

use serde_json::{Value, json};

use super::{NEW, OLD, Scene, USER};
use crate::testbed::Testbed;
use crate::testbed::proxy::Trouble;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, own_writes, says};

trials![
    no_right_of_a_migration_can_be_left_out,
    the_jobs_reach_an_etcd_over_tls,
    without_a_default_class_a_claim_has_to_be_named,
];

/// What the users of a release say of an etcd over TLS, and how its files come into the pods of Milvus.
const TLS: &str = "\
volumes:
- {name: etcd-tls, secret: {secretName: etcd-tls}}
- {name: scratch, emptyDir: {}}
volumeMounts:
- {name: etcd-tls, mountPath: /tls, readOnly: true}
- {name: scratch, mountPath: /scratch}
extraConfigFiles:
  user.yaml: |
    etcd:
      ssl: {enabled: true, tlsCert: /tls/tls.crt, tlsKey: /tls/tls.key, tlsCACert: /tls/ca.crt, tlsMinVersion: \"1.2\"}
";

fn the_jobs_reach_an_etcd_over_tls(testbed: &Testbed) {
    let scene = Scene::with(testbed, "migrate-release-tls", TLS, "helm4", &[]);
    ended_with(&scene.migrate(&[]), 0);
    scene.runs(NEW);
    ended_with(&scene.migrate(&["--rollback"]), 0);
    scene.runs(OLD);
    let jobs = scene.vec.list("batch/v1", "jobs");
    assert_eq!(jobs.len(), 3, "{jobs:?}");
    for job in &jobs {
        let pod = &job["spec"]["template"]["spec"];
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let volumes: Vec<_> = list(&pod["volumes"]).iter().map(|it| it["secret"]["secretName"].clone()).collect();
        assert!(volumes.contains(&json!("etcd-tls")), "{volumes:?}");
        let container = &pod["containers"][0];
        let mounts: Vec<_> = list(&container["volumeMounts"]).iter().map(|it| it["mountPath"].clone()).collect();
        assert!(mounts.contains(&json!("/tls")) && !mounts.contains(&json!("/scratch")), "{mounts:?}");
        let file = container["command"][1].as_str().and_then(|word| word.rsplit('/').next()).expect("a file");
        let told = scene.told_to_jobs(file);
        for line in ["enabled: true", "tlsCert: /tls/tls.crt", "tlsKey: /tls/tls.key", "tlsCACert: /tls/ca.crt"] {
            says(&told, line);
        }
    }
}

fn without_a_default_class_a_claim_has_to_be_named(testbed: &Testbed) {
    let scene = Scene::with(testbed, "migrate-release-class", USER, "helm4", &[]);
    let proxy = testbed.proxy();
    proxy.make(Trouble::Nothing).path("/storageclasses").begin();
    let run = |more: &[&str]| scene.command(more).kubeconfig(proxy.kubeconfig()).run();
    let refused = run(&[]);
    ended_with(&refused, 3);
    says(&refused.stdout, "MV1302");
    says(&refused.stdout, "--backup-claim");
    ended_with(&run(&["--backup-claim", "kept", "--dry-run=server"]), 0);
    assert_eq!(own_writes(&scene.vec).len(), 0);
}

/// As `docs rbac --for migrate` says it: all of what the chart renders, and what a migration makes besides.
fn rules() -> Vec<Value> {
    let all: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete"];
    let rules: [(&str, &str, &[&str]); 7] = [
        ("", "configmaps", all),
        ("", "secrets", all),
        ("apps", "deployments", all),
        ("", "pods", &["get", "list", "watch"]),
        ("coordination.k8s.io", "leases", &["get", "create", "update", "delete"]),
        ("batch", "jobs", &["get", "list", "watch", "create", "patch"]),
        ("", "persistentvolumeclaims", &["get", "list", "create"]),
    ];
    rules
        .map(|(group, resource, verbs)| json!({"apiGroups": [group], "resources": [resource], "verbs": verbs}))
        .to_vec()
}

fn no_right_of_a_migration_can_be_left_out(testbed: &Testbed) {
    let scene = Scene::begin(testbed, "migrate-release-poor", "helm4", &["--server-side=true"]);
    let whole = rules();
    for left_out in 0..whole.len() {
        let mut fewer = whole.clone();
        let rule = fewer.remove(left_out);
        let kubeconfig = scene.vec.kubeconfig_with_rights(&format!("poor-{left_out}"), &fewer.into());
        let output = scene.command(&["--timeout", "1m"]).kubeconfig(&kubeconfig).run();
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(matches!(output.code, Some(1 | 3)), "without {rule}: {:?}\n{told}", output.code);
        // What is missing is named, by its kind.
        says(&told, rule["resources"][0].as_str().expect("a name"));
    }
    assert_eq!(own_writes(&scene.vec), []);
    let rich = scene.vec.kubeconfig_with_rights("rich", &whole.into());
    ended_with(&scene.command(&[]).kubeconfig(&rich).run(), 0);
    scene.runs(NEW);
    ended_with(&scene.command(&["--rollback"]).kubeconfig(&rich).run(), 0);
    scene.runs(OLD);
}
