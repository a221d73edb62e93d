//! A release that somebody else moves: what its newest revision asks for, and what becomes of its objects.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::{
    cluster::{Cluster, Live},
    milvus::Image,
    release::{Followed, Revisions},
    snapshot::Workload,
};

/// How often the revisions are looked at.
const REVISIONS: Duration = Duration::from_secs(5);

/// A release under way by somebody else's hand.
pub(super) struct Moved<'a> {
    cluster: &'a Cluster,
    revisions: Revisions<'a>,
    /// The revision at the beginning.
    first: i64,
    /// The newest revision that was taken over, and Helm's word for it.
    newest: Option<(i64, String)>,
    followed: Option<Followed>,
    due: Interval,
    /// Whether all Deployments asked for the target once.
    pub(super) was_there: bool,
}

impl<'a> Moved<'a> {
    /// Begins to follow the release that `live` shows.
    pub(super) fn new(cluster: &'a Cluster, revisions: Revisions<'a>, live: &mut Live) -> Self {
        let release = live.snapshot().release.as_ref();
        let newest = release.map(|release| (release.revision, release.status.clone()));
        let first = newest.as_ref().map_or(0, |(revision, _)| *revision);
        let mut due = interval(REVISIONS);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut moved = Self { cluster, revisions, first, newest, followed: None, due, was_there: false };
        moved.follow(live);
        moved
    }

    /// Follows the objects of the revision that was taken over. Until they were seen none of them counts as ready.
    fn follow(&mut self, live: &mut Live) {
        let snapshot = live.snapshot();
        let objects = snapshot.release.as_ref().and_then(|release| release.objects.known());
        if let (Some(kinds), Some(objects)) = (self.revisions.kinds, objects) {
            self.followed = Some(Followed::new(self.cluster, kinds, objects, &snapshot.milvus.namespace));
        }
        self.take_over(live);
    }

    /// Takes over what is seen of the objects.
    pub(super) fn take_over(&self, live: &mut Live) {
        if let Some(followed) = &self.followed {
            live.put_unready(followed.unready());
        }
    }

    /// Waits until an object changes, or the revisions are to be looked at again; says whether it is the latter.
    pub(super) async fn changed(&mut self) -> bool {
        tokio::select! {
            () = Followed::changed_of(&mut self.followed) => false,
            _ = self.due.tick() => true,
        }
    }

    /// Takes over a newer revision, or another word for this one. Says whether there is a release still.
    pub(super) async fn look_again(&mut self, live: &mut Live) -> bool {
        // Who cannot be asked now is asked again soon.
        let Ok(newest) = self.revisions.newest().await else { return true };
        if newest.is_none() {
            // Of one without a record its Deployments tell.
            return live.snapshot().release.as_ref().is_some_and(|release| !release.is_recorded());
        }
        if newest != self.newest
            && let Ok(release) = self.revisions.look(live.snapshot().release.as_ref()).await
        {
            self.newest = newest;
            live.put_release(release);
            self.follow(live);
        }
        true
    }

    /// What is asked for: by the newest revision, or by all Deployments where they were changed without one, as Argo CD
    /// does it.
    pub(super) fn asked(&self, live: &Live, target: &Image) -> Option<Image> {
        let snapshot = live.snapshot();
        let said = snapshot.milvus.image();
        let running = common_image(&snapshot.workload);
        let revision = snapshot.release.as_ref().map_or(0, |release| release.revision);
        let is_taken_from = self.was_there && running.as_ref().is_some_and(|running| running != target);
        let leads = revision != self.first || said.as_ref() == Some(target);
        if leads && !is_taken_from { said } else { running.or(said) }
    }

    /// Watches that are broken.
    pub(super) fn trouble(&self) -> impl Iterator<Item = &str> {
        self.followed.iter().flat_map(Followed::trouble)
    }
}

/// The image that every Deployment asks for that runs, where it is one.
pub(super) fn common_image(workload: &Workload) -> Option<Image> {
    let mut images = workload.deployments().iter().filter(|found| !found.is_idle()).map(|found| &found.image);
    let first = images.next()?;
    images.all(|other| other == first).then(|| first.parse().ok())?
}
