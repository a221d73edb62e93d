//! Whether Milvus serves as it did: what is asked before the first write of a run, and after its last.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    cli::{ServingArgs, Verify},
    cluster::Cluster,
    execute::{Interrupt, Waited, Waiting, until_it_serves},
    failure::Failure,
    knowledge::{Knowledge, Time},
    output::{Printer, serving},
    rollout::Verdict,
    serving::{Client, Door, Keys, Limits, Scope, Way, look},
    snapshot::{Part, Serving, Snapshot},
};

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
