use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{
    bundle::Bundle,
    log,
    observe::observe,
    open,
    record::subject_of,
    serving::Inquiry,
    target::{Subject, resolve},
};
use crate::{
    check::Direction,
    cli::{ServingArgs, StatusArgs},
    cluster::{Cluster, Connection, Kinds, Live},
    execute::Interrupt,
    exit::Exit,
    failure::Failure,
    helm::record::Driver,
    knowledge::Knowledge,
    output::{
        Format, Kind, Line, Printer, Screen,
        status::{self as screen, Extent},
    },
    release::{Followed, Revisions, Storage, look_at},
    rollout::{Asked, Status},
    snapshot::{Part, ReleaseObject, Snapshot, Unready},
};

/// How often ages go on when nothing else happens.
const TICK: Duration = Duration::from_secs(1);

/// How often the metadata of a release's records are looked at.
const REVISIONS: Duration = Duration::from_secs(5);

/// Shows how an instance is, once or for as long as somebody watches.
pub(super) async fn status(
    args: &StatusArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let cluster = open(connection, "status").await?;
    let named = resolve(&cluster, args.target.as_ref(), knowledge).await?;
    if named.operator.is_some() {
        return Err(Failure::usage("status tells of instances, not of the operator")
            .hint("`kubectl milvus check operator` looks at it"));
    }
    let snapshot = observe(&cluster, &named, &args.helm, knowledge, Direction::Forward).await?;
    let (unready, serving) =
        tokio::join!(unready(&cluster, &snapshot), asked(args, &cluster, &named, &snapshot, knowledge));
    let (serving, unseen) = serving?;
    if args.watch {
        let driver = Driver::read(&args.helm.helm_driver).map_err(Failure::usage)?;
        let revisions = named.is_release.then(|| Revisions {
            storage: Storage::new(&cluster, driver, cluster.namespace()),
            name: named.name.clone(),
            keys: knowledge.chart_settings(),
            kinds: None,
        });
        let watch = Watch { cluster: &cluster, revisions, knowledge, serving, unseen, printer };
        return Box::pin(watch.follow(snapshot, unready, args.output)).await;
    }
    let mut status = Status::of(&snapshot, &unready, knowledge);
    status.serving = serving;
    status.unseen.extend(unseen);
    status.logs = log::evidence(&cluster, &status.blockers, knowledge).await;
    match args.output {
        Some(format @ (Format::Json | Format::Yaml)) => printer.document(Kind::InstanceStatus, &status, format)?,
        format => {
            let extent = Extent { wide: format == Some(Format::Wide), detail: printer.detail() };
            printer.show(&screen::screen(&status, extent));
        }
    }
    if let Some(path) = &args.bundle {
        let bundle = Bundle::collect(&cluster, &named, &snapshot, &status).await?;
        bundle.write(path)?;
        printer.note(&Screen::from(Line::from(format!("Kept in {}: {}", path.display(), bundle.words()))));
    }
    Ok(Exit::Success)
}

/// What Milvus answers now, where that is to be asked, otherwise what it answered the last run; and what could not be
/// looked at for that.
async fn asked(
    args: &StatusArgs,
    cluster: &Cluster,
    named: &Subject,
    snapshot: &Snapshot,
    knowledge: &Knowledge,
) -> Result<(Option<Asked>, Vec<String>), Failure> {
    if args.serving {
        let (address, auth_secret) = (args.address.clone(), args.auth_secret.clone());
        let how = ServingArgs { address, auth_secret, ..ServingArgs::default() };
        let inquiry = Inquiry::prepare(&how, cluster, snapshot, knowledge, None).await?;
        let Some(inquiry) = inquiry else { return Ok((None, vec![])) };
        let found = Box::pin(inquiry.once(knowledge)).await;
        return Ok((Some(Asked { at: Timestamp::now(), by: None, found }), vec![]));
    }
    let subject = subject_of(cluster, named);
    let last = async {
        let heads = cluster.journal_heads(&subject).await.map_err(Failure::from)?;
        let Some(head) = heads.last() else { return Ok(None) };
        Ok::<_, Failure>(cluster.journal(&subject, head).await?.and_then(|(journal, _)| journal.asked()))
    };
    Ok(match last.await {
        Ok(asked) => (asked, vec![]),
        Err(failure) => (None, vec![format!("its runs: {failure}")]),
    })
}

/// What an instance is made of besides its components: objects of its release, or the `StatefulSet`s that its operator
/// made for it.
fn objects(snapshot: &Snapshot) -> Vec<ReleaseObject> {
    if let Some(release) = &snapshot.release {
        return release.objects.known().cloned().unwrap_or_default();
    }
    let sets = snapshot.surroundings.sets.known().map_or(&[][..], Vec::as_slice);
    let object = |name: &String| ReleaseObject {
        api_version: "apps/v1".to_owned(),
        kind: "StatefulSet".to_owned(),
        namespace: snapshot.milvus.namespace.clone(),
        name: name.clone(),
        ..ReleaseObject::default()
    };
    sets.iter().map(|set| object(&set.name)).collect()
}

/// Which of them are not ready, with what their pods say. It is looked at again only where something is known to lack.
pub(super) async fn unready(cluster: &Cluster, snapshot: &Snapshot) -> Vec<Unready> {
    if let Some(release) = &snapshot.release {
        return release.unready.known().cloned().unwrap_or_default();
    }
    let sets = snapshot.surroundings.sets.known().map_or(&[][..], Vec::as_slice);
    if sets.iter().all(|set| set.ready >= set.wanted) {
        return vec![];
    }
    match look_at(cluster, &mut objects(snapshot), &snapshot.milvus.namespace).await {
        Part::Known(unready) => unready,
        Part::Unknown(_) => vec![],
    }
}

/// What is needed to go on looking.
struct Watch<'a> {
    cluster: &'a Cluster,
    /// Those of the release, where it is one.
    revisions: Option<Revisions<'a>>,
    knowledge: &'a Knowledge,
    /// What the last run was answered.
    serving: Option<Asked>,
    /// Why not.
    unseen: Vec<String>,
    printer: &'a Printer,
}

impl Watch<'_> {
    /// Shows every change until Ctrl-C, or until nobody reads any more.
    async fn follow(
        self,
        snapshot: Snapshot,
        mut unready: Vec<Unready>,
        format: Option<Format>,
    ) -> Result<Exit, Failure> {
        let interrupt = Interrupt::listen();
        let mut shown = self.printer.watching(format);
        let reference = snapshot.milvus.reference();
        let mut revision = snapshot.release.as_ref().map(|release| (release.revision, release.status.clone()));
        // Without them only what is not a component is not followed.
        let kinds = tokio::select! {
            () = interrupt.came() => return Ok(Exit::Success),
            kinds = self.cluster.kinds() => kinds.ok(),
        };
        let mut followed = self.follow_objects(kinds.as_ref(), &snapshot);
        let mut live = self.cluster.watch(snapshot);
        let (mut tick, mut revisions) = (every(TICK), every(REVISIONS));
        loop {
            let mut status = Status::of(live.snapshot(), &unready, self.knowledge);
            status.serving.clone_from(&self.serving);
            status.unseen.extend_from_slice(&self.unseen);
            let objects = followed.iter().flat_map(Followed::trouble);
            status.unseen.extend(live.trouble().chain(objects).map(str::to_owned));
            shown.update(&status)?;
            if live.is_gone() {
                return Err(Failure::failed(format!("{reference} was deleted")));
            }
            if self.printer.is_cut_off() {
                return Ok(Exit::Success);
            }
            tokio::select! {
                biased;
                () = interrupt.came() => return Ok(Exit::Success),
                () = live.changed() => {}
                () = Followed::changed_of(&mut followed) => {
                    // Until all was seen once, what was seen before says more.
                    if let Some(followed) = followed.as_ref().filter(|followed| followed.is_whole()) {
                        unready = followed.unready();
                    }
                }
                _ = revisions.tick(), if revision.is_some() => {
                    let newest = tokio::select! {
                        () = interrupt.came() => return Ok(Exit::Success),
                        newest = self.newest() => newest,
                    };
                    if newest.is_some() && newest != revision && self.take_revision(&mut live).await.is_ok() {
                        revision = newest;
                        followed = self.follow_objects(kinds.as_ref(), live.snapshot());
                    }
                }
                _ = tick.tick() => live.tick(),
            }
        }
    }

    fn follow_objects(&self, kinds: Option<&Kinds>, snapshot: &Snapshot) -> Option<Followed> {
        let objects = objects(snapshot);
        let kinds = kinds.filter(|_| !objects.is_empty())?;
        Some(Followed::new(self.cluster, kinds, &objects, &snapshot.milvus.namespace))
    }

    /// The newest revision of the release and Helm's word for it; `None` where that cannot be told now.
    async fn newest(&self) -> Option<(i64, String)> {
        self.revisions.as_ref()?.newest().await.ok()?
    }

    /// Takes over what the newest revision asks for.
    async fn take_revision(&self, live: &mut Live) -> Result<(), Failure> {
        if let Some(revisions) = &self.revisions {
            live.put_release(revisions.look(live.snapshot().release.as_ref()).await?);
        }
        Ok(())
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
