//! The migration of a Helm release, which no operator does: Jobs of our own, whose pods kwok plays.

pub(super) mod ground;
pub(super) mod kill;

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::release::way::{Chart, chart};
use crate::testbed::Testbed;
use crate::testbed::namespace::Namespace;
use crate::testbed::run::{Invocation, Output};
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, own_writes, says};

trials![
    a_release_of_helm_3_goes_to_2_2_and_back,
    a_release_applied_by_the_server_goes_to_2_2_and_back,
    an_autoscaler_is_refused_before_anything_stops,
    a_backup_that_fails_starts_the_old_release_again,
    a_rewrite_that_fails_is_put_back,
    what_cannot_be_put_back_is_told_with_the_commands,
];

/// What the users of the release say of etcd: a password, and a root of its own.
const USER: &str = "\
extraConfigFiles:
  user.yaml: |
    etcd:
      rootPath: own
      auth: {enabled: true, userName: root, password: sesame}
";

const OLD: &str = "milvusdb/milvus:v2.1.4";
const NEW: &str = "milvusdb/milvus:v2.2.16";

/// A release of 2.1.4, of which somebody has scaled the query nodes by hand.
pub(super) struct Scene<'a> {
    pub(super) vec: Namespace<'a>,
    charts: [Chart; 2],
    /// Rows that make the rest of a minute a second.
    knowledge: NamedTempFile,
}

impl<'a> Scene<'a> {
    pub(super) fn begin(testbed: &'a Testbed, name: &'static str, program: &str, flags: &[&str]) -> Self {
        Self::with(testbed, name, USER, program, flags)
    }

    /// The same, with values of its own.
    fn with(testbed: &'a Testbed, name: &'static str, values: &str, program: &str, flags: &[&str]) -> Self {
        let vec = testbed.namespace(name);
        let charts = [chart("4.0.1", "2.1.4"), chart("4.0.34", "2.2.16")];
        let path = charts[0].path();
        let arguments = ["install", "my", &path, "-n", vec.name(), "--set"];
        let set = "image.all.tag=v2.1.4,mixCoordinator.enabled=false,rootCoordinator.enabled=true";
        let values = vec.file("values.yaml", values).display().to_string();
        let installed = testbed.command_of(program, &arguments).args(&[set, "-f", &values]).args(flags).run();
        assert_eq!(installed.code, Some(0), "{}", installed.stderr);
        let scale = json!({"spec": {"replicas": 2}});
        let querynode = vec.path("apps/v1", "deployments/my-milvus-querynode");
        testbed.client().patch(&querynode, &scale).expect("it is scaled");
        let mut knowledge = NamedTempFile::with_suffix(".toml").expect("a file");
        let row = "[[time]]\ntime = \"migration-rest\"\nseconds = 1\nwhat = \"short\"\nsource = \"a test\"\n";
        knowledge.write_all(row.as_bytes()).expect("it can be written");
        Self { vec, charts, knowledge }
    }

    pub(super) fn command(&self, more: &[&str]) -> Invocation<'a> {
        let knowledge = self.knowledge.path().display().to_string();
        let chart = self.charts[1].path();
        let typed = ["migrate", "release/my", "--yes", "--chart", &chart, "--knowledge", &knowledge];
        self.vec.command(&typed).args(more)
    }

    fn migrate(&self, more: &[&str]) -> Output {
        self.command(more).run()
    }

    /// Component, image, replicas and the notes of a migration, of every Deployment.
    fn running(&self) -> Vec<(String, String, i64, usize)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut found: Vec<_> = self
            .vec
            .deployments("my")
            .iter()
            .map(|it| {
                let image = &it["spec"]["template"]["spec"]["containers"][0]["image"];
                let notes = it["metadata"]["annotations"].as_object().into_iter().flatten();
                let notes = notes.filter(|(key, _)| key.starts_with("kubectl-milvus.io/")).count();
                let replicas = it["spec"]["replicas"].as_i64().unwrap_or(-1);
                (text(&it["metadata"]["labels"]["component"]), text(image), replicas, notes)
            })
            .collect();
        found.sort();
        found
    }

    /// All components at an image, with the replicas that they had.
    pub(super) fn runs(&self, image: &str) {
        let components = [("datanode", 1), ("indexnode", 1), ("proxy", 1), ("querynode", 2), ("rootcoord", 1)];
        let wanted: Vec<_> =
            components.map(|(name, replicas)| (name.to_owned(), image.to_owned(), replicas, 0)).to_vec();
        assert_eq!(self.running(), wanted);
    }

    /// A file that a Job reads.
    fn told_to_jobs(&self, file: &str) -> String {
        let secrets = self.vec.list("v1", "secrets");
        let own = secrets.iter().find(|it| it["metadata"]["name"] == "milvus-meta-migration-config-my");
        let text = own.and_then(|it| it["data"][file].as_str()).expect("the file");
        String::from_utf8(STANDARD.decode(text).expect("base64")).expect("text")
    }

    /// Nobody but Helm owns replicas: it could not apply others by the server.
    fn is_left_to_helm(&self) {
        for deployment in self.vec.deployments("my") {
            let managers = deployment["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
            let owns = |it: &&Value| it["fieldsV1"]["f:spec"].get("f:replicas").is_some();
            let others: Vec<_> = managers.iter().filter(owns).filter(|it| it["manager"] != "helm").collect();
            assert!(others.is_empty(), "{others:?}");
        }
    }

    /// Names of the Jobs, and whether each is complete.
    pub(super) fn jobs(&self) -> Vec<(String, bool)> {
        let jobs = self.vec.list("batch/v1", "jobs");
        let mut jobs: Vec<_> = jobs
            .iter()
            .map(|job| {
                let name = job["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                (name, job["status"]["succeeded"] == 1)
            })
            .collect();
        jobs.sort();
        jobs
    }
}

fn job(task: &str, is_complete: bool) -> (String, bool) {
    (format!("milvus-meta-migration-{task}-my"), is_complete)
}

fn a_release_of_helm_3_goes_to_2_2_and_back(testbed: &Testbed) {
    goes_there_and_back(testbed, "migrate-release-3", "helm3", &[]);
}

fn a_release_applied_by_the_server_goes_to_2_2_and_back(testbed: &Testbed) {
    goes_there_and_back(testbed, "migrate-release-4", "helm4", &["--server-side=true"]);
}

fn goes_there_and_back(testbed: &Testbed, name: &'static str, program: &str, flags: &[&str]) {
    let scene = Scene::begin(testbed, name, program, flags);
    let dry = scene.migrate(&["--dry-run=server", "--exit-code"]);
    ended_with(&dry, 10);
    says(&dry.stdout, "There will be downtime");
    says(&dry.stdout, "warning  MV1307");
    assert_eq!(own_writes(&scene.vec).len(), 0);

    let output = scene.migrate(&[]);
    ended_with(&output, 0);
    scene.runs(NEW);
    assert_eq!(scene.jobs(), [job("backup", true), job("run", true)]);
    says(&output.stdout, "Done: release/my runs 2.2.16");
    scene.is_left_to_helm();
    let told = scene.told_to_jobs("migration.yaml");
    for line in ["my-etcd-0:2379", "my-etcd-1:2379", "rootPath: own", "password: sesame", "type: run"] {
        says(&told, line);
    }
    let document = scene.migrate(&["--rollback", "--dry-run=client", "-o", "json"]);
    for text in [&output.stdout, &output.stderr, &document.stdout] {
        assert!(!text.contains("sesame"), "a password is told: {text}");
    }
    says(&output.stdout, &format!("kubectl milvus migrate release/my -n {name} --rollback"));
    says(&output.stdout, &format!("kubectl -n {name} delete job,secret,pvc -l kubectl-milvus.io/release=my"));
    let claims = scene.vec.list("v1", "persistentvolumeclaims");
    assert!(claims.iter().any(|it| it["metadata"]["name"] == "milvus-meta-migration-backup-my"));

    let again = scene.migrate(&[]);
    ended_with(&again, 0);
    says(&again.stdout, "Nothing to do: release/my runs 2.2.16 already");

    let back = scene.migrate(&["--rollback"]);
    ended_with(&back, 0);
    scene.runs(OLD);
    assert_eq!(scene.jobs(), [job("backup", true), job("rollback", true), job("run", true)]);
    let nothing = scene.migrate(&["--rollback"]);
    ended_with(&nothing, 0);
    says(&nothing.stdout, "Nothing to do: release/my runs 2.1.4 already");

    // The next attempt keeps its own copy.
    ended_with(&scene.migrate(&[]), 0);
    scene.runs(NEW);
    let second = scene.jobs().into_iter().filter(|(name, is_complete)| name.ends_with("-my-2") && *is_complete).count();
    assert_eq!(second, 2, "{:?}", scene.jobs());
}

fn an_autoscaler_is_refused_before_anything_stops(testbed: &Testbed) {
    let scene = Scene::begin(testbed, "migrate-release-scaled", "helm4", &[]);
    let scaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "proxies"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "my-milvus-proxy"},
            "minReplicas": 1, "maxReplicas": 3,
        },
    });
    let path = scene.vec.path("autoscaling/v2", "horizontalpodautoscalers");
    testbed.client().create(&path, &scaler).expect("it is created");
    let refused = scene.migrate(&[]);
    ended_with(&refused, 3);
    says(&refused.stdout, "MV1303");
    says(&refused.stdout, "kubectl -n migrate-release-scaled delete horizontalpodautoscaler proxies");
    assert_eq!(own_writes(&scene.vec).len(), 0);
}

fn a_backup_that_fails_starts_the_old_release_again(testbed: &Testbed) {
    let scene = Scene::begin(testbed, "migrate-release-backup", "helm4", &[]);
    let output = scene.migrate(&["--tool-image", "testbed/tool:fails-backup"]);
    ended_with(&output, 4);
    scene.runs(OLD);
    assert_eq!(scene.jobs(), [job("backup", false)]);
    says(&output.stdout, "job/milvus-meta-migration-backup-my failed");
    says(&output.stdout, "logs job/milvus-meta-migration-backup-my");
    assert_eq!(scene.vec.list("v1", "secrets?labelSelector=owner=helm").len(), 1, "no revision was made");
    ended_with(&scene.migrate(&[]), 0);
    scene.runs(NEW);
}

fn a_rewrite_that_fails_is_put_back(testbed: &Testbed) {
    let scene = Scene::begin(testbed, "migrate-release-rewrite", "helm4", &[]);
    let output = scene.migrate(&["--tool-image", "testbed/tool:fails-run"]);
    ended_with(&output, 4);
    scene.runs(OLD);
    assert_eq!(scene.jobs(), [job("backup", true), job("rollback", true), job("run", false)]);
    says(&output.stdout, "job/milvus-meta-migration-run-my failed");
    // An upgrade takes the same way, and a rollback leads back over it.
    let knowledge = scene.knowledge.path().display().to_string();
    let charts = ["--chart", &scene.charts[1].path(), "--knowledge", &knowledge];
    ended_with(&scene.vec.command(&["upgrade", "release/my", "--to", "2.2.16", "--yes"]).args(&charts).run(), 0);
    scene.runs(NEW);
    ended_with(&scene.vec.command(&["rollback", "release/my", "--yes"]).args(&charts).run(), 0);
    scene.runs(OLD);
    assert!(scene.jobs().contains(&("milvus-meta-migration-rollback-my-2".to_owned(), true)), "{:?}", scene.jobs());
}

fn what_cannot_be_put_back_is_told_with_the_commands(testbed: &Testbed) {
    let scene = Scene::begin(testbed, "migrate-release-stuck", "helm4", &[]);
    let output = scene.migrate(&["--tool-image", "testbed/tool:fails-run-rollback"]);
    ended_with(&output, 5);
    says(&output.stdout, "job/milvus-meta-migration-rollback-my failed");
    says(&output.stdout, "kubectl milvus migrate release/my -n migrate-release-stuck --rollback");
    assert!(scene.running().iter().all(|(_, image, replicas, _)| image == OLD && *replicas == 0), "all stays stopped");
    let forward = scene.migrate(&[]);
    ended_with(&forward, 3);
    says(&forward.stdout, "MV1305");
}
