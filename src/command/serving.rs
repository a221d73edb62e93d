//! Whether Milvus serves as it did: what is asked before the first write of a run, and after its last.

use std::{cell::Cell, collections::BTreeMap, fs, path::Path, time::Duration};

use tokio::time::sleep;

use crate::{
    cli::{ServingArgs, Verify},
    cluster::Cluster,
    execute::{Interrupt, Waited, Waiting, until_it_serves},
    failure::Failure,
    knowledge::{Knowledge, Time},
    output::{Printer, serving},
    rollout::{Interruption, Verdict, judge},
    serving::{Client, Door, GoldenQuery, Keys, Limits, Probe, Scope, Way, ask_all, look, write_and_read},
    snapshot::{Collection, Interface, Part, Reply, Second, Serving, Snapshot},
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
    /// Who else is asked as, by the name of a Secret.
    second: Option<(&'a str, Client<'a>)>,
    scope: &'a Scope,
    queries: Vec<GoldenQuery>,
    writes: bool,
    limits: Limits,
    waiting: Waiting,
}

impl<'a> Inquiry<'a> {
    /// As it was typed; nothing where nothing is to be asked.
    ///
    /// # Errors
    ///
    /// Where a Secret or a file that was named cannot be used.
    pub(super) async fn prepare(
        args: &'a ServingArgs,
        cluster: &'a Cluster,
        snapshot: &Snapshot,
        knowledge: &Knowledge,
        timeout: Option<Duration>,
    ) -> Result<Option<Self>, Failure> {
        let Verify::Some(scope) = &args.verify else {
            if args.asks_for_more() {
                let failure = Failure::usage("--verify=none asks nothing, and another flag asks for more than usual");
                return Err(failure.hint("leave out one of them: --verify=none, or --verify-…, --soak, --probe"));
            }
            return Ok(None);
        };
        let seconds = |time| Duration::from_secs(knowledge.seconds(time));
        let door = Door::of(&snapshot.milvus);
        let is_encrypted = door.is_encrypted && args.address.is_none();
        let way = match &args.address {
            Some(address) => Way::Straight(address.clone()),
            None => Way::Forward(cluster, door),
        };
        let (names, namespace) = (way.names(), &snapshot.milvus.namespace);
        let as_user = async |name: &str| Keys::read(cluster, (namespace, name), is_encrypted, &names).await;
        let client = |keys| Client::new(way.clone(), keys, seconds(Time::ServingRequest));
        let keys = match &args.auth_secret {
            Some(name) => as_user(name).await?,
            None => Keys::none(is_encrypted, &names)?,
        };
        let second = match args.verify_as_secret.as_deref() {
            Some(name) => Some((name, client(as_user(name).await?))),
            None => None,
        };
        Ok(Some(Self {
            client: client(keys),
            second,
            scope,
            queries: args.verify_file.as_deref().map_or_else(|| Ok(vec![]), queries)?,
            writes: args.verify_write,
            limits: Limits { total: seconds(Time::ServingLook) },
            waiting: Waiting {
                limit: timeout.unwrap_or_else(|| seconds(Time::ServingLimit)),
                pause: seconds(Time::ServingPause),
                soak: args.soak.unwrap_or_default(),
            },
        }))
    }

    /// One look, as everybody who is asked as.
    async fn look(&self) -> Part<Serving> {
        let mut seen = look(&self.client, self.scope, self.limits).await;
        if let Part::Known(serving) = &mut seen {
            serving.golden = ask_all(&self.client, serving.interface, &self.queries, self.limits).await;
            if let Some((secret, client)) = &self.second {
                let seen = look(client, self.scope, self.limits).await;
                serving.second = Some(Box::new(Second { secret: (*secret).to_owned(), seen }));
            }
        }
        seen
    }

    /// What one look says by itself.
    pub(super) async fn once(&self, knowledge: &Knowledge) -> Verdict {
        judge(&Part::Unknown("nobody looked before".to_owned()), &self.look().await).explained(knowledge)
    }

    /// What comes of writing, where that was asked for. Apart from the looks: it is not broken off.
    async fn scratch(&self, interface: Interface) -> Option<Reply> {
        if self.writes { Some(write_and_read(&self.client, interface).await) } else { None }
    }

    /// The look before the first write, with what runs.
    ///
    /// # Errors
    ///
    /// Where a collection was named that is not there: nobody would ever miss it.
    pub(super) async fn before(&self, snapshot: &Snapshot) -> Result<Part<Serving>, Failure> {
        let mut seen = self.look().await;
        if let (Part::Known(serving), Scope::Named(names)) = (&seen, self.scope) {
            let is_there = |text: &&String| serving.collections.iter().any(|collection| collection.name.fits(text));
            if let Some(missing) = names.iter().find(|text| !is_there(text)) {
                let problem = format!("no collection `{missing}` in {}", snapshot.milvus.reference());
                return Err(Failure::usage(problem).hint("--verify takes NAME or DATABASE.NAME, as Milvus lists them"));
            }
        }
        if let Part::Known(serving) = &mut seen {
            serving.images = images(snapshot);
            serving.scratch = self.scratch(serving.interface).await;
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
        let before = before.clone().map(|before| before.within(|name| self.scope.has(name)));
        let interface = Cell::new(Interface::V2);
        let look = async || {
            let seen = self.look().await;
            interface.set(seen.known().map_or(interface.get(), |serving| serving.interface));
            seen
        };
        match until_it_serves(look, &before, knowledge, self.waiting, interrupt, tell).await {
            Waited::Ended(verdict @ Verdict::Serving { .. }) => {
                let written = self.scratch(interface.get()).await;
                let former = before.known().and_then(|before| before.scratch.as_ref());
                Waited::Ended(match written {
                    Some(now) => verdict.written(former, &now).explained(knowledge),
                    None => verdict,
                })
            }
            waited => waited,
        }
    }
}

/// The most that is read of a file of queries, bytes.
const LARGEST: u64 = 16 << 20;

/// The queries of a file.
fn queries(path: &Path) -> Result<Vec<GoldenQuery>, Failure> {
    let refused = |why: String| Failure::usage(format!("cannot use the queries of `{}`: {why}", path.display()));
    let size = fs::metadata(path).map_err(|error| refused(error.to_string()))?.len();
    if size > LARGEST {
        return Err(refused(format!("it has {size} bytes, and {LARGEST} are the most")));
    }
    let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    GoldenQuery::read_all(&text).map_err(refused)
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
