use jiff::Timestamp;

use super::{Apply, Course, Item, Method, Releases, Storage, item::find, live::render_live};
use crate::{
    cluster::DryRun,
    exit::Exit,
    failure::Failure,
    helm::{
        chart::Chart,
        history::{History, Lock},
        json,
        ownership::Owner,
        record::{Record, Rollback, Status, Upgrade},
        render::{Purpose, Release},
        value::Map,
        values::Reuse,
    },
};

/// What is wanted of a release.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The chart.
    pub chart: &'a Chart,
    /// The values that are given for it.
    pub values: &'a Map,
    /// What becomes of the values that were given before.
    pub reuse: Reuse,
}

/// An operation that is ready to be carried out; nothing was written yet.
#[derive(Debug)]
pub struct Prepared {
    /// What it is.
    pub course: Course,
    /// The revision to come.
    pub next: Record,
    /// The revision that its objects are compared with.
    pub base: i64,
    /// Objects that are there by the last word of Helm, and those that are taken over.
    pub old: Vec<Item>,
    /// Objects as they are to be.
    pub new: Vec<Item>,
    /// How they are written.
    pub method: Method,
    /// What Helm would say on its standard error.
    pub warnings: Vec<String>,
    /// How many at the end of `old` are not the release's by its last word: taken over, or left behind.
    pub(super) beyond: usize,
    pub(super) to_prune: Vec<i64>,
    /// Revisions that are deployed no more afterwards.
    pub(super) deployed: Vec<Record>,
    /// The last revision, where it is not among them.
    pub(super) last: Option<Record>,
}

impl Releases<'_> {
    /// Makes an upgrade ready: reads the last revisions, renders the chart against the cluster, and sees which objects
    /// come, change and go (Helm 4.3.1, `pkg/action/upgrade.go`).
    pub async fn prepare_upgrade(&self, name: &str, wanted: Wanted<'_>) -> Result<Prepared, Failure> {
        let (history, last) = self.history(name).await?;
        if let Some(lock) = Lock::of(&last, Timestamp::now()) {
            return Err(self.refused(&lock, &last));
        }
        let base = history.base(&last).map_err(Failure::failed)?;
        let current = if base == last.version { last.clone() } else { self.storage.record(name, base).await? };
        let mut warnings = vec![];
        let config = json::from_object(&current.config);
        let reused = wanted.reuse.values(&current.chart.without_charts(), &config, wanted.values, &mut warnings);
        let reused = reused.map_err(Failure::failed)?;
        let mut chart = wanted.chart.clone();
        if let Some(defaults) = reused.defaults {
            chart.values = defaults;
        }
        let release = Release {
            name: name.to_owned(),
            namespace: current.namespace.clone(),
            revision: last.version + 1,
            purpose: Purpose::Upgrade,
        };
        let rendered = render_live(self.cluster, self.kinds, &chart, &reused.values, &release).await?;
        let is_server_side = last.is_server_side();
        let upgrade = Upgrade {
            current: &current,
            last: &last,
            config: &reused.values,
            rendered: &rendered,
            is_server_side,
            now: Timestamp::now(),
        };
        let next = upgrade.record();
        let takes_over = !current.is_server_side();
        let method = if is_server_side { Method::Server { takes_over } } else { Method::Client };
        let mut old = self.manifest(&current)?;
        let new = self.owned(&next)?;
        let adopted = self.adopted(&old, &new, &next).await?;
        let beyond = adopted.len();
        old.extend(adopted);
        Storage::check(&next)?;
        Ok(Prepared {
            course: Course::Upgrade,
            base,
            old,
            new,
            beyond,
            method,
            warnings: warnings.into_iter().chain(rendered.warnings).collect(),
            to_prune: history.to_prune(self.maximum),
            deployed: vec![current],
            last: None,
            next,
        })
    }

    /// Makes a rollback ready, to a revision or to the one before the last (Helm 4.3.1, `pkg/action/rollback.go`). It is
    /// Helm's own way out of a pending release, so no lock stops it.
    pub async fn prepare_rollback(&self, name: &str, to: Option<i64>) -> Result<Prepared, Failure> {
        let (history, last) = self.history(name).await?;
        let target = history.rollback_target(to).map_err(Failure::failed)?;
        let target = if target == last.version { last.clone() } else { self.storage.record(name, target).await? };
        let is_server_side = target.is_server_side();
        let next = Rollback { last: &last, target: &target, is_server_side, now: Timestamp::now() }.record();
        let mut deployed = vec![];
        for head in history.heads().iter().filter(|head| head.status == Status::Deployed) {
            deployed.push(self.storage.record(name, head.version).await?);
        }
        let mut old = self.manifest(&last)?;
        let left_behind = self.left_behind(&history, &last).await?;
        let beyond = left_behind.len();
        old.extend(left_behind);
        Storage::check(&next)?;
        Ok(Prepared {
            course: Course::Rollback,
            base: last.version,
            old,
            new: self.owned(&next)?,
            beyond,
            method: if is_server_side { Method::Server { takes_over: true } } else { Method::Client },
            warnings: vec![],
            to_prune: history.to_prune(self.maximum),
            deployed,
            next,
            last: Some(last),
        })
    }

    /// Objects that may still be as they were before a rollback that did not come to its end. Its record tells only what
    /// they were to become, and that is all that Helm goes by: it would leave them there.
    async fn left_behind(&self, history: &History, last: &Record) -> Result<Vec<Item>, Failure> {
        let mut items = vec![];
        if !last.is_unfinished_rollback() {
            return Ok(items);
        }
        let whole = history.last_successful(last.version).map_or(0, |head| head.version);
        for head in history.heads().iter().filter(|head| (whole..last.version).contains(&head.version)) {
            items.extend(self.manifest(&self.storage.record(&last.name, head.version).await?)?);
        }
        Ok(items)
    }

    async fn history(&self, name: &str) -> Result<(History, Record), Failure> {
        let history = History::new(self.storage.heads(name).await?);
        let Some(head) = history.last() else {
            return Err(Failure::failed(format!("no release `{name}` in namespace `{}`", self.namespace))
                .hint("`kubectl milvus get -A` lists what there is"));
        };
        let last = self.storage.record(name, head.version).await?;
        Ok((history, last))
    }

    /// The objects that a revision says are there.
    fn manifest(&self, record: &Record) -> Result<Vec<Item>, Failure> {
        Item::of_manifest(&record.manifest, self.kinds, &self.namespace).map_err(|failure| {
            failure
                .context(format!("cannot tell the objects of revision {} of release `{}`", record.version, record.name))
        })
    }

    /// The objects of a revision with the marks of its release.
    fn owned(&self, record: &Record) -> Result<Vec<Item>, Failure> {
        let mut items = self.manifest(record)?;
        for item in &mut items {
            owner(record).mark(&mut item.resource.object);
        }
        Ok(items)
    }

    /// Objects that are new to the release and there already: they have to be marked as its own.
    async fn adopted(&self, old: &[Item], new: &[Item], next: &Record) -> Result<Vec<Item>, Failure> {
        let arriving: Vec<Item> = new.iter().filter(|item| find(old, item).is_none()).cloned().collect();
        let apply = Apply { cluster: self.cluster, method: Method::Client, dry_run: DryRun::Server, since: None };
        let (mut adopted, mut foreign) = (vec![], vec![]);
        for (item, live) in arriving.iter().zip(apply.live(&arriving).await) {
            let live = live.map_err(|refusal| {
                Failure::from(refusal).context(format!("cannot look whether {} is there", item.reference()))
            })?;
            let Some(live) = live else { continue };
            match owner(next).check(&item.resource, &live) {
                Ok(()) => adopted.push(item.clone()),
                Err(error) => foreign.push(error.text().to_owned()),
            }
        }
        if foreign.is_empty() {
            return Ok(adopted);
        }
        Err(Failure::new(Exit::Blocked, anyhow::anyhow!(foreign.join("\n")))
            .hint("delete the object, or mark it as the release's own as it says"))
    }
}

fn owner(record: &Record) -> Owner<'_> {
    Owner { name: &record.name, namespace: &record.namespace }
}
