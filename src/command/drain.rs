//! Has Milvus hold things still while it is rolled, and let them go whatever comes.

use std::{pin::pin, time::Duration};

use tokio::time::sleep;

use crate::{
    cli::ServingArgs,
    cluster::Cluster,
    execute::Logbook,
    failure::Failure,
    knowledge::{Knowledge, Lever, Time},
    milvus::Component,
    plan::Next,
    rollout::{Drain, Standing},
    serving::{Client, Door, Fault, Keys, Way, hold, let_go, path_back},
    snapshot::{Snapshot, shell_word},
};

/// How often it is tried to let something go: a pod may be leaving just then.
const TRIES: usize = 3;

/// What is held still during a run, and how Milvus is asked.
pub(super) struct Draining<'a> {
    /// Or why it is not asked.
    client: Result<Client<'a>, String>,
    drain: Drain,
    /// How long garbage collection is paused, should nobody resume it.
    limit: Duration,
    beat: Duration,
    pause: Duration,
    /// What runs a command beside Milvus: `kubectl -n vec exec svc/prod-milvus --`.
    beside: String,
}

impl<'a> Draining<'a> {
    /// Nothing is asked yet. `timeout` is that of the run.
    ///
    /// # Errors
    ///
    /// Where a Secret that was named cannot be used.
    pub(super) async fn prepare(
        args: &ServingArgs,
        cluster: &'a Cluster,
        (snapshot, knowledge): (&Snapshot, &Knowledge),
        drain: Drain,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let seconds = |time| Duration::from_secs(knowledge.seconds(time));
        let milvus = &snapshot.milvus;
        let way = Way::Forward(cluster, Door::of(milvus));
        let keys = match &args.auth_secret {
            Some(name) => Keys::read(cluster, (&milvus.namespace, name), false, &way.names()).await?,
            None => Keys::default(),
        };
        // What leads to the port of clients need not lead to that of health and metrics.
        let client = match &args.address {
            Some(address) => Err(format!("behind {address} only the port of clients is known")),
            None => Ok(Client::new(way, keys, seconds(Time::ServingRequest)).to_management()),
        };
        Ok(Self {
            client,
            drain,
            limit: timeout.min(seconds(Time::DrainLimit)),
            beat: seconds(Time::DrainBeat),
            pause: seconds(Time::ServingPause),
            beside: beside(snapshot),
        })
    }

    /// What is held still, and what became of that.
    pub(super) fn drain(&self) -> &Drain {
        &self.drain
    }

    /// Has Milvus hold still what it can, after that is written down.
    pub(super) async fn begin(&mut self, logbook: &mut Logbook) {
        logbook.drains(&self.drain).await;
        let levers: Vec<Lever> = self.drain.held().map(|(lever, _)| lever).collect();
        for lever in levers {
            match self.hold(lever).await {
                // What was not answered may have been heard all the same.
                Ok(None) | Err(Fault::Slow(_) | Fault::Broken(_)) => {}
                Ok(ticket) => self.drain.note(lever, Standing::Held { ticket }),
                Err(fault) => self.drain.note(lever, Standing::Moving { reason: fault.to_string() }),
            }
        }
        logbook.drains(&self.drain).await;
    }

    /// Does something, and asks for it again meanwhile: a coordinator keeps in memory what is not to be balanced, and a new
    /// one knows nothing of it. It looks for garbage an hour after its start at the earliest.
    pub(super) async fn during<T>(&self, course: impl Future<Output = T>) -> T {
        if self.drain.held().all(|(lever, _)| lever != Lever::Balance) {
            return course.await;
        }
        let mut course = pin!(course);
        loop {
            tokio::select! {
                biased;
                done = &mut course => return done,
                () = sleep(self.beat) => {}
            }
            // No request is broken off: it could be heard after the one that takes it back.
            let mut again = pin!(self.hold(Lever::Balance));
            tokio::select! {
                done = &mut course => {
                    let _ = again.await;
                    return done;
                }
                _ = &mut again => {}
            }
        }
    }

    /// Has Milvus go on with everything that it holds.
    pub(super) async fn let_go(&mut self) {
        let held: Vec<(Lever, Option<String>)> =
            self.drain.held().map(|(lever, ticket)| (lever, ticket.map(str::to_owned))).collect();
        for (lever, ticket) in held {
            let standing = match self.try_to_let_go(lever, ticket.as_deref()).await {
                Ok(()) => Standing::LetGo,
                Err(fault) => Standing::Stuck { reason: fault.to_string(), ticket },
            };
            self.drain.note(lever, standing);
        }
    }

    /// The commands that let go what could not be.
    pub(super) fn next(&self) -> Vec<Next> {
        let next = |(lever, ticket)| {
            let purpose = match lever {
                Lever::Balance => "Resume balancing",
                Lever::GarbageCollection => "Resume garbage collection",
            };
            let url = shell_word(&format!("http://127.0.0.1:9091{}", path_back(lever, ticket)));
            Next { purpose: purpose.to_owned(), command: format!("{} curl -fsS {url}", self.beside) }
        };
        self.drain.held().map(next).collect()
    }

    async fn hold(&self, lever: Lever) -> Result<Option<String>, Fault> {
        hold(self.client()?, lever, self.limit).await
    }

    async fn try_to_let_go(&self, lever: Lever, ticket: Option<&str>) -> Result<(), Fault> {
        let client = self.client()?;
        let mut tries = 1;
        loop {
            match let_go(client, lever, ticket).await {
                Err(Fault::Slow(_) | Fault::Broken(_) | Fault::NoWay(_)) if tries < TRIES => sleep(self.pause).await,
                ended => return ended,
            }
            tries += 1;
        }
    }

    fn client(&self) -> Result<&Client<'a>, Fault> {
        self.client.as_ref().map_err(|why| Fault::NoWay(why.clone()))
    }
}

/// What runs a command beside Milvus. The operator names its Service after the instance; the chart does not always.
fn beside(snapshot: &Snapshot) -> String {
    let milvus = &snapshot.milvus;
    let is_door = |component| matches!(component, Component::Proxy | Component::Standalone);
    let deployments = snapshot.workload.deployments().iter();
    let door = deployments.filter(|_| milvus.is_release).find(|deployment| is_door(deployment.component));
    let object = door.map_or_else(|| format!("svc/{}-milvus", milvus.name), |door| format!("deploy/{}", door.name));
    format!("kubectl -n {} exec {} --", shell_word(&milvus.namespace), shell_word(&object))
}
