//! When a roll is complete, as watches of the judge's own see it, independent of the program under test.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::testbed::milvus::Milvus;

/// The label by which an object tells its component.
const COMPONENT: &str = "app.kubernetes.io/component";

/// Watches one instance from its creation on.
pub(crate) struct Judge {
    lines: Receiver<(Instant, Kind, String)>,
    seen: BTreeMap<(Kind, String), Value>,
    image: String,
    arriving: &'static str,
    leaving: &'static str,
    complete_since: Option<Instant>,
}

/// When the program ended, as against the completion of the roll.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    /// So long after it.
    After(Duration),
    /// So long after it, and then the operator went on writing.
    Reopened(Duration),
    /// So long before the judge saw it. Two watches of one server may differ by some milliseconds.
    Before(Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Milvus,
    Deployment,
    Pod,
}

impl Judge {
    /// Begins to watch an instance, which is to reach `image`, to gain the component `arriving` and
    /// to lose the component `leaving`.
    ///
    /// # Errors
    /// A watch does not begin.
    pub(crate) fn new(instance: &Milvus, image: &str, arriving: &'static str, leaving: &'static str) -> Result<Self> {
        let (sender, lines) = mpsc::channel();
        let (namespace, name) = (&instance.namespace, &instance.name);
        let of_instance = format!("labelSelector=app.kubernetes.io/instance={name}");
        for (kind, group, collection) in [
            (Kind::Milvus, "milvus.io/v1beta1", format!("milvuses?fieldSelector=metadata.name={name}")),
            (Kind::Deployment, "apps/v1", format!("deployments?{of_instance}")),
            (Kind::Pod, "v1", format!("pods?{of_instance}")),
        ] {
            let watch = namespace.testbed.client().watch(&namespace.path(group, &collection))?;
            let sender: Sender<_> = sender.clone();
            // The thread ends with its watch, at the latest when the cluster does.
            thread::spawn(move || {
                for line in watch {
                    if sender.send((Instant::now(), kind, line)).is_err() {
                        return;
                    }
                }
            });
        }
        let (seen, image) = (BTreeMap::new(), image.to_owned());
        Ok(Self { lines, seen, image, arriving, leaving, complete_since: None })
    }

    /// What became of the roll whose program ended at `end`. What is still on its way through the watches is
    /// awaited for `patience`, because the program may have seen the completion first.
    ///
    /// # Errors
    /// It was not complete; the error says what is missing.
    pub(crate) fn verdict(mut self, end: Instant, patience: Duration) -> Result<Verdict> {
        let limit = Instant::now() + patience;
        let mut at_end = None;
        loop {
            match self.lines.recv_timeout(limit.saturating_duration_since(Instant::now())) {
                Ok((at, kind, line)) => {
                    if at > end {
                        at_end.get_or_insert(self.complete_since);
                    }
                    self.take(at, kind, &line)?;
                }
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => bail!("the judge's watches have ended"),
            }
        }
        match (at_end.unwrap_or(self.complete_since), self.complete_since) {
            (Some(since), later) if later == Some(since) => Ok(Verdict::After(end - since)),
            (Some(since), _) => Ok(Verdict::Reopened(end - since)),
            (None, Some(since)) => Ok(Verdict::Before(since - end)),
            (None, None) => bail!("the program ended, but {}", self.missing().unwrap_or_default()),
        }
    }

    fn take(&mut self, at: Instant, kind: Kind, line: &str) -> Result<()> {
        let mut event: Value = serde_json::from_str(line).context("not an event of a watch")?;
        let object = event["object"].take();
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        match event["type"].as_str() {
            Some("ADDED" | "MODIFIED") => drop(self.seen.insert((kind, name), object)),
            Some("DELETED") => drop(self.seen.remove(&(kind, name))),
            _ => bail!("a watch of the judge broke: {object}"),
        }
        match self.missing() {
            Some(_) => self.complete_since = None,
            None => drop(self.complete_since.get_or_insert(at)),
        }
        Ok(())
    }

    /// What keeps the roll from being complete.
    fn missing(&self) -> Option<String> {
        let Some(milvus) = self.of(Kind::Milvus).next() else { return Some("there is no Milvus".to_owned()) };
        let status = &milvus["status"];
        if status["observedGeneration"].as_i64() < milvus["metadata"]["generation"].as_i64() {
            return Some("the operator has not seen the newest generation".to_owned());
        }
        for kind in ["MilvusUpdated", "MilvusReady"] {
            let conditions = status["conditions"].as_array().into_iter().flatten();
            if !conditions.into_iter().any(|one| one["type"] == kind && one["status"] == "True") {
                return Some(format!("{kind} is not True"));
            }
        }
        if status["currentImage"] != self.image.as_str() {
            return Some(format!("the current image is {}", status["currentImage"]));
        }
        if !self.of(Kind::Deployment).any(|one| component(one) == self.arriving) {
            return Some(format!("there is no {}", self.arriving));
        }
        let deployment = self.of(Kind::Deployment).find(|one| !self.is_rolled(one));
        let pod = self.of(Kind::Pod).find(|one| !self.is_new(one));
        deployment.or(pod).map(|object| format!("{} is not yet as it shall be", object["metadata"]["name"]))
    }

    fn is_rolled(&self, deployment: &Value) -> bool {
        let (spec, status) = (&deployment["spec"], &deployment["status"]);
        if component(deployment) == self.leaving {
            return false;
        }
        let count = |field: &str| status[field].as_i64().unwrap_or_default();
        let wanted = spec["replicas"].as_i64().unwrap_or(1);
        // Of two Deployments for query nodes one has no pods, and so has the one for standalone in a cluster.
        let is_idle = wanted == 0 && count("replicas") == 0;
        let counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"];
        is_idle
            || image(&spec["template"]) == self.image
                && status["observedGeneration"].as_i64() >= deployment["metadata"]["generation"].as_i64()
                && counts.into_iter().all(|field| count(field) == wanted)
    }

    fn is_new(&self, pod: &Value) -> bool {
        let is_over = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let stays = component(pod) != self.leaving && pod["metadata"]["deletionTimestamp"].is_null();
        is_over || stays && image(pod) == self.image
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.seen.iter().filter(move |((own, _), _)| *own == kind).map(|(_, object)| object)
    }
}

fn component(object: &Value) -> &str {
    object["metadata"]["labels"][COMPONENT].as_str().unwrap_or_default()
}

/// The image of a pod, or of a template of pods.
fn image(pod: &Value) -> &str {
    pod["spec"]["containers"][0]["image"].as_str().unwrap_or_default()
}
