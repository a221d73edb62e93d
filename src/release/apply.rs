//! Brings the objects of a release from one manifest to the next, with the requests that Helm makes, in Helm's order.

use futures::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    FIELD_MANAGER, Item, Stop,
    item::{all_of, find},
    retry::{again, firmly},
    storage::created_at,
};
use crate::{
    cluster::{Cluster, DryRun, PatchForm, Refusal, Writing},
    helm::{
        patch::{Patch, managed_field},
        resource::is_kept,
    },
};

/// Requests that may be under way at once where their order does not matter.
pub(super) const AT_ONCE: usize = 16;

/// How often a write is tried that somebody else came before.
const TRIES: usize = 5;

/// How objects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Patches made here: what Helm 3 does.
    Client,
    /// Applied by the server.
    Server {
        /// Fields that were patched by the client before are taken over first, so that dropped ones go.
        takes_over: bool,
    },
}

/// What was done, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Objects that were not there before.
    pub created: Vec<String>,
    /// Objects that were changed.
    pub changed: Vec<String>,
    /// Objects that were taken away.
    pub deleted: Vec<String>,
}

/// Writes objects of a release.
#[derive(Clone, Copy)]
pub(super) struct Apply<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) method: Method,
    pub(super) dry_run: DryRun,
    /// When the server took the record of the operation: what Helm's name is on and is not older, the operation made.
    pub(super) since: Option<Timestamp>,
}

impl Apply<'_> {
    /// Looks at what is there of these objects.
    pub(super) async fn live(&self, items: &[Item]) -> Vec<Result<Option<Value>, Refusal>> {
        let look = |item: Item| async move {
            if item.name().is_empty() {
                return Ok(None);
            }
            self.cluster.object(&item.kind, item.namespace(), item.name()).await
        };
        stream::iter(items.to_vec()).map(look).buffered(AT_ONCE).collect().await
    }

    /// Goes from `old` to `new`: what is new is created, what is there is patched, and what is no longer wanted is
    /// deleted, the last only where all before went well.
    ///
    /// Errors come in Helm's words, as the description of a failed revision keeps them.
    pub(super) async fn update(&self, old: &[Item], new: &[Item], stop: &Stop) -> Result<Applied, String> {
        let mut applied = Applied::default();
        let mut faults = vec![];
        for (item, live) in new.iter().zip(self.live(new).await) {
            stop.check()?;
            match live.map_err(|refusal| format!("could not get information about the resource: {refusal}"))? {
                None => {
                    let created = self.create(item).await.map_err(|refusal| self.not_created(item, &refusal));
                    created.map_err(|reason| format!("failed to create resource: {reason}"))?;
                    applied.created.push(item.reference());
                }
                Some(live) => match self.patch(item, &all_of(old, item), live).await {
                    Ok(true) => applied.changed.push(item.reference()),
                    Ok(false) => {}
                    Err(fault) => faults.push(fault),
                },
            }
        }
        if faults.is_empty() {
            let mut leaving: Vec<Item> = vec![];
            for item in old {
                if find(new, item).is_none() && find(&leaving, item).is_none() {
                    leaving.push(item.clone());
                }
            }
            for (item, live) in leaving.iter().zip(self.live(&leaving).await) {
                stop.check()?;
                let live = match live {
                    Ok(Some(live)) => live,
                    Ok(None) => continue,
                    // One that may not be looked at is left, as Helm leaves it.
                    Err(refusal) if refusal.code == 403 => continue,
                    Err(refusal) => {
                        faults.push(format!("could not get information about {}: {refusal}", item.reference()));
                        continue;
                    }
                };
                if is_kept(&live) {
                    continue;
                }
                match self.delete(item).await {
                    Ok(_) => applied.deleted.push(item.reference()),
                    Err(refusal) => faults.push(format!(
                        "failed to delete resource namespace={}, name={}, kind={}: {refusal}",
                        item.namespace(),
                        item.name(),
                        item.kind.name()
                    )),
                }
            }
        }
        if faults.is_empty() { Ok(applied) } else { Err(faults.join(" && ")) }
    }

    /// Creates an object. Where answers are lost, one that was made meanwhile is taken for ours.
    pub(super) async fn create(&self, item: &Item) -> Result<Value, Refusal> {
        if matches!(self.method, Method::Server { .. }) {
            return self.apply_object(item, false).await;
        }
        let object = &item.resource.object;
        let create = || async {
            match self.cluster.create(&item.kind, item.namespace(), object, self.writing(false)).await {
                Err(refusal) if refusal.is_existing() => match self.look(item).await? {
                    Some(live) if self.is_made_here(&live) => Ok(live),
                    _ => Err(refusal),
                },
                answer => answer,
            }
        };
        // One whose name the server makes up cannot be looked for, and would be there twice.
        if item.name().is_empty() { create().await } else { firmly(create).await }
    }

    /// Why an object could not be created, in Helm's words.
    pub(super) fn not_created(&self, item: &Item, refusal: &Refusal) -> String {
        match self.method {
            Method::Client => refusal.to_string(),
            Method::Server { .. } => refused(item, refusal),
        }
    }

    fn is_made_here(&self, live: &Value) -> bool {
        let managers = live["metadata"]["managedFields"].as_array();
        self.since.is_some_and(|since| created_at(live).is_some_and(|created| created >= since))
            && managers.is_some_and(|managers| managers.iter().any(|manager| manager["manager"] == FIELD_MANAGER))
    }

    /// Changes an object that is there; whether there was anything to change. `old` is what was last applied of it; after
    /// an operation that was given up half-way that may have been one thing or another.
    ///
    /// What others own is left with them: a conflict of server-side apply is an error, as it is for Helm.
    pub(super) async fn patch(&self, item: &Item, old: &[&Item], live: Value) -> Result<bool, String> {
        match self.method {
            Method::Client => self.patch_from(item, old, live).await,
            Method::Server { takes_over } => {
                if takes_over {
                    self.take_over(item, &live).await?;
                }
                let written = self.apply_object(item, false).await.map_err(|refusal| refused(item, &refusal))?;
                Ok(written["metadata"]["resourceVersion"] != live["metadata"]["resourceVersion"])
            }
        }
    }

    async fn patch_from(&self, item: &Item, old: &[&Item], mut live: Value) -> Result<bool, String> {
        let refused = |refusal| format!("cannot patch {:?} with kind {}: {refusal}", item.name(), item.kind.name());
        let version = live["metadata"]["resourceVersion"].clone();
        let olds = if old.is_empty() { vec![None] } else { old.iter().copied().map(Some).collect() };
        for old in olds {
            let mut left = TRIES;
            loop {
                let patch = client_patch(item, old, &live);
                let Some(patch) = patch.map_err(|refusal| format!("failed to create patch: {refusal}"))? else { break };
                left -= 1;
                match self.send(item, &patch).await {
                    Ok(written) => {
                        live = written;
                        break;
                    }
                    // Somebody else writes it too: what is to change now may be something else.
                    Err(refusal) if refusal.is_conflict() && left > 0 => {
                        live = self.look(item).await.map_err(refused)?.ok_or_else(|| refused(refusal))?;
                    }
                    Err(refusal) => return Err(refused(refusal)),
                }
            }
        }
        Ok(live["metadata"]["resourceVersion"] != version)
    }

    async fn look(&self, item: &Item) -> Result<Option<Value>, Refusal> {
        self.cluster.object(&item.kind, item.namespace(), item.name()).await
    }

    /// Deletes an object, and what belongs to it after it.
    pub(super) async fn delete(&self, item: &Item) -> Result<bool, Refusal> {
        firmly(|| self.cluster.delete(&item.kind, item.namespace(), item.name())).await
    }

    /// Sends a patch of client-side apply.
    pub(super) async fn send(&self, item: &Item, patch: &Patch) -> Result<Value, Refusal> {
        let form = match patch {
            Patch::Strategic(_) => PatchForm::Strategic,
            Patch::Merge(_) => PatchForm::Merge,
        };
        let place = (item.namespace(), item.name());
        again(|| self.cluster.patch_object(&item.kind, place, form, patch.body(), self.writing(false))).await
    }

    /// Has the server apply an object; `force` takes fields from other managers.
    pub(super) async fn apply_object(&self, item: &Item, force: bool) -> Result<Value, Refusal> {
        let place = (item.namespace(), item.name());
        let form = PatchForm::Apply { force };
        let object = &item.resource.object;
        let mut left = TRIES;
        loop {
            left -= 1;
            match again(|| self.cluster.patch_object(&item.kind, place, form, object, self.writing(true))).await {
                // Not about fields of others, which are named: somebody wrote in between, or the quota's count moved.
                Err(refusal) if left > 0 && refusal.is_conflict() && refusal.causes.is_empty() => {}
                answer => return answer,
            }
        }
    }

    /// Makes fields that the client patched before ours by apply (client-go's `csaupgrade`).
    async fn take_over(&self, item: &Item, live: &Value) -> Result<(), String> {
        let mut live = live.clone();
        for _ in 0..TRIES {
            let patch = managed_field::migrate(&live, &[FIELD_MANAGER], FIELD_MANAGER);
            let patch = patch
                .map_err(|error| format!("failed to upgrade managed fields for object {}: {error}", place(item)))?;
            let Some(patch) = patch else { return Ok(()) };
            let name = (item.namespace(), item.name());
            let form = PatchForm::Json;
            match again(|| self.cluster.patch_object(&item.kind, name, form, &patch, self.writing(true))).await {
                Ok(_) => return Ok(()),
                // The patch names the version that it is for. Its own answer may be the one that was lost.
                Err(refusal) if refusal.is_conflict() => {
                    live = self
                        .look(item)
                        .await
                        .map_err(|refusal| format!("failed to get object {}: {refusal}", place(item)))?
                        .ok_or_else(|| format!("failed to get object {}: it is gone", place(item)))?;
                }
                Err(refusal) => {
                    return Err(format!(
                        "failed to patch object to upgrade CSA field manager {}: {refusal}",
                        place(item)
                    ));
                }
            }
        }
        Err(format!("failed to patch object to upgrade CSA field manager {}: others write all the time", place(item)))
    }

    fn writing(&self, is_strict: bool) -> Writing<'static> {
        Writing { manager: FIELD_MANAGER, dry_run: self.dry_run, is_strict }
    }
}

/// The patch of client-side apply; `None` where there is nothing to change.
pub(super) fn client_patch(item: &Item, old: Option<&Item>, live: &Value) -> Result<Option<Patch>, Refusal> {
    let original = old.map_or(live, |old| &old.resource.object);
    Patch::between(original, &item.resource.object, live).map_err(|error| Refusal::local(error.to_string()))
}

/// What became of server-side apply, in Helm's words.
fn refused(item: &Item, refusal: &Refusal) -> String {
    if refusal.is_conflict() {
        return format!("conflict occurred while applying object {}: {refusal}", place(item));
    }
    format!("server-side apply failed for object {}: {refusal}", place(item))
}

/// As Helm names an object: `default/my-proxy apps/v1, Kind=Deployment`, `default/my-proxy /v1, Kind=Service`.
fn place(item: &Item) -> String {
    let version = &item.resource.api_version;
    let group = if item.kind.group().is_empty() { "/" } else { "" };
    format!("{}/{} {group}{version}, Kind={}", item.namespace(), item.name(), item.kind.name())
}
