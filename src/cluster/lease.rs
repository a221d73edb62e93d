use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use kube::{
    api::{DeleteParams, Preconditions},
    core::Request,
};
use serde_json::Value;
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use super::{Cluster, Kind, Refusal, journal::WRITING};
use crate::journal::{Holder, Lease, Standing, Subject};

/// How often a Lease is tried to be taken while others come and go.
const TRIES: usize = 5;
/// The pause after a renewal that failed; the next may go better.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a Lease was not taken.
#[derive(Debug)]
pub enum Untaken {
    /// Somebody works on the instance.
    Held(Box<Lease>),
    /// The server does not let it be taken.
    Refused(Refusal),
}

/// A Lease that is held, and renewed until it is let go.
pub struct Hold {
    renewal: Renewal,
    task: JoinHandle<()>,
    lost: watch::Receiver<Option<String>>,
}

/// What renews a Lease.
#[derive(Clone)]
struct Renewal {
    cluster: Cluster,
    subject: Subject,
    holder: Holder,
    acquired: Timestamp,
    length: Duration,
    transitions: i64,
    state: Arc<Mutex<State>>,
}

/// The Lease as the server last knew it.
#[derive(Debug)]
struct State {
    version: String,
    renewed: Timestamp,
}

impl Cluster {
    /// Who works on an instance; `None` where nobody does.
    pub async fn lease(&self, subject: &Subject) -> Result<Option<Lease>, Refusal> {
        let object = self.object(&leases(), &subject.namespace, &subject.lease()).await?;
        Ok(object.as_ref().map(Lease::read))
    }

    /// Takes the Lease of an instance, and renews it from then on. One whose holder seems to have died is watched for a
    /// while first, because clocks differ.
    pub async fn take_lease(&self, subject: &Subject, holder: &Holder, length: Duration) -> Result<Hold, Untaken> {
        let refused = Untaken::Refused;
        let mut last = None;
        for _ in 0..TRIES {
            let now = Timestamp::now();
            let object = subject.lease_object(holder, (now, now), length.as_secs(), 0, None);
            match self.create(&leases(), &subject.namespace, &object, WRITING).await {
                Ok(created) => return Ok(self.hold(subject, holder, length, &created)),
                Err(refusal) if refusal.is_existing() => {}
                Err(refusal) if refusal.may_pass() => {
                    last = Some(refusal);
                    sleep(PAUSE).await;
                    continue;
                }
                Err(refusal) => return Err(refused(refusal)),
            }
            let found = self.object(&leases(), &subject.namespace, &subject.lease()).await.map_err(refused)?;
            let Some(found) = found else { continue };
            let lease = Lease::read(&found);
            if lease.holder.identity == holder.identity {
                // The answer of an earlier try was lost.
                return Ok(self.hold(subject, holder, length, &found));
            }
            match lease.standing(Timestamp::now()) {
                Standing::Live => return Err(Untaken::Held(Box::new(lease))),
                Standing::Expired => {
                    sleep(Duration::from_secs(u64::try_from(lease.seconds).unwrap_or(0)) / 2).await;
                    let again = self.lease(subject).await.map_err(refused)?;
                    if again.is_some_and(|again| !again.is_as_before(&lease)) {
                        continue;
                    }
                }
                Standing::Free => {}
            }
            let (now, version) = (Timestamp::now(), Some(lease.resource_version.as_str()));
            let object = subject.lease_object(holder, (now, now), length.as_secs(), lease.transitions + 1, version);
            match self.replace(&leases(), &subject.namespace, &subject.lease(), &object, WRITING).await {
                Ok(replaced) => return Ok(self.hold(subject, holder, length, &replaced)),
                // Somebody else took it first, it was let go, or nobody knows: look again.
                Err(refusal) if refusal.is_conflict() || refusal.code == 404 || refusal.may_pass() => {
                    last = Some(refusal);
                }
                Err(refusal) => return Err(refused(refusal)),
            }
        }
        let changing = || Refusal::local(format!("lease/{} changes faster than it can be taken", subject.lease()));
        Err(refused(last.unwrap_or_else(changing)))
    }

    /// Takes away a Lease that its holder left behind; whoever takes it meanwhile keeps it.
    pub async fn clear_lease(&self, subject: &Subject, left: &Lease) -> Result<(), Refusal> {
        match self.delete_lease(subject, &left.resource_version).await {
            Err(refusal) if !refusal.is_conflict() && refusal.code != 404 => Err(refusal),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn hold(&self, subject: &Subject, holder: &Holder, length: Duration, object: &Value) -> Hold {
        let lease = Lease::read(object);
        let now = Timestamp::now();
        let renewal = Renewal {
            cluster: self.clone(),
            subject: subject.clone(),
            holder: holder.clone(),
            acquired: lease.acquired.unwrap_or(now),
            length,
            transitions: lease.transitions,
            state: Arc::new(Mutex::new(State { version: lease.resource_version, renewed: now })),
        };
        let (tell, lost) = watch::channel(None);
        let task = tokio::spawn(renewal.clone().go_on(tell));
        Hold { renewal, task, lost }
    }
}

impl Renewal {
    /// Renews for as long as it is ours; tells when it is not any more, and why.
    async fn go_on(self, tell: watch::Sender<Option<String>>) {
        loop {
            sleep(self.length / 3).await;
            while let Err(refusal) = self.renew().await {
                if refusal.is_conflict() || refusal.code == 404 {
                    tell.send_replace(Some(refusal.message));
                    return;
                }
                sleep(PAUSE).await;
            }
        }
    }

    /// Shows that we live.
    ///
    /// # Errors
    ///
    /// [`is_conflict`](Refusal::is_conflict) or 404 where it is not ours any more; the message tells whose it is.
    async fn renew(&self) -> Result<(), Refusal> {
        let Self { cluster, subject, holder, .. } = self;
        let version = self.state().version.clone();
        let replaced = match self.write(&version).await {
            Err(refusal) if refusal.is_conflict() => {
                let Some(lease) = cluster.lease(subject).await? else { return Err(self.gone()) };
                if lease.holder.identity != holder.identity {
                    let message = format!("{} has taken over", lease.holder.who());
                    return Err(Refusal { message, ..refusal });
                }
                self.write(&lease.resource_version).await?
            }
            Err(refusal) if refusal.code == 404 => return Err(self.gone()),
            other => other?,
        };
        let mut state = self.state();
        state.version = Lease::read(&replaced).resource_version;
        state.renewed = Timestamp::now();
        Ok(())
    }

    async fn write(&self, version: &str) -> Result<Value, Refusal> {
        let Self { cluster, subject, holder, .. } = self;
        let times = (self.acquired, Timestamp::now());
        let object = subject.lease_object(holder, times, self.length.as_secs(), self.transitions, Some(version));
        cluster.replace(&leases(), &subject.namespace, &subject.lease(), &object, WRITING).await
    }

    fn gone(&self) -> Refusal {
        Refusal { code: 404, ..Refusal::local(format!("somebody deleted lease/{}", self.subject.lease())) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hold {
    /// Waits until it is not ours any more, and says why.
    pub async fn lost(&self) -> String {
        let mut lost = self.lost.clone();
        match lost.wait_for(Option::is_some).await.map(|reason| reason.clone()) {
            Ok(Some(reason)) => reason,
            // The renewal ends only after it has told.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Whether it is ours now. Where it has not been renewed in its time, such as while a machine slept, the server is
    /// asked.
    ///
    /// # Errors
    ///
    /// Why it is not, in a few words.
    pub async fn check(&self) -> Result<(), String> {
        if let Some(reason) = self.lost.borrow().clone() {
            return Err(reason);
        }
        let age = Timestamp::now().duration_since(self.renewal.state().renewed);
        if age < SignedDuration::try_from(self.renewal.length).unwrap_or(SignedDuration::MAX) {
            return Ok(());
        }
        self.renewal.renew().await.map_err(|refusal| refusal.message)
    }

    /// Lets it go: nothing is left of it.
    pub async fn let_go(self) -> Result<(), Refusal> {
        self.task.abort();
        let Renewal { cluster, subject, holder, .. } = &self.renewal;
        for _ in 0..TRIES {
            let version = self.renewal.state().version.clone();
            match cluster.delete_lease(subject, &version).await {
                Err(refusal) if refusal.is_conflict() => {}
                Err(refusal) if refusal.may_pass() => sleep(PAUSE).await,
                Err(refusal) if refusal.code != 404 => return Err(refusal),
                Ok(()) | Err(_) => return Ok(()),
            }
            // A renewal was under way, or it has become somebody else's.
            match cluster.lease(subject).await {
                Ok(Some(lease)) if lease.holder.identity == holder.identity => {
                    self.renewal.state().version = lease.resource_version;
                }
                Ok(_) => return Ok(()),
                Err(refusal) if refusal.may_pass() => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Err(Refusal::local(format!("lease/{} cannot be let go", subject.lease())))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Cluster {
    async fn delete_lease(&self, subject: &Subject, version: &str) -> Result<(), Refusal> {
        let preconditions = Preconditions { resource_version: Some(version.to_owned()), uid: None };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        let request = Request::new(leases().path(Some(&subject.namespace))).delete(&subject.lease(), &params);
        Ok(self.limited(self.ask(request)).await.map(drop)?)
    }
}

fn leases() -> Kind {
    Kind::of("coordination.k8s.io", "v1", "Lease", "leases")
}
