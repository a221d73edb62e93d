//! What goes wrong with pods, chosen by instance, component and image.
//!
//! A fault is a `ConfigMap`; an admission policy of the testbed reads it and marks every new pod that it is
//! meant for, and kwok's Stages (`stage/pod.yaml`) do what the mark says. The Milvus object is never
//! touched, so a program under test sees nothing but the pods.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::milvus::Milvus;
use super::sure;
use super::wait::{self, Look};

const FAULT: &str = "kubectl-milvus.testbed/fault";
const DETAIL: &str = "kubectl-milvus.testbed/detail";
const HANGS: &str = "hangs-in-terminating";
const NO_ROOM: &str = "no-room";

/// A fault whose kind is still to be said.
pub(crate) struct Draft<'a> {
    milvus: Milvus<'a>,
    component: String,
    image: String,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(milvus: Milvus<'a>, component: &str) -> Self {
        Self { milvus, component: component.to_owned(), image: String::new() }
    }

    /// Only pods whose image contains this, for example `:v2.6.22`.
    pub(crate) fn on_image(mut self, part: &str) -> Self {
        part.clone_into(&mut self.image);
        self
    }

    /// New pods wait with `ImagePullBackOff` until the fault is released.
    pub(crate) fn cannot_pull(self) -> Fault<'a> {
        self.begin("cannot-pull", "")
    }

    /// New pods wait with `CrashLoopBackOff`; their last run ended with this exit code.
    pub(crate) fn crashes(self, exit_code: u8) -> Fault<'a> {
        self.begin("crash-loop", &exit_code.to_string())
    }

    /// New pods run but are not ready until the fault is released.
    pub(crate) fn never_gets_ready(self) -> Fault<'a> {
        self.begin("slow-start", "")
    }

    /// New pods run but are ready only after this time.
    pub(crate) fn gets_ready_after(self, time: Duration) -> Fault<'a> {
        self.begin("slow-start", &format!("{}ms", time.as_millis()))
    }

    /// Pods, new ones and those there are, stay `Terminating` when deleted until the fault is released.
    pub(crate) fn hangs_in_terminating(self) -> Fault<'a> {
        let fault = self.begin(HANGS, "");
        for pod in fault.matching_pods() {
            fault.mark(&pod, Some(HANGS));
        }
        fault
    }

    /// New pods ask for more memory than any node has, so that the scheduler finds no room.
    pub(crate) fn finds_no_room(self) -> Fault<'a> {
        self.begin(NO_ROOM, "")
    }

    fn begin(self, kind: &str, detail: &str) -> Fault<'a> {
        let name = format!("fault-{}-{}-{kind}", self.milvus.name, self.component);
        let path = self.milvus.namespace.path("v1", "configmaps");
        let object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": name, "labels": { FAULT: kind } },
            "data": {
                "instance": self.milvus.name, "component": self.component, "image": self.image,
                "fault": kind, "detail": detail,
            },
        });
        sure(self.milvus.namespace.testbed.client().create(&path, &object));
        let fault =
            Fault { path: format!("{path}/{name}"), milvus: self.milvus, component: self.component, image: self.image };
        fault.wait_until_seen(Some(kind));
        fault
    }
}

/// A fault that is in force until it is released.
#[must_use = "a fault is in force until it is released"]
pub(crate) struct Fault<'a> {
    milvus: Milvus<'a>,
    component: String,
    image: String,
    path: String,
}

impl Fault<'_> {
    /// Ends it: pods that suffer from it recover, as they would when its cause goes away.
    pub(crate) fn release(self) {
        let client = self.milvus.namespace.testbed.client();
        sure(client.delete(&self.path));
        self.wait_until_seen(None);
        for pod in self.matching_pods() {
            if pod["metadata"]["annotations"][FAULT] == NO_ROOM {
                // What a pod asks for cannot be changed; its ReplicaSet makes another.
                sure(client.delete(&self.pod_path(&pod)));
            } else {
                self.mark(&pod, None);
            }
        }
    }

    fn matching_pods(&self) -> Vec<Value> {
        let mut pods = self.milvus.pods_of(&self.component);
        pods.retain(|pod| {
            let containers = pod["spec"]["containers"].as_array();
            containers.is_some_and(|all| {
                all.iter().any(|one| one["image"].as_str().is_some_and(|image| image.contains(&self.image)))
            })
        });
        pods
    }

    fn pod_path(&self, pod: &Value) -> String {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        self.milvus.namespace.path("v1", &format!("pods/{name}"))
    }

    /// A pod that is gone meanwhile needs no mark.
    fn mark(&self, pod: &Value, kind: Option<&str>) {
        let change = json!({ "metadata": { "annotations": { FAULT: kind, DETAIL: kind.map(|_| "") } } });
        let client = self.milvus.namespace.testbed.client();
        let path = self.pod_path(pod);
        if let Err(error) = client.patch(&path, &change)
            && sure(client.find(&path)).is_some()
        {
            panic!("cannot mark a pod: {error:#}");
        }
    }

    /// The API server reads a `ConfigMap` with a delay; a pod created for trial shows when it has.
    fn wait_until_seen(&self, kind: Option<&str>) {
        let path = self.milvus.namespace.path("v1", "pods?dryRun=All");
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": "trial",
                "labels": {
                    "app.kubernetes.io/instance": self.milvus.name,
                    "app.kubernetes.io/component": self.component,
                },
            },
            "spec": { "containers": [{ "name": "trial", "image": format!("trial{}", self.image) }] },
        });
        let client = self.milvus.namespace.testbed.client();
        let look = || -> Result<Look<()>> {
            let made = client.create(&path, &pod)?;
            let mark = &made["metadata"]["annotations"][FAULT];
            Ok(if mark.as_str() == kind { Look::Done(()) } else { Look::NotYet(mark.to_string()) })
        };
        sure(wait::until(Duration::from_secs(20), "the fault to be in force, or released", look));
    }
}
