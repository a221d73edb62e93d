//! Where a way back leads, where that was not said.

use futures::future::try_join_all;

use super::{Asked, Job};
use crate::{
    check::{Direction, Ground},
    cli::RunArgs,
    cluster::Cluster,
    command::{
        record::subject_of,
        target::{Subject, Wish},
    },
    exit::Exit,
    failure::Failure,
    journal::{Former, Journal},
    knowledge::Knowledge,
    milvus::{Image, VersionRequest},
    output::{Line, Printer, Screen},
    snapshot::{Release, Snapshot},
};

impl Job<'_> {
    /// Takes back what cannot go on, where no rule asks anything about that: nobody is there to answer.
    ///
    /// # Errors
    ///
    /// As any run; whatever comes, the instance was changed.
    pub(super) async fn take_back(&self, subject: &Subject) -> Result<Exit, Failure> {
        self.say("");
        let direction = self.chain.way_back();
        self.say(match direction {
            Direction::Restore => "taking it back: nothing serves meanwhile",
            _ => "taking it back, as --on-failure=rollback asks",
        });
        let args =
            RunArgs { plan: None, plan_out: None, resume: false, accept: vec![], yes: true, ..self.args.clone() };
        let wish = Wish { direction, backup: args.backup.clone(), ..Wish::default() };
        let asked = Asked { args: &args, charts: self.asked.charts, wish, one_hop: false, takes_back: false };
        let chain = self.chain.turned();
        let job = Job { asked: &asked, args: &args, filed: None, chain: &chain, goes_on: false, ..*self };
        match Box::pin(job.hop(subject, &mut None)).await {
            Ok(Some(Exit::Success)) => Ok(Exit::RolledBack),
            Ok(Some(Exit::Blocked) | None) => {
                self.say("it is not taken back: that is for you to decide; everything stays as it is");
                Ok(self.chain.lost_exit())
            }
            Ok(Some(exit)) => Ok(exit),
            Err(failure) => {
                let hints = failure.hints().to_vec();
                let failure =
                    Failure::new(self.chain.lost_exit(), anyhow::anyhow!("it cannot be taken back: {failure}"));
                Err(hints.into_iter().fold(failure, Failure::hint))
            }
        }
    }
}

/// Adds to what is wanted of a way back what was not typed: the version, and the revision of a Helm release that had it.
///
/// # Errors
///
/// Where nothing older is known of, and where Helm keeps no such revision.
pub(super) async fn complete(
    wish: &mut Wish,
    cluster: &Cluster,
    subject: &Subject,
    snapshot: &Snapshot,
    printer: &Printer,
) -> Result<(), Failure> {
    if wish.revision.is_some() && snapshot.release.is_none() {
        let problem = format!("milvus/{} has no revisions; those are Helm's", subject.name);
        return Err(Failure::usage(problem).hint("name a version with --to"));
    }
    let runs = runs(cluster, subject).await?;
    wish.backup = wish.backup.take().or_else(|| runs.iter().find_map(|run| run.backup.clone()));
    if let (Some(revision), Some(release)) = (wish.revision, &snapshot.release) {
        return of_revision(wish, release, revision);
    }
    if wish.to.is_none() && wish.image.is_none() {
        let (former, source) = former(wish, &runs, cluster, snapshot).await?;
        printer.note(&Screen::from(Line::from(format!("back to {}, which {source}", former.version))));
        wish.to = Some(VersionRequest::Exact(former.version));
        wish.image = former.image;
        wish.revision = former.revision.filter(|revision| {
            snapshot.release.as_ref().is_some_and(|release| release.revision_at(*revision).is_some())
        });
    }
    if let (Some(VersionRequest::Exact(version)), Some(release), None) = (&wish.to, &snapshot.release, wish.revision) {
        let fits = |earlier: &&Release| earlier.image().and_then(|image| image.version()).as_ref() == Some(version);
        if let Some(earlier) = release.earlier.iter().find(fits) {
            wish.revision = Some(earlier.revision);
            wish.image = wish.image.take().or_else(|| earlier.image());
        }
    }
    Ok(())
}

/// A revision says its version and image by itself.
fn of_revision(wish: &mut Wish, release: &Release, revision: i64) -> Result<(), Failure> {
    let Some(earlier) = release.revision_at(revision) else {
        let kept: Vec<String> = release.earlier.iter().map(|earlier| earlier.revision.to_string()).collect();
        let kept = if kept.is_empty() { "none".to_owned() } else { kept.join(", ") };
        return Err(Failure::failed(format!("revision {revision} is no revision to go back to"))
            .hint(format!("revisions before {} that were whole: {kept}", release.revision)));
    };
    let image = earlier.image();
    let version = image.as_ref().and_then(Image::version);
    wish.to = wish.to.take().or_else(|| version.map(VersionRequest::Exact));
    wish.image = wish.image.take().or(image);
    Ok(())
}

/// What ran before the last upgrade: as our own runs say, else Helm's revisions, else the `ReplicaSets`; and which of
/// them said it.
async fn former(
    wish: &Wish,
    runs: &[Journal],
    cluster: &Cluster,
    snapshot: &Snapshot,
) -> Result<(Former, String), Failure> {
    let milvus = &snapshot.milvus;
    let ground = Ground { snapshot, target: None, knowledge: Knowledge::builtin() };
    let furthest = ground.furthest().or_else(|| wish.from.clone());
    let unknown = |problem: String| Failure::usage(problem).hint("name the version to go back to with --to");
    let furthest = furthest.ok_or_else(|| unknown(format!("nobody says which version {} runs", milvus.reference())))?;
    if let Some((run, former)) = runs.iter().find_map(|run| Some((run, run.former(&furthest)?))) {
        let who = run.sessions.first().map_or("", |session| session.user.as_str());
        return Ok((former, format!("ran before the {} {} by {who}", run.operation, run.id)));
    }
    if let Some(release) = &snapshot.release {
        let older = release.earlier.iter().find_map(|earlier| {
            let image = earlier.image()?;
            let version = image.version().filter(|version| *version < furthest)?;
            Some(Former { version, image: Some(image), revision: Some(earlier.revision) })
        });
        if let Some(former) = older {
            let revision = former.revision.unwrap_or_default();
            return Ok((former, format!("revision {revision} ran; no upgrade by this program is written down")));
        }
    } else {
        let images = cluster.former_images(&milvus.namespace, &milvus.name).await?;
        let older = images.into_iter().find_map(|image| Some((image.version().filter(|it| *it < furthest)?, image)));
        if let Some((version, image)) = older {
            let former = Former { version, image: Some(image), revision: None };
            return Ok((former, "its ReplicaSets ran before; no upgrade by this program is written down".to_owned()));
        }
    }
    Err(unknown(format!("nothing says what {} ran before {furthest}", milvus.reference())))
}

/// Our own runs, the latest first. Where they may not be read there are none.
async fn runs(cluster: &Cluster, subject: &Subject) -> Result<Vec<Journal>, Failure> {
    let subject = subject_of(cluster, subject);
    let heads = cluster.journal_heads(&subject).await.unwrap_or_default();
    let runs = try_join_all(heads.iter().rev().map(|head| cluster.journal(&subject, head))).await?;
    Ok(runs.into_iter().flatten().map(|(run, _)| run).collect())
}
