//! Whether Milvus serves as it did: what is asked before the first write of a run, and after its last.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::sleep;

use crate::{
    cli::{ServingArgs, Verify},
    cluster::Cluster,
    execute::{Interrupt, Waited, Waiting, until_it_serves},
    failure::Failure,
    knowledge::{Knowledge, Time},
    output::{Printer, serving},
    rollout::{Interruption, Verdict},
    serving::{Client, Door, Keys, Limits, Probe, Scope, Way, look},
    snapshot::{Collection, Part, Reply, Serving, Snapshot},
};

/// How long a call of the probe may take: as long as an application would wait.
const CALL: Duration = Duration::from_secs(1);

/// How long the probe asks before the first write and after the last, to have something to compare with.
const REST: Duration = Duration::from_secs(2);

/// Does something while the probe asks, where there is one; with what that felt like.
pub(super) async fn felt<T>(probe: Option<&Probe<'_>>, course: impl Future<Output = T>) -> (T, Option<Interruption>) {
    let Some(probe) = probe else { return (course.await, None) };
    let course = async {
        sleep(REST).await;
        let from = probe.now();
        let done = course.await;
        let to = probe.now();
        sleep(REST).await;
        (done, (from, to))
    };
    tokio::select! {
        (done, rolling) = course => (done, Some(probe.told(rolling))),
        never = probe.ask() => match never {},
    }
}

/// How one instance is asked, and about what.
pub(super) struct Inquiry<'a> {
    client: Client<'a>,
    scope: &'a Scope,
    limits: Limits,
    waiting: Waiting,
}

impl<'a> Inquiry<'a> {
    /// As it was typed; nothing where nothing is to be asked.
    ///
    /// # Errors
    ///
    /// Where the Secret that was named cannot be used.
    pub(super) async fn prepare(
        args: &'a ServingArgs,
        cluster: &'a Cluster,
        snapshot: &Snapshot,
        knowledge: &Knowledge,
        timeout: Option<Duration>,
    ) -> Result<Option<Self>, Failure> {
        let Verify::Some(scope) = &args.verify else { return Ok(None) };
        let seconds = |time| Duration::from_secs(knowledge.seconds(time));
        let door = Door::of(&snapshot.milvus);
        let is_encrypted = door.is_encrypted && args.address.is_none();
        let way = match &args.address {
            Some(address) => Way::Straight(address.clone()),
            None => Way::Forward(cluster, door),
        };
        let keys = match &args.auth_secret {
            Some(name) => Keys::read(cluster, (&snapshot.milvus.namespace, name), is_encrypted, &way.names()).await?,
            None => Keys::none(is_encrypted, &way.names())?,
        };
        Ok(Some(Self {
            client: Client::new(way, keys, seconds(Time::ServingRequest)),
            scope,
            limits: Limits { total: seconds(Time::ServingLook) },
            waiting: Waiting {
                limit: timeout.unwrap_or_else(|| seconds(Time::ServingLimit)),
                pause: seconds(Time::ServingPause),
            },
        }))
    }

    /// The look before the first write, with what runs.
    ///
    /// # Errors
    ///
    /// Where a collection was named that is not there: nobody would ever miss it.
    pub(super) async fn before(&self, snapshot: &Snapshot) -> Result<Part<Serving>, Failure> {
        let mut seen = look(&self.client, self.scope, self.limits).await;
        if let (Part::Known(serving), Scope::Named(names)) = (&seen, self.scope) {
            let is_there = |text: &&String| serving.collections.iter().any(|collection| collection.name.fits(text));
            if let Some(missing) = names.iter().find(|text| !is_there(text)) {
                let problem = format!("no collection `{missing}` in {}", snapshot.milvus.reference());
                return Err(Failure::usage(problem).hint("--verify takes NAME or DATABASE.NAME, as Milvus lists them"));
            }
        }
        if let Part::Known(serving) = &mut seen {
            serving.images = images(snapshot);
        }
        Ok(seen)
    }

    /// Calls to be made all the while: for a row of the first collection that answered, otherwise after its health.
    ///
    /// # Errors
    ///
    /// Where there is no way to ask.
    pub(super) async fn probe(&self, before: &Part<Serving>) -> Result<Probe<'a>, String> {
        let client = self.client.limited_to(CALL);
        let serving = before.as_result()?;
        let answered = |collection: &&Collection| matches!(collection.query, Reply::Answered { .. });
        match serving.collections.iter().find(answered) {
            Some(collection) => {
                let probe = Probe::of_row(client, serving.interface, &collection.name).await;
                probe.map_err(|fault| fault.to_string())
            }
            None => Ok(Probe::of_health(client.to_health())),
        }
    }

    /// Waits until it serves as `before`.
    pub(super) async fn after(
        &self,
        before: &Part<Serving>,
        knowledge: &Knowledge,
        interrupt: &Interrupt,
        printer: &Printer,
    ) -> Waited {
        let mut said = None;
        let tell = |verdict: &Verdict| {
            let line = serving::waiting(verdict);
            if said.as_ref() != Some(&line) {
                printer.note(&line);
                said = Some(line);
            }
        };
        // A run that is gone on with may have been asked about more.
        let before = before.clone().map(|mut before| {
            before.collections.retain(|collection| self.scope.has(&collection.name));
            before
        });
        let look = async || look(&self.client, self.scope, self.limits).await;
        until_it_serves(look, &before, knowledge, self.waiting, interrupt, tell).await
    }
}

/// The images of the pods by component.
fn images(snapshot: &Snapshot) -> BTreeMap<String, Vec<String>> {
    let mut images: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pod in snapshot.workload.pods.known().into_iter().flatten().filter(|pod| !pod.is_over()) {
        let of = images.entry(pod.component.label().to_owned()).or_default();
        if !of.contains(&pod.image) {
            of.push(pod.image.clone());
        }
    }
    images
}
