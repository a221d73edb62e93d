//! A Milvus that the operator runs.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::fault;
use super::namespace::{Namespace, STORAGE_SECRET};
use super::wait::{self, Look};
use super::{Pace, sure};

const GROUP: &str = "milvus.io/v1beta1";

/// A Milvus object before it is created. Its dependencies are those of the testbed.
pub(crate) struct Draft<'a> {
    namespace: Namespace<'a>,
    name: String,
    object: Value,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(namespace: Namespace<'a>, name: &str) -> Self {
        let testbed = namespace.testbed;
        // All instances share etcd and storage, where the operator keeps those of one name in one place.
        let place = format!("{}/{name}", namespace.name());
        let object = json!({
            "apiVersion": GROUP, "kind": "Milvus",
            "metadata": { "name": name, "labels": { "app": "milvus" } },
            "spec": {
                "mode": "cluster",
                "components": {},
                "config": { "etcd": { "rootPath": place }, "minio": { "rootPath": place } },
                "dependencies": {
                    "msgStreamType": "custom",
                    "etcd": { "external": true, "endpoints": [testbed.etcd()] },
                    "storage": {
                        "external": true, "type": "S3",
                        "endpoint": testbed.storage(), "secretRef": STORAGE_SECRET,
                    },
                },
            },
        });
        Self { namespace, name: name.to_owned(), object }
    }

    /// Every component in pods of its own; this is also the default.
    pub(crate) fn cluster(self) -> Self {
        self.spec(&json!({ "mode": "cluster" }))
    }

    /// One pod for all, with the message queue inside it.
    pub(crate) fn standalone(self) -> Self {
        self.spec(&json!({ "mode": "standalone" })).message_stream("rocksmq")
    }

    /// The official image of a version, for example `2.5.22`.
    pub(crate) fn version(self, version: &str) -> Self {
        self.image(&format!("milvusdb/milvus:v{version}"))
    }

    /// Any image.
    pub(crate) fn image(self, image: &str) -> Self {
        self.spec(&json!({ "components": { "image": image } }))
    }

    /// How many pods a component has, by its key in the spec: `queryNode`.
    pub(crate) fn replicas(self, component: &str, replicas: i32) -> Self {
        self.spec(&json!({ "components": { component: { "replicas": replicas } } }))
    }

    /// Root, data, index and query coordinator in pods of their own instead of one mixed one.
    pub(crate) fn with_separate_coordinators(self) -> Self {
        self.spec(&json!({ "components": {
            "rootCoord": { "replicas": 1 }, "dataCoord": { "replicas": 1 },
            "indexCoord": { "replicas": 1 }, "queryCoord": { "replicas": 1 },
        } }))
    }

    /// `custom`, `woodpecker` or `rocksmq`: the operator does not ask whether these are there.
    pub(crate) fn message_stream(self, kind: &str) -> Self {
        self.spec(&json!({ "dependencies": { "msgStreamType": kind } }))
    }

    /// Lays fields over the spec, as a JSON merge patch.
    pub(crate) fn spec(self, overlay: &Value) -> Self {
        self.overlay(&json!({ "spec": overlay }))
    }

    /// Lays fields over the whole object, as a JSON merge patch.
    pub(crate) fn overlay(mut self, overlay: &Value) -> Self {
        merge(&mut self.object, overlay);
        self
    }

    /// Creates it.
    pub(crate) fn create(self) -> Milvus<'a> {
        let client = self.namespace.testbed.client();
        sure(client.create(&self.namespace.path(GROUP, "milvuses"), &self.object));
        Milvus { namespace: self.namespace, name: self.name }
    }

    /// Creates it and waits until the operator calls it Healthy and up to date.
    pub(crate) fn create_and_wait_until_healthy(self) -> Milvus<'a> {
        let milvus = self.create();
        milvus.hasten();
        milvus.wait_until_healthy();
        milvus
    }
}

/// A Milvus object on the cluster.
#[derive(Clone)]
pub(crate) struct Milvus<'a> {
    pub(crate) namespace: Namespace<'a>,
    pub(crate) name: String,
}

impl<'a> Milvus<'a> {
    pub(crate) fn named(namespace: Namespace<'a>, name: &str) -> Self {
        Self { namespace, name: name.to_owned() }
    }

    fn path(&self) -> String {
        self.namespace.path(GROUP, &format!("milvuses/{}", self.name))
    }

    /// The object as it is now.
    pub(crate) fn get(&self) -> Value {
        sure(self.namespace.testbed.client().get(&self.path()))
    }

    /// Changes it with a JSON merge patch, as a user other than the one under test would.
    pub(crate) fn patch(&self, patch: &Value) -> Value {
        sure(self.namespace.testbed.client().patch(&self.path(), patch))
    }

    /// The same, under the name of another field manager.
    pub(crate) fn patch_as(&self, manager: &str, patch: &Value) -> Value {
        sure(self.namespace.testbed.client().patch(&format!("{}?fieldManager={manager}", self.path()), patch))
    }

    /// Applies this object on the server, as Argo CD and Flux do; fields that it does not name stay.
    pub(crate) fn apply_as(&self, manager: &str, object: &Value) {
        let path = format!("{}?fieldManager={manager}&force=true", self.path());
        let content = "application/apply-patch+yaml";
        let answer = sure(self.namespace.testbed.client().send("PATCH", &path, content, Some(object)));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Sets an annotation; `None` takes it away.
    pub(crate) fn annotate(&self, key: &str, value: Option<&str>) {
        self.patch(&json!({ "metadata": { "annotations": { key: value } } }));
    }

    /// Deletes the object, without waiting until it is gone.
    pub(crate) fn delete(&self) {
        sure(self.namespace.testbed.client().delete(&self.path()));
    }

    /// The Deployments of its components.
    pub(crate) fn deployments(&self) -> Vec<Value> {
        self.namespace.deployments(&self.name)
    }

    /// The names of its components that have a Deployment, in alphabetical order; two query nodes are
    /// two names.
    pub(crate) fn components(&self) -> Vec<String> {
        let deployments = self.deployments();
        let labels = deployments.iter().map(|one| &one["metadata"]["labels"]["app.kubernetes.io/component"]);
        let mut names: Vec<String> = labels.filter_map(|label| label.as_str().map(str::to_owned)).collect();
        names.sort();
        names
    }

    /// Its pods.
    pub(crate) fn pods(&self) -> Vec<Value> {
        self.namespace.pods(&self.name)
    }

    /// The pods of one component, by its label: `querynode`.
    pub(crate) fn pods_of(&self, component: &str) -> Vec<Value> {
        let mut pods = self.pods();
        pods.retain(|pod| pod["metadata"]["labels"]["app.kubernetes.io/component"] == component);
        pods
    }

    /// Something that goes wrong in the pods of a component, by its label: `querynode`.
    pub(crate) fn fault(&self, component: &str) -> fault::Draft<'a> {
        fault::Draft::new(self.clone(), component)
    }

    /// Waits until `question` about the object is answered with yes; `what` completes "waited for".
    pub(crate) fn wait_until(&self, limit: Duration, what: &str, question: impl Fn(&Value) -> bool) -> Value {
        let client = self.namespace.testbed.client();
        sure(wait::until(limit, &format!("{what} of {}/{}", self.namespace.name(), self.name), || {
            let object = client.get(&self.path())?;
            Ok(if question(&object) { Look::Done(object) } else { Look::NotYet(self.summary(&object)) })
        }))
    }

    /// Waits until the operator calls it Healthy and up to date for the spec as it is now.
    pub(crate) fn wait_until_healthy(&self) -> Value {
        let minutes = match self.namespace.testbed.pace() {
            Pace::Quick => 2,
            Pace::Truthful => 10,
        };
        self.wait_until(Duration::from_mins(minutes), "health", is_healthy)
    }

    /// Waits until a question about one of the pods of a component is answered with yes.
    pub(crate) fn wait_until_a_pod(
        &self,
        component: &str,
        limit: Duration,
        what: &str,
        question: impl Fn(&Value) -> bool,
    ) -> Value {
        let what = format!("a {component} pod of {}/{} {what}", self.namespace.name(), self.name);
        sure(wait::until(limit, &what, || {
            let pods = self.pods_of(component);
            let states: Vec<Value> = pods.iter().map(|pod| pod["status"].clone()).collect();
            let found = pods.into_iter().find(|pod| question(pod));
            Ok(found.map_or_else(|| Look::NotYet(json!(states).to_string()), Look::Done))
        }))
    }

    /// At a quick pace, says in the status that the dependencies are ready, so that the operator makes
    /// pods at once: it looks itself only every 30 s, and takes it back should it not be true.
    pub(crate) fn hasten(&self) {
        if self.namespace.testbed.pace() != Pace::Quick {
            return;
        }
        let client = self.namespace.testbed.client();
        self.wait_until(Duration::from_mins(1), "a first status", |object| object["status"]["status"].is_string());
        sure(wait::until(Duration::from_mins(1), "a status without a conflict", || {
            let object = client.get(&self.path())?;
            let mut conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
            for kind in ["EtcdReady", "StorageReady", "MsgStreamReady"] {
                if conditions.iter().all(|one| one["type"] != kind) {
                    conditions.push(json!({
                        "type": kind, "status": "True", "reason": kind, "message": "",
                        "lastTransitionTime": object["metadata"]["creationTimestamp"],
                    }));
                }
            }
            let status = json!({
                "metadata": { "resourceVersion": object["metadata"]["resourceVersion"] },
                "status": { "conditions": conditions },
            });
            client.patch(&format!("{}/status", self.path()), &status)?;
            Ok(Look::Done(()))
        }));
    }

    /// Its status and its pods, in a few lines.
    fn summary(&self, object: &Value) -> String {
        // Writing to a string cannot fail.
        let mut text = format!("generation {} status {}", object["metadata"]["generation"], object["status"]);
        for pod in self.pods() {
            let states: Vec<String> = pod["status"]["containerStatuses"]
                .as_array()
                .map(|all| all.iter().map(|one| format!("{} {}", one["image"], one["state"])).collect())
                .unwrap_or_default();
            let _ = write!(text, "\n  {} {} {}", pod["metadata"]["name"], pod["status"]["phase"], states.join(" "));
        }
        text
    }
}

/// Whether the operator has seen the spec, calls the instance Healthy, and has updated all of it.
pub(crate) fn is_healthy(object: &Value) -> bool {
    let status = &object["status"];
    let updated = status["conditions"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one["type"] == "MilvusUpdated" && one["status"] == "True"));
    status["observedGeneration"] == object["metadata"]["generation"] && status["status"] == "Healthy" && updated
}

/// A JSON merge patch (RFC 7386).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}
