//! Which objects of a release are not ready, from what the cluster says of them, and whom they wait for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Blocker, Missing, pod::is_stuck};
use crate::{
    helm::readiness::{Readiness, is_judged},
    snapshot::{LogSource, ReleaseObject, Scene, Unready},
};

/// How many pods of one object are told of.
const PODS: usize = 3;

/// Objects of a kind in a namespace, as far as they were seen.
#[derive(Debug, Default)]
struct List {
    objects: BTreeMap<String, Value>,
    /// Names that were seen since the list was last begun anew.
    fresh: BTreeSet<String>,
    is_whole: bool,
    /// Why nobody may look at it.
    forbidden: Option<String>,
}

/// Objects as they are in the cluster, by kind and namespace.
#[derive(Debug, Default)]
pub struct Sight {
    lists: BTreeMap<(String, String), List>,
}

impl Sight {
    fn list(&mut self, kind: &str, namespace: &str) -> &mut List {
        self.lists.entry((kind.to_owned(), namespace.to_owned())).or_default()
    }

    /// An object is there, and looks like this.
    pub fn put(&mut self, kind: &str, namespace: &str, object: Value) {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let list = self.list(kind, namespace);
        list.fresh.insert(name.clone());
        list.objects.insert(name, object);
    }

    /// An object is gone.
    pub fn remove(&mut self, kind: &str, namespace: &str, name: &str) {
        self.list(kind, namespace).objects.remove(name);
    }

    /// Everything that is there was seen.
    pub fn complete(&mut self, kind: &str, namespace: &str) {
        let list = self.list(kind, namespace);
        list.is_whole = true;
        let fresh = std::mem::take(&mut list.fresh);
        list.objects.retain(|name, _| fresh.contains(name));
        list.fresh = fresh;
    }

    /// It is looked at anew, so that what is not seen again is gone.
    pub fn begin_again(&mut self, kind: &str, namespace: &str) {
        self.list(kind, namespace).fresh.clear();
    }

    /// Nobody may look at these, so nobody knows whether they are ready, and nobody waits for them.
    pub fn forbid(&mut self, kind: &str, namespace: &str, reason: String) {
        self.list(kind, namespace).forbidden = Some(reason);
    }

    /// Whether everything of a kind in a namespace was seen, or nobody may.
    pub fn is_whole(&self, kind: &str, namespace: &str) -> bool {
        let list = self.lists.get(&(kind.to_owned(), namespace.to_owned()));
        list.is_some_and(|list| list.is_whole || list.forbidden.is_some())
    }

    /// What cannot be looked at, and why.
    pub fn forbidden(&self) -> impl Iterator<Item = &str> {
        self.lists.values().filter_map(|list| list.forbidden.as_deref())
    }

    /// An object that was seen.
    pub fn object(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.lists.get(&(kind.to_owned(), namespace.to_owned()))?.objects.get(name)
    }

    /// Those among the objects of a release that are not ready. What was not looked at yet is not; what the server gave a
    /// name of its own cannot be told from others.
    pub fn unready(&self, wanted: &[ReleaseObject]) -> Vec<Unready> {
        let judged = wanted.iter().filter(|it| is_judged(&it.api_version, &it.kind) && !it.name.is_empty());
        judged.filter_map(|it| self.judge(it)).collect()
    }

    fn judge(&self, wanted: &ReleaseObject) -> Option<Unready> {
        let unready = |reason: &str, (details, logs), failed: bool| {
            Some(Unready { object: wanted.reference(), reason: reason.to_owned(), details, failed, logs })
        };
        let unseen = (vec![], vec![]);
        let Some(list) = self.lists.get(&(wanted.kind.clone(), wanted.namespace.clone())) else {
            return unready("it was not looked at yet", unseen, false);
        };
        if list.forbidden.is_some() {
            return None;
        }
        match list.objects.get(&wanted.name) {
            // A job that is done may be deleted after a while, as it asks for itself.
            None if list.is_whole && wanted.kind == "Job" => None,
            None if list.is_whole => unready("it is not there", unseen, false),
            None => unready("it was not looked at yet", unseen, false),
            Some(object) => match Readiness::of(object, true) {
                Readiness::Ready => None,
                Readiness::Waiting(reason) => unready(&reason, self.pods_of(object, &wanted.namespace), false),
                Readiness::Failed(reason) => unready(&reason, self.pods_of(object, &wanted.namespace), true),
            },
        }
    }

    /// What pods of a workload say that are not ready, and whose logs may say more.
    fn pods_of(&self, workload: &Value, namespace: &str) -> (Vec<String>, Vec<LogSource>) {
        let Some(labels) = workload["spec"]["selector"]["matchLabels"].as_object().filter(|it| !it.is_empty()) else {
            return (vec![], vec![]);
        };
        let Some(pods) = self.lists.get(&("Pod".to_owned(), namespace.to_owned())) else { return (vec![], vec![]) };
        let own = pods
            .objects
            .iter()
            .filter(|(_, pod)| labels.iter().all(|(key, value)| pod["metadata"]["labels"].get(key) == Some(value)));
        let mut waiting: Vec<(String, &Value)> = own
            .filter_map(|(name, pod)| match Readiness::of(pod, false) {
                Readiness::Ready => None,
                Readiness::Waiting(why) | Readiness::Failed(why) => Some((format!("pod/{name}: {why}"), pod)),
            })
            .collect();
        // What is stuck says more than what only starts.
        waiting.sort_by_key(|(line, _)| !is_stuck(line));
        waiting.truncate(PODS);
        // One tells as much as its like.
        let logs = waiting.first().map(|(_, pod)| LogSource::of(pod)).unwrap_or_default();
        (waiting.into_iter().map(|(line, _)| line).collect(), logs)
    }
}

/// Whether the roll of a component tells of it already.
fn is_component(scene: Scene<'_>, unready: &Unready) -> bool {
    let name = unready.object.strip_prefix("deployment/");
    name.is_some_and(|name| scene.workload.deployments().iter().any(|deployment| deployment.name == name))
}

/// What is still missing of a release besides its components.
pub(super) fn missing(scene: Scene<'_>) -> impl Iterator<Item = Missing> {
    let others = scene.unready.iter().filter(move |unready| !is_component(scene, unready));
    others.map(|unready| Missing::Object { object: unready.object.clone(), reason: unready.reason.clone() })
}

/// Why it does not go on: what objects besides the components wait for.
pub(super) fn blockers(scene: Scene<'_>) -> impl Iterator<Item = Blocker> {
    let others = scene.unready.iter().filter(move |unready| !is_component(scene, unready));
    others.map(|unready| Blocker {
        object: Some(unready.object.clone()),
        reason: unready.reason.clone(),
        details: unready.details.clone(),
        stuck: unready.failed || unready.details.iter().any(|line| is_stuck(line)),
        logs: unready.logs.clone(),
        ..Blocker::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Sight;
    use crate::snapshot::ReleaseObject;

    fn wanted(api_version: &str, kind: &str, name: &str) -> ReleaseObject {
        let namespace = if kind == "CustomResourceDefinition" { "" } else { "vec" };
        ReleaseObject {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
            ..ReleaseObject::default()
        }
    }

    fn etcd(ready: i64) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "my-etcd", "generation": 1},
            "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "etcd"}}},
            "status": {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": ready,
                "currentRevision": "a", "updateRevision": "a"}})
    }

    fn reasons(sight: &Sight, wanted: &[ReleaseObject]) -> Vec<String> {
        sight.unready(wanted).iter().map(|it| format!("{} {}", it.object, it.reason)).collect()
    }

    #[test]
    fn what_was_not_seen_is_not_ready_and_what_nobody_judges_is() {
        let all = [
            wanted("apps/v1", "StatefulSet", "my-etcd"),
            wanted("v1", "ConfigMap", "my"),
            wanted("serving.knative.dev/v1", "Service", "my"),
            wanted("batch/v1", "Job", ""),
        ];
        let mut sight = Sight::default();
        assert_eq!(reasons(&sight, &all), ["statefulset/my-etcd it was not looked at yet"]);
        sight.complete("StatefulSet", "vec");
        assert_eq!(reasons(&sight, &all), ["statefulset/my-etcd it is not there"]);
        sight.put("StatefulSet", "vec", etcd(2));
        assert_eq!(reasons(&sight, &all), ["statefulset/my-etcd 2 of 3 pods are ready"]);
        sight.put("StatefulSet", "vec", etcd(3));
        assert_eq!(reasons(&sight, &all), [] as [String; 0]);
        sight.remove("StatefulSet", "vec", "my-etcd");
        assert_eq!(reasons(&sight, &all), ["statefulset/my-etcd it is not there"]);
    }

    #[test]
    fn a_job_that_is_gone_is_done_and_one_that_is_there_is_not() {
        let all = [wanted("batch/v1", "Job", "init")];
        let mut sight = Sight::default();
        assert_eq!(reasons(&sight, &all), ["job/init it was not looked at yet"]);
        sight.complete("Job", "vec");
        assert_eq!(reasons(&sight, &all), [] as [String; 0]);
        sight.put("Job", "vec", json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "init"}}));
        assert_eq!(reasons(&sight, &all), ["job/init 0 of 1 pods succeeded"]);
    }

    #[test]
    fn a_list_made_anew_forgets_what_is_gone() {
        let all = [wanted("apps/v1", "StatefulSet", "my-etcd")];
        let mut sight = Sight::default();
        sight.put("StatefulSet", "vec", etcd(3));
        sight.complete("StatefulSet", "vec");
        assert!(sight.unready(&all).is_empty());
        sight.begin_again("StatefulSet", "vec");
        assert!(sight.unready(&all).is_empty(), "until it is whole the old one counts");
        sight.complete("StatefulSet", "vec");
        assert_eq!(reasons(&sight, &all), ["statefulset/my-etcd it is not there"]);
    }

    #[test]
    fn pods_tell_why_and_those_that_are_stuck_first() {
        let pod = |name: &str, reason: &str, labels: Value| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
                "status": {"phase": "Pending", "containerStatuses":
                    [{"name": "etcd", "state": {"waiting": {"reason": reason}}}]}})
        };
        let all = [wanted("apps/v1", "StatefulSet", "my-etcd")];
        let mut sight = Sight::default();
        sight.put("StatefulSet", "vec", etcd(1));
        sight.put("Pod", "vec", pod("my-etcd-0", "ContainerCreating", json!({"app": "etcd", "x": "y"})));
        sight.put("Pod", "vec", pod("my-etcd-1", "CrashLoopBackOff", json!({"app": "etcd"})));
        sight.put("Pod", "vec", pod("other", "CrashLoopBackOff", json!({"app": "minio"})));
        let [etcd] = &sight.unready(&all)[..] else { panic!() };
        assert_eq!(
            etcd.details,
            ["pod/my-etcd-1: container `etcd`: CrashLoopBackOff", "pod/my-etcd-0: container `etcd`: ContainerCreating"]
        );
        assert!(!etcd.failed, "containers that crash may start once what they need is there");
    }

    #[test]
    fn what_gave_up_has_failed_and_what_nobody_may_see_is_not_waited_for() {
        let minio = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "my-minio"},
            "status": {"conditions": [{"type": "Progressing", "status": "False",
                "reason": "ProgressDeadlineExceeded", "message": "it has timed out progressing."}]}});
        let all = [wanted("apps/v1", "Deployment", "my-minio"), wanted("v1", "PersistentVolumeClaim", "my-minio")];
        let mut sight = Sight::default();
        sight.put("Deployment", "vec", minio);
        sight.forbid("PersistentVolumeClaim", "vec", "no right".to_owned());
        let [minio] = &sight.unready(&all)[..] else { panic!() };
        assert!(minio.failed);
        assert_eq!(sight.forbidden().collect::<Vec<_>>(), ["no right"]);
    }
}
